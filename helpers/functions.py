"""Activation functions φ and loss functions l, each beside its derivatives.

An activation works on each entry by itself; a loss turns the output o and the labels y into one
number, the mean over the examples. To add one of your own, write its functions and put them in an
`Activation` or a `Loss`.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from helpers.inputs import as_matrix, check_kind


class Activation(NamedTuple):
    """An activation function φ with its first two derivatives.

    Attributes
    ----------
    name : str
    value, first, second : callable
        φ, φ′ and φ″, from an array to a new array of the same shape and dtype.
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


def check_activation(activation):
    """Raise TypeError if `activation` is not an Activation."""
    check_kind("activation", activation, Activation, "an Activation such as relu of helpers.functions")


relu = Activation(
    "relu",
    value=lambda z: np.maximum(z, 0),
    first=lambda z: np.greater(z, 0, out=np.empty_like(z)),  # φ′(0) = 0, by choice
    second=lambda z: np.zeros_like(z),
    kinks=(0.0,),
)


def _float(*arrays):
    """Return the type that a function of `arrays` has: their own, or for whole numbers the one that holds them."""
    return np.result_type(*map(np.asarray, arrays), np.float16)


# These take one new array and no scratch memory: the peak of a training step can fall just here.
def _tanh(z, factor=1.0):
    result = np.multiply(z, factor, out=np.empty_like(z, _float(z)))
    return np.tanh(result, out=result)


def _tanh_slope(z, factor=1.0):
    result = _tanh(z, factor)
    np.multiply(result, result, out=result)
    return np.subtract(1, result, out=result)  # 1 − tanh²


def _halved(array, times=1):
    return np.multiply(array, 0.5**times, out=array)


tanh = Activation(
    "tanh",
    value=lambda z: np.tanh(z),
    first=_tanh_slope,
    second=lambda z: -2 * np.tanh(z) * _tanh_slope(z),
)

# The sigmoid 1 / (1 + exp(−z)) equals (1 + tanh(z/2)) / 2, which never overflows.
sigmoid = Activation(
    "sigmoid",
    value=lambda z: _halved(np.add(1, h := _tanh(z, 0.5), out=h)),
    first=lambda z: _halved(_tanh_slope(z, 0.5), times=2),
    second=lambda z: -_tanh(z, 0.5) * _tanh_slope(z, 0.5) / 4,
)


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
        What y holds: targets of the shape of o, or one class number for each example.
    """

    name: str
    value: Callable
    gradient: Callable
    hessian_product: Callable
    labels: str = "targets"


def check_loss(loss):
    """Raise TypeError if `loss` is not a Loss."""
    check_kind("loss", loss, Loss, "a Loss such as cross_entropy of helpers.functions")


def _gap(o, y):
    return np.subtract(o, y, dtype=_float(o, y))


squared_error = Loss(
    "squared error",
    value=lambda o, y: np.sum(np.square(r := _gap(o, y), out=r)) / (2 * o.shape[1]),
    gradient=lambda o, y: np.divide(r := _gap(o, y), o.shape[1], out=r),
    hessian_product=lambda o, y, v: v / o.shape[1],
)


def softmax(o):
    """Return the probabilities that the logits `o` stand for, column by column.

    Parameters
    ----------
    o : array, q × n
        Logits of any size: the largest of each column is taken off first, so that exp does not overflow.

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


def _softmax(o):
    e = np.subtract(o, o.max(axis=0), dtype=_float(o))
    np.exp(e, out=e)
    e /= e.sum(axis=0)
    return e


def _cross_entropy_value(o, y):
    # log Σ exp o − o_y, with the largest logit taken off both: large logits would swallow the small logarithm.
    below_top = np.subtract(o, o.max(axis=0), dtype=_float(o))
    of_label = below_top[y, np.arange(y.size)]
    return np.sum(np.log(np.exp(below_top, out=below_top).sum(axis=0)) - of_label) / y.size


def _cross_entropy_gradient(o, y):
    p = _softmax(o)
    p[y, np.arange(y.size)] -= 1  # softmax minus one-hot
    p /= y.size
    return p


def _cross_entropy_hessian_product(o, y, v):
    p = _softmax(o)
    return p * (v - (p * v).sum(axis=0)) / y.size  # (diag p − p pᵀ) v, column by column


cross_entropy = Loss(
    "cross-entropy",
    value=_cross_entropy_value,
    gradient=_cross_entropy_gradient,
    hessian_product=_cross_entropy_hessian_product,
    labels="classes",
)
