"""`helpers.widgets`: what the explorers show is what the network, the graph and `train` compute, at every setting.

What a reader does is simulated: sliders by setting `.value`, buttons by `.click()`, the browser's clock by its message.
"""

import base64
import html
import inspect
import io
import json
import math
import re
import tracemalloc
from itertools import pairwise, product
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ipywidgets import Button, Dropdown, FloatSlider, IntSlider
from matplotlib.image import imread
from pages import MINUS, SVG, contrast, read, rows_of, text_of, value
from strategies import ALL, quick

from helpers import drawing
from helpers.checking import check_gradients
from helpers.data import corners, digits, rings, spirals
from helpers.drawing import LIT, places
from helpers.explorers import backward, forward, memory, training
from helpers.explorers.page import math as mathml
from helpers.explorers.page import number, objective_bar
from helpers.functions import relu, sigmoid, softmax, tanh
from helpers.gradient import gradient
from helpers.graph import topological_order
from helpers.memory import footprint
from helpers.network import MLP
from helpers.operators import hidden_layers
from helpers.training import accuracy
from helpers.widgets import backward_explorer, explorer, forward_explorer, memory_explorer, training_explorer

PHI = {"tanh": tanh, "relu": relu, "sigmoid": sigmoid}
MAKERS = (forward_explorer, backward_explorer, training_explorer, memory_explorer)
PURE = (forward_explorer, backward_explorer, memory_explorer)  # a run remembers its moves; these do not
every_pure_explorer = pytest.mark.parametrize("make", PURE, ids=lambda make: make.__name__)
every_explorer = pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
some = settings(quick, max_examples=100 if ALL else 15)
few = settings(quick, max_examples=50 if ALL else 6, suppress_health_check=[HealthCheck.too_slow])
near = pytest.approx


def tick(e, turn=None):
    """Do what the browser's clock does, when a view has waited for the present turn or for another."""
    e.view._handle_custom_msg({"turn": e.view.turn if turn is None else turn}, [])


def play(e, ticks):
    """Let the clock run while Play is on, and return how often it ticked."""
    for k in range(ticks):
        if not e.view.playing:
            return k
        tick(e)
    return ticks


def options(control):
    """Return the settings that a control can have, the extremes among them."""
    if isinstance(control, IntSlider):
        return st.sampled_from([control.min, control.max]) | st.integers(control.min, control.max)
    if isinstance(control, FloatSlider):
        count = round((control.max - control.min) / control.step)
        steps = st.sampled_from([0, 1, count]) | st.integers(0, count)
        return steps.map(lambda k: round(control.min + k * control.step, 6))
    return st.sampled_from([v for _, v in control._options_full])


def move(e, name, to):
    getattr(e, name).value = to


def same(a, b):
    """Whether two states hold the same, arrays included."""
    if isinstance(a, dict):
        return set(a) == set(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b)
    return repr(a) == repr(b)


# What holds of all four


@every_explorer
def test_every_control_has_a_name_and_is_an_attribute(make):
    e = make()
    for name, control in e.controls.items():
        assert getattr(e, name) is control
        assert control.description.strip()
    buttons = [child for row in e.children[:-1] for child in row.children if isinstance(child, Button)]
    assert all(b.description.strip() for b in buttons)
    names = [c.description for c in [*e.controls.values(), *buttons]]
    assert len(set(names)) == len(names)
    assert e.children[-1] is e.view
    assert [c for row in e.children[:-1] for c in row.children] == [*e.controls.values(), *buttons]


@pytest.mark.parametrize("make", MAKERS[:3], ids=lambda make: make.__name__)
def test_hidden_and_weight_decay_are_sliders(make):
    e = make()
    assert isinstance(e.hidden, IntSlider)
    assert e.hidden.min == 1
    assert isinstance(e.weight_decay, FloatSlider)
    assert e.weight_decay.min == 0
    assert e.weight_decay.step > 0


def test_an_explorer_prints_its_words():
    for make in MAKERS:
        e = make()
        assert repr(e) == e.state["words"]
        (words,) = read(e.view.html).findall(".//*[@class='words']")
        assert text_of(words) == e.state["words"]


@every_pure_explorer
def test_after_any_moves_the_page_is_that_of_the_settings(make):
    names = {n: options(c) for n, c in make().controls.items()}
    moves = st.lists(st.one_of([st.tuples(st.just(n), v) for n, v in names.items()]), min_size=1, max_size=8)

    @some
    @given(moves)
    def check(moves):
        e = make()
        for name, to in moves:
            move(e, name, to)
            assert e.settings[name] == to
        fresh = make()
        for name, to in e.settings.items():
            move(fresh, name, to)
        read(e.view.html)
        assert e.view.html == fresh.view.html
        assert same(e.state, fresh.state)
        assert {name: e.state[name] for name in e.settings} == e.settings

    check()


@every_explorer
def test_the_picture_without_a_kernel_says_what_it_shows(make):
    e = make()
    first, second = e._repr_mimebundle_(), e._repr_mimebundle_()
    assert first == second
    assert first["application/vnd.jupyter.widget-view+json"]["model_id"] == e.model_id
    alt, source = re.search(
        r'<img alt="([^"]*)".*? src="data:image/svg\+xml;base64,([^"]*)"', first["text/html"]
    ).groups()
    assert html.unescape(alt) == first["text/plain"]
    assert explorer.SENTENCES["static"] in first["text/html"]
    assert make()._repr_mimebundle_()["text/plain"] == first["text/plain"]
    root = ElementTree.fromstring(base64.b64decode(source))
    assert root.tag == f"{SVG}svg"
    parts = root.findall(f"{SVG}svg")
    assert len(parts) == len(e.still()[0])
    edges = [(float(p.get("y")), float(p.get("y")) + float(p.get("height"))) for p in parts]
    assert all(a[1] <= b[0] for a, b in pairwise(edges))
    assert edges[-1][1] <= float(root.get("height")) + 1
    assert all(float(p.get("width")) <= 900 for p in parts)
    assert len([t for t in root.iter(f"{SVG}text") if text_of(t).strip()]) > 8


def test_the_picture_without_a_kernel_is_that_of_the_page():
    for make in PURE:
        e = make()
        assert e._repr_mimebundle_()["text/plain"] == e.state["words"]
        for picture in e.still()[0]:
            assert picture in e.view.html


def test_a_graph_is_laid_out_once(monkeypatch):
    for make in MAKERS:
        make()
    calls = []
    monkeypatch.setattr(drawing, "around", lambda *graph: calls.append(graph))
    for make in MAKERS:
        e = make()
        for name, control in e.controls.items():
            move(e, name, control.max if hasattr(control, "max") else control._options_full[-1][1])
        e._repr_mimebundle_()
    assert calls == []


def test_the_clock_moves_nothing_unless_it_plays():
    for make in (backward_explorer, training_explorer):
        e = make()
        before = e.view.html
        tick(e)
        assert e.view.html == before
        e.view._handle_custom_msg("something else", [])
        assert e.view.html == before
        assert e.view.pause > 0


def test_several_views_of_an_explorer_make_one_clock():
    for make in (backward_explorer, training_explorer):
        e, one = make(), make()
        for each in (e, one):
            each.reset.click()
            each.play.click()
        for _ in range(3):
            turn = e.view.turn
            for _ in range(3):  # each view has waited for the same turn
                tick(e, turn)
            tick(one)
            assert e.view.html == one.view.html
            assert e.view.turn > turn
        turn = e.view.turn
        e.play.click()
        e.play.click()
        tick(e, turn)  # sent before Pause was heard
        assert e.view.html == one.view.html
        assert e.view.playing


@pytest.mark.weekly
def test_hundreds_of_moves_keep_memory_flat():
    for make in MAKERS:
        e = make()
        for control in e.controls.values():  # what is kept on purpose, by setting, is kept after one round
            if hasattr(control, "max"):
                for v in range(10):
                    control.value = type(control.value)(control.min + (control.max - control.min) * v / 9)
        tracemalloc.start()
        try:
            for k in range(30):
                e.view.html = ""
                for control in e.controls.values():
                    if hasattr(control, "max"):
                        control.value = type(control.value)(control.min + (control.max - control.min) * (k % 10) / 9)
                if k == 9:
                    before, longest = tracemalloc.get_traced_memory()[0], len(e.view.html)
            grown = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
        assert grown < 1_000_000
        assert len(e.view.html) < 2 * longest + 20_000 < 150_000


# The forward explorer


@some
@given(st.integers(1, 64), st.sampled_from([0.0, 0.01, 0.37, 1.0]), st.sampled_from([*PHI]), st.integers(0, 49))
def test_the_forward_numbers_are_those_of_the_chapter(hidden, weight_decay, phi, example):
    n = forward.numbers(hidden, weight_decay, phi, example)
    x, y = digits().x_test[:, [example]], digits().y_test[example]
    whole = MLP.random(inputs=64, hidden=64, outputs=10)
    W1, W2 = whole.W1[:hidden], whole.W2[:, :hidden]
    z = W1 @ x
    h = PHI[phi].value(z)
    o = W2 @ h
    L = math.log(np.exp(o).sum()) - o[y, 0]
    s = weight_decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    for got, want in ((n.f.x, x), (n.f.z, z), (n.f.h, h), (n.f.o, o), (n.p, np.exp(o[:, 0]) / np.exp(o).sum())):
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12)
    assert (n.f.L, n.f.s, n.f.J) == (near(L), near(s), near(L + s))

    root = read(forward.page(n))
    told = text_of(root.find("p"))
    guess = int(o.argmax())
    assert told == forward.words(n)
    units = "1 hidden unit" if hidden == 1 else f"{hidden} hidden units"
    assert f"Example {example}, a handwritten {y}: {units}, λ = {number(weight_decay)}, {phi}." in told
    assert f"J = {number(L + s)} = {number(L)} + {number(s)}." in told
    assert f"is that of {guess}, with the probability {number(n.p.max())}; {y} has {number(n.p[y])}." in told
    values = {"x": x, "W(1)": W1, "W(2)": W2, "z": z, "h": h, "o": o}
    shown = squares(root)
    assert set(shown) == {*values, "y", "L", "s", "J"}
    for name, array in values.items():
        assert shown[name] == ["×".join(map(str, array.shape)), f"‖·‖ {np.linalg.norm(array):.3g}"]
    assert shown["y"] == [str(y)]
    assert [value(shown[v][0].replace("-", MINUS)) for v in "LsJ"] == [
        near(v, rel=1e-3, abs=1e-9) for v in (L, s, L + s)
    ]
    assert objective_bar(n.f.L, n.f.s) in forward.page(n)


def squares(root):
    """Return the lines under the name of each square of the graph."""
    found = {}
    for node in root.iter(f"{SVG}g"):
        if node.get("class") == "node" and node.find(f"{SVG}polygon") is not None:
            name, *lines = (text_of(t) for t in node.findall(f"{SVG}text"))
            found[name] = lines
    return found


def test_every_array_of_the_forward_pass_has_its_bars():
    n = forward.numbers(5, 0.1, "tanh", 3)
    root = read(forward.page(n))
    label = str(n.f.y[0])
    for title, array in (("z, before φ", n.f.z), ("h, after φ", n.f.h), ("o, a number", n.f.o), ("softmax(o)", n.p)):
        (chart,) = [s for s in root.iter(f"{SVG}svg") if s.get("aria-label").startswith(title)]
        drawn = [float(r.get("height")) for r in chart.iter(f"{SVG}rect")]
        sizes = np.abs(np.ravel(array))
        np.testing.assert_allclose(np.array(drawn) / max(drawn), sizes / sizes.max(), atol=2e-3)
        marks = [text_of(t) for t in chart.iter(f"{SVG}text") if t.get("y") == "130.0"]
        classes = [f"{k} = y" if str(k) == label else str(k) for k in range(10)]
        assert marks == (classes if len(drawn) == 10 else [])


def test_the_digit_is_drawn_dark_where_there_is_ink():
    n = forward.numbers(5, 0.1, "tanh", 7)
    picture = ElementTree.fromstring(forward.digit(n))
    pixels = picture.findall(f"{SVG}rect")[:64]
    assert str(n.f.y[0]) in picture.get("aria-label")
    for k, pixel in enumerate(pixels):
        row, column = divmod(k, 8)
        level = int(re.match(r"rgb\((\d+),\1,\1\)", pixel.get("fill"))[1])
        assert level == pytest.approx(255 * (1 - n.f.x[k, 0]), abs=1)
        assert (float(pixel.get("x")), float(pixel.get("y"))) == (14 * column + 1, 14 * row + 1)


def test_units_keep_their_weights_when_the_hidden_size_moves():
    for module, most in ((forward, 64), (backward, 6)):
        nets = [module.numbers(h, 0.1, "tanh", 1).net for h in range(1, most + 1)]
        for few_units, more in pairwise(nets):
            h = len(few_units.W1)
            assert len(more.W1) == h + 1
            np.testing.assert_array_equal(more.W1[:h], few_units.W1)
            np.testing.assert_array_equal(more.W2[:, :h], few_units.W2)


def test_the_forward_sliders_reach_what_they_say():
    e = forward_explorer()
    assert (e.hidden.max, e.example.min, e.example.max) == (64, 0, 49)
    assert list(e.activation.options) == [*PHI]
    e.example.value = 49
    np.testing.assert_array_equal(e.state["x"][:, 0], digits().x_test[:, 49])
    assert e.state["y"] == digits().y_test[[49]]
    L = e.state["L"]
    e.weight_decay.value = 0.0
    assert (e.state["L"], e.state["s"], e.state["J"]) == (L, 0, L)


# The backward explorer

LANES = """F1 z, F2 h, F3 o, F4 L, F5 s, F6 J, B1 ∂J/∂L, B1 ∂J/∂s, B2 ∂J/∂o, B3 λW1, B3 λW2, B4 ∂L/∂W2, B4 ∂J/∂W2,
    B5 ∂J/∂h, B6 ∂J/∂z, B7 ∂L/∂W1, B7 ∂J/∂W1"""
TAGS, ORDER = zip(*(pair.split() for pair in LANES.split(",")), strict=True)
GIVEN = {"x", "y", "W1", "W2", "λ"}


def computed_by_hand(hidden, weight_decay, phi):
    """Return every variable of the chapter, by name, at the settings of the backward explorer."""
    net = backward.numbers(hidden, weight_decay, phi, 0).net
    x, y = np.array([[1.0], [-1.0], [2.0], [0.5]]), np.array([1])
    onehot = np.array([[0.0], [1.0], [0.0]])
    W1, W2, weight_decay = net.W1, net.W2, weight_decay
    z = W1 @ x
    h = PHI[phi].value(z)
    o = W2 @ h
    p = np.exp(o) / np.exp(o).sum()
    slope = {"tanh": 1 - np.tanh(z) ** 2, "relu": (z > 0) * 1.0, "sigmoid": np.exp(-z) / (1 + np.exp(-z)) ** 2}[phi]
    L = -math.log(p[1, 0])
    s = weight_decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    do = p - onehot
    dh = W2.T @ do
    dz = dh * slope
    found = {"x": x, "y": y, "W1": W1, "W2": W2, "λ": weight_decay, "z": z, "h": h, "o": o, "L": L, "s": s, "J": L + s}
    found |= {"∂J/∂L": 1.0, "∂J/∂s": 1.0, "∂J/∂o": do, "∂J/∂h": dh, "∂J/∂z": dz}
    found |= {"λW1": weight_decay * W1, "λW2": weight_decay * W2, "∂L/∂W2": do @ h.T, "∂L/∂W1": dz @ x.T}
    found |= {"∂J/∂W1": dz @ x.T + weight_decay * W1, "∂J/∂W2": do @ h.T + weight_decay * W2}
    inner = {"φ′(z)": slope, "p": p, "1[y]": onehot, "hᵀ": h.T, "xᵀ": x.T, "W2ᵀ": W2.T}
    return found, inner


def figures(element):
    """Return the arrays shown in an element in order: name and rows, or caption and None where one is missing."""
    return [
        (f.find("table").get("aria-label"), rows_of(f.find("table")))
        if f.find("table") is not None
        else (text_of(f.find("figcaption")).strip(), None)
        for f in element.iter("figure")
    ]


def caption(name):
    return "".join(ElementTree.fromstring(mathml(backward.LATEX[name])).itertext()).strip()


def shown_as(array):
    return [[number(v) for v in row] for row in np.atleast_2d(array)]


every_setting = pytest.mark.parametrize(
    ("hidden", "weight_decay", "phi"),
    [*(product((1, 3), (0.0, 0.1), PHI) if ALL else [(1, 0.0, "tanh"), (3, 0.1, "sigmoid")]), (6, 1.0, "relu")],
)


@every_setting
def test_each_step_shows_what_is_computed_so_far_and_nothing_else(hidden, weight_decay, phi):
    want, inner = computed_by_hand(hidden, weight_decay, phi)
    for step in range(len(ORDER) + 1):
        n = backward.numbers(hidden, weight_decay, phi, step)
        known = GIVEN | set(ORDER[:step])
        assert set(n.values) == known
        for name in known:
            assert np.shape(n.values[name]) == np.shape(want[name])
            np.testing.assert_allclose(n.values[name], want[name], rtol=1e-9, atol=1e-12)

        root = read(backward.page(n))
        # The graph
        shown = {name.replace("(1)", "1").replace("(2)", "2"): lines for name, lines in squares(root).items()}
        assert set(shown) == {*GIVEN - {"λ"}, *(v for v in ORDER if v[0] != "λ" and v[:5] != "∂L/∂W")}
        for name, lines in shown.items():
            array = np.asarray(want[name])
            if name not in known:
                assert lines == ["not", "computed", "yet"]
            elif name == "y":
                assert lines == ["1"]
            elif array.ndim:
                assert lines == ["×".join(map(str, array.shape)), f"‖·‖ {np.linalg.norm(array):.3g}"]
            else:
                assert float(lines[0]) == near(float(array), rel=1e-3)
        # The equation
        rows = root.findall("div[@class='row scroll']")
        equation, splits = rows[:-2], rows[-2:]
        assert len(equation) == (1 if step else 0)
        for name, cells in [f for row in equation for f in figures(row)]:
            assert cells == shown_as((want | inner)[name]), name
            assert name in known | set(inner)
        if step:
            assert figures(equation[0])[0][0] == ORDER[step - 1]
        # The two parts of each gradient of the weights
        for row, W in zip(splits, ("W2", "W1"), strict=True):
            for (told, cells), name in zip(figures(row), (f"∂L/∂{W}", f"λ{W}", f"∂J/∂{W}"), strict=True):
                if name in known:
                    assert (told, cells) == (name, shown_as(want[name]))
                else:
                    assert (told, cells) == (caption(name), None)
            assert [text_of(s) for s in row.findall("span")] == ["+", "="]
        # J as a bar, and in words
        bar = objective_bar(want["L"], want["s"]) if step >= 6 else objective_bar(None, None)
        assert bar in backward.page(n)
        assert (f"J = {number(want['J'])} = {number(want['L'])}" in backward.words(n)) == (step >= 6)
        # The check
        told = [text_of(p) for p in root.findall("p")]
        assert any("⟨∂J/∂W, D⟩: not computed yet" in t for t in told) == (step < 17)
        assert any(t.startswith("✓ They agree") for t in told) == (step == 17)
        assert ("agrees along a random direction" in backward.words(n)) == (step == 17)
        assert not any("✗" in t for t in told)


@pytest.mark.parametrize(("name", "tag", "step"), [*zip(ORDER, TAGS, range(1, 18), strict=True)])
def test_each_step_names_its_operator_its_equation_and_its_line(name, tag, step):
    n = backward.numbers(2, 0.1, "tanh", step)
    assert (n.now.name, n.now.tag) == (name, tag)
    root = read(backward.page(n))
    words = text_of(root.find("p[@class='words']"))
    lane = "forward" if step <= 6 else "backward"
    assert words.startswith(f"Step {step} of 17, {lane}, {tag}: {name}")
    array = n.values[name]
    entries = ", ".join(number(v) for v in np.ravel(array)[:6])
    has = "has the entries" if np.size(array) <= 6 else "begins with"
    sizes = " × ".join(map(str, np.shape(array)))
    assert (f"{name}, {sizes}, {has} {entries}." if sizes else f" = {entries}.") in words
    assert "2 hidden units, λ = 0.1, tanh." in words

    source = inspect.getsource(MLP).splitlines()
    (line,) = [line.strip() for line in source if line.endswith(f"# {tag}")]
    assert text_of(root.find("code")) == line == backward.code_line(tag)
    assert mathml(rf"{n.now.latex} \quad\text{{({tag})}}", "block") in backward.page(n)


def equations():
    """Return the equations of the notebooks by their tags."""
    found = {}
    for name in ("01_forward_propagation", "04_backward_pass"):
        path = Path(__file__).parent.parent / "notebooks" / f"{name}.ipynb"
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                for latex, tag in re.findall(r"\$\$([^$]*?)\\tag\{(\w+)\}", "".join(cell["source"]), flags=re.S):
                    found[tag] = " ".join(latex.split())
    return found


@pytest.mark.parametrize("step", backward.STEPS, ids=lambda step: step.name)
def test_the_equation_of_each_step_is_that_of_the_notebooks(step):
    found = equations()[step.tag]
    if step.tag == "F4":  # 01 goes on to say which loss it takes
        assert found.startswith(f"{step.latex},")
    else:
        assert step.latex == found


def test_the_order_of_the_steps_is_one_in_which_the_graph_can_be_computed():
    found = backward.variables(tanh, 0.1)
    assert [s.name for s in backward.STEPS] == [*ORDER]
    assert sorted(TAGS, key=lambda tag: (tag[0] == "B", tag[1:])) == [*TAGS]
    done = {found[name] for name in GIVEN - {"λ"}}
    for name in ORDER:
        assert all(needed in done for needed in found[name].operator.inputs), name
        done.add(found[name])
    assert len(set(done)) == len(ORDER) + 4
    assert set(topological_order([found["J"], found["∂J/∂W1"], found["∂J/∂W2"]])) == done


def test_the_operator_of_the_moment_is_lit_and_no_other():
    found = backward.variables(tanh, 0.0)
    grid_of = places(found["J"], found["∂J/∂W1"], found["∂J/∂W2"])
    for step in range(18):
        root = read(backward.page(backward.numbers(2, 0.1, "tanh", step)))
        nodes = [g for g in root.iter(f"{SVG}g") if g.get("class") == "node"]
        lit = [g.find(f"{SVG}ellipse") for g in nodes if g.find(f"{SVG}ellipse") is not None]
        lit = [e for e in lit if e.get("fill").upper() == LIT]
        assert len(lit) == (1 if step else 0)
        if not step:
            continue
        # Squares tell where the grid is; the circle has to be at the operator's own place in it.
        corners_of = {}
        for g in nodes:
            if g.find(f"{SVG}polygon") is not None:
                name = text_of(g.find(f"{SVG}text")).replace("(1)", "1").replace("(2)", "2")
                pairs = np.array([p.split(",") for p in g.find(f"{SVG}polygon").get("points").split()], float)
                corners_of[name] = (pairs.min(axis=0) + pairs.max(axis=0)) / 2
        grid = np.array([[*grid_of[found[name]], 1] for name in corners_of], float)
        fit = np.linalg.lstsq(grid, np.array([*corners_of.values()]), rcond=None)[0]
        at = np.array([*grid_of[found[ORDER[step - 1]].operator], 1]) @ fit
        np.testing.assert_allclose([float(lit[0].get("cx")), float(lit[0].get("cy"))], at, atol=0.5)


def evaluate(text, **names):
    """Return the value of what stands in an equation or in an entry written by hand."""
    for sign, python in (("·", "*"), (MINUS, "-"), ("½", "0.5"), ("e^", "E**"), ("⊙", "*")):
        text = text.replace(sign, python)
    return eval(text, {"E": math.e, "log": math.log, "__builtins__": {}}, names)


@every_setting
def test_the_entry_by_hand_comes_to_what_is_shown(hidden, weight_decay, phi):
    want, _ = computed_by_hand(hidden, weight_decay, phi)
    for step in range(1, 18):
        page = read(backward.page(backward.numbers(hidden, weight_decay, phi, step)))
        left, *middle, right = text_of(page.find("p/b")).split(" = ")
        name, _, index = left.partition("[")
        assert name == ORDER[step - 1]
        first = np.ravel(want[name])[0]
        assert index == ", ".join("0" * np.ndim(want[name])) + ("]" if np.ndim(want[name]) else "")
        assert right == number(first)
        for entry in middle:
            got = evaluate(entry, φ=lambda v: float(PHI[phi].value(np.array(v))))
            assert got == near(first, rel=0.02, abs=0.008), text_of(page.find("p/b"))
        assert len(middle) == (0 if TAGS[step - 1] == "B1" else 1)


@every_setting
def test_the_equation_with_its_arrays_in_place_is_true(hidden, weight_decay, phi):
    want, inner = computed_by_hand(hidden, weight_decay, phi)
    for step in range(1, 18):
        page = read(backward.page(backward.numbers(hidden, weight_decay, phi, step)))
        parts, arrays = [], {}
        for part in page.find("div[@class='row scroll']"):
            if part.tag == "span":
                parts.append(text_of(part))
            else:
                ((name, _),) = figures(part)
                arrays[f"v{len(parts)}"] = (want | inner)[name]
                parts.append(f"v{len(parts)}")
        assert parts[1] == "="
        text = " ".join(parts[2:])
        if text.startswith("½"):
            text = re.sub(r"‖ (\w+) ‖²", r"sum((\1 * \1).ravel())", text)
        scalar = {name for name, v in arrays.items() if np.ndim(v) == 0}
        text = re.sub(
            r"(v\d+) · (?=(v\d+))", lambda m, scalar=scalar: f"{m[1]} {'*' if {m[1], m[2]} & scalar else '@'} ", text
        )
        tools = {"φ": PHI[phi].value, "l": lambda o, y: -math.log(softmax(o)[y[0], 0]), "sum": sum}
        np.testing.assert_allclose(evaluate(text, **tools, **arrays), arrays["v0"], rtol=1e-9, atol=1e-12)


def test_the_check_is_right_at_every_setting():
    for hidden, phi, k in product(range(1, 7), PHI, (0, 1, 10, 50, 100)):
        n = backward.numbers(hidden, k / 100, phi, 17)
        assert n.check.verdict == "ok"
        assert n.check.got == near(n.check.expected, rel=1e-6)
        page = backward.page(n)
        told = re.search(rf"J changes by ({MINUS}?[\d.]+) a unit", page)[1]
        assert value(told) == near(n.check.expected, abs=6e-7)
        told = re.search(rf"⟨∂J/∂W, D⟩ = ({MINUS}?[\d.]+)<", page)[1]
        assert value(told) == near(n.check.got, abs=6e-7)
        z = n.values["z"]
        assert (np.abs(z) > 1e-3).all(), "an entry of z at relu's kink has no slope to check"


def test_a_wrong_backward_pass_does_not_pass(monkeypatch):
    right = backward.check_direction

    class Wrong(MLP):
        def backward(self, f):
            g = super().backward(f)
            return g._replace(W1=g.W1 - self.weight_decay * self.W1)

    def of_wrong(net, x, y):
        wrong = Wrong(net.W1, net.W2, weight_decay=net.weight_decay, activation=net.activation, loss=net.loss)
        return right(wrong, x, y)

    monkeypatch.setattr(backward, "check_direction", of_wrong)
    n = backward.numbers(2, 0.5, "tanh", 17)
    assert "The gradient check disagrees along a random direction." in backward.words(n)
    assert "✗ They disagree: relative error" in backward.page(n)
    assert "✓" not in backward.page(n)


def test_play_ends_at_the_last_step_and_begins_anew_from_there():
    e = backward_explorer()
    assert e.step.value == 17
    e.play.click()
    assert e.view.playing
    assert e.step.value == 0
    assert e.play.description == "Pause"
    seen = [e.step.value]
    while e.view.playing:
        tick(e)
        seen.append(e.step.value)
    assert seen == list(range(18))
    assert e.play.description == "Play"
    tick(e)
    assert e.step.value == 17


def test_play_goes_on_from_where_it_is_and_pauses():
    e = backward_explorer()
    e.step.value = 5
    e.play.click()
    assert e.step.value == 5
    tick(e)
    tick(e)
    e.play.click()
    assert (e.view.playing, e.play.description, e.step.value) == (False, "Play", 7)
    tick(e)
    assert e.step.value == 7


@pytest.mark.parametrize(("button", "step"), [("back", 6), ("forth", 8), ("reset", 0)])
def test_a_button_takes_over_from_play(button, step):
    e = backward_explorer()
    e.step.value = 7
    e.play.click()
    getattr(e, button).click()
    assert (e.view.playing, e.play.description, e.step.value) == (False, "Play", step)


def test_the_slider_may_be_dragged_to_the_end_while_it_plays():
    e = backward_explorer()
    e.step.value = 5
    e.play.click()
    e.step.value = 17
    tick(e)
    assert (e.view.playing, e.step.value) == (False, 17)


def test_back_and_step_stay_within_the_steps():
    e = backward_explorer()
    e.forth.click()
    assert e.step.value == 17
    e.reset.click()
    e.back.click()
    assert e.step.value == 0
    e.forth.click()
    e.forth.click()
    e.back.click()
    assert e.step.value == 1
    assert "z" in e.state["values"]
    assert "h" not in e.state["values"]


def test_no_slider_but_its_own_moves_the_step():
    e = backward_explorer()
    e.step.value = 9
    e.play.click()
    for move_ in ("weight_decay 0", "weight_decay 1", "hidden 6", "hidden 1", "activation relu"):
        name, to = move_.split()
        move(e, name, to if name == "activation" else int(to))
        assert (e.step.value, e.view.playing) == (9, True)
        assert e.state["words"].startswith("Step 9 of 17")


def test_the_full_check_is_that_of_check_gradients_and_goes_when_a_setting_moves():
    e = backward_explorer()
    assert e.state["report"] is None
    for name, to in (("weight_decay", 0.5), ("hidden", 4), ("activation", "sigmoid"), ("step", 3)):
        e.check.click()
        net = backward.numbers(**e.settings).net
        want = str(check_gradients(net, backward.X, backward.Y))
        assert e.state["report"].ok
        assert str(e.state["report"]) == want
        assert html.escape(want) in e.view.html
        move(e, name, to)
        assert e.state["report"] is None
        assert "Every entry against" not in e.view.html


def test_λ_alone_moves_what_comes_from_λ():
    e = backward_explorer()
    before = e.state["values"]
    e.weight_decay.value = 0.7
    after = e.state["values"]
    for name in ORDER:
        moved = not np.allclose(before[name], after[name])
        assert moved == (name in ("s", "J", "λW1", "λW2", "∂J/∂W1", "∂J/∂W2")), name


# The training explorer

SETS = {"corners": corners, "rings": rings, "spirals": spirals}
START = {"data": "corners", "hidden": 8, "weight_decay": 0.0, "learning_rate": 0.5, "activation": "tanh"}


def a_run(**changes):
    return training.Run(**START | changes)


def by_hand(W1, W2, x, y, weight_decay, learning_rate, phi):
    """Return J, L, s and the norms before a step of SGD, and the weights after it."""
    z = W1 @ x
    h = PHI[phi].value(z)
    o = W2 @ h
    p = np.exp(o - o.max(axis=0))
    p /= p.sum(axis=0)
    k = np.arange(len(y))
    L, s = -np.mean(np.log(p[y, k])), weight_decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    do = (p - np.eye(len(p))[:, y]) / len(y)
    dW2 = do @ h.T + weight_decay * W2
    dW1 = (W2.T @ do * PHI[phi].first(z)) @ x.T + weight_decay * W1
    row = {"J": L + s, "L": L, "s": s, "W1": np.linalg.norm(W1), "W2": np.linalg.norm(W2)}
    return row, W1 - learning_rate * dW1, W2 - learning_rate * dW2


@few
@given(
    st.sampled_from([*SETS, "digits"]), st.sampled_from([1, 7, 64]), st.sampled_from([0.0, 0.05]),
    st.sampled_from([0.01, 0.5, 2.0]), st.sampled_from([*PHI]),
)  # fmt: skip
def test_a_run_is_minibatch_SGD_on_twenty_examples_a_step(data, hidden, weight_decay, rate, phi):
    run = a_run(data=data, hidden=hidden, weight_decay=weight_decay, learning_rate=rate, activation=phi)
    x, y = (digits()[:2]) if data == "digits" else SETS[data]()
    seen = []
    for step in range(1, 13):
        W1, W2 = run.net.W1.copy(), run.net.W2.copy()
        while len(run.queue) < 20:
            run.queue = np.concatenate([run.queue, run.rng.permutation(x.shape[1])])
        chosen = run.queue[:20].copy()
        seen += [*chosen]
        run.advance(1)
        row, W1, W2 = by_hand(W1, W2, x[:, chosen], y[chosen], weight_decay, rate, phi)
        assert (run.steps, run.record["step"][-1]) == (step, step)
        for name, want in row.items():
            assert run.record[name][-1] == near(want, rel=1e-9, abs=1e-12)
        np.testing.assert_allclose(run.net.W1, W1, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(run.net.W2, W2, rtol=1e-9, atol=1e-12)
    assert len(set(seen)) == min(len(seen), x.shape[1])  # none comes again before all have come
    assert run.ended == ""


def test_ten_steps_of_play_take_every_example_in_turn(monkeypatch):
    taken = []
    real = training.train

    def watched(net, x, y, **options):
        taken.append(x.copy())
        assert options["batch_size"] == 20
        return real(net, x, y, **options)

    monkeypatch.setattr(training, "train", watched)
    run = a_run()
    run.advance(10)
    assert run.record["step"].tolist() == list(range(1, 11))
    order = np.lexsort(taken[0])
    want = corners().x
    np.testing.assert_array_equal(taken[0][:, order], want[:, np.lexsort(want)])


def test_the_same_run_comes_again():
    one, other = a_run(), a_run()
    for run in (one, other):
        run.advance(10)
        run.advance(3)
    np.testing.assert_array_equal(one.net.W1, other.net.W1)
    for name, column in one.record.items():
        np.testing.assert_array_equal(column, other.record[name])


def test_the_runs_learn():
    for data in SETS:
        run = a_run(data=data, hidden=32)
        for _ in range(60):
            run.advance(10)
        assert training.numbers(run).accuracy > 0.9


@some
@given(st.lists(st.integers(1, 64), min_size=2, max_size=6), st.integers(0, 3))
def test_units_that_stay_keep_their_weights_and_units_that_return_have_theirs(sizes, steps):
    run = a_run(hidden=sizes[0])
    fresh = MLP.random(3, 64, 2)
    known = {}
    for hidden in sizes:
        run.change(hidden=hidden)
        assert run.net.W1.shape == (hidden, 3)
        assert run.net.W2.shape == (2, hidden)
        for k in range(hidden):
            W1, W2 = known.get(k, (fresh.W1[k], fresh.W2[:, k]))
            np.testing.assert_array_equal(run.net.W1[k], W1)
            np.testing.assert_array_equal(run.net.W2[:, k], W2)
        run.advance(steps) if steps else None
        known |= {k: (run.net.W1[k].copy(), run.net.W2[:, k].copy()) for k in range(hidden)}


def test_a_change_under_way_takes_effect_from_the_next_step():
    run = a_run()
    run.advance(3)
    run.change(weight_decay=0.05, learning_rate=1.0, activation="relu", hidden=8)
    W1, W2, chosen = run.net.W1.copy(), run.net.W2.copy(), run.queue[:20].copy()
    run.advance(1)
    row, W1, W2 = by_hand(W1, W2, run.x[:, chosen], run.y[chosen], 0.05, 1.0, "relu")
    assert run.record["J"][-1] == near(row["J"])
    assert run.record["s"][-2] == 0 < run.record["s"][-1] == near(row["s"])
    np.testing.assert_allclose(run.net.W1, W1)
    np.testing.assert_allclose(run.net.W2, W2)


CHANGES = {"weight_decay": 0.05, "learning_rate": 0.1, "hidden": 20, "activation": "relu"}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_under_way_is_marked_once_and_not_if_it_is_taken_back(name):
    e = training_explorer()
    old, new = getattr(e, name).value, CHANGES[name]
    others = {"weight_decay": 0.02, "learning_rate": 2.0, "hidden": 33, "activation": "sigmoid"}[name]
    move(e, name, new)
    assert e.state["marks"] == []  # nothing was under way
    move(e, name, old)
    for _ in range(3):
        e.forth.click()
    move(e, name, others)
    move(e, name, new)
    assert e.state["marks"] == [(3, name, old, new)]
    symbol = {"weight_decay": "λ", "learning_rate": "η", "hidden": "h", "activation": "φ"}[name]
    told = [v if isinstance(v, str) else number(v) for v in (old, new)]
    assert f"{symbol} {told[0]} → {told[1]}" in text_of(read(e.view.html))
    assert e.view.html.count('stroke-dasharray="2 3"') == 2  # in both charts
    W1 = e.run.net.W1.copy()
    move(e, name, old)
    assert e.state["marks"] == []
    assert "→" not in e.view.html
    move(e, name, new)
    move(e, name, old)
    if name == "hidden":
        np.testing.assert_array_equal(e.run.net.W1, W1[:old])
    move(e, name, new)
    e.forth.click()
    move(e, name, old)
    assert e.state["marks"] == [(3, name, old, new), (4, name, new, old)]
    assert e.state["steps"] == 4


def test_two_sliders_moved_in_turn_leave_a_mark_each():
    e = training_explorer()
    e.forth.click()
    for k in range(1, 6):
        e.weight_decay.value = k / 100
        e.hidden.value = 8 + k
    assert sorted(e.state["marks"]) == [(1, "hidden", 8, 13), (1, "weight_decay", 0.0, 0.05)]
    e.weight_decay.value = 0.0
    assert e.state["marks"] == [(1, "hidden", 8, 13)]


def test_a_setting_that_moves_resets_nothing():
    e = training_explorer()
    e.play.click()
    tick(e)
    before = e.state
    for name, to in CHANGES.items():
        move(e, name, to)
        assert e.state["steps"] == 10
        assert same(e.state["record"], before["record"])
        assert e.view.playing
    tick(e)
    assert e.state["steps"] == 20


def test_a_state_that_was_kept_does_not_change():
    e = training_explorer()
    e.forth.click()
    e.weight_decay.value = 0.01
    kept = e.state
    marks, J = list(kept["marks"]), kept["record"]["J"].copy()
    e.weight_decay.value = 0.02
    e.forth.click()
    assert kept["marks"] == marks
    np.testing.assert_array_equal(kept["record"]["J"], J)
    assert kept["steps"] == 1


@pytest.mark.parametrize("data", [*SETS, "digits"])
def test_other_data_start_a_new_run_with_the_settings_as_they_are(data):
    e = training_explorer()
    if data == "corners":
        e.data.value = "rings"
    e.hidden.value = 5
    e.play.click()
    tick(e)
    e.weight_decay.value = 0.01
    e.data.value = data
    assert (e.view.playing, e.play.description) == (False, "Play")
    assert e.state["steps"] == 0
    assert e.state["marks"] == []
    assert all(len(column) == 0 for column in e.state["record"].values())
    assert e.run.net.W1.shape == (5, 64 if data == "digits" else 3)
    assert e.run.net.weight_decay == 0.01
    assert f"0 steps on {data}: 5 hidden units, λ = 0.01, η = 0.5, tanh." in e.state["words"]
    e.forth.click()
    assert e.state["steps"] == 1


def test_reset_starts_the_run_anew():
    e = training_explorer()
    first = e.view.html
    e.play.click()
    tick(e)
    e.hidden.value = 30
    tick(e)
    e.reset.click()
    assert (e.state["steps"], e.view.playing) == (0, False)
    e.hidden.value = 8
    assert e.view.html == first


def test_play_takes_ten_steps_a_tick_and_step_takes_one_and_pauses():
    e = training_explorer()
    e.play.click()
    assert (e.view.playing, e.play.description) == (True, "Pause")
    assert play(e, 3) == 3
    assert e.state["steps"] == 30
    e.forth.click()
    assert (e.state["steps"], e.view.playing, e.play.description) == (31, False, "Play")
    assert play(e, 3) == 0
    e.play.click()
    e.play.click()
    assert e.view.playing is False


def test_a_run_that_diverges_says_so_stops_and_goes_on_with_a_lower_rate():
    e = training_explorer()
    e.learning_rate.options = [0.5, 1e6]
    e.weight_decay.value = 0.05
    for _ in range(7):
        e.forth.click()
    e.learning_rate.value = 1e6
    e.play.click()
    play(e, 30)
    assert (e.view.playing, e.play.description) == (False, "Play")
    steps = e.state["steps"]
    assert 7 < steps < 300
    ended = e.state["ended"]
    assert ended.startswith(f"Training diverged in step {steps + 1}: ")
    assert "which is 1e+06" in ended
    assert ended in text_of(read(e.view.html).find("p"))
    for name in ("J", "L", "W1", "W2"):
        assert np.isfinite(e.state["record"][name]).all()
        assert len(e.state["record"][name]) == steps
    assert np.isfinite(e.run.net.W1).all()
    e.learning_rate.value = 0.5
    assert e.state["ended"] == ""
    assert "diverged" not in e.view.html
    e.forth.click()
    assert e.state["steps"] == steps + 1
    assert e.state["ended"] == ""
    read(e.view.html)


def test_training_prints_nothing(capsys):
    run = a_run(learning_rate=1e6, weight_decay=0.05)
    for _ in range(30):
        run.advance(10)
    assert run.ended
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("data", [*SETS, "digits"] if ALL else ["rings"])
def test_extreme_settings_leave_no_error(data):
    for phi, hidden, weight_decay, rate in product(PHI, (1, 64), (0.0, 0.05), (0.001, 10.0)):
        run = a_run(data=data, activation=phi, hidden=hidden, weight_decay=weight_decay, learning_rate=rate)
        for _ in range(3):
            run.advance(40)
            n = training.numbers(run)
        read(training.page(n))


def test_rapid_changes_leave_no_error_and_nothing_stale():
    names = {n: options(c) for n, c in training_explorer().controls.items()}
    acts = st.sampled_from(["play", "forth", "reset", "tick"]).map(lambda act: (act, None))
    moves = st.lists(st.one_of([st.tuples(st.just(n), v) for n, v in names.items()] + [acts] * 4), max_size=14)

    @few
    @given(moves)
    def check(moves):
        e = training_explorer()
        for name, to in moves:
            if name == "tick":
                tick(e)
            elif to is None:
                getattr(e, name).click()
            else:
                move(e, name, to)
            n = training.numbers(e.run)
            assert e.view.html == training.page(n)
            assert e.state["words"] == training.words(n)
            assert {name: e.state[name] for name in e.settings} == e.settings
            assert e.run.settings | {"data": e.data.value} == e.settings
            assert e.run.net.W1.shape[0] == e.hidden.value == e.run.net.W2.shape[1]
            assert e.run.net.weight_decay == e.weight_decay.value
            assert e.run.net.activation.name == e.activation.value
            assert e.play.description == ("Pause" if e.view.playing else "Play")
        read(e.view.html)

    check()


def test_a_long_run_keeps_a_bounded_record_with_its_first_and_last_rows_in_order():
    run = a_run(hidden=2)
    last = {}
    for k in range(260):
        run.advance(10)
        run.change(weight_decay=k % 2 / 100)
        steps = run.record["step"]
        assert len(steps) <= training.MOST_ROWS == 1000
        assert len(run.marks) <= training.MOST_MARKS == 12
        assert {len(column) for column in run.record.values()} == {len(steps)}
        assert steps[-1] == run.steps == 10 * (k + 1)
        assert (np.diff(steps) > 0).all()
        assert steps[0] == 1
        last[run.steps] = run.record["J"][-1]
    assert len(steps) > 300
    for step, J in last.items():  # what is left is what was recorded
        if step in steps:
            assert run.record["J"][list(steps).index(step)] == J
    assert run.marks[-1][0] == 2600
    page = training.page(training.numbers(run))
    read(page)
    assert len(page) < 60_000
    assert f"{MINUS}" not in text_of(read(page).find("p"))


def test_the_words_tell_of_the_last_minibatch():
    run = a_run(weight_decay=0.05)
    assert "The last minibatch" not in training.words(training.numbers(run))
    run.advance(1)
    n = training.numbers(run)
    told = training.words(n)
    J, L, s = (number(run.record[name][0]) for name in "JLs")
    assert told == (
        f"1 step on corners: 8 hidden units, λ = 0.05, η = 0.5, tanh. The last minibatch has J = {J} = {L} + {s}. "
        f"{n.accuracy:.0%} of the training examples are right."
    )
    assert "of the test examples" in training.words(training.numbers(a_run(data="digits")))


@pytest.mark.parametrize("data", SETS)
def test_the_plane_is_coloured_by_the_guesses(data):
    run = a_run(data=data, hidden=24)
    for _ in range(10):
        run.advance(10)
    n = training.numbers(run)
    x, y = SETS[data]()
    classes = y.max() + 1
    assert n.guesses.shape == (classes, 44, 44)
    np.testing.assert_allclose(n.guesses.sum(axis=0), 1)
    axis = np.linspace(-1.15, 1.15, 44)
    for row, column in ((0, 0), (0, 43), (43, 0), (20, 31)):
        point = np.array([[axis[column]], [-axis[row]], [1.0]])  # the top row is the largest second coordinate
        np.testing.assert_allclose(n.guesses[:, row, column], softmax(run.net.predict(point))[:, 0])
    assert n.accuracy == np.mean(run.net.predict(x).argmax(axis=0) == y)

    root = ElementTree.fromstring(training.plane(n))
    assert f"{n.accuracy:.0%} are right" in root.get("aria-label")
    image = root.find(f"{SVG}image")
    left, top, wide, high = (float(image.get(k)) for k in ("x", "y", "width", "height"))
    pixels = decoded(image.get("href"))
    assert pixels.shape == (44, 44, 3)
    colours = np.array([[int(c[k : k + 2], 16) for k in (1, 3, 5)] for c in training.CLASSES])
    guess, sure = n.guesses.argmax(axis=0), n.guesses.max(axis=0)
    distance = np.linalg.norm(255 - pixels, axis=-1) / np.linalg.norm(255 - colours[guess], axis=-1)
    np.testing.assert_allclose(distance, 0.12 + 0.5 * (sure - 1 / classes) / (1 - 1 / classes), atol=0.02)
    full = 255 - (255 - pixels) / distance[..., None]  # as if every guess were sure
    assert (np.argmin([np.linalg.norm(full - c, axis=-1) for c in colours], axis=0) == guess).all()
    marks = [e for e in root if e.get("stroke") == "white"]
    assert len(marks) == len(y)
    kinds = {0: "circle", 1: "rect", 2: "path"}
    for mark, (a, b, _), k in zip(marks, x.T, y, strict=True):
        assert mark.tag == f"{SVG}{kinds[k]}"
        assert mark.get("fill") == training.CLASSES[k]
        at = middle_of(mark)
        assert at[0] == near(left + wide * (a + 1.15) / 2.3, abs=0.11)
        assert at[1] == near(top + high * (1.15 - b) / 2.3, abs=0.11)


def decoded(address):
    pixels = imread(io.BytesIO(base64.b64decode(address.partition(",")[2])), format="png")
    return (pixels[..., :3] * 255).round()


def middle_of(mark):
    if mark.tag.endswith("circle"):
        return float(mark.get("cx")), float(mark.get("cy"))
    if mark.tag.endswith("rect"):
        return float(mark.get("x")) + 3.5, float(mark.get("y")) + 3.5
    x, y = re.match(r"M([-\d.]+) ([-\d.]+)l", mark.get("d")).groups()
    return float(x), float(y) + 4.5


def test_the_table_of_digits_counts_guesses_by_label():
    run = a_run(data="digits", hidden=32)
    for _ in range(10):
        run.advance(10)
    n = training.numbers(run)
    data = digits()
    guesses = run.net.predict(data.x_test).argmax(axis=0)
    assert n.guesses is None
    assert n.accuracy == near(accuracy(run.net, data.x_test, data.y_test)) == near(np.trace(n.confusion) / 359)
    want = [[int(np.sum((data.y_test == i) & (guesses == j))) for j in range(10)] for i in range(10)]
    assert n.confusion.tolist() == want
    root = read(training.page(n))
    (table,) = root.iter("table")
    head, *rows = rows_of(table)
    assert head == ["", *map(str, range(10))]
    assert rows == [[str(i), *(str(v or "") for v in row)] for i, row in enumerate(want)]
    for i, row in enumerate(list(table)[1:]):
        for j, cell in enumerate(row.findall("td")):
            colour = cell.get("style").partition(":")[2]
            assert contrast(colour, "#222") >= 4.5
            red, blue = int(colour[1:3], 16), int(colour[5:7], 16)
            assert red == blue == 255 if not want[i][j] else (red < blue) == (i == j)
    assert "test set: labels in rows" in text_of(root)


def test_the_curves_are_those_of_the_record():
    e = training_explorer()
    e.weight_decay.value = 0.02
    play_for(e, 3)
    root = read(e.view.html)
    record = e.state["record"]
    charts = [s for s in root.iter(f"{SVG}svg") if s.findall(f"{SVG}polyline")]
    for chart, names in zip(charts, (("J", "L", "s"), ("W1", "W2")), strict=True):
        drawn = chart.findall(f"{SVG}polyline")
        assert len(drawn) == len(names)
        for line, name in zip(drawn, names, strict=True):
            points = np.array([p.split(",") for p in line.get("points").split()], float)
            assert len(points) == 30
            fit = np.polyfit(record[name], points[:, 1], 1)
            np.testing.assert_allclose(np.polyval(fit, record[name]), points[:, 1], atol=0.11)
            assert fit[0] < 0
            assert f"{'‖' if 'W' in name else ''}{name}{'‖' if 'W' in name else ''} is now" in chart.get("aria-label")
            assert number(record[name][-1]) in chart.get("aria-label")
        styles = {(line.get("stroke"), line.get("stroke-dasharray")) for line in drawn}
        assert len(styles) == len(names)


def play_for(e, ticks):
    e.play.click()
    assert play(e, ticks) == ticks
    e.play.click()


def test_the_picture_of_training_is_a_run_some_way_on_and_leaves_the_run_alone():
    e = training_explorer()
    bundle = e._repr_mimebundle_()
    assert e.state["steps"] == 0
    run = a_run()
    run.advance(300)
    assert bundle["text/plain"] == training.words(training.numbers(run))
    assert bundle["text/plain"].startswith("300 steps on corners")
    e.data.value = "digits"
    assert "300 steps on digits" in e._repr_mimebundle_()["text/plain"]
    assert len(e.still()[0]) == 2


# The memory explorer


def bytes_in(told):
    figure, unit = told.split()
    return float(figure) * {"kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}[unit]


@some
@given(st.sampled_from([1, 2, 5, 32]), st.sampled_from(memory.WIDTHS), st.sampled_from(memory.BATCHES),
       st.sampled_from(["float32", "float64"]), st.sampled_from([1, 8, 80]))  # fmt: skip
def test_the_bytes_are_those_of_the_footprint(depth, width, batch, dtype, limit):
    n = memory.numbers(depth, width, batch, dtype, limit)
    item = {"float32": 4, "float64": 8}[dtype]
    c = hidden_layers(depth)
    sides = [784, *[width] * depth, 10]
    weights = {W: (sides[k + 1], sides[k]) for k, W in enumerate(c.weights)}
    fed = weights | {c.x: (784, batch)}
    step = footprint([c.J, *gradient(c.J, c.weights)], fed | {c.y: (batch,)}, dtype)
    only = footprint([c.o], fed, dtype)
    parameters = item * sum(a * b for a, b in weights.values())
    assert n.training["parameters"] == n.prediction["parameters"] == parameters
    assert n.training["inputs"] == 784 * batch * item + 8 * batch
    assert n.prediction["inputs"] == 784 * batch * item
    assert memory.total(n.training) == step.total == n.by_batch[batch]
    assert memory.total(n.prediction) == only.total
    assert n.prediction["stored"] == only.intermediates
    assert n.prediction["gradients"] == 0
    forward_names = {"o", "L", "s", "J", *(f"{v}{k}" for v in "zh" for k in range(1, depth + 1))}
    named = sum(count for v, count in step.kept if v.name in forward_names)
    assert n.training["stored"] >= named
    assert n.training["stored"] - named <= 2 * parameters / depth + 1000  # squares of the weights, on their way to s
    gradients = sum(count for v, count in step.kept if v.name and v.name.startswith("∂"))
    assert n.training["gradients"] >= gradients
    assert n.training["gradients"] + n.training["stored"] == step.intermediates
    if depth in n.by_depth:
        assert n.by_depth[depth] == step.total
    assert list(n.by_batch) == memory.BATCHES
    assert list(n.by_depth) == memory.DEPTHS
    for table in (n.by_batch, n.by_depth):
        assert [*table.values()] == sorted(table.values())
    check_memory_page(n, step, fed | {c.y: (batch,)}, item)


def check_memory_page(n, step, fed, item):
    root = read(memory.page(n))
    told = text_of(root.find("p"))
    training_bytes, prediction_bytes = memory.total(n.training), memory.total(n.prediction)
    assert f"training needs {memory.size(training_bytes)}, " in told
    assert f" times the {memory.size(prediction_bytes)} of prediction." in told
    ratio = float(re.search(r"needs [\d.]+ \wB, (\S+) times", told)[1])
    assert ratio == near(training_bytes / prediction_bytes, rel=0.06)
    assert n.limit == n.limit // 10**9 * 10**9
    device = f"{n.limit // 10**9} GB"
    assert (f"Training fits into {device}." in told) == (training_bytes <= n.limit)
    assert (f"Training does not fit into {device}." in told) == (training_bytes > n.limit)
    fits = [b for b in memory.BATCHES if n.by_batch[b] <= n.limit]
    assert (f"the largest batch that fits is {max(fits)}," in told) if fits else ("not even a batch of 1 fits" in told)
    fits = [d for d in memory.DEPTHS if n.by_depth[d] <= n.limit]
    assert (f"fits has {max(fits)} hidden layer" in told) if fits else ("not even one hidden layer fits" in told)
    # The two tables of what fits
    by_batch, by_depth, largest = root.iter("table")
    for table, needed, now in ((by_batch, n.by_batch, n.batch), (by_depth, n.by_depth, n.depth)):
        head, row = rows_of(table)
        assert head == [f"{'▸ ' if key == now else ''}{key}" for key in needed]
        assert row == [f"{'✓' if v <= n.limit else '✗'} {memory.size(v)}" for v in needed.values()]
        kinds = [cell.get("class") for cell in table.iter("td")]
        assert kinds == ["fits" if v <= n.limit else "fails" for v in needed.values()]
    # The largest arrays, counted anew
    sizes = [(repr(v), count) for v, count in step.kept]
    sizes += [(repr(v), int(np.prod(s)) * item) for v, s in fed.items() if v.name != "y"]
    counts = sorted({count for _, count in sizes}, reverse=True)[:4]
    _, *rows = rows_of(largest)
    assert len(rows) == len(counts)
    for (names, many, each, whole), count in zip(rows, counts, strict=True):
        these = [name for name, size in sizes if size == count]
        assert set(names.replace(", …", "").split(", ")) <= set(these)
        assert len(names.replace(", …", "").split(", ")) == min(3, len(these))
        assert names.endswith(", …") == (len(these) > 3)
        assert (int(many), each, whole) == (len(these), memory.size(count), memory.size(count * len(these)))
    assert memory.words(n) == told
    check_memory_chart(n)


def check_memory_chart(n):
    root = ElementTree.fromstring(memory.chart(n))
    bars_at = {30.0: n.training, 64.0: n.prediction}
    scales = set()
    for y, kinds in bars_at.items():
        drawn = [r for r in root.findall(f"{SVG}rect") if float(r.get("y")) == y]
        assert [r.get("fill") for r in drawn] == [memory.KINDS[kind][0] for kind in kinds]
        x, start = 84.0, 0
        for rect, count in zip(drawn, kinds.values(), strict=True):
            assert float(rect.get("x")) == near(x, abs=0.11)
            x = float(rect.get("x")) + float(rect.get("width"))
            start += count
        assert x <= 640 - 110 + 0.2
        scales.add((x - 84) / memory.total(kinds))
        (label,) = [t for t in root.findall(f"{SVG}text") if t.get("font-weight") and float(t.get("y")) == y + 16]
        assert text_of(label) == memory.size(memory.total(kinds))
        assert float(label.get("x")) == near(x + 6, abs=0.2)
    a, b = scales
    lines = [p for p in root.findall(f"{SVG}path") if p.get("stroke") == "#000"]
    assert a == near(b, rel=0.05)
    largest = max(memory.total(n.training), memory.total(n.prediction))
    assert len(lines) == (n.limit < 8 * largest)
    for line in lines:
        at = float(re.match(r"M([\d.]+)", line.get("d"))[1])
        assert at == near(84 + n.limit * max(a, b), rel=0.05)
    assert f"the device has {memory.size(n.limit)}" in root.get("aria-label")
    told = [text_of(t) for t in root.findall(f"{SVG}text")]
    assert ("device " + memory.size(n.limit) in told) == bool(lines)
    assert (f"device {memory.size(n.limit)}, far to the right ▸" in told) == (not lines)
    assert {"parameters", "inputs", "forward values", "gradients", "training", "prediction"} <= set(told)


def test_kinds_of_bytes_are_told_by_more_than_colour():
    n = memory.numbers(8, 1024, 8192, "float32", 1)
    root = ElementTree.fromstring(memory.chart(n))
    striped = [p for p in root.findall(f"{SVG}path") if p.get("stroke") == "white"]
    assert len(striped) == 2 * 2 + 2  # inputs and gradients, in both bars and in the legend
    assert [s for _, s in memory.KINDS.values()] == [False, True, False, True]  # no two neighbours alike


def test_ticks_of_the_memory_chart_stand_where_they_say():
    for settings_of in ((8, 1024, 8192, "float32", 1), (1, 16, 1, "float32", 80), (32, 8192, 65536, "float64", 80)):
        n = memory.numbers(*settings_of)
        root = ElementTree.fromstring(memory.chart(n))
        told = [t for t in root.findall(f"{SVG}text") if t.get("y") == "110.0"]
        *marks, unit = told
        scale = {"kB": 1e3, "MB": 1e6, "GB": 1e9}[text_of(unit)]
        whole = memory.total(n.training)
        bar = [r for r in root.findall(f"{SVG}rect") if r.get("y") == "30.0"]
        end = float(bar[-1].get("x")) + float(bar[-1].get("width"))
        for mark in marks:
            x = float(mark.get("x"))
            assert float(text_of(mark)) * scale == near((x - 84) / (end - 84) * whole, rel=0.03, abs=whole / 100)
        assert len(marks) >= 3


@quick
@given(st.integers(1, 10**14))
def test_sizes_are_told_in_three_digits(count):
    told = memory.size(count)
    assert bytes_in(told) == near(count, rel=0.0051, abs=0.5)
    assert "e" not in told
    assert len(told.split()[0].replace(".", "").lstrip("0")) <= 4


def test_the_memory_grows_with_depth_and_batch_and_halves_in_float32():
    base = memory.numbers(8, 1024, 8192, "float32", 1)
    assert memory.numbers(16, 1024, 8192, "float32", 1).training["stored"] > 1.8 * base.training["stored"]
    assert memory.numbers(8, 1024, 16384, "float32", 1).training["stored"] > 1.8 * base.training["stored"]
    assert memory.numbers(8, 1024, 8192, "float64", 1).training["stored"] == 2 * base.training["stored"]


def test_the_device_moves_nothing_but_what_fits():
    e = memory_explorer()
    before = e.state
    e.limit.value = 80
    for name in ("training", "prediction", "arrays", "by_batch", "by_depth"):
        assert same(e.state[name], before[name])
    assert "80 GB" in e.state["words"]
    assert list(memory.LIMITS.values()) == [int(k.split()[0]) for k in memory.LIMITS]
    assert isinstance(e.limit, Dropdown)
