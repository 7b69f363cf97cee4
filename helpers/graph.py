"""The computational graph as a data structure: variables, the operators between them, and two walks over them.

`run` walks a graph forward and computes values. `gradient` walks it backward and returns a larger graph, which
holds the backward pass too; the same `run` evaluates it. The operators themselves are in `helpers.operators`.
"""

from collections import Counter

import numpy as np

from helpers.inputs import as_array, as_list, check_kind, plain_array


class Operator:
    """An operator with its inputs and its three rules.

    Attributes
    ----------
    label : str
        What stands in its circle.
    inputs : tuple of Variable
    value : callable
        The value rule: from the arrays of the inputs to the array of the output.
    prods : tuple of callable or None
        The `prod` rules, one for each input: from the variable ∂J/∂output to the variable ∂J/∂input, a vector–Jacobian
        product built from operators. None where an input, such as a label, has no gradient.
    shape : callable
        The shape rule: from the shapes of the inputs to the shape of the output. A length that is not known is None,
        and so is a shape of which nothing is known.
    place : tuple or None
        Column and row of its circle in a picture.
    prod_places : tuple or None
        The places of the operators that its `prod` rules make.
    seed_of : Variable or None
        Of the 1 that a backward pass starts from: its objective, if only `run` can tell whether that is a scalar.
    """

    def __init__(self, label, inputs, value, prods, shape):
        check_kind("label", label, str, "a text")
        self.label, self.inputs, self.value, self.prods, self.shape = label, tuple(inputs), value, prods, shape
        self.place = self.prod_places = self.seed_of = None


class Variable:
    """A variable of a graph, equal to itself alone.

    Parameters
    ----------
    name : str
        What stands in its square; a variable without a name is drawn as an arrow.
    operator : Operator, optional
        What computes it. A variable without an operator is an input: its value is fed.

    Attributes
    ----------
    of, objective : Variable or None
        Of a gradient: the variable that it belongs to, and the objective J that it is the gradient of.
    parameter : bool
        Whether its square is filled.
    place, gradient_place, sum_place : tuple or None
        Column and row in a picture of its square, of its gradient's, and of the + that adds up its gradient.

    Examples
    --------
    >>> Variable("x")
    x
    """

    def __init__(self, name="", operator=None):
        check_kind("name", name, str, "a text")
        check_kind("operator", operator, Operator | None, "an Operator")
        self.name, self.operator = name, operator
        self.of = self.objective = None
        self.parameter = False
        self.place = self.gradient_place = self.sum_place = None

    def __repr__(self):
        return self.name or (f"({self.operator.label})" if self.operator else "(no name)")


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
    order, seen = [], set()
    stack = [(variable, False) for variable in reversed(as_variables("variables", variables))]
    while stack:
        variable, inputs_done = stack.pop()
        if inputs_done:
            order.append(variable)
        elif variable not in seen and variable not in known:
            seen.add(variable)
            stack.append((variable, True))
            if variable.operator:
                stack.extend((v, False) for v in reversed(variable.operator.inputs) if v not in seen)
    return order


@np.errstate(all="ignore")
def run(outputs, feeds):
    """Compute variables from the values of others.

    Each operator is visited once, in dependency order, and each value is let go after its last use. The last output
    comes first: where gradients are asked for layer by layer, as in ``[J, dW1, dW2]``, the walk back from the output
    then lets go of a layer's values before it comes to the next.

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
        If a variable that is needed has no value, a variable that is fed is not in the graph, a value holds NaN or
        infinity, shapes do not fit, or `gradient` was taken of something that turns out not to be a scalar.

    Examples
    --------
    >>> from helpers.operators import multiply
    >>> a = Variable("a")
    >>> print(*run([multiply(a, a)], {a: 3.0}))
    9.0
    """
    check_kind("feeds", feeds, dict, "a dict from variables to arrays")
    for v in feeds:
        if not isinstance(v, Variable):
            raise TypeError(f"feeds has the key {v!r}; wanted a Variable")
    order, uses = schedule(outputs, feeds)
    _check_feeds(outputs, feeds, uses)
    labels = {i for v in order for i, rule in zip(v.operator.inputs, v.operator.prods, strict=True) if rule is None}
    values = {v: _fed(v, value, v in labels) for v, value in feeds.items()}
    _check_seeds(order, values)
    for variable in order:
        operator = variable.operator
        try:
            values[variable] = operator.value(*[values[v] for v in operator.inputs])
        except (ValueError, IndexError) as error:
            came = ", ".join(f"{v!r} of shape {np.shape(values[v])}" for v in operator.inputs)
            raise ValueError(f"operator {operator.label} cannot compute {variable!r} from {came}: {error}") from None
        for v in operator.inputs:
            uses[v] -= 1
            if not uses[v]:
                del values[v]
    return [values[v] for v in outputs]


def schedule(outputs, fed):
    """Return the order in which `run` visits variables, and how often each is used.

    Parameters
    ----------
    outputs : list of Variable
    fed : container of Variable

    Returns
    -------
    list of Variable, Counter
        Being asked for counts as a use.

    Raises
    ------
    ValueError
        If a variable that is needed is not fed.

    Examples
    --------
    >>> from helpers.operators import multiply
    >>> a = Variable("a")
    >>> schedule([multiply(a, a, name="b")], {a})
    ([b], Counter({a: 2, b: 1}))
    """
    outputs = as_variables("outputs", outputs)
    order = topological_order(outputs[::-1], fed)
    for v in order:
        if v.operator is None:
            raise ValueError(f"{v!r} has no value; wanted one fed, since {_names(outputs)} depends on it")
    return order, Counter([*outputs, *(i for v in order for i in v.operator.inputs)])


def gradient(J, variables):
    """Return the gradients of the scalar `J`, as variables of a larger graph (B1–B7, for any graph).

    This is reverse-mode differentiation: a walk from J back to the inputs. At each operator its `prod` rules turn the
    gradient of the output into gradients of the inputs (C1), and gradients that meet at a variable are added, in a
    fixed order.

    Parameters
    ----------
    J : Variable
        A scalar.
    variables : sequence of Variable

    Returns
    -------
    list of Variable
        ∂J/∂v for each v, to be evaluated by `run`; zeros of the shape of v where v does not matter for J.

    Raises
    ------
    TypeError
        If J, or an entry of `variables`, is not a Variable.
    ValueError
        If J is not a scalar (also raised by `run`, where only the values tell), or an operator on the way has no
        further derivative.

    Examples
    --------
    >>> from helpers.operators import multiply
    >>> a = Variable("a")
    >>> (dJ_da,) = gradient(multiply(a, a, name="J"), [a])
    >>> print(dJ_da, *run([dJ_da], {a: 3.0}))
    ∂J/∂a 6.0
    """
    from helpers.operators import add, one, same, zeros  # operators are made of graphs, and gradients of operators

    (J,) = as_variables("J", [J])
    variables = as_variables("variables", variables)
    order = topological_order([J])
    shape = shapes([J], {})[J]
    if shape is not None and shape != ():
        raise ValueError(f"J is {J!r}, an array of {len(shape)} axes; wanted a scalar, such as a sum")

    matters = set(variables)  # what depends on one of them; the rest of the graph needs no gradient
    for v in order:
        if v.operator and any(i in matters for i in v.operator.inputs):
            matters.add(v)

    arriving = {J: [one()]}
    if shape is None:  # only values will tell whether J is a scalar
        arriving[J][0].operator.seed_of = J
    gradients = {}
    for v in reversed(order):
        if v not in arriving:
            continue
        total = arriving[v][0]
        for other in arriving[v][1:]:
            total = add(total, other)
            total.operator.place = v.sum_place
        if total.of is not None:  # the gradient of another variable too, such as both summands of a sum
            total = same(total)
        total.name, total.of, total.objective, total.place = f"∂{J.name}/∂{v.name}", v, J, v.gradient_place
        gradients[v] = total
        operator = v.operator
        if operator is None:
            continue
        for k, (i, rule) in enumerate(zip(operator.inputs, operator.prods, strict=True)):
            if i in matters:
                if rule is None:
                    raise ValueError(f"operator {operator.label} has no derivative with respect to {i!r}")
                arrived = rule(total)
                if arrived is not total and operator.prod_places:
                    arrived.operator.place = operator.prod_places[k]
                arriving.setdefault(i, []).append(arrived)
    for v in variables:
        if v not in gradients:
            gradients[v] = zeros(v)
            gradients[v].name, gradients[v].of, gradients[v].objective = f"∂{J.name}/∂{v.name}", v, J
    return [gradients[v] for v in variables]


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
        From variables to shapes; None, or a length of None, where nothing is known.

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
    for v, shape in known.items():
        if shape is not None and not (isinstance(shape, tuple | list) and all(map(_is_length, shape))):
            raise TypeError(f"the shape of {v!r} is {shape!r}; wanted a tuple of whole numbers")
    found = {v: shape if shape is None else tuple(shape) for v, shape in known.items()}
    for variable in topological_order(variables, found):
        operator = variable.operator
        try:
            found[variable] = operator.shape(*[found[v] for v in operator.inputs]) if operator else None
        except ValueError as error:
            raise ValueError(f"operator {operator.label} cannot compute {variable!r}: {error}") from None
    return found


def _is_length(n):
    return n is None or isinstance(n, int | np.integer) and n >= 0


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
    TypeError: outputs is the variable J; wanted a list of variables
    """
    if isinstance(variables, Variable):
        raise TypeError(f"{name} is the variable {variables!r}; wanted a list of variables")
    variables = as_list(name, variables, "a list of variables")
    for v in variables:
        if not isinstance(v, Variable):
            raise TypeError(f"{name} holds {v!r}; wanted a Variable")
    return variables


def _names(variables):
    return ", ".join(map(repr, variables))


def _fed(variable, value, is_label):
    """Return a value as `run` uses it: class numbers as they are, since a loss checks them, and all else as numbers."""
    array = plain_array(repr(variable), value)
    if array.size == 0:
        raise ValueError(f"{variable!r} has shape {array.shape}; wanted at least one entry in each axis")
    return array if is_label and array.dtype.kind in "iu" else as_array(repr(variable), array)


def _check_feeds(outputs, feeds, uses):
    unused = [v for v in feeds if v not in uses]
    if unused:  # nothing to say of one that another feed has cut off
        for v in set(unused).difference(topological_order(outputs)):
            raise ValueError(f"{v!r} is fed and not in the graph of {_names(outputs)}")


def _check_seeds(order, values):
    known = {fed: np.shape(value) for fed, value in values.items()}
    for J in {v.operator.seed_of for v in order} - {None}:
        shape = shapes([J], known)[J]
        if shape is not None and shape != ():
            raise ValueError(f"the gradient of {J!r} was asked for, which has shape {shape}; wanted a scalar")
