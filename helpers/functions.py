"""Activation functions φ and loss functions l, each with its derivatives.

An activation works on each entry by itself. A loss turns the output o and the labels y into one number, the mean over
the examples. To add one of your own, write its functions and put them in an `Activation` or a `Loss`.
"""

import copyreg
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from helpers._validation import as_labels, as_matrix, as_numbers, check_kind, check_matrix


class Activation(NamedTuple):
    """An activation function φ with its first two derivatives.

    Attributes
    ----------
    name : str
    value, first, second : callable
        φ, φ′ and φ″, from an array to an array of the same shape.
    kinks : tuple of float
        Where φ′ jumps, so that differences taken across it say nothing.

    Examples
    --------
    >>> import numpy as np
    >>> square = Activation("square", lambda z: z * z, lambda z: 2 * z, lambda z: np.full_like(z, 2))
    >>> square.first(np.array([3.0]))
    array([6.])
    """

    name: str
    value: Callable
    first: Callable
    second: Callable
    kinks: tuple = ()


class Loss(NamedTuple):
    """A loss function l with its derivatives with respect to the output.

    Attributes
    ----------
    name : str
    value : callable
        ``value(o, y)`` is L, a scalar: the mean over the examples.
    gradient : callable
        ``gradient(o, y)`` is ∂L/∂o, of the shape of o.
    hessian_product : callable
        ``hessian_product(o, y, v)`` is the Hessian of L at o applied to v, of the shape of o.
    labels : {"targets", "classes"}
        What y holds: targets of the shape of o, or one class number per example.
    """

    name: str
    value: Callable
    gradient: Callable
    hessian_product: Callable
    labels: str = "targets"


def check_activation(activation):
    """Raise TypeError if `activation` is not an Activation."""
    check_kind("activation", activation, Activation, "an Activation such as relu of helpers.functions")


def check_loss(loss):
    """Raise TypeError if `loss` is not a Loss."""
    check_kind("loss", loss, Loss, "a Loss such as cross_entropy of helpers.functions")


def _by_name(function):
    """Have pickle and copy find a function of this module by its name, so that it comes back as itself."""
    name = next((name for name, value in globals().items() if value is function), None)
    return name or (type(function), tuple(function))


copyreg.pickle(Activation, _by_name)  # type: ignore[arg-type]
copyreg.pickle(Loss, _by_name)  # type: ignore[arg-type]


# Activations. Each computes in one new array and needs no other: the peak of a training step can fall just here.


def _new(z):
    """Return an array for a function of z: of its dtype or, for integers, of float64."""
    z = np.asarray(z)
    return np.empty(z.shape, z.dtype if z.dtype.kind == "f" else np.float64)


def _scaled(z, factor):
    return np.multiply(z, factor, out=_new(z))


def _tanh(z, factor=1.0):
    h = _scaled(z, factor)
    return np.tanh(h, out=h)


def _sigmoid(z):
    """Return 1 / (1 + exp(−z))."""
    h = _scaled(z, -1.0)
    with np.errstate(over="ignore", under="ignore"):  # 1/∞ is the right 0
        np.exp(h, out=h)
    h += 1
    return np.divide(1, h, out=h)


def _tanh_slope(z, factor=1.0, share=1.0):
    """Return 1 − tanh² of factor · z, times share, as 1/cosh², which keeps its digits where tanh is nearly 1."""
    slope = _scaled(z, factor)
    with np.errstate(over="ignore", under="ignore"):
        np.square(np.cosh(slope, out=slope), out=slope)
    return np.divide(share, slope, out=slope)


relu = Activation(
    "relu",
    value=lambda z: np.maximum(z, 0),
    first=lambda z: np.greater(z, 0, out=_new(z)),  # φ′(0) = 0, by choice
    second=lambda z: np.zeros_like(z, _new(z).dtype),
    kinks=(0.0,),
)

tanh = Activation(
    "tanh",
    value=_tanh,
    first=_tanh_slope,
    second=lambda z: -2 * _tanh(z) * _tanh_slope(z),
)

sigmoid = Activation(
    "sigmoid",
    value=_sigmoid,
    first=lambda z: _tanh_slope(z, 0.5, 0.25),
    second=lambda z: _tanh(z, -0.5) * _tanh_slope(z, 0.5, 0.25),
)


# Losses. They check their labels themselves: a wrong shape would be broadcast in silence.


def _loss(name, value, gradient, hessian_product, labels):
    """Return a Loss whose functions check what they are given."""

    def checked(function):
        def of_checked(o, y, *v):
            o = as_numbers("o", o)
            check_matrix("o", o, "outputs × examples")
            directions = [as_numbers("v", direction) for direction in v]
            for direction in directions:
                if direction.shape != o.shape:
                    raise ValueError(f"v: expected shape {o.shape}, as o has, got {direction.shape}")
            outputs, examples = o.shape
            return function(o, as_labels(labels, y, outputs, examples, o.dtype), *directions)

        of_checked.unchecked = function  # type: ignore[attr-defined]
        return of_checked

    return Loss(name, checked(value), checked(gradient), checked(hessian_product), labels)


def unchecked(function):
    """Return a function of a loss without its check of the labels, for code that has checked them already."""
    return getattr(function, "unchecked", function)


def _squared_error(o, y):
    gap = o - y
    return np.vdot(gap, gap) / (2 * o.shape[1])


squared_error = _loss(
    "squared error",
    value=_squared_error,
    gradient=lambda o, y: (o - y) / o.shape[1],
    hessian_product=lambda o, y, v: v / o.shape[1],
    labels="targets",
)


def softmax(o):
    """Return the probabilities that the logits `o` stand for, column by column.

    Parameters
    ----------
    o : array_like, q × n
        Logits of any size: the largest of each column is subtracted first, so that exp does not overflow.

    Returns
    -------
    array, q × n
        Positive numbers; each column adds up to 1.

    Raises
    ------
    TypeError, ValueError
        If o is not a matrix of finite numbers.

    Examples
    --------
    >>> import numpy as np
    >>> softmax(np.array([[0.0], [10000.0]]))
    array([[0.],
           [1.]])
    """
    return _softmax(as_matrix("o", o, "outputs × examples"))


@np.errstate(under="ignore")  # what vanishes is 0
def _softmax(o):
    e = o - o.max(axis=0)
    np.exp(e, out=e)
    e /= e.sum(axis=0)
    return e


# Where one class has nearly all the probability, log(1 + ε) and p − 1 would lose ε. So the three functions below add
# up the other classes instead.


@np.errstate(under="ignore")  # what vanishes is 0
def _cross_entropy(o, y):
    """Return the mean of log Σ exp o − o_y."""
    columns, top = np.arange(y.size), o.argmax(axis=0)
    below_top = o - o[top, columns]
    of_label = below_top[y, columns]
    others = np.exp(below_top, out=below_top)
    others[top, columns] = 0
    return (np.log1p(others.sum(axis=0)) - of_label).sum() / y.size


@np.errstate(under="ignore")  # what vanishes is 0
def _cross_entropy_gradient(o, y):
    """Return softmax minus one-hot, divided by n."""
    columns, p = np.arange(y.size), _softmax(o)
    p[y, columns] = 0
    p[y, columns] = -p.sum(axis=0)  # p_y − 1
    p /= y.size
    return p


@np.errstate(under="ignore")  # what vanishes is 0
def _cross_entropy_hessian_product(o, y, v):
    """Return (diag p − p pᵀ) v, column by column, divided by n; adding a constant to v changes nothing."""
    p = _softmax(o)
    v = v - v[o.argmax(axis=0), np.arange(y.size)]
    return p * (v - (p * v).sum(axis=0)) / y.size


cross_entropy = _loss(
    "cross-entropy",
    value=_cross_entropy,
    gradient=_cross_entropy_gradient,
    hessian_product=_cross_entropy_hessian_product,
    labels="classes",
)
