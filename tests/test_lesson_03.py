"""Notebook 03: its blanks, its pictures, and the graph that is cut."""

import numpy as np
import pytest

from helpers.drawing import BACKWARD, FAINT, FORWARD, INK, LIT, Layout, draw
from helpers.exercises.tasks import TASKS
from helpers.functions import squared_error, tanh
from helpers.gradient import gradient
from helpers.graph import Variable
from helpers.operators import add, multiply, one_hidden_layer
from helpers.plots import show_route, show_slopes, show_tables


def slope_of_chain(a, u):
    p = a * u
    q = p**3
    return np.cos(q) * 3 * p**2 * a


def slope_over_routes(a, b, c, d, e, f):
    return a * c * f + b * d * f + b * e


def test_the_right_slope_is_that_of_differences():
    for a, u in TASKS["slope_of_chain"].cases:
        low, high = (np.sin((a * (u + step)) ** 3) for step in (-1e-6, 1e-6))
        assert np.isclose((high - low) / 2e-6, slope_of_chain(a, u), rtol=1e-6)


def test_the_right_sum_is_that_of_a_walk_from_the_end():
    for a, b, c, d, e, f in TASKS["slope_over_routes"].cases:
        of_r = f
        of_q, of_p = d * of_r + e, c * of_r
        assert np.isclose(a * of_p + b * of_q, slope_over_routes(a, b, c, d, e, f))


# The graph that is cut.


def looks(cut, *outputs):
    """Return the colours of squares and circles by name, and the arrows by tail and head."""
    layout = Layout(outputs, wide=False, cut=cut)
    nodes = {key: f"{'of ' if node.shape.is_round else ''}{node.v}" for key, node in layout._nodes.items()}
    colours = {nodes[key]: node.colour for key, node in layout._nodes.items()}
    arrows = {(nodes[arrow.tail], nodes[arrow.head]): arrow for arrow in layout._arrows}
    return colours, arrows, {nodes[key]: node.fill for key, node in layout._nodes.items()}


def test_what_follows_is_blue_and_the_rest_is_grey():
    c = one_hidden_layer(activation=tanh, loss=squared_error)
    colours, arrows, fills = looks(c.h, c.J)
    blue = {name for name, colour in colours.items() if colour == FORWARD}
    assert blue == {"h", "o", "of o", "L", "of L", "J", "of J"}
    assert {colours[name] for name in colours.keys() - blue} == {FAINT}
    assert {name: fill for name, fill in fills.items() if fill != "white"} == {"h": LIT}
    assert {pair for pair, arrow in arrows.items() if arrow.colour == FORWARD} == {
        ("h", "of o"),
        ("of o", "o"),
        ("o", "of L"),
        ("of L", "L"),
        ("L", "of J"),
        ("of J", "J"),
    }
    assert [pair for pair, arrow in arrows.items() if arrow.dashed] == [("of h", "h")]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("h", "Cut at h: o, L and J follow, and the rest stays."),
        ("W1", "Cut at W1: z, h, o, L, s and J follow, and the rest stays."),
        ("s", "Cut at s: J follows, and the rest stays."),
        ("J", "Cut at J: nothing follows, and the rest stays."),
    ],
)
def test_the_sentence_tells_what_follows(name, told):
    c = one_hidden_layer()
    assert draw(c.J, cut=vars(c)[name]).sentence.endswith(told)


def test_a_graph_without_a_cut_looks_as_before():
    c = one_hidden_layer()
    colours, arrows, fills = looks(None, c.J, *gradient(c.J, [c.W1]))
    assert set(colours.values()) == {INK, FORWARD, BACKWARD}
    assert LIT not in fills.values()
    assert "Cut" not in draw(c.J).sentence
    assert not any(arrow.colour == FAINT for arrow in looks(None, c.J)[1].values())


def test_an_input_that_enters_twice_and_a_value_that_is_shown():
    a = Variable("a")
    b = multiply(a, a, name="b")
    drawing = draw(add(b, b, name="c"), values={a: 3.0}, cut=b)
    assert "Cut at b: c follows" in drawing.sentence
    assert "a is 3" in drawing.sentence


def test_a_cut_must_be_in_the_graph():
    c = one_hidden_layer()
    with pytest.raises(ValueError, match="cut: W2 is not in the graph"):
        draw(c.z, cut=c.W2)
    with pytest.raises(TypeError, match="cut"):
        draw(c.z, cut="z")


# The figures.


def texts(picture):
    (axes,) = picture._figure.axes
    return [text.get_text() for text in axes.texts]


def test_a_nudge_is_multiplied_by_each_slope():
    picture = show_route("abc", [1, 2, -3], [4, -0.5], 0.1)
    assert picture.sentence == (
        "A nudge along a route: a = 1 is nudged by 0.1; times 4, b = 2 moves by 0.4; times −0.5, c = −3 moves by −0.2"
    )
    assert {"+0.1", "+0.4", "−0.2", "× 4", "× −0.5", "c\n−3"} <= set(texts(picture))


def test_each_edge_has_its_slope():
    picture = show_slopes({("u", "p"): -6, ("p", "$J$"): "a"}, {"u": (0, 0), "p": (1, 1), "$J$": (2, 0)})
    assert picture.sentence == "A graph with a slope on each edge: u to p, −6; p to $J$, a"
    assert {"−6", "a", "u", "p", r"\$J\$"} <= set(texts(picture))


def test_tables_show_every_entry():
    picture = show_tables({"a": [[1, 0]], "b": [[0, -2.5]]})
    assert picture.sentence == "Tables side by side: a, rows (1, 0); b, rows (0, −2.5); 2 of 4 entries are 0"
    assert texts(picture) == ["a", "1", "0", "b", "0", "−2.5"]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: show_route("ab", [1, 2], [3, 4], 0.1), "slopes: expected one number fewer than values has"),
        (lambda: show_route("a", [1, 2], [3], 0.1), "names: expected 2 entries, got 1"),
        (lambda: show_slopes({}, {"u": (0, 0)}), "slopes: expected at least one entry"),
        (lambda: show_slopes({("u", "v"): 1}, {"u": (0, 0)}), "slopes: expected pairs of two names that have places"),
        (lambda: show_slopes({("u", "u"): 1}, {"u": (0, 0)}), "slopes: expected pairs of two names that have places"),
        (lambda: show_slopes({("u", "v"): 1}, {"u": (0,), "v": (1,)}), "places: expected a column and a row per name"),
        (lambda: show_tables({}), "tables: expected at least one entry"),
    ],
)
def test_what_cannot_be_drawn_is_refused(make, told):
    with pytest.raises(ValueError, match=told):
        make()
