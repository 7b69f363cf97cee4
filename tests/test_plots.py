"""`helpers.plots` at extreme data: zeros, one entry, one epoch, runs that ended early, no accuracy.

Their sentences and pictures for usual data are tested with `helpers._pictures`.
"""

import io
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.image import imread
from strategies import quick

from helpers import plots
from helpers.functions import cross_entropy, relu, squared_error, tanh
from helpers.graph import Variable
from helpers.memory import Footprint, Moment, footprint
from helpers.network import MLP
from helpers.operators import one_hidden_layer
from helpers.training import train

MB = 10**6
ZERO = relu._replace(name="zero", value=np.zeros_like, first=np.zeros_like)
X, CLASSES = np.random.default_rng(0).standard_normal((3, 20)), np.arange(20) % 2


def a_run(x=X, y=CLASSES, *, loss=cross_entropy, weight_decay=0.0, epochs=2, learning_rate=0.1):
    """Return the History of a run of two steps an epoch, tested on the examples that it is trained on."""
    net = MLP.random(3, 4, 2, loss=loss, weight_decay=weight_decay)
    return train(net, x, y, epochs=epochs, batch_size=10, learning_rate=learning_rate, x_test=x, y_test=y)


def targets(x=X, y=None, **options):
    """Return the History of a run on targets, which have no accuracy."""
    return a_run(x, X[:2] if y is None else y, loss=squared_error, **options)


def all_zero():
    return targets(0 * X, 0 * X[:2])


def diverged():
    return targets(learning_rate=1e9)


def interrupted(calls):
    """Return the History of a run that is stopped when the loss is computed for that time, tests included."""
    left = [calls + 1]  # the test set is looked at once before the run

    def stopping(o, y):
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return cross_entropy.value(o, y)

    return a_run(loss=cross_entropy._replace(value=stopping), epochs=3)


# Each with a part of the sentence that it should have; ≈ stands for a number that depends on the run.
EXTREMES = {
    "show_digits, blank": (lambda: plots.show_digits(np.zeros((64, 1)), ["a"]), "digits: a"),
    "show_digits, all ink": (lambda: plots.show_digits(np.ones((64, 11)), range(11)), "9, 10"),
    "show_activations, zero": (lambda: plots.show_activations(ZERO), "zero goes from 0 to 0 and is 0 at 0"),
    "show_activations, zero slope": (
        lambda: plots.show_activations(ZERO, derivative=True),
        "its slope lies between 0 and 0",
    ),
    "show_objectives, zeros": (lambda: plots.show_objectives({"a": (0.0, 0.0)}), "a: 0 = 0 + 0"),
    "show_objectives, huge": (lambda: plots.show_objectives({"a": (1e300, 0)}), "a: 1e+300 = 1e+300 + 0"),
    "show_objectives, far apart": (
        lambda: plots.show_objectives({"a": (1e-9, 0), "b": (0, 1e9)}),
        "a: 1e-09 = 1e-09 + 0; b: 1e+09 = 0 + 1e+09",
    ),
    "show_probabilities, one class": (
        lambda: plots.show_probabilities(np.ones((1, 1)), 0),
        "0 has the largest, 1.00; label 0 has 1.00",
    ),
    "show_probabilities, certain and wrong": (
        lambda: plots.show_probabilities(np.array([[0.0], [1.0]]), 0),
        "1 has the largest, 1.00; label 0 has 0.00",
    ),
    "show_route, one": (lambda: plots.show_route("a", [3.0], [], 0.1), "a = 3 is nudged by 0.1"),
    "show_route, zeros": (
        lambda: plots.show_route("ab", [0.0, 0.0], [0.0], 0.0),
        "a = 0 is nudged by 0; times 0, b = 0 moves by 0",
    ),
    "show_route, huge": (lambda: plots.show_route("ab", [1e300, 0], [1e-300], 1e300), "times 0, b = 0 moves by 1"),
    "show_slopes, one edge": (
        lambda: plots.show_slopes({("a", "b"): 0.0}, {"a": (0, 0), "b": (0, 0)}),
        "slope on each edge: a to b, 0",
    ),
    "show_slopes, huge": (
        lambda: plots.show_slopes({("a", "b"): 1e300}, {"a": (0, 0), "b": (1, 0)}),
        "a to b, 1e+300",
    ),
    "show_tables, zeros": (lambda: plots.show_tables({"a": np.zeros((2, 1))}), "rows (0; 0); 2 of 2 entries are 0"),
    "show_tables, huge": (lambda: plots.show_tables({"a": [[1e300]]}), "rows (1e+300); 0 of 1 entries are 0"),
    "show_weights, zeros": (lambda: plots.show_weights(np.zeros((2, 64)), "ab"), ": 2, from 0 to 0"),
    "show_weights, one": (lambda: plots.show_weights(np.full((1, 64), -2.0), "a"), ": 1, from -2 to -2"),
    "show_weights, huge": (lambda: plots.show_weights(np.full((1, 64), 1e300), "a"), ": 1, from 1e+300 to 1e+300"),
    "show_card, no gradient": (lambda: plots.show_card({"a": 0.0}, {}), "a = 0; gradients: none yet"),
    "show_card, huge": (
        lambda: plots.show_card({"W1": [[1e300]]}, {"W1": [[-1e-300]]}),
        "W⁽¹⁾ = [1e+300]; gradients: ",
    ),
    "show_history, one epoch": (lambda: plots.show_history(a_run(epochs=1)), "in 1 epoch"),
    "show_history, no accuracy": (lambda: plots.show_history(targets()), "falls from ≈ to ≈ in 2 epochs, λ = 0"),
    "show_history, zeros": (lambda: plots.show_history(all_zero()), "stays at 0 for 2 epochs"),
    "show_history, diverged at once": (lambda: plots.show_history(diverged()), "Training diverged in step 2"),
    "show_history, interrupted at once": (lambda: plots.show_history(interrupted(2)), "interrupted after step 0"),
    "show_history, interrupted later": (lambda: plots.show_history(interrupted(6)), "interrupted after step 3"),
    "show_history, interrupted in its first test": (lambda: plots.show_history(interrupted(4)), "after step 2"),
    "show_history, interrupted in a later test": (lambda: plots.show_history(interrupted(7)), "after step 4"),
    "show_weight_decay, one epoch": (lambda: plots.show_weight_decay([a_run(epochs=1)]), "λ = 0: ≈, ≈ and ≈"),
    "show_weight_decay, zeros": (lambda: plots.show_weight_decay([all_zero()]), "λ = 0: 0, 0 and ≈"),
    "show_weight_decay, interrupted later": (
        lambda: plots.show_weight_decay([interrupted(6)]),
        "λ = 0: ≈, ≈ and ≈",
    ),
    "show_weight_decay, one diverged at once": (
        lambda: plots.show_weight_decay([targets(), diverged()]),
        "λ = 0: ≈, ≈ and ≈",
    ),
    "show_shrinking, one": (lambda: plots.show_shrinking([3.0], 0.5), "from 3 to 3 in 0 steps, by the factor 0.5"),
    "show_shrinking, to zero": (lambda: plots.show_shrinking([3.0, 0.0], 0.0), "from 3 to 0 in 1 steps"),
    "show_shrinking, zeros": (lambda: plots.show_shrinking([0.0, 0.0], 0.5), "from 0 to 0 in 1 steps"),
    "show_footprints, zeros": (
        lambda: plots.show_footprints({"a": Footprint(0, 0, 0, ())}),
        "a: 0.00 MB, of which 0.00 MB intermediates",
    ),
    "show_footprints, huge": (
        lambda: plots.show_footprints({"a": Footprint(10**15, 0, 10**15, ())}),
        "a: 2000000000.00 MB, of which 1000000000.00 MB intermediates",
    ),
    "show_timeline, zeros": (
        lambda: plots.show_timeline([Moment(Variable("z"), 0, 0)], [Moment(Variable("z"), 0, 0)]),
        "of 1 operators: forward values grow to 0.00 MB at z, gradients to 0.00 MB",
    ),
    "show_timeline, huge": (
        lambda: plots.show_timeline([Moment(Variable("z"), 10**15, 10**15)], [Moment(Variable("z"), 10**15, 0)]),
        "most is alive at z, 2000000000.00 MB; prediction needs 1000000000.00 MB at most",
    ),
    "show_growth, zeros": (
        lambda: plots.show_growth({1: 0, 2: 0}, "depth"),
        "depth from 1 to 2: intermediates from 0.00 to 0.00 MB; the straight line starts at 0.00 MB and rises by 0.000",
    ),
    "show_growth, constant": (
        lambda: plots.show_growth({1: 3 * MB, 2: 3 * MB, 3: 3 * MB}, "depth"),
        "starts at 3.00 MB and rises by 0.000 MB",
    ),
    "show_modes, ones": (lambda: plots.show_modes(1, 1, 1), "1 × 1, 1 × 1, 1 × 1 and 1 × 1: 3 multiplications"),
    "show_modes, wide": (lambda: plots.show_modes(10**6, 2, 1), "2 × 1000000, 2 × 1000000, 1 × 1000000 and"),
    "show_growth, one": (lambda: plots.show_growth({2: 3 * MB}, "depth"), "depth from 2 to 2: intermediates from 3.00"),
}


def test_every_figure_is_tried_at_extreme_data():
    public = {name for name in vars(plots) if name.startswith("show_")}
    assert {name.split(",")[0] for name in EXTREMES} == public


@pytest.mark.parametrize("name", EXTREMES)
def test_extreme_data_are_drawn_and_told(name):
    draw, part = EXTREMES[name]
    picture = draw()
    part = re.escape(part).replace("≈", r"[\d.e-]+")
    assert re.search(part, picture.sentence), picture.sentence
    assert not re.search(r"\b(nan|inf)\b", picture.sentence), picture.sentence
    image = imread(io.BytesIO(picture.data), format="png")
    assert image[..., :3].min() < image[..., :3].max() or name == "show_digits, blank"


# Where the numbers come from a whole program.


few = settings(quick, max_examples=3)  # each example draws a figure


@few
@given(st.integers(1, 4), st.floats(0, 1))
def test_the_sentence_of_a_real_run(epochs, weight_decay):
    x, y = X[:, :11], CLASSES[:11]
    net = MLP.random(3, 4, 2, weight_decay=weight_decay, activation=tanh)
    history = train(net, x, y, epochs=epochs, batch_size=5, learning_rate=0.3, x_test=X, y_test=CLASSES)
    right = sum(int(np.argmax(net.predict(X[:, [k]]))) == CLASSES[k] for k in range(20))
    first, last = f"{sum(history.J[:3]) / 3:.3g}", f"{sum(history.J[-3:]) / 3:.3g}"
    sentence = plots.show_history(history).sentence
    told = "objective is {last}" if epochs == 1 else "stays at {last}" if first == last else "from {first} to {last}"
    assert told.format(first=first, last=last) in sentence
    assert sentence.endswith(f"accuracy on the test set {right / 20:.1%}")
    said = plots.show_weight_decay([history]).sentence
    norm = np.sqrt(history.W1[-1] ** 2 + history.W2[-1] ** 2)
    train_loss, test_loss = sum(history.L[-3:]) / 3, net.forward(X, CLASSES).L
    assert said.endswith(f"λ = {weight_decay:g}: {train_loss:.2g}, {test_loss:.2g} and {norm:.2g}")


@few
@given(st.integers(1000, 3000))
def test_the_sentence_of_a_real_footprint(batch):
    c = one_hidden_layer()
    f = footprint([c.o], {c.x: (64, batch), c.W1: (32, 64), c.W2: (10, 32)})
    intermediates = 8 * 2 * 32 * batch / MB
    whole = intermediates + 8 * (64 * batch + 32 * 64 + 10 * 32) / MB
    sentence = plots.show_footprints({"prediction": f}).sentence
    assert sentence == f"Memory: prediction: {whole:.2f} MB, of which {intermediates:.2f} MB intermediates"
    sizes = {n: footprint([c.o], {c.x: (64, n), c.W1: (32, 64), c.W2: (10, 32)}).intermediates for n in (batch, 9000)}
    sentence = plots.show_growth(sizes, "batch").sentence
    high = 8 * 2 * 32 * 9000 / MB
    assert f"batch from {batch} to 9000: intermediates from {intermediates:.2f} to {high:.2f} MB" in sentence
    assert f"rises by {8 * 2 * 32 / MB:.3f} MB a unit" in sentence
