"""Checks of what a reader passes in. Each returns the argument in the form that the equations expect, or raises.

Every message names the argument and says what was expected and what it got.
"""

import math
import sys
from numbers import Real

import numpy as np
from numpy.ma import MaskedArray, MaskError  # here: NumPy would load it in the middle of a measurement


def plain_array(name, value):
    """Return `value` as an array of any dtype.

    Raises
    ------
    TypeError
        If it is a masked array, or holds a masked value: NumPy would use the masked values.
    ValueError
        If its rows differ in length.
    """
    if isinstance(value, MaskedArray):
        raise TypeError(f"{name} must be a plain array, got a masked one; fill it first: {name}.filled(0)")
    try:
        return np.asarray(value)
    except MaskError:
        raise TypeError(f"{name} must hold plain numbers, got a masked value") from None
    except ValueError:
        raise ValueError(f"{name} must be an array, got rows of different lengths") from None


def as_numbers(name, value, dtype=None):
    """Return `value` as an array of real numbers, which may be infinite or NaN.

    Parameters
    ----------
    name : str
        What the message calls the argument.
    value : array_like
    dtype : numpy dtype, optional
        The dtype to return; by default float32 stays float32 and all else becomes float64.

    Raises
    ------
    TypeError
        If the values are not real numbers.

    Examples
    --------
    >>> as_numbers("x", [1, np.inf])
    array([ 1., inf])
    """
    array = plain_array(name, value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}")
    if dtype is None:
        dtype = np.float32 if array.dtype.kind == "f" and array.dtype.itemsize == 4 else np.float64
    if array.dtype == dtype:
        return array
    with np.errstate(over="ignore"):
        return array.astype(dtype)


def as_array(name, value, dtype=None):
    """Return `value` as an array of finite real numbers.

    Parameters
    ----------
    name, value, dtype
        As for `as_numbers`.

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
    array = as_numbers(name, value, dtype)
    if not np.isfinite(array).all():
        bad = array[~np.isfinite(array)][0]
        raise ValueError(f"{name} must hold finite numbers, got {bad} in {array.dtype}")
    return array


def as_matrix(name, value, axes, dtype=None):
    """Return `value` as a matrix, both axes of which have at least one entry.

    Parameters
    ----------
    name, value, dtype
        As for `as_array`.
    axes : str
        What the two axes are, for the message: ``"inputs × examples"``.

    Raises
    ------
    TypeError, ValueError
        As `as_array` does, and if there are not two axes or one of them is empty.

    Examples
    --------
    >>> as_matrix("x", [1.0, 2.0], "inputs × examples")
    Traceback (most recent call last):
        ...
    ValueError: x: expected a 2-D array, inputs × examples, got shape (2,); for a single column write x[:, None]
    """
    matrix = as_array(name, value, dtype)
    check_matrix(name, matrix, axes)
    return matrix


def check_matrix(name, array, axes):
    """Raise ValueError if an array does not have two axes, each with at least one entry."""
    if array.ndim != 2:
        hint = f"; for a single column write {name}[:, None]" if array.ndim == 1 else ""
        raise ValueError(f"{name}: expected a 2-D array, {axes}, got shape {array.shape}{hint}")
    if array.size == 0:
        raise ValueError(f"{name}: expected at least one entry along each axis, {axes}, got shape {array.shape}")


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
        The dtype of the targets; class numbers are integers.

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
    ValueError: y: expected class numbers from 0 to 2 for 3 outputs, got 3
    """
    if kind == "targets":
        y = as_array("y", y, dtype)
        if y.shape != (outputs, examples):
            raise ValueError(f"y: expected shape {(outputs, examples)}, as the output has, got {y.shape}")
        return y
    y = plain_array("y", y)
    if y.size and y.dtype.kind not in "iu":
        raise TypeError(f"y: expected integer class numbers, got dtype {y.dtype}")
    if y.shape != (examples,):
        raise ValueError(f"y: expected shape {(examples,)}, one class number per example, got {y.shape}")
    lowest, highest = np.minimum.reduce(y), np.maximum.reduce(y)
    if lowest < 0 or highest >= outputs:
        bad = lowest if lowest < 0 else highest
        raise ValueError(f"y: expected class numbers from 0 to {outputs - 1} for {outputs} outputs, got {bad}")
    return y


LOWEST = -sys.float_info.max


def as_number(name, value, low=LOWEST, above=-math.inf):
    """Return `value` as a finite Python float.

    Parameters
    ----------
    name : str
    value : number
        Or an array without axes.
    low, above : float
        The smallest number allowed, and a number that it has to exceed.

    Raises
    ------
    TypeError
        If it is not a single real number. True and False are none, not NumPy's either.
    ValueError
        If it is NaN, infinite or too small.

    Examples
    --------
    >>> as_number("weight_decay", -1, low=0)
    Traceback (most recent call last):
        ...
    ValueError: weight_decay must be a finite number >= 0, got -1
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, bool | np.timedelta64) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {short(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not (low <= number < math.inf and number > above):
        limit = f" >= {low:g}" if low > LOWEST else f" > {above:g}" if above > -math.inf else ""
        raise ValueError(f"{name} must be a finite number{limit}, got {short(value)}")
    return number


def as_weight_decay(value):
    """Return λ as a Python float, which takes on the dtype of the weights that it multiplies.

    Examples
    --------
    >>> as_weight_decay(np.float32(0.5))
    0.5
    """
    return as_number("weight_decay", value, low=0)


def as_integer(name, value, low=0, most=None):
    """Return `value` as a Python int.

    Parameters
    ----------
    name : str
    value : int
    low, most : int
        The smallest and the largest that are allowed.

    Raises
    ------
    TypeError
        If it is not an integer.
    ValueError
        If it is too small or too large.

    Examples
    --------
    >>> as_integer("hidden", 0, low=1)
    Traceback (most recent call last):
        ...
    ValueError: hidden must be an integer >= 1, got 0
    """
    if isinstance(value, bool | np.timedelta64) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be an integer, got {short(value)}")
    if value < low:
        raise ValueError(f"{name} must be an integer >= {low}, got {short(value)}")
    if most is not None and value > most:
        got = f"{value:,}" if value < 10**60 else "one of more than 60 digits"
        raise ValueError(f"{name} must be at most {most:,}, got {got}")
    return int(value)


def as_dtype(value):
    """Return `value` as one of the two dtypes that the course computes in.

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
    raise TypeError(f"dtype must be numpy.float32 or numpy.float64, got {short(value)}")


def as_list(name, value, wanted):
    """Return what `value` holds as a list, or raise TypeError if it holds nothing.

    Examples
    --------
    >>> as_list("titles", 3, "a list of strings")
    Traceback (most recent call last):
        ...
    TypeError: titles must be a list of strings, got 3
    """
    try:
        return list(value)
    except TypeError:
        raise TypeError(f"{name} must be {wanted}, got {short(value)}") from None


def check_kind(name, value, kind, wanted):
    """Raise TypeError if `value` is not of the type `kind`, which is called `wanted` in words.

    Examples
    --------
    >>> check_kind("name", 3, str, "a string")
    Traceback (most recent call last):
        ...
    TypeError: name must be a string, got 3
    """
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be {wanted}, got {short(value)}")


def short(value):
    """Return a value as one short line, or its type where that would be long."""
    try:
        shown = str(value) if isinstance(value, np.integer) else repr(value)
    except ValueError:  # an integer of thousands of digits, which Python does not write
        return "an integer of thousands of digits"
    return shown if len(shown) <= 100 and "\n" not in shown else f"an object of type {type(value).__name__}"


def harmless(function):
    """Return somebody else's function so that it cannot write into the arrays that it is given: that raises an error.

    Examples
    --------
    >>> harmless(np.ndarray.sort)(np.zeros(2))
    Traceback (most recent call last):
        ...
    ValueError: sort array is read-only
    """

    if getattr(function, "__module__", None) == "helpers.functions":  # ours write into nothing
        return function

    def of_views(*arrays):
        views = [np.asarray(array).view() for array in arrays]
        for view in views:
            view.flags.writeable = False
        return function(*views)

    return of_views
