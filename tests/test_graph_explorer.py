"""`helpers.explorers.program`: what the graph explorer shows of any program is what the program computes."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import SVG, check_html, read, rows_of, text_of
from programs import program
from strategies import ALL, quick

from helpers.checking import check_function
from helpers.drawing import LIT
from helpers.explorers.page import number
from helpers.explorers.program import MOST, entry, written
from helpers.functions import cross_entropy, tanh
from helpers.graph import Variable, run
from helpers.network import MLP
from helpers.numpy_operators import constant
from helpers.operators import one_hidden_layer
from helpers.widgets import backward_explorer, graph_explorer

near = pytest.approx


def network(x, y, W1, W2, lam):
    z = W1 @ x
    h = np.tanh(z)
    o = W2 @ h
    p = np.exp(o) / np.sum(np.exp(o), axis=0)
    L = -np.mean(np.log(p[y, np.arange(3)]))
    s = lam / 2 * (np.sum(W1**2) + np.sum(W2**2))
    J = L + s
    return J  # noqa: RET504


def arguments():
    rng = np.random.default_rng(3)
    return {
        "x": rng.standard_normal((4, 3)),
        "y": np.array([0, 2, 1]),
        "W1": rng.standard_normal((2, 4)),
        "W2": rng.standard_normal((3, 2)),
        "lam": 0.1,
    }


def walk(e):
    """Give the explorer at each of its steps."""
    for k in range(e.step.max + 1):
        e.step.value = k
        yield k


def pages(e):
    """Return the pages of all steps, read as XML."""
    return [read(e.view.html) for _ in walk(e)]


# Values.


def test_the_steps_compute_what_the_function_does():
    a = arguments()
    e = graph_explorer(network, **a)
    e.step.value = e.step.max
    shown = e.state["values"]
    z = a["W1"] @ a["x"]
    np.testing.assert_allclose(shown["z"], z)
    np.testing.assert_allclose(shown["h"], np.tanh(z))
    np.testing.assert_allclose(shown["J"], network(**a))
    for name, row in zip(("x", "W1", "W2", "lam"), check_function(network, **a).rows[1:], strict=True):
        np.testing.assert_allclose(shown[f"∂J/∂{name}"][row.index], row.expected, rtol=1e-6)


def test_nothing_is_shown_before_its_step_and_the_forward_pass_comes_first():
    e = graph_explorer(network, **arguments())
    e.step.value = 0
    given = set(e.state["values"])
    assert {"x", "W1", "W2", "lam"} <= given
    assert "J" not in given
    before = given
    for k in walk(e):
        now = set(e.state["values"])
        assert len(now - given) == k
        assert before <= now
        before = now
        forward, backward = ", forward: " in repr(e), ", backward: " in repr(e)
        assert forward == (0 < k and not any(name.startswith("∂") for name in now))
        assert backward == (k > 0 and not forward)


def test_the_chapters_graph_shows_what_the_backward_explorer_shows():
    b = backward_explorer()
    b.hidden.value, b.weight_decay.value = 3, 0.2
    net = MLP(b.state["values"]["W1"], b.state["values"]["W2"], weight_decay=0.2, activation=tanh, loss=cross_entropy)
    c = one_hidden_layer(tanh, cross_entropy, 0.2)
    v = b.state["values"]
    feeds = {c.x: v["x"], c.y: v["y"], c.W1: net.W1, c.W2: net.W2}
    e = graph_explorer(c.J, feeds)
    e.step.value = e.step.max
    for name in ("z", "h", "o", "L", "s", "J", "∂J/∂o", "∂J/∂h", "∂J/∂z", "∂J/∂W1", "∂J/∂W2"):
        np.testing.assert_allclose(e.state["values"][name], v[name])
    e.check.click()
    assert e.report.ok
    assert [row.name for row in e.report.rows] == ["J", "x", "W1", "W2"]
    assert set(e.arguments) == {"x", "y", "W1", "W2"}


@settings(quick, max_examples=50 if ALL else 4)
@given(st.integers(0, 10**6))
def test_random_programs_are_shown_at_every_step(seed):
    f, arrays = program(np.random.default_rng(seed))
    e = graph_explorer(f, **arrays)
    for k in range(0, e.step.max + 1, 1 if ALL else 9):
        e.step.value = k
        root = read(e.view.html)
        assert len([el for el in root.iter(f"{SVG}svg") if el.get("role") == "img"]) == 1
        assert f"Step {k} of {e.step.max}" in text_of(root)


# Rules.


def evaluated(text):
    """Return the number that an entry by hand comes to."""
    text = text.replace("−", "-").replace("·", "*").replace("÷", "/").replace("²", "**2").replace("³", "**3")
    text = re.sub(r"√\(", "sqrt(", text).replace("|*|(", "abs(").replace("^", "**")
    names = {name: getattr(math, name) for name in ("exp", "log", "sqrt", "tanh")} | {"abs": abs}
    return eval(text, {"__builtins__": {}}, names)


@pytest.mark.parametrize(
    "f",
    [
        lambda a, b: np.sum(a @ b),
        lambda a, b: np.sum(np.exp(a) * np.tanh(-a) / (1 + a**2) - np.abs(a) ** 3),
        lambda a, b: np.sum(np.log(np.sqrt(a * a + 1)) + np.mean(b)),
        lambda a, b: np.sum(np.sum(a, axis=0) * np.sum(b, axis=1, keepdims=True)),
    ],
)
def test_the_entry_by_hand_comes_to_what_is_shown(f):
    rng = np.random.default_rng(5)
    e = graph_explorer(f, a=rng.uniform(-2, 2, (2, 3)).round(1), b=rng.uniform(-2, 2, (3, 2)).round(1))
    seen = 0
    for k in walk(e):
        (by_hand,) = [p for p in read(e.view.html).findall("p") if p.find("b") is not None] or [None]
        if by_hand is not None:
            _, sides, *result = text_of(by_hand.find("b")).split(" = ")
            if result and "…" not in sides:
                assert evaluated(sides) == near(evaluated(result[0]), rel=0.03, abs=0.02), (k, sides)
                seen += 1
    assert seen > 3


def test_long_sums_are_shortened():
    a, v = Variable("a", shape=(20,)), np.arange(20.0)
    assert entry(np.sum(a).operator, [v], v.sum()) == "0 + 1 + 2 + 3 + … + 18 + 19"


a, b = Variable("a", shape=(2, 2)), Variable("b", shape=(2, 2))


@pytest.mark.parametrize(
    ("v", "rule"),
    [
        (a + b, "a + b"),
        (a @ b, "a × b"),
        (-a, "−a"),
        (a**2, "a²"),
        (a.T, "aᵀ"),
        (np.exp(a), "exp(a)"),
        (np.where(a > 0, b, a), "where(>, b, a)"),
        (np.clip(a, -1, 2), "clip(a, −1, 2)"),
        (a[0, 1:], "a[0, 1:]"),
        (a[[0, 1], None], "a[[0, 1], newaxis]"),
        (a[..., ::2], "a[…, ::2]"),
        (a.reshape(4), "reshape(a, (4,))"),
        (np.concatenate([a, b]), "join(a, b)"),
        (np.max(a, axis=0), "max(a)"),
        (a * 2, "a ⊙ 2"),
        (a < b, "a < b"),
    ],
)
def test_a_rule_is_written_as_one_writes_it(v, rule):
    parts = [(p.name or p.operator.label) if isinstance(p, Variable) else p for p in written(v.operator)]
    assert "".join(parts) == rule


def test_what_is_kept_is_what_the_way_back_still_needs():
    e = graph_explorer(lambda a, b: np.sum(np.exp(a) * b), a=np.ones(2), b=np.ones(2))
    kept = {}
    for k in walk(e):
        found = re.search(r"Kept at this step for the way back: (.*?)\.", repr(e))
        kept[k] = found[1].split(", ") if found else []
    assert kept[1] == ["#1"]  # exp(a), which is a factor
    assert kept[2] == ["#1", "#2"]  # and the product, whose shape is needed
    assert kept[e.step.max] == []


# Changes.


def test_a_slider_moves_all_that_follows_and_the_check_is_of_other_numbers_then():
    a = arguments()
    e = graph_explorer(network, **a)
    e.check.click()
    assert e.report.ok
    assert "Every gradient agrees" in repr(e)
    e.arguments["lam"].value = 0.2
    assert e.report is None
    assert "agrees" not in repr(e)
    np.testing.assert_allclose(e.state["values"]["J"], network(**(a | {"lam": 0.2})))
    np.testing.assert_allclose(e.state["values"]["∂J/∂W1"][0, 0] - 0.2 * a["W1"][0, 0], network_slope(a), rtol=1e-5)
    e.check.click()
    assert e.report.ok


def network_slope(a):
    """The slope of the loss alone by W1[0, 0], by differences."""

    def at(step):
        W1 = a["W1"].copy()
        W1[0, 0] += step
        return network(**(a | {"W1": W1, "lam": 0.0}))

    return (at(1e-6) - at(-1e-6)) / 2e-6


def test_an_array_can_be_written_anew_also_with_another_shape():
    e = graph_explorer(lambda x: np.sum(x**2), x=np.array([1.0, 2.0]))
    line = e.arguments["x"]
    assert line.value == "[1.0, 2.0]"
    line.value = "[−3, 4]"
    assert e.state["values"]["output"] == 25
    line.value = "[[1, 2], [3, 4], [5, 6]]"
    assert e.state["values"]["output"] == 91
    np.testing.assert_array_equal(e.state["values"]["∂output/∂x"], 2 * np.arange(1.0, 7).reshape(3, 2))
    e.check.click()
    assert e.report.ok


@pytest.mark.parametrize(
    "text", ["", "[1, 2", "abc", "['a']", "[]", "[1, [2]]", "None", "[1j]", "[nan]", "__import__('os')"]
)
def test_what_is_no_array_is_told_and_the_page_stays(text):
    e = graph_explorer(lambda x: np.sum(x**2), x=np.array([1.0, 2.0]))
    e.arguments["x"].value = text
    assert repr(e).startswith("This change was not taken: ")
    assert "x" in repr(e)[:60]
    assert e.state["values"]["output"] == 5
    e.arguments["x"].value = "[3, 4]"
    assert "not taken" not in repr(e)
    assert e.state["values"]["output"] == 25


def test_labels_stay_integers_and_one_out_of_range_is_told():
    e = graph_explorer(network, **arguments())
    before = e.state["values"]["J"]
    e.arguments["y"].value = "[0, 7, 1]"
    assert "not taken" in repr(e)
    assert e.state["values"]["J"] == before
    e.arguments["y"].value = "[0, 0.5, 1]"
    assert "not taken" in repr(e)
    e.arguments["y"].value = "[1, 1, 1]"
    np.testing.assert_allclose(e.state["values"]["J"], network(**(arguments() | {"y": np.array([1, 1, 1])})))


def test_an_integer_has_a_slider_and_may_change_the_graph():
    def power(x, n):
        J = x
        for _ in range(n):
            J = J * 0.5
        return J

    e = graph_explorer(power, x=8.0, n=2)
    assert e.state["values"]["J"] == 2
    count = e.step.max
    e.arguments["n"].value = 3
    e.step.value = e.step.max
    assert e.state["values"]["J"] == 1
    assert e.step.max > count


def test_what_the_reader_gave_is_never_written_into():
    a = arguments()
    copies = {name: np.copy(value) for name, value in a.items()}
    e = graph_explorer(network, **a)
    for _ in walk(e):
        pass
    e.check.click()
    e.arguments["W2"].value = "[[1, 2], [3, 4], [5, 6]]"
    e.arguments["lam"].value = 0.15
    for name, value in a.items():
        np.testing.assert_array_equal(value, copies[name])


def test_float32_stays_float32():
    e = graph_explorer(lambda w, x: np.sum(w * x), w=np.float32(0.5), x=np.ones(3, np.float32))
    e.arguments["w"].value = 0.25
    e.arguments["x"].value = "[1, 2, 3]"
    assert e.state["values"]["output"].dtype == np.float32
    assert e.state["values"]["output"] == 1.5
    assert e.state["values"]["∂output/∂w"].dtype == np.float32


def test_only_numbers_and_small_arrays_have_controls():
    def f(x, big, flag, name, nothing, n):
        return np.sum(x) + np.sum(big)

    e = graph_explorer(f, x=1.0, big=np.ones(100), flag=True, name="a", nothing=None, n=3)
    assert set(e.arguments) == {"x", "n"}


# What is unusual.


def test_without_one_number_there_is_no_way_back_and_it_says_so():
    e = graph_explorer(lambda x: x * 2, x=np.ones(3))
    assert e.step.max == 1
    assert "has the shape (3,)" in repr(e)
    e.check.click()
    assert e.report is None
    e = graph_explorer(lambda n: np.sum(constant(n)), n=np.arange(3))
    assert "no floating-point number" in repr(e)


def test_a_function_that_returns_its_argument():
    e = graph_explorer(lambda x: x, x=2.0)
    for _ in walk(e):
        read(e.view.html)
    assert e.state["values"]["∂x/∂x"] == 1


def test_a_function_that_raises_is_told_when_it_does():
    def picky(x, n):
        if n > 3:
            raise RuntimeError("<b>too many</b>")
        return x * n

    e = graph_explorer(picky, x=1.0, n=2)
    e.arguments["n"].value = 4
    assert "RuntimeError: <b>too many</b>" in repr(e)
    assert "<b>too" not in e.view.html
    assert e.state["values"]["picky"] == 2


@pytest.mark.parametrize("name", ["step", "view", "layout", "children", "<script>", "a&b", "]]>", "λ", "check"])
def test_any_name_can_be_an_argument(name):
    e = graph_explorer(lambda **kw: np.sum(kw[name] ** 2), **{name: np.ones(2)})
    pages(e)
    e.arguments[name].value = "[2, 3]"
    assert e.state["values"]["output"] == 13


def test_two_variables_of_one_name_are_two_arguments():
    u, v = Variable("a"), Variable("a")
    e = graph_explorer(u * v, {u: 2.0, v: 3.0})
    assert set(e.arguments) == {"a", "a (2)"}
    e.arguments["a (2)"].value = 5.0
    assert 10 in e.state["values"].values()


@pytest.mark.parametrize(
    ("f", "feeds", "arrays"),
    [(3, None, {}), (np.sum, {}, {}), (a * b, None, {}), (a * b, {}, {"x": 1.0}), (a * b, [1], {})],
)
def test_what_is_neither_a_function_nor_a_graph_is_refused(f, feeds, arrays):
    with pytest.raises(TypeError, match="expected|must be|takes"):
        graph_explorer(f, feeds, **arrays)


def test_of_a_long_program_the_part_around_the_step_is_drawn():
    def long(x):
        for _ in range(100):
            x = np.tanh(x)
        return x

    e = graph_explorer(long, x=0.5)
    for k in (0, 1, 50, 99, 100, 101, 250, e.step.max):
        e.step.value = k
        root = read(e.view.html)
        circles = [*root.iter(f"{SVG}ellipse")]
        assert 0 < len(circles) <= 1.5 * MOST  # constants among them
        assert sum(c.get("fill") == LIT for c in circles) == (k > 0)
        first, last = map(int, re.search(r"operators (\d+) to (\d+) of", repr(e)).groups())
        assert first <= max(k, 1) <= last


@pytest.mark.weekly
def test_20000_operators():
    x = Variable("x")
    v = x
    for _ in range(10_000):
        v = np.tanh(v)
    e = graph_explorer(v, {x: 0.1})
    assert e.step.max > 20_000
    e.step.value = 15_000
    assert len(e.view.html) < 200_000


def test_values_that_are_not_finite_are_shown():
    e = graph_explorer(lambda x: np.sum(np.log(x)), x=np.array([0.0, 1.0, 2.0]))
    e.step.value = 1
    check_html(e.view.html)
    assert number(-np.inf) in e.view.html


def test_a_big_array_is_shortened_with_its_shape_and_norm():
    x = np.arange(200.0).reshape(10, 20)
    e = graph_explorer(lambda x: np.sum(x * 2), x=x)
    e.step.value = 1
    table = read(e.view.html).find(".//table")
    rows = rows_of(table)
    assert len(rows) == 8
    assert rows[0][-1] == "…"
    assert rows[-1][0] == "⋮"
    assert "10 × 20" in e.view.html
    assert f"‖·‖ {number(np.linalg.norm(2 * x))}" in e.view.html


def test_more_than_two_axes_lie_under_each_other():
    x = np.arange(12.0).reshape(2, 3, 2)
    e = graph_explorer(lambda x: np.sum(x * 1.0), x=x)
    e.step.value = 1
    assert rows_of(read(e.view.html).find(".//table")) == [[number(v) for v in row] for row in x.reshape(6, 2)]


def test_run_is_left_alone():
    """The graph that was given can be run as before."""
    c = one_hidden_layer(tanh, cross_entropy, 0.2)
    net = MLP.random(4, 3, 2, seed=0)
    feeds = {c.x: np.ones((4, 1)), c.y: np.array([1]), c.W1: net.W1, c.W2: net.W2}
    before = run([c.J], feeds)
    graph_explorer(c.J, feeds).step.value = 3
    assert run([c.J], feeds) == before


def test_a_function_that_returns_its_argument_has_a_graph_of_one_variable():
    e = graph_explorer(lambda x: x, x=np.array([1.0, 2.0]))
    assert e.step.max == 0
    assert "<svg" in e.view.html
