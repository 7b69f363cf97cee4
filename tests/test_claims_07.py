"""What notebook 07 says of experiments holds for eight seeds, draws or settings, not for the one on the page alone."""

from functools import cache

import nbformat
import numpy as np
import pytest
from test_notebooks import ROOT

from helpers.checking import check_gradients
from helpers.data import digits
from helpers.explorers.memory import needs
from helpers.explorers.training import Run
from helpers.functions import relu, sigmoid, tanh
from helpers.gradient import gradient
from helpers.graph import run as compute
from helpers.memory import footprint, measure, timeline
from helpers.network import MLP
from helpers.operators import hidden_layers, one_hidden_layer
from helpers.training import accuracy, train

CLAIMS = {
    r"Only $\partial J/\partial W^{(2)}$ is wrong": "test_a_stale_h_spoils_one_gradient",
    "reads more than 95 of 100 digits that it has never seen": "test_the_network_learns_to_read",
    "Now they go together, in patches.": "test_weights_of_neighbouring_pixels_go_together",
    "The larger λ, the smaller the weights, and the larger the loss on the training digits.": "test_decay_costs",
    "Without decay it falls at first, and then rises while the training loss goes on falling": "test_overfitting",
    "A little decay, λ = 0.005, ends lower.": "test_a_little_decay_helps_and_much_does_not",
    "Much decay, λ = 0.1, ends highest of all": "test_a_little_decay_helps_and_much_does_not",
    "All this holds for each of eight random draws of the 200 digits.": "test_a_little_decay_helps_and_much_does_not",
    "with all labels right, λ = 0.005 ends with a larger validation loss than no decay, on all eight": (
        "test_with_right_labels_decay_does_not_pay"
    ),
    "Each step takes the same *share* ηλ off each weight": "test_weights_of_blank_pixels_shrink_by_a_fixed_share",
    "new units join the ones that have learned": "test_new_units_join",
    "relu with η = 10 throws units to where their $z$ is below 0 for all points.": "test_a_long_step_silences_units",
    "more than a tenth of the points go wrong": "test_decay_and_back",
    "After 600 steps of it the loss still pulled the weights up again.": "test_decay_and_back",
    "Where φ(0) = 0, as for tanh and relu, both gradients vanish.": "test_at_zero_the_loss_has_no_gradient",
    "close to 0 the loss is lower in some directions and higher in others": "test_zero_is_a_saddle_point",
    "It comes back, but after 500 steps it still has not.": "test_the_way_back_is_long",
    "The longer λ worked, the longer the wait.": "test_the_longer_the_decay_the_longer_the_wait",
    "forecast and measurement agree within 5 %": "test_forecast_and_measurement_agree",
    "The peak comes just after the walk turns around": "test_the_peak_is_where_the_walk_turns",
    "At the end only the gradients of the weights and three numbers (L, s and J) are left.": "test_what_is_left",
    "never holds more than two arrays of this size": "test_prediction_holds_two_arrays",
    "A straight line for training.": "test_each_layer_adds_one_z_and_one_h",
    "The intermediates of prediction do not grow with depth at all.": "test_prediction_holds_two_arrays",
    "At small batches the points are flat.": "test_small_batches_do_not_matter_and_large_ones_do",
    "The *forward values*, the height of the blue mountain, are": "test_forward_values_are_proportional_to_the_batch",
    "Deeper networks run out of memory at smaller batches.": "test_deeper_networks_need_more",
    "the step of the large batch in the memory of a small one": "test_microbatches_add_up_to_the_same_step",
    "each of the four about halves the need": "test_halving_at_the_settings_named",
    "half the width leaves less than a third": "test_halving_at_the_settings_named",
}
SEEDS = range(8)
every_seed = pytest.mark.parametrize("seed", SEEDS)
a_few_seeds = pytest.mark.parametrize(
    "seed", [*SEEDS[:1], *(pytest.param(s, marks=pytest.mark.weekly) for s in SEEDS[1:])]
)
DATA = digits()


def test_every_claim_stands_in_the_notebook_and_has_its_test():
    notebook = nbformat.read(ROOT / "notebooks" / "07_training_and_memory.ipynb", as_version=4)
    text = "\n\n".join(cell.source for cell in notebook.cells)
    assert [sentence for sentence in CLAIMS if sentence not in text] == []
    assert [name for name in CLAIMS.values() if name not in globals()] == []


# one step, and learning


def some_digits(seed, count):
    chosen = np.random.default_rng(seed).permutation(DATA.x_train.shape[1])[:count]
    return DATA.x_train[:, chosen], DATA.y_train[chosen]


@every_seed
def test_a_stale_h_spoils_one_gradient(seed):
    x, y = some_digits(seed, 32)
    net = MLP.random(64, 32, 10, weight_decay=0.01, activation=tanh, seed=seed)
    f = net.forward(x, y)
    g = net.backward(f)
    moved = MLP(net.W1 - 0.5 * g.W1, net.W2 - 0.5 * g.W2, weight_decay=0.01, activation=tanh)
    assert moved.forward(x, y).J < f.J
    report = check_gradients(moved, x, y, backward=lambda net, now: net.backward(now._replace(h=f.h)))
    assert report.wrong == ("W2",)


@cache
def reader(seed):
    net = MLP.random(64, 32, 10, weight_decay=0.001, activation=tanh, seed=seed)
    train(net, DATA.x_train, DATA.y_train, epochs=20, batch_size=32, learning_rate=0.5, seed=seed)
    return net


@every_seed
def test_the_network_learns_to_read(seed):
    assert accuracy(reader(seed), DATA.x_test, DATA.y_test) >= 0.95


def correlation_of_neighbours(W1):
    images = W1.reshape(-1, 8, 8)
    return np.corrcoef(images[:, :, 1:].ravel(), images[:, :, :-1].ravel())[0, 1]


@every_seed
def test_weights_of_neighbouring_pixels_go_together(seed):
    at_first = correlation_of_neighbours(MLP.random(64, 32, 10, seed=seed).W1)
    assert abs(at_first) < 0.1
    assert correlation_of_neighbours(reader(seed).W1) > at_first + 0.1


# weight decay


@cache
def decay_run(seed, weight_decay, wrong_labels=True):
    """Return the History of the notebook's run on another draw of digits, and the loss on the test set."""
    order = np.random.default_rng(seed).permutation(DATA.x_train.shape[1])
    few, held_out = order[:200], order[200:600]
    y = DATA.y_train[few]
    if wrong_labels:
        y[::4] = (y[::4] + 1) % 10
    net = MLP.random(64, 32, 10, weight_decay=weight_decay, activation=tanh, seed=seed)
    settings = {"epochs": 100, "batch_size": 50, "learning_rate": 0.5, "seed": seed}
    validation = {"x_test": DATA.x_train[:, held_out], "y_test": DATA.y_train[held_out]}
    history = train(net, DATA.x_train[:, few], y, **settings, **validation)
    return history, net.forward(DATA.x_test, DATA.y_test).L


DECAYS = (0, 0.005, 0.02, 0.1)


@every_seed
def test_decay_costs(seed):
    runs = [decay_run(seed, weight_decay)[0] for weight_decay in DECAYS]
    norms = [np.hypot(run.W1[-1], run.W2[-1]) for run in runs]
    losses = [run.per_epoch("L")[-1] for run in runs]
    assert norms == sorted(norms, reverse=True)
    assert losses == sorted(losses)


@every_seed
def test_overfitting(seed):
    run, _ = decay_run(seed, 0)
    losses, lowest = run.per_epoch("L"), run.test_loss.argmin()
    assert run.test_loss[lowest] < run.test_loss[0]
    assert run.test_loss[-1] > 1.1 * run.test_loss[lowest]
    assert losses[-1] < losses[lowest]


@every_seed
def test_a_little_decay_helps_and_much_does_not(seed):
    runs = [decay_run(seed, weight_decay) for weight_decay in DECAYS]
    ends = [run.test_loss[-1] for run, _ in runs]
    assert np.argmin(ends) == 1
    assert np.argmax(ends) == 3
    assert runs[1][1] < runs[0][1]


@every_seed
def test_with_right_labels_decay_does_not_pay(seed):
    ends = [decay_run(seed, weight_decay, wrong_labels=False)[0].test_loss[-1] for weight_decay in (0, 0.005)]
    assert ends[1] > ends[0]


@every_seed
def test_weights_of_blank_pixels_shrink_by_a_fixed_share(seed):
    x, y = some_digits(seed, 32)
    blank = (DATA.x_train == 0).all(axis=1)
    net = MLP.random(64, 32, 10, weight_decay=0.1, activation=tanh, seed=seed)
    before = net.W1[:, blank]
    train(net, x, y, epochs=20, batch_size=32, learning_rate=0.5)
    np.testing.assert_allclose(net.W1[:, blank], before * 0.95**20)


# the explorer's runs, from other weights and in other orders


def a_run(seed, data="corners", hidden=8):
    run = Run(data, hidden, weight_decay=0.0, learning_rate=0.5, activation="tanh")
    run.units = MLP.random(len(run.x), len(run.units.W1), int(run.y.max()) + 1, seed=seed)
    run.net.W1, run.net.W2 = run.units.W1[:hidden].copy(), run.units.W2[:, :hidden].copy()
    run.rng = np.random.default_rng(seed)
    return run


def share_right(run, steps, **changed):
    run.change(**changed)
    run.advance(steps)
    return accuracy(run.net, run.x, run.y)


@every_seed
def test_decay_and_back(seed):
    run = a_run(seed)
    assert share_right(run, 600) >= 0.99
    assert share_right(run, 600, weight_decay=0.05) < 0.9
    assert share_right(run, 600, weight_decay=0.0) >= 0.99


@every_seed
def test_new_units_join(seed):
    run = a_run(seed, "spirals", 3)
    assert share_right(run, 1000) < 0.92
    assert share_right(run, 1000, hidden=16) > 0.95


@every_seed
def test_a_long_step_silences_units(seed):
    run = a_run(seed)
    share_right(run, 600, activation="relu", learning_rate=10.0)
    assert share_right(run, 300, learning_rate=0.1) < 0.6
    assert ((run.net.W1 @ run.x) <= 0).all(axis=1).any()


@every_seed
@pytest.mark.parametrize("activation", [tanh, relu, sigmoid], ids=lambda activation: activation.name)
def test_at_zero_the_loss_has_no_gradient(activation, seed):
    x, y = some_digits(seed, 21)
    net = MLP(np.zeros((5, 64)), np.zeros((10, 5)), activation=activation)
    g = net.backward(net.forward(x, y))
    assert not np.any(g.W1)
    assert np.any(g.W2) == (activation is sigmoid)


@every_seed
def test_zero_is_a_saddle_point(seed):
    run, near = a_run(0), MLP.random(3, 8, 2, seed=seed)
    losses = [MLP(0.1 * near.W1, sign * 0.1 * near.W2, activation=tanh).forward(run.x, run.y).L for sign in (1, -1)]
    assert min(losses) < np.log(2) < max(losses)


@a_few_seeds
def test_the_way_back_is_long(seed):
    run = a_run(seed)
    share_right(run, 600)
    share_right(run, 3000, weight_decay=0.05)
    np.testing.assert_allclose(run.record["L"][-1], np.log(2), atol=1e-3)
    assert share_right(run, 500, weight_decay=0.0) < 0.9
    assert share_right(run, 1000) > 0.95


@a_few_seeds
def test_the_longer_the_decay_the_longer_the_wait(seed):
    waits = []
    for steps in (600, 2000, 4000):
        run = a_run(seed)
        share_right(run, 600)
        share_right(run, steps, weight_decay=0.05)
        run.change(weight_decay=0.0)
        before = run.steps
        while share_right(run, 50) < 0.95:
            assert run.steps < before + 5000
        waits.append(run.steps - before)
    assert waits[0] < waits[1] < waits[2]


# memory: depth, width and batch

LARGE = [
    (2, 64, 512),
    (3, 100, 400),
    (4, 256, 1024),
    (6, 32, 300),
    (8, 256, 512),
    (8, 128, 1000),
    (12, 64, 256),
    (16, 256, 1024),
]
every_large_batch = pytest.mark.parametrize(("depth", "width", "batch"), LARGE)


def deep_network(depth, width, batch, training=True):
    net = hidden_layers(depth, activation=tanh, weight_decay=0.01)
    rows, columns = [width] * depth + [10], [64] + [width] * depth
    fed = {W: (r, k) for W, r, k in zip(net.weights, rows, columns, strict=True)}
    fed |= {net.x: (64, batch)} | ({net.y: (batch,)} if training else {})
    return [net.J, *gradient(net.J, net.weights)] if training else [net.o], fed


@every_large_batch
def test_the_peak_is_where_the_walk_turns(depth, width, batch):
    moments = timeline(*deep_network(depth, width, batch))
    totals = [moment.forward + moment.backward for moment in moments]
    assert moments[int(np.argmax(totals))].variable.name == f"∂J/∂z{depth}"
    assert max(totals) == footprint(*deep_network(depth, width, batch)).intermediates


@every_large_batch
def test_what_is_left(depth, width, batch):
    outputs, fed = deep_network(depth, width, batch)
    last = timeline(outputs, fed)[-1]
    assert last.forward == 3 * 8
    assert last.backward == sum(8 * rows * columns for W, (rows, columns) in list(fed.items())[: depth + 1])


@every_large_batch
def test_prediction_holds_two_arrays(depth, width, batch):
    need = footprint(*deep_network(depth, width, batch, training=False)).intermediates
    assert need == 2 * 8 * width * batch


@every_large_batch
def test_each_layer_adds_one_z_and_one_h(depth, width, batch):
    need, more = (footprint(*deep_network(d, width, batch)).intermediates for d in (depth, depth + 1))
    assert more - need == 2 * 8 * width * batch


@pytest.mark.parametrize("width", [128, 160, 200, 256, 300, 384, 512, 640])
def test_small_batches_do_not_matter_and_large_ones_do(width):
    need = {n: footprint(*deep_network(8, width, n)).intermediates for n in (8, 16, 4096, 8192)}
    assert need[16] < 1.1 * need[8]
    assert need[8192] > 1.9 * need[4096]


@every_large_batch
def test_forward_values_are_proportional_to_the_batch(depth, width, batch):
    one, two = (max(m.forward for m in timeline(*deep_network(depth, width, n))) for n in (batch, 2 * batch))
    np.testing.assert_allclose(two / one, 2, rtol=1e-3)


@every_large_batch
def test_deeper_networks_need_more(depth, width, batch):
    limit = footprint(*deep_network(depth, width, batch)).intermediates
    assert footprint(*deep_network(depth + 1, width, batch)).intermediates > limit


@pytest.mark.parametrize(
    ("hidden", "batch"),
    [(64, 4096), (128, 1024), (256, 1024), (512, 512), (100, 3000), (300, 700), (256, 2048), (1024, 256)],
)
def test_forecast_and_measurement_agree(hidden, batch):
    c = one_hidden_layer(activation=tanh, weight_decay=0.01)
    shapes = {c.x: (64, batch), c.y: (batch,), c.W1: (hidden, 64), c.W2: (10, hidden)}
    rng = np.random.default_rng(hidden)
    feeds = {v: rng.standard_normal(shapes[v]) for v in (c.x, c.W1, c.W2)}
    predicting = footprint([c.o], {v: shapes[v] for v in feeds}).intermediates
    assert abs(measure(lambda: compute([c.o], feeds)) / predicting - 1) < 0.05
    outputs = [c.J, *gradient(c.J, [c.W1, c.W2])]
    training = footprint(outputs, shapes).intermediates
    feeds |= {c.y: rng.integers(0, 10, batch)}
    measured = measure(lambda: compute(outputs, feeds))
    assert 0.95 < measured / training
    assert (measured - hidden * batch * 8) / training < 1.05


@every_seed
def test_microbatches_add_up_to_the_same_step(seed):
    x, y = some_digits(seed, 32)
    net = MLP.random(64, 32, 10, weight_decay=0.01, activation=tanh, seed=seed)
    whole, *halves = (net.backward(net.forward(x[:, p], y[p])) for p in (slice(32), slice(16), slice(16, 32)))
    np.testing.assert_allclose((halves[0].W1 + halves[1].W1) / 2, whole.W1, atol=1e-12)
    np.testing.assert_allclose((halves[0].W2 + halves[1].W2) / 2, whole.W2, atol=1e-12)


def test_halving_at_the_settings_named():
    """The sentence names its settings, so these are all that there is to try."""
    large = {"depth": 8, "width": 1024, "batch": 8192, "dtype": "float64"}
    for half in ({"depth": 4}, {"width": 512}, {"batch": 4096}, {"dtype": "float32"}):
        assert 0.45 < needs(**large | half)[0].total / needs(**large)[0].total < 0.6
    small = large | {"batch": 1}
    assert needs(**small | {"width": 512})[0].total < needs(**small)[0].total / 3
