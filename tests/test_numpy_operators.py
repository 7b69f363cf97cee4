"""`helpers.numpy_operators`: NumPy's notation on variables.

That values, shapes and derivatives are NumPy's is tried in tests/test_operators.py, on the table of all operators.
Here: random programs, the conventions at kinks, memory, and what is refused.
"""

import copy
import math
import operator
import pickle
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from programs import program
from strategies import quick
from test_operators import KNOWN, NOTATION, built

from helpers import numpy_operators, operators
from helpers.checking import numerical_gradient
from helpers.gradient import gradient
from helpers.graph import INSTEAD, NUMPY, Rule, Variable, plan, run, shapes, topological_order
from helpers.memory import footprint
from helpers.numpy_operators import constant, decisions
from helpers.tracing import trace

V, W, S = Variable("v", shape=(3,)), Variable("W", shape=(2, 3)), Variable("s", shape=())
U = Variable("u")


def slope_of(expression, at):
    """Return the gradient of the sum of an expression of one array."""
    v = Variable("v", shape=np.shape(at))
    return run(gradient(operators.sum(expression(v)), [v]), {v: at})[0]


# Random programs


def along(feeds, directions, step):
    return {v: value + step * D for (v, value), D in zip(feeds.items(), directions, strict=True)}


def check_program(seed, further):
    """Compare a random program with NumPy, and its derivatives along a direction with differences.

    With `further` the second derivatives are compared too, and the dtypes of the same program in float32.
    """
    rng = np.random.default_rng([5, seed])
    f, given_arrays = program(rng)
    t = trace(f, **given_arrays)
    inputs = list(t.inputs.values())
    gradients = gradient(t.output, inputs)
    D = [rng.standard_normal(v.shape) for v in inputs]
    slope = sum(np.sum(g * d) for g, d in zip(gradients, D, strict=True))
    second = gradient(slope, inputs) if further else []
    J, got, *found = run([t.output, slope, *gradients, *second], t.feeds)
    want = f(**given_arrays)
    assert np.shape(J) == np.shape(want)
    assert pytest.approx(want, rel=1e-12, abs=1e-12) == J
    assert [np.shape(g) for g in found] == [v.shape for v in inputs] * (2 if further else 1)
    decide, to_gradients = plan(decisions([t.output, slope, *second])), plan(gradients)
    size = 1 + sum(np.sum(np.abs(g * d)) for g, d in zip(found, D, strict=False))
    for step in (6e-6, 1e-7, 1e-4):  # one is too long for a sharp bend, another too short for the rounding
        up, down = along(t.feeds, D, step), along(t.feeds, D, -step)
        if any(not np.array_equal(*pair) for pair in zip(decide(up), decide(down), strict=True)):
            return "a kink lies between"
        above, below = (f(**{v.name: value for v, value in feeds.items()}) for feeds in (up, down))
        right = abs((above - below) / (2 * step) - got) <= 1e-6 * size
        if further:
            pairs = zip(to_gradients(up), to_gradients(down), found[len(inputs) :], strict=True)
            right &= all(
                np.max(np.abs((a - b) / (2 * step) - h)) <= 1e-5 * (1 + np.max(np.abs(h))) for a, b, h in pairs
            )
        if right:
            break
    assert right, (seed, (above - below) / (2 * step), got)
    if further:
        narrow = {name: array.astype(np.float32) for name, array in given_arrays.items()}
        t = trace(f, **narrow)
        outputs = run([t.output, *gradient(t.output, list(t.inputs.values()))], t.feeds)
        assert {np.result_type(value, np.float32(0)) for value in (f(**narrow), *outputs)} == {np.dtype(np.float32)}
    return "compared"


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_random_programs(first):
    results = [check_program(seed, further=seed % 10 == 0) for seed in range(first, first + 50)]
    assert results.count("compared") >= 45


@pytest.mark.weekly
@pytest.mark.parametrize("first", range(200, 10_000, 200))
def test_many_random_programs(first):
    results = [check_program(seed, further=True) for seed in range(first, first + 200)]
    assert results.count("compared") >= 180


def test_the_programs_use_all_functions():
    used = set()
    for seed in range(150):
        f, given_arrays = program(np.random.default_rng([5, seed]))
        used |= {v.operator.rule for v in topological_order([trace(f, **given_arrays).output]) if v.operator}
    served = {"SIGN", "STEP", "SHARES", "SPREAD", "SUM_BACK", "BROADCAST", "RESHAPE_BACK", "PUT", "PART", "SWAP"}
    rules = {repr(rule) for rule in vars(numpy_operators).values() if isinstance(rule, Rule)}
    assert rules - served <= {repr(rule) for rule in used}


# Notation


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "pow"])
@pytest.mark.parametrize(
    "other", [2, 2.5, np.float32(2), np.int8(2), np.array(2.0), [1, 2, 3], (1.0, 2.0, 3.0)], ids=repr
)
def test_numbers_arrays_and_lists_stand_on_either_side(name, other):
    function, value = getattr(operator, name), np.array([0.5, 1.5, 2.5])
    for got, want in [(function(V, other), function(value, other)), (function(other, V), function(other, value))]:
        (got,) = run([got], {V: value})
        assert got.dtype == want.dtype
        np.testing.assert_array_max_ulp(got, want)


@pytest.mark.parametrize("other", [np.ones((2, 3)), np.arange(6).reshape(2, 3), np.bool(True), np.float64(2)], ids=repr)
def test_arrays_stand_on_the_left(other):
    for function in (operator.add, operator.sub, operator.mul, operator.truediv, operator.lt, operator.ge):
        got = function(other, V)
        assert isinstance(got, Variable)
        np.testing.assert_array_equal(run([got], {V: np.ones(3)})[0], function(other, np.ones(3)))


def test_python_adds_up_variables():
    assert run([sum([V, V, 1])], {V: [1.0, 2.0, 3.0]})[0].tolist() == [3, 5, 7]
    assert run([sum(V)], {V: [1.0, 2.0, 3.0]}) == [6]
    first, *rest = V
    assert run([first, *rest], {V: [1.0, 2.0, 3.0]}) == [1, 2, 3]


def test_shapes_are_known_as_soon_as_those_of_the_inputs_are():
    assert (W @ V).shape == (2,)
    assert (W.shape, W.size, W.ndim, len(W)) == ((2, 3), 6, 2, 2)
    assert (np.shape(W), np.size(W), np.ndim(W)) == ((2, 3), 6, 2)
    assert (U + 1).shape is None
    assert np.sum(W, axis=0, keepdims=True).shape == (1, 3)


def test_an_array_of_another_shape_than_the_known_one_is_refused():
    with pytest.raises(ValueError, match=r"^v: expected shape \(3,\), got \(4,\)$"):
        run([V + 1], {V: np.ones(4)})
    with pytest.raises(ValueError, match=r"^v: expected shape \(3,\), got \(1, 3\)$"):
        shapes([V + 1], {V: (1, 3)})
    double = 2 * V
    with pytest.raises(ValueError, match=r"expected shape \(3,\), got \(\)$"):
        run([double + 1], {double: 1.0})
    with pytest.raises(TypeError, match=r"^the shape of v: expected a tuple of integers >= 0, got 3$"):
        Variable("v", shape=3)


def test_shapes_that_do_not_fit_are_refused_where_they_are_written():
    for expression in (
        lambda: V + Variable("b", shape=(2,)),
        lambda: V @ W,
        lambda: W @ W,
        lambda: np.concatenate([V, W]),
        lambda: V[3],
        lambda: V[[0, 3]],
        lambda: W[0, 0, 0],
        lambda: W.reshape(4, -1),
        lambda: W.reshape(-1, -1),
        lambda: W.reshape(5),
        lambda: np.sum(W, axis=2),
        lambda: np.transpose(W, (0, 0)),
        lambda: np.clip(V, [0, 1], None),
        lambda: Variable("a", shape=(2, 2, 3)) @ W,
    ):
        with pytest.raises(ValueError, match=r"^operator .* cannot compute .* from .*: .*"):
            expression()
    with pytest.raises(ValueError, match=r"^gradient: expected a scalar, got v of shape \(3,\)$"):
        gradient(V, [V])


def test_a_fixed_array_is_copied():
    array = np.ones(3)
    y = V + array
    array[:] = 7
    index = np.array([0, 0, 1])
    taken = V[index]
    index[:] = 2
    assert [a.tolist() for a in run([y, taken], {V: [1.0, 2.0, 3.0]})] == [[2, 3, 4], [1, 1, 2]]


def test_nobody_writes_into_a_readers_array_by_way_of_a_view():
    array = np.ones((2, 3))
    for view in (W.T, W[0], W[None], np.transpose(W, (1, 0)), operators.same(W)):
        (got,) = run([view], {W: array})
        with pytest.raises(ValueError, match="read-only"):
            got[...] = 0
    (got,) = run([W.reshape(6)], {W: array})
    got[...] = 0
    assert array.all()


def test_graphs_of_numpys_notation_are_copied_and_pickled():
    J = np.sum(np.maximum(W @ V + 1, 0)[[0, 0]] ** 2)
    for same in (copy.deepcopy(J), pickle.loads(pickle.dumps(J))):
        w, v = (next(u for u in topological_order([same]) if u.name == name) for name in "Wv")
        assert run([same], {w: np.ones((2, 3)), v: np.ones(3)}) == [32]


def test_a_variable_is_equal_to_itself_alone():
    assert V == V
    assert V != W
    assert not V == W  # noqa: SIM201
    assert len({V, W, V}) == 2
    assert {V: 1}[V] == 1


# Kinks


def test_gradients_at_kinks_are_those_of_pytorch():
    ties = np.array([1.0, 3.0, 3.0])
    for expression, at, want in [
        (abs, [0.0, -0.0, -2.0], [0, 0, -1]),
        (lambda v: np.maximum(v, 0), [0.0, 1.0, -1.0], [0.5, 1, 0]),
        (lambda v: np.minimum(v, 0), [0.0, 1.0, -1.0], [0.5, 0, 1]),
        (lambda v: np.maximum(v, v), ties, [1, 1, 1]),
        (np.max, ties, [0, 0.5, 0.5]),
        (np.min, -ties, [0, 0.5, 0.5]),
        (lambda v: np.clip(v, 1, 3), [1.0, 3.0, 3.1], [1, 1, 0]),
        (lambda v: np.where(v > 3, 5 * v, v), ties, [1, 1, 1]),
        (np.sign, [0.0, 1.0, -1.0], [0, 0, 0]),
        (lambda v: v**0, [0.0, 1.0, -1.0], [0, 0, 0]),
        (lambda v: v**1, [0.0, 1.0, -1.0], [1, 1, 1]),
        (lambda v: v ** np.array([0.0, 1.0, 2.0]), [0.0, 0.0, 0.0], [0, 1, 0]),
        (lambda v: np.array([0.0, 1.0, 2.0]) ** v, [2.0, 2.0, 2.0], [0, 0, 4 * math.log(2)]),
    ]:
        np.testing.assert_allclose(slope_of(expression, at), want, rtol=1e-15)


def test_a_scalar_of_float32_has_gradients_of_float32():
    """Where it is J itself, the gradient that comes is the 1 of Python, which has no dtype to give."""
    a, b = Variable("a"), Variable("b", shape=())
    for J in (
        np.where(a > b, a, b),
        np.clip(a, 0, 1),
        np.clip(b, 0, 1) + a,
        np.minimum(a, b),
        -a / 2 - b / 3,
        a**2 * 2**b,
    ):
        for value in run([J, *gradient(J, [a, b])], {a: np.float32(0.5), b: np.float32(0.3)}):
            assert np.result_type(value, np.float32(0)) == np.float32, J


def test_third_derivatives_agree_with_differences():
    """Of rules that only the second derivative brings in."""
    at = {V: np.array([0.3, -0.5, 0.8]), W: np.array([[0.2, 0.4, -0.6], [-0.1, 0.5, 0.9]])}
    for J in (
        np.sum(np.tanh(V * W) ** 2),
        np.mean((np.sum(W, axis=1, keepdims=True) * V) ** 3),
        np.sum((W @ V).reshape(2, 1) ** 3 * np.concatenate([W, W**2])[:2, [0, 0, 2]] ** 2),
        np.sum(np.mean(W**3, axis=0) * np.max(V) ** 3 * W[:, None] ** 2),
    ):
        for _ in range(2):
            J = sum(np.sum(np.tanh(g)) for g in gradient(J, [V, W]))
        value = plan([J])
        for v, got in zip(at, run(gradient(J, [V, W]), at), strict=True):
            want = numerical_gradient(lambda a, v=v, value=value: value(at | {v: a})[0], at[v])
            np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-7)


def test_decisions_are_what_changes_at_a_kink():
    J = np.sum(np.maximum(V, 0)) + np.max(W) + np.sum(np.where(V > 1, abs(V), 2))
    found = decisions([J, *gradient(J, [V, W])])
    assert sorted(v.operator.label for v in found) == [">", "sgn", "step", "top"]  # that of 0 is of no use
    assert decisions([np.sum(V**2)]) == []


# Memory


@pytest.mark.parametrize("case", [*NOTATION.values(), *KNOWN.values()], ids=[*NOTATION, *KNOWN])
def test_what_is_said_to_be_a_view_is_one(case):
    """So that `footprint` counts it right."""
    output, variables, feeds = built(case)
    v = [Variable("v", shape=np.shape(feeds[u])) for u in variables]
    output, feeds = case.build(*v), dict(zip(v, feeds.values(), strict=True))
    J = operators.sum(np.tanh(output))
    every = topological_order([J, *gradient(J, [v[k] for k in case.smooth])])
    values = dict(zip(every, run(every, feeds), strict=True))
    for u in every:
        if u.operator and u.operator.inputs and np.size(values[u]) > 1:
            shared = [np.shares_memory(values[u], values[i]) for i in u.operator.inputs]
            assert shared[0] == u.operator.rule.view, u
            assert not any(shared[1:]), u
            if u.operator.rule.bytes_each:
                assert values[u].itemsize == u.operator.rule.bytes_each


def test_footprint_counts_a_program():
    a, b = Variable("a", shape=(100, 50)), Variable("b", shape=(50,))
    outputs = [np.sum(np.where(a + b > 0, a.T[::2].T[:, 0][:, None], np.ones(50)))]
    fed = {a: a.shape, b: b.shape}
    assert footprint(outputs, fed).intermediates == 100 * 50 * (
        8 + 1
    )  # a + b beside the condition, or the condition beside what was chosen
    assert footprint([a + np.ones((100, 50))], {a: a.shape}).intermediates == 100 * 50 * 8  # of the fixed array none


# What is refused


BRANCHES = {
    "if": lambda: 1 if V > 0 else 2,
    "and": lambda: (V > 0) and V,
    "not": lambda: not V,
    "max of Python": lambda: max(V, W),
    "a chain": lambda: 0 < V < 1,  # noqa: SIM300
    "float": lambda: float(S),
    "int": lambda: int(S),
    "complex": lambda: complex(S),
    "math.exp": lambda: math.exp(S),
    "range": lambda: range(S),
    "an index of a list": lambda: [1, 2][S],
    "an index of an array": lambda: np.ones(3)[V],
    "== a number": lambda: S == 1,
    "!= a number": lambda: S != 1.0,
    "== an array": lambda: V == np.ones(3),
    "an array ==": lambda: np.ones(3) == V,
    "== None": lambda: V == None,  # noqa: E711
    "np.equal": lambda: np.not_equal(V, W),
    "in a list": lambda: 2 in [V],
    "np.array": lambda: np.array([V, V]),
    "an array": lambda: np.zeros(3).__setitem__(slice(None), V),
    "a list beside": lambda: V + [S, S, S],
}


@pytest.mark.parametrize("expression", BRANCHES.values(), ids=BRANCHES)
def test_a_graph_cannot_branch_on_a_value(expression):
    with pytest.raises(
        TypeError,
        match=r": a variable has no value while the graph is built, and a graph cannot branch on a value; \w",
    ):
        expression()


OTHER = {
    "np.linalg.norm": lambda: np.linalg.norm(V),
    "np.sin": lambda: np.sin(V),
    "np.stack": lambda: np.stack([V, V]),
    "np.einsum": lambda: np.einsum("i,i", V, V),
    "np.add.reduce": lambda: np.add.reduce(V),
    "np.multiply.outer": lambda: np.multiply.outer(V, V),
    "np.remainder": lambda: V % 2,
    "np.floor_divide": lambda: 2 // V,
    "np.bitwise_and": lambda: (V > 0) & (V < 1),
    "np.invert": lambda: ~(V > 0),
    "np.zeros_like": lambda: np.zeros_like(V),
}


@pytest.mark.parametrize("name", OTHER)
def test_a_function_that_takes_no_variables_is_named(name):
    with pytest.raises(
        TypeError,
        match=rf"^{re.escape(name)} does not take variables( \(write .* instead\))?; of NumPy's functions, these do: ",
    ):
        OTHER[name]()


CALLS = {
    "stack": lambda f, a, b: f([a, b]),
    "vstack": lambda f, a, b: f([a[None], b[None]]),
    "hstack": lambda f, a, b: f([a[None], b[None]]),
    "expand_dims": lambda f, a, b: f(a, 0),
    "heaviside": lambda f, a, b: f(a, 0.0),
    **dict.fromkeys(("outer", "inner", "vdot", "logaddexp"), lambda f, a, b: f(a, b)),
}


@pytest.mark.parametrize("function", INSTEAD, ids=lambda function: function.__name__)
def test_what_is_to_be_written_instead_is_the_same(function):
    a, b, name = np.array([0.5, -0.3, 2.0]), np.array([1.5, 0.2, -1.0]), function.__name__
    call = CALLS.get(name, lambda f, a, b: f(a))
    rows = name in ("vstack", "hstack")

    def instead(a, b):
        return 0 * np.sum(a + b) + eval(
            INSTEAD[function], {"np": np, "a": a[None] if rows else a, "b": b[None] if rows else b}
        )

    t = trace(instead, a=a, b=b)
    np.testing.assert_allclose(run([t.output], t.feeds)[0], call(function, a, b), rtol=1e-12)
    with pytest.raises(
        TypeError, match=re.escape(f"{name} does not take variables (write {INSTEAD[function]} instead)")
    ):
        call(function, V, V)


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        (lambda: np.sum(V, where=[True, False, True]), r"np\.sum of variables takes the arguments .*'where'"),
        (lambda: np.sum(V, 0, float), r"np\.sum of variables takes the arguments .*too many"),
        (lambda: np.exp(V, dtype=np.float32), r"np\.exp of variables takes the arguments .*'dtype'"),
        (lambda: np.where(V > 0), r"np\.where of variables takes the arguments .*missing"),
        (lambda: np.exp(V, out=np.ones(3)), r"np\.exp cannot write into an array, as \+= and out= do"),
        (lambda: np.exp(np.ones(3), out=V), r"np\.exp cannot write into an array, as \+= and out= do"),
        (lambda: operator.iadd(np.ones(3), V), r"np\.add cannot write into an array, as \+= and out= do"),
        (lambda: V.__setitem__(0, 1), r"v\[…\] = … cannot change the variable v"),
        (lambda: V[V > 0], r"an index must be fixed: .*, got \(>\); .*np\.where"),
        (lambda: V[S:], r"an index must be fixed"),
        (lambda: V[0.5], r"an index must be fixed"),
        (lambda: V["a"], r"an index must be fixed"),
        (lambda: np.sum(V, axis=S), r"axis must be an integer, or a tuple of them, got s"),
        (lambda: np.sum(V, axis="0"), r"axis must be an integer"),
        (lambda: np.clip(V, S, 1), r"np\.clip: expected fixed bounds, got a variable"),
        (lambda: V + 1j, r"expected variables and real numbers, got 1j"),
        (lambda: V + "a", r"expected variables and real numbers, got 'a'"),
        (lambda: V * None, r"expected variables and real numbers, got None"),
        (lambda: V * 10**400, r"expected variables and real numbers, got an object of type int"),
        (lambda: V + np.ma.masked_array([1.0, 2, 3], [0, 1, 0]), r"array must be a plain array, got a masked one"),
        (lambda: len(U), r"the shape of u is not known"),
        (lambda: list(U), r"the shape of u is not known"),
        (lambda: U.size, r"the shape of u is not known"),
        (lambda: len(S), r"s is a scalar: it has no length"),
        (lambda: list(S), r"s is a scalar: it has no length"),
    ],
)
def test_what_is_not_supported_is_refused_in_a_sentence(expression, sentence):
    with pytest.raises(TypeError, match=f"^{sentence}"):
        expression()


def test_a_variable_is_printed_and_not_formatted():
    assert f"{S} {S!r} {V + 1}" == "s s (+)"
    with pytest.raises(TypeError, match=r"^cannot write s as a number: a variable has no value .*; leave"):
        print(f"{S:.3f}")


def test_a_missing_attribute_is_named():
    with pytest.raises(AttributeError, match=r"^the variable has no attribute 'argmax'; variables have T, shape"):
        V.argmax()
    with pytest.raises(AttributeError, match=r"^the variable has no attribute 'foo'$"):
        V.foo  # noqa: B018
    assert not hasattr(V, "_repr_html_")


def test_a_constant_says_what_it_is():
    assert [constant(x).operator.label for x in (2, 0.5, -np.inf, np.ones((3, 4)), [1, 2])] == [
        "2",
        "0.5",
        "-inf",
        "[3×4]",
        "[2]",
    ]


@settings(quick, max_examples=25)
@given(
    arrays.arrays(
        st.sampled_from([np.float64, np.float32, np.int8, np.uint16, np.bool]), arrays.array_shapes(max_side=3)
    )
)
def test_a_constant_of_any_dtype_counts_as_in_numpy(array):
    v = Variable("v", shape=array.shape)
    for function in (np.add, np.multiply, np.maximum, np.less):
        (got,) = run([function(v, array)], {v: np.ones(array.shape, np.float32)})
        want = function(np.ones(array.shape, np.float32), array)
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(got, want)


def test_the_table_is_in_the_core():
    assert {np.exp, np.sum, np.where, np.concatenate} <= NUMPY.keys()
