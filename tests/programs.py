"""Random programs in NumPy's notation: the same steps on arrays and on variables."""

import math

import numpy as np

UNARY = [
    lambda a: -a,
    lambda a: +a,
    lambda a: np.exp(0.3 * a),
    lambda a: np.log(a**2 + 1),
    lambda a: np.sqrt(np.square(a) + 0.5),
    np.tanh,
    abs,
    lambda a: a**3 / 10,
    lambda a: (a * a + 1) ** -0.5,
    lambda a: 2**a,
    lambda a: 1 - a,
    lambda a: 1 / (a * a + 1),
    lambda a: np.clip(a, -1, 0.8),
    lambda a: np.maximum(a, 0.05),
    lambda a: np.minimum(0.7, a),
    lambda a: np.where(a > 0.1, a, -2 * a),
    lambda a: a * (a <= 0.5),
    lambda a: np.where(0.2 < a, 0.5, 0.5 * a),
    lambda a: a.T,
    lambda a: np.float32(0.5) * a,
    lambda a: a - np.max(a),
]
BINARY = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / (b * b + 1),
    np.maximum,
    np.minimum,
    lambda a, b: np.where(a < b, a * b, b),
    lambda a, b: np.where(a >= b, b, 0.5),
    lambda a, b: (a * a + 0.5) ** np.tanh(b),
]


def axes(rng, a):
    """Return some axes of an array, written in one of the ways to write them."""
    if a.ndim == 0 or rng.random() < 0.2:
        return None
    k = rng.permutation(a.ndim)[: rng.integers(1, a.ndim + 1)]
    k = [int(i) - a.ndim * int(rng.integers(2)) for i in k]
    return k[0] if len(k) == 1 else tuple(k)


def reduction(rng, a):
    function = (np.sum, np.mean, np.max, np.min)[rng.integers(4)]
    axis, keepdims = axes(rng, a), bool(rng.integers(2))
    return lambda a: function(a, axis=axis, keepdims=keepdims)


def reshaped(rng, a):
    rows = int(rng.choice([k for k in range(1, a.size + 1) if a.size % k == 0]))
    shape = [(rows, -1), (a.size // rows, 1, rows), -1][rng.integers(3)]
    return lambda a: np.reshape(a, shape)


def permuted(rng, a):
    order = rng.permutation(a.ndim).tolist()
    return lambda a: np.transpose(a, order)


def indexed(rng, a):
    index = []
    for n in a.shape:
        start = int(rng.integers(n))
        index.append(
            [start, start - n, slice(start, None), slice(None, None, -1), slice(None), rng.integers(-n, n, 3)][
                rng.integers(6)
            ]
        )
    if rng.random() < 0.3:
        index.insert(int(rng.integers(len(index) + 1)), None)
    index = tuple(index)[: int(rng.integers(1, len(index) + 1))] if index else (None,)
    return lambda a: a[index]


def joined(rng, a):
    axis = int(rng.integers(-a.ndim, a.ndim)) if a.ndim else 0
    more = rng.standard_normal(a.shape or (1,)).astype(np.float32)
    return lambda a: np.concatenate([a if a.ndim else a[None], more, 2 * a if a.ndim else a[None]], axis=axis)


def with_array(rng, a):
    more = rng.standard_normal([n if rng.random() < 0.7 else 1 for n in a.shape]).astype(np.float32)
    function, turned = BINARY[rng.integers(len(BINARY))], rng.random() < 0.5
    return lambda a: function(more, a) if turned else function(a, more)


MADE = [reduction, reshaped, permuted, indexed, joined, with_array]


def fits(a, b):
    try:
        return math.prod(np.broadcast_shapes(a.shape, b.shape)) <= 100
    except ValueError:
        return False


def chains(a, b):
    try:
        return (a @ b).size <= 100
    except ValueError:
        return False


def program(rng):
    """Return a random function of arrays to a number, and arrays for it.

    Its steps are chosen while it runs on the arrays, so that shapes fit and numbers stay small.
    """
    shapes = [tuple(rng.integers(1, 4, rng.integers(4)).tolist()) for _ in range(rng.integers(1, 4))]
    arrays = {f"x{k}": rng.standard_normal(shape) for k, shape in enumerate(shapes)}
    values, steps = [np.asarray(a) for a in arrays.values()], []

    def take(step, *k):
        steps.append((step, k))
        values.append(np.asarray(step(*(values[i] for i in k))))

    for _ in range(rng.integers(2, 9)):
        k = int(rng.integers(max(0, len(values) - 4), len(values)))
        a, kind = values[k], rng.random()
        partners = [j for j, b in enumerate(values) if fits(a, b)]
        chain = [j for j, b in enumerate(values) if chains(a, b)]
        if kind < 0.3:
            take(UNARY[rng.integers(len(UNARY))], k)
        elif kind < 0.6:
            take(MADE[rng.integers(len(MADE))](rng, a), k)
        elif kind < 0.85 or not chain:
            take(BINARY[rng.integers(len(BINARY))], k, int(rng.choice(partners)))
        else:
            take(lambda a, b: a @ b, k, int(rng.choice(chain)))
        if np.abs(values[-1]).max(initial=0) > 5:
            take(lambda a: 2 * np.tanh(a / 5), len(values) - 1)
    weights = rng.standard_normal(4)

    def f(**arrays):
        values = list(arrays.values())
        for step, k in steps:
            values.append(step(*(values[i] for i in k)))
        J = 0.0
        for w, value in zip(weights.tolist(), values[::-1], strict=False):
            J = J + w * np.mean(np.tanh(value) * value)
        return J

    return f, arrays
