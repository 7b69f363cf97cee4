"""The operators of the chapter's graph: one rule per operator, in a table, and the functions that apply them.

A prod rule is given ∂J/∂output and the operator's inputs, and returns ∂J/∂input. It is made of the operators of this
same module, so that it can be differentiated again.
"""

from functools import reduce
from types import SimpleNamespace

import numpy as np

from helpers._validation import as_integer, as_labels, as_list, as_number, as_weight_decay, harmless
from helpers.functions import check_activation, check_loss, cross_entropy, relu, unchecked
from helpers.graph import Operator, Rule, Variable

# The functions: each takes variables and returns the variable that its operator computes.


def matmul(a, b, transpose_a=False, transpose_b=False, name=""):
    """The matrix product of a and b, each of which may be transposed first.

    Examples
    --------
    >>> from helpers.graph import run
    >>> a = Variable("a")
    >>> print(*run([matmul(a, a, transpose_b=True)], {a: [[1.0, 2.0]]}))
    [[5.]]
    """
    return Variable(name, Operator(MATMUL, (a, b), transpose_a=transpose_a, transpose_b=transpose_b))


def transpose(a, name=""):
    """The transpose of a."""
    return Variable(name, Operator(TRANSPOSE, (a,)))


def add(a, b, name=""):
    """a + b, of equal shapes."""
    return Variable(name, Operator(ADD, (a, b)))


def multiply(a, b, name=""):
    """a ⊙ b, entry by entry, of equal shapes."""
    return Variable(name, Operator(MULTIPLY, (a, b)))


def scale(c, a, factor=1.0, name=""):
    """factor · c · a, with a fixed number `factor` and a scalar variable c."""
    return Variable(name, Operator(SCALE, (c, a), factor=as_number("factor", factor)))


def sum(a, name=""):
    """The sum of all entries of a, a scalar."""
    return Variable(name, Operator(SUM, (a,)))


def spread(c, like, name=""):
    """The scalar c in every entry of an array of the shape of `like`."""
    return Variable(name, Operator(SPREAD, (c, like)))


def one(name=""):
    """The number 1, from which every backward pass starts (B1)."""
    return Variable(name, Operator(ONE, ()))


def zeros(like, name=""):
    """Zeros of the shape of `like`."""
    return Variable(name, Operator(ZEROS, (like,)))


def same(a, name=""):
    """a itself, under another name."""
    return Variable(name, Operator(SAME, (a,)))


def add_bias(z, b, name=""):
    """z + b, the column b added to each column of z."""
    return Variable(name, Operator(ADD_BIAS, (z, b)))


def sum_columns(a, name=""):
    """The sum of the columns of a, one column."""
    return Variable(name, Operator(SUM_COLUMNS, (a,)))


def activate(z, activation, name=""):
    """φ(z) (F2)."""
    check_activation(activation)
    return Variable(name, Operator(ACTIVATE, (z,), activation=activation))


def activate_prod(dJ, z, activation, order=1, name=""):
    """∂J/∂h ⊙ φ′(z), the prod of an activation (B6); with φ″ instead of φ′ at order 2."""
    check_activation(activation)
    order = as_integer("order", order, low=1, most=2)
    return Variable(name, Operator(ACTIVATE_PROD, (dJ, z), activation=activation, order=order))


def compare(o, y, loss, name=""):
    """L = l(o, y), the mean over the examples (F4)."""
    check_loss(loss)
    return Variable(name, Operator(COMPARE, (o, y), loss=loss))


def compare_prod(dJ, o, y, loss, name=""):
    """∂J/∂L · ∂L/∂o, the prod of a loss (B2)."""
    check_loss(loss)
    return Variable(name, Operator(COMPARE_PROD, (dJ, o, y), loss=loss))


def compare_hessian(dJ, o, y, v, loss, name=""):
    """∂J/∂L times the Hessian of L with respect to o, applied to v."""
    check_loss(loss)
    return Variable(name, Operator(COMPARE_HESSIAN, (dJ, o, y, v), loss=loss))


def penalty(weights, weight_decay, name=""):
    """s = λ/2 · (the sum of all squared entries of all weights) (F5)."""
    weights = as_list("weights", weights, "a list of variables")
    if not weights:
        raise ValueError("weights: expected at least one variable, got []")
    return Variable(name, Operator(PENALTY, weights, weight_decay=as_weight_decay(weight_decay)))


def decay(c, W, weight_decay, name=""):
    """λ · c · W, the prod of a penalty (B3), with a scalar variable c."""
    return Variable(name, Operator(DECAY, (c, W), weight_decay=as_weight_decay(weight_decay)))


# Shapes.


def _alike(*shapes, **_):
    """Return the one shape that all inputs have."""
    for shape in shapes[1:]:
        if shape != shapes[0]:
            raise ValueError(f"expected equal shapes, got {shapes[0]} and {shape}")
    return shapes[0]


def _check_axes(axes, *shapes):
    for shape in shapes:
        if len(shape) != axes:
            hint = "; for a single column write b[:, None]" if (axes, len(shape)) == (2, 1) else ""
            raise ValueError(f"expected {f'a {axes}-D array' if axes else 'a scalar'}, got shape {shape}{hint}")


def _of_product(a, b, transpose_a, transpose_b):
    _check_axes(2, a, b)
    (rows, inner), (inner_b, columns) = a[:: -1 if transpose_a else 1], b[:: -1 if transpose_b else 1]
    if inner != inner_b:
        raise ValueError(f"expected as many columns on the left as rows on the right, got {inner} and {inner_b}")
    return rows, columns


def _of_scaled(c, a, **_):
    _check_axes(0, c)
    return a


def _of_biased(z, b):
    _check_axes(2, z, b)
    if b != (z[0], 1):
        raise ValueError(f"expected a bias of shape {(z[0], 1)}, got {b}")
    return z


def _of_column(a):
    _check_axes(2, a)
    return a[0], 1


def _of_slope(dJ, o, y, *v, loss):
    _check_axes(0, dJ)
    _check_axes(2, o)
    return _alike(o, *v)


def _of_loss(o, y, loss):
    _check_axes(2, o)  # of y the loss checks shape and values
    return ()


# Values and prods that need more than a line.


def _product(a, b, transpose_a, transpose_b):
    return (a.T if transpose_a else a) @ (b.T if transpose_b else b)


def _prod_left(dJ, a, b, transpose_a, transpose_b):
    return matmul(b, dJ, transpose_b, True) if transpose_a else matmul(dJ, b, False, not transpose_b)


def _prod_right(dJ, a, b, transpose_a, transpose_b):
    return matmul(dJ, a, True, transpose_a) if transpose_b else matmul(a, dJ, not transpose_a, False)


def _slope(z, activation, order):
    return harmless((activation.first, activation.second)[order - 1])(z)


def _prod_slope(d2J, dJ, z, activation, order):
    if order == 2:
        raise ValueError(f"{activation.name} has two derivatives here, and a third was asked for")
    return activate_prod(multiply(d2J, dJ), z, activation, 2)


def _call(function, o, y, loss, *v):
    """Return what a function of a loss makes of labels that fit, none of which it can write into."""
    outputs, examples = o.shape
    y = as_labels(loss.labels, y, outputs, examples, o.dtype)
    return harmless(unchecked(function))(o, y, *v)


def _no_third(d, dJ, o, y, v, loss):
    raise ValueError(f"{loss.name} has two derivatives here, and a third was asked for")


def _squares(*weights, weight_decay):
    return weight_decay / 2 * reduce(np.add, [np.vdot(W, W) for W in weights])


# The rules: name, label, value, prods in the order of the inputs (None for a label, which has no gradient), shape.
# An activation of order k is φ with k primes, and its prod uses order k + 1. A loss goes from value to gradient to
# Hessian–vector product. The 1 is a Python number, which takes on the dtype of what it meets: float32 stays float32.
# fmt: off

MATMUL = Rule("MATMUL", lambda transpose_a, transpose_b: "ᵀ" * transpose_a + "×" + "ᵀ" * transpose_b,
    _product, (_prod_left, _prod_right), _of_product)
TRANSPOSE = Rule("TRANSPOSE", "ᵀ",
    lambda a: np.transpose(a), (lambda dJ, a: transpose(dJ),), lambda a: a[::-1], view=True)
ADD = Rule("ADD", "+",
    lambda a, b: a + b, (lambda dJ, a, b: dJ, lambda dJ, a, b: dJ), _alike)
MULTIPLY = Rule("MULTIPLY", "⊙",
    lambda a, b: a * b, (lambda dJ, a, b: multiply(dJ, b), lambda dJ, a, b: multiply(dJ, a)), _alike)
SCALE = Rule("SCALE", "·",
    lambda c, a, factor: (factor * c) * a,
    (lambda dJ, c, a, factor: scale(one(), sum(multiply(dJ, a)), factor),
     lambda dJ, c, a, factor: scale(c, dJ, factor)), _of_scaled)
DECAY = Rule("DECAY", "λ·",
    lambda c, W, weight_decay: (weight_decay * c) * W,
    (lambda dJ, c, W, weight_decay: sum(multiply(dJ, decay(one(), W, weight_decay))),
     lambda dJ, c, W, weight_decay: decay(c, dJ, weight_decay)), _of_scaled)
SUM = Rule("SUM", "Σ",
    lambda a: np.sum(a), (lambda dJ, a: spread(dJ, a),), lambda a: ())
SPREAD = Rule("SPREAD", "fill",
    lambda c, like: np.full_like(like, c), (lambda dJ, c, like: sum(dJ), lambda dJ, c, like: zeros(like)), _of_scaled)
ONE = Rule("ONE", "1",
    lambda: 1.0, (), lambda: ())
ZEROS = Rule("ZEROS", "0",
    lambda like: np.zeros_like(like), (lambda dJ, like: zeros(like),), _alike)
SAME = Rule("SAME", "=",
    lambda a: a, (lambda dJ, a: same(dJ),), _alike, view=True)
ADD_BIAS = Rule("ADD_BIAS", "+",
    lambda z, b: z + b, (lambda dJ, z, b: dJ, lambda dJ, z, b: sum_columns(dJ)), _of_biased)
SUM_COLUMNS = Rule("SUM_COLUMNS", "Σ",
    lambda a: a.sum(axis=1, keepdims=True), (lambda dJ, a: add_bias(zeros(a), dJ),), _of_column)
ACTIVATE = Rule("ACTIVATE", "φ",
    lambda z, activation: harmless(activation.value)(z),
    (lambda dJ, z, activation: activate_prod(dJ, z, activation),), _alike)
ACTIVATE_PROD = Rule("ACTIVATE_PROD", lambda activation, order: "⊙φ" + "′″"[order - 1],
    lambda dJ, z, activation, order: dJ * _slope(z, activation, order),
    (lambda d2J, dJ, z, activation, order: activate_prod(d2J, z, activation, order), _prod_slope), _alike)
COMPARE = Rule("COMPARE", "l",
    lambda o, y, loss: _call(loss.value, o, y, loss),
    (lambda dJ, o, y, loss: compare_prod(dJ, o, y, loss), None), _of_loss)
COMPARE_PROD = Rule("COMPARE_PROD", "∂l",
    lambda dJ, o, y, loss: dJ * _call(loss.gradient, o, y, loss),
    (lambda d2J, dJ, o, y, loss: sum(multiply(d2J, compare_prod(one(), o, y, loss))),
     lambda d2J, dJ, o, y, loss: compare_hessian(dJ, o, y, d2J, loss), None), _of_slope)
COMPARE_HESSIAN = Rule("COMPARE_HESSIAN", "∂²l",
    lambda dJ, o, y, v, loss: dJ * _call(loss.hessian_product, o, y, loss, v),
    (lambda d, dJ, o, y, v, loss: sum(multiply(d, compare_hessian(one(), o, y, v, loss))), _no_third, None,
     lambda d, dJ, o, y, v, loss: compare_hessian(dJ, o, y, d, loss)), _of_slope)
PENALTY = Rule("PENALTY", "ℓ₂",
    _squares, lambda dJ, *weights, k, weight_decay: decay(dJ, weights[k], weight_decay),
    lambda *weights, weight_decay: ())
# fmt: on


# The chapter's graph.


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
        If weight_decay is not a finite number >= 0.

    Examples
    --------
    >>> c = one_hidden_layer(weight_decay=0.1)
    >>> c.J.operator.inputs
    (L, s)
    """
    x, y = Variable("x"), Variable("y")
    W1, W2 = Variable("W1", parameter=True), Variable("W2", parameter=True)
    z = matmul(W1, x, name="z")  # F1
    h = activate(z, activation, name="h")  # F2
    o = matmul(W2, h, name="o")  # F3
    L = compare(o, y, loss, name="L")  # F4
    s = penalty((W1, W2), weight_decay, name="s")  # F5
    J = add(L, s, name="J")  # F6
    return SimpleNamespace(x=x, y=y, W1=W1, W2=W2, z=z, h=h, o=o, L=L, s=s, J=J)


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
        If depth is not an integer >= 1, or weight_decay not a finite number >= 0.

    Examples
    --------
    >>> hidden_layers(3).weights
    [W1, W2, W3, W4]
    """
    depth = as_integer("depth", depth, low=1, most=10_000)
    weights = [Variable(f"W{k}", parameter=True) for k in range(1, depth + 2)]
    x, y = Variable("x"), Variable("y")
    h = x
    for k, W in enumerate(weights, start=1):
        z = matmul(W, h, name=f"z{k}" if k <= depth else "o")
        h = activate(z, activation, name=f"h{k}") if k <= depth else z
    L = compare(h, y, loss, name="L")
    s = penalty(weights, weight_decay, name="s")
    return SimpleNamespace(x=x, y=y, o=h, L=L, s=s, J=add(L, s, name="J"), weights=weights)
