"""What the backward pass's lesson claims of random weights and data holds for eight seeds."""

from pathlib import Path

import nbformat
import numpy as np
import pytest

from helpers.data import digits
from helpers.functions import cross_entropy, relu, sigmoid, softmax, squared_error, tanh
from helpers.network import MLP

NOTEBOOK = nbformat.read(Path(__file__).parents[1] / "notebooks" / "04_backward_pass.ipynb", as_version=4)
PROSE = "\n\n".join(cell.source for cell in NOTEBOOK.cells if cell.cell_type == "markdown")
eight = pytest.mark.parametrize("seed", range(8))


@eight
def test_the_gradient_is_the_mean_of_the_gradients_of_the_examples(seed):
    data, chosen = digits(), np.random.default_rng(seed).choice(1000, 3 + seed, replace=False)
    x, y = data.x_train[:, chosen], data.y_train[chosen]
    net = MLP.random(64, 8, 10, seed=seed, weight_decay=0.1 * seed, activation=(tanh, relu, sigmoid)[seed % 3])
    g = net.backward(net.forward(x, y))
    alone = [net.backward(net.forward(x[:, j : j + 1], y[j : j + 1])) for j in range(len(chosen))]
    for name in ("W1", "W2"):
        assert np.allclose(getattr(g, name), np.mean([getattr(a, name) for a in alone], axis=0))


@eight
def test_softmax_minus_one_hot(seed):
    rng = np.random.default_rng(seed)
    o, y = 3 * rng.standard_normal((4, 1)), rng.integers(4, size=1)
    gradient = cross_entropy.gradient(o, y)
    assert np.allclose(gradient, softmax(o) - np.eye(4)[:, y])
    assert np.isclose(gradient.sum(), 0)
    assert np.isclose(softmax(o).sum(), 1)


@eight
def test_only_the_penalty_reaches_a_silent_unit(seed):
    net = MLP.random(4, 6, 3, seed=seed, weight_decay=0.3, activation=relu, loss=squared_error)
    rng = np.random.default_rng(seed)
    f = net.forward(rng.standard_normal((4, 1)), rng.standard_normal((3, 1)))
    g, silent = net.backward(f), f.z[:, 0] < 0
    assert silent.any()
    assert np.array_equal(g.W1[silent], 0.3 * net.W1[silent])
    assert np.array_equal(g.W2[:, silent], 0.3 * net.W2[:, silent])


@eight
def test_the_slope_of_sigmoid_is_at_most_a_quarter(seed):
    z = 10 * np.random.default_rng(seed).standard_normal(1000)
    assert sigmoid.first(0.0) == 0.25
    assert sigmoid.first(z).max() <= 0.25
    assert tanh.first(z[z != 0]).max() < 1


CLAIMS = {
    "The gradient of the minibatch is the mean of the gradients of its examples": (
        test_the_gradient_is_the_mean_of_the_gradients_of_the_examples
    ),
    "The entries add up to 0, since raising all logits alike changes nothing.": test_softmax_minus_one_hot,
    "Only the penalty reaches them.": test_only_the_penalty_reaches_a_silent_unit,
    "sigmoid reaches ¼ there, and that is its largest slope.": test_the_slope_of_sigmoid_is_at_most_a_quarter,
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_the_claim_still_stands_in_the_notebook(claim):
    assert claim in PROSE
