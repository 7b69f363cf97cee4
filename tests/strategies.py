"""What the property tests share: drawn networks with a minibatch each, and the chapter's formulas in 50 digits.

The formulas are the oracle: they are written from the chapter, and their derivatives are found by mpmath.
"""

import os

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from mpmath import mp

from helpers.functions import cross_entropy, relu, sigmoid, squared_error, tanh
from helpers.network import MLP

mp.dps = 50

ACTIVATIONS = (relu, tanh, sigmoid)
LOSSES = (squared_error, cross_entropy)

# Few examples for every day, and many for `make test-all`.
ALL = "TEST_ALL" in os.environ
quick = settings(max_examples=200 if ALL else 25, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)


def draw_labels(loss, rng, q, n):
    """Return random labels for n examples and q outputs."""
    return rng.integers(q, size=n) if loss is cross_entropy else rng.standard_normal((q, n))


@st.composite
def problems(draw, dtype=np.float64):
    """Draw a network with x and y to go with it; no entry of z lies exactly at a kink."""
    loss = draw(st.sampled_from(LOSSES))
    d, h, n = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(1, 4))
    q = draw(st.integers(2, 4) if loss is cross_entropy else st.integers(1, 4))
    weight_decay = draw(st.just(0.0) | st.floats(0.001, 10))
    activation = draw(st.sampled_from(ACTIVATIONS))
    rng = np.random.default_rng(draw(seeds))
    W1, W2 = rng.standard_normal((h, d)).astype(dtype), rng.standard_normal((q, h)).astype(dtype)
    net = MLP(W1, W2, weight_decay=weight_decay, activation=activation, loss=loss)
    return net, rng.standard_normal((d, n)).astype(dtype), draw_labels(loss, rng, q, n)


EXACT_ACTIVATION = {
    "relu": lambda z: max(z, mp.mpf(0)),
    "tanh": mp.tanh,
    "sigmoid": lambda z: 1 / (1 + mp.exp(-z)),
}


def exact(array):
    """Return the same numbers with 50 digits."""
    return np.vectorize(mp.mpf, otypes=[object])(np.asarray(array, np.float64))


def exact_loss(loss, o, y):
    """Return L, the mean over the columns of `o`."""
    q, n = o.shape
    if loss is squared_error:
        return sum((o[i, j] - y[i, j]) ** 2 for i in range(q) for j in range(n)) / (2 * n)
    return sum(mp.log(sum(mp.exp(v) for v in o[:, j])) - o[y[j], j] for j in range(n)) / n


def exact_forward(net, x, y, **given):
    """Return x, W1, W2, z, h, o, L, s and J by name; a variable that is given is not computed."""
    phi = np.vectorize(EXACT_ACTIVATION[net.activation.name], otypes=[object])
    v = {"x": exact(x), "W1": exact(net.W1), "W2": exact(net.W2)} | given
    v.setdefault("z", v["W1"] @ v["x"])
    v.setdefault("h", phi(v["z"]))
    v.setdefault("o", v["W2"] @ v["h"])
    v["L"] = exact_loss(net.loss, v["o"], y if net.loss is cross_entropy else exact(y))
    v["s"] = mp.mpf(net.weight_decay) / 2 * (np.sum(v["W1"] ** 2) + np.sum(v["W2"] ** 2))
    v["J"] = v["L"] + v["s"]
    return v


def moved(array, index, step):
    """Return a copy of `array` in which one entry is larger by `step`."""
    copy = array.copy()
    copy[index] += step
    return copy


def entrywise(function, array):
    """Return ``function(index)`` for every entry of `array`, as an array of that shape."""
    return np.array([function(index) for index in np.ndindex(array.shape)], object).reshape(array.shape)


def exact_gradient(net, x, y, name):
    """Return the gradient of J with respect to the variable `name`."""
    at = exact_forward(net, x, y)[name]
    return entrywise(
        lambda index: mp.diff(lambda t: exact_forward(net, x, y, **{name: moved(at, index, t)})["J"], 0), at
    )


def relative_error(got, want):
    """Return max|got − want| / max|want|, of one array."""
    got, want = np.asarray(got, np.float64), np.asarray(want, np.float64)
    assert got.shape == want.shape
    gap, size = float(np.abs(got - want).max()), float(np.abs(want).max())
    if size == 0:
        return 0.0 if gap == 0 else np.inf
    return gap / size
