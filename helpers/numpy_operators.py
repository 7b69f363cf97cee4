"""NumPy's notation on variables: import this module, and expressions of variables are graphs.

What variables take:

- ``+ - * / **`` and unary minus, ``@``, with variables, numbers and arrays on either side
- ``.T .shape .size .ndim``, ``len``, and ``v[…]`` with integers, slices, ``None``, ``...`` and arrays of integers
- `numpy.exp`, `log`, `sqrt`, `tanh`, `abs`, `sign`, `square`, and the operators by name, such as `numpy.add`
- `numpy.maximum`, `minimum`, `clip`, and `where` with a condition made by ``< <= > >=``
- `numpy.sum`, `mean`, `max`, `min` over axes, with `keepdims`, and as methods
- `numpy.reshape`, `transpose`, `concatenate`, `dot`, `copy`

Shapes broadcast, and the gradient is summed back. Where the slope jumps, the gradients are those of PyTorch: 0 for
`abs` at 0, half each for `maximum` and `minimum` of two equal numbers, equal shares for the largest entries of `max`,
and 1 for `clip` at its bounds. A condition has no gradient.

A variable has no value while the graph is built. So ``if v > 0``, ``float(v)`` and ``v == 1`` raise an error.
"""

import inspect
import math
import operator

import numpy as np

from helpers import operators
from helpers._validation import plain_array, short
from helpers.graph import INSTEAD, NUMPY, Operator, Rule, Variable, topological_order
from helpers.operators import zeros


def constant(value):
    """A fixed number or array as a variable, of a copy of the array.

    Raises
    ------
    TypeError
        If it does not hold real numbers.

    Examples
    --------
    >>> constant(2.5)
    (2.5)
    """
    array = plain_array("array", value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"expected variables and real numbers, got {short(value)}")
    if isinstance(value, int | float | np.generic):  # as it is: a Python number takes on the dtype of what it meets
        return Variable("", Operator(CONSTANT, (), value=value))
    array = array.copy()
    array.flags.writeable = False
    return Variable("", Operator(CONSTANT, (), value=array))


def _apply(rule, *inputs, **parameters):
    return Variable("", Operator(rule, map(_as_variable, inputs), **parameters))


def _as_variable(value):
    return value if isinstance(value, Variable) else constant(value)


# Shapes.


def _broadcast(*shapes, **_):
    if len({*shapes}) == 1:
        return shapes[0]
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(f"expected shapes that broadcast, got {' and '.join(map(str, shapes))}") from None


def _of_clipped(a, low, high):
    return _broadcast(a, np.shape(low), np.shape(high))


def _counted(axis, ndim):
    """Return axes as a tuple of numbers from 0."""
    axes = (axis,) if isinstance(axis, int) else axis
    for k in axes:
        if not -ndim <= k < ndim:
            raise ValueError(f"expected axes from {-ndim} to {ndim - 1}, got {k}" if ndim else "a scalar has no axes")
    if len({k % ndim for k in axes}) < len(axes):
        raise ValueError(f"expected each axis once, got {axis}")
    return tuple(k % ndim for k in axes)


def _of_reduced(a, axis, keepdims):
    axes = range(len(a)) if axis is None else _counted(axis, len(a))
    return tuple(1 if k in axes else n for k, n in enumerate(a) if keepdims or k not in axes)


def _of_indexed(a, index):
    try:
        return np.broadcast_to(False, a)[index].shape
    except IndexError as error:
        raise ValueError(error) from None


def _of_reshaped(a, shape):
    size, known = math.prod(a), math.prod(n for n in shape if n != -1)
    if -1 in shape and known and size % known == 0:
        k = shape.index(-1)
        shape = (*shape[:k], size // known, *shape[k + 1 :])
    if math.prod(shape) != size or min(shape, default=0) < 0:
        raise ValueError(f"expected a shape of {size} entries, got {shape}")
    return shape


def _of_permuted(a, axes):
    if len(axes) != len(a):
        raise ValueError(f"expected each of {len(a)} axes once, got {axes}")
    return tuple(a[k] for k in _counted(axes, len(a)))


def _of_joined(*shapes, axis):
    (axis,) = _counted(axis, len(shapes[0]))
    if len({shape[:axis] + (0,) + shape[axis + 1 :] for shape in shapes}) > 1:
        raise ValueError(f"expected equal shapes but for axis {axis}, got {' and '.join(map(str, shapes))}")
    return shapes[0][:axis] + (sum(shape[axis] for shape in shapes),) + shapes[0][axis + 1 :]


def _of_stacks(a, b):
    if min(len(a), len(b)) < 2 or a[-1] != b[-2]:
        raise ValueError(f"expected as many columns on the left as rows on the right, got shapes {a} and {b}")
    return *_broadcast(a[:-2], b[:-2]), a[-2], b[-1]


# Values that need more than a line.


def _divide(a, b):
    return a / b if np.ndim(b) or b else np.divide(a, b)  # Python does not divide by 0


def _sum_back(dJ, like):
    more = np.ndim(dJ) - np.ndim(like)
    axes = [k for k, n in enumerate(np.shape(dJ)) if k < more or n != np.shape(like)[k - more]]
    return np.sum(dJ, axis=tuple(axes), keepdims=True).reshape(np.shape(like)) if axes else dJ


def _spread(dJ, like, axis, keepdims, mean):
    if axis is not None and not keepdims:
        dJ = np.expand_dims(dJ, axis)
    return np.full_like(like, dJ / (np.size(like) // np.size(dJ)) if mean else dJ)


def _put(dJ, like, index):
    out = np.zeros_like(like)
    if _is_fancy(index):
        np.add.at(out, index, dJ)  # an entry that was taken twice gets both
    else:
        out[index] = dJ
    return out


def _shares(a, axis):
    largest = a == np.max(a, axis=axis, keepdims=True)
    return (largest / np.sum(largest, axis=axis, keepdims=True)).astype(np.result_type(a))


def _part(dJ, *inputs, axis, k):
    start = sum(np.shape(i)[axis] for i in inputs[:k])
    index = [slice(None)] * np.ndim(dJ)
    index[axis] = slice(start, start + np.shape(inputs[k])[axis])
    return dJ[tuple(index)]


# Prods, in the notation that they define.


def _back(dJ, like):
    """∂J/∂like, from that of what `like` was broadcast to."""
    return dJ if dJ.shape is not None and dJ.shape == like.shape else _apply(SUM_BACK, dJ, like)


def _nothing(like):
    """Zero: a variable where a Python number would leave a scalar without the dtype of `like`."""
    return 0.0 if like.shape else zeros(like)


def _flat(*_, **__):
    """The prod of a function that is constant wherever it has a slope."""


def decisions(outputs):
    """Return what is constant between kinks, of all that `outputs` depend on: conditions, signs, the largest entries.

    Parameters
    ----------
    outputs : sequence of Variable
        With gradients among them, every kink on the way back has its step.

    Returns
    -------
    list of Variable

    Examples
    --------
    >>> v = Variable("v")
    >>> decisions([np.where(v > 0, v, 0)])
    [(>)]
    """
    found = []
    for v in topological_order(outputs):
        rule = v.operator and v.operator.rule
        if rule is operators.ACTIVATE:
            (z,) = v.operator.inputs
            found += [_apply(GREATER, z, kink) for kink in v.operator.parameters["activation"].kinks]
        elif rule and not callable(rule.prods) and {*rule.prods} == {_flat}:
            found.append(v)
    return found


def _prod_power(dJ, a, exponent):
    if exponent == 0:
        return None
    return dJ * (exponent * (a if exponent == 2 else a ** (exponent - 1)))


def _prod_base(dJ, a, b):
    return _back(dJ * b * a ** np.where(np.abs(b) > 0, b - 1, 1.0), a)  # 0 at b = 0, also for a = 0


def _prod_exponent(dJ, a, b):
    a = a if a.shape else a + zeros(b)  # a number takes on the dtype of b
    return _back(dJ * a**b * np.log(np.where(np.abs(a) > 0, a, 1.0)), b)  # 0 at a = 0


def _prod_clip(dJ, a, low, high):
    if low is not None:
        dJ = np.where(a < low, _nothing(a), dJ)
    if high is not None:
        dJ = np.where(a > high, _nothing(a), dJ)
    return _back(dJ, a)


def _prod_reduced(mean):
    return lambda dJ, a, axis, keepdims: _apply(SPREAD, dJ, a, axis=axis, keepdims=keepdims, mean=mean)


def _prod_spread(d2J, dJ, like, axis, keepdims, mean):
    return (np.mean if mean else np.sum)(d2J, axis=axis, keepdims=keepdims)


def _prod_max(dJ, a, axis, keepdims):
    return _apply(SPREAD, dJ, a, axis=axis, keepdims=keepdims, mean=False) * _apply(SHARES, a, axis=axis)


def _prod_index(dJ, a, index):
    return _apply(PUT, dJ, a, index=index)


def _prod_joined(dJ, *inputs, k, axis):
    return _apply(PART, dJ, *inputs, axis=axis, part=k)


def _prod_part(d2J, dJ, *inputs, k, axis, part):
    if k == 0:
        return np.concatenate([d2J if i == part else zeros(v) for i, v in enumerate(inputs)], axis=axis)
    return None


def _reshape_back(dJ, like):
    return _apply(RESHAPE_BACK, dJ, like)


def _broadcast_to(a, like):
    return _apply(BROADCAST, a, like)


def _step(a, b):
    return _apply(STEP, a, b)


def _swap(a):
    return _apply(SWAP, a)


def _stacks(a, b):
    return _apply(MATMUL_STACKS, a, b)


# The rules, as in `helpers.operators`: name, label, value, prods in the order of the inputs, shape. STEP is 1 where
# a > b, ½ where a = b and 0 elsewhere. STEP, SHARES, SPREAD, PUT, PART, BROADCAST and those that end in BACK serve the
# way back. Values that a gradient may meet first are written in Python, where −1.0 is still a Python number.
# fmt: off

CONSTANT = Rule("CONSTANT", lambda value: _label_of(value),
    lambda value: value, (), lambda value: np.shape(value), view=True)
NEGATIVE = Rule("NEGATIVE", "−",
    lambda a: -a, (lambda dJ, a: -dJ,), lambda a: a)
EXP = Rule("EXP", "exp",
    np.exp, (lambda dJ, a: dJ * np.exp(a),), lambda a: a)
LOG = Rule("LOG", "log",
    np.log, (lambda dJ, a: dJ / a,), lambda a: a)
SQRT = Rule("SQRT", "√",
    np.sqrt, (lambda dJ, a: dJ / (2 * np.sqrt(a)),), lambda a: a)
TANH = Rule("TANH", "tanh",
    np.tanh, (lambda dJ, a: dJ * (1 - np.tanh(a) ** 2),), lambda a: a)
ABS = Rule("ABS", "|·|",
    np.abs, (lambda dJ, a: dJ * np.sign(a),), lambda a: a)
SIGN = Rule("SIGN", "sgn",
    np.sign, (_flat,), lambda a: a)
POWER_OF = Rule("POWER_OF", lambda exponent: {2: "²", 3: "³"}.get(exponent, f"^{exponent:.3g}"),
    lambda a, exponent: a**exponent, (_prod_power,), lambda a, exponent: a)
ADD = Rule("ADD", "+",
    lambda a, b: a + b, (lambda dJ, a, b: _back(dJ, a), lambda dJ, a, b: _back(dJ, b)), _broadcast)
SUBTRACT = Rule("SUBTRACT", "−",
    lambda a, b: a - b, (lambda dJ, a, b: _back(dJ, a), lambda dJ, a, b: _back(-dJ, b)), _broadcast)
MULTIPLY = Rule("MULTIPLY", "⊙",
    lambda a, b: a * b, (lambda dJ, a, b: _back(dJ * b, a), lambda dJ, a, b: _back(dJ * a, b)), _broadcast)
DIVIDE = Rule("DIVIDE", "÷",
    _divide, (lambda dJ, a, b: _back(dJ / b, a), lambda dJ, a, b: _back(-dJ / b * (a / b), b)), _broadcast)
POWER = Rule("POWER", "^",
    np.power, (_prod_base, _prod_exponent), _broadcast)
STEP = Rule("STEP", "step",
    lambda a, b: np.heaviside(a - b, 0.5), (_flat, _flat), _broadcast)
MAXIMUM = Rule("MAXIMUM", "max",
    np.maximum, (lambda dJ, a, b: _back(dJ * _step(a, b), a), lambda dJ, a, b: _back(dJ * _step(b, a), b)), _broadcast)
MINIMUM = Rule("MINIMUM", "min",
    np.minimum, (lambda dJ, a, b: _back(dJ * _step(b, a), a), lambda dJ, a, b: _back(dJ * _step(a, b), b)), _broadcast)
CLIP = Rule("CLIP", "clip",
    lambda a, low, high: np.clip(a, low, high), (_prod_clip,), _of_clipped)
LESS = Rule("LESS", "<",
    np.less, (_flat, _flat), _broadcast, bytes_each=1)
LESS_EQUAL = Rule("LESS_EQUAL", "≤",
    np.less_equal, (_flat, _flat), _broadcast, bytes_each=1)
GREATER = Rule("GREATER", ">",
    np.greater, (_flat, _flat), _broadcast, bytes_each=1)
GREATER_EQUAL = Rule("GREATER_EQUAL", "≥",
    np.greater_equal, (_flat, _flat), _broadcast, bytes_each=1)
WHERE = Rule("WHERE", "where",
    lambda c, a, b: np.where(c, a, b),
    (_flat, lambda dJ, c, a, b: _back(np.where(c, dJ, _nothing(a)), a),
     lambda dJ, c, a, b: _back(np.where(c, _nothing(b), dJ), b)), _broadcast)
SUM = Rule("SUM", "Σ",
    lambda a, axis, keepdims: np.sum(a, axis=axis, keepdims=keepdims), (_prod_reduced(mean=False),), _of_reduced)
MEAN = Rule("MEAN", "mean",
    lambda a, axis, keepdims: np.mean(a, axis=axis, keepdims=keepdims), (_prod_reduced(mean=True),), _of_reduced)
MAX = Rule("MAX", "max",
    lambda a, axis, keepdims: np.max(a, axis=axis, keepdims=keepdims), (_prod_max,), _of_reduced)
SHARES = Rule("SHARES", "top",
    _shares, (_flat,), lambda a, axis: a)
SPREAD = Rule("SPREAD", "fill",
    _spread, (_prod_spread, _flat), lambda dJ, like, **_: like)
SUM_BACK = Rule("SUM_BACK", "Σ",
    _sum_back, (lambda d2J, dJ, like: _broadcast_to(d2J, dJ), _flat), lambda dJ, like: like)
BROADCAST = Rule("BROADCAST", "fill",
    lambda a, like: np.full_like(like, a), (lambda dJ, a, like: _back(dJ, a), _flat), lambda a, like: like)
RESHAPE = Rule("RESHAPE", "shape",
    lambda a, shape: np.array(a, order="C").reshape(shape),
    (lambda dJ, a, shape: _reshape_back(dJ, a),), _of_reshaped)
RESHAPE_BACK = Rule("RESHAPE_BACK", "shape",
    lambda dJ, like: np.array(dJ, order="C").reshape(np.shape(like)),
    (lambda d2J, dJ, like: _reshape_back(d2J, dJ), _flat), lambda dJ, like: like)
PERMUTE = Rule("PERMUTE", "ᵀ",
    lambda a, axes: np.transpose(a, axes),
    (lambda dJ, a, axes: np.transpose(dJ, tuple(np.argsort([k % len(axes) for k in axes]).tolist())),), _of_permuted,
    view=True)
SLICE = Rule("SLICE", "[ ]",
    lambda a, index: a[index], (_prod_index,), _of_indexed, view=True)
TAKE = Rule("TAKE", "[ ]",
    lambda a, index: a[index], (_prod_index,), _of_indexed)
PUT = Rule("PUT", "put",
    _put, (lambda d2J, dJ, like, index: d2J[index], _flat), lambda dJ, like, index: like)
CONCATENATE = Rule("CONCATENATE", "join",
    lambda *arrays, axis: np.concatenate(arrays, axis=axis), _prod_joined, _of_joined)
PART = Rule("PART", "[ ]",
    lambda dJ, *inputs, axis, part: _part(dJ, *inputs, axis=axis, k=part), _prod_part,
    lambda dJ, *inputs, axis, part: inputs[part], view=True)
MATMUL_STACKS = Rule("MATMUL_STACKS", "×",
    np.matmul, (lambda dJ, a, b: _back(_stacks(dJ, _swap(b)), a), lambda dJ, a, b: _back(_stacks(_swap(a), dJ), b)),
    _of_stacks)
SWAP = Rule("SWAP", "ᵀ",
    lambda a: np.swapaxes(a, -1, -2), (lambda dJ, a: _swap(dJ),), lambda a: (*a[:-2], a[-1], a[-2]), view=True)
# fmt: on


def _label_of(value):
    return f"{float(value):.4g}" if np.ndim(value) == 0 else f"[{'×'.join(map(str, value.shape))}]"


# What NumPy's functions do with variables. Their parameters here are those that they take.


def _takes_variables(*functions):
    """Have some functions of NumPy do what a function does, where variables are among their inputs."""

    def register(function):
        signature = inspect.signature(function)
        name = f"np.{functions[0].__name__}"

        def checked(*inputs, **options):
            if options.get("out") is not None:
                raise TypeError(f"{name} cannot write into an array, as += and out= do: write a = a + b instead")
            if options or not isinstance(functions[0], np.ufunc):  # a ufunc has counted its inputs itself
                try:
                    signature.bind(*inputs, **options)
                except TypeError as error:
                    raise TypeError(f"{name} of variables takes the arguments {signature}: {error}") from None
            return function(*inputs, **options)

        NUMPY.update(dict.fromkeys(functions, checked))
        return function

    return register


def _unary(rule):
    return lambda a, /: _apply(rule, a)


def _binary(rule):
    return lambda a, b, /: _apply(rule, a, b)


_takes_variables(np.negative)(_unary(NEGATIVE))
for rule in (EXP, LOG, SQRT, TANH, ABS, SIGN):
    _takes_variables(rule.value)(_unary(rule))
for function, rule in {np.add: ADD, np.subtract: SUBTRACT, np.multiply: MULTIPLY, np.divide: DIVIDE}.items():
    _takes_variables(function)(_binary(rule))
for rule in (MAXIMUM, MINIMUM, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL):
    _takes_variables(rule.value)(_binary(rule))


@_takes_variables(np.positive, np.copy)
def _positive(a, /):
    return a


@_takes_variables(np.power)
def _power(a, b, /):
    if isinstance(b, int | float | np.number):
        return _apply(POWER_OF, a, exponent=constant(b).operator.parameters["value"])
    return _apply(POWER, a, b)


@_takes_variables(np.square)
def _square(a, /):
    return _power(a, 2)


@_takes_variables(np.matmul, np.dot)
def _matmul(a, b, /):
    a, b = _as_variable(a), _as_variable(b)
    if a.shape is None or b.shape is None or a.ndim == b.ndim == 2:
        return operators.matmul(a, b)
    rows, columns = (a[None] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)
    product = _matmul(rows, columns) if rows.ndim == columns.ndim == 2 else _stacks(rows, columns)
    return product[..., 0 if a.ndim == 1 else slice(None), 0 if b.ndim == 1 else slice(None)]


@_takes_variables(np.where)
def _where(condition, a, b, /):
    return _apply(WHERE, condition, a, b)


@_takes_variables(np.clip)
def _clip(a, a_min=None, a_max=None):
    if isinstance(a_min, Variable) or isinstance(a_max, Variable):
        raise TypeError("np.clip: expected fixed bounds, got a variable; write np.minimum(np.maximum(a, low), high)")
    bounds = [x if x is None else constant(x).operator.parameters["value"] for x in (a_min, a_max)]
    return _apply(CLIP, a, low=bounds[0], high=bounds[1])


def _reduction(rule):
    def reduce(a, axis=None, *, keepdims=False):
        return _apply(rule, a, axis=_as_axis(axis), keepdims=bool(keepdims))

    return reduce


def _as_axis(axis):
    if axis is None or isinstance(axis, int):
        return axis
    try:
        return tuple(map(operator.index, axis)) if isinstance(axis, tuple | list) else operator.index(axis)
    except TypeError:
        raise TypeError(f"axis must be an integer, or a tuple of them, got {short(axis)}") from None


def _as_axes(axes):
    axes = _as_axis(() if axes is None else axes)
    return (axes,) if isinstance(axes, int) else axes


_takes_variables(np.sum)(_reduction(SUM))
_takes_variables(np.mean)(_reduction(MEAN))
_takes_variables(np.max, np.amax)(_reduction(MAX))


@_takes_variables(np.min, np.amin)
def _min(a, axis=None, *, keepdims=False):
    return -np.max(-a, axis=axis, keepdims=keepdims)


@_takes_variables(np.reshape)
def _reshape(a, /, shape):
    return _apply(RESHAPE, a, shape=_as_axes(shape))


@_takes_variables(np.transpose)
def _transpose(a, axes=None):
    return operators.transpose(a) if axes is None else _apply(PERMUTE, a, axes=_as_axes(axes))


@_takes_variables(np.concatenate)
def _concatenate(arrays, axis=0):
    (axis,) = _as_axes(axis) or (None,)
    if axis is None:
        raise TypeError("axis must be an integer: np.concatenate of variables does not flatten them")
    return _apply(CONCATENATE, *arrays, axis=axis)


@_takes_variables(np.shape)
def _shape(a):
    if a.shape is None:
        raise TypeError(f"the shape of {a!r} is not known; say it: Variable(…, shape=(3, 4))")
    return a.shape


@_takes_variables(np.ndim)
def _ndim(a):
    return len(_shape(a))


@_takes_variables(np.size)
def _size(a):
    return math.prod(_shape(a))


# What can be written for functions that variables do not take.

INSTEAD.update(
    {
        np.linalg.norm: "np.sqrt(np.sum(a**2))",
        np.var: "np.mean((a - np.mean(a)) ** 2)",
        np.std: "np.sqrt(np.mean((a - np.mean(a)) ** 2))",
        np.stack: "np.concatenate([a[None], b[None]])",
        np.vstack: "np.concatenate([a, b])",
        np.hstack: "np.concatenate([a, b], axis=1)",
        np.zeros_like: "np.zeros(a.shape)",
        np.ones_like: "np.ones(a.shape)",
        np.ravel: "a.reshape(-1)",
        np.expand_dims: "a[None]",
        np.outer: "a[:, None] * b",
        np.inner: "a @ b",
        np.vdot: "np.sum(a * b)",
        np.log1p: "np.log(1 + a)",
        np.expm1: "np.exp(a) - 1",
        np.reciprocal: "1 / a",
        np.sinh: "(np.exp(a) - np.exp(-a)) / 2",
        np.cosh: "(np.exp(a) + np.exp(-a)) / 2",
        np.logaddexp: "np.maximum(a, b) + np.log(1 + np.exp(-abs(a - b)))",
        np.heaviside: "np.where(a > 0, 1.0, 0.0)",
    }
)
NO_BRANCH = ", and a graph cannot branch on a value"


def _no_value(what, mend="np.where(v > 0, a, b) chooses entry by entry", why=NO_BRANCH):
    def refuse(v, *_, **__):
        raise NoValue(f"{what.format(short(v))}: a variable has no value while the graph is built{why}; {mend}")

    return refuse


class NoValue(TypeError):
    """The value of a variable was asked for while the graph is built."""


_equal_to = _no_value("cannot compare {} by == or !=", "conditions for np.where are made by < and >")
_takes_variables(np.equal, np.not_equal)(lambda a, b, /: _equal_to(a if isinstance(a, Variable) else b))


def _index(v, index):
    parts = tuple(map(_as_index, index if isinstance(index, tuple) else (index,)))
    return _apply(TAKE if _is_fancy(parts) else SLICE, v, index=parts)


def _is_fancy(index):
    return any(isinstance(part, np.ndarray) for part in index)


def _as_index(part):
    if part is None or part is ... or isinstance(part, slice):
        ends = (part.start, part.stop, part.step) if isinstance(part, slice) else ()
        if not any(isinstance(end, Variable) for end in ends):
            return part
    elif isinstance(part, int | np.integer) and not isinstance(part, bool):
        return int(part)
    elif not isinstance(part, Variable):
        array = np.array(plain_array("an index", part))  # a copy
        if array.dtype.kind in "biu":
            return array
    raise TypeError(
        f"an index must be fixed: integers, slices, None, ... or arrays of integers, got {short(part)}; "
        "to choose by value, write np.where(v > 0, v, 0)"
    )


def _no_assignment(v, index, value):
    raise TypeError(f"v[…] = … cannot change the variable {v!r}: join parts by np.concatenate, or choose by np.where")


def _equal(v, other):
    return v is other if isinstance(other, Variable) else _equal_to(v)


def _length(v):
    if _ndim(v) == 0:
        raise TypeError(f"{v!r} is a scalar: it has no length, and cannot be iterated over")
    return v.shape[0]


def _missing(v, name):
    known = hasattr(np.ndarray, name) and not name.startswith("_")
    hint = "; variables have T, shape, size, ndim, sum, mean, max, min, dot, reshape, transpose, copy" if known else ""
    raise AttributeError(f"the variable has no attribute {name!r}{hint}", name=name, obj=v)


_unformatted = _no_value("cannot write {} as a number", "leave the print out", "")

# Python's notation. Each stands for a function of NumPy, which raises where the table has no entry for it.

for name, binary in {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.divide,
    "pow": np.power,
    "matmul": np.matmul,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
}.items():
    setattr(Variable, f"__{name}__", lambda a, b, binary=binary: binary(a, b))
    setattr(Variable, f"__r{name}__", lambda a, b, binary=binary: binary(b, a))
for name, condition in {"lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal}.items():
    setattr(Variable, f"__{name}__", lambda a, b, condition=condition: condition(a, b))
for name, unary in {"neg": np.negative, "pos": np.positive, "abs": np.abs, "invert": np.invert}.items():
    setattr(Variable, f"__{name}__", lambda a, unary=unary: unary(a))
for name, method in {
    "T": property(np.transpose),
    "ndim": property(_ndim),
    "size": property(_size),
    "sum": _reduction(SUM),
    "mean": _reduction(MEAN),
    "max": _reduction(MAX),
    "min": _min,
    "dot": lambda a, b: np.dot(a, b),
    "copy": lambda a: a,
    "reshape": lambda a, *shape: np.reshape(a, shape[0] if len(shape) == 1 else shape),
    "transpose": lambda a, *axes: np.transpose(a, (axes[0] if len(axes) == 1 else axes) or None),
    "__getitem__": _index,
    "__setitem__": _no_assignment,
    "__len__": _length,
    "__iter__": lambda v: iter([v[k] for k in range(_length(v))]),
    "__eq__": _equal,
    "__ne__": lambda v, other: not _equal(v, other),
    "__bool__": _no_value("cannot tell whether {} is true"),
    "__float__": _no_value("cannot take float() of {}", "leave float() out, and write np.exp for math.exp"),
    "__int__": _no_value("cannot take int() of {}", "what is counted or chosen by has to be fixed"),
    "__complex__": _no_value("cannot take complex() of {}", "variables are real"),
    "__index__": _no_value("cannot use {} as an integer", "what is counted or chosen by has to be fixed"),
    "__array__": _no_value("cannot make an array of {}", "np.concatenate joins variables, and [None] adds an axis"),
    "__format__": lambda v, spec: _unformatted(v) if spec else str(v),
    "__getattr__": _missing,
}.items():
    setattr(Variable, name, method)
