"""The computational graph as a data structure: variables, the operators between them, and the walk that computes.

`run` computes variables from the values of others, and a `plan` does so many times. The operators are in
`helpers.operators`, and the walk back, which returns a larger graph, is in `helpers.gradient`.
"""

import sys
from collections.abc import Callable
from functools import partial

import numpy as np

from helpers._validation import as_array, as_list, check_kind, plain_array, short

DEEPEST_COPY = 40  # operators in a row: copy and pickle call themselves several times for each
NUMPY = {}  # from NumPy's functions to what they do with variables: `helpers.numpy_operators` fills it
INSTEAD = {}  # and from some that do not take variables to what can be written instead


class Rule:
    """What an operator does, whatever its inputs are: a constant of a module, pickled by its name there.

    Parameters
    ----------
    name : str
        The name of the constant.
    label : str or callable
        What stands in the circle, or a function from the parameters to it.
    value : callable
        ``value(*arrays, **parameters)`` is the value of the output. It may not write into the arrays.
    prods : tuple of callable or None, or callable
        One rule per input: ``prod(dJ, *inputs, **parameters)``, from the variable ∂J/∂output to the variable
        ∂J/∂input, a vector–Jacobian product made of operators; or to None, where ∂J/∂input is zero wherever it
        exists, as for a step. None for an input, such as a label, that has no gradient. An operator with any number
        of inputs has one rule for all, which is given the number ``k`` of the input too.
    shape : callable
        ``shape(*shapes, **parameters)`` is the shape of the output. It raises ValueError where shapes do not fit, so
        that `value` need not.
    view : bool
        Whether the value takes no memory of its own: it is the first input's array or a view of it, or, where there
        is no input, an array of the graph.
    bytes_each : int, optional
        The bytes of an entry of the value, if these do not depend on the dtype of the inputs.
    """

    def __init__(self, name, label, value, prods, shape, view=False, bytes_each=None):
        check_kind("label", label, str | Callable, "a string, or a function of the parameters")
        self.name, self.label, self.value, self.prods, self.shape = name, label, value, prods, shape
        self.view, self.bytes_each = view, bytes_each
        self.__module__ = sys._getframe(1).f_globals["__name__"]  # where pickle looks for the name

    def __reduce__(self):
        return self.name

    def __repr__(self):
        return self.name


class Operator:
    """A rule applied to variables.

    Attributes
    ----------
    rule : Rule
    inputs : tuple of Variable
    parameters : dict
        What else the rule needs, such as the activation.
    label : str
        What stands in its circle.
    prods : tuple of callable or None
        The rule's `prods` for these inputs: each takes the variable ∂J/∂output and returns the variable ∂J/∂input.
    """

    def __init__(self, rule, inputs, **parameters):
        self.rule, self.inputs, self.parameters = rule, tuple(inputs), parameters
        for v in self.inputs:
            if not isinstance(v, Variable):
                raise TypeError(f"operator {self.label}: expected variables, got {short(v)}")

    @property
    def label(self):
        label = self.rule.label(**self.parameters) if callable(self.rule.label) else self.rule.label
        check_kind(f"the label of {self.rule.name}", label, str, "a string")
        return label

    @property
    def prods(self):
        rules = self.rule.prods
        if callable(rules):
            rules = [partial(rules, k=k) for k in range(len(self.inputs))]
        return tuple(rule and partial(self._prod, rule) for rule in rules)

    def _prod(self, rule, dJ):
        return rule(dJ, *self.inputs, **self.parameters)


class Variable:
    """A variable of a graph, equal to itself alone.

    Parameters
    ----------
    name : str
        What stands in its square; a variable without a name is drawn as an arrow.
    operator : Operator, optional
        What computes it. A variable without an operator is an input: its value is fed.
    parameter : bool
        Whether training changes it. Its square is filled.
    of, objective : Variable, optional
        Of a gradient: the variable that it belongs to, and the scalar J that it is the gradient of.
    shape : tuple of int, optional
        Of an input: the one shape that may be fed. An operator's output has the shape that follows, or None.

    Raises
    ------
    TypeError
        If an argument is not as described above.
    ValueError
        If the shapes of the operator's inputs are known and do not fit.

    Examples
    --------
    >>> Variable("x")
    x
    """

    def __init__(self, name="", operator=None, *, parameter=False, of=None, objective=None, shape=None):
        check_kind("name", name, str, "a string")
        check_kind("operator", operator, Operator | None, "an Operator")
        self.name, self.operator, self.parameter, self.of, self.objective = name, operator, parameter, of, objective
        self.shape = None if shape is None else _as_shape(self, shape)
        if operator:
            self.shape = _shape_of_output(self, [i.shape for i in operator.inputs])

    def __repr__(self):
        return self.name or (f"({self.operator.label})" if self.operator else "(no name)")

    def __getstate__(self):
        """Return the attributes to copy or pickle, or raise ValueError if the graph is too deep for their recursion."""
        depth = {}
        for v in topological_order([self]):
            depth[v] = 1 + max((depth[i] for i in v.operator.inputs), default=0) if v.operator else 0
        if depth[self] > DEEPEST_COPY:
            raise ValueError(
                f"cannot copy or pickle {self!r}: expected at most {DEEPEST_COPY} operators in a row, "
                f"got {depth[self]}; build the graph once more instead"
            )
        return self.__dict__

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        return _numpy(ufunc, "" if method == "__call__" else f".{method}", inputs, options)

    def __array_function__(self, function, types, inputs, options):
        return _numpy(function, "", inputs, options)


def _numpy(function, method, inputs, options):
    """Return what a function of NumPy makes of inputs, some of which are variables."""
    if method or function not in NUMPY:
        name = f"{getattr(function, '__module__', 'numpy')}.{function.__name__}{method}".replace("numpy.", "np.", 1)
        known = ", ".join(sorted({f.__name__ for f in NUMPY})) or "none until helpers.numpy_operators is imported"
        instead = f" (write {INSTEAD[function]} instead)" if not method and function in INSTEAD else ""
        raise TypeError(f"{name} does not take variables{instead}; of NumPy's functions, these do: {known}")
    return NUMPY[function](*inputs, **options)


def topological_order(variables, known=()):
    """Return all that `variables` depend on, and themselves, each after the inputs of its operator.

    Parameters
    ----------
    variables : iterable of Variable
    known : container of Variable
        Variables that need not be computed: the walk does not go past them, and they are not listed.

    Returns
    -------
    list of Variable

    Notes
    -----
    A depth-first walk with a stack of its own: a chain of thousands of operators would be too deep for recursion.

    Examples
    --------
    >>> from helpers.operators import add, multiply
    >>> a = Variable("a")
    >>> b = add(a, a, name="b")
    >>> topological_order([multiply(b, b, name="c")])
    [a, b, c]
    """
    order, begun, done = [], set(), set(known)
    stack = as_variables("variables", variables)[::-1]
    while stack:
        v = stack.pop()
        if v in done:
            continue
        if v in begun:  # its inputs are all done
            done.add(v)
            order.append(v)
        else:
            begun.add(v)
            stack.append(v)
            if v.operator:
                stack += v.operator.inputs[::-1]
    return order


def run(outputs, feeds):
    """Compute variables from the values of others: a `plan` used once.

    Parameters
    ----------
    outputs : sequence of Variable
    feeds : dict
        From variables to arrays. Feeding a variable that has an operator cuts the graph there.

    Returns
    -------
    list of arrays
        The values of the outputs. What is too large for its dtype is infinite or NaN.

    Raises
    ------
    TypeError
        If something other than a Variable is asked for or fed, or values are not real numbers.
    ValueError
        If no value was fed for a variable that is needed, the outputs do not depend on one that was fed, a value holds
        NaN or infinity, shapes do not fit, or the objective of a gradient is not a scalar.

    Examples
    --------
    >>> from helpers.operators import multiply
    >>> a = Variable("a")
    >>> print(*run([multiply(a, a)], {a: 3.0}))
    9.0
    """
    return plan(outputs)(feeds)


def plan(outputs):
    """Return a function that computes `outputs` from feeds, as `run` does.

    When it is first called it works out the order of the operators, the last use of each value and all shapes. Later
    calls do so only where other variables, or other shapes, are fed.

    Each operator is visited once, in dependency order, and each value is let go after its last use. The last output
    comes first: where gradients are asked for layer by layer, as in ``[J, dW1, dW2]``, the walk back from the output
    then lets go of a layer's values before it comes to the next.

    Parameters
    ----------
    outputs : sequence of Variable

    Returns
    -------
    Plan
        From feeds to the list of values.

    Examples
    --------
    >>> from helpers.operators import multiply
    >>> a = Variable("a")
    >>> square = plan([multiply(a, a)])
    >>> print(*square({a: 3.0}), *square({a: 4.0}))
    9.0 16.0
    """
    return Plan(outputs)


class Plan:
    """See `plan`.

    Attributes
    ----------
    outputs : list of Variable
    """

    def __init__(self, outputs):
        self.outputs, self._walk = as_variables("outputs", outputs), None

    def __repr__(self):
        return f"plan of {_names(self.outputs)}"

    def __call__(self, feeds):
        check_kind("feeds", feeds, dict, "a dict from variables to arrays")
        walk = self._walk
        if walk is None or walk.fed != feeds.keys():
            walk = self._walk = _Walk(self.outputs, feeds)
        return walk(feeds)


class _Walk:
    """The walk of a plan over its operators, for one set of fed variables.

    A label that is fed has a value of its own, beside the one that all other operators see: its integers stay
    integers. So the dtype of a value does not depend on what else is asked for.
    """

    def __init__(self, outputs, fed):
        self.order, uses = schedule(outputs, fed)
        self.outputs, self.fed, self.steps = outputs, set(fed), []
        self.shapes: tuple = None, None  # of the feeds that were checked last, and of the results of the steps
        for v in self.order:
            rule, inputs, parameters = v.operator.rule, v.operator.inputs, v.operator.parameters
            keys = inputs
            if not callable(rule.prods) and None in rule.prods:
                keys = [
                    (i, "label") if prod is None and i in self.fed else i
                    for i, prod in zip(inputs, rule.prods, strict=True)
                ]
            for i in inputs:
                uses[i] -= 1
            done = {key for key in keys if not uses.get(key, 1)}
            self.steps.append((v, partial(rule.value, **parameters) if parameters else rule.value, keys, done))
        needed = {key for _, _, keys, _ in self.steps for key in keys} | {*outputs}
        self.labels = [v for v in fed if (v, "label") in needed]
        self.numbers = [v for v in fed if v in needed or v not in self.labels]

    @np.errstate(all="ignore")
    def __call__(self, feeds):
        values = {v: _fed(v, feeds[v]) for v in self.numbers}
        values |= {(v, "label"): _fed(v, feeds[v], is_label=True) for v in self.labels}
        for (v, value, keys, done), shape in zip(self.steps, self._shapes_for(values), strict=True):
            arrays = [values[key] for key in keys]
            try:
                result = value(*arrays)
                if getattr(result, "shape", ()) != shape:
                    raise ValueError(f"expected a result of shape {shape}, got shape {np.shape(result)}")
            except (ValueError, IndexError) as error:
                raise _cannot(v, map(np.shape, arrays), error) from None
            values[v] = result
            arrays.clear()
            for key in done:
                del values[key]
        return [values[v] for v in self.outputs]

    def _shapes_for(self, values):
        """Return the shape of each step's result, worked out anew where other shapes are fed than before."""
        fed = [value.shape for value in values.values()]
        if fed != self.shapes[0]:
            found = {key[0] if isinstance(key, tuple) else key: value.shape for key, value in values.items()}
            try:
                _find_shapes(self.order, found)
            finally:  # an objective that is not a scalar may be why shapes do not fit
                self._check_objectives(found)
            self.shapes = fed, [found[v] for v in self.order]
        return self.shapes[1]

    def _check_objectives(self, found):
        objectives = {v.objective for v in self.order} - {None}
        _find_shapes(topological_order(objectives, found), found)
        for J in objectives:
            if found[J] not in (None, ()):
                raise ValueError(f"gradient: expected a scalar, got {J!r} of shape {found[J]}") from None


def schedule(outputs, fed):
    """Return the order in which a plan visits variables, and how often each is used.

    Parameters
    ----------
    outputs : list of Variable
    fed : container of Variable

    Returns
    -------
    list of Variable, dict
        The operators' outputs in order, and the uses of each variable. A requested output counts as one use.

    Raises
    ------
    TypeError
        If something other than a variable is fed.
    ValueError
        If a variable that is needed is not fed, or one is fed that neither the outputs depend on nor, where they are
        gradients, their objectives.

    Examples
    --------
    >>> from helpers.operators import multiply
    >>> a = Variable("a")
    >>> schedule([multiply(a, a, name="b")], {a})
    ([b], {b: 1, a: 2})
    """
    outputs = as_variables("outputs", outputs)
    order = topological_order(outputs[::-1], fed)
    uses = dict.fromkeys(order, 0)
    for v in order:
        for i in v.operator.inputs if v.operator else ():
            uses[i] = uses.get(i, 0) + 1
    for v in outputs:
        uses[v] = uses.get(v, 0) + 1
    for v in as_variables("feeds", fed):
        is_argument = v.operator is None and v.shape is not None  # of a function that may have no use for it
        if v not in uses and not is_argument and v not in (related := _related(outputs)):
            if v.of is not None and any(u.of is v.of and u.objective is v.objective for u in related):
                raise ValueError(
                    f"{v!r} was fed, but {_names(outputs)} has a {v!r} of another call of gradient: "
                    "ask for all gradients in one call"
                )
            raise ValueError(f"{v!r} was fed, but {_names(outputs)} does not depend on it")
    for v in order:
        if v.operator is None:
            raise ValueError(f"no value was fed for {v!r}, which {_names(outputs)} needs")
    return order, uses


def _related(outputs):
    """Return all that the outputs depend on, or the objectives whose gradients they are."""
    roots, related = outputs, set()
    while roots:  # an objective may be made of gradients, which have objectives of their own
        related |= {*topological_order(roots, related)}
        roots = {v.objective for v in related} - {None} - related
    return related


def shapes(variables, known):
    """Return the shape of every variable that `variables` depend on, by the shape rules alone.

    Parameters
    ----------
    variables : sequence of Variable
    known : dict
        From variables to shapes.

    Returns
    -------
    dict
        From variables to shapes, or to None where the shape of an input is not known, nor its own.

    Raises
    ------
    TypeError
        If something in `known` is not a shape.
    ValueError
        If shapes do not fit.

    Examples
    --------
    >>> from helpers.operators import matmul
    >>> W, x = Variable("W"), Variable("x")
    >>> z = matmul(W, x, name="z")
    >>> shapes([z], {W: (3, 4), x: (4, 7)})[z]
    (3, 7)
    """
    check_kind("known", known, dict, "a dict from variables to shapes")
    found = {v: _as_shape(v, shape) for v, shape in known.items()}
    _find_shapes(topological_order(variables, found), found)
    return found


def _as_shape(v, shape):
    if not (isinstance(shape, tuple | list) and all(isinstance(n, int | np.integer) and n >= 0 for n in shape)):
        raise TypeError(f"the shape of {v!r}: expected a tuple of integers >= 0, got {shape!r}")
    shape = tuple(map(int, shape))
    if getattr(v, "shape", None) not in (None, shape):
        raise ValueError(f"{v!r}: expected shape {v.shape}, got {shape}")
    return shape


def _find_shapes(order, found):
    """Put the shape of each variable of `order` into `found`."""
    for v in order:
        found[v] = _shape_of_output(v, [found[i] for i in v.operator.inputs]) if v.operator else v.shape


def _shape_of_output(v, of_inputs):
    try:
        return None if None in of_inputs else v.operator.rule.shape(*of_inputs, **v.operator.parameters)
    except ValueError as error:
        raise _cannot(v, of_inputs, error) from None


def as_variables(name, variables):
    """Return `variables` as a list.

    Raises
    ------
    TypeError
        If it is a single one, or something else.

    Examples
    --------
    >>> as_variables("outputs", Variable("J"))
    Traceback (most recent call last):
        ...
    TypeError: outputs must be a list of variables, got the variable J
    """
    if isinstance(variables, Variable):
        raise TypeError(f"{name} must be a list of variables, got the variable {variables!r}")
    variables = as_list(name, variables, "a list of variables")
    for v in variables:
        if not isinstance(v, Variable):
            raise TypeError(f"{name}: expected variables, got {short(v)}")
    return variables


def _names(variables):
    return ", ".join(map(repr, variables))


def _cannot(v, of_inputs, error):
    """Return the error that says which operator failed, and on what."""
    given = ", ".join(f"{i!r} of shape {shape}" for i, shape in zip(v.operator.inputs, of_inputs, strict=True))
    return ValueError(f"operator {v.operator.label} cannot compute {v!r} from {given}: {error}")


def _fed(v, value, is_label=False):
    """Return a value that was fed as an array. The class numbers of a label stay integers, and the loss checks them."""
    array = plain_array(repr(v), value)
    if array.size == 0:
        raise ValueError(f"{v!r}: expected at least one entry along each axis, got shape {array.shape}")
    if v.shape not in (None, array.shape):
        raise ValueError(f"{v!r}: expected shape {v.shape}, got {array.shape}")
    array = array if is_label and array.dtype.kind in "iu" else as_array(repr(v), array)
    view = array.view()  # so that nobody writes into the reader's array by way of a result that is a view of it
    view.flags.writeable = False
    return view
