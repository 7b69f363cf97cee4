"""What a reader may hand in: arrays, labels and numbers, made ready for the equations.

Every function here returns its argument in the form that the equations expect, or raises
an error whose sentence names the argument, what came and what is wanted.
"""

import math
from numbers import Real

import numpy as np


def plain_array(name, value):
    """Return `value` as an array of any type.

    Raises
    ------
    TypeError
        If it is a masked array, or holds a masked value: what is behind the mask would count.
    ValueError
        If its rows differ in length.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array; wanted a plain one, such as {name}.filled(0)")
    try:
        return np.asarray(value)
    except np.ma.MaskError:
        raise TypeError(f"{name} holds a masked value; wanted plain numbers") from None
    except ValueError:
        raise ValueError(f"{name} has rows of different lengths; wanted an array") from None


def as_array(name, value, dtype=None):
    """Return `value` as an array of finite real numbers.

    Parameters
    ----------
    name : str
        What the error sentence calls the argument.
    value : array_like
    dtype : numpy dtype, optional
        The type to return; by default float32 stays float32 and all else becomes float64.

    Raises
    ------
    TypeError
        If the values are not real numbers.
    ValueError
        If the rows differ in length, or a value is NaN or infinite.

    Examples
    --------
    >>> as_array("x", [1, 2])
    array([1., 2.])
    """
    array = plain_array(name, value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} holds values of type {array.dtype}; wanted real numbers")
    if dtype is None:
        dtype = array.dtype if array.dtype == np.float32 else np.float64
    with np.errstate(over="ignore"):
        array = array.astype(dtype, copy=False)
    # The extremes tell, and finding them takes no memory: NaN is passed on by both.
    if array.size and not (math.isfinite(array.min()) and math.isfinite(array.max())):
        bad = array[~np.isfinite(array)][0]
        raise ValueError(f"{name} holds {bad}; wanted finite numbers that {array.dtype} can hold")
    return array


def as_matrix(name, value, axes, dtype=None):
    """Return `value` as a matrix, both axes of which have at least one entry.

    Parameters
    ----------
    name, value, dtype
        As for `as_array`.
    axes : str
        What the two axes are, for the error sentence: ``"inputs × examples"``.

    Raises
    ------
    TypeError, ValueError
        As `as_array` does, and if there are not two axes or one of them is empty.

    Examples
    --------
    >>> as_matrix("x", [1.0, 2.0], "inputs × examples")
    Traceback (most recent call last):
        ...
    ValueError: x has shape (2,); wanted two axes, inputs × examples (a single column is x[:, None])
    """
    matrix = as_array(name, value, dtype)
    if matrix.ndim != 2:
        hint = f" (a single column is {name}[:, None])" if matrix.ndim == 1 else ""
        raise ValueError(f"{name} has shape {matrix.shape}; wanted two axes, {axes}{hint}")
    if matrix.size == 0:
        raise ValueError(f"{name} has shape {matrix.shape}; wanted at least one entry in each axis, {axes}")
    return matrix


def as_labels(kind, y, outputs, examples, dtype):
    """Return the labels `y` of one minibatch.

    Parameters
    ----------
    kind : {"classes", "targets"}
        What the loss compares the output with: class numbers of shape n, or targets of shape q × n.
    y : array_like
    outputs, examples : int
        q and n.
    dtype : numpy dtype
        The type of the targets; class numbers are integers.

    Raises
    ------
    TypeError
        If class numbers are not integers, or targets are not real numbers.
    ValueError
        If the shape is wrong, a class number is out of range or a target is not finite.

    Examples
    --------
    >>> as_labels("classes", [2, 0], outputs=3, examples=2, dtype=float)
    array([2, 0])
    >>> as_labels("classes", [3, 0], outputs=3, examples=2, dtype=float)
    Traceback (most recent call last):
        ...
    ValueError: y holds the label 3; wanted class numbers from 0 to 2, since there are 3 outputs
    """
    if kind == "targets":
        y = as_array("y", y, dtype)
        if y.shape != (outputs, examples):
            raise ValueError(f"y has shape {y.shape}; wanted {(outputs, examples)}, the shape of the output")
        return y
    y = plain_array("y", y)
    if y.size and y.dtype.kind not in "iu":
        raise TypeError(f"y holds values of type {y.dtype}; wanted integer class numbers")
    if y.shape != (examples,):
        raise ValueError(f"y has shape {y.shape}; wanted {(examples,)}, one class number for each example")
    if y.min() < 0 or y.max() >= outputs:
        bad = y.min() if y.min() < 0 else y.max()
        raise ValueError(
            f"y holds the label {bad}; wanted class numbers from 0 to {outputs - 1}, since there are {outputs} outputs"
        )
    return y


def as_number(name, value):
    """Return `value` as a finite Python float.

    Raises
    ------
    TypeError, ValueError
        As `as_array` does, and if it is not a single number.

    Examples
    --------
    >>> as_number("factor", [1, 2])
    Traceback (most recent call last):
        ...
    ValueError: factor has shape (2,); wanted a single number
    """
    array = as_array(name, value)
    if array.ndim:
        raise ValueError(f"{name} has shape {array.shape}; wanted a single number")
    return float(array)


def as_weight_decay(value):
    """Return λ, a finite number that is not negative.

    Raises
    ------
    TypeError
        If `value` is not a real number.
    ValueError
        If it is negative, NaN or infinite.

    Examples
    --------
    >>> as_weight_decay(-1)
    Traceback (most recent call last):
        ...
    ValueError: weight_decay is -1; wanted a finite number, 0 or larger
    """
    if not isinstance(value, Real):
        raise TypeError(f"weight_decay is {value!r}; wanted a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not 0 <= number < math.inf:
        raise ValueError(f"weight_decay is {value}; wanted a finite number, 0 or larger")
    return number


def as_count(name, value):
    """Return `value` as a whole number, 1 or larger.

    Raises
    ------
    TypeError
        If `value` is not an integer.
    ValueError
        If it is smaller than 1.

    Examples
    --------
    >>> as_count("hidden", 0)
    Traceback (most recent call last):
        ...
    ValueError: hidden is 0; wanted a whole number, 1 or larger
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} is {value!r}; wanted a whole number")
    if value < 1:
        raise ValueError(f"{name} is {value}; wanted a whole number, 1 or larger")
    return int(value)


def as_seed(value):
    """Return `value` as a whole number, 0 or larger.

    Raises
    ------
    TypeError
        If `value` is not an integer.
    ValueError
        If it is negative.

    Examples
    --------
    >>> as_seed(0)
    0
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"seed is {value!r}; wanted a whole number")
    if value < 0:
        raise ValueError(f"seed is {value}; wanted a whole number, 0 or larger")
    return int(value)


def as_dtype(value):
    """Return `value` as one of the two types that the course computes in.

    Raises
    ------
    TypeError
        If it is another.

    Examples
    --------
    >>> as_dtype("float32")
    dtype('float32')
    """
    if isinstance(value, type | str | np.dtype) and value in (np.float32, np.float64, "float32", "float64"):
        return np.dtype(value)
    raise TypeError(f"dtype is {value!r}; wanted numpy.float32 or numpy.float64")


def as_list(name, value, wanted):
    """Return what `value` holds as a list, or raise TypeError if it holds nothing.

    Examples
    --------
    >>> as_list("titles", 3, "a list of texts")
    Traceback (most recent call last):
        ...
    TypeError: titles is 3; wanted a list of texts
    """
    try:
        return list(value)
    except TypeError:
        raise TypeError(f"{name} is {_short(value)}; wanted {wanted}") from None


def check_kind(name, value, kind, wanted):
    """Raise TypeError if `value` is not of the type `kind`, of which `wanted` is the name in words.

    Examples
    --------
    >>> check_kind("name", 3, str, "a text")
    Traceback (most recent call last):
        ...
    TypeError: name is 3; wanted a text
    """
    if not isinstance(value, kind):
        raise TypeError(f"{name} is {_short(value)}; wanted {wanted}")


def _short(value):
    """Return a value as one short line, or its type where that would be long."""
    shown = repr(value)
    return shown if len(shown) <= 100 and "\n" not in shown else f"of type {type(value).__name__}"
