"""The operators of the chapter's graph: the value rule, the `prod` rules and the shape rule of each, side by side.

Each function takes variables and returns the variable that the operator computes. A `prod` rule takes ∂J/∂output and
returns ∂J/∂input, made of the operators of this same module, so that it can be differentiated again.
"""

from functools import reduce
from types import SimpleNamespace

import numpy as np

from helpers.functions import check_activation, check_loss, cross_entropy, relu
from helpers.graph import Operator, Variable
from helpers.inputs import as_count, as_labels, as_list, as_number, as_weight_decay


def _operator(name, label, inputs, value, prods, shape):
    for v in inputs:
        if not isinstance(v, Variable):
            raise TypeError(f"operator {label} was given {v!r}; wanted a Variable")
    return Variable(name, Operator(label, inputs, value, prods, shape))


# Shape rules. A shape is None where nothing is known of it, and a length is None where it is not known.


def _alike(*shapes):
    """Return the one shape that all inputs have."""
    known = [shape for shape in shapes if shape is not None]
    for shape in known[1:]:
        pairs = list(zip(shape, known[0], strict=False))
        if len(shape) != len(known[0]) or any(None not in pair and pair[0] != pair[1] for pair in pairs):
            raise ValueError(f"shapes {known[0]} and {shape} differ; wanted equal ones")
    return (
        tuple(next((n for n in lengths if n is not None), None) for lengths in zip(*known, strict=True))
        if known
        else None
    )


def _check_axes(axes, *shapes):
    for shape in shapes:
        if shape is not None and len(shape) != axes:
            raise ValueError(f"a shape of {len(shape)} axes came; wanted {axes}")


def _check_alike(a, b):
    if np.shape(a) != np.shape(b):
        raise ValueError(f"shapes {np.shape(a)} and {np.shape(b)} differ; wanted equal ones")


def _scalar(*_):
    return ()


# Products and sums.


def matmul(a, b, transpose_a=False, transpose_b=False, name=""):
    """The matrix product of a and b, of which each may be transposed on the way in.

    Examples
    --------
    >>> from helpers.graph import run
    >>> a = Variable("a")
    >>> print(*run([matmul(a, a, transpose_b=True)], {a: [[1.0, 2.0]]}))
    [[5.]]
    """

    def turned(array, transpose):
        _check_axes(2, np.shape(array))
        return array.T if transpose else array

    def turned_shape(shape, transpose):
        if shape is None:
            return None, None
        _check_axes(2, shape)
        return shape[::-1] if transpose else shape

    def to_a(dJ):
        return matmul(b, dJ, transpose_b, True) if transpose_a else matmul(dJ, b, False, not transpose_b)

    def to_b(dJ):
        return matmul(dJ, a, True, transpose_a) if transpose_b else matmul(a, dJ, not transpose_a, False)

    def shape(a, b):
        rows, inner = turned_shape(a, transpose_a)
        inner_b, columns = turned_shape(b, transpose_b)
        if None not in (inner, inner_b) and inner != inner_b:
            raise ValueError(f"{inner} columns meet {inner_b} rows; wanted equal numbers")
        return rows, columns

    label = ("ᵀ" if transpose_a else "") + "×" + ("ᵀ" if transpose_b else "")
    return _operator(
        name, label, (a, b), lambda a, b: turned(a, transpose_a) @ turned(b, transpose_b), (to_a, to_b), shape
    )


def transpose(a, name=""):
    """The transpose of a."""
    return _operator(
        name,
        "ᵀ",
        (a,),
        value=lambda a: np.transpose(a),
        prods=(lambda dJ: transpose(dJ),),
        shape=lambda a: a and a[::-1],
    )


def add(a, b, name=""):
    """a + b, of equal shapes."""

    def value(a, b):
        _check_alike(a, b)
        return a + b

    def pass_on(dJ):
        if dJ.operator and dJ.operator.label == "1":  # 1 · 1 = 1, a variable of its own for each summand (B1)
            fresh = one()
            fresh.operator.seed_of = dJ.operator.seed_of
            return fresh
        return dJ

    return _operator(name, "+", (a, b), value, prods=(pass_on, pass_on), shape=_alike)


def multiply(a, b, name=""):
    """a ⊙ b, entry by entry, of equal shapes."""

    def value(a, b):
        _check_alike(a, b)
        return a * b

    return _operator(
        name, "⊙", (a, b), value, prods=(lambda dJ: multiply(dJ, b), lambda dJ: multiply(dJ, a)), shape=_alike
    )


def scale(c, a, factor=1.0, label="·", name=""):
    """factor · c · a, with a fixed number `factor` and a scalar variable c."""
    factor = as_number("factor", factor)

    def shape(c, a):
        _check_axes(0, c)
        return a

    def value(c, a):
        _check_axes(0, np.shape(c))
        return (factor * c) * a

    return _operator(
        name,
        label,
        (c, a),
        value,
        prods=(
            lambda dJ: scale(one(), sum(multiply(dJ, a)), factor, label),
            lambda dJ: scale(c, dJ, factor, label),
        ),
        shape=shape,
    )


def sum(a, name=""):
    """The sum of all entries of a, a scalar."""
    return _operator(name, "Σ", (a,), value=lambda a: np.sum(a), prods=(lambda dJ: spread(dJ, a),), shape=_scalar)


def spread(c, like, name=""):
    """The scalar c in every entry of an array of the shape of `like`."""

    def shape(c, like):
        _check_axes(0, c)
        return like

    def value(c, like):
        _check_axes(0, np.shape(c))
        return np.full_like(like, c)

    return _operator(name, "fill", (c, like), value, prods=(lambda dJ: sum(dJ), lambda dJ: zeros(like)), shape=shape)


# Constants.


def one(name=""):
    """The number 1, from which every backward pass starts (B1).

    It is a Python number, which takes on the dtype of what it meets: float32 stays float32.
    """
    return _operator(name, "1", (), value=lambda: 1.0, prods=(), shape=_scalar)


def zeros(like, name=""):
    """Zeros of the shape of `like`."""
    return _operator(
        name, "0", (like,), value=lambda like: np.zeros_like(like), prods=(lambda dJ: zeros(like),), shape=lambda a: a
    )


def same(a, name=""):
    """a itself, under another name."""
    return _operator(name, "=", (a,), value=lambda a: a, prods=(lambda dJ: same(dJ),), shape=lambda a: a)


# Bias: one column b, added to every column of z.


def add_bias(z, b, name=""):
    """z + b, the column b added to each column of z."""

    def shape(z, b):
        _check_axes(2, z, b)
        if z and b and (None not in (z[0], b[0]) and z[0] != b[0] or b[1] not in (None, 1)):
            raise ValueError(f"a bias of shape {b} meets an array of shape {z}; wanted one column of as many rows")
        return z

    def value(z, b):
        shape(np.shape(z), np.shape(b))
        return z + b

    return _operator(name, "+", (z, b), value, prods=(lambda dJ: same(dJ), lambda dJ: sum_columns(dJ)), shape=shape)


def sum_columns(a, name=""):
    """The sum of the columns of a, one column."""

    def shape(a):
        _check_axes(2, a)
        return a and (a[0], 1)

    def value(a):
        _check_axes(2, np.shape(a))
        return a.sum(axis=1, keepdims=True)

    return _operator(
        name,
        "Σ",
        (a,),
        value,
        prods=(lambda dJ: add_bias(zeros(a), dJ),),
        shape=shape,
    )


def _times(dJ, fresh, given):
    """Return dJ · fresh, in the memory of `fresh`, unless a rule handed back what it was given."""
    return np.multiply(dJ, fresh, out=None if np.ndim(fresh) == 0 or np.may_share_memory(fresh, given) else fresh)


# Activations. Order k is φ with k primes; the prod rule of order k uses order k + 1.


def activate(z, activation, name=""):
    """φ(z)."""
    check_activation(activation)
    return _operator(
        name,
        "φ",
        (z,),
        value=lambda z: activation.value(z),
        prods=(lambda dJ: activate_prod(dJ, z, activation),),
        shape=lambda z: z,
    )


def activate_prod(dJ, z, activation, order=1, name=""):
    """∂J/∂h ⊙ φ′(z), the prod of an activation (B6); with φ″ instead of φ′ at order 2."""
    check_activation(activation)
    if as_count("order", order) > 2:
        raise ValueError(f"order is {order}; wanted 1 or 2")
    slope = activation.first if order == 1 else activation.second

    def to_z(d2J):
        if order == 2:
            raise ValueError(f"{activation.name} has two derivatives here; a third was asked for")
        return activate_prod(multiply(d2J, dJ), z, activation, 2)

    def value(dJ, z):
        _check_alike(dJ, z)
        return _times(dJ, slope(z), z)

    return _operator(
        name,
        "⊙φ" + "′″"[order - 1],
        (dJ, z),
        value,
        prods=(lambda d2J: activate_prod(d2J, z, activation, order), to_z),
        shape=_alike,
    )


# The loss, its gradient and its Hessian.


def _labels(o, y, loss):
    if np.ndim(o) != 2:
        raise ValueError("wanted an output of two axes, outputs × examples")
    outputs, examples = np.shape(o)
    return as_labels(loss.labels, y, outputs, examples, o.dtype)


def compare(o, y, loss, name=""):
    """L = l(o, y), the mean over the examples (F4)."""
    check_loss(loss)

    return _operator(
        name,
        "l",
        (o, y),
        value=lambda o, y: loss.value(o, _labels(o, y, loss)),
        prods=(lambda dJ: compare_prod(dJ, o, y, loss), None),
        shape=_scalar,
    )


def compare_prod(dJ, o, y, loss, name=""):
    """∂J/∂L · ∂L/∂o, the prod of a loss (B2)."""
    check_loss(loss)
    return _operator(
        name,
        "∂l",
        (dJ, o, y),
        value=lambda dJ, o, y: _times(dJ, loss.gradient(o, _labels(o, y, loss)), o),
        prods=(
            lambda d2J: sum(multiply(d2J, compare_prod(one(), o, y, loss))),
            lambda d2J: compare_hessian(dJ, o, y, d2J, loss),
            None,
        ),
        shape=lambda dJ, o, y: o,
    )


def compare_hessian(dJ, o, y, v, loss, name=""):
    """∂J/∂L times the Hessian of L with respect to o, applied to v."""
    check_loss(loss)

    def value(dJ, o, y, v):
        _check_alike(o, v)
        return dJ * loss.hessian_product(o, _labels(o, y, loss), v)

    def third(_):
        raise ValueError(f"{loss.name} has two derivatives here; a third was asked for")

    return _operator(
        name,
        "∂²l",
        (dJ, o, y, v),
        value,
        prods=(
            lambda d: sum(multiply(d, compare_hessian(one(), o, y, v, loss))),
            third,
            None,
            lambda d: compare_hessian(dJ, o, y, d, loss),
        ),
        shape=lambda dJ, o, y, v: _alike(o, v),
    )


def penalty(weights, weight_decay, name=""):
    """s = λ/2 · (the sum of all squared entries of all weights) (F5)."""
    weights, weight_decay = as_list("weights", weights, "a list of variables"), as_weight_decay(weight_decay)

    def value(*weights):
        return weight_decay / 2 * reduce(np.add, [np.vdot(W, W) for W in weights])

    return _operator(
        name,
        "ℓ₂",
        weights,
        value,
        prods=tuple((lambda dJ, W=W: scale(dJ, W, weight_decay, "λ·")) for W in weights),
        shape=_scalar,
    )


def one_hidden_layer(activation=relu, loss=cross_entropy, weight_decay=0.0):
    """Build the chapter's graph (F1–F6).

    Parameters
    ----------
    activation : Activation
    loss : Loss
    weight_decay : float

    Returns
    -------
    namespace
        The variables ``x y W1 W2 z h o L s J``.

    Raises
    ------
    TypeError, ValueError
        If weight_decay is not a finite number, 0 or larger.

    Examples
    --------
    >>> c = one_hidden_layer(weight_decay=0.1)
    >>> c.J.operator.inputs
    (L, s)
    """
    x, y, W1, W2 = Variable("x"), Variable("y"), Variable("W1"), Variable("W2")
    W1.parameter = W2.parameter = True
    z = matmul(W1, x, name="z")  # F1
    h = activate(z, activation, name="h")  # F2
    o = matmul(W2, h, name="o")  # F3
    L = compare(o, y, loss, name="L")  # F4
    s = penalty((W1, W2), weight_decay, name="s")  # F5
    J = add(L, s, name="J")  # F6
    c = SimpleNamespace(x=x, y=y, W1=W1, W2=W2, z=z, h=h, o=o, L=L, s=s, J=J)
    _place(c)
    return c


def hidden_layers(depth, activation=relu, loss=cross_entropy, weight_decay=0.0):
    """Build the graph of a network with `depth` hidden layers, the chapter's at depth 1.

    Parameters
    ----------
    depth : int
    activation, loss, weight_decay
        As for `one_hidden_layer`.

    Returns
    -------
    namespace
        The variables ``x y o L s J``, and ``weights``, the list of W1, W2, …, of which there are depth + 1.

    Raises
    ------
    TypeError, ValueError
        If depth is not a whole number, 1 or larger, or weight_decay not a finite number, 0 or larger.

    Examples
    --------
    >>> hidden_layers(3).weights
    [W1, W2, W3, W4]
    """
    weights = [Variable(f"W{k + 1}") for k in range(as_count("depth", depth) + 1)]
    x, y = Variable("x"), Variable("y")
    h = x
    for k, W in enumerate(weights, start=1):
        W.parameter = True
        z = matmul(W, h, name=f"z{k}" if k <= depth else "o")
        h = activate(z, activation, name=f"h{k}") if k <= depth else z
    L = compare(h, y, loss, name="L")
    s = penalty(weights, weight_decay, name="s")
    return SimpleNamespace(x=x, y=y, o=h, L=L, s=s, J=add(L, s, name="J"), weights=weights)


def _place(c):
    """Give the chapter's variables and operators, and those of their gradients, their places in the picture."""
    top, middle, low = -1.6, -2.6, -3.6  # the rows of the backward lane
    places = {  # square, its gradient, the + of its gradient
        c.x: ((0, 0), None, None),
        c.y: ((7, 1), None, None),
        c.W1: ((1, 1), (1, low), (1, middle)),
        c.W2: ((5, 1), (5, low), (5, middle)),
        c.z: ((2, 0), (2, top), None),
        c.h: ((4, 0), (4, top), None),
        c.o: ((6, 0), (6, top), None),
        c.L: ((6, 1), (6, low), None),
        c.s: ((3, 2), (3, low), None),
        c.J: ((7, 2), None, None),
    }
    operators = {  # circle, and those of its prod rules
        c.z: ((1, 0), ((1, top), None)),
        c.h: ((3, 0), ((3, top),)),
        c.o: ((5, 0), ((6, middle), (5, top))),
        c.L: ((7, 0), ((7, top), None)),
        c.s: ((3, 1), ((2, middle), (4, middle))),
        c.J: ((5, 2), ((7, low), (3, middle))),
    }
    for v, three in places.items():
        v.place, v.gradient_place, v.sum_place = three
        if v in operators:
            v.operator.place, v.operator.prod_places = operators[v]
