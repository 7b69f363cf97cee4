"""`helpers.explorers.page`: each piece shows the numbers it is given, has a name, and does not rely on colour."""

import base64
import io
import re
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.image import imread
from pages import MINUS, SVG, contrast, read, rows_of, text_of, value
from strategies import quick

from helpers._pictures import BACKWARD, FORWARD
from helpers.explorers.page import (
    bar,
    bars,
    curves,
    heat_map,
    math,
    nice_ceiling,
    number,
    objective_bar,
    png,
    shape,
    stack,
    svg,
    text,
    ticks,
    tinted,
)

HOSTILE = """<script>alert("x")</script> & 'y'"""
numbers = st.floats(-1e6, 1e6, allow_subnormal=False)
near = pytest.approx


def tags(picture, name):
    return list(ElementTree.fromstring(picture).iter(f"{SVG}{name}"))


def floats(element, *names):
    return [float(element.get(name)) for name in names]


def words_in(picture):
    return [text_of(t) for t in tags(picture, "text")]


# Numbers


@quick
@given(numbers)
def test_a_number_keeps_three_digits_and_its_sign(v):
    shown = number(v)
    assert value(shown) == near(v, rel=0.0051)
    assert "-" not in shown
    assert shown.startswith(MINUS) == (v < 0)
    assert len(re.sub(r"e.*", "", shown).strip("0." + MINUS).replace(".", "").lstrip("0")) <= 3


@pytest.mark.parametrize("zero", [0, 0.0, -0.0, np.float64(-0.0), np.array(-0.0)])
def test_zero_has_no_sign(zero):
    assert number(zero) == "0"
    assert MINUS not in heat_map("λW", "W", np.array([[0.0 * -1.0]]))


def test_a_shape_is_told_in_words():
    assert shape(np.ones((2, 3))) == "2 × 3"
    assert shape(np.ones(4)) == "4"
    assert shape(1.0) == ""


@quick
@given(st.floats(1e-100, 1e300))
def test_the_ceiling_is_the_next_round_number(v):
    end = nice_ceiling(v)
    mantissa = end / 10.0 ** np.floor(np.log10(end * (1 + 1e-9)))
    assert mantissa == near(1) or mantissa == near(2) or mantissa == near(5)
    assert v * (1 - 1e-9) <= end <= 2.5 * v * (1 + 1e-9)


@pytest.mark.parametrize("v", [5e-324, 2.2250738585072014e-308, 1e-290, 1e-101, 0.0])
def test_what_is_as_good_as_nothing_is_drawn_as_nothing(v):
    assert nice_ceiling(v) == 1
    for picture in (objective_bar(0.0, v), objective_bar(v, v), curves("J", {"J": ([1, 2], [v, v], "black", "")})):
        numbers = [float(n) for n in re.findall(r' (?:x|y|width|height|x1|x2|y1|y2)="([^"]*)"', picture)]
        assert np.isfinite(numbers).all()
        assert max(numbers) < 1000


@quick
@given(st.floats(1e-3, 1e6), st.integers(2, 8))
def test_ticks_are_even_and_stay_inside(high, count):
    found = ticks(0, high, count)
    assert found[0] == 0
    assert 2 <= len(found) <= count + 1
    assert all(0 <= v <= high * (1 + 1e-6) for v in found)
    np.testing.assert_allclose(np.diff(found), found[1], rtol=1e-6)


# Colours


@quick
@given(st.floats(-3, 3), st.floats(0, 2))
def test_ink_stays_legible_on_every_tint(v, limit):
    assert contrast(tinted(v, limit), "#222") >= 4.5


@quick
@given(st.floats(0, 1), st.floats(0, 1))
def test_the_larger_the_deeper_and_each_sign_has_its_own_side(a, b):
    def channels(v):
        return [int(tinted(v, 1.0)[k : k + 2], 16) for k in (1, 3, 5)]

    low, high = sorted([a, b])
    for sign in (1, -1):
        assert all(x >= y for x, y in zip(channels(sign * low), channels(sign * high), strict=True))
    red, _, blue = channels(high)
    assert red >= blue
    red, _, blue = channels(-high)
    assert red <= blue
    assert tinted(0.0, high) == tinted(0.0, 0.0) == tinted(1.0, 0.0) == "#ffffff"
    assert tinted(5.0, 1.0) == tinted(1.0, 1.0) != tinted(0.5, 1.0)


# Arrays


@quick
@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 10**6))
def test_a_heat_map_holds_every_entry_in_its_place(rows, columns, seed):
    array = np.random.default_rng(seed).standard_normal((rows, columns))
    root = read(heat_map("an array", math("W^{(1)}"), array))
    (table,) = root.iter("table")
    assert table.get("aria-label") == "an array"
    assert rows_of(table) == [[number(v) for v in row] for row in array]
    cells = list(table.iter("td"))
    limit = np.abs(array).max()
    assert [c.get("style") for c in cells] == [f"background:{tinted(v, limit)}" for v in array.ravel()]
    assert f"{rows} × {columns}" in text_of(root)
    assert "not computed" not in text_of(root)


def test_scalars_and_vectors_are_arrays_of_one_row():
    assert [rows_of(t) for t in read(heat_map("J", "J", 1.5)).iter("table")] == [[["1.5"]]]
    assert [rows_of(t) for t in read(heat_map("y", "y", np.array([0, 2]))).iter("table")] == [[["0", "2"]]]


def test_a_missing_array_says_so_and_shows_no_number():
    root = read(heat_map("J", "J", None))
    assert text_of(root.find("figure/p")) == "not computed yet"
    assert root.find("figure").get("class") == "missing"
    assert not list(root.iter("table"))
    assert not re.search(r"\d", text_of(root))


# Equations


def test_equations_are_mathml_and_hold_no_script():
    for display in ("inline", "block"):
        root = ElementTree.fromstring(math(r"\frac{\partial J}{\partial z} \odot \lambda < 1", display))
        assert root.tag.endswith("math")
        assert root.get("display") == display
        assert set("∂Jzλ⊙<1") <= set("".join(root.itertext()))
        assert any(element.tag.endswith("mfrac") for element in root.iter())


# Escapes


@pytest.mark.parametrize(
    "make",
    [
        lambda s: heat_map(s, "x", np.ones(2)),
        lambda s: svg(10, 10, s, text(0, 0, s)),
        lambda s: bars(s, [1.0, -2.0], 300, [(0, s)]),
        lambda s: curves(s, {s: ([1, 2], [1.0, 2.0], "#000000", "")}, [(1, s)]),
    ],
    ids=["heat_map", "svg", "bars", "curves"],
)
def test_text_from_outside_is_escaped(make):
    made = make(HOSTILE)
    assert "<script" not in made
    root = read(made)
    assert not [e for e in root.iter() if "script" in e.tag]
    told = [e.get("aria-label") for e in root.iter() if e.get("aria-label")] + [text_of(root)]
    assert any(HOSTILE in t for t in told)


# Bars


@quick
@given(st.lists(numbers, min_size=1, max_size=12))
def test_bars_go_up_if_positive_and_down_if_negative(values):
    picture = bars("z", np.array(values))
    read(picture)
    drawn, (line,) = tags(picture, "rect"), tags(picture, "line")
    (zero,) = set(floats(line, "y1", "y2"))
    span = max(*values, 0.0) - min(*values, 0.0) or 1.0
    assert len(drawn) == len(values)
    for rect, v in zip(drawn, values, strict=True):
        y, height = floats(rect, "y", "height")
        assert height == near(abs(v) / span * 92, abs=0.06)
        assert (y + height if v > 0 else y) == near(zero, abs=0.16)  # stands on the line, or hangs from it
        assert rect.get("fill") == (BACKWARD if v > 0 else FORWARD)
    lefts = [float(rect.get("x")) for rect in drawn]
    assert lefts == sorted(lefts)
    assert {"z", number(max(*values, 0.0)), number(min(*values, 0.0)), "0"} == set(words_in(picture))


def test_bars_say_their_range_and_mark_what_is_asked_for():
    picture = bars("o", [3.0, -4.0, 1.0], 300, [(1, "label")])
    assert ElementTree.fromstring(picture).get("aria-label") == f"o: 3 numbers from {MINUS}4 to 3"
    (mark,) = (t for t in tags(picture, "text") if text_of(t) == "label")
    x, width = floats(tags(picture, "rect")[1], "x", "width")
    assert float(mark.get("x")) == near(x + width / 2, abs=0.11)


@pytest.mark.parametrize("values", [[0.0], [0.0, 0.0], [5.0], [-5.0], [1e-300, 0.0]])
def test_bars_hold_at_the_edges(values):
    read(bars("z", values))


def test_a_striped_bar_keeps_its_stripes_inside():
    for x, width in ((0.0, 3.0), (10.0, 50.0), (5.0, 200.0), (5.0, 0.0)):
        body = bar(x, 10, width, 20, "#009E73", striped=True)
        assert ("M" in body) == (width > 0 or "M" in body)
        for px, py in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", body):
            assert x - 0.06 <= float(px) <= x + width + 0.06
            assert 10 - 0.06 <= float(py) <= 30 + 0.06
    assert "<path" not in bar(0, 0, 50, 20, "#009E73")
    assert bar(0, 0, 50, 20, "#009E73", striped=True).count("M") >= 6
    for a, b, c, d in re.findall(r"M([-\d.]+) ([-\d.]+)L([-\d.]+) ([-\d.]+)", bar(7, 3, 50, 20, "red", striped=True)):
        assert float(c) - float(a) == near(float(b) - float(d), abs=0.21)  # 45°


# J as the sum of L and s


@quick
@given(st.floats(0, 50), st.floats(0, 50))
def test_the_bar_of_the_objective_is_L_and_s_end_to_end(L, s):
    picture = objective_bar(L, s)
    root = read(picture).find(f"{SVG}svg")
    told = f"J = {number(L + s)}, of which L = {number(L)} and s = {number(s)}"
    assert root.get("aria-label") == told
    assert told in words_in(picture)
    first, second = tags(picture, "rect")[:2]
    (x, width), (x2, width2) = floats(first, "x", "width"), floats(second, "x", "width")
    assert x2 == near(x + width, abs=0.11)
    assert x2 + width2 <= 452
    scale = 440 / nice_ceiling(L + s)
    assert (width, width2) == (near(L * scale, abs=0.06), near(s * scale, abs=0.06))
    stripes = root.findall(f"{SVG}path")
    assert len(stripes) == 1
    assert first.get("fill") != second.get("fill")
    labels = [t for t in tags(picture, "text") if text_of(t) in ("L", "s")]
    for label in labels:
        start, size = (x, width) if text_of(label) == "L" else (x2, width2)
        assert start <= float(label.get("x")) <= start + size
    assert [text_of(t) for t in labels] == [k for k, size in (("L", L * scale), ("s", s * scale)) if size > 24]
    ticked = [value(t) for t in words_in(picture)[1 + len(labels) :]]
    for v, mark in zip(ticked, tags(picture, "line"), strict=True):
        assert float(mark.get("x1")) == near(8 + v * scale, abs=2)
    assert ticked[-1] * scale == near(440, abs=3)


@pytest.mark.parametrize(("L", "s"), [(None, None), (1.0, None), (None, 1.0)])
def test_an_objective_that_is_not_computed_says_so(L, s):
    picture = objective_bar(L, s)
    assert words_in(picture) == ["J: not computed yet"] == [ElementTree.fromstring(picture).get("aria-label")]
    assert not tags(picture, "rect")


# Pictures


def test_an_image_comes_back_pixel_by_pixel():
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3))
    address = png(pixels)
    head, _, data = address.partition(",")
    assert head == "data:image/png;base64"
    back = imread(io.BytesIO(base64.b64decode(data)), format="png")
    np.testing.assert_array_equal((back[..., :3] * 255).round().astype(int), pixels)


def test_a_stack_puts_pictures_under_each_other_and_shrinks_what_is_too_wide():
    one = svg(300, 40, "one", "<rect x='0' y='0' width='300' height='40'/>")
    wide = svg(1800, 100, "wide", "<rect/>")
    root = ElementTree.fromstring(stack([one, wide, one], 900))
    places = [floats(s, "y", "width", "height") for s in root.findall(f"{SVG}svg")]
    assert places == [[0, 300, 40], [52, 900, 50], [114, 300, 40]]
    assert root.get("viewBox") == "0 0 900 166"
    assert [s.get("viewBox") for s in root.findall(f"{SVG}svg")][1] == "0 0 1800.0 100.0"
    assert floats(root, "width", "height") == [900, 166]


# Curves


def polylines(picture):
    return [
        [tuple(map(float, pair.split(","))) for pair in line.get("points").split()]
        for line in tags(picture, "polyline")
    ]


def test_curves_pass_through_their_values():
    steps, values = np.array([1.0, 5.0, 10.0]), np.array([2.0, 1.0, 0.0])
    picture = curves("a title", {"J": (steps, values, "#000000", ""), "s": (steps, values / 2, "#009E73", "6 3")})
    read(picture)
    J, s = polylines(picture)
    left, right, bottom = 62, 540 - 64, 210 - 24
    scale = (bottom - 26) / 2.0
    assert J == [
        near((left + t / 10 * (right - left), bottom - v * scale), abs=0.06) for t, v in zip(steps, values, strict=True)
    ]
    assert s == [
        near((left + t / 10 * (right - left), bottom - v / 2 * scale), abs=0.06)
        for t, v in zip(steps, values, strict=True)
    ]
    assert [line.get("stroke-dasharray") for line in tags(picture, "polyline")] == ["", "6 3"]
    assert [line.get("stroke") for line in tags(picture, "polyline")] == ["#000000", "#009E73"]
    assert ElementTree.fromstring(picture).get("aria-label") == "a title: J is now 0; s is now 0"


def test_the_axes_of_curves_stand_where_they_say():
    picture = curves("t", {"J": (np.arange(101), np.linspace(7, 3, 101), "#000000", "")})
    lines = tags(picture, "line")
    heights = [float(line.get("y1")) for line in lines]
    told = [t for t in tags(picture, "text") if t.get("text-anchor") == "end"]
    assert [value(text_of(t)) for t in told] == [near(10 * (186 - y) / 160, abs=0.01) for y in heights]
    along = [t for t in tags(picture, "text") if float(t.get("y")) == 202]
    assert [float(t.get("x")) for t in along] == [near(62 + value(text_of(t)) * 4.14, abs=0.06) for t in along]
    assert len(along) >= 3


def test_curves_without_a_step_say_so():
    empty = (np.array([]), np.array([]), "#000000", "")
    picture = curves("t", {"J": empty, "s": empty})
    assert ElementTree.fromstring(picture).get("aria-label") == "t: no step yet"
    assert not polylines(picture)
    read(picture)


@pytest.mark.parametrize("values", [[0.0], [0.0, 0.0], [1e-300, 0.0], [1e300, 1.0]])
def test_curves_hold_at_the_edges(values):
    steps = np.arange(len(values)) + 1.0
    read(curves("t", {"J": (steps, np.array(values), "#000000", "")}))


@quick
@given(st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_names_at_the_ends_of_curves_keep_apart_and_in_order(ends):
    lines = {f"n{k}": (np.array([1, 2]), np.array([1.0, v]), "#000000", "") for k, v in enumerate(ends)}
    picture = curves("t", lines)
    named = {text_of(t): float(t.get("y")) for t in tags(picture, "text") if text_of(t).startswith("n")}
    assert set(named) == set(lines)
    assert all(abs(a - b) >= 12.9 for a, b in pairwise(sorted(named.values())))
    by_value = sorted(named, key=lambda k: lines[k][1][-1])
    for low, high in pairwise(by_value):
        assert named[low] > named[high] or lines[low][1][-1] == near(lines[high][1][-1], abs=0.01)
    assert all(0 < y < 200 for y in named.values())


def test_the_name_at_the_end_of_a_curve_stands_beside_a_piece_of_it():
    lines = {"J": ([1, 2], [1.0, 0.9], "#000000", ""), "s": ([1, 2], [0.1, 0.2], "#009E73", "6 3")}
    picture = curves("t", lines)
    names = {text_of(t): t for t in tags(picture, "text") if text_of(t) in lines}
    for piece, (label, (*_, colour, dashes)) in zip(tags(picture, "path"), reversed(lines.items()), strict=True):
        assert (piece.get("stroke"), piece.get("stroke-dasharray")) == (colour, dashes)
        x, y, length = map(float, re.match(r"M([\d.]+) ([\d.]+)h(\d+)$", piece.get("d")).groups())
        assert x + length < float(names[label].get("x")) < x + length + 8
        assert y == near(float(names[label].get("y")) - 4)
        assert names[label].get("fill") is None  # black: yellow on white is hard to read


def test_one_step_alone_can_be_seen():
    line = (np.array([1]), np.array([0.7]), "#E69F00", "")
    (dot,) = tags(curves("t", {"J": line}), "circle")
    assert floats(dot, "cx", "cy") == near([540 - 64, 186 - 0.7 * 160], abs=0.06)
    assert dot.get("fill") == "#E69F00"
    assert not tags(curves("t", {"J": ([1, 2], [0.7, 0.7], "#E69F00", "")}), "circle")


@pytest.mark.parametrize("last", [1, 2, 3, 7, 20, 999])
def test_steps_are_counted_in_whole_numbers(last):
    steps = np.arange(last) + 1
    picture = curves("t", {"J": (steps, np.ones(last), "#000000", "")})
    along = [text_of(t) for t in tags(picture, "text") if float(t.get("y")) == 202]
    assert along[0] == "0"
    assert len(along) >= 2
    assert all(re.fullmatch(r"\d+", t) for t in along)


def width_of(told):
    """Return the pixels that a number takes in DejaVu Sans of 12 pixels; Verdana is about as wide."""
    return sum({".": 3.9, MINUS: 10.1, "+": 10.1}.get(letter, 7.7) for letter in told)


@pytest.mark.parametrize("most", [1.7e-5, 0.012, 0.123, 1234, 1540, 123456, 9.9e7, 1.23e99])
def test_the_numbers_beside_curves_have_room(most):
    picture = curves("t", {"J": ([1, 2], [0, most], "#000000", "")})
    for t in tags(picture, "text"):
        if t.get("text-anchor") == "end":
            assert width_of(text_of(t)) <= float(t.get("x")), text_of(t)


@quick
@given(
    st.lists(
        st.integers(-2000, 2000).map(lambda k: k / 1000) | st.sampled_from([-1.23e-5, 0.00507, -0.0409, 123.456]),
        min_size=1,
        max_size=4,
    )
)
def test_the_numbers_beside_bars_have_room_and_keep_apart(values):
    picture = bars("z", np.array(values))
    beside = [t for t in tags(picture, "text") if t.get("text-anchor") == "end"]
    for t in beside:
        assert width_of(text_of(t)) <= float(t.get("x")), text_of(t)
    heights = sorted(float(t.get("y")) for t in beside)
    assert all(b - a >= 11 for a, b in pairwise(heights))
    assert all(9 <= y <= 136 for y in heights)


def test_changes_are_marked_where_they_were_and_stay_inside():
    steps = np.arange(1, 101)
    marks = [(k * 10, f"change {k}") for k in range(11)]
    picture = curves("t", {"J": (steps, np.ones(100), "#000000", "")}, marks)
    found = [e for e in tags(picture, "path") if e.get("stroke-dasharray") == "2 3"]
    assert [float(re.match(r"M([\d.]+)", e.get("d"))[1]) for e in found] == [
        near(62 + step * 4.14, abs=0.06) for step, _ in marks
    ]
    named = {text_of(t): t for t in tags(picture, "text") if text_of(t).startswith("change")}
    for step, change in marks:
        x, anchor = float(named[change].get("x")), named[change].get("text-anchor")
        assert x == near(62 + step * 4.14 + (4 if anchor == "start" else -4), abs=0.06)
        assert anchor == ("start" if step <= 50 else "end")
    assert all(a.get("y") != b.get("y") for a, b in pairwise(named.values()))


def test_a_long_curve_is_thinned_out_for_the_page():
    steps = np.arange(5000)
    picture = curves("t", {"J": (steps, np.cos(steps), "#000000", "")})
    assert 150 <= len(polylines(picture)[0]) <= 300
