"""The blanks of notebook 07, its picture of memory over one step, and the timeline behind that picture."""

import nbformat
import numpy as np
import pytest
from test_notebooks import ROOT

from helpers.exercises import check_task
from helpers.functions import tanh
from helpers.gradient import gradient
from helpers.graph import topological_order
from helpers.memory import Moment, footprint, timeline
from helpers.operators import hidden_layers, one_hidden_layer
from helpers.plots import show_timeline, show_weight_decay

NOTEBOOK = nbformat.read(ROOT / "notebooks" / "07_training_and_memory.ipynb", as_version=4)


def blanks():
    return {c.id: c.source for c in NOTEBOOK.cells if "blank" in c.metadata.get("tags", [])}


def test_a_step_that_changes_its_weights_is_told():
    def step(W, dL_dW, learning_rate, weight_decay):
        W -= learning_rate * (dL_dW + weight_decay * W)
        return W

    assert "changes its argument number 1" in check_task("step", step).message


# the timeline


def a_network(depth, batch):
    c = hidden_layers(depth, activation=tanh, weight_decay=0.1)
    rows, columns = [7] * depth + [3], [5] + [7] * depth
    fed = {W: (r, k) for W, r, k in zip(c.weights, rows, columns, strict=True)}
    return c, fed | {c.x: (5, batch), c.y: (batch,)}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("depth", "batch"), [(1, 2), (2, 11), (5, 40)])
def test_the_peak_of_the_timeline_is_the_footprint(depth, batch, dtype):
    c, fed = a_network(depth, batch)
    outputs = [c.J, *gradient(c.J, c.weights)]
    moments = timeline(outputs, fed, dtype)
    assert max(m.forward + m.backward for m in moments) == footprint(outputs, fed, dtype).intermediates
    assert [m.variable for m in moments] == [v for v in topological_order(outputs[::-1], fed) if v.operator]


def test_the_timeline_counts_by_kind():
    c, n = one_hidden_layer(activation=tanh), 20
    fed = {c.x: (64, n), c.W1: (32, 64), c.W2: (10, 32), c.y: (n,)}
    by_name = {m.variable.name: m for m in timeline([c.J, *gradient(c.J, [c.W1, c.W2])], fed)}
    assert by_name["z"].forward == 8 * 32 * n
    assert by_name["h"].forward == 2 * 8 * 32 * n
    assert by_name["o"].forward == 8 * (32 + 32 + 10) * n
    grown = by_name["∂J/∂o"].backward - by_name["o"].backward
    assert grown == 8 * 10 * n
    assert all(m.backward == 0 for m in timeline([c.o], {v: fed[v] for v in (c.x, c.W1, c.W2)}))


# the pictures


def moments(*sizes):
    return [Moment(one_hidden_layer().z, *pair) for pair in sizes]


def test_the_sentence_of_a_timeline():
    training = moments((2e6, 0), (4e6, 0), (3e6, 2e6), (1e6, 3e6))
    sentence = show_timeline(training, moments((2e6, 0), (2.5e6, 0))).sentence
    assert "one training step of 4 operators" in sentence
    assert "forward values grow to 4.00 MB at z, gradients to 3.00 MB" in sentence
    assert "most is alive at z, 5.00 MB; prediction needs 2.50 MB at most" in sentence


def test_a_timeline_needs_moments():
    with pytest.raises(ValueError, match="training: expected at least one moment, got none"):
        show_timeline([], moments((1, 0)))
    with pytest.raises(TypeError, match="one of prediction"):
        show_timeline(moments((1, 0)), [3])


def test_what_is_held_out_has_its_name():
    from test_plots import a_run

    assert "Training loss, validation loss and norm" in show_weight_decay([a_run()], "validation").sentence
