"""What notebooks 08, 09 and 10 say after an experiment, tried on eight seeds or settings each."""

import contextlib
import io
import itertools
import re
from functools import cache, partial

import nbformat
import numpy as np
import pytest
from solutions import NOTEBOOKS, solutions

from helpers import operators
from helpers.checking import check_gradients
from helpers.data import digits
from helpers.exercises import hunt
from helpers.exercises.hunt import setting
from helpers.functions import cross_entropy, relu, squared_error, tanh
from helpers.gradient import gradient
from helpers.memory import footprint
from helpers.network import MLP
from helpers.training import accuracy, train

CLAIMS = {
    "With the other seven J falls from epoch to epoch, and suspect 8 ends with more digits right than the right "
    "pass.": "test_seven_of_eight_fall_for_five_epochs",
    "Suspect 3 learns next to nothing.": "test_suspect_3_learns_next_to_nothing",
    "In five epochs at η = 0.02 it shows one mistake of eight.": "test_seven_of_eight_fall_for_five_epochs",
    "(With η = 0.1 they are too large, and it diverges.)": "test_suspect_8_diverges_at_a_larger_rate",
    "With one example at a time the suspect is right, and learns. A minibatch breaks it:": (
        "test_suspect_3_learns_from_single_digits"
    ),
    "A quarter of the examples makes the gradient about twice as far off: the noise of the gradient grows as "
    "$1/\\sqrt{n}$.": "test_the_noise_of_a_gradient",
    "And see how far training gets with one of the two gradients in disorder:": "test_suspect_4_learns_and_is_slower",
    "Training works all the same, with a λ twice as large.": "test_suspect_2_trains_with_twice_the_decay",
    "With one-forward-one-backward at most p microbatches are in flight at any worker, however many there are, and the "
    "bubble is the same.": "test_one_forward_one_backward",
    "The first two lines answer the question of the exercise: with three microbatches worker 1 stores two at most.": (
        "test_one_forward_one_backward_keeps_the_order"
    ),
    "If one column has logits much larger than another, then in the other column every `exp` is smaller than the "
    "smallest float64 and becomes 0: an **underflow**.": "test_the_maximum_of_all_columns_underflows",
    "so with logits of similar size this changes nothing, and no check in our settings sees it:": (
        "test_the_maximum_of_all_columns_is_not_seen_with_similar_logits"
    ),
    "**The cut sends less if the batch has fewer than d + q examples**, whatever the hidden size.": (
        "test_the_cut_sends_less_below_d_plus_q"
    ),
    "The deeper the network, the larger the gap:": "test_the_gap_grows_with_depth",
    "Four settings do it, for all eight:": "test_four_settings_show_all_suspects",
    "Near 0 the two agree.": "test_suspect_5_hides_at_small_weights",
}
SEEN_ONCE = (
    "suspect 5 when it trains longer (with this seed)",
    "(here and below with the network of seed 0)",
    "Longer training or a larger η can show two more.",
    "On the machine on which this notebook was saved",
)
SEEDS = range(8)


def prose():
    paths = [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if path.name[:2] in ("08", "09", "10")]
    cells = [cell for path in paths for cell in nbformat.read(path, as_version=4).cells]
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def test_each_sentence_still_stands_there():
    text = prose()
    assert [sentence for sentence in (*CLAIMS, *SEEN_ONCE) if sentence not in text] == []


def test_each_sentence_has_its_test():
    assert [name for name in CLAIMS.values() if not callable(globals().get(name))] == []


@cache
def data():
    return digits()


@cache
def trained(number, seed, epochs=5, learning_rate=0.02, batch_size=32, like=None, weight_decay=0.001):
    """Train with a suspect, or with the right pass for number 0; in the setting of suspect `like`."""
    like = like or number
    activation = relu if like in (1, 7) else tanh
    loss = squared_error if like == 8 else cross_entropy
    net = MLP.random(64, 32, 10, weight_decay=weight_decay, activation=activation, loss=loss, seed=seed)
    net.backward = partial(hunt.SUSPECTS[number].backward if number else MLP.backward, net)
    y = np.eye(10)[data().y_train].T if like == 8 else data().y_train
    with contextlib.redirect_stdout(io.StringIO()):
        options = {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate}
        history = train(net, data().x_train, y, **options)
    return history, accuracy(net, data().x_test, data().y_test)


@pytest.mark.parametrize("seed", SEEDS)
def test_seven_of_eight_fall_for_five_epochs(seed):
    for number in (1, 2, 4, 5, 6, 7, 8):
        history, _ = trained(number, seed)
        assert (np.diff(history.per_epoch("J")) < 0).all(), number
    assert trained(8, seed)[1] > trained(0, seed, like=8)[1]


@pytest.mark.parametrize("seed", SEEDS)
def test_suspect_3_learns_next_to_nothing(seed):
    J = trained(3, seed)[0].per_epoch("J")
    right = trained(0, seed, like=3)[0].per_epoch("J")
    assert J[-1] > 0.9 * J[0]
    assert right[-1] < 0.8 * right[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_suspect_8_diverges_at_a_larger_rate(seed):
    assert trained(8, seed, learning_rate=0.1)[0].ended_early
    assert not trained(0, seed, learning_rate=0.1, like=8)[0].ended_early


@pytest.mark.parametrize("seed", SEEDS)
def test_suspect_3_learns_from_single_digits(seed):
    alone = trained(3, seed, epochs=1, batch_size=1, weight_decay=0.0)[0].J
    together = trained(3, seed, epochs=3, weight_decay=0.0)[0].per_epoch("J")
    assert np.mean(alone[-200:]) < 0.5 * np.mean(alone[:20])
    assert together[-1] > 2


@pytest.mark.parametrize("seed", SEEDS)
def test_the_noise_of_a_gradient(seed):
    """Of a fresh network each time, on digits in another order each time."""
    order = np.random.default_rng(seed).permutation(1438)
    x, y = data().x_train[:, order], data().y_train[order]
    net = MLP.random(64, 32, 10, activation=tanh, seed=seed)

    def gradient_of(first, last):
        return net.backward(net.forward(x[:, first:last], y[first:last])).W1

    everything, off = gradient_of(0, 1438), {}
    for n in (8, 32, 128):
        off[n] = np.mean([np.linalg.norm(gradient_of(k, k + n) - everything) for k in range(0, 1280, n)])
    assert 1.6 < off[8] / off[32] < 2.4
    assert 1.6 < off[32] / off[128] < 2.4


@pytest.mark.parametrize("seed", SEEDS)
def test_suspect_4_learns_and_is_slower(seed):
    options = {"epochs": 10, "learning_rate": 0.1, "weight_decay": 0.0}
    disorder = trained(4, seed, **options)[0].per_epoch("J")
    order = trained(0, seed, like=4, **options)[0].per_epoch("J")
    assert order[-1] < disorder[-1] < disorder[0] / 2


@pytest.mark.parametrize("seed", SEEDS)
def test_suspect_2_trains_with_twice_the_decay(seed):
    here = trained(2, seed, weight_decay=0.01)[0]
    there = trained(0, seed, like=2, weight_decay=0.02)[0]
    assert np.allclose(here.L, there.L)


@cache
def of_the_notebook(beginning):
    """Return what the one code cell of the solutions that begins so defines."""
    cells = nbformat.read(NOTEBOOKS / "10_solutions.ipynb", as_version=4).cells
    (source,) = [cell.source for cell in cells if cell.source.startswith(beginning)]
    names = dict(solutions())
    exec(source, names)
    return names


PIPELINES = [(2, 3), (2, 8), (3, 3), (3, 7), (4, 8), (4, 20), (6, 12), (8, 32)]


@cache
def pipeline(p, m):
    """Return what each worker does, slot by slot."""
    return [*zip(*of_the_notebook("def play(")["play"](p, m, [p - k for k in range(p)]), strict=True)]


@pytest.mark.parametrize(("p", "m"), PIPELINES)
def test_one_forward_one_backward(p, m):
    workers = pipeline(p, m)
    assert len(workers[0]) == len(of_the_notebook("def schedule(")["schedule"](p, m)) == 2 * (m + p - 1)
    for k, operations in enumerate(workers):
        flying = np.cumsum([operation[0] == "f" for operation in operations])
        flying = flying - np.cumsum([operation[0] == "b" for operation in operations])
        assert max(flying) == p - k <= p


@pytest.mark.parametrize(("p", "m"), PIPELINES)
def test_one_forward_one_backward_keeps_the_order(p, m):
    """Each operation waits for the one before it, as in any pipeline."""
    workers = [{operation: slot for slot, operation in enumerate(w) if operation.strip()} for w in pipeline(p, m)]
    for j in range(1, m + 1):
        for one, next_one in itertools.pairwise(workers):
            assert one[f"f{j}"] < next_one[f"f{j}"]
            assert next_one[f"b{j}"] < one[f"b{j}"]
        assert workers[-1][f"f{j}"] < workers[-1][f"b{j}"]
    assert {len(w) for w in workers} == {2 * m}


def softmax_of_suspect_3(o):
    p = np.exp(o - np.max(o))
    return p / np.sum(p, axis=0)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_maximum_of_all_columns_underflows(seed):
    o = np.random.default_rng(seed).standard_normal((3 + seed, 4))
    o[:, 2] += 1000
    with np.errstate(invalid="ignore"):
        p = softmax_of_suspect_3(o)
    assert np.isnan(p[:, [0, 1, 3]]).all()
    assert not np.isnan(p[:, 2]).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_maximum_of_all_columns_is_not_seen_with_similar_logits(seed):
    mended = hunt.mend(hunt.suspect_3, "np.sum(p)", "np.sum(p, axis=0)")
    assert check_gradients(*setting(seed=seed), backward=mended).ok


@pytest.mark.parametrize("h", [1, 2, 7, 32, 100, 256, 999, 4096])
def test_the_cut_sends_less_below_d_plus_q(h):
    cut, split = zip(*(solutions()["E5_bytes"](64, h, 10, n) for n in (73, 74, 75)), strict=True)
    assert (cut[0] < split[0], cut[1] == split[1], cut[2] > split[2]) == (True, True, True)


@pytest.mark.parametrize("batch", [128, 256, 512, 1024, 2048, 4096, 8192, 16384])
def test_the_gap_grows_with_depth(batch):
    times = []
    for depth in (1, 2, 4, 8):
        c = operators.hidden_layers(depth, activation=tanh)
        sizes = [64] + [256] * depth + [10]
        fed = {W: shape for W, *shape in zip(c.weights, sizes[1:], sizes[:-1], strict=True)}
        fed |= {c.x: (64, batch), c.y: (batch,)}
        training = footprint([c.J, *gradient(c.J, c.weights)], fed)
        predicting = footprint([c.o], {v: shape for v, shape in fed.items() if v is not c.y})
        times.append(training.intermediates / predicting.intermediates)
    assert times == sorted(times)
    assert times[-1] > 8


@pytest.mark.parametrize("seed", SEEDS)
def test_four_settings_show_all_suspects(seed):
    pairs = [(φ, loss) for φ in (relu, tanh) for loss in (cross_entropy, squared_error)]
    careful = [setting(activation=φ, loss=loss, seed=seed) for φ, loss in pairs]
    for backward, activations, losses in hunt.SUSPECTS.values():
        fitting = [s for s in careful if s.net.activation in activations and s.net.loss in losses]
        assert not all(check_gradients(*s, backward=backward).ok for s in fitting)


@pytest.mark.parametrize("seed", SEEDS)
def test_suspect_5_hides_at_small_weights(seed):
    net, x, y = setting(seed=seed)
    assert not check_gradients(net, x, y, backward=hunt.suspect_5).ok
    net.W1 = net.W1 / 1000
    assert check_gradients(net, x, y, backward=hunt.suspect_5).ok


def test_the_sizes_of_hessians():
    text = prose()
    assert 8 * 2368**2 == 44_859_392
    assert 8 * 32_768**2 == 8_589_934_592
    for said in ("8.6 GB in float64", "with 45 MB", "32,768 weights", "0.26 MB"):
        assert said in text
    assert not re.search("5.6 million", text)
