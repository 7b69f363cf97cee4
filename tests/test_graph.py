"""`helpers.graph`: both walks, against the chapter's closed form, central differences and counts of what is done."""

import gc
import tracemalloc
import weakref
from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import ACTIVATIONS, LOSSES, draw_labels, problems, quick, relative_error, seeds

from helpers.checking import jacobian, numerical_gradient
from helpers.functions import cross_entropy, relu, sigmoid, squared_error, tanh
from helpers.gradient import gradient
from helpers.graph import Operator, Rule, Variable, run, shapes, topological_order
from helpers.network import MLP
from helpers.operators import (
    activate,
    add,
    add_bias,
    matmul,
    multiply,
    one_hidden_layer,
    same,
    scale,
    spread,
    sum_columns,
    transpose,
)
from helpers.operators import sum as total

BACKWARD = ("L", "s", "o", "W2", "h", "z", "W1")
TOLERANCE = {np.float64: 1e-12, np.float32: 1e-4}


def chapter(net, x, y):
    """Return the chapter's graph with the settings of `net`, and what to feed it."""
    c = one_hidden_layer(net.activation, net.loss, net.weight_decay)
    return c, {c.x: x, c.y: y, c.W1: net.W1, c.W2: net.W2}


def small(loss=cross_entropy, activation=tanh, weight_decay=0.1):
    """Return a network with its x and y, three inputs, four hidden units, two outputs, five examples."""
    rng = np.random.default_rng(3)
    net = MLP.random(3, 4, 2, weight_decay=weight_decay, activation=activation, loss=loss, seed=5)
    return net, rng.standard_normal((3, 5)), draw_labels(loss, rng, 2, 5)


# The chapter's graph and the chapter's closed form


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_graph_and_closed_form_agree(dtype):
    errors = []

    @quick
    @given(problems(dtype))
    def check(problem):
        net, x, y = problem
        c, feeds = chapter(*problem)
        f = net.forward(x, y)
        g = net.backward(f)
        forward = ("z", "h", "o", "L", "s", "J")
        outputs = [getattr(c, name) for name in forward] + gradient(c.J, [getattr(c, name) for name in BACKWARD])
        want = [getattr(f, name) for name in forward] + [getattr(g, name) for name in BACKWARD]
        for got, expected in zip(run(outputs, feeds), want, strict=True):
            assert np.result_type(got, dtype(1)) == dtype  # ∂J/∂L and ∂J/∂s are a number that takes on any type
            errors.append(relative_error(got, expected))
            assert errors[-1] < TOLERANCE[dtype]

    check()
    print(f"largest relative error, {dtype.__name__}: {max(errors):.1e}")


@quick
@given(problems(np.float32))
def test_float32_stays_float32(problem):
    c, feeds = chapter(*problem)
    first = gradient(c.J, [c.W1, c.W2])
    second = gradient(total(first[0]), [c.W1, c.W2])
    for v, value in zip(first + second, run(first + second, feeds), strict=True):
        assert value.dtype == np.float32, v


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda a: a.name)
def test_whole_numbers_count_as_real_numbers(activation, loss):
    """Lists of whole numbers, or images of uint8 pixels, give what the network gives."""
    W1, W2 = [[1, -2], [3, 1], [1, 1]], [[1, 0, -2], [2, 1, 1]]
    x = np.array([[16, 3], [2, 200]], np.uint8)
    y = [0, 1] if loss is cross_entropy else [[0.5, 0.25], [-1.5, 2.0]]
    net = MLP(W1, W2, weight_decay=0.5, activation=activation, loss=loss)
    c, _ = chapter(net, x, y)
    values = run([c.J, *gradient(c.J, [c.W1, c.W2])], {c.x: x, c.y: y, c.W1: W1, c.W2: W2})
    f = net.forward(x, y)
    g = net.backward(f)
    for got, want in zip(values, (f.J, g.W1, g.W2), strict=True):
        assert relative_error(got, want) < 1e-12


def test_whole_numbers_do_not_wrap_around_or_cut_off():
    a, c = Variable("a"), Variable("c")
    assert run([multiply(a, a)], {a: np.array([16], np.uint8)})[0] == 256
    (g,) = gradient(scale(c, total(a)), [a])
    np.testing.assert_array_equal(run([g], {c: 0.5, a: [[1, 2]]})[0], [[0.5, 0.5]])


# topological_order


@st.composite
def graphs(draw, steps=12):
    """Draw the variables of a graph of operators with two inputs; every input can be any earlier variable."""
    variables = [Variable("a"), Variable("b")]
    for k in range(draw(st.integers(1, steps))):
        left, right = draw(st.sampled_from(variables)), draw(st.sampled_from(variables))
        variables.append(draw(st.sampled_from([add, multiply]))(left, right, name=f"v{k}"))
    return variables


@quick
@given(graphs(), st.data())
def test_order_holds_what_is_needed_once_and_inputs_first(variables, data):
    wanted = data.draw(st.lists(st.sampled_from(variables), min_size=1))
    order = topological_order(wanted)
    assert len(set(order)) == len(order)
    assert set(wanted) <= set(order)
    needed = set(wanted)
    for v in reversed(order):
        assert v in needed
        inputs = v.operator.inputs if v.operator else ()
        assert all(order.index(i) < order.index(v) for i in inputs)
        needed.update(inputs)
    assert topological_order(wanted) == order


@quick
@given(graphs(), st.data())
def test_order_stops_at_what_is_known(variables, data):
    known = set(data.draw(st.lists(st.sampled_from(variables))))
    order = topological_order([variables[-1]], known)
    assert not known & set(order)
    for v in order:
        assert set(v.operator.inputs if v.operator else ()) <= known | set(order)


def test_order_keeps_to_the_order_asked_for():
    a, b, c = (Variable(name) for name in "abc")
    assert topological_order([b, a, c]) == [b, a, c]
    s, t = add(b, a, name="s"), add(c, a, name="t")
    assert topological_order([t, s]) == [c, a, t, b, s]


def test_order_is_that_of_the_chapter():
    c = one_hidden_layer()
    outputs = [c.J, *gradient(c.J, [c.W1, c.W2])]
    names = [v.name for v in topological_order(outputs)]
    assert [name for name in names if name in ("z", "h", "o", "L", "s", "J")] == ["z", "h", "o", "L", "s", "J"]
    backward = [name for name in names if name.startswith("∂") and name[-1] in "ohz" or name.endswith("W1")]
    assert [name for name in backward if name != "W1"] == ["∂J/∂o", "∂J/∂h", "∂J/∂z", "∂J/∂W1"]
    d = one_hidden_layer()
    assert names == [v.name for v in topological_order([d.J, *gradient(d.J, [d.W1, d.W2])])]


# run


def counted(variables, calls):
    """Count in `calls` how often the value rule of each variable is called."""

    def counting(v, rule):
        def value(*arrays, **parameters):
            calls[v] += 1
            return rule.value(*arrays, **parameters)

        return value

    for v in topological_order(variables):
        if v.operator:
            v.operator.rule = with_value(v.operator.rule, counting(v, v.operator.rule))


def with_value(rule, value):
    """Return a rule with another value rule."""
    return Rule(rule.name, rule.label, value, rule.prods, rule.shape, rule.view)


def test_each_operator_is_visited_once():
    c, feeds = chapter(*small())
    outputs = [c.J, *gradient(c.J, [c.W1, c.W2, c.x])]
    calls = Counter()
    counted(outputs, calls)
    run([*outputs, c.J], feeds)
    assert calls == dict.fromkeys([v for v in topological_order(outputs) if v.operator], 1)


def test_only_what_is_needed_is_computed():
    c, feeds = chapter(*small())
    calls = Counter()
    counted([c.J], calls)
    run([c.o], {v: feeds[v] for v in (c.x, c.W1, c.W2)})
    assert set(calls) == {c.z, c.h, c.o}
    calls.clear()
    run([c.L], {c.o: np.ones((2, 5)), c.y: feeds[c.y]})
    assert set(calls) == {c.L}


def probe(inputs, alive, name=""):
    """Return the sum of the inputs; `alive` notes the value in a weak reference, and its inputs' while it computes."""

    def value(*arrays):
        alive["most"] = max(alive.get("most", 0), sum(ref() is not None for ref in alive["refs"]))
        result = np.sum(arrays, axis=0)
        alive["refs"].append(weakref.ref(result))
        return result

    rule = Rule("PROBE", "probe", value, lambda dJ, *inputs, k: dJ, lambda *shapes: shapes[0])
    return Variable(name, Operator(rule, inputs))


@pytest.fixture
def _no_collector():
    """Without the garbage collector only what has no reference to it goes away: a cycle would stay."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collector")
def test_a_value_is_let_go_after_its_last_use():
    alive = {"refs": []}
    a = Variable("a")
    v = a
    for _ in range(30):
        v = probe([v], alive)
    (value,) = run([v], {a: np.ones(3)})
    assert len(alive["refs"]) == 30
    assert alive["most"] == 1
    np.testing.assert_array_equal(value, np.ones(3))
    assert [ref() is not None for ref in alive["refs"]] == [False] * 29 + [True]


@pytest.mark.usefixtures("_no_collector")
def test_a_value_is_kept_until_its_last_use_and_as_an_output():
    alive = {"refs": []}
    a = Variable("a")
    first = probe([a], alive)
    v = first
    for _ in range(5):
        v = probe([v], alive)
    last = probe([v, first, v], alive)
    values = run([last, first, last], {a: np.ones(3)})
    assert [value[0] for value in values] == [3, 1, 3]
    assert alive["most"] == 2
    assert sum(ref() is not None for ref in alive["refs"]) == 2
    del values
    assert not any(ref() is not None for ref in alive["refs"])


@pytest.mark.usefixtures("_no_collector")
def test_no_value_outlives_a_run_of_forward_and_backward():
    c, feeds = chapter(*small())
    outputs = [c.J, *gradient(c.J, [c.W1, c.W2])]
    refs = []

    def noting(rule):
        def value(*arrays, **parameters):
            result = np.array(rule.value(*arrays, **parameters))
            refs.append(weakref.ref(result))
            return result

        return value

    for v in topological_order(outputs):
        if v.operator:
            v.operator.rule = with_value(v.operator.rule, noting(v.operator.rule))
    values = run(outputs, feeds)
    assert sum(ref() is not None for ref in refs) == 3
    del values
    assert not any(ref() is not None for ref in refs)


def peak(outputs, feeds):
    tracemalloc.start()
    try:
        run(outputs, feeds)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def chain(length):
    x = Variable("x")
    v = x
    for _ in range(length):
        v = activate(v, tanh)
    return x, v


def test_the_peak_of_a_forward_pass_does_not_grow_with_its_length():
    size = 100_000
    peaks = []
    for length in (5, 50):
        x, v = chain(length)
        peaks.append(peak([v], {x: np.ones(size)}) / (8 * size))
    assert peaks[0] < 4
    assert peaks[1] == pytest.approx(peaks[0], abs=0.5)


def test_the_peak_of_a_backward_pass_grows_with_the_length_by_one_value_a_layer():
    size = 100_000
    peaks = []
    for length in (5, 25):
        x, v = chain(length)
        peaks.append(peak(gradient(total(v), [x]), {x: np.ones(size)}) / (8 * size))
    assert peaks[1] - peaks[0] == pytest.approx(20, abs=1)


@quick
@given(problems(), problems())
def test_a_run_does_not_depend_on_earlier_ones(problem, other):
    c, feeds = chapter(*problem)
    d, other_feeds = chapter(*other)
    outputs, other_outputs = ([g.J, *gradient(g.J, [g.W1, g.W2])] for g in (c, d))
    fed = [np.copy(value) for value in feeds.values()]
    before, calls = run(outputs, feeds), list(feeds)
    run(other_outputs, other_feeds)
    run(outputs, {c.x: 2 * feeds[c.x], c.y: feeds[c.y], c.W1: feeds[c.W1] + 1, c.W2: feeds[c.W2]})
    for old, new in zip(before, run(outputs, feeds), strict=True):
        np.testing.assert_array_equal(old, new)
    for old, new in zip(fed, feeds.values(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert list(feeds) == calls


def test_a_graph_does_not_change_when_its_gradient_is_taken():
    c, feeds = chapter(*small())
    before, (J,) = topological_order([c.J]), run([c.J], feeds)
    names = [(v.name, v.of, v.objective) for v in before]
    first = gradient(c.J, [c.W1, c.W2])
    again = gradient(c.J, [c.W1, c.W2])
    gradient(total(first[0]), [c.W1])
    assert topological_order([c.J]) == before
    assert [(v.name, v.of, v.objective) for v in before] == names
    assert run([c.J], feeds) == [J]
    assert not set(first) & set(again)
    for a, b in zip(run(first, feeds), run(again, feeds), strict=True):
        np.testing.assert_array_equal(a, b)


def test_values_may_be_lists_and_numbers():
    a, b = Variable("a"), Variable("b")
    (value,) = run([scale(a, b)], {a: 2, b: [[1.0, 3.0]]})
    np.testing.assert_array_equal(value, [[2, 6]])


def test_no_outputs_need_nothing():
    assert run([], {}) == []
    assert gradient(one_hidden_layer().J, []) == []


# Feeding a variable in the middle cuts the graph there


def test_feeding_an_intermediate_cuts_the_graph():
    net, x, y = small()
    c, feeds = chapter(net, x, y)
    z = np.random.default_rng(0).standard_normal((4, 5))
    want = net.loss.value(net.W2 @ np.tanh(z), y)
    assert run([c.L], {c.z: z, c.W2: net.W2, c.y: y})[0] == pytest.approx(want, rel=1e-14)
    assert run([c.L], feeds | {c.z: z})[0] == pytest.approx(want, rel=1e-14)  # x and W1 are fed and cut off
    np.testing.assert_array_equal(run([c.z], {c.z: z})[0], z)


def test_a_stale_h_gives_the_gradient_of_a_stale_h():
    net, x, y = small()
    c, feeds = chapter(net, x, y)
    h = np.random.default_rng(0).standard_normal((4, 5))
    dW2, dh = gradient(c.J, [c.W2, c.h])
    do = net.loss.gradient(net.W2 @ h, y)
    got = run([dW2, dh], {c.h: h, c.W2: net.W2, c.y: y})
    assert relative_error(got[0], do @ h.T + 0.1 * net.W2) < 1e-14
    assert relative_error(got[1], net.W2.T @ do) < 1e-14


def test_a_gradient_can_be_fed_too():
    net, x, y = small()
    c, feeds = chapter(net, x, y)
    do, dh, dW2 = gradient(c.J, [c.o, c.h, c.W2])
    upstream = np.random.default_rng(0).standard_normal((2, 5))
    h = np.ones((4, 5))
    got = run([dh, dW2], {do: upstream, c.h: h, c.W2: net.W2})
    assert relative_error(got[0], net.W2.T @ upstream) < 1e-14
    assert relative_error(got[1], upstream @ h.T + 0.1 * net.W2) < 1e-14


# Long chains


def test_a_chain_of_2000_operators():
    """aₙ = bⁿ a₀, of which every derivative is known."""
    n, b_value = 2000, 1 + 1 / 2000
    a, b = Variable("a"), Variable("b")
    v = a
    for _ in range(n):
        v = multiply(v, b)
    J = total(v)
    feeds = {a: 3.0, b: b_value}
    assert shapes([J, v], {a: (), b: ()})[v] == ()
    dJ_da, dJ_db = gradient(J, [a, b])
    (d2J_db2,) = gradient(dJ_db, [b])
    power = b_value**n
    want = [3 * power, power, 3 * n * power / b_value, 3 * n * (n - 1) * power / b_value**2]
    for got, expected in zip(run([J, dJ_da, dJ_db, d2J_db2], feeds), want, strict=True):
        assert got == pytest.approx(expected, rel=1e-10)


# gradient, against differences


KINDS = ("add", "multiply", "matmul", "activate", "sum", "scale", "transpose", "same", "bias", "columns", "spread")


@st.composite
def objectives(draw):
    """Draw a scalar made from a scalar c, a column b and two matrices by operators of every kind, and what to feed.

    Entries are kept small enough for differences to judge.
    """
    c, b, A, B = (Variable(name) for name in "cbAB")
    rng = np.random.default_rng(draw(seeds))
    rows, columns = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    sizes = {c: (), b: (rows, 1), A: (rows, columns), B: (rows, columns)}
    feeds = {v: rng.standard_normal(size) for v, size in sizes.items()}

    def one_of(fits):
        found = [v for v, size in sizes.items() if fits(size)]
        return draw(st.sampled_from(found)) if found else None

    def matrix():
        return one_of(lambda size: len(size) == 2)

    def step():
        kind = draw(st.sampled_from(KINDS))
        v = matrix()
        size = sizes[v]
        if kind in ("add", "multiply"):
            other = one_of(lambda s: s == size)
            return (add if kind == "add" else multiply)(v, other), size
        if kind == "matmul":
            turn_a, turn_b = draw(st.booleans()), draw(st.booleans())
            out, inner = size[::-1] if turn_a else size
            other = one_of(lambda s: len(s) == 2 and s[turn_b] == inner)
            return other is not None and (matmul(v, other, turn_a, turn_b), (out, sizes[other][1 - turn_b]))
        if kind == "bias":
            other = one_of(lambda s: s == (size[0], 1))
            return other is not None and (add_bias(v, other), size)
        scalar = one_of(lambda s: s == ())
        return {
            "activate": lambda: (activate(v, tanh), size),
            "sum": lambda: (total(v), ()),
            "scale": lambda: (scale(scalar, v, 0.7), size),
            "transpose": lambda: (transpose(v), size[::-1]),
            "same": lambda: (same(v), size),
            "columns": lambda: (sum_columns(v), (size[0], 1)),
            "spread": lambda: (spread(scalar, v), size),
        }[kind]()

    for _ in range(draw(st.integers(1, 8))):
        made = step()
        if made:
            sizes[made[0]] = made[1]
    J = None
    for v in draw(st.lists(st.sampled_from(list(sizes)), min_size=1, max_size=3)) + [list(sizes)[-1]]:
        term = total(activate(v, tanh)) if draw(st.booleans()) else total(v)
        J = term if J is None else add(J, term)
    for v in feeds:  # so that all four are in the graph
        J = add(J, total(multiply(v, v)))
    J.name = "J"
    values = run(list(sizes), feeds)
    assume(max(np.abs(value).max() for value in values) < 30)
    return J, list(sizes), feeds


@quick
@given(objectives(), st.data())
def test_gradient_of_any_graph_agrees_with_differences(problem, data):
    J, variables, feeds = problem
    in_graph = [v for v in variables if v in topological_order([J])]
    wanted = data.draw(st.lists(st.sampled_from(in_graph), min_size=1, max_size=4))
    values = run([*wanted, J, *gradient(J, wanted)], feeds)
    at, size = values[: len(wanted)], abs(float(values[len(wanted)]))
    for v, value, got in zip(wanted, at, values[len(wanted) + 1 :], strict=True):
        want = numerical_gradient(lambda changed, v=v: run([J], feeds | {v: changed})[0], value)
        assert np.shape(got) == np.shape(value)  # K10
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6 * max(1, size, np.abs(want).max()))


@quick
@given(objectives())
def test_second_gradient_of_any_graph_agrees_with_differences(problem):
    J, _, feeds = problem
    wanted = list(feeds)
    first = gradient(J, wanted)
    J2 = total(multiply(first[-1], first[-1]))
    for g in first[:-1]:
        J2 = add(J2, total(multiply(g, activate(g, tanh))))
    size, *second = run([J2, *gradient(J2, wanted)], feeds)
    assume(size < 1e6)
    for v, got in zip(wanted, second, strict=True):
        want = numerical_gradient(lambda changed, v=v: run([J2], feeds | {v: changed})[0], feeds[v])
        assert np.shape(got) == np.shape(feeds[v])
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6 * max(1, size, np.abs(want).max()))


@quick
@given(objectives())
def test_the_shape_rules_know_every_gradient(problem):
    J, variables, feeds = problem
    outputs = gradient(J, [v for v in variables if v in topological_order([J])])
    found = shapes(outputs, {v: np.shape(value) for v, value in feeds.items()})
    for v, value in zip(outputs, run(outputs, feeds), strict=True):
        assert found[v] == np.shape(value) == found.get(v.of, found[v])


TWICE = {
    "a + a": (lambda a: add(a, a), 2.0),
    "a ⊙ a": (lambda a: multiply(a, a), lambda a: 2 * a),
    "a a": (lambda a: matmul(a, a), lambda a: np.add.outer(a.sum(axis=0), a.sum(axis=1))),
    "aᵀ a": (lambda a: matmul(a, a, transpose_a=True), lambda a: 2 * np.repeat(a.sum(axis=1), 2).reshape(2, 2)),
    "a aᵀ": (lambda a: matmul(a, a, transpose_b=True), lambda a: 2 * np.tile(a.sum(axis=0), (2, 1))),
    "aᵀ aᵀ": (lambda a: matmul(a, a, True, True), lambda a: np.add.outer(a.sum(axis=0), a.sum(axis=1))),
    "Σa · a": (lambda a: scale(total(a), a), lambda a: 2 * a.sum() + 0 * a),
}


@pytest.mark.parametrize("case", TWICE)
def test_a_variable_that_feeds_one_operator_twice(case):
    build, want = TWICE[case]
    a = Variable("a")
    value = np.array([[1.0, 2.0], [-3.0, 5.0]])
    J = total(build(a))
    (got,) = run(gradient(J, [a]), {a: value})
    expected = want(value) if callable(want) else np.full((2, 2), want)
    np.testing.assert_allclose(got, expected)
    np.testing.assert_allclose(got, numerical_gradient(lambda v: run([J], {a: v})[0], value), rtol=1e-7, atol=1e-8)


# gradient, what it returns


def test_a_gradient_records_what_it_is_the_gradient_of():
    c = one_hidden_layer()
    wanted = [getattr(c, name) for name in BACKWARD] + [c.x]
    gradients = gradient(c.J, wanted)
    for v, g in zip(wanted, gradients, strict=True):
        assert g.of is v
        assert g.objective is c.J
        assert g.name == repr(g) == f"∂J/∂{v.name}"
    assert len(set(gradients)) == len(wanted)
    assert c.z.of is c.z.objective is None


def test_the_gradients_of_both_summands_are_two_variables():
    a, b = Variable("a"), Variable("b")
    J = total(add(a, b, name="c"))
    da, db = gradient(J, [a, b])
    assert (da.of, db.of) == (a, b)
    assert da is not db
    for g in run([da, db], {a: [1.0, 2.0], b: [3.0, 4.0]}):
        np.testing.assert_array_equal(g, [1, 1])


def test_the_gradient_with_respect_to_J_itself_is_one():
    c, feeds = chapter(*small())
    dJ, dW2 = gradient(c.J, [c.J, c.W2])
    (dW2_alone,) = gradient(c.J, [c.W2])
    values = run([c.J, dJ, dW2, dW2_alone], feeds)
    assert values[1] == 1
    assert np.shape(values[1]) == ()
    assert dJ.of is c.J
    np.testing.assert_array_equal(values[2], values[3])


def test_asked_twice_gives_the_same_twice():
    c, feeds = chapter(*small())
    a, b, other = gradient(c.J, [c.W1, c.W1, c.W2])
    assert a is b
    first, second, _ = run([a, b, other], feeds)
    np.testing.assert_array_equal(first, second)
    assert np.any(first)
    v = Variable("v")
    zero, again = gradient(c.J, [v, v])
    assert [np.shape(value) for value in run([zero, again], {v: np.ones((2, 3))})] == [(2, 3)] * 2


def test_the_order_of_the_wanted_variables_is_kept():
    c, feeds = chapter(*small())
    names = [*BACKWARD, "x"]
    want = dict(zip(names, run(gradient(c.J, [getattr(c, n) for n in names]), feeds), strict=True))
    for shuffled in (names[::-1], names[3:] + names[:3]):
        values = run(gradient(c.J, [getattr(c, name) for name in shuffled]), feeds)
        for name, value in zip(shuffled, values, strict=True):
            np.testing.assert_array_equal(value, want[name])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_does_not_matter_has_zeros_of_its_shape(dtype):
    c, feeds = chapter(*small())
    feeds = {v: value if v is c.y else value.astype(dtype) for v, value in feeds.items()}
    elsewhere = Variable("elsewhere")
    feeds[elsewhere] = np.ones((2, 7), dtype)
    gradients = run(gradient(c.s, [c.x, c.o, c.y, elsewhere]), feeds)
    assert [g.shape for g in gradients] == [(3, 5), (2, 5), (5,), (2, 7)]
    assert not any(g.any() for g in gradients)
    assert run(gradient(c.s, [c.x]), {c.x: feeds[c.x]})[0].dtype == dtype
    (d2,) = gradient(total(gradient(c.J, [elsewhere])[0]), [elsewhere])
    np.testing.assert_array_equal(run([d2], {elsewhere: np.ones((2, 7))})[0], np.zeros((2, 7)))


@quick
@given(problems())
def test_a_gradient_has_the_shape_of_its_variable(problem):
    c, feeds = chapter(*problem)
    names = [*BACKWARD, "x", "J"]
    variables = [getattr(c, name) for name in names]
    values = run(variables + gradient(c.J, variables), feeds)
    for name, value, g in zip(names, values, values[len(names) :], strict=False):
        assert np.shape(value) == np.shape(g), name


def test_gradients_that_meet_add_up():
    """Each W feeds the product and the penalty: J is the sum of L and s, and so is its gradient."""
    c, feeds = chapter(*small())
    of_J, of_L = (run(gradient(objective, [c.W1, c.W2]), feeds) for objective in (c.J, c.L))
    of_s = run(gradient(c.s, [c.W1, c.W2]), {c.W1: feeds[c.W1], c.W2: feeds[c.W2]})
    for J, L, s in zip(of_J, of_L, of_s, strict=True):
        assert relative_error(J, L + s) < 1e-14
        assert L.any()
        assert s.any()


# gradient twice


@pytest.mark.parametrize(("activation", "loss"), list(product((tanh, sigmoid, relu), LOSSES)))
def test_hessian_vector_products(activation, loss):
    net, x, y = small(loss, activation)
    c, feeds = chapter(net, x, y)
    V1, V2 = Variable("V1"), Variable("V2")
    dW1, dW2 = gradient(c.J, [c.W1, c.W2])
    along = add(total(multiply(dW1, V1)), total(multiply(dW2, V2)))
    products = gradient(along, [c.W1, c.W2])

    def hessian_times(v):
        directions = {V1: v[: net.W1.size].reshape(net.W1.shape), V2: v[net.W1.size :].reshape(net.W2.shape)}
        return np.concatenate([block.ravel() for block in run(products, feeds | directions)])

    def closed_gradient(w):
        W1, W2 = w[: net.W1.size].reshape(net.W1.shape), w[net.W1.size :].reshape(net.W2.shape)
        changed = MLP(W1, W2, weight_decay=net.weight_decay, activation=activation, loss=loss)
        g = changed.backward(changed.forward(x, y))
        return np.concatenate([g.W1.ravel(), g.W2.ravel()])

    w = np.concatenate([net.W1.ravel(), net.W2.ravel()])
    want = jacobian(closed_gradient, w)
    hessian = np.stack([hessian_times(v) for v in np.eye(w.size)], axis=1)
    assert relative_error(hessian, want) < 1e-7
    np.testing.assert_allclose(hessian, hessian.T, atol=1e-14)
    cross = hessian[: net.W1.size, net.W1.size :]
    assert np.abs(cross).max() > 0.01
    v = np.random.default_rng(1).standard_normal(w.size)
    assert relative_error(hessian_times(v), hessian @ v) < 1e-13


def test_the_penalty_alone_has_the_hessian_lambda_times_the_identity():
    c, feeds = chapter(*small(weight_decay=0.3))
    V = Variable("V")
    (dW1,) = gradient(c.s, [c.W1])
    v = np.random.default_rng(0).standard_normal((4, 3))
    same_block, cross_block = run(
        gradient(total(multiply(dW1, V)), [c.W1, c.W2]), {V: v, c.W1: feeds[c.W1], c.W2: feeds[c.W2]}
    )
    np.testing.assert_allclose(same_block, 0.3 * v, rtol=1e-14)
    np.testing.assert_array_equal(cross_block, np.zeros((2, 4)))


@pytest.mark.parametrize(("activation", "loss"), list(product(ACTIVATIONS, LOSSES)))
def test_a_third_derivative_is_refused(activation, loss):
    c = one_hidden_layer(activation, loss)
    (first,) = gradient(c.J, [c.W1])
    (second,) = gradient(total(first), [c.W1])
    with pytest.raises(ValueError, match="has two derivatives here, and a third was asked for"):
        gradient(total(second), [c.W1])


# Sentences


def fed(**changed):
    """Run the chapter's J, with cross-entropy, on ones; what is changed to None is not fed."""
    c = one_hidden_layer()
    arrays = {"x": np.ones((3, 5)), "y": [0, 1, 0, 1, 1], "W1": np.ones((4, 3)), "W2": np.ones((2, 4))} | changed
    return run([c.J, *gradient(c.J, [c.W1])], {getattr(c, k): v for k, v in arrays.items() if v is not None})


def with_targets(y):
    c = one_hidden_layer(loss=squared_error)
    return run([c.J], {c.x: np.ones((3, 5)), c.y: y, c.W1: np.ones((4, 3)), c.W2: np.ones((2, 4))})


C, ELSEWHERE = one_hidden_layer(), Variable("elsewhere")
NAN = np.full((3, 5), np.nan)
SENTENCES = {
    "x is not fed": (lambda: fed(x=None), ValueError, r"^no value was fed for x, which J, ∂J/∂W1 needs"),
    "W2 is not fed": (lambda: fed(W2=None), ValueError, r"^no value was fed for W2, which J, ∂J/∂W1 needs"),
    "nothing is fed": (lambda: run([C.J], {}), ValueError, r"^no value was fed for .*, which J needs"),
    "fed and not there": (
        lambda: run([C.J], {ELSEWHERE: 1.0, C.z: 1.0, C.W1: 1.0, C.W2: 1.0, C.y: 1}),
        ValueError,
        r"^elsewhere was fed, but J does not depend on it",
    ),
    "fed and in another graph": (
        lambda: run([C.s], {C.W1: [[1.0]], C.W2: [[1.0]], C.x: [[1.0]]}),
        ValueError,
        r"^x was fed, but s does not depend on it",
    ),
    "x does not fit W1": (
        lambda: fed(x=np.ones((2, 5))),
        ValueError,
        r"operator × cannot compute z from W1 of shape \(4, 3\), x of shape \(2, 5\)",
    ),
    "W2 does not fit h": (
        lambda: fed(W2=np.ones((2, 5))),
        ValueError,
        r"operator × cannot compute o from W2 of shape \(2, 5\), h of shape \(4, 5\)",
    ),
    "x of one axis": (lambda: fed(x=np.ones(3)), ValueError, r"operator × cannot compute z from .* x of shape \(3,\)"),
    "W1 of one axis": (lambda: fed(W1=np.ones(3)), ValueError, r"operator × .* z from W1 of shape \(3,\)"),
    "an empty minibatch": (
        lambda: fed(x=np.ones((3, 0)), y=np.ones(0, int)),
        ValueError,
        r"^x: expected at least one entry along each axis, got shape \(3, 0\)",
    ),
    "too few labels": (
        lambda: fed(y=[0, 1]),
        ValueError,
        r"y: expected shape \(5,\), one class number per example, got \(2,\)",
    ),
    "a label too large": (
        lambda: fed(y=[0, 1, 2, 1, 0]),
        ValueError,
        r"y: expected class numbers from 0 to 1 for 2 outputs, got 2",
    ),
    "a label too small": (
        lambda: fed(y=[0, 1, -1, 1, 0]),
        ValueError,
        r"y: expected class numbers from 0 to 1 for 2 outputs, got -1",
    ),
    "float labels": (
        lambda: fed(y=[0.0, 1.0, 0, 1, 1]),
        TypeError,
        r"y: expected integer class numbers, got dtype float64",
    ),
    "targets of another shape": (
        lambda: with_targets(np.ones((5, 2))),
        ValueError,
        r"y: expected shape \(2, 5\), as the output has, got \(5, 2\)",
    ),
    "nan in targets": (lambda: with_targets(NAN[:2]), ValueError, r"^y must hold finite numbers, got nan"),
    "nan in x": (lambda: fed(x=NAN), ValueError, r"^x must hold finite numbers, got nan"),
    "inf in W1": (lambda: fed(W1=np.full((4, 3), np.inf)), ValueError, r"^W1 must hold finite numbers, got inf"),
    "text in x": (lambda: fed(x=[["a"] * 5] * 3), TypeError, r"^x must hold real numbers, got dtype <U1"),
    "ragged x": (lambda: fed(x=[[1.0, 2.0], [3.0]]), ValueError, r"^x must be an array, got rows of different lengths"),
    "fed by name": (lambda: run([C.J], {"x": 1.0}), TypeError, r"feeds: expected variables, got 'x'"),
    "one output alone": (lambda: run(C.J, {}), TypeError, r"outputs must be a list of variables, got the variable J"),
    "an output by name": (lambda: run(["J"], {}), TypeError, r"outputs: expected variables, got 'J'"),
    "the gradient by name": (lambda: gradient("J", [C.W1]), TypeError, r"J: expected variables, got 'J'"),
    "one variable alone": (
        lambda: gradient(C.J, C.W1),
        TypeError,
        r"variables must be a list of variables, got the variable W1",
    ),
    "a variable by name": (lambda: gradient(C.J, ["W1"]), TypeError, r"variables: expected variables, got 'W1'"),
    "the gradient of a matrix": (
        lambda: run(gradient(C.z, [C.W1]), {C.W1: [[1.0]], C.x: [[1.0]]}),
        ValueError,
        r"^gradient: expected a scalar, got z of shape \(1, 1\)",
    ),
    "labels have no gradient": (lambda: gradient(C.J, [C.y]), ValueError, r"operator l has no derivative .* y"),
    "a length as a shape": (
        lambda: shapes([C.J], {C.W1: 4}),
        TypeError,
        r"the shape of W1: expected a tuple of integers >= 0, got 4",
    ),
    "shapes that do not fit": (
        lambda: shapes([C.J], {C.W1: (4, 3), C.x: (2, 5)}),
        ValueError,
        r"expected as many columns on the left as rows on the right, got 3 and 2",
    ),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_bad_input_is_answered_in_a_sentence(case):
    call, error, sentence = SENTENCES[case]
    with pytest.raises(error, match=sentence):
        call()


NOT_SCALARS = {
    "add": lambda a, b: add(a, b, name="c"),
    "multiply": lambda a, b: multiply(a, b, name="c"),
    "activate": lambda a, b: activate(multiply(a, b), tanh, name="c"),
    "same": lambda a, b: same(add(a, b), name="c"),
    "transpose": lambda a, b: transpose(add(a, b), name="c"),
}


@pytest.mark.parametrize("build", NOT_SCALARS.values(), ids=NOT_SCALARS)
def test_the_gradient_of_what_turns_out_to_be_an_array_is_refused_when_run(build):
    a, b = Variable("a"), Variable("b")
    J = build(a, b)
    (dJ_da,) = gradient(J, [a])
    assert run([J, dJ_da], {a: 2.0, b: 3.0})[1] is not None
    for value in ([1.0, 2.0], [[1.0, 2.0]], [[1.0]]):
        with pytest.raises(ValueError, match=r"^gradient: expected a scalar, got c of shape \(.*\)"):
            run([J, dJ_da], {a: value, b: value})


LINEAR = {
    "a + b": (lambda a, b: add(a, b), 1),
    "a ⊙ b": (lambda a, b: multiply(a, b), 3),
    "a": (lambda a, b: same(a), 1),
    "a · b": (lambda a, b: scale(a, b), 3),
    "b · a": (lambda a, b: scale(b, a), 3),
}


@pytest.mark.parametrize("case", LINEAR)
def test_a_gradient_runs_when_what_it_depends_on_is_fed(case):
    build, want = LINEAR[case]
    a, b = Variable("a"), Variable("b")
    (dJ_da,) = gradient(build(a, b), [a])
    needed = topological_order([dJ_da])
    assert run([dJ_da], {v: value for v, value in ((a, 2.0), (b, 3.0)) if v in needed}) == [want]


def test_a_variable_without_a_name_can_be_named_in_a_sentence():
    nameless, a = Variable(), Variable("a")
    assert repr(nameless)
    assert repr(add(a, a)) == "(+)"
    J = total(add(nameless, a))
    with pytest.raises(ValueError, match=r"^no value was fed for .*\w"):
        run([J], {a: 1.0})
    with pytest.raises(ValueError, match=r"^.*\w.* must hold finite numbers, got nan"):
        run([J], {a: 1.0, nameless: np.nan})


def test_a_product_that_cannot_be_is_refused_in_a_sentence_when_it_is_run():
    a, b = Variable("a"), Variable("b")
    (dJ_da,) = gradient(total(matmul(total(a), b)), [a])
    with pytest.raises(ValueError, match="operator × .*expected a 2-D array, got shape \\(\\)"):
        run([dJ_da], {a: [[1.0]], b: [[1.0]]})


def test_order_takes_any_iterable():
    a = Variable("a")
    b = same(a, name="b")
    assert topological_order({b}) == topological_order(v for v in [b]) == [a, b]


def test_a_failed_run_leaves_nothing_behind():
    c, feeds = chapter(*small())
    outputs = [c.J, *gradient(c.J, [c.W1])]
    before = run(outputs, feeds)
    with pytest.raises(ValueError, match="cannot compute"):
        run(outputs, feeds | {c.x: np.ones((9, 5))})
    for old, new in zip(before, run(outputs, feeds), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_shape_may_be_a_list():
    assert shapes([C.z], {C.W1: [4, 3], C.x: [3, 5]})[C.z] == (4, 5)
