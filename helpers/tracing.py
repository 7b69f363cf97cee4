"""Your own program as a graph: a function of arrays is run once on variables, and what it does is kept."""

import inspect
import sys
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import numpy as np

from helpers._language import Sentences, joined
from helpers._validation import as_array, check_kind, short
from helpers.graph import Variable, run
from helpers.numpy_operators import NoValue, constant

SENTENCES = Sentences() | {"trace": "trace of {output} from {inputs}", "no input": "no input"}
STORED = (
    "cannot store a variable in an array: a variable has no value while the graph is built; put the parts into a list, "
    "and join them by np.concatenate([part[None] for part in parts])"
)
DEEPEST = 3  # lists in lists whose entries are looked at; a local variable may hold a list that holds itself


class Trace(NamedTuple):
    """A function as a graph.

    Attributes
    ----------
    inputs : dict
        From the names of the floating-point arguments to their variables.
    output : Variable
        What the function returns.
    locals : dict
        From the names of its local variables to the variables that they hold when it returns.
    feeds : dict
        From the variables of `inputs` to their values: what `run` needs.
    """

    inputs: dict
    output: Variable
    locals: dict
    feeds: dict

    def __repr__(self):
        return SENTENCES["trace"].format(
            output=repr(self.output), inputs=joined("comma", self.inputs) or SENTENCES["no input"]
        )


def trace(f, /, **arrays):
    """Run a function of arrays once, on variables, and return the graph of what it computes.

    Floating-point arrays and floats become the inputs of the graph, also those in a list, a tuple or a dict. All else
    stays what it is: integers and arrays of integers, such as labels, strings, None.

    Parameters
    ----------
    f : callable
        From arrays to an array or a number, in the notation that `helpers.numpy_operators` lists.
    **arrays
        The arguments of f by name. Those of ``*args`` are one list.

    Returns
    -------
    Trace
        An input has the name of its argument. The output, and what else f computes, has the name of the local
        variable that holds it when f returns.

    Raises
    ------
    TypeError
        If f returns something other than an array or a number, calls a function of NumPy that variables do not take,
        or branches on a value; or if an argument does not hold real numbers.
    ValueError
        If shapes do not fit, or an argument holds NaN or infinity.

    Notes
    -----
    The graph is that of these shapes, these integers, and the branches that f took. A float of Python takes on the
    dtype of the arrays, as it does in NumPy. What f raises passes through.

    Examples
    --------
    >>> from helpers.graph import run
    >>> def area(a, b):
    ...     s = a * b
    ...     return s
    >>> t = trace(area, a=2.0, b=3.0)
    >>> t
    trace of s from a, b
    >>> print(*run([t.output], t.feeds))
    6.0
    """
    check_kind("f", f, Callable, "a function")
    inputs, feeds, dtype = {}, {}, dtype_of_floats(arrays)

    def as_input(name, value):
        inputs[name] = v = Variable(name, shape=np.shape(value))
        feeds[v] = as_array(name, value, None if hasattr(value, "dtype") else dtype)
        return v

    arguments = with_floats(as_input, arrays)
    with _watch(f) as found:
        try:
            output = call(f, arguments)
        except ValueError as error:
            if isinstance(error.__cause__, NoValue):  # NumPy's, for array[0] = v, says less
                raise NoValue(STORED) from None
            raise
    output = _as_output(output)
    variables = {}
    _each(lambda name, value: variables.update({name: value} if isinstance(value, Variable) else {}), found)
    _name(output, [*[name for name, v in variables.items() if v is output], getattr(f, "__name__", "output")], inputs)
    for name, v in variables.items():
        _name(v, [name], inputs)
    return Trace(inputs, output, variables, feeds)


class Program:
    """What can be checked and stepped through: a function with its arguments, or a graph with its feeds.

    Parameters
    ----------
    f : callable or Variable
    feeds : dict or None
        With a graph, what `run` needs.
    arrays : dict
        With a function, its arguments by name.

    Attributes
    ----------
    f, fed, arrays
        The parameters.
    arguments : dict
        From labels to values: the arguments, those in lists one by one, or what is fed.
    """

    def __init__(self, f, feeds, arrays):
        self.f, self.fed, self.arrays, self.arguments = f, feeds, arrays, {}
        if isinstance(f, Variable):
            if arrays:
                raise TypeError(f"a graph takes a dict of feeds, got the arguments {', '.join(arrays)}")
            check_kind("feeds", feeds, dict, "a dict from variables to arrays")
            self._variables = {}
            for v in feeds:
                self._variables[_free(repr(v), self._variables)] = v
            self.arguments = {label: feeds[v] for label, v in self._variables.items()}
        else:
            check_kind("f", f, Callable, "a function, or a variable with feeds")
            if feeds is not None:
                raise TypeError(f"expected the arguments of f by name, as in x=…, got {short(feeds)}")
            _each(lambda label, value: self.arguments.update({label: value}), arrays)

    def at(self, arguments):
        """Return the same with other values of `arguments`."""
        if isinstance(self.f, Variable):
            return Program(self.f, {v: arguments[label] for label, v in self._variables.items()}, {})
        return Program(self.f, None, _each(lambda label, _: arguments[label], self.arrays))

    def trace(self):
        """Return the `Trace` of it."""
        if not isinstance(self.f, Variable):
            return trace(self.f, **self.arrays)
        inputs = {label: v for label, v in self._variables.items() if is_floating(np.asarray(self.fed[v]))}
        return Trace(inputs, self.f, {}, {v: np.asarray(value) for v, value in self.fed.items()})

    def feeds(self, t):
        """Return what a trace of it, made with arguments of the same shapes, is to be fed."""
        return t.feeds | {v: np.asarray(self.arguments[label], t.feeds[v].dtype) for label, v in t.inputs.items()}

    def value(self, t, feeds):
        """Return what f itself returns for such feeds, or what its graph computes, if a graph is given."""
        if isinstance(self.f, Variable):
            return run([self.f], feeds)[0]
        values = {label: feeds[v] for label, v in t.inputs.items()}

        def changed(label, given):
            return float(values[label]) if isinstance(given, float) else values[label].copy()

        return np.asarray(call(self.f, with_floats(changed, self.arrays)))


def _free(name, taken):
    """Return a name that is not among those taken."""
    return next(n for n in (name, *(f"{name} ({k})" for k in range(2, len(taken) + 3))) if n not in taken)


def is_floating(value):
    """Return whether `value` is a number or an array that a gradient is taken of; complex ones are refused later."""
    return isinstance(value, float | complex) or getattr(value, "dtype", np.dtype(int)).kind in "fc"


def _each(change, values, depth=0, name="{}"):
    """Return a list, tuple or dict with ``change(name, entry)`` in place of each entry, also of lists in it."""

    def changed(key, value):
        path = name.format(key if depth == 0 else repr(key))
        if isinstance(value, dict | list | tuple) and depth < DEEPEST:
            return _each(change, value, depth + 1, path.replace("{", "{{").replace("}", "}}") + "[{}]")
        return change(path, value)

    if isinstance(values, dict):
        return {key: changed(key, value) for key, value in values.items()}
    entries = [changed(k, value) for k, value in enumerate(values)]
    if hasattr(values, "_fields"):  # a named tuple
        return type(values)(*entries)
    return entries if isinstance(values, list) else tuple(entries)


def with_floats(change, arguments):
    """Return arguments with ``change(name, value)`` in place of each that `is_floating`, and copies of other arrays.

    Examples
    --------
    >>> with_floats(lambda name, value: name, {"W": [0.5, 2.0], "k": 3})
    {'W': ['W[0]', 'W[1]'], 'k': 3}
    """

    def changed(name, value):
        if is_floating(value):
            return change(name, value)
        return value.copy() if isinstance(value, np.ndarray) else value

    return _each(changed, arguments)


def dtype_of_floats(arguments):
    """Return the dtype that floats of Python take on among some arguments: float32 if all arrays are."""
    found = []
    with_floats(lambda _, value: found.append(getattr(value, "dtype", None)), arguments)
    found = [dtype for dtype in found if dtype is not None]
    return np.float32 if found and all(dtype.itemsize == 4 for dtype in found) else np.float64


def call(f, arguments):
    """Call a function with arguments by name, whatever kinds of parameters it has."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):  # of NumPy's own some tell nothing
        return f(*arguments.values())
    by_name, by_place = dict(arguments), []
    rest = any(p.kind is p.VAR_POSITIONAL and p.name in by_name for p in parameters)
    for p in parameters:
        if p.name in by_name:
            if p.kind is p.VAR_POSITIONAL:
                by_place += by_name.pop(p.name)
            elif p.kind is p.POSITIONAL_ONLY or (rest and p.kind is p.POSITIONAL_OR_KEYWORD):
                by_place.append(by_name.pop(p.name))
    return f(*by_place, **by_name)


@contextmanager
def _watch(f):
    """Give a dict that will hold the local variables of f as they are when it returns."""
    found, code, before = {}, _code_of(f), sys.getprofile()

    def watch(frame, event, argument):
        if event == "return" and frame.f_code is code:  # if f calls itself, the outermost call returns last
            found.clear()
            found.update(frame.f_locals)
        if before is not None:
            before(frame, event, argument)

    if code is None or not callable(before or print):  # cProfile, up to Python 3.11, stands no other beside it
        yield found
        return
    sys.setprofile(watch)
    try:
        yield found
    finally:
        sys.setprofile(before)


def _code_of(f):
    """Return the code of a function, of what a partial one or a decorated one calls, or of an object that is called."""
    f = inspect.unwrap(f)
    if isinstance(f, partial):
        return _code_of(f.func)
    return getattr(f if inspect.isroutine(f) else inspect.unwrap(type(f).__call__), "__code__", None)


def _as_output(value):
    if isinstance(value, Variable):
        return value
    if isinstance(value, int | float | np.number | np.bool | np.ndarray):
        return constant(value)
    hint = "; is a return missing?" if value is None else ""
    raise TypeError(f"f must return one array or number, got {short(value)}{hint}")


def _name(v, names, inputs):
    """Give a variable that f made the first of some names, told apart from those of the inputs."""
    if not v.name:  # nobody but f has seen it yet, so that it can still be changed
        name = names[0] if names[0] != "<lambda>" else "output"
        v.name = _free(name, inputs)
