"""`helpers.drawing`: what a picture shows, where it stands, and that it shows nothing else.

Where things stand is read from the SVG, which arrow joins which from the DOT. To renew the golden DOT after a change
that is wanted, run ``python tests/test_drawing.py``.
"""

import copy
import hashlib
import importlib.util
import os
import pickle
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from html.parser import HTMLParser
from itertools import combinations, pairwise, permutations
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
import pygraphviz
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import get_data_path
from matplotlib.ft2font import FT2Font
from strategies import ALL, quick

from helpers import drawing as drawing_module
from helpers._pictures import BACKWARD, FORWARD, PARAMETER
from helpers.drawing import BACKWARD_GRID, FAINT, GRID, INK, LIT, Layout, draw, places
from helpers.functions import cross_entropy, tanh
from helpers.gradient import gradient
from helpers.graph import Operator, Rule, Variable, run, topological_order
from helpers.operators import (
    activate,
    add,
    add_bias,
    compare,
    hidden_layers,
    matmul,
    multiply,
    one_hidden_layer,
    penalty,
    same,
    transpose,
)
from helpers.operators import sum as total
from helpers.tracing import trace

GOLDEN = Path(__file__).parent / "golden" / "chapter.dot"
SVG = "{http://www.w3.org/2000/svg}"


class Node(NamedTuple):
    """A square or a circle as it is rendered, with up and right positive."""

    text: str
    shape: str
    colour: str
    fill: str
    left: float
    bottom: float
    right: float
    top: float

    @property
    def x(self):
        return (self.left + self.right) / 2

    @property
    def y(self):
        return (self.bottom + self.top) / 2


class Seen(NamedTuple):
    """What is seen of a drawing: the nodes by their name in the DOT, and the arrows."""

    nodes: dict
    arrows: list  # of pairs of names and a dict of attributes

    def squares(self):
        return {node.text.split("\n")[0]: node for node in self.nodes.values() if node.shape == "square"}

    def circles(self):
        return [node for node in self.nodes.values() if node.shape == "circle"]

    def pairs(self, **attributes):
        """Return the texts at both ends of the arrows that have the given attributes."""
        return sorted(
            (self.nodes[tail].text, self.nodes[head].text)
            for tail, head, found in self.arrows
            if all(found.get(key) == value for key, value in attributes.items())
        )


def text_of(element):
    return "".join(element.itertext()).replace("\u200b", "")


def see(drawing):
    root = ElementTree.fromstring(drawing.svg)
    groups = [group for group in root.iter(f"{SVG}g") if group.get("class") == "node"]
    source = pygraphviz.AGraph(string=drawing.dot)
    assert len(groups) == len(source.nodes())
    nodes = {}
    for name, group in zip(source.nodes(), groups, strict=True):
        circle, box = group.find(f"{SVG}ellipse"), group.find(f"{SVG}polygon")
        if circle is not None:
            x, y, rx, ry = (float(circle.get(key)) for key in ("cx", "cy", "rx", "ry"))
            corners, shape = [(x - rx, y - ry), (x + rx, y + ry)], "circle"
        else:
            corners, shape = [tuple(map(float, pair.split(","))) for pair in box.get("points").split()], "square"
        xs, ys = [x for x, _ in corners], [-y for _, y in corners]
        outline = box if circle is None else circle
        nodes[name] = Node(
            "\n".join(text_of(t) for t in group.findall(f"{SVG}text")),
            shape,
            outline.get("stroke"),
            outline.get("fill"),
            *(min(xs), min(ys), max(xs), max(ys)),
        )
    return Seen(nodes, [(*edge, dict(edge.attr)) for edge in source.edges()])


def chapter(**settings):
    return one_hidden_layer(activation=tanh, weight_decay=0.1, **settings)


def two_lanes(**settings):
    c = chapter()
    return c, draw(c.J, *gradient(c.J, [c.W1, c.W2]), **settings)


def with_bias():
    """Return J of the chapter's network with a bias, which has no places."""
    x, W1, b, W2 = (Variable(name) for name in ("x", "W1", "b", "W2"))
    z = add_bias(matmul(W1, x), b, name="z")
    return total(matmul(W2, activate(z, tanh, name="h"), name="o"), name="J"), [W1, b, W2]


def values_of(c):
    """Return what the chapter's graph computes, with its gradients, as `draw` takes it."""
    rng = np.random.default_rng(0)
    W1, W2, x = rng.standard_normal((4, 3)), rng.standard_normal((2, 4)), rng.standard_normal((3, 5))
    feeds = {c.x: x, c.y: np.array([0, 1, 0, 1, 1]), c.W1: W1, c.W2: W2}
    names = [c.z, c.h, c.o, c.L, c.s, c.J]
    gradients = gradient(c.J, [c.L, c.s, c.o, c.W2, c.h, c.z, c.W1])
    return gradients, feeds | dict(zip(names + gradients, run(names + gradients, feeds), strict=True))


def drawn_with_values():
    c = chapter()
    gradients, values = values_of(c)
    return draw(c.J, *gradients, values=values)


def deep():
    c = hidden_layers(3, activation=tanh, weight_decay=0.1)
    return draw(c.J, *gradient(c.J, c.weights))


def second_derivative():
    c = chapter()
    (first,) = gradient(c.J, [c.W1])
    return draw(*gradient(total(first), [c.W1, c.W2]))


def bias_with_gradients():
    J, weights = with_bias()
    return draw(J, *gradient(J, weights))


DRAWINGS = {
    "forward": lambda: draw(chapter().J),
    "two lanes": lambda: two_lanes()[1],
    "nothing computed yet": lambda: two_lanes(values={})[1],
    "values": drawn_with_values,
    "bias": lambda: draw(with_bias()[0]),
    "bias with gradients": bias_with_gradients,
    "three hidden layers": deep,
    "second derivative": second_derivative,
}


def hessian_product():
    """Draw 42 operators: the gradient of how J changes along two directions."""
    c = chapter()
    along = [total(multiply(g, Variable(f"v{k}"))) for k, g in enumerate(gradient(c.J, [c.W1, c.W2]), 1)]
    return draw(*gradient(add(*along, name="Jv"), [c.W1, c.W2]))


def softmax_of_a_layer(x, W, b):
    z = W @ x + b
    E = np.exp(z - np.max(z))
    p = E / np.sum(E)
    L = -np.log(np.sum(p * p))
    return L  # noqa: RET504


def attention(X, Wq, Wk, Wv, target):
    Q, K, V = X @ Wq, X @ Wk, X @ Wv
    S = Q @ K.T / np.sqrt(2.0)
    E = np.exp(S - np.max(S, axis=-1, keepdims=True))
    A = E / np.sum(E, axis=-1, keepdims=True)
    J = np.mean((A @ V - target) ** 2)
    return J  # noqa: RET504


def traced(f, *names, values=None, **shapes):
    """Draw a program with the gradients of some of its arguments."""
    t = trace(f, **{name: np.ones(shape) for name, shape in shapes.items()})
    return draw(t.output, *gradient(t.output, [t.inputs[name] for name in names]), values=values)


PROJECTIONS = {"Wq": (3, 2), "Wk": (3, 2), "Wv": (3, 2)}
SOFTMAX = {"x": (3, 1), "W": (2, 3), "b": (2, 1)}
LARGE = {
    "Hessian-vector product": hessian_product,
    "program": lambda: traced(softmax_of_a_layer, **SOFTMAX),
    "program with gradients": lambda: traced(softmax_of_a_layer, *SOFTMAX, **SOFTMAX),
    "program with values": lambda: traced(softmax_of_a_layer, *SOFTMAX, values={}, **SOFTMAX),
    "attention": lambda: traced(attention, *PROJECTIONS, X=(4, 3), target=(4, 2), **PROJECTIONS),
}
every_drawing = pytest.mark.parametrize("make", (DRAWINGS | LARGE).values(), ids=DRAWINGS | LARGE)


# The chapter's picture


def test_the_chapters_picture_holds_these_squares_and_circles():
    seen = see(draw(chapter().J))
    squares = sorted(node.text for node in seen.nodes.values() if node.shape == "square")
    assert squares == sorted(["x", "y", "W(1)", "W(2)", "z", "h", "o", "L", "s", "J"])
    assert sorted(node.text for node in seen.circles()) == sorted(["×", "φ", "×", "l", "ℓ₂", "+"])
    assert seen.pairs() == sorted(
        [
            *[("W(1)", "×"), ("x", "×"), ("×", "z"), ("z", "φ"), ("φ", "h"), ("W(2)", "×"), ("h", "×"), ("×", "o")],
            *[("o", "l"), ("y", "l"), ("l", "L"), ("W(1)", "ℓ₂"), ("W(2)", "ℓ₂"), ("ℓ₂", "s"), ("L", "+"), ("s", "+")],
            ("+", "J"),
        ]
    )


def test_arrows_point_right_and_up_but_for_six():
    seen = see(draw(chapter().J))
    against = set()
    for tail, head, _ in seen.arrows:
        a, b = seen.nodes[tail], seen.nodes[head]
        if b.x < a.x - 1 or b.y < a.y - 1:
            against.add((a.text, b.text))
    assert against == {("W(1)", "×"), ("W(2)", "×"), ("y", "l"), ("l", "L"), ("W(2)", "ℓ₂"), ("L", "+")}


def test_input_at_the_lower_left_and_J_at_the_upper_right():
    seen = see(draw(chapter().J))
    x, J = seen.squares()["x"], seen.squares()["J"]
    assert all(x.left <= node.left and x.bottom <= node.bottom for node in seen.nodes.values())
    assert all(J.right >= node.right and J.top >= node.top for node in seen.nodes.values())


@pytest.mark.parametrize("values", [None, {}], ids=["without values", "with values"])
def test_the_grid_of_the_chapters_picture(values):
    seen = see(draw(chapter().J, values=values))
    rows = Counter(round(node.y) for node in seen.nodes.values())
    assert sorted(rows.items()) == sorted(zip(sorted(rows), (8, 5, 3), strict=True))
    squares = seen.squares()
    assert squares["y"].x == pytest.approx(squares["J"].x, abs=1)
    assert squares["y"].y == pytest.approx(squares["L"].y, abs=1)
    assert squares["o"].x == pytest.approx(squares["L"].x, abs=1)
    (loss,) = [node for node in seen.circles() if node.text == "l"]
    assert (loss.x, loss.y) == pytest.approx((squares["y"].x, squares["x"].y), abs=1)


def test_parameters_are_filled():
    for node in see(two_lanes()[1]).squares().values():
        assert (node.fill != "white") == (node.text in ("W(1)", "W(2)")), node.text
        assert node.fill == "white" or node.fill.upper() == PARAMETER


def test_an_index_is_a_superscript():
    root = ElementTree.fromstring(two_lanes()[1].svg)
    raised = [t for t in root.iter(f"{SVG}text") if t.find(f"{SVG}tspan") is not None]
    assert sorted(text_of(t) for t in raised) == ["W(1)", "W(2)", "∂J/∂W(1)", "∂J/∂W(2)"]
    for t in raised:
        index = t.find(f"{SVG}tspan")
        assert index.text in ("(1)", "(2)")
        assert index.get("dy").startswith("-")
        assert index.get("font-size") != "100%"


@pytest.mark.parametrize("name", ["W1", "W2", "b1", "J2", "∂J/∂W2", "∂J2/∂W1"])
def test_the_index_of_a_whole_name_is_raised(name):
    assert re.search(r"\(\d\)", see(draw(Variable(name))).squares().popitem()[0])


@pytest.mark.parametrize("name", ["web2", "aW2", "W2a", "2W2", "_b2", "W2_", "W2.5", "x2", "W"])
def test_the_index_of_another_name_stays_where_it_is(name):
    drawing = draw(Variable(name))
    assert "<tspan" not in drawing.svg
    assert [*see(drawing).squares()] == [name]


# The backward lane


def test_the_lane_shows_the_numbered_equations_and_nothing_else():
    c, drawing = two_lanes()
    seen = see(drawing)
    forward = see(draw(c.J))
    lane = [node for node in seen.nodes.values() if node.colour.upper() == BACKWARD]
    assert sorted(node.text for node in lane if node.shape == "square") == sorted(
        ["∂J/∂L", "∂J/∂s", "∂J/∂o", "∂J/∂W(2)", "∂J/∂h", "∂J/∂z", "∂J/∂W(1)"]
    )
    circles = sorted(node.text for node in lane if node.shape == "circle")
    assert circles == sorted(["1", "1", "∂l", "λ·", "λ·", "×ᵀ", "+", "ᵀ×", "⊙φ′", "×ᵀ", "+"])
    assert len(seen.nodes) == len(lane) + len(forward.nodes)
    assert seen.pairs(color=BACKWARD) == sorted(
        [
            *[("1", "∂J/∂L"), ("1", "∂J/∂s")],  # B1
            *[("∂J/∂L", "∂l"), ("∂l", "∂J/∂o")],  # B2
            *[("∂J/∂s", "λ·"), ("∂J/∂s", "λ·")],  # B3
            *[("∂J/∂o", "×ᵀ"), ("×ᵀ", "+"), ("λ·", "+"), ("+", "∂J/∂W(2)")],  # B4
            *[("∂J/∂o", "ᵀ×"), ("ᵀ×", "∂J/∂h")],  # B5
            *[("∂J/∂h", "⊙φ′"), ("⊙φ′", "∂J/∂z")],  # B6
            *[("∂J/∂z", "×ᵀ"), ("×ᵀ", "+"), ("λ·", "+"), ("+", "∂J/∂W(1)")],  # B7
        ]
    )


STRONG = [("h", "×ᵀ"), ("o", "∂l"), ("z", "⊙φ′")]
WEAK = sorted([("W(1)", "λ·"), ("W(2)", "λ·"), ("W(2)", "ᵀ×"), ("x", "×ᵀ"), ("y", "∂l")])


def test_dashed_arrows_say_what_the_backward_pass_still_needs():
    seen = see(two_lanes()[1])
    assert seen.pairs(style="dashed") == sorted(STRONG + WEAK)
    assert seen.pairs(style="dashed", color=INK, penwidth="2") == STRONG
    assert seen.pairs(style="dashed", color=FAINT, penwidth="1.1") == WEAK
    root = ElementTree.fromstring(two_lanes()[1].svg)
    dashed = [path.get("stroke").upper() for path in root.iter(f"{SVG}path") if path.get("stroke-dasharray")]
    assert Counter(dashed) == {INK.upper(): len(STRONG), FAINT.upper(): len(WEAK)}


def test_the_lane_lies_under_the_forward_pass_in_a_second_colour():
    for _, drawing in (two_lanes(), two_lanes(values={})):
        nodes = see(drawing).nodes.values()
        lane = [node for node in nodes if node.colour.upper() == BACKWARD]
        forward = [node for node in nodes if node.colour.upper() in (FORWARD, INK.upper())]
        assert len(lane) + len(forward) == len(nodes)
        assert max(node.top for node in lane) < min(node.bottom for node in forward)


@pytest.mark.parametrize("make", [lambda: two_lanes()[1], drawn_with_values], ids=["names", "values"])
def test_each_gradient_stands_under_its_variable(make):
    squares = see(make()).squares()
    for name in ("L", "s", "o", "W(2)", "h", "z", "W(1)"):
        variable, its_gradient = squares[name], squares[f"∂J/∂{name}"]
        assert its_gradient.x == pytest.approx(variable.x, abs=1)
        assert its_gradient.top < variable.bottom


def test_the_lane_runs_left():
    squares = see(two_lanes()[1]).squares()
    xs = [squares[f"∂J/∂{name}"].x for name in ("o", "h", "z", "W(1)")]
    assert xs == sorted(xs, reverse=True)
    assert len(set(xs)) == 4


PARTS = {
    "L": (["∂J/∂L"], []),
    "s": (["∂J/∂s"], []),
    "o": (["∂J/∂L", "∂J/∂o"], ["o"]),
    "h": (["∂J/∂L", "∂J/∂o", "∂J/∂h"], ["o"]),
    "W2": (["∂J/∂L", "∂J/∂s", "∂J/∂o", "∂J/∂W(2)"], ["h", "o"]),
    "W1": (["∂J/∂L", "∂J/∂s", "∂J/∂o", "∂J/∂h", "∂J/∂z", "∂J/∂W(1)"], ["o", "z"]),
}


@pytest.mark.parametrize("name", PARTS)
def test_the_gradient_of_one_variable_draws_its_part_of_the_lane(name):
    c = chapter()
    drawing = draw(c.J, *gradient(c.J, [getattr(c, name)]))
    seen = see(drawing)
    whole = see(two_lanes()[1])
    lane, kept = PARTS[name]
    found = [node for node in seen.squares().values() if node.colour.upper() == BACKWARD]
    assert sorted(node.text for node in found) == sorted(lane)
    assert sorted({tail for tail, _ in seen.pairs(style="dashed", color=INK)}) == kept
    for node in seen.squares().values():  # at the same place as in the whole
        place = whole.squares()[node.text]
        x, also_x = seen.squares()["x"], whole.squares()["x"]
        assert (node.x - x.x, node.y - x.y) == pytest.approx((place.x - also_x.x, place.y - also_x.y), abs=1)


@pytest.mark.parametrize("names", list(permutations(BACKWARD_GRID, 2)), ids=" before ".join)
def test_a_gradient_has_its_place_whatever_else_is_asked_for(names):
    c = chapter()
    gradients = gradient(c.J, [getattr(c, name) for name in names])
    for outputs in ([c.J, *gradients], gradients):
        found = places(*outputs)
        assert [found[v] for v in gradients] == [BACKWARD_GRID[name][0] for name in names]


def test_gradients_taken_one_by_one_do_not_cover_each_other():
    c = chapter()
    drawing = draw(c.J, *gradient(c.J, [c.W1]), *gradient(c.J, [c.W2]))
    check_no_overlap(see(drawing))


def test_a_gradient_alone_is_drawn_without_the_rest_of_the_forward_pass():
    c = chapter()
    seen = see(draw(*gradient(c.J, [c.o])))
    assert "J" not in seen.squares()
    assert "∂J/∂o" in seen.squares()


# Which graphs are the chapter's


def by_hand(
    product=matmul,
    phi=lambda z, name: activate(z, tanh, name=name),
    loss=lambda o, y, name: compare(o, y, cross_entropy, name=name),
    decay=lambda W1, W2, name: penalty((W1, W2), 0.1, name=name),
    objective=add,
    tied=False,
    rename=str,
):
    """Return the chapter's graph, of which a part can be built in another way, or its variables be called otherwise."""
    x, y, W1, W2 = (Variable(rename(name), parameter=name.startswith("W")) for name in ("x", "y", "W1", "W2"))
    if tied:
        W2 = W1
    z = product(W1, x, name=rename("z"))
    h = phi(z, name=rename("h"))
    o = matmul(W2, h, name=rename("o"))
    L = loss(o, y, name=rename("L"))
    s = decay(W1, W2, name=rename("s"))
    J = objective(L, s, name=rename("J"))
    return SimpleNamespace(x=x, y=y, W1=W1, W2=W2, z=z, h=h, o=o, L=L, s=s, J=J)


def pinned(drawing):
    """Return the place of every node in the DOT, None where it has none."""
    source = pygraphviz.AGraph(string=drawing.dot)
    return {str(node): node.attr["pos"] for node in source.nodes()}


def test_the_chapters_graph_built_by_hand_stands_on_the_grid():
    c, own = chapter(), by_hand()
    assert all(pinned(draw(own.J)).values())
    assert draw(own.J).data == draw(c.J).data
    outputs = [[v.J, *gradient(v.J, [getattr(v, name) for name in ("W1", "W2")])] for v in (c, own)]
    assert draw(*outputs[1]).data == draw(*outputs[0]).data
    assert {name: places(own.J)[getattr(own, name)] for name in GRID} == {n: square for n, (square, _) in GRID.items()}


def test_the_grid_does_not_depend_on_names():
    c, own = chapter(), by_hand(rename=lambda name: "fghijklmno"[[*GRID].index(name)])
    got = pinned(draw(own.J, *gradient(own.J, [own.W1, own.W2])))
    assert got == pinned(draw(c.J, *gradient(c.J, [c.W1, c.W2])))
    assert all(got.values())


BIAS = Variable("b")
OTHER_GRAPHS = {
    "a product for the sum": {"objective": multiply},
    "the sum turned round": {"objective": lambda L, s, name: add(s, L, name=name)},
    "a sum of L and itself": {"objective": lambda L, s, name: add(L, L, name=name)},
    "no activation": {"phi": same},
    "two activations": {"phi": lambda z, name: activate(activate(z, tanh), tanh, name=name)},
    "an input turned round": {"product": lambda W, x, name: matmul(W, transpose(x), name=name)},
    "an input for the weights": {"product": lambda W, x, name: matmul(x, x, name=name)},
    "a bias": {"product": lambda W, x, name: add_bias(matmul(W, x), BIAS, name=name)},
    "a sum for the loss": {"loss": lambda o, y, name: total(o, name=name)},
    "a penalty of one matrix": {"decay": lambda W1, W2, name: penalty([W1], 0.1, name=name)},
    "a penalty of three": {"decay": lambda W1, W2, name: penalty([W1, W2, W1], 0.1, name=name)},
    "a penalty turned round": {"decay": lambda W1, W2, name: penalty([W2, W1], 0.1, name=name)},
    "a penalty of something else": {"decay": lambda W1, W2, name: penalty([W1, BIAS], 0.1, name=name)},
    "one matrix for both": {"tied": True},
}


@pytest.mark.parametrize("change", OTHER_GRAPHS.values(), ids=OTHER_GRAPHS)
def test_another_graph_does_not_stand_on_the_grid(change):
    own = by_hand(**change)
    for outputs in ([own.J], [own.J, *gradient(own.J, [own.W1])]):
        drawing = draw(*outputs)
        assert not any(pinned(drawing).values())
        check_no_overlap(see(drawing))


COPIES = {"deepcopy": copy.deepcopy, "pickle": lambda whole: pickle.loads(pickle.dumps(whole))}


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_a_copy_of_the_chapters_graph_is_drawn_with_the_same_bytes(copied):
    c = chapter()
    gradients = gradient(c.J, [c.W1, c.W2])
    c_copy, gradients_copy = copied((c, gradients))
    assert c_copy.J is not c.J
    assert draw(c_copy.J).data == draw(c.J).data
    assert draw(*gradients_copy).data == draw(*gradients).data
    of_copy = draw(c_copy.J, *gradients_copy, values={c_copy.x: np.eye(2)}, highlight=c_copy.z)
    want = draw(c.J, *gradients, values={c.x: np.eye(2)}, highlight=c.z)
    assert (of_copy.data, of_copy.dot, of_copy.inline) == (want.data, want.dot, want.inline)
    assert all(pinned(of_copy).values())


# Layout


def check_no_overlap(seen):
    for a, b in combinations(seen.nodes.values(), 2):
        apart = a.right < b.left or b.right < a.left or a.top < b.bottom or b.top < a.bottom
        assert apart, (a, b)


def check_arrows_are_free(drawing):
    """No arrow may run behind a node: at its own two it ends at the edge."""
    paths = [
        g.find(f"{SVG}path") for g in ElementTree.fromstring(drawing.svg).iter(f"{SVG}g") if g.get("class") == "edge"
    ]
    seen, t = see(drawing), np.linspace(0, 1, 25)[:, None]
    assert len(paths) == len(seen.arrows)
    curves = [np.empty((0, 2))]
    for path in paths:
        points = np.array([pair.split(",") for pair in re.findall(r"[-\d.]+,[-\d.]+", path.get("d"))], float) * (1, -1)
        for a, b, c, d in (points[k : k + 4] for k in range(0, len(points) - 3, 3)):
            curves.append(a * (1 - t) ** 3 + 3 * b * t * (1 - t) ** 2 + 3 * c * t**2 * (1 - t) + d * t**3)
    at = np.concatenate(curves)
    for node in seen.nodes.values():
        off = abs(at - (node.x, node.y)) / ((node.right - node.left) / 2 - 2, (node.top - node.bottom) / 2 - 2)
        depth = np.hypot(*off.T) if node.shape == "circle" else off.max(axis=1)
        assert (depth >= 1).all(), node


@every_drawing
def test_no_two_nodes_overlap_and_no_arrow_runs_behind_one(make):
    drawing = make()
    check_no_overlap(see(drawing))
    check_arrows_are_free(drawing)


@pytest.mark.parametrize("values", [None, {}], ids=["names", "values"])
def test_no_arrow_runs_behind_a_node_whatever_part_of_the_grid_is_drawn(values):
    c = chapter()
    for names in [*combinations(BACKWARD_GRID, 1), *combinations(BACKWARD_GRID, 2)]:
        check_arrows_are_free(draw(c.J, *gradient(c.J, [getattr(c, name) for name in names]), values=values))


SMALLEST = 11  # pixels
PAGE = 800


def check_size(drawing):
    """A page is wide enough for the picture, and its text is then large enough to read."""
    root = ElementTree.fromstring(drawing.svg)
    assert drawing.width == float(root.get("width")) == float(root.get("viewBox").split()[2])
    assert drawing.width <= PAGE
    for text in root.iter(f"{SVG}text"):
        for raised in [None, *text.iter(f"{SVG}tspan")]:
            share = 1 if raised is None else float(raised.get("font-size", "100%").removesuffix("%")) / 100
            assert share * float(text.get("font-size")) >= SMALLEST, text_of(text)


@every_drawing
def test_a_drawing_fits_a_page_and_can_be_read_there(make):
    check_size(make())


def lanes_of(drawing):
    nodes = see(drawing).nodes.values()
    backward = [node for node in nodes if node.colour == BACKWARD]
    return [node for node in nodes if node.colour != BACKWARD], backward


TWO_LANES = [
    *("bias with gradients", "three hidden layers", "second derivative", "Hessian-vector product"),
    *("program with gradients", "program with values", "attention"),
]


@pytest.mark.parametrize("name", TWO_LANES)
def test_the_lanes_of_any_graph_are_apart(name):
    forward, backward = lanes_of((DRAWINGS | LARGE)[name]())
    aside = min(node.left for node in backward) - max(node.right for node in forward)
    below = min(node.bottom for node in forward) - max(node.top for node in backward)
    assert max(aside, below) > 30
    assert len(forward) > 5 < len(backward)


@pytest.mark.parametrize("name", TWO_LANES)
def test_the_lanes_of_any_graph_run_against_each_other(name):
    seen = see((DRAWINGS | LARGE)[name]())
    for tail, head, style in seen.arrows:
        a, b = seen.nodes[tail], seen.nodes[head]
        if style.get("style") != "dashed":
            assert a.y < b.y - 20 if style["color"] == BACKWARD else a.y > b.y + 20, (a.text, b.text)


@pytest.mark.parametrize("name", ["bias with gradients", "three hidden layers", "attention"])
def test_a_gradient_of_any_graph_stands_beside_its_variable(name):
    squares = see((DRAWINGS | LARGE)[name]()).squares()
    pairs = [(squares[text.split("/∂")[1]], node) for text, node in squares.items() if text.startswith("∂")]
    assert len(pairs) > 5
    assert all(gradient.y == pytest.approx(variable.y, abs=1) for variable, gradient in pairs)


def test_a_small_graph_lies_flat_with_the_backward_lane_below():
    a, b = Variable("a"), Variable("b")
    J = total(multiply(a, b, name="p"), name="J")
    drawing = draw(J, *gradient(J, [a, b]))
    seen = see(drawing)
    forward, backward = lanes_of(drawing)
    assert min(node.bottom for node in forward) > max(node.top for node in backward) + 30
    for tail, head, style in seen.arrows:
        on = seen.nodes[head].x - seen.nodes[tail].x
        assert style.get("style") == "dashed" or (on < 0) == (style["color"] == BACKWARD)


def test_no_arrow_runs_behind_a_node_that_is_longer_than_those_beside_it():
    drawing = draw(penalty([Variable(name) for name in ("a", "b", "a rather long name", "c", "d")], 0.1, name="s"))
    check_no_overlap(see(drawing))
    check_arrows_are_free(drawing)


@pytest.mark.parametrize("length", [20, 40, 300, 3000])
def test_long_names_do_not_make_a_picture_wide(length):
    a, b = Variable("a" * length), Variable("b" * length)
    J = total(multiply(activate(a, tanh, name="c" * length), b, name="d" * length), name="J")
    drawing = draw(J, *gradient(J, [a, b]))
    assert drawing.width <= 900
    if length <= 40:
        sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', draw(J).svg)]
        assert min(sizes) >= SMALLEST
    check_no_overlap(see(drawing))
    check_arrows_are_free(drawing)


def test_gradients_said_to_be_of_variables_the_wrong_way_round_are_drawn_too():
    """They cannot stand beside their variables: each would have to come before the other."""
    a = Variable("a")
    b = activate(a, tanh, name="b")
    (first,) = gradient(total(b), [a])
    of_a = Variable("of a", first.operator, of=a, objective=b)
    of_b = Variable("of b", activate(of_a, tanh).operator, of=b, objective=b)
    drawing = draw(b, of_b)
    check_no_overlap(see(drawing))
    check_arrows_are_free(drawing)


def test_a_penalty_of_twenty_weights_fits_a_page():
    weights = [Variable(f"W{k}", parameter=True) for k in range(20)]
    J = penalty(weights, 0.1, name="J")
    drawing = draw(J, *gradient(J, weights))
    check_size(drawing)
    check_arrows_are_free(drawing)


@every_drawing
def test_every_arrow_ends_at_the_nodes_that_it_joins(make):
    drawing = make()
    seen = see(drawing)
    edges = [g for g in ElementTree.fromstring(drawing.svg).iter(f"{SVG}g") if g.get("class") == "edge"]
    assert len(edges) == len(seen.arrows)

    def near(x, y):
        return {
            name
            for name, node in seen.nodes.items()
            if node.left - 5 <= x <= node.right + 5 and node.bottom - 5 <= -y <= node.top + 5
        }

    joined = set()
    for group in edges:
        x, y = re.findall(r"-?[\d.]+", group.find(f"{SVG}path").get("d"))[:2]
        tails = near(float(x), float(y))
        heads = set()
        for point in group.find(f"{SVG}polygon").get("points").split():
            heads |= near(*map(float, point.split(",")))
        joined |= {(tail, head) for tail in tails for head in heads}
    assert {(tail, head) for tail, head, _ in seen.arrows} <= joined


@st.composite
def graphs(draw):
    """Draw the output of a graph of operators; some variables have long names, and some none."""
    names = st.sampled_from(["", "", "v", "∂J/∂v", "a rather long name"])
    variables = [Variable("a"), Variable("W")]
    variables[1].parameter = True
    for _ in range(draw(st.integers(1, 7))):
        left, right = draw(st.sampled_from(variables)), draw(st.sampled_from(variables))
        variables.append(draw(st.sampled_from([add, multiply, matmul]))(left, right, name=draw(names)))
    return variables[-1]


@quick
@given(graphs(), st.booleans())
def test_any_graph_is_drawn_whole_on_a_page_and_without_overlap(v, wide):
    drawing = draw(v, values={} if wide else None)
    seen = see(drawing)
    check_no_overlap(seen)
    check_arrows_are_free(drawing)
    check_size(drawing)
    order = topological_order([v])
    operators = [u for u in order if u.operator]
    assert len(seen.circles()) == len(operators)
    squares = [u for u in order if u.name or u is v]
    assert len(seen.nodes) - len(operators) == len(squares)
    assert len(seen.arrows) == 2 * len(operators) + sum(u in squares for u in operators)


@pytest.mark.parametrize("build", [add, multiply, matmul])
def test_a_variable_that_feeds_an_operator_twice_has_two_arrows(build):
    a = Variable("a")
    drawing = draw(build(a, a, name="b"))
    label = build(a, a).operator.label
    assert see(drawing).pairs() == sorted([("a", label), ("a", label), (label, "b")])
    edges = [g for g in ElementTree.fromstring(drawing.svg).iter(f"{SVG}g") if g.get("class") == "edge"]
    paths = {g.find(f"{SVG}path").get("d") for g in edges}
    assert len(paths) == 3  # not one on top of the other


def test_a_variable_alone():
    seen = see(draw(Variable("a")))
    assert [node.text for node in seen.nodes.values()] == ["a"]
    assert seen.arrows == []


def test_several_outputs_and_one_twice():
    c = chapter()
    assert set(see(draw(c.L, c.s)).squares()) == {"x", "y", "W(1)", "W(2)", "z", "h", "o", "L", "s"}
    assert draw(c.L, c.L).dot == draw(c.L).dot


def test_drawing_changes_nothing():
    c = chapter()
    before = draw(c.J)
    gradients = gradient(c.J, [c.W1, c.W2])
    lanes = draw(c.J, *gradients, highlight=c.h, values={c.x: 1.0})
    again = draw(c.J)
    assert (before.dot, before.svg, before.sentence) == (again.dot, again.svg, again.sentence)
    assert draw(c.J, *gradients, highlight=c.h, values={c.x: 1.0}).svg == lanes.svg


# Graphs that are too large for one picture


def chain(operators, name=""):
    v = Variable("a")
    for k in range(operators):
        v = activate(v, tanh, name=name.format(k))
    return v


@pytest.mark.parametrize("name", ["", "v{}"], ids=["without names", "with names"])
def test_a_chain_of_400_operators_is_cut_to_a_width_that_can_be_read(name):
    drawing = draw(chain(400, name))
    assert drawing.width <= PAGE
    assert "Only the last 60 of its 400 operators are shown." in drawing.sentence
    assert len(see(drawing).circles()) == 60


def test_a_picture_says_that_it_is_a_part_only_where_it_is():
    whole, part = draw(chain(60, "v{}")), draw(chain(61, "v{}"))
    assert len(see(whole).circles()) == len(see(part).circles()) == 60
    assert "Only" not in whole.sentence
    assert "Only the last 60 of its 61 operators are shown." in part.sentence
    assert [*see(whole).squares()] == ["a", *[f"v{k}" for k in range(60)]]
    assert [*see(part).squares()] == [f"v{k}" for k in range(61)]


def test_values_of_what_is_not_shown_do_no_harm():
    J = chain(100, "v{}")
    order = topological_order([J])
    drawing = draw(J, values={v: float(k) for k, v in enumerate(order)})
    assert drawing.svg == draw(J, values={v: float(k) for k, v in enumerate(order) if k >= 40}).svg
    assert see(drawing).squares()["v99"].text == "v99\n100"


# Where the text stands


FACE = FT2Font(f"{get_data_path()}/fonts/ttf/DejaVuSans.ttf")  # FONT, as matplotlib brings it along
ABOVE, BELOW = FACE.ascender / FACE.units_per_EM, -FACE.descender / FACE.units_per_EM
ROOMS = {
    "names": (lambda: two_lanes()[1], 1),
    "nothing computed yet": (lambda: two_lanes(values={})[1], 4),
    "values": (drawn_with_values, 3),
    "a graph that is not the chapter's": (bias_with_gradients, 1),
}


@pytest.mark.parametrize(("make", "most"), ROOMS.values(), ids=ROOMS)
def test_the_lines_of_a_node_stand_around_its_middle(make, most):
    """They are as high as the font is at its size, and touch neither each other nor the edge."""
    drawing = make()
    groups = [g for g in ElementTree.fromstring(drawing.svg).iter(f"{SVG}g") if g.get("class") == "node"]
    counts = set()
    for group in groups:
        texts = group.findall(f"{SVG}text")
        counts.add(len(texts))
        sizes = [float(text.get("font-size")) for text in texts]
        baselines = [float(text.get("y")) for text in texts]
        circle, box = group.find(f"{SVG}ellipse"), group.find(f"{SVG}polygon")
        if circle is not None:
            edges = [float(circle.get("cy")) + sign * float(circle.get("ry")) for sign in (-1, 1)]
        else:
            ys = [float(pair.split(",")[1]) for pair in box.get("points").split()]
            edges = [min(ys), max(ys)]
        top, bottom = baselines[0] - ABOVE * sizes[0], baselines[-1] + BELOW * sizes[-1]
        assert (top + bottom) / 2 == pytest.approx(sum(edges) / 2, abs=0.03 * sizes[0])
        assert edges[0] < top < bottom < edges[1]
        for (upper, high), (lower, low) in pairwise(zip(baselines, sizes, strict=True)):
            assert BELOW * high + ABOVE * low <= lower - upper <= 1.25 * max(high, low)
    assert len(groups) == len(see(drawing).nodes)
    assert max(counts) == most


# Text for those who do not see it


class Tags(HTMLParser):
    """The tags of some HTML, each with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


def check_text(drawing):
    root = ElementTree.fromstring(drawing.svg)
    assert root.get("role") == "img"
    ids = {element.get("id"): element for element in root.iter() if element.get("id")}
    title, description = (ids[name] for name in root.get("aria-labelledby").split())
    assert title.tag == f"{SVG}title"
    assert title.text.strip()
    assert description.tag == f"{SVG}desc"
    assert description.text == drawing.sentence == repr(drawing)
    assert len(list(root.iter(f"{SVG}title"))) == 1
    bundle = drawing._repr_mimebundle_()
    assert bundle["text/plain"] == drawing.sentence
    ((tag, attributes),) = Tags(bundle["text/html"]).tags
    assert tag == "img"
    assert attributes["alt"] == drawing.sentence
    assert attributes["src"].startswith("data:image/svg+xml;base64,")
    assert int(attributes["width"]) > 0


@pytest.mark.parametrize("make", DRAWINGS.values(), ids=DRAWINGS)
def test_role_title_description_and_sentence(make):
    check_text(make())


def test_the_sentence_of_the_chapters_picture():
    c, drawing = two_lanes()
    assert repr(draw(c.J)) == (
        "Computational graph of J. Forward: z from × of W1 and x; h from φ of z; o from × of W2 and h; "
        "L from l of o and y; s from ℓ₂ of W1 and W2; J from + of L and s."
    )
    assert "∂J/∂L = 1" in drawing.sentence
    assert "∂J/∂W1 from + of λ· of ∂J/∂s and W1 and ×ᵀ of ∂J/∂z and x" in drawing.sentence
    assert "Kept for the backward pass: z, h and o." in drawing.sentence


def test_the_sentence_says_when_nothing_is_kept():
    c = chapter()
    assert "No intermediate variable is kept" in draw(c.s, *gradient(c.s, [c.W1])).sentence


def test_the_sentence_stays_short_where_variables_have_no_names():
    v = Variable("a")
    for _ in range(16):
        v = add(v, v)
    assert len(draw(v).sentence) < 5000


def test_a_long_chain_without_names_can_be_drawn():
    v = Variable("a")
    for _ in range(1000):
        v = activate(v, tanh)
    assert draw(v).dot


# Names


HOSTILE = [
    "<script>alert(1)</script>",
    "<b>bold</b>",
    "<x",
    "\"double\" and 'single'",
    '" onload="alert(1)',
    "a & b",
    "&lt;b&gt;",
    "&amp;",
    "&#60;b&#62;",
    "back\\slash",
    "back\\nslash, no line",
    "\\",
    "\\N \\G \\L",
    "two\nlines",
    "tab\there",
    "x" * 300,
    "😀🏳️‍🌈",
    "-->",
    "]]>",
    "<!-- -->",
    "%s {0} {name} $x",
    "{a|b}",
    "אב عر",
    "zero\u200dwidth",
    "v0",
    "; } node [label=x]",
    "",
    " ",
]
TAGS = {"svg", "title", "desc", "g", "polygon", "ellipse", "path", "text", "tspan"}


def check_nothing_but_drawing(drawing):
    root = ElementTree.fromstring(drawing.svg)
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in TAGS
        assert not any(key.lower().startswith("on") or key.endswith("href") for key in element.attrib)
    check_text(drawing)


@pytest.mark.parametrize("name", HOSTILE, ids=[repr(name)[:20] for name in HOSTILE])
def test_a_name_is_drawn_as_text(name):
    a = Variable(name)
    a.parameter = True
    drawing = draw(add(a, Variable("b"), name=f"{name}!"), values={a: 1.5})
    check_nothing_but_drawing(drawing)
    texts = {node.text.strip() for node in see(drawing).nodes.values()}
    missing = "\nnot\ncomputed\nyet"
    assert texts == {f"{name}\n1.5".strip(), f"b{missing}", f"{name}!{missing}".strip(), "+"}
    assert name in drawing.sentence
    seen = see(draw(add(a, Variable("b"), name=f"{name}!")))
    assert {(tail.strip(), head.strip()) for tail, head in seen.pairs()} == {
        (name.strip(), "+"),
        ("b", "+"),
        ("+", f"{name}!".strip()),
    }


@pytest.mark.parametrize("name", ["\x00", "a\x08b", "\x1b[0m", "\ufffe"], ids=repr)
def test_a_name_with_control_characters_gives_well_formed_xml(name):
    check_nothing_but_drawing(draw(add(Variable(f"{name}a"), Variable("b"), name="c")))


@quick
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn"])))
def test_any_name_gives_well_formed_xml(name):
    check_nothing_but_drawing(draw(add(Variable("a"), Variable("b"), name=f"{name}.")))


@pytest.mark.parametrize("label", ["<script>", '"', "&", "\\n", "a\nb"])
def test_the_label_of_an_operator_is_drawn_as_text(label):
    rule = Rule("LABELLED", label, None, (None, None), None)
    drawing = draw(Variable("c", Operator(rule, (Variable("a"), Variable("b")))))
    check_nothing_but_drawing(drawing)
    assert [node.text for node in see(drawing).circles()] == [label]


# Values


def test_values_are_short_numbers_or_shape_and_norm():
    c = chapter()
    values = {c.J: 1.23456789, c.L: np.float32(0.5), c.s: np.array(0.0), c.x: 2 * np.ones((3, 12)), c.y: [1, 0, 1]}
    drawing = draw(c.J, values=values)
    squares = see(drawing).squares()
    assert squares["J"].text == "J\n1.235"
    assert squares["L"].text == "L\n0.5"
    assert squares["s"].text == "s\n0"
    assert re.search(r"3.?×.?12\b", squares["x"].text)
    assert re.search(r"‖ ?12$", squares["x"].text)  # √(36 · 4)
    assert re.search(r"\b3\b", squares["y"].text)
    assert "1.41" in squares["y"].text
    assert "J is 1.235" in drawing.sentence
    assert re.search(r"x is 3 ?× ?12, norm 12\b", drawing.sentence)


@pytest.mark.parametrize("shape", [(1, 1), (1,), (2, 3, 4), (2, 0)], ids=str)
def test_an_array_shows_its_shape_and_norm(shape):
    a = Variable("a")
    (text,) = [node.text for node in see(draw(a, values={a: np.full(shape, -2.0)})).nodes.values()]
    _, shown, norm = text.split("\n")
    assert shown == "×".join(map(str, shape))
    assert norm.split()[-1] == f"{2 * np.sqrt(np.prod(shape)):.3g}"


def test_what_has_no_value_says_not_computed_yet():
    c = chapter()
    drawing = draw(c.J, *gradient(c.J, [c.W1, c.W2]), values={c.s: 0.0, c.W1: np.ones((4, 3))})
    squares = see(drawing).squares()
    for name, node in squares.items():
        if name in ("s", "W(1)"):
            assert "computed" not in node.text
        else:
            assert node.text.replace("\n", " ") == f"{name} not computed yet"
    assert drawing.sentence.count("not computed yet") == len(squares) - 2
    assert "s is 0;" in drawing.sentence


def test_without_values_nothing_is_said_of_them():
    assert "computed" not in draw(chapter().J).svg


@pytest.mark.parametrize("size", [1e-150, 1e-5, 1.0, 12345.678, 1e150])
def test_large_and_small_values_fit_their_squares(size):
    c = chapter()
    gradients, values = values_of(c)
    seen = see(draw(c.J, *gradients, values={v: -size * np.asarray(value) for v, value in values.items()}))
    check_no_overlap(seen)
    for node in seen.nodes.values():
        assert max(map(len, node.text.split("\n"))) * 5.5 < node.right - node.left or node.shape == "circle"


# The operator of the moment


def test_the_operator_of_the_moment_is_lit():
    c, _ = two_lanes()
    gradients = gradient(c.J, [c.z, c.W1])
    for v in (c.z, c.J, *gradients):
        drawing = draw(c.J, *gradients, highlight=v)
        seen = see(drawing)
        (lit,) = [node for node in seen.nodes.values() if node.fill.upper() == LIT]
        assert lit.shape == "circle"
        assert lit.text == v.operator.label
        outputs = [head for tail, head, _ in seen.arrows if seen.nodes[tail] == lit]
        assert [seen.nodes[name].text.replace("(1)", "1") for name in outputs] == [v.name]
        assert f"computes {v.name}." in drawing.sentence
    assert LIT.lower() not in draw(c.J).svg.lower()


def test_the_lit_circle_has_a_thicker_edge():
    c, _ = two_lanes()
    gradients = gradient(c.J, [c.W1, c.W2])
    for lit in (c.z, c.J, *gradients):
        root = ElementTree.fromstring(draw(c.J, *gradients, highlight=lit).svg)
        circles = list(root.iter(f"{SVG}ellipse"))
        edges = {
            shown: [float(e.get("stroke-width", 1)) for e in circles if (e.get("fill").upper() == LIT) == shown]
            for shown in (True, False)
        }
        assert len(edges[True]) == 1
        assert len(edges[False]) == len(circles) - 1
        assert min(edges[True]) >= 2 * max(edges[False])


def test_what_no_operator_computes_cannot_be_lit():
    c = chapter()
    with pytest.raises(ValueError, match="x"):
        draw(c.J, highlight=c.x)


# Sentences


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda c: draw(), ValueError, r"draw\(\) needs at least one variable"),
        (lambda c: draw("J"), TypeError, r"draw\(\): expected variables, got 'J'"),
        (lambda c: draw([c.J]), TypeError, r"draw\(\): expected variables, got \[J\]"),
        (lambda c: draw(c.L, values={c.J: 1.0}), ValueError, "values: J is not in the graph"),
        (lambda c: draw(c.L, values={"L": 1.0}), ValueError, "values: 'L' is not in the graph"),
        (lambda c: draw(c.L, highlight=c.s), ValueError, "highlight: s is not in the graph"),
        (lambda c: draw(c.L, highlight="L"), TypeError, "highlight must be a Variable, got 'L'"),
        (lambda c: draw(c.L, values=[1.0]), TypeError, r"values must be a dict .*, got \[1\.0\]"),
        (lambda c: draw(c.L, values={c.L: "a"}), TypeError, "the value of L must hold real numbers, got dtype <U1"),
    ],
)
def test_bad_input_is_answered_in_a_sentence(call, error, sentence):
    with pytest.raises(error, match=f"^{sentence}$"):
        call(chapter())


# The same picture everywhere


def digests():
    """Return a digest of every drawing and of its HTML."""
    for name, make in (DRAWINGS | LARGE).items():
        drawing = make()
        for text in (drawing.dot, drawing.svg, drawing._repr_mimebundle_()["text/html"], drawing.sentence):
            yield f"{name} {hashlib.sha256(text.encode()).hexdigest()}"


def in_a_fresh_process(code, **environment):
    """Run `code` with this module's names in another process; return what it prints, which must be all of it."""
    # The second is of an older Matplotlib, as in pyproject.toml. On the command line it cannot be told by its words.
    filters = """import warnings; warnings.simplefilter("error")
warnings.filterwarnings("ignore", r"'\\w+' (argument is )?deprecated", DeprecationWarning)
"""
    done = subprocess.run(
        [sys.executable, "-c", f"{filters}from test_drawing import *\n{code}"],
        cwd=Path(__file__).parent,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "PYTHONUTF8": "1", **environment},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout.splitlines()


@pytest.mark.weekly
def test_the_same_input_gives_the_same_bytes():
    want = list(digests())
    assert in_a_fresh_process("print(*digests(), sep='\\n')", PYTHONHASHSEED="1") == want


@pytest.fixture
def restless():
    """Threads that take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(calls):
    """Return what the calls return, each made in a thread of its own, all at the same time."""
    start = Barrier(len(calls))
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(lambda call: (start.wait(60), call())[1], calls))


def drawing_anew():
    """Return the module as a process has it that has drawn nothing yet."""
    spec = importlib.util.find_spec("helpers.drawing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_eight_threads_draw_the_same_bytes_as_one(restless):
    want = [make().data for make in DRAWINGS.values()]
    assert len(want) == 8
    for _ in range(3 if ALL else 1):
        assert [drawing.data for drawing in in_threads([*DRAWINGS.values()])] == want


def test_the_first_drawings_of_a_process_can_be_made_in_threads(restless):
    graphs = []
    for name in ("z", "h", "o", "W1", "W2", "L", "s", "J"):
        c = chapter()
        graphs.append([c.J, *gradient(c.J, [getattr(c, name)])])
    want = [draw(*outputs).data for outputs in graphs]
    for _ in range(20):
        module = drawing_anew()
        found = in_threads([partial(module.places, *outputs) for outputs in graphs])
        assert found == [places(*outputs) for outputs in graphs]
    module = drawing_anew()
    assert [drawing.data for drawing in in_threads([partial(module.draw, *outputs) for outputs in graphs])] == want


def golden():
    return draw(one_hidden_layer(activation=tanh, weight_decay=0.1).J).dot


def test_the_dot_of_the_chapters_picture_is_as_recorded():
    recorded = GOLDEN.read_text(encoding="utf-8")
    assert golden() == recorded, "the DOT has changed; if that is wanted, run: python tests/test_drawing.py"


def test_a_picture_can_be_saved(tmp_path):
    drawing = draw(chapter().J)
    drawing.save(tmp_path / "chapter.svg")
    assert (tmp_path / "chapter.svg").read_text(encoding="utf-8") == drawing.svg
    ElementTree.parse(tmp_path / "chapter.svg")


# Laid out once, filled in many times


def test_a_layout_filled_in_is_the_picture_drawn_anew():
    c = chapter()
    gradients, values = values_of(c)
    wide, narrow = Layout([c.J, *gradients]), Layout([c.J, *gradients], wide=False)
    some = {v: value for k, (v, value) in enumerate(values.items()) if k % 2}
    for filled, lit in ((values, None), (some, c.z), ({}, gradients[0]), (values, c.J)):  # one after the other
        got, want = wide.drawing(filled, lit), draw(c.J, *gradients, values=filled, highlight=lit)
        assert (got.svg, got.inline, got.dot, got.sentence) == (want.svg, want.inline, want.dot, want.sentence)
        assert got.width == want.width
    for lit in (None, c.h):
        assert narrow.drawing(highlight=lit).svg == draw(c.J, *gradients, highlight=lit).svg
    assert wide.order == topological_order([c.J, *gradients])


def test_a_layout_is_laid_out_once(monkeypatch):
    calls = []
    real = drawing_module.around
    monkeypatch.setattr(drawing_module, "around", lambda *graph: calls.append(graph) or real(*graph))
    c = chapter()
    layout = Layout([c.J])
    for k in range(5):
        layout.drawing({c.x: np.ones((k + 1, 1))}, c.z).svg  # noqa: B018
    assert len(calls) == 1


def test_a_wide_layout_without_values_says_that_all_are_missing():
    c = chapter()
    squares = [n for n in see(Layout([c.J]).drawing()).nodes.values() if n.shape == "square"]
    assert all(node.text.endswith("not\ncomputed\nyet") for node in squares)
    assert len(squares) == 10


@pytest.mark.parametrize(
    ("fill", "sentence"),
    [
        (lambda layout, c: layout.drawing({Variable("a"): 1.0}), "values: a is not in the graph"),
        (lambda layout, c: layout.drawing(None, Variable("a")), "highlight: a is not in the graph"),
        (
            lambda layout, c: layout.drawing(None, c.x),
            "highlight: expected a variable that an operator computes, got x",
        ),
    ],
)
def test_a_layout_refuses_what_is_not_in_its_graph(fill, sentence):
    c = chapter()
    with pytest.raises(ValueError, match=sentence):
        fill(Layout([c.J]), c)


def test_values_of_any_text_stay_text():
    a = Variable('<b>&amp;"')
    layout = Layout([add(a, a, name="c")])
    for drawing in (layout.drawing(), layout.drawing({a: 1.0})):
        for svg in (drawing.svg, drawing.inline):
            assert "<b>" not in svg
            assert any('<b>&amp;"' in text_of(t) for t in ElementTree.fromstring(svg).iter() if t.tag.endswith("text"))


# The SVG for a page of other things


def test_the_inline_picture_is_that_of_the_image_with_its_title_and_no_id():
    c, drawing = two_lanes(values={})
    for kind in (drawing, draw(with_bias()[0]), draw(chapter().J)):
        root, whole = ElementTree.fromstring(kind.inline), ElementTree.fromstring(kind.svg)
        assert root.get("role") == "img"
        assert root.get("aria-label") == whole.find(f"{SVG}title").text
        assert root.get("aria-label").startswith("Computational graph of ")
        for attribute in ("width", "height", "viewBox"):
            assert root.get(attribute) == whole.get(attribute)
        assert not [e for e in root.iter() if e.get("id")]
        assert "xmlns" not in kind.inline
        assert "<!--" not in kind.inline
        assert "title" not in {e.tag for e in root.iter()}  # a browser shows one on its own as a tooltip

        def parts(of):
            skipped = ("title", "desc")
            return [
                (e.tag.replace(SVG, ""), {k: v for k, v in e.attrib.items() if k != "id"}, e.text)
                for e in list(of.iter())[1:]
                if not e.tag.endswith(skipped)
            ]

        assert parts(root) == parts(whole)


def test_the_title_of_an_inline_picture_is_escaped():
    name = "\"><script>alert('x')</script>&"
    a = Variable("a")
    inline = draw(add(a, a, name=name)).inline
    assert "<script" not in inline
    assert ElementTree.fromstring(inline).get("aria-label") == f"Computational graph of {name}"


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(golden(), encoding="utf-8", newline="\n")
