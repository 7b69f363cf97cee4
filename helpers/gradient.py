"""Reverse-mode differentiation: the walk from an objective back to its inputs, for any graph."""

from helpers.graph import Operator, Variable, as_variables, topological_order
from helpers.operators import ONE, SAME, add, one, zeros


def gradient(J, variables):
    """Return the gradients of the scalar `J`, as variables of a larger graph (B1–B7, for any graph).

    The walk starts with 1 at J. At each operator its `prod` rules turn the gradient of the output into gradients of
    the inputs (C1), and gradients that meet at a variable are added, in a fixed order.

    Parameters
    ----------
    J : Variable
        A scalar.
    variables : sequence of Variable

    Returns
    -------
    list of Variable
        ∂J/∂v for each v, to be evaluated by `run`, which raises ValueError if J turns out not to be a scalar; zeros of
        the shape of v where J does not depend on v.

    Raises
    ------
    TypeError
        If J, or an entry of `variables`, is not a Variable.
    ValueError
        If J is known not to be a scalar, or an operator on the way has no further derivative.

    Examples
    --------
    >>> from helpers.graph import run
    >>> from helpers.operators import multiply
    >>> a = Variable("a")
    >>> (dJ_da,) = gradient(multiply(a, a, name="J"), [a])
    >>> print(dJ_da, *run([dJ_da], {a: 3.0}))
    ∂J/∂a 6.0
    """
    (J,) = as_variables("J", [J])
    if J.shape not in (None, ()):
        raise ValueError(f"gradient: expected a scalar, got {J!r} of shape {J.shape}")
    variables = as_variables("variables", variables)
    order = topological_order([J])
    taken = set(order)  # these, and gradients found already, are not renamed
    wanted = set(variables)
    matters = set(variables)  # and what depends on one of them: the rest of the graph needs no gradient
    for v in order:
        if v.operator and not matters.isdisjoint(v.operator.inputs):
            matters.add(v)

    arrived, gradients = {J: one()}, {}
    for v in reversed(order):
        if v in arrived:
            if v.name or v in wanted:
                arrived[v] = _named(arrived[v], v, J, taken)
            total = gradients[v] = arrived[v]
            taken.add(total)
            for i, rule in zip(v.operator.inputs, v.operator.prods, strict=True) if v.operator else ():
                if i in matters:
                    if rule is None:
                        raise ValueError(f"operator {v.operator.label} has no derivative with respect to {i!r}")
                    more = rule(total)
                    if more is not None:
                        arrived[i] = add(arrived[i], more) if i in arrived else more
    return [gradients[v] if v in gradients else _named(zeros(v), v, J, taken) for v in variables]


def _named(total, v, J, taken):
    """Return `total` as ∂J/∂v: through an operator more, if it is another gradient or a variable of the graph."""
    operator = total.operator
    if total in taken:
        operator = Operator(ONE, ()) if operator and operator.rule is ONE else Operator(SAME, (total,))
    return Variable(f"∂{J.name}/∂{v.name}" if v.name else "", operator, of=v, objective=J)
