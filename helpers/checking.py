"""Oracles for gradients: central differences, explicit Jacobians, `prod`, and two reports that use them.

Nothing here knows how `MLP.backward` works. A gradient is right when J, changed a little, answers as the
gradient says.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from helpers.inputs import as_array, as_seed, check_kind
from helpers.network import MLP, Forward, Gradients

TOLERANCE = {np.dtype(np.float64): 1e-6, np.dtype(np.float32): 1e-3}


def difference_steps(x):
    """Return the step that central differences take at each entry of `x`.

    The cube root of the rounding unit balances the two errors: a longer step sees the curvature, a shorter one
    sees the rounding.

    Examples
    --------
    >>> import numpy as np
    >>> print(difference_steps(np.array([0.5, 100.0])).round(6), difference_steps(np.float32([0.5])).round(4))
    [6.00e-06 6.06e-04] [0.0049]
    """
    x = as_array("x", x)
    return np.cbrt(np.finfo(x.dtype).eps) * np.maximum(1, np.abs(x))


@np.errstate(all="ignore")
def jacobian(f, x):
    """Return the Jacobian of `f` at `x`, entry by entry, by central differences.

    Parameters
    ----------
    f : callable
        From an array of the shape of x to an array of any shape.
    x : array_like
        Not changed.

    Returns
    -------
    array
        Of the shape of f(x) followed by the shape of x: entry ``[i…, j…]`` is ∂f(x)[i…] / ∂x[j…].

    Raises
    ------
    TypeError, ValueError
        If x, or f(x), does not hold finite real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> jacobian(lambda x: x**2, np.array([1.0, 3.0])).round(6)
    array([[2., 0.],
           [0., 6.]])
    """
    check_kind("f", f, Callable, "a function")
    x = as_array("x", x)
    return _differences(lambda x: as_array("f(x)", f(x)), x, difference_steps(x))


def _differences(f, x, steps):
    slopes = []
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += steps[index]
        below[index] -= steps[index]
        width = above[index] - below[index]
        slopes.append((np.array(f(above)) - np.array(f(below))) / width)  # copies: f may use one array again
    if not slopes:
        return np.zeros(np.shape(f(x.copy())) + x.shape)
    return np.stack(slopes, axis=-1).reshape(slopes[0].shape + x.shape)


def numerical_gradient(f, x):
    """Return the gradient of the scalar function `f` at `x`, by central differences.

    Parameters
    ----------
    f : callable
        From an array of the shape of x to a number.
    x : array_like
        Not changed.

    Returns
    -------
    array
        Of the shape of x (K10).

    Raises
    ------
    TypeError, ValueError
        If x, or f(x), does not hold finite real numbers, or f(x) is not a scalar.

    Examples
    --------
    >>> import numpy as np
    >>> numerical_gradient(lambda W: np.sum(W**2) / 2, np.array([[1.0, -2.0]])).round(6)
    array([[ 1., -2.]])
    """
    gradient = jacobian(f, x)
    if gradient.shape != np.shape(x):
        came = gradient.shape[: gradient.ndim - np.ndim(x)]
        raise ValueError(f"f returned an array of shape {came}; wanted a scalar (jacobian takes arrays)")
    return gradient


def prod(dZ_dY, dY_dX, *, over):
    """Chain two derivatives: ∂Z/∂X = prod(∂Z/∂Y, ∂Y/∂X) (C1).

    Parameters
    ----------
    dZ_dY : array_like
        Of the shape of Z followed by the shape of Y.
    dY_dX : array_like
        Of the shape of Y followed by the shape of X.
    over : int
        The number of axes of Y. They stand last in the first array and first in the second, and are summed over.

    Returns
    -------
    array
        Of the shape of Z followed by the shape of X.

    Raises
    ------
    ValueError
        If the two arrays do not share `over` axes of Y.

    Examples
    --------
    For vectors it is the matrix product:

    >>> import numpy as np
    >>> prod([[1.0, 2.0]], [[3.0], [4.0]], over=1)
    array([[11.]])
    """
    dZ_dY, dY_dX = as_array("dZ_dY", dZ_dY), as_array("dY_dX", dY_dX)
    if not isinstance(over, int | np.integer) or not 0 <= over <= min(dZ_dY.ndim, dY_dX.ndim):
        raise ValueError(f"over is {over}; wanted 0 to {min(dZ_dY.ndim, dY_dX.ndim)}, the number of axes of Y")
    last, first = dZ_dY.shape[dZ_dY.ndim - over :], dY_dX.shape[:over]
    if last != first:
        raise ValueError(
            f"dZ_dY ends with the axes {last} and dY_dX begins with {first}; both are Y's, so wanted equal"
        )
    return np.tensordot(dZ_dY, dY_dX, axes=over)


class Row(NamedTuple):
    """One array of a report: what was expected and what came.

    `expected` and `got` are the entry at `index`: the worst one where the array is wrong, the largest otherwise.
    Where shapes differ they are the two shapes.
    """

    name: str
    label: str
    expected: float | tuple
    got: float | tuple
    index: tuple  # type: ignore[assignment]  # a tuple has a method of that name
    error: float
    compared: int
    left_out: int
    verdict: str


class Report:
    """The comparison of several gradients with differences; prints as a table.

    Attributes
    ----------
    rows : tuple of Row
        In the order in which the backward pass computes them.
    ok : bool
        Whether every array was compared and agrees.
    wrong : tuple of str
        The names of those that do not, in order.
    first_wrong : str or None
        The first of them: there the mistake sits, since what follows inherits it.
    worst : float
        The largest relative error, max|got − expected| / max|expected| of an array.
    """

    def __init__(self, rows, tolerance):
        self.rows = tuple(rows)
        self.tolerance = tolerance
        self.ok = all(row.verdict == "ok" for row in self.rows)
        self.wrong = tuple(dict.fromkeys(row.name for row in self.rows if row.verdict == "wrong"))
        self.first_wrong = self.wrong[0] if self.wrong else None
        self.worst = max((row.error for row in self.rows if row.compared), default=0.0)

    def __str__(self):
        cells = [("", "entry", "expected", "got", "relative error", "")]
        for row in self.rows:
            if row.verdict == "not compared":
                cells.append((row.label, "", "", "", "", "not compared"))
                continue
            error = f"{row.error:.1e}" if row.error > self.tolerance else f"< {self.tolerance:.0e}"
            index = ", ".join(map(str, row.index))
            mark = "✓" if row.verdict == "ok" else "✗ wrong"
            cells.append((row.label, f"[{index}]" if index else "", _short(row.expected), _short(row.got), error, mark))
        widths = [max(len(line[k]) for line in cells) for k in range(6)]
        lines = [
            "   ".join(
                cell.ljust(width) if k in (0, 5) else cell.rjust(width)
                for k, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in cells
        ]
        for row in self.rows:
            if row.left_out:
                left_out = "1 entry" if row.left_out == 1 else f"{row.left_out} entries"
                lines.append(f"{row.label}: left out {left_out} within a step of a kink.")
        if self.ok:
            lines.append("Every array agrees.")
        elif self.first_wrong:
            lines.append(f"Wrong: {', '.join(self.wrong)}. Look first at {self.first_wrong}.")
        else:
            lines.append("Nothing wrong was seen, but not every array could be compared.")
        return "\n".join(lines)

    __repr__ = __str__


def _short(value):
    # Rounded twice, so that a value such as 1.0625 shows alike whatever comes in its last place.
    return f"shape {value}" if isinstance(value, tuple) else f"{float(f'{value:.7g}'):.4g}"


def _compare(name, label, expected, got, noise, tolerance, left_out=None):
    """Return the Row of one array; `left_out` marks the entries that differences cannot judge."""
    got = np.asarray(got)
    left_out = np.zeros(expected.shape, bool) if left_out is None else left_out
    compared, skipped = int((~left_out).sum()), int(left_out.sum())
    if got.shape != expected.shape:
        return Row(name, label, expected.shape, got.shape, (), np.inf, compared, skipped, "wrong")
    if not compared:
        return Row(name, label, 0.0, 0.0, (), 0.0, compared, skipped, "not compared")
    size = np.abs(expected[~left_out]).max()
    # Differences carry rounding noise. Where a whole array is smaller than that, the noise is the yardstick.
    size_or_noise = max(size, noise / tolerance)
    gaps = np.where(left_out, 0.0, np.abs(got - expected) / size_or_noise)
    gaps = np.where(np.isnan(gaps), np.inf, gaps)
    error = float(gaps.max())
    ok = error <= tolerance
    # Rounded, so that of several equal entries the first is shown on every machine.
    shown = np.where(left_out, -1.0, np.abs(expected) / size_or_noise) if ok else gaps
    index = tuple(int(k) for k in np.unravel_index(np.argmax(shown.round(6)), shown.shape))
    want, came = (0.0 if abs(a[index]) < 1e-6 * size_or_noise else float(a[index]) for a in (expected, got))
    return Row(name, label, want, came, index, error, compared, skipped, "ok" if ok else "wrong")


def _judge(name, label, f, value, got, size, dtype, left_out=None):
    """Compare `got` with differences of f at `value`; if they disagree, with those of a shorter step too.

    A step may be too long for a sharp bend, or too short to rise above the rounding. A wrong gradient agrees with
    neither.
    """
    steps, tolerance, noise = difference_steps(value), TOLERANCE[dtype], _noise(dtype, size)
    row = _compare(name, label, _differences(f, value, steps), got, noise, tolerance, left_out)
    if row.verdict == "wrong" and np.shape(got) == value.shape:
        noise = max(noise, 100 * _noise(np.float64, size))
        shorter = _compare(name, label, _differences(f, value, steps / 100), got, noise, tolerance, left_out)
        row = shorter if shorter.verdict == "ok" else row
    return row


def _in_float64(net, **changes):
    """Return a copy of `net` in float64: there the differences are exact enough to judge float32 too."""
    settings = {"weight_decay": net.weight_decay, "activation": net.activation, "loss": net.loss} | changes
    return MLP(net.W1.astype(np.float64), net.W2.astype(np.float64), **settings)


def _forward(net, x, y):
    """Return the forward pass at x, of a J that differences can be taken of."""
    check_kind("net", net, MLP, "an MLP")
    f = net.forward(x, y)
    if not np.isfinite(f.J):
        raise ValueError(f"J is {f.J} for this x and these weights; wanted a finite number to take differences of")
    return f


def _run(backward, net, f):
    """Return what the backward pass under test says, its own one or somebody else's."""
    check_kind("backward", backward, Callable | None, "a function")
    f = Forward(*map(np.copy, f))  # somebody else's may write into it
    g = net.backward(f) if backward is None else backward(net, f)
    missing = [name for name in Gradients._fields if not hasattr(g, name)]
    if missing:
        raise TypeError(f"backward returned {type(g).__name__} without {missing[0]}; wanted the fields L s o W2 h z W1")
    return Gradients(*(np.asarray(getattr(g, name), np.float64) for name in Gradients._fields))  # None becomes NaN


def _objective(net, f, name, value):
    """Return J when the variable `name` has the given value, and all that follows from it is computed anew."""
    given = {"W1": net.W1, "W2": net.W2, name: value}
    z = given["z"] if "z" in given else given["W1"] @ f.x
    h = given["h"] if "h" in given else net.activation.value(z)
    o = given["o"] if "o" in given else given["W2"] @ h
    return net.loss.value(o, f.y) + net.weight_decay / 2 * (np.sum(given["W1"] ** 2) + np.sum(given["W2"] ** 2))


def _noise(dtype, size):
    """Return how far differences of a function of the given size may be off by rounding alone."""
    return (10 if dtype == np.float64 else 1) * np.finfo(dtype).eps ** (2 / 3) * max(1.0, abs(float(size)))


def _near_kink(net, f, name, dtype):
    """Return which entries of z or W1 a step of the given dtype would carry across a kink of φ."""
    reach = {"z": f.z, "W1": net.W1}[name]
    reach = difference_steps(reach.astype(dtype)).astype(np.float64)
    near = np.zeros(reach.shape, bool)
    for kink in net.activation.kinks:
        distance = np.abs(f.z - kink)
        if name == "z":
            near |= distance <= reach
        else:  # W1[i, k] moves z[i, j] by x[k, j] times its own step
            for i, row in enumerate(reach):
                moves = row[:, None] * np.abs(f.x)
                near[i] |= ((distance[i] <= moves) & (moves > 0)).any(axis=1)
    return near


@np.errstate(all="ignore")
def check_gradients(net, x, y, backward=None):
    """Compare every gradient of a backward pass with central differences of J.

    Parameters
    ----------
    net : MLP
    x, y
        One minibatch, as for `MLP.forward`.
    backward : callable, optional
        ``backward(net, f)``, returning the fields of `Gradients`; by default the network's own. `f` is what
        ``net.forward(x, y)`` returns.

    Returns
    -------
    Report
        A row for each of o, W2, h, z, W1. Entries of z and W1 within a step of a kink of φ are left out and counted.

    Raises
    ------
    TypeError, ValueError
        If x or y does not fit the network, J is not finite, or a field is missing.

    Notes
    -----
    The differences are taken in float64 whatever the dtype of the network, and cost two evaluations of J for each
    entry: right for thousands of entries, slow for millions. What is smaller than the tolerance, 1e-6 of the largest
    entry and 1e-3 for a float32 network, cannot be seen: check a small λ in float64.

    Examples
    --------
    >>> import numpy as np
    >>> report = check_gradients(MLP.random(4, 3, 2), np.eye(4), [0, 1, 0, 1])
    >>> report.ok, report.first_wrong
    (True, None)
    """
    f = _forward(net, x, y)
    g = _run(backward, net, f)
    exact = _in_float64(net)
    f = exact.forward(f.x, f.y)
    dtype = net.W1.dtype
    rows = []
    for name in ("o", "W2", "h", "z", "W1"):
        value = getattr(exact, name) if name in ("W1", "W2") else getattr(f, name)
        left_out = _near_kink(exact, f, name, dtype) if name in ("z", "W1") else None

        def J(v, name=name):
            return _objective(exact, f, name, v)

        rows.append(_judge(name, f"∂J/∂{name}", J, value, getattr(g, name), f.J, dtype, left_out))
    return Report(rows, TOLERANCE[dtype])


@np.errstate(all="ignore")
def check_direction(net, x, y, seed=0):
    """Check the gradient of J along one random direction D of all the weights: two forward passes.

    Parameters
    ----------
    net : MLP
    x, y
        As for `MLP.forward`.
    seed : int
        Of D, which has length 1.

    Returns
    -------
    Row
        Expected is the central difference of J along D, got is the inner product ⟨∂J/∂W, D⟩.

    Examples
    --------
    >>> net = MLP.random(inputs=4, hidden=3, outputs=2, weight_decay=0.1)
    >>> check_direction(net, [[1.0], [2.0], [3.0], [4.0]], [1]).verdict
    'ok'
    """
    f = _forward(net, x, y)
    g = net.backward(f)
    rng = np.random.default_rng(as_seed(seed))
    D1, D2 = rng.standard_normal(net.W1.shape), rng.standard_normal(net.W2.shape)
    length = np.hypot(np.linalg.norm(D1), np.linalg.norm(D2))
    D1, D2 = D1 / length, D2 / length
    settings = {"weight_decay": net.weight_decay, "activation": net.activation, "loss": net.loss}

    def along(t):
        return MLP(net.W1 + t * D1, net.W2 + t * D2, **settings).forward(f.x, f.y).J

    slope = numerical_gradient(along, 0.0)
    product = np.vdot(g.W1, D1) + np.vdot(g.W2, D2)
    dtype = net.W1.dtype
    return _compare("W", "along D", slope, product, _noise(dtype, f.J), TOLERANCE[dtype])


@np.errstate(all="ignore")
def check_rules(net, x, y, backward=None):
    """Check each rule B1–B7 of a backward pass by itself, so that two mistakes are found separately.

    Each rule takes a gradient from upstream and passes one on. It is tested with the upstream gradient that the
    tested code itself produced, right or wrong: a mistake further up does not show again further down.

    Parameters
    ----------
    net, x, y, backward
        As for `check_gradients`.

    Returns
    -------
    Report
        A row for each rule, and two for B1 and B3. What the penalty adds to a gradient is told apart from the rest by
        running the backward pass at λ = 0 and at λ = 2: the difference is B3's, the rest B4's and B7's. (So it has to
        take λ from ``net.weight_decay``.)

    Raises
    ------
    TypeError, ValueError
        As `check_gradients` does.

    Examples
    --------
    >>> import numpy as np
    >>> check_rules(MLP.random(4, 3, 2), np.eye(4), [0, 1, 0, 1]).ok
    True
    """
    x, y = _forward(net, x, y)[:2]
    nets = [_in_float64(net, weight_decay=weight_decay) for weight_decay in (net.weight_decay, 0.0, 2.0)]
    g, g0, g2 = (_run(backward, n, n.forward(x, y)) for n in nets)
    net, f = nets[0], nets[0].forward(x, y)
    act, loss, dtype = net.activation.value, net.loss.value, np.dtype(np.float64)

    def rule(name, label, got, f_of_value, value, upstream, left_out=None):
        if np.shape(upstream) != np.shape(f_of_value(value)) or not np.isfinite(upstream).all():
            return Row(name, label, 0.0, 0.0, (), 0.0, 0, 0, "not compared")
        size = np.sum(np.abs(upstream * f_of_value(value)))
        return _judge(name, label, lambda v: np.sum(upstream * f_of_value(v)), value, got, size, dtype, left_out)

    def penalty(W):
        return np.sum(W**2)  # λ/2 · ‖W‖² at λ = 2

    def gap(a, b):
        return a - b if a.shape == b.shape else a

    one = np.array(1.0)
    rows = [
        rule("B1", "B1  ∂J/∂L", g.L, lambda L: L + f.s, np.array(f.L), one),
        rule("B1", "B1  ∂J/∂s", g.s, lambda s: f.L + s, np.array(f.s), one),
        rule("B2", "B2  ∂J/∂o", g.o, lambda o: loss(o, f.y), f.o, g.L),
        rule("B3", "B3  ∂s/∂W1", gap(g2.W1, g0.W1), penalty, net.W1, g2.s),
        rule("B3", "B3  ∂s/∂W2", gap(g2.W2, g0.W2), penalty, net.W2, g2.s),
        rule("B4", "B4  ∂J/∂W2", g0.W2, lambda W2: W2 @ f.h, net.W2, g0.o),
        rule("B5", "B5  ∂J/∂h", g.h, lambda h: net.W2 @ h, f.h, g.o),
        rule("B6", "B6  ∂J/∂z", g.z, act, f.z, g.h, _near_kink(net, f, "z", dtype)),
        rule("B7", "B7  ∂J/∂W1", g0.W1, lambda W1: W1 @ f.x, net.W1, g0.z),
    ]
    return Report(rows, TOLERANCE[dtype])
