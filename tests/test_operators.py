"""`helpers.operators`: every operator's value, shape and `prod` rules, from one table of cases.

A new operator needs a case in CASES; a test fails until it has one.
"""

import functools
import inspect
import pickle
import re
import warnings
from collections.abc import Callable
from itertools import chain, combinations, product
from typing import NamedTuple

import numpy as np
import pytest
from strategies import ACTIVATIONS, LOSSES, draw_labels

from helpers import numpy_operators, operators
from helpers.checking import numerical_gradient
from helpers.functions import cross_entropy, squared_error, tanh
from helpers.gradient import gradient
from helpers.graph import Rule, Variable, run, shapes, topological_order
from helpers.operators import (
    activate,
    activate_prod,
    add,
    add_bias,
    compare,
    compare_hessian,
    compare_prod,
    decay,
    hidden_layers,
    matmul,
    multiply,
    one,
    one_hidden_layer,
    penalty,
    same,
    scale,
    spread,
    sum_columns,
    transpose,
    zeros,
)
from helpers.operators import sum as total

FLAGS = list(product([False, True], repeat=2))


def normal(*shape):
    """Return fixed random numbers, a different array for each shape."""
    return np.random.default_rng([17, *shape]).standard_normal(shape)


def softmax(o):
    return np.exp(o) / np.exp(o).sum(axis=0)


def loss_value(loss, o, y):
    n = o.shape[1]
    return np.sum((o - y) ** 2) / (2 * n) if loss is squared_error else -np.mean(np.log(softmax(o)[y, np.arange(n)]))


def loss_gradient(loss, o, y):
    n = o.shape[1]
    return (o - y if loss is squared_error else softmax(o) - np.eye(len(o))[:, y]) / n


def loss_hessian(loss, o, v):
    """Return the Hessian applied to v, of which each column has its own matrix."""
    if loss is squared_error:
        return v / o.shape[1]
    columns = [(np.diag(p) - np.outer(p, p)) @ w for p, w in zip(softmax(o).T, v.T, strict=True)]
    return np.stack(columns, axis=1) / o.shape[1]


class Case(NamedTuple):
    """An operator: how it is made from variables, what NumPy says, and arrays to try it with.

    `smooth` numbers the inputs that have a first derivative. The operators that a reader builds a graph from,
    `forward`, have a second one too.
    """

    build: Callable
    value: Callable
    inputs: tuple
    smooth: tuple = (0,)
    forward: bool = True


def matmul_case(turn_a, turn_b):
    a, b = normal(2, 3), normal(3, 4)
    letters = f"{'ki' if turn_a else 'ik'},{'jk' if turn_b else 'kj'}->ij"
    return Case(
        lambda a, b, **name: matmul(a, b, turn_a, turn_b, **name),
        lambda a, b: np.einsum(letters, a, b),
        (a.T if turn_a else a, b.T if turn_b else b),
        smooth=(0, 1),
    )


def loss_cases(loss):
    o, v = normal(3, 5), 1 + normal(3, 5)
    y = draw_labels(loss, np.random.default_rng(0), 3, 5)
    c = np.array(1.5)
    return {
        f"compare, {loss.name}": Case(
            lambda o, y, **name: compare(o, y, loss, **name), lambda o, y: loss_value(loss, o, y), (o, y)
        ),
        f"compare_prod, {loss.name}": Case(
            lambda dJ, o, y, **name: compare_prod(dJ, o, y, loss, **name),
            lambda dJ, o, y: dJ * loss_gradient(loss, o, y),
            (c, o, y),
            smooth=(0, 1),
            forward=False,
        ),
        f"compare_hessian, {loss.name}": Case(
            lambda dJ, o, y, v, **name: compare_hessian(dJ, o, y, v, loss, **name),
            lambda dJ, o, y, v: dJ * loss_hessian(loss, o, v),
            (c, o, y, v),
            smooth=(0, 3),
            forward=False,
        ),
    }


def activation_cases(phi):
    z, dJ = normal(3, 4), 1 + normal(3, 4)
    return {
        f"activate, {phi.name}": Case(lambda z, **name: activate(z, phi, **name), lambda z: phi.value(z), (z,)),
        f"activate_prod, {phi.name}": Case(
            lambda dJ, z, **name: activate_prod(dJ, z, phi, **name),
            lambda dJ, z: dJ * phi.first(z),
            (dJ, z),
            smooth=(0, 1),
            forward=False,
        ),
        f"activate_prod of order 2, {phi.name}": Case(
            lambda dJ, z, **name: activate_prod(dJ, z, phi, 2, **name),
            lambda dJ, z: dJ * phi.second(z),
            (dJ, z),
            forward=False,
        ),
    }


A, B = normal(3, 4), 1 + normal(3, 4)
CASES = {
    **{f"matmul, flags {flags}": matmul_case(*flags) for flags in FLAGS},
    "add": Case(add, lambda a, b: a + b, (A, B), smooth=(0, 1)),
    "add, scalars": Case(add, lambda a, b: a + b, (np.array(2.0), np.array(0.7)), smooth=(0, 1)),
    "multiply": Case(multiply, lambda a, b: a * b, (A, B), smooth=(0, 1)),
    "multiply, scalars": Case(multiply, lambda a, b: a * b, (np.array(2.0), np.array(0.7)), smooth=(0, 1)),
    "transpose": Case(transpose, lambda a: np.swapaxes(a, 0, 1), (A,)),
    "scale": Case(scale, lambda c, a: c * a, (np.array(1.5), A), smooth=(0, 1)),
    "scale, with a factor": Case(
        lambda c, a, **name: scale(c, a, 0.3, **name), lambda c, a: 0.3 * c * a, (np.array(1.5), A), smooth=(0, 1)
    ),
    "decay": Case(
        lambda c, W, **name: decay(c, W, 0.3, **name), lambda c, W: 0.3 * c * W, (np.array(1.5), A), smooth=(0, 1)
    ),
    "sum": Case(total, lambda a: a.ravel().sum(), (A,)),
    "spread": Case(spread, lambda c, like: c + 0 * like, (np.array(1.5), A), smooth=(0, 1)),
    "one": Case(one, lambda: np.ones(()), (), smooth=()),
    "zeros": Case(zeros, lambda like: 0 * like, (A,)),
    "same": Case(same, lambda a: a, (A,)),
    "add_bias": Case(add_bias, lambda z, b: z + np.repeat(b, 4, axis=1), (A, normal(3, 1)), smooth=(0, 1)),
    "sum_columns": Case(sum_columns, lambda a: (a @ np.ones(4))[:, None], (A,)),
    "penalty": Case(
        lambda V, W, **name: penalty((V, W), 0.3, **name),
        lambda V, W: 0.15 * (np.linalg.norm(V) ** 2 + np.linalg.norm(W) ** 2),
        (A, normal(2, 5)),
        smooth=(0, 1),
    ),
    "penalty of one matrix": Case(
        lambda W, **name: penalty([W], 2, **name), lambda W: np.linalg.norm(W) ** 2, (normal(2, 5),)
    ),
}
for phi in ACTIVATIONS:
    CASES |= activation_cases(phi)
for loss in LOSSES:
    CASES |= loss_cases(loss)


# NumPy's notation: an expression is both, the operator and what NumPy says.


def written(expression, *inputs, **case):
    return Case(expression, expression, inputs, **case)


both = {"smooth": (0, 1)}
a3, c, column, row, stack = normal(3), np.array(1.5), normal(3, 1), normal(1, 4), normal(2, 3, 4)
P, Q = np.exp(A), np.exp(B)  # above 0
NOTATION = {
    "-a": written(lambda a: -a, A),
    "+a": written(lambda a: +a, A),
    "copy": written(lambda a: a.copy() * np.copy(a), A),
    "exp": written(np.exp, A),
    "log": written(np.log, P),
    "sqrt": written(np.sqrt, P),
    "tanh": written(np.tanh, A),
    "abs": written(abs, A),
    "sign": written(lambda a: a * np.sign(a), A),
    "square": written(np.square, A),
    "a ** 2": written(lambda a: a**2, A),
    "a ** 1": written(lambda a: a**1, A),
    "a ** 0": written(lambda a: a**0, A),
    "a ** -1": written(lambda a: a**-1, A),
    "a ** 3.5": written(lambda a: a**3.5, 1.5 + 0.1 * A),
    "a ** 2 at 0": written(lambda a: a**2, np.zeros(3)),
    "2 ** a": written(lambda a: 2**a, A),
    "a ** b": written(lambda a, b: a**b, 1.5 + 0.1 * A, B, **both),
    "a ** b, stretched": written(lambda a, b: a**b, P, a3[:, None], **both),
    "a + b": written(lambda a, b: a + b, A, B, **both),
    "a - b": written(lambda a, b: a - b, A, B, **both),
    "a * b": written(lambda a, b: a * b, A, B, **both),
    "a / b": written(lambda a, b: a / b, A, Q, **both),
    "maximum": written(np.maximum, A, B, **both),
    "minimum": written(np.minimum, A, B, **both),
    "column + row": written(lambda a, b: a + b, column, row, **both),
    "row - stack": written(lambda a, b: a - b, row, stack, **both),
    "scalar * stack": written(lambda a, b: a * b, c, stack, **both),
    "stack / row": written(lambda a, b: a / b, stack, np.exp(row), **both),
    "row / column": written(lambda a, b: a / b, row, np.exp(column), **both),
    "scalar - scalar": written(lambda a, b: (a - b) / 2, c, np.array(0.7), **both),
    "maximum, stretched": written(np.maximum, column, stack, **both),
    "minimum, stretched": written(np.minimum, stack, row, **both),
    "number - a": written(lambda a: 2 - a, A),
    "a - number": written(lambda a: a - 2.5, A),
    "number / a": written(lambda a: 2 / a, P),
    "array * a": written(lambda a: np.float32([[1], [2], [3]]) * a, A),
    "a + array": written(lambda a: a + np.arange(4, dtype=np.float32), column),
    "NumPy's number * a": written(lambda a: np.float32(2) * a, A),
    "maximum with 0": written(lambda a: np.maximum(a, 0), A),
    "maximum of scalars": written(np.maximum, c, np.array(0.7), **both),
    "clip": written(lambda a: np.clip(a, -0.5, 0.8), A),
    "clip from below": written(lambda a: np.clip(a, -0.5, None), A),
    "clip from above": written(lambda a: np.clip(a, None, np.float32([[0.5], [1.0], [-0.3]])), row),
    "clip of a scalar": written(lambda a: np.clip(a, -0.5, 2), c),
    "where": written(lambda a, b: np.where(a > b, a * b, a), A, B, **both),
    "where, stretched": written(lambda a, b: np.where(b <= 0.1, a, b), column, row, **both),
    "where of scalars": written(lambda a, b: np.where(a < 1, a, b), c, np.array(0.7), **both),
    "where of a fixed condition": written(lambda a: np.where([True, False, True, False], a, 2), A),
    "where of numbers": written(lambda a: np.where(a >= 0.1, a, -1), A),
    "a * condition": written(lambda a: a * (a > 0), A),
    "condition": written(lambda a, b: np.sum((a <= b) * b), A, B, **both),
    "sum": written(np.sum, stack),
    "sum over rows": written(lambda a: a.sum(axis=0), A),
    "sum over columns": written(lambda a: a.sum(axis=-1, keepdims=True), A),
    "sum over two axes": written(lambda a: np.sum(a, axis=(0, -1)), stack),
    "sum of all, axes kept": written(lambda a: np.sum(a, keepdims=True), A),
    "mean": written(np.mean, stack),
    "mean over rows": written(lambda a: np.mean(a, 0), A),
    "mean over two axes": written(lambda a: a.mean((2, 0), keepdims=True), stack),
    "max": written(np.max, A),
    "max over rows": written(lambda a: a.max(0), A),
    "max over two axes": written(lambda a: np.amax(a, axis=(-1, 1), keepdims=True), stack),
    "min over columns": written(lambda a: np.min(a, axis=1), A),
    "reshape": written(lambda a: a.reshape(2, -1), A),
    "reshape of a transpose": written(lambda a: np.reshape(a.T, (2, 3, 2)), A),
    "reshape to a vector": written(lambda a: np.reshape(a, -1), stack),
    ".T": written(lambda a: a.T, stack),
    "transpose": written(lambda a: np.transpose(a, (2, 0, -2)), stack),
    ".transpose": written(lambda a: a.transpose(1, 2, 0), stack),
    "concatenate": written(
        lambda a, b: np.concatenate([a, 2 * b, a, np.ones((3, 1), np.float32)], axis=1), A, column, **both
    ),
    "concatenate rows": written(lambda a, b: np.concatenate((a, b)), A, row, **both),
    "a[1]": written(lambda a: a[1], A),
    "a[-1, 2]": written(lambda a: a[-1, 2], A),
    "a[::2, None, 1:]": written(lambda a: a[::2, None, 1:], A),
    "a[..., ::-1]": written(lambda a: a[..., ::-1], stack),
    "a[integers]": written(lambda a: a[[2, 0, 2, -1]], A),
    "a[integers, range]": written(lambda a: a[np.array([1, 2, 0, 1]), range(4)], A),
    "a[1:, integers]": written(lambda a: a[1:, np.array([[1, 2], [1, 1]])], stack),
    "a[mask]": written(lambda a: a[np.array([True, False, True])], A),
    "matrix @ matrix": written(lambda a, b: a @ b, A, normal(4, 2), **both),
    "array @ a": written(lambda a: np.ones((2, 3), np.float32) @ a, A),
    "dot": written(np.dot, A, normal(4, 2), **both),
    "log of a sum of exp": written(lambda a: np.log(np.sum(np.exp(a - a.max(axis=0)), axis=0)) + a.max(axis=0), A),
}
KNOWN = {  # what has to know the shapes of its inputs
    "matrix @ vector": written(lambda a, b: a @ b, A, normal(4), **both),
    "vector @ matrix": written(lambda a, b: a @ b, a3, A, **both),
    "vector @ vector": written(lambda a, b: a @ b, a3, normal(1, 3)[0], **both),
    "stack @ matrix": written(lambda a, b: a @ b, stack, normal(4, 2), **both),
    "stack @ stack": written(lambda a, b: a @ b, stack[:, None], normal(2, 4, 2), **both),
    "stack @ vector": written(lambda a, b: a @ b, stack, normal(4), **both),
    "vector @ stack": written(lambda a, b: a @ b, a3, stack, **both),
    "for row in a": written(lambda a: sum(row * len(a) for row in a), A),
    "shape": written(lambda a: np.sum(a) / a.shape[0] / a.size / a.ndim / np.shape(a)[1], A),
}

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
every_expression = pytest.mark.parametrize(
    "case", [*CASES.values(), *NOTATION.values(), *KNOWN.values()], ids=[*CASES, *NOTATION, *KNOWN]
)
every_expression_of_unknown_shapes = pytest.mark.parametrize(
    "case", [*CASES.values(), *NOTATION.values()], ids=[*CASES, *NOTATION]
)


def built(case, dtype=np.float64):
    """Return the output, the inputs, and what to feed them; the arrays are locked against writing."""
    known = any(case is other for other in KNOWN.values())
    variables = [Variable(f"input {k}", shape=a.shape if known else None) for k, a in enumerate(case.inputs)]
    feeds = {}
    for v, array in zip(variables, case.inputs, strict=True):
        feeds[v] = array.astype(dtype if array.dtype.kind == "f" else array.dtype)
        feeds[v].setflags(write=False)
    return case.build(*variables), variables, feeds


def with_weights(outputs, feeds):
    """Return the sum of all entries of `outputs`, each with a random weight, and what to feed: the weights too."""
    rng = np.random.default_rng(29)
    feeds, terms = dict(feeds), []
    for output, value in zip(outputs, run(outputs, feeds), strict=True):
        weight = Variable("weight")
        feeds[weight] = rng.standard_normal(np.shape(value))
        terms.append(total(multiply(output, weight)))
    return functools.reduce(add, terms), feeds


def differences(function, at):
    """Return the gradient by central differences, which warn where a function does not depend on what is changed."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "f returned the same", UserWarning)
        return numerical_gradient(function, at)


def test_every_operator_has_a_case():
    public = {
        name
        for name, function in inspect.getmembers(operators, inspect.isfunction)
        if function.__module__ == operators.__name__ and not name.startswith("_")
    }
    assert {name.split(",")[0].split(" of ")[0] for name in CASES} == public - {"one_hidden_layer", "hidden_layers"}


# The value rule


def test_every_rule_of_numpys_notation_is_in_a_case():
    used = set()
    for case in (*NOTATION.values(), *KNOWN.values()):
        output, variables, feeds = built(case)
        J, _ = with_weights([output], feeds)
        gradients = gradient(J, [variables[k] for k in case.smooth])
        outputs = [*gradients, *gradient(functools.reduce(add, map(total, gradients)), variables)]
        used |= {v.operator.rule for v in topological_order(outputs) if v.operator}
    assert {rule for rule in vars(numpy_operators).values() if isinstance(rule, Rule)} <= used


@every_expression
def test_value_agrees_with_numpy(case):
    output, _, feeds = built(case)
    (got,) = run([output], feeds)
    want = case.value(*case.inputs)
    assert np.shape(got) == np.shape(want)
    np.testing.assert_allclose(got, want, rtol=1e-13, atol=1e-14)


@every_case
def test_an_operator_has_a_label_and_takes_a_name(case):
    variables = [Variable(f"input {k}") for k in range(len(case.inputs))]
    output = case.build(*variables, name="the output")
    assert output.name == repr(output) == "the output"
    assert output.operator.label
    assert output.operator.inputs == tuple(variables)
    assert output.operator.label in repr(case.build(*variables))


@every_case
def test_the_rule_is_a_constant_of_the_module(case):
    operator = case.build(*[Variable("v") for _ in case.inputs]).operator
    rule = operator.rule
    assert getattr(operators, repr(rule)) is rule
    assert pickle.loads(pickle.dumps(rule)) is rule
    assert len(operator.prods) == len(case.inputs)


@every_case
def test_only_variables_are_taken(case):
    label = case.build(*[Variable("v") for _ in case.inputs]).operator.label
    for k in range(len(case.inputs)):
        inputs = [2.5 if i == k else Variable(f"input {i}") for i in range(len(case.inputs))]
        with pytest.raises(TypeError, match=rf"^operator {re.escape(label)}: expected variables, got 2\.5$"):
            case.build(*inputs)


@every_expression
def test_float32_stays_float32(case):
    output, variables, feeds = built(case, np.float32)
    J, feeds = with_weights([output], feeds)
    feeds = {v: array if array.dtype.kind in "iu" else array.astype(np.float32) for v, array in feeds.items()}
    wanted = [variables[k] for k in case.smooth]
    outputs = [output, J, *gradient(J, wanted)]
    if case.forward and wanted:
        outputs += gradient(total(outputs[2]), wanted)
    for v, value in zip(outputs, run(outputs, feeds), strict=True):
        assert np.result_type(value, np.float32(1)) == np.float32, v  # the number 1 takes on any type


# The shape rule


@every_expression
def test_shape_is_that_of_the_value(case):
    output, variables, feeds = built(case)
    known = {v: np.shape(array) for v, array in zip(variables, case.inputs, strict=True)}
    assert shapes([output], known)[output] == np.shape(run([output], feeds)[0])


@every_expression_of_unknown_shapes
def test_no_shape_is_told_unless_those_of_all_inputs_are_known(case):
    output, variables, feeds = built(case)
    known = {v: np.shape(array) for v, array in feeds.items()}
    for some in chain.from_iterable(combinations(variables, k) for k in range(len(variables))):
        assert shapes([output], {v: known[v] for v in some})[output] is None


@every_case
def test_a_shape_with_an_unknown_length_is_refused(case):
    output, variables, feeds = built(case)
    known = {v: np.shape(array) for v, array in feeds.items()}
    for v in variables:
        for wrong in [None, (*known[v][:-1], None), (*known[v], -1), (*known[v], 1.0)]:
            sentence = f"the shape of {v}: expected a tuple of integers >= 0, got {wrong}"
            with pytest.raises(TypeError, match=f"^{re.escape(sentence)}$"):
                shapes([output], known | {v: wrong})


MISFITS = {
    "matmul": (matmul, [(3, 4), (3, 4)]),
    "matmul, turned": (lambda a, b: matmul(a, b, True, False), [(3, 4), (4, 3)]),
    "matmul with an array of one axis": (matmul, [(3, 3), (3,)]),
    "matmul of an array of one axis": (matmul, [(3,), (3, 3)]),
    "matmul with a scalar": (matmul, [(3, 3), ()]),
    "matmul with a stack of matrices": (matmul, [(3, 3), (2, 3, 3)]),
    "add": (add, [(3, 4), (4, 3)]),
    "add a column": (add, [(3, 4), (3, 1)]),
    "add a scalar": (add, [(3, 4), ()]),
    "multiply": (multiply, [(3, 4), (3, 1)]),
    "multiply by a scalar": (multiply, [(), (3, 4)]),
    "add_bias, rows": (add_bias, [(3, 4), (4, 1)]),
    "add_bias, columns": (add_bias, [(3, 4), (3, 4)]),
    "add_bias, one row for all": (add_bias, [(3, 4), (1, 1)]),
    "add_bias of one axis": (add_bias, [(4, 4), (4,)]),
    "sum_columns of one axis": (sum_columns, [(3,)]),
    "scale by an array": (scale, [(3, 1), (3, 4)]),
    "decay by an array": (lambda c, W: decay(c, W, 0.3), [(3, 1), (3, 4)]),
    "spread of an array": (spread, [(3, 1), (3, 4)]),
    "activate_prod": (lambda dJ, z: activate_prod(dJ, z, tanh), [(3, 1), (3, 4)]),
    "compare of one axis": (lambda o, y: compare(o, y, squared_error), [(3,), (3,)]),
    "compare_prod of one axis": (lambda dJ, o, y: compare_prod(dJ, o, y, squared_error), [(), (3,), (3,)]),
    "compare_prod by an array": (
        lambda dJ, o, y: compare_prod(dJ, o, y, squared_error),
        [(3, 1), (3, 4), (3, 4)],
    ),
    "compare_hessian": (
        lambda dJ, o, y, v: compare_hessian(dJ, o, y, v, squared_error),
        [(), (3, 4), (3, 4), (3, 1)],
    ),
    "compare_hessian of one axis": (
        lambda dJ, o, y, v: compare_hessian(dJ, o, y, v, squared_error),
        [(), (3,), (3,), (3,)],
    ),
    "compare_hessian by an array": (
        lambda dJ, o, y, v: compare_hessian(dJ, o, y, v, squared_error),
        [(3, 1), (3, 4), (3, 4), (3, 4)],
    ),
}


@pytest.mark.parametrize(("build", "wrong"), MISFITS.values(), ids=MISFITS)
def test_shapes_that_do_not_fit_are_refused_with_values(build, wrong):
    variables = [Variable(f"input {k}") for k in range(len(wrong))]
    output = build(*variables)
    with pytest.raises(ValueError, match=r"^operator .* cannot compute .* from input 0 of shape .*: expected .*, got"):
        run([output], {v: np.ones(shape) for v, shape in zip(variables, wrong, strict=True)})


@pytest.mark.parametrize(("build", "wrong"), MISFITS.values(), ids=MISFITS)
def test_shapes_that_do_not_fit_are_refused_without_values(build, wrong):
    variables = [Variable(f"input {k}") for k in range(len(wrong))]
    with pytest.raises(ValueError, match=r"^operator .* cannot compute .* from input 0 of shape .*: expected .*, got"):
        shapes([build(*variables)], dict(zip(variables, wrong, strict=True)))


# The prod rules


@every_expression
def test_prod_agrees_with_differences(case):
    output, variables, inputs = built(case)
    J, feeds = with_weights([output], inputs)
    weight = feeds[next(v for v in feeds if v not in inputs)]
    _, *gradients = run([J, *gradient(J, [variables[k] for k in case.smooth])], feeds)
    for k, got in zip(case.smooth, gradients, strict=True):

        def numpy_J(changed, k=k):
            arrays = [changed if i == k else array for i, array in enumerate(case.inputs)]
            return np.sum(weight * case.value(*arrays))

        want = differences(numpy_J, case.inputs[k])
        assert np.shape(got) == np.shape(want)
        np.testing.assert_allclose(got, want, rtol=1e-7, atol=1e-8)


SECOND = {name: case for name, case in (CASES | NOTATION | KNOWN).items() if case.forward and case.smooth}


@pytest.mark.parametrize("case", SECOND.values(), ids=SECOND)
def test_prod_of_prod_agrees_with_differences(case):
    """With respect to the inputs and the gradient from upstream, which the weights of the output stand for."""
    output, variables, inputs = built(case)
    J, feeds = with_weights([output], inputs)
    wanted = [variables[k] for k in case.smooth] + [v for v in feeds if v not in inputs]
    J2, feeds = with_weights([J, *gradient(J, wanted)], feeds)
    _, *gradients = run([J2, *gradient(J2, wanted)], feeds)
    for v, got in zip(wanted, gradients, strict=True):
        want = differences(lambda changed, v=v: run([J2], feeds | {v: changed})[0], feeds[v])
        assert np.shape(got) == np.shape(want)
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-8)


LABELS = {name: case for name, case in CASES.items() if name.startswith("compare")}


@pytest.mark.parametrize("case", LABELS.values(), ids=LABELS)
def test_labels_have_no_gradient(case):
    output, variables, _ = built(case)
    y = variables[1 if len(variables) == 2 else 2]
    with pytest.raises(ValueError, match=rf"operator {output.operator.label} has no derivative .* {y}"):
        gradient(total(output), [y])


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda a: a.name)
def test_a_third_derivative_of_an_activation_is_refused(activation):
    z, dJ = Variable("z"), Variable("dJ")
    with pytest.raises(ValueError, match=f"{activation.name} has two derivatives here, and a third was asked for"):
        gradient(total(activate_prod(dJ, z, activation, 2)), [z])


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_a_third_derivative_of_a_loss_is_refused(loss):
    dJ, o, y, v = (Variable(name) for name in ("dJ", "o", "y", "v"))
    with pytest.raises(ValueError, match=f"{loss.name} has two derivatives here, and a third was asked for"):
        gradient(total(compare_hessian(dJ, o, y, v, loss)), [o])


@pytest.mark.parametrize("flags", FLAGS)
def test_the_gradient_of_a_product_is_one_product(flags):
    a, b = Variable("a"), Variable("b")
    product = matmul(a, b, *flags)
    (dJ_dproduct, *gradients) = gradient(total(product), [product, a, b])
    for g, other in zip(gradients, (b, a), strict=True):
        assert "×" in g.operator.label
        assert set(g.operator.inputs) == {dJ_dproduct, other}


def test_a_product_says_which_argument_is_turned():
    assert [matmul(Variable("a"), Variable("b"), *flags).operator.label for flags in FLAGS] == ["×", "×ᵀ", "ᵀ×", "ᵀ×ᵀ"]


# The chapter's graph


def test_the_chapters_graph_names_its_variables():
    c = one_hidden_layer()
    for name in ("x", "y", "W1", "W2", "z", "h", "o", "L", "s", "J"):
        assert getattr(c, name).name == name
    inputs = {name: [i.name for i in v.operator.inputs] for name, v in vars(c).items() if v.operator}
    assert inputs == {
        "z": ["W1", "x"],
        "h": ["z"],
        "o": ["W2", "h"],
        "L": ["o", "y"],
        "s": ["W1", "W2"],
        "J": ["L", "s"],
    }
    assert [name for name, v in vars(c).items() if v.parameter] == ["W1", "W2"]


def test_the_chapters_graph_has_the_networks_defaults():
    x, W1, W2, y = normal(3, 2), normal(4, 3), normal(2, 4), np.array([0, 1])
    c = one_hidden_layer()
    (J,) = run([c.J], {c.x: x, c.y: y, c.W1: W1, c.W2: W2})
    np.testing.assert_allclose(J, loss_value(cross_entropy, W2 @ np.maximum(W1 @ x, 0), y), rtol=1e-13)


@pytest.mark.parametrize("depth", [1, 2, 4])
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_a_deeper_network(depth, loss):
    c = hidden_layers(depth, activation=tanh, loss=loss, weight_decay=0.2)
    assert [v.name for v in c.weights] == [f"W{k + 1}" for k in range(depth + 1)]
    assert all(v.parameter for v in c.weights)
    x, y = normal(3, 2), draw_labels(loss, np.random.default_rng(0), 4, 2)
    weights = [normal(4, 3 if k == 0 else 4) + k for k in range(depth + 1)]

    def numpy_J(*weights):
        h = x
        for W in weights[:-1]:
            h = np.tanh(W @ h)
        o = weights[-1] @ h
        return loss_value(loss, o, y) + 0.1 * sum(np.sum(W**2) for W in weights)

    feeds = {c.x: x, c.y: y, **dict(zip(c.weights, weights, strict=True))}
    J, *gradients = run([c.J, *gradient(c.J, c.weights)], feeds)
    assert J == pytest.approx(numpy_J(*weights), rel=1e-13)
    for k, got in enumerate(gradients):
        want = numerical_gradient(lambda W, k=k: numpy_J(*weights[:k], W, *weights[k + 1 :]), weights[k])
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("depth", "error"), [(0, ValueError), (-1, ValueError), (1.5, TypeError), ("2", TypeError)])
def test_a_depth_that_is_no_whole_number_from_1_is_refused(depth, error):
    with pytest.raises(error, match="^depth must be an integer.*, got"):
        hidden_layers(depth)


@pytest.mark.parametrize("build", [lambda w: one_hidden_layer(weight_decay=w), lambda w: penalty([Variable("W")], w)])
@pytest.mark.parametrize(
    ("weight_decay", "error"), [(-0.1, ValueError), (np.nan, ValueError), (np.inf, ValueError), ("0.1", TypeError)]
)
def test_a_bad_weight_decay_is_refused(build, weight_decay, error):
    with pytest.raises(error, match="^weight_decay must be a (finite )?number.*, got"):
        build(weight_decay)


def test_a_penalty_of_nothing_is_refused():
    with pytest.raises(ValueError, match="^weights: expected at least one variable, got"):
        penalty([], 0.1)


@pytest.mark.parametrize("argument", ["activation", "loss"])
@pytest.mark.parametrize("value", ["tanh", np.tanh, None], ids=["a name", "a function of NumPy", "None"])
def test_an_unknown_activation_or_loss_is_refused(argument, value):
    with pytest.raises(TypeError, match=rf"^{argument} must be an? {argument.capitalize()} .*, got"):
        one_hidden_layer(**{argument: value})


def test_operators_take_an_activation_and_a_loss_of_the_readers_own():
    cube = tanh._replace(name="cube", value=lambda z: z**3, first=lambda z: 3 * z**2, second=lambda z: 6 * z)
    sum_of_squares = squared_error._replace(
        name="sum of squares",
        value=lambda o, y: np.sum((o - y) ** 2),
        gradient=lambda o, y: 2 * (o - y),
        hessian_product=lambda o, y, v: 2 * v,
    )
    c = one_hidden_layer(activation=cube, loss=sum_of_squares)
    (dW1,) = gradient(c.J, [c.W1])
    (ddW1,) = gradient(total(dW1), [c.W1])
    feeds = {c.x: [[1.0]], c.y: [[1.0]], c.W1: [[2.0]], c.W2: [[1.0]]}  # J = (W1³ − 1)²
    assert [float(np.squeeze(v)) for v in run([c.J, dW1, ddW1], feeds)] == [49, 2 * 7 * 12, 2 * 12 * 12 + 2 * 7 * 12]
