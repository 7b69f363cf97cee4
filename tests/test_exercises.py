"""The checkers accept the solutions of notebook 10 and refuse wrong answers, each with the sentence that fits."""

import operator
import re
import sys
from functools import cache

import nbformat
import numpy as np
import pytest
import record_places
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_markdown_cell, new_notebook
from solutions import NOTEBOOKS, solutions
from strategies import problems, quick, relative_error, seeds

from helpers import exercises, operators
from helpers.checking import numerical_gradient
from helpers.exercises.checkers import CHECKERS, SECTIONS, SENTENCES, draw_numbers
from helpers.exercises.hunt import READ_BLIND_SPOTS, READ_CHECKS
from helpers.exercises.hunt_answers import ANSWERS
from helpers.exercises.places import PLACES
from helpers.exercises.verdicts import PATIENCE, TRIED, Verdict, judge
from helpers.functions import relu, squared_error, tanh
from helpers.gradient import gradient
from helpers.graph import Variable, run
from helpers.memory import footprint
from helpers.network import MLP

CHECKER_OF = {checker.blanks[0]: checker for checker in CHECKERS.values()}
RIGHT = solutions()
VALUES_OF_A_READER = {"E1_entries", "E3_from", "E4_relu", "E5_microbatches"}  # the other blanks are functions


@pytest.fixture(autouse=True)
def nothing_tried_yet():
    TRIED.clear()


@cache
def cells_of(notebook):
    (path,) = NOTEBOOKS.glob(f"{notebook}_*.ipynb")
    return nbformat.read(path, as_version=4).cells


# What is right, and what is left open.


@pytest.mark.parametrize("exercise", CHECKERS)
def test_a_solution_is_accepted(exercise):
    (verdict,) = judge({exercise: CHECKERS[exercise]}, RIGHT).values()
    assert verdict.status == "right", verdict
    assert verdict.exercise == exercise


def is_blank(source):
    return re.search(r"(return|=) \.\.\.$", source)


def blanks_as_shipped():
    names = {}
    for cell in cells_of("08"):
        if cell.cell_type == "code" and is_blank(cell.source):
            exec(cell.source, names)
    return names


def test_every_blank_is_in_the_notebook_and_open():
    names = blanks_as_shipped()
    assert {name for name in names if re.match(r"E\d_", name)} == set(CHECKER_OF)
    tagged = [c for c in cells_of("08") if c.cell_type == "code" and "blank" in c.metadata.get("tags", ())]
    assert [is_blank(cell.source) is not None for cell in tagged] == [True] * len(CHECKERS)
    assert {verdict.status for verdict in judge(CHECKERS, names).values()} == {"open"}
    assert {verdict.status for verdict in judge(CHECKERS, {}).values()} == {"open"}


@pytest.mark.parametrize("notebook", ["08", "10"])
def test_a_notebook_puts_every_blank_to_its_checker(notebook):
    sources = [cell.source for cell in cells_of(notebook)]
    for blank in CHECKER_OF:
        arguments = ", ".join(CHECKER_OF[blank].blanks)
        assert f"exercises.check_{blank}({arguments})" in sources


def test_the_notebook_runs_with_all_blanks_filled_in():
    filled = {blank: RIGHT[blank] for blank in CHECKER_OF}
    names, verdicts = dict(filled), []
    for cell in cells_of("08"):
        if cell.source.startswith("exercises.check_"):
            verdicts.append(eval(cell.source, names))
        elif cell.cell_type == "code":
            exec(cell.source, names)
            names |= filled
    assert [verdict.status for verdict in verdicts] == ["right"] * len(CHECKERS)
    assert isinstance(names["J"], Variable)


@pytest.mark.parametrize("blank", sorted(set(CHECKER_OF) - VALUES_OF_A_READER))
def test_a_function_that_returns_nothing_is_open_and_hears_of_it(blank):
    verdict = CHECKER_OF[blank].check(lambda *given: None)
    assert (verdict.status, verdict.message) == ("open", SENTENCES["no return"])


# What is wrong. Each wrong answer comes with the key of the sentence that it must get.


def changed(blank, **changes):
    """Return the solution with some of what it returns replaced by functions of what it is given and returns."""

    def answer(*given):
        result = RIGHT[blank](*given)
        new = {name: change(*given, result) for name, change in changes.items()}
        return result._replace(**new) if hasattr(result, "_replace") else result | new

    return answer


def of(blank, change):
    """Return the solution, its result passed through a function."""
    return lambda *given: change(RIGHT[blank](*given))


def bias_after(net, b, x, y):
    h = net.activation.value(net.W1 @ x) + b
    f = net.forward(x, y)
    return f._replace(h=h, o=net.W2 @ h)


def decayed_bias(net, b, x, y):
    f = RIGHT["E2_forward"](net, b, x, y)
    s = f.s + net.weight_decay / 2 * np.sum(b**2)
    return f._replace(s=s, J=f.L + s)


def changing(W, *rest):
    W *= 2
    return W


def changing_net(net, b, x, y):
    f = RIGHT["E2_forward"](net, b, x, y)
    net.W1 *= 2
    return f


def graph(J_of):
    """Return an E2_graph that differs from the solution in how J is made: a function of its variables by name."""

    def answer(x, y, W1, b, W2, activation, loss, weight_decay):
        z = operators.add_bias(operators.matmul(W1, x), b)
        o = operators.matmul(W2, operators.activate(z, activation))
        L = operators.compare(o, y, loss)
        s = operators.penalty((W1, W2), weight_decay)
        return J_of(**locals())

    return answer


def add_for_add_bias(x, W1, b, W2, y, activation, loss, s, **rest):
    z = operators.add(operators.matmul(W1, x), b)
    return operators.add(operators.compare(operators.matmul(W2, operators.activate(z, activation)), y, loss), s)


def without_bias(x, y, W1, b, W2, activation, loss, weight_decay):
    c = operators.matmul(W2, operators.activate(operators.matmul(W1, x), activation))
    return operators.add(operators.compare(c, y, loss), operators.penalty((W1, W2), weight_decay))


def bias_to_output(x, y, W1, b, W2, activation, loss, weight_decay):
    h = operators.activate(operators.matmul(W1, x), activation)
    o = operators.matmul(W2, operators.add_bias(h, b))
    return operators.add(operators.compare(o, y, loss), operators.penalty((W1, W2), weight_decay))


def own_blocks(J, weights, directions):
    return [
        gradient(operators.sum(operators.multiply(gradient(J, [W])[0], v)), [W])[0]
        for W, v in zip(weights, directions, strict=True)
    ]


def without_directions(J, weights, directions):
    first, second = gradient(J, weights)
    return gradient(operators.add(operators.sum(first), operators.sum(second)), weights)


def not_differentiated(J, weights, directions):
    return [operators.multiply(*pair) for pair in zip(gradient(J, weights), directions, strict=True)]


def without_decay(J, weights, directions):
    L, s = J.operator.inputs
    return RIGHT["E4_product"](L, weights, directions)


def doubled(variables):
    return [operators.add(v, v) for v in variables]


def slope_only(J, weights, directions):
    pairs = zip(gradient(J, weights), directions, strict=True)
    return [operators.sum(operators.multiply(*pair)) for pair in pairs]


def second_without_decay(c, h, y, W2):
    return run(gradient(c.L, [c.W2, c.h]), {c.h: h, c.y: y, c.W2: W2})


def first_without_decay(c, x, W1, z, dJ_dh):
    dL_dW1, arriving = gradient(c.L, [c.W1, c.h])
    return run([dL_dW1], {c.x: x, c.W1: W1, c.z: z, arriving: dJ_dh})[0]


def no_slope(c, x, W1, z, dJ_dh):
    dJ_dW1, dJ_dz = gradient(c.J, [c.W1, c.z])
    return run([dJ_dW1], {c.x: x, c.W1: W1, dJ_dz: dJ_dh})[0]


def not_fed(c, x, W1, z, dJ_dh):
    return run(gradient(c.J, [c.W1]), {c.x: x, c.W1: W1})[0]


def combined(examples, gradients, W, weight_decay, *, scale=1, decays=1):
    n = np.sum(examples)
    return scale * sum(k / n * g for k, g in zip(examples, gradients, strict=True)) + decays * weight_decay * W


def nan(array):
    return np.full_like(array, np.nan)


OUTER = RIGHT["numbers"].a @ RIGHT["numbers"].b.T
WRONG = [
    ("E1_shapes", "no function", (3, 5)),
    ("E1_shapes", "no pair", lambda n, m: "n × m"),
    ("E1_shapes", "no pair", lambda n, m: (n, m, n, m)),
    ("E1_shapes", "E1 no shape", lambda n, m: ((n / 1, m), (n, m, n, m))),
    ("E1_shapes", "E1 scalar", lambda n, m: ((), (n, m))),
    ("E1_shapes", "E1 turned", lambda n, m: ((m, n), (m, n, m, n))),
    ("E1_shapes", "E1 turned", lambda n, m: (n, m)[::-1] and ((m, n), ())),
    ("E1_shapes", "E1 flat", lambda n, m: (n * m, n * m)),
    ("E1_shapes", "E1 flat", lambda n, m: ((1, n * m), (n, m, n, m))),
    ("E1_shapes", "E1 extra axis", lambda n, m: ((1, n, m), (n, m, n, m))),
    ("E1_shapes", "E1 shape", lambda n, m: (n, m)),
    ("E1_shapes", "E1 shape", lambda n, m: ((3, 5), (3, 5, 3, 5))),
    ("E1_shapes", "E1 second gradient", lambda n, m: ((n, m), (n, m))),
    ("E1_shapes", "E1 second flat", lambda n, m: ((n, m), (n * m, n * m))),
    ("E1_shapes", "E1 second turned", lambda n, m: ((n, m), (n, m, m, n))),
    ("E1_shapes", "E1 second", lambda n, m: ((n, m), ())),
    ("E1_shapes", "E1 second", lambda n, m: ((n, m), (2, n, m))),
    ("E1_shapes", "no return", lambda n, m: ((n, m), (n, m, n, m)) if n > 1 else None),
    ("E1_entries", "E1 no entries", lambda: 3),
    ("E1_entries", "E1 no entries", [[1, 2, 3], [4, 5]]),
    ("E1_entries", "E1 inner", OUTER),
    ("E1_entries", "E1 inner twice", 2 * RIGHT["E1_entries"]),
    ("E1_entries", "shape turned", RIGHT["E1_entries"].T.tolist()),
    ("E1_entries", "shape", RIGHT["E1_entries"].ravel()),
    ("E1_entries", "sign", -RIGHT["E1_entries"]),
    ("E1_entries", "E1 entries", RIGHT["E1_entries"] + np.eye(2, 3)),
    ("E1_gradient", "E1 order", lambda row, n, m: row.reshape(m, n).T),
    ("E1_gradient", "E1 order", lambda row, n, m: row.reshape(n, m, order="F")),
    ("E1_gradient", "shape turned", lambda row, n, m: row.reshape(m, n)),
    ("E1_gradient", "shape", lambda row, n, m: row.T),
    ("E1_gradient", "no array", lambda row, n, m: row.reshape(n, m).tolist()),
    ("E1_gradient", "type", lambda row, n, m: row.reshape(n, m).astype(np.float32)),
    ("E1_gradient", "changed", changing),
    ("E1_gradient", "raised", lambda row, n, m: row.reshape(3, 5)),
    ("E1_change", "E1 array", lambda G, D: G * D),
    ("E1_change", "E1 array", lambda G, D: G @ D.T),
    ("E1_change", "E1 trace", lambda G, D: np.trace(G @ D)),
    ("E1_change", "E1 largest", lambda G, D: np.max(G * D)),
    ("E1_change", "sign", lambda G, D: -np.sum(G * D)),
    ("E1_change", "entry", lambda G, D: np.mean(G * D)),
    ("E1_change", "entry", lambda G, D: np.sum(G)),
    ("E1_change", "entry", lambda G, D: float(np.mean(G * D))),
    ("E1_change", "entry", lambda G, D: 42),
    ("E1_change", "no number", lambda G, D: str(np.sum(G * D))),
    ("E2_forward", "E2 no bias", lambda net, b, x, y: net.forward(x, y)),
    ("E2_forward", "E2 minus bias", lambda net, b, x, y: RIGHT["E2_forward"](net, -b, x, y)),
    ("E2_forward", "E2 bias after", bias_after),
    ("E2_forward", "E2 penalty", decayed_bias),
    ("E2_forward", "E2 no decay", changed("E2_forward", s=lambda net, b, x, y, f: 0.0)),
    (
        "E2_forward",
        "E2 no decay",
        changed("E2_forward", s=lambda net, b, x, y, f: net.weight_decay / 2 * np.sum(net.W2**2)),
    ),
    ("E2_forward", "E2 no forward", lambda net, b, x, y: net.W1 @ x + b),
    ("E2_forward", "missing", lambda net, b, x, y: {"z": net.W1 @ x + b}),
    ("E2_forward", "blank inside", changed("E2_forward", o=lambda net, b, x, y, f: ...)),
    ("E2_forward", "first", changed("E2_forward", h=lambda net, b, x, y, f: relu.value(f.z))),
    ("E2_forward", "first", changed("E2_forward", L=lambda net, b, x, y, f: float(f.L) + 1)),
    ("E2_forward", "shape", changed("E2_forward", z=lambda net, b, x, y, f: f.z[:1])),
    ("E2_forward", "changed", changing_net),
    ("E2_forward", "raised", lambda net, b, x, y: net.W1 @ x.T + b),
    ("E2_backward", "E2 no dict", of("E2_backward", lambda g: tuple(g.values()))),
    ("E2_backward", "missing", lambda net, b, f: {"o": net.loss.gradient(f.o, f.y)}),
    ("E2_backward", "E2 o", changed("E2_backward", o=lambda net, b, f, g: g["o"] * f.x.shape[1])),
    ("E2_backward", "sign", changed("E2_backward", o=lambda net, b, f, g: -g["o"])),
    (
        "E2_backward",
        "E2 decay missing",
        changed("E2_backward", W2=lambda net, b, f, g: g["o"] @ f.h.T),
    ),
    (
        "E2_backward",
        "E2 decay missing",
        changed("E2_backward", W1=lambda net, b, f, g: g["z"] @ f.x.T),
    ),
    (
        "E2_backward",
        "E2 decay twice",
        changed("E2_backward", W1=lambda net, b, f, g: g["W1"] + net.weight_decay * net.W1),
    ),
    ("E2_backward", "raised", changed("E2_backward", h=lambda net, b, f, g: net.W2 @ g["o"])),
    ("E2_backward", "E2 no slope", changed("E2_backward", z=lambda net, b, f, g: g["h"])),
    (
        "E2_backward",
        "E2 slope of h",
        changed("E2_backward", z=lambda net, b, f, g: g["h"] * net.activation.first(f.h)),
    ),
    ("E2_backward", "E2 columns", changed("E2_backward", b=lambda net, b, f, g: g["z"])),
    ("E2_backward", "E2 flat", changed("E2_backward", b=lambda net, b, f, g: g["z"].sum(axis=1))),
    ("E2_backward", "E2 rows", changed("E2_backward", b=lambda net, b, f, g: g["z"].sum(axis=0))),
    (
        "E2_backward",
        "E2 rows",
        changed("E2_backward", b=lambda net, b, f, g: g["z"].sum(axis=0, keepdims=True)),
    ),
    (
        "E2_backward",
        "E2 mean",
        changed("E2_backward", b=lambda net, b, f, g: g["z"].mean(axis=1, keepdims=True)),
    ),
    (
        "E2_backward",
        "E2 bias decay",
        changed("E2_backward", b=lambda net, b, f, g: g["b"] + net.weight_decay * b),
    ),
    (
        "E2_backward",
        "E2 from h",
        changed("E2_backward", b=lambda net, b, f, g: g["h"].sum(axis=1, keepdims=True)),
    ),
    ("E2_backward", "sign", changed("E2_backward", b=lambda net, b, f, g: -g["b"])),
    ("E2_backward", "not finite", changed("E2_backward", b=lambda net, b, f, g: nan(b))),
    (
        "E2_backward",
        "turned",
        lambda net, b, f: (
            changed("E2_backward", W1=lambda net, b, f, g: g["W1"].T)(net, b, f)
            if net.W1.shape == (2, 2)
            else RIGHT["E2_backward"](net, b, f)
        ),
    ),
    ("E2_graph", "E2 no variable", lambda *given: 3.0),
    ("E2_graph", "E2 apart", without_bias),
    ("E2_graph", "E2 add", graph(add_for_add_bias)),
    (
        "E2_graph",
        "E2 graph penalty",
        graph(
            lambda L, W1, b, W2, weight_decay, **rest: operators.add(L, operators.penalty((W1, b, W2), weight_decay))
        ),
    ),
    ("E2_graph", "E2 graph loss", graph(lambda L, **rest: L)),
    ("E2_graph", "E2 graph", bias_to_output),
    ("E2_graph", "no number", graph(lambda L, s, b, **rest: operators.spread(operators.add(L, s), b))),
    ("E2_graph", "raised", graph(lambda **rest: rest["loss"](rest["o"], rest["y"]))),
    ("E3_prediction", "E3 entries", of("E3_prediction", lambda size: size // 8)),
    ("E3_prediction", "E3 single", of("E3_prediction", lambda size: size // 2)),
    ("E3_prediction", "E3 no weights", lambda d, h, q, n: 8 * (d + h + max(h, q)) * n),
    ("E3_prediction", "E3 no inputs", lambda d, h, q, n: 8 * (h * d + q * h + (h + max(h, q)) * n)),
    ("E3_prediction", "E3 keeps all", lambda d, h, q, n: 8 * (h * d + q * h + (d + 2 * h + q) * n)),
    ("E3_prediction", "E3 one alive", lambda d, h, q, n: 8 * (h * d + q * h + (d + max(h, q)) * n)),
    ("E3_prediction", "E3 always z h", lambda d, h, q, n: 8 * (h * d + q * h + (d + 2 * h) * n)),
    ("E3_prediction", "E3 no intermediates", lambda d, h, q, n: 8 * (h * d + q * h + d * n)),
    ("E3_prediction", "E3 bytes", lambda d, h, q, n: 8 * d * h * q * n),
    ("E3_prediction", "not finite", lambda d, h, q, n: np.inf),
    ("E3_training", "E3 entries", of("E3_training", lambda size: size // 8)),
    ("E3_training", "E3 single", of("E3_training", lambda size: size / 2)),
    ("E3_training", "E3 weights once", lambda d, h, q, n: 8 * (h * d + q * h + (d + 1 + 2 * (2 * h + q)) * n)),
    ("E3_training", "E3 no inputs", lambda d, h, q, n: 8 * (2 * h * (d + q) + (1 + 2 * (2 * h + q)) * n)),
    ("E3_training", "E3 no labels", lambda d, h, q, n: 8 * (2 * h * (d + q) + (d + 2 * (2 * h + q)) * n)),
    ("E3_training", "E3 intermediates once", lambda d, h, q, n: 8 * (2 * h * (d + q) + (d + 1 + 2 * h + q) * n)),
    ("E3_training", "E3 no gradients", lambda d, h, q, n: 8 * (h * (d + q) + (d + 1 + 2 * h + q) * n)),
    ("E3_training", "E3 bytes", lambda d, h, q, n: RIGHT["E3_prediction"](d, h, q, n)),
    ("E3_from", "no number", "35"),
    ("E3_from", "E3 no count", 0),
    ("E3_from", "E3 no count", 34.2),
    ("E3_from", "E3 from", RIGHT["E3_from"] - 1),
    ("E3_from", "E3 from", RIGHT["E3_from"] + 1),
    ("E4_product", "E4 no list", lambda J, weights, directions: weights[0]),
    ("E4_product", "E4 count", lambda J, weights, directions: gradient(J, weights[:1])),
    ("E4_product", "E4 no variable", lambda J, weights, directions: [0.0, 0.0]),
    ("E4_product", "E4 first", lambda J, weights, directions: gradient(J, weights)),
    ("E4_product", "E4 unused", without_directions),
    ("E4_product", "E4 not differentiated", not_differentiated),
    ("E4_product", "E4 own block", own_blocks),
    ("E4_product", "E4 no decay", without_decay),
    ("E4_product", "E4 swapped", of("E4_product", lambda parts: parts[::-1])),
    ("E4_product", "factor", of("E4_product", doubled)),
    ("E4_product", "shape", slope_only),
    ("E4_product", "E4 product", lambda J, weights, directions: directions),
    ("E4_product", "raised", lambda J, weights, directions: gradient(gradient(J, weights)[0], weights)),
    ("E4_hessian", "E4 rows", of("E4_hessian", np.transpose)),
    ("E4_hessian", "E4 diagonal", of("E4_hessian", lambda H: np.diag(np.diag(H)))),
    (
        "E4_hessian",
        "E4 calls",
        lambda product, size: RIGHT["E4_hessian"](product, size) + 0 * RIGHT["E4_hessian"](product, size),
    ),
    (
        "E4_hessian",
        "E4 hessian",
        lambda product, size: np.outer(product(np.ones(size)), np.ones(size)),
    ),
    ("E4_hessian", "shape", lambda product, size: product(np.ones(size))),
    ("E4_hessian", "raised", lambda product, size: product(np.eye(size))),
    ("E4_hessian", "raised", lambda product, size: np.column_stack([product(unit) for unit in np.eye(4)])),
    ("E4_relu", "E4 no letters", True),
    ("E4_relu", "E4 no letters", {"e"}),
    ("E4_relu", "E4 no letters", set()),
    ("E4_relu", "E4 no letters", [1, 2]),
    ("E4_relu", "E4 letters", "abcd"),
    ("E4_relu", "E4 letters", {"c", "d"}),
    ("E4_relu", "E4 letters", ["b", "d"]),
    ("E4_relu", "E4 letters", ("B", "C")),
    ("E5_second", "no pair", lambda c, h, y, W2: run(gradient(c.J, [c.h]), {c.h: h, c.y: y, c.W2: W2})[0]),
    ("E5_second", "E5 swapped", of("E5_second", lambda pair: pair[::-1])),
    ("E5_second", "E5 decay", second_without_decay),
    ("E5_second", "sign", of("E5_second", lambda pair: [-a for a in pair])),
    ("E5_second", "no array", of("E5_second", lambda pair: [a.tolist() for a in pair])),
    ("E5_second", "raised", lambda c, h, y, W2: run(gradient(c.J, [c.W1]), {c.h: h, c.y: y, c.W2: W2})),
    ("E5_first", "E5 decay", first_without_decay),
    ("E5_first", "E5 no slope", no_slope),
    ("E5_first", "raised", not_fed),
    ("E5_first", "factor", of("E5_first", lambda W: 2 * W)),
    ("E5_combine", "E5 plain mean", lambda n, g, W, decay: np.mean(g, axis=0) + decay * W),
    ("E5_combine", "E5 sum", lambda n, g, W, decay: np.sum(g, axis=0) + decay * W),
    ("E5_combine", "E5 sum", lambda n, g, W, decay: np.sum([part + decay * W for part in g], axis=0)),
    ("E5_combine", "E5 decay each", lambda n, g, W, decay: combined(n, g, W, decay, decays=len(n))),
    ("E5_combine", "E5 no decay", lambda n, g, W, decay: combined(n, g, W, decay, decays=0)),
    ("E5_combine", "E5 examples", lambda n, g, W, decay: combined(n, g, W, decay, scale=np.sum(n))),
    ("E5_combine", "changed", lambda n, g, W, decay: changing(g[0])),
    ("E5_bytes", "no pair", lambda d, h, q, n: 16 * h * n),
    ("E5_bytes", "E5 swapped bytes", of("E5_bytes", lambda pair: pair[::-1])),
    ("E5_bytes", "E5 entries", of("E5_bytes", lambda pair: [size // 8 for size in pair])),
    ("E5_bytes", "E5 one way cut", of("E5_bytes", lambda pair: (pair[0] / 2, pair[1]))),
    ("E5_bytes", "E5 one way split", of("E5_bytes", lambda pair: (pair[0], pair[1] / 2))),
    ("E5_bytes", "E5 cut", lambda d, h, q, n: (16 * q * n, 16 * h * (d + q))),
    ("E5_bytes", "E5 split", lambda d, h, q, n: (16 * h * n, 16 * h * (d + q) * n)),
    ("E5_bytes", "blank inside", lambda d, h, q, n: (16 * h * n, ...)),
    ("E5_idle", "E5 busy", lambda p, m: m / (m + p - 1)),
    ("E5_idle", "E5 ratio", lambda p, m: (p - 1) / m),
    ("E5_idle", "E5 no pipeline", lambda p, m: (p - 1) / p),
    ("E5_idle", "E5 last", lambda p, m: (p - 1) / (m + p)),
    ("E5_idle", "E5 idle", lambda p, m: 0.3),
    ("E5_microbatches", "no number", [46]),
    ("E5_microbatches", "E5 no microbatches", -3),
    ("E5_microbatches", "E5 microbatches", RIGHT["E5_microbatches"] - 1),
    ("E5_microbatches", "E5 microbatches", RIGHT["E5_microbatches"] + 1),
]
RAISED = "Your code raised .+: .+"


def pattern(key):
    """Return a regular expression of a sentence, with anything in place of what is filled in."""
    return re.sub(r"\\\{\w+(:,)?\\\}", ".+", re.escape(SENTENCES[key]).replace(r"\{\{", r"\{").replace(r"\}\}", r"\}"))


@pytest.mark.parametrize(("blank", "key", "answer"), WRONG, ids=lambda part: part if isinstance(part, str) else "")
def test_a_wrong_answer_is_refused_with_the_sentence_that_fits(blank, key, answer):
    verdict = CHECKER_OF[blank].check(answer)
    assert verdict.status == "wrong"
    sentence = RAISED if key == "raised" else pattern(key)
    assert re.fullmatch(rf"(With .+?: )?{sentence}( {SENTENCES['before']})?", verdict.message, re.S), verdict
    assert verdict.section


@pytest.mark.parametrize("blank", CHECKER_OF)
def test_at_least_three_wrong_answers_are_refused(blank):
    assert sum(name == blank for name, *_ in WRONG) >= 3


STRONGER = {
    "E3_prediction": ("E3 bytes", "E3 bytes more", [lambda d, h, q, n, k=k: 5 * d * h * q * n + k for k in range(3)]),
    "E3_from": ("E3 from", "E3 from more", [7, 8, 1000]),
    "E5_bytes": (
        "E5 cut",
        "E5 cut more",
        [lambda d, h, q, n, k=k: (5 * h * n + k, 16 * h * (d + q)) for k in range(3)],
    ),
    "E5_idle": ("E5 idle", "E5 idle more", [lambda p, m, k=k: k / 20 for k in (6, 9, 14)]),
    "E5_microbatches": ("E5 microbatches", "E5 microbatches more", [2, 3, 4]),
}
OF_RELU = [({"a"}, "E4 a"), ({"b", "d"}, "E4 c"), ({"b", "c"}, "E4 d"), ({"c", "d"}, "E4 b"), ("bcda", "E4 a")]


def heard(verdict, key):
    return re.fullmatch(rf"(With .+?: )?{pattern(key)}( {SENTENCES['before']})?", verdict.message, re.S)


@pytest.mark.parametrize("blank", STRONGER)
def test_a_stronger_hint_comes_after_several_different_tries(blank):
    first, more, answers = STRONGER[blank]
    for answer in answers[: PATIENCE - 1] * 3:  # to run a cell again is no new try
        assert heard(CHECKER_OF[blank].check(answer), first)
    verdict = CHECKER_OF[blank].check(answers[PATIENCE - 1])
    assert heard(verdict, more), verdict


def test_a_stronger_hint_on_the_share_of_the_minibatch():
    answers = [lambda d, h, q, n, k=k: (16 * h * n, 5 * h * (d + q) + k) for k in range(PATIENCE)]
    *others, last = [CHECKER_OF["E5_bytes"].check(answer) for answer in answers]
    assert all(heard(verdict, "E5 split") for verdict in others)
    assert heard(last, "E5 split more")


@pytest.mark.parametrize(("answer", "key"), OF_RELU)
def test_a_letter_is_named_after_several_different_tries(answer, key):
    for earlier in (set("abc"), set("abd"), set("abc")):
        assert heard(CHECKER_OF["E4_relu"].check(earlier), "E4 letters")
    assert CHECKER_OF["E4_relu"].check(answer).message == SENTENCES[key]


def test_no_first_hint_tells_the_number():
    for blank in STRONGER:
        first, _, answers = STRONGER[blank]
        (told,) = re.findall(r"\{\w+", SENTENCES[first])
        assert told == "{got"


def test_every_sentence_is_heard_by_somebody():
    right = {key for key in SENTENCES if " right " in key}
    assert len(right) == len(CHECKERS)
    later = {key for key in SENTENCES if key.endswith(" more")} | {key for _, key in OF_RELU}
    assert {key for _, key, _ in WRONG} - {"raised"} | right | later | {"at", "before", "where"} == set(SENTENCES)
    assert {more for _, more, _ in STRONGER.values()} | {"E5 split more"} == {k for k in later if k.endswith(" more")}


def test_the_sections_to_read_again_are_there():
    """Each stands under an id of a cell; where that is now, places.py says."""
    assert set(SECTIONS) <= set(SENTENCES) | set(CHECKER_OF)
    named = {*SECTIONS.values(), READ_CHECKS, READ_BLIND_SPOTS, *(answer.section for answer in ANSWERS.values())}
    assert named == set(PLACES)
    written = record_places.PLACES.read_text(encoding="utf-8")
    assert written == record_places.source(named), "write it anew: python tests/record_places.py"


def test_places_follow_a_heading_that_moves(tmp_path):
    cells = [new_markdown_cell(text) for text in ("# One", "## 1. A", "## 2. Turn `x` over\n\nText", "### And more")]
    for cell, name in zip(cells, ("top", "a", "turn", "more"), strict=True):
        cell.id = name
    nbformat.write(new_notebook(cells=cells), tmp_path / "04_one.ipynb")
    found = record_places.places(tmp_path)
    assert found == {
        "a": "04, section 1 (A)",
        "turn": "04, section 2 (Turn `x` over)",
        "more": "04, section 2 (And more)",
    }
    with pytest.raises(KeyError, match="nowhere"):
        record_places.source(["nowhere"], tmp_path)


# Numbers drawn by a seed.


@pytest.mark.parametrize("seed", [*range(8), 1999, 10**12])
def test_the_numbers_of_any_seed_have_one_answer(seed):
    n = draw_numbers(seed)
    u = (n.a.T @ n.W @ n.b).item()
    gradient_of_f = numerical_gradient(lambda W: (n.a.T @ W @ n.b).item() ** 2 / 2, n.W)
    assert exercises.check_E1_entries(np.rint(gradient_of_f).astype(int).tolist(), seed).status == "right"
    assert abs(u) > 1
    assert np.array_equal(np.rint(gradient_of_f), u * n.a @ n.b.T)
    sizes = n.inputs, n.hidden, n.outputs
    size = [RIGHT["E3_training"](*sizes, k) for k in (0, 1)]
    right = [k for k in range(1, 500) if k * (size[1] - size[0]) > size[0]][0]
    assert [exercises.check_E3_from(k, seed).status for k in (right - 1, right, right + 1)] == [
        "wrong",
        "right",
        "wrong",
    ]
    idle = [RIGHT["E5_idle"](n.workers, m) <= n.percent / 100 + 1e-12 for m in range(1, 300)]
    m = 1 + idle.index(True)
    assert [exercises.check_E5_microbatches(k, seed).status for k in (m - 1, m, m + 1)] == ["wrong", "right", "wrong"]


def test_seeds_draw_different_numbers_and_a_seed_the_same():
    drawn = [repr(draw_numbers(seed)) for seed in range(30)]
    assert len(set(drawn)) == 30
    assert repr(draw_numbers(7)) == drawn[7]
    assert exercises.check_E3_from(5, "mine").status == "wrong"
    blank = judge({"E3 from": CHECKERS["E3 from"]}, {"E3_from": RIGHT["E3_from"]})
    assert blank["E3 from"].status == "right"  # no seed is seed 0


# What is fair.


def test_two_calls_of_gradient_get_the_advice_that_fits():
    def two_calls(c, x, W1, z, dJ_dh):
        (dJ_dW1,), (arriving,) = gradient(c.J, [c.W1]), gradient(c.J, [c.h])
        return run([dJ_dW1], {c.x: x, c.W1: W1, c.z: z, arriving: dJ_dh})[0]

    verdict = exercises.check_E5_first(two_calls)
    assert verdict.status == "wrong"
    assert "of another call of gradient: ask for all gradients in one call" in verdict.message


def test_a_mistake_that_shows_at_some_sizes_only_is_told_with_those_sizes():
    verdict = exercises.check_E1_shapes(lambda n, m: ((3, 5), (3, 5, 3, 5)))
    assert verdict.message.startswith("With n = 1, m = 4: ")
    assert verdict.message.endswith(SENTENCES["before"])


# Whatever an answer does, a verdict comes out.


def raising(*given):
    raise KeyError("{no} format")


def exiting(*given):
    sys.exit("bye")


def endless(*given):
    return endless(*given)


class Unwilling:
    """A value that nothing can be done with."""

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __array__(self, *options, **more):
        raise RuntimeError("no array")

    def __eq__(self, other):
        raise RuntimeError("no comparison")

    __bool__ = __len__ = __iter__ = __float__ = __repr__ = __eq__


VALUES = [
    True,
    -1,
    10**400,
    1e400,
    float("nan"),
    1j,
    "",
    "...",
    b"b",
    (),
    [],
    [1, [2, 3]],
    [..., ...],
    (None, None),
    {},
    {"b": None},
    {"o": ..., "W2": ..., "h": ..., "z": ..., "b": ..., "W1": ...},
    {1, 2},
    object(),
    Unwilling(),
    int,
    np.float32(1),
    np.array([]),
    np.array([["a", "b"]]),
    np.array([[None, 1.0]], dtype=object),
    np.zeros((3, 5)),
    np.full((3, 5), np.nan),
    np.ones((2, 2), complex),
    Variable("free"),
    operators.add(Variable("a"), Variable("b")),
    [Variable("a"), Variable("b")],
    iter([1, 2]),
]


@pytest.mark.parametrize("blank", CHECKER_OF)
def test_whatever_is_handed_in_a_verdict_comes_out(blank):
    check = CHECKER_OF[blank].check
    for value in VALUES:
        for answer in (value, lambda *given, value=value: value):
            verdict = check(answer)
            assert isinstance(verdict, Verdict)
            assert verdict.status == "wrong"
            assert verdict.message
            assert str(verdict)
    for function in (raising, exiting, endless, lambda: 0, lambda *given: 2 * given, lambda *given: given[0]):
        verdict = check(function)
        assert verdict.status == "wrong"
        assert len(verdict.message) < 600


@pytest.mark.parametrize(
    "blank", sorted(set(CHECKER_OF) - VALUES_OF_A_READER - {"E4_hessian", "E2_graph", "E4_product"})
)
def test_what_an_error_says_is_passed_on(blank):
    assert "KeyError: '{no} format'" in CHECKER_OF[blank].check(raising).message


def test_judge_and_the_checkers_agree():
    answers = dict.fromkeys(CHECKER_OF, raising)
    for name, verdict in judge(CHECKERS, answers).items():
        assert verdict.exercise == name
        assert verdict.status == "wrong"


# The solutions against what the checkers do not use: other sizes, differences, programs of another kind.


@quick
@given(problems(), seeds)
def test_the_bias_at_any_size(problem, seed):
    net, x, y = problem
    b = np.random.default_rng(seed).standard_normal((len(net.W1), 1))
    f = RIGHT["E2_forward"](net, b, x, y)
    columns = [RIGHT["E2_forward"](net, b, x[:, j : j + 1], y[..., j : j + 1]) for j in range(x.shape[1])]
    assert relative_error(f.z, np.hstack([column.z for column in columns])) < 1e-12
    assert np.isclose(f.L, np.mean([column.L for column in columns]))
    got = RIGHT["E2_backward"](net, b, f)
    smooth = net.activation is not relu or np.abs(f.z).min() > 1e-3
    if smooth:
        want = numerical_gradient(lambda b: RIGHT["E2_forward"](net, b, x, y).J, b)
        assert np.allclose(got["b"], want, atol=1e-6 * (1 + np.abs(f.J)))
    assert got["b"].shape == b.shape
    v = {name: Variable(name) for name in ("x", "y", "W1", "b", "W2")}
    J = RIGHT["E2_graph"](**v, activation=net.activation, loss=net.loss, weight_decay=net.weight_decay)
    names = ("b", "W1", "W2")
    by_graph = run(
        [J, *gradient(J, [v[name] for name in names])], dict(zip(v.values(), (x, y, net.W1, b, net.W2), strict=True))
    )
    assert np.isclose(by_graph[0], f.J)
    for name, value in zip(names, by_graph[1:], strict=True):
        assert np.allclose(value, got[name])


@quick
@given(*[st.integers(1, 50)] * 4)
def test_the_memory_at_any_size(d, h, q, n):
    c = operators.one_hidden_layer(weight_decay=0.1)
    fed = {c.x: (d, n), c.W1: (h, d), c.W2: (q, h)}
    assert RIGHT["E3_prediction"](d, h, q, n) == footprint([c.o], fed).total
    net = MLP.random(d, h, q)
    f = net.forward(np.ones((d, n)), np.zeros(n, int))
    arrays = [a for a in (*f, *net.backward(f), net.W1, net.W2) if np.ndim(a)]
    assert RIGHT["E3_training"](d, h, q, n) == 8 * sum(a.size for a in arrays)


@quick
@given(problems(), seeds)
def test_the_second_derivative_at_any_size(problem, seed):
    net, x, y = problem
    rng = np.random.default_rng(seed)
    V = [rng.standard_normal(W.shape) for W in (net.W1, net.W2)]
    c = operators.one_hidden_layer(net.activation, net.loss, net.weight_decay)
    directions = [Variable("v1"), Variable("v2")]
    Hv = RIGHT["E4_product"](c.J, [c.W1, c.W2], directions)
    fed = {c.x: x, c.y: y, c.W1: net.W1, c.W2: net.W2, **dict(zip(directions, V, strict=True))}
    got = np.concatenate([part.ravel() for part in run(Hv, fed)])

    def slope(t):
        moved = MLP(
            net.W1 + t * V[0],
            net.W2 + t * V[1],
            weight_decay=net.weight_decay,
            activation=net.activation,
            loss=net.loss,
        )
        g = moved.backward(moved.forward(x, y))
        return np.concatenate([g.W1.ravel(), g.W2.ravel()])

    far_from_kinks = net.activation is not relu or np.abs(net.W1 @ x).min() > 1e-3
    if far_from_kinks:
        want = (slope(1e-5) - slope(-1e-5)) / 2e-5
        assert np.allclose(got, want, atol=1e-6 * (1 + np.abs(want).max()))


def test_what_is_left_with_relu_is_measured():
    """The letters of E4_relu against the Hessian by differences, with a loss that is linear and one that is not."""
    rng = np.random.default_rng(3)
    x, y, W1, W2 = (rng.standard_normal(shape) for shape in ((3, 4), (2, 4), (2, 3), (2, 2)))
    flat = np.concatenate([W1.ravel(), W2.ravel()])
    found = set()
    for letter, activation, loss, decay, block in (
        ("a", relu, "linear", 0, (slice(6), slice(6))),
        ("b", relu, "square", 0, (slice(6), slice(6))),
        ("c", relu, "linear", 0, (slice(6), slice(6, None))),
        ("d", relu, "linear", 0.5, (slice(6), slice(6))),
    ):

        def J(w, activation=activation, loss=loss, decay=decay):
            o = w[6:].reshape(2, 2) @ activation.value(w[:6].reshape(2, 3) @ x)
            return (np.sum(o * y) if loss == "linear" else np.sum((o - y) ** 2)) + decay / 2 * np.sum(w**2)

        step, H = 1e-4, np.zeros((10, 10))
        for i, k in np.ndindex(10, 10):
            e, u = step * np.eye(10)[i], step * np.eye(10)[k]
            H[i, k] = (J(flat + e + u) - J(flat + e - u) - J(flat - e + u) + J(flat - e - u)) / (4 * step**2)
        if np.abs(H[block]).max() > 1e-4:
            found.add(letter)
    assert found == RIGHT["E4_relu"]


@quick
@given(st.lists(st.integers(1, 6), min_size=1, max_size=5), seeds)
def test_shares_of_any_size_are_combined(examples, seed):
    rng = np.random.default_rng(seed)
    n, net = sum(examples), MLP.random(3, 4, 2, weight_decay=0.2, activation=tanh, loss=squared_error, seed=seed)
    x, y = rng.standard_normal((3, n)), rng.standard_normal((2, n))
    whole = net.backward(net.forward(x, y))
    no_decay = MLP(net.W1, net.W2, activation=tanh, loss=squared_error)
    ends = np.cumsum(examples)
    parts = [
        no_decay.backward(no_decay.forward(x[:, end - k : end], y[:, end - k : end]))
        for k, end in zip(examples, ends, strict=True)
    ]
    for name in ("W1", "W2"):
        W = getattr(net, name)
        got = RIGHT["E5_combine"](examples, [getattr(part, name) for part in parts], W, 0.2)
        assert np.allclose(got, getattr(whole, name))


@cache
def schedule_of_the_notebook():
    (source,) = [cell.source for cell in cells_of("10") if cell.source.startswith("def schedule(")]
    names = {}
    exec(source, names)
    return names["schedule"]


@quick
@given(st.integers(1, 8), st.integers(1, 40))
def test_the_idle_time_of_any_pipeline(workers, minibatches):
    slots = schedule_of_the_notebook()(workers, minibatches)
    idle = sum(cell is None for slot in slots for cell in slot)
    assert np.isclose(RIGHT["E5_idle"](workers, minibatches), idle / (workers * len(slots)))


# The blank for a program of the reader's own.


@pytest.mark.parametrize(
    ("f", "said"),
    [
        (lambda w: ..., "not attempted yet."),
        (lambda w: np.sum(w**2), "right. output = 5. The graph computes the same, .* differences: w."),
        (lambda w: np.sum(w * 0 + abs(w - 1)) + w[0], "right. .*"),
        (lambda w: np.sum(w * 1e-12) + 1e6, "right. .* differences: none. Differences could not judge w."),
        (lambda w: None, "not right yet. Your code raised TypeError: f must return one array or number, got None; .*"),
        (lambda w: float(w[0]), "not right yet. Your code raised NoValue: cannot take float.*"),
        (lambda w: np.add(w, 1, out=w).sum() * w[0], "not right yet. Your code raised TypeError: np.add cannot .*"),
        (lambda: 1.0, "not right yet. Your code raised TypeError: .*"),
        (lambda w: operator.iadd(w, 1)[0] * w[0], "not right yet. The graph and the program disagree about .*, w. .*"),
    ],
)
def test_a_program_of_ones_own_is_judged(f, said):
    w = np.array([1.0, 2.0])
    verdict = exercises.check_program(f, w=w)
    assert re.fullmatch(f"your program: {said}", repr(verdict)), verdict
    assert w.tolist() == [1, 2]
