"""Oracles for gradients: central differences, explicit Jacobians, `prod`, and three reports that use them.

Nothing here knows how `MLP.backward` works, or the rules of an operator. A gradient is right when J changes by what the
gradient predicts.
"""

import math
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from helpers._language import Sentences, columns, joined
from helpers._validation import as_array, as_integer, check_kind
from helpers.gradient import gradient
from helpers.graph import plan, run, topological_order
from helpers.network import MLP, Forward, Gradients
from helpers.numpy_operators import decisions
from helpers.operators import sum as total
from helpers.tracing import Program

SENTENCES = Sentences() | {
    "entry": "entry",
    "expected": "expected",
    "got": "got",
    "error": "relative error",
    "ok": "✓",
    "wrong": "✗ wrong",
    "not compared": "not compared",
    "shape": "shape {shape}",
    "direction": "along D",
    "one left out": "{label}: left out 1 entry within a step of a kink.",
    "left out": "{label}: left out {count} entries within a step of a kink.",
    "too small": "{label}: too small for differences, which see rounding alone.",
    "changed": "The backward pass changed {names}. Work on copies.",
    "all agree": "Every array agrees.",
    "look first": "Wrong: {names}. Look first at {first}.",
    "nothing wrong": "Nothing wrong was seen, but not every array could be compared.",
}
TOLERANCE = {np.dtype(np.float64): 1e-6, np.dtype(np.float32): 1e-3, np.dtype(np.float16): 1e-1}


def difference_steps(x, dtype=None):
    """Return the step that central differences take at each entry of `x`.

    The cube root of the rounding unit balances the two errors: a longer step sees the curvature, a shorter one
    sees the rounding.

    Parameters
    ----------
    x : array_like
    dtype : numpy dtype, optional
        The dtype that the function computes in, if it is coarser than that of x.

    Examples
    --------
    >>> import numpy as np
    >>> print(difference_steps(np.array([0.5, 100.0])).round(6), difference_steps(np.float32([0.5])).round(4))
    [6.00e-06 6.06e-04] [0.0049]
    """
    x = as_array("x", x)
    return np.cbrt(np.finfo(_coarser(x.dtype, dtype or x.dtype)).eps) * np.maximum(1, np.abs(x))


def _coarser(*dtypes):
    """Return that of some dtypes which has the fewest digits; integers have none to lose."""
    return max((np.dtype(d) for d in dtypes if np.dtype(d).kind == "f"), key=lambda d: np.finfo(d).eps)


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

    Warns
    -----
    UserWarning
        If f returns the very same for every x that was tried, also far from x: it may not use its argument.

    Notes
    -----
    The step fits the coarser of the dtypes of x and f(x).

    Examples
    --------
    >>> import numpy as np
    >>> jacobian(lambda x: x**2, np.array([1.0, 3.0])).round(6)
    array([[2., 0.],
           [0., 6.]])
    """
    check_kind("f", f, Callable, "a function")
    x = as_array("x", x)
    at_x = np.array(f(x.copy()))
    as_array("f(x)", at_x)
    steps = difference_steps(x, at_x.dtype if at_x.dtype.kind == "f" else None)
    found = _differences(lambda x: as_array("f(x)", f(x)), x, steps)
    if found.size and not found.any() and _is_constant(f, x, at_x):
        warnings.warn("f returned the same for every x that was tried: does it use its argument?", stacklevel=2)
    return found


def _is_constant(f, x, at_x):
    """Return whether f says the same far from x as at x."""
    try:
        return all(np.array_equal(f(far), at_x) for far in (x + 1, 1.5 * x - 2, -x + 0.7))
    except Exception:  # so far away it may not be defined
        return False


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
        got = gradient.shape[: gradient.ndim - np.ndim(x)]
        raise ValueError(f"f(x): expected a scalar, got shape {got}; for arrays use jacobian")
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
        raise ValueError(f"over: expected the number of axes of Y, 0 to {min(dZ_dY.ndim, dY_dX.ndim)}, got {over!r}")
    last, first = dZ_dY.shape[dZ_dY.ndim - over :], dY_dX.shape[:over]
    if last != first:
        raise ValueError(
            f"expected the axes of Y at the end of dZ_dY and at the beginning of dY_dX, got {last} and {first}"
        )
    with np.errstate(all="ignore"):  # a product too large for its dtype is inf
        return np.tensordot(dZ_dY, dY_dX, axes=over)


class Row(NamedTuple):
    """One array of a report: what was expected and what the backward pass returned.

    `expected` and `got` are the entry at `index`: the worst one where the array is wrong, the largest otherwise.
    Where shapes differ they are the two shapes. `error` is the largest relative error, max|got − expected| /
    max|expected|, and `tolerance` what it may be: more than usual where rounding is all that can be seen of it.
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
    tolerance: float


class Report:
    """The comparison of several gradients with differences; prints as a table.

    Attributes
    ----------
    rows : tuple of Row
        In the order in which the backward pass computes them.
    ok : bool
        Whether every array was compared and agrees, and the backward pass changed nothing that it was given.
    wrong : tuple of str
        The names of those that do not, in order.
    first_wrong : str or None
        The first of them: there the mistake sits, since what follows inherits it.
    worst : float
        The largest relative error, max|got − expected| / max|expected| of an array.
    changed : tuple of str
        What the backward pass wrote into, of the values that the forward pass stored and of the weights.
    """

    def __init__(self, rows, changed=()):
        self.rows, self.changed = tuple(rows), tuple(changed)
        self.ok = all(row.verdict == "ok" for row in self.rows) and not self.changed
        self.wrong = tuple(dict.fromkeys(row.name for row in self.rows if row.verdict == "wrong"))
        self.first_wrong = self.wrong[0] if self.wrong else None
        self.worst = max((row.error for row in self.rows if row.compared), default=0.0)

    def __str__(self):
        cells = [("", *(SENTENCES[name] for name in ("entry", "expected", "got", "error")), "")]
        for row in self.rows:
            if row.verdict == "not compared":
                cells.append((row.label, "", "", "", "", SENTENCES["not compared"]))
                continue
            error = f"{row.error:.1e}" if row.error > row.tolerance else f"< {row.tolerance:.0e}"
            index = ", ".join(map(str, row.index))
            values = _short(row.expected), _short(row.got)
            cells.append((row.label, f"[{index}]" if index else "", *values, error, SENTENCES[row.verdict]))
        widths = [max(columns(line[k]) for line in cells) for k in range(6)]
        lines = [
            "   ".join(
                cell + pad if k in (0, 5) else pad + cell
                for k, cell in enumerate(line)
                for pad in [" " * (widths[k] - columns(cell))]
            ).rstrip()
            for line in cells
        ]
        for row in self.rows:
            if row.left_out:
                sentence = SENTENCES["one left out" if row.left_out == 1 else "left out"]
                lines.append(sentence.format(label=row.label, count=row.left_out))
            if row.verdict == "not compared" and row.compared:
                lines.append(SENTENCES["too small"].format(label=row.label))
        if self.changed:
            lines.append(SENTENCES["changed"].format(names=joined("comma", self.changed)))
        if self.ok:
            lines.append(SENTENCES["all agree"])
        elif self.first_wrong:
            lines.append(SENTENCES["look first"].format(names=joined("comma", self.wrong), first=self.first_wrong))
        else:
            if not self.changed:
                lines.append(SENTENCES["nothing wrong"])
        return "\n".join(lines)

    __repr__ = __str__


def _short(value):
    if isinstance(value, tuple):
        return SENTENCES["shape"].format(shape=value)
    if isinstance(value, complex):
        return f"{value:.4g}"
    return f"{float(f'{value:.7g}'):.4g}"  # rounded twice: 1.0625 shows alike whatever comes in its last place


def _compare(name, label, expected, got, noise, tolerance, left_out=None):
    """Return the Row of one array; `left_out` marks the entries that differences cannot judge."""
    got = np.asarray(got)
    left_out = np.zeros(expected.shape, bool) if left_out is None else left_out
    compared, skipped = int((~left_out).sum()), int(left_out.sum())

    def row(want, came, index, error, verdict, tolerance=tolerance):
        return Row(name, label, want, came, index, error, compared, skipped, verdict, tolerance)

    if got.shape != expected.shape:
        return row(expected.shape, got.shape, (), np.inf, "wrong")
    if not compared:
        return row(0.0, 0.0, (), 0.0, "not compared")
    gaps = np.where(left_out, 0.0, np.abs(got - expected))
    gaps = np.where(np.isnan(gaps), np.inf, gaps)
    size, gap = np.abs(expected[~left_out]).max(), gaps.max()
    if gap <= noise and size < VISIBLE * noise and not np.iscomplexobj(got):
        return row(0.0, 0.0, (), 0.0, "not compared")
    size = max(size, noise)
    tolerance = max(tolerance, noise / size)
    error = float(gap / size)
    ok = error <= tolerance and not np.iscomplexobj(got)
    # Rounded, so that of several equal entries the first is shown on every machine.
    shown = np.where(left_out, -1.0, np.abs(expected) / size) if ok else gaps / size
    index = tuple(int(k) for k in np.unravel_index(np.argmax(shown.round(6)), shown.shape))
    want, came = (0.0 if abs(a[index]) < 1e-6 * size else a[index].item() for a in (expected, got))
    return row(want, came, index, error, "ok" if ok else "wrong", tolerance)


def _judge(name, label, f, value, got, size, dtype, computed, kinks, left_out=None):
    """Compare `got` with differences of f at `value`; if they disagree, with those of a shorter step too.

    A step may be too long for a sharp bend, or too short to rise above the rounding. A wrong gradient agrees with
    neither. Zeros are right where not even a longer step moves f; among kinks it is not much longer.
    """
    steps, tolerance, noise = difference_steps(value, computed), TOLERANCE[dtype], _noise(dtype, size)
    slopes = _differences(f, value, steps)
    defined = np.isfinite(slopes)
    left_out = ~defined if left_out is None else left_out | ~defined
    row = _compare(name, label, slopes, got, noise, tolerance, left_out)
    if row.verdict == "wrong" and np.shape(got) == value.shape:
        noise = max(noise, 100 * _noise(computed, size))
        shorter = _compare(name, label, _differences(f, value, steps / 100), got, noise, tolerance, left_out)
        row = shorter if shorter.verdict == "ok" else row
    if row.verdict == "not compared" and row.compared:
        inside = ~left_out
        longer = _differences(f, value, 1.5 * steps if kinks else np.ones(value.shape))
        if not (np.any(got[inside]) or slopes[inside].any() or longer[inside].any()):
            row = row._replace(verdict="ok", index=(0,) * value.ndim)
    return row


def _in_float64(net, **changes):
    """Return a copy of `net` in float64: there the differences are exact enough to judge float32 too."""
    return replace(net, W1=net.W1.astype(np.float64), W2=net.W2.astype(np.float64), **changes)


def _forward(net, x, y):
    """Return the forward pass at x, of a J that differences can be taken of."""
    check_kind("net", net, MLP, "an MLP")
    f = net.forward(x, y)
    _check_finite("J", f.J)
    return f


def _check_finite(name, value):
    if not np.isfinite(value):
        raise ValueError(f"{name} must be finite to take differences of, got {value}")


def _run(backward, net, f):
    """Return what a backward pass says, the network's own or somebody else's, and the names of what it wrote into."""
    check_kind("backward", backward, Callable | None, "a function")
    given = Forward(*map(np.copy, f))
    weights = {"W1": net.W1.copy(), "W2": net.W2.copy()}
    g = net.backward(given) if backward is None else backward(net, given)
    missing = [name for name in Gradients._fields if not hasattr(g, name)]
    if missing:
        raise TypeError(
            f"backward: expected the fields {' '.join(Gradients._fields)}, got {type(g).__name__} without {missing[0]}"
        )
    changed = [name for name, a, b in zip(f._fields, f, given, strict=True) if not np.array_equal(a, b, equal_nan=True)]
    changed += [name for name, W in weights.items() if not np.array_equal(W, getattr(net, name))]
    return Gradients(*(_numbers(getattr(g, name)) for name in Gradients._fields)), changed


def _numbers(value):
    """Return a gradient as an array; what is no number, such as None, becomes NaN."""
    array = np.asarray(value)
    return array if array.dtype.kind == "c" else array.astype(np.float64)


def _objective(net, f, name, value):
    """Return J when the variable `name` has the given value, and all that follows from it is computed anew."""
    given = {"W1": net.W1, "W2": net.W2, name: value}
    z = given["z"] if "z" in given else given["W1"] @ f.x
    h = given["h"] if "h" in given else net.activation.value(z)
    o = given["o"] if "o" in given else given["W2"] @ h
    return net.loss.value(o, f.y) + net.weight_decay / 2 * (np.sum(given["W1"] ** 2) + np.sum(given["W2"] ** 2))


VISIBLE = 10  # times the noise: what is smaller is not compared, since its sign could be wrong and nobody would see it


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
    exact = _in_float64(net)
    g, changed = _run(backward, net, f)
    f = exact.forward(f.x, f.y)
    computed = _coarser(*(a.dtype for a in f))
    dtype = _coarser(net.W1.dtype, computed)
    rows, kinks = [], net.activation.kinks
    for name in ("o", "W2", "h", "z", "W1"):
        value = getattr(exact, name) if name in ("W1", "W2") else getattr(f, name).astype(np.float64)
        left_out = _near_kink(exact, f, name, dtype) if name in ("z", "W1") else None

        def J(v, name=name):
            return _objective(exact, f, name, v)

        rows.append(_judge(name, f"∂J/∂{name}", J, value, getattr(g, name), f.J, dtype, computed, kinks, left_out))
    return Report(rows, changed)


@np.errstate(all="ignore")
def check_function(f, feeds=None, /, **arrays):
    """Compare a function of your own, as the graph that `trace` makes of it, with the function itself.

    Its value is compared with what it returns for the arrays, and every gradient with central differences of that.

    Parameters
    ----------
    f : callable or Variable
        From arrays to a scalar, as for `trace`; or the scalar of a graph, whose gradients are compared with differences
        of its own values.
    feeds : dict, optional
        With a graph, what `run` needs.
    **arrays
        With a function, its arguments by name.

    Returns
    -------
    Report
        A row for the value, and one for each floating-point argument. Entries within a step of a kink, or of where f
        is not finite, are left out and counted.

    Raises
    ------
    TypeError, ValueError
        As `trace` does; and if f returns something other than one finite number, takes no floating-point array, or
        returns another number when it is called again.

    Notes
    -----
    The differences are taken in float64 whatever the dtype of the arrays, and cost two calls of f for each entry, and
    twice as many where f has kinks.

    Examples
    --------
    >>> import numpy as np
    >>> check_function(lambda w, x: np.sum(np.tanh(w @ x)), w=np.eye(2), x=np.array([0.5, 1.0])).ok
    True
    """
    program = Program(f, feeds, arrays)
    t = program.trace()
    if not t.inputs:
        raise ValueError("f: expected at least one floating-point array among its arguments, got none")
    exact = t.feeds | {v: t.feeds[v].astype(np.float64) for v in t.inputs.values()}

    def value_at(changed):
        return program.value(t, exact | changed)

    plain = value_at({})
    name, shape = repr(t.output), plain.shape if t.output.shape is None else t.output.shape
    if math.prod(shape) != 1:
        raise ValueError(f"f must return a scalar to have a gradient, got shape {shape}; np.sum adds up the entries")
    if plain.shape == shape:
        _check_finite(name, plain.item())
    if not np.array_equal(plain, again := value_at({})):
        raise ValueError(f"f: expected the same number for the same arguments, got {plain} and {again}")
    J = t.output if shape == () else total(t.output, name=name)
    size, gradients = _sensitivity(J, t.inputs.values(), exact), gradient(J, list(t.inputs.values()))
    computed = _coarser(np.float64, plain.dtype)
    dtype = _coarser(computed, *(t.feeds[v].dtype for v in t.inputs.values()))
    came, *gradients_came = run([t.output, *gradients], t.feeds)
    rows = [_value_row(name, plain, np.asarray(came), size, dtype)]
    kinks = decisions([J, *gradients])
    for v, got in zip(t.inputs.values(), gradients_came, strict=True):

        def objective(value, v=v):
            return value_at({v: value}).reshape(())

        left_out = _crossings(kinks, exact, v, difference_steps(exact[v], computed))
        label = f"∂{name}/∂{v}"
        rows.append(_judge(v.name, label, objective, exact[v], got, size, dtype, computed, kinks, left_out))
    return Report(rows)


def _value_row(name, expected, got, size, dtype):
    if got.shape != expected.shape:
        return Row(name, name, expected.shape, got.shape, (), np.inf, 1, 0, "wrong", TOLERANCE[dtype])
    expected, got, tolerance = expected.item(), got.item(), TOLERANCE[dtype]
    scale = max(abs(expected), 100 * np.finfo(dtype).eps * size / tolerance)
    error = abs(got - expected) / scale if got != expected else 0.0
    return Row(name, name, expected, got, (), error, 1, 0, "ok" if error <= tolerance else "wrong", tolerance)


def _sensitivity(J, inputs, feeds):
    """Return how large J is, or a part of it that others have offset: rounding is in proportion to the largest."""
    computed = [v for v in topological_order([J]) if v is J or v in inputs or (v.operator and v.operator.inputs)]
    values = run([*computed, *gradient(J, computed)], feeds)
    parts = [np.sum(np.abs(a * b)) for a, b in zip(values[: len(computed)], values[len(computed) :], strict=True)]
    return max(float(part) for part in parts if np.isfinite(part))  # J times ∂J/∂J is one of them


def _crossings(kinks, feeds, v, steps):
    """Return at which entries of v a step up or down changes what is decided."""
    near, needed = np.zeros(steps.shape, bool), topological_order(kinks)
    if v not in needed:
        return near
    decide, feeds = plan(kinks), {u: value for u, value in feeds.items() if u in needed}
    here = decide(feeds)
    for index in np.ndindex(steps.shape):
        for step in (steps[index], -steps[index]):
            moved = feeds[v].copy()
            moved[index] += step
            there = decide(feeds | {v: moved})
            near[index] |= not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(here, there, strict=True))
    return near


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
    rng = np.random.default_rng(as_integer("seed", seed))
    D1, D2 = rng.standard_normal(net.W1.shape), rng.standard_normal(net.W2.shape)
    length = np.hypot(np.linalg.norm(D1), np.linalg.norm(D2))
    D1, D2 = D1 / length, D2 / length

    def along(t):
        return replace(net, W1=net.W1 + t * D1, W2=net.W2 + t * D2).forward(f.x, f.y).J

    slope = _differences(along, np.array(0.0), difference_steps(0.0))
    product = np.vdot(g.W1, D1) + np.vdot(g.W2, D2)
    dtype = net.W1.dtype
    row = _compare("W", SENTENCES["direction"], slope, product, _noise(dtype, f.J), TOLERANCE[dtype])
    return row._replace(verdict="ok") if slope == product == 0 else row


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
    (g, changed), (g0, _), (g2, _) = (_run(backward, n, n.forward(x, y)) for n in nets)
    net, f = nets[0], nets[0].forward(x, y)
    act, loss, dtype = net.activation.value, net.loss.value, _coarser(*(a.dtype for a in f))

    def rule(name, label, got, f_of_value, value, upstream, left_out=None):
        if np.shape(upstream) != np.shape(f_of_value(value)) or not np.isfinite(upstream).all():
            return Row(name, label, 0.0, 0.0, (), 0.0, 0, 0, "not compared", TOLERANCE[dtype])
        size = np.sum(np.abs(upstream * f_of_value(value)))

        def J(v):
            return np.sum(upstream * f_of_value(v))

        return _judge(name, label, J, value, got, size, dtype, dtype, net.activation.kinks, left_out)

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
    return Report(rows, changed)
