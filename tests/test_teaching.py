"""The pages for a lecture: the minutes of the plan, and the numbers of its board, its probes and its quizzes."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import pytest
from pages import MINUS
from record_map import BLANK, SECONDS, WORDS

from helpers.checking import check_gradients, numerical_gradient
from helpers.functions import relu, sigmoid, softmax, squared_error, tanh
from helpers.gradient import gradient
from helpers.memory import footprint
from helpers.network import MLP
from helpers.operators import hidden_layers

ROOT = Path(__file__).parents[1]
LESSONS = [f"0{k}" for k in range(1, 8)]
SPOKEN = 2 * WORDS  # per minute: in class half of the prose is said
TO_CELL = r"\]\(\.\./notebooks/(\d\d)_\w+\.ipynb#cell-id=([\w-]+)\)"
LINK = rf"\[[^]]*{TO_CELL}"
RANGE = re.compile(rf"{LINK}(?: (to|up to) {LINK})?")


@cache
def page(name):
    """Return the text of a page. On the board no line breaks inside a vector."""
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")


def parts(name, level):
    """Return the parts of a page by their headings of a level, each up to the next heading."""
    found = re.findall(rf"(?ms)^{level} ([^\n]*)\n(.*?)(?=^##+ |\Z)", page(name))
    return dict(found)


@cache
def cells(number):
    (path,) = ROOT.glob(f"notebooks/{number}_*.ipynb")
    return nbformat.read(path, as_version=4).cells


def is_blank(cell):
    return "blank" in cell.metadata.get("tags", ())


def begins_section(cell):
    return cell.cell_type == "markdown" and re.search(r"(?m)^## ", cell.source)


def named(text):
    """Return the cells that links name: whole sections, one cell up to another, or a blank with its check."""
    found = []
    for number, first, word, _, last in RANGE.findall(text):
        notebook = cells(number)
        ids = [cell.id for cell in notebook]
        begin = ids.index(first)
        if is_blank(notebook[begin]):
            end = begin + 2
        elif word == "up to":
            end = ids.index(last)
        else:
            end = ids.index(last or first) + 1
            while end < len(ids) and not begins_section(notebook[end]):
                end += 1
        if not any(map(begins_section, notebook[:begin])):
            begin = 0  # what stands above the first section is run with it
        found += notebook[begin:end]
    return found


def minutes(found, words):
    """Return the minutes that cells take, by the rule of the notebooks with so many words per minute."""
    prose = sum(len(cell.source.split()) for cell in found if cell.cell_type == "markdown")
    code = sum(cell.cell_type == "code" for cell in found)
    return prose / words + code * SECONDS / 60 + BLANK * sum(map(is_blank, found))


def rows(part, head):
    """Return the rows of a table as pairs of minutes and the rest."""
    table = "".join(re.findall(rf"(?m)^\| minutes \| {head} \|.*\n\|[-|]*\n((?:\|.*\n?)+)", part))
    return [(int(number), rest) for number, rest in re.findall(r"(?m)^\| (\d+) \| ([^|]*) \|", table)]


PLAN = {title: part for title, part in parts("teaching", "###").items() if "| in class |" in part}
SESSIONS = {title: part for title, part in PLAN.items() if title.startswith("Session ")}
PERIODS = {title: part for title, part in PLAN.items() if title.startswith("Period ")}


@pytest.mark.parametrize("title", PLAN)
def test_the_minutes_of_a_meeting_add_up(title):
    whole, quiz = (90, 5) if title in SESSIONS else (45, 3)
    table = rows(PLAN[title], "in class")
    assert sum(number for number, _ in table) == whole
    assert re.search("00|[Hh]omework", table[0][1])
    assert table[-1][0] == quiz
    assert "quizzes.md#quiz-" in table[-1][1]


def in_class(part):
    """Yield the rows of a meeting, each with the cells that the class runs."""
    for number, row in rows(part, "in class"):
        found = named(row)
        left_out = set()
        if "without the blank" in row:
            left_out = {k for k, cell in enumerate(found) if is_blank(cell)}
            assert left_out, row
        run = [cell for k, cell in enumerate(found) if not {k, k - 1} & left_out]  # the blank, and its check
        assert any(map(is_blank, run)) == ("with its blank" in row), row
        yield number, row, run


@pytest.mark.parametrize("title", PLAN)
def test_a_row_has_at_least_what_its_cells_take(title):
    """In class half of the words, each code cell, and each blank unless it is left for home; at home all of it."""
    for number, row, run in in_class(PLAN[title]):
        assert minutes(run, SPOKEN) <= number, row
    for number, row in rows(PLAN[title], "at home"):
        assert abs(number - minutes(named(row), WORDS)) < 1, row


def test_what_the_plan_says_of_its_minutes():
    lessons = [cells(number) for number in LESSONS]
    whole = sum(minutes(notebook[: [cell.id for cell in notebook].index("sum-up")], SPOKEN) for notebook in lessons)
    rest = {
        title: [(n, minutes(run, SPOKEN)) for n, _, run in in_class(part) if run] for title, part in SESSIONS.items()
    }
    given = sum(number for of_session in rest.values() for number, _ in of_session)
    spare = min(sum(number - taken for number, taken in of_session) for of_session in rest.values())
    assert f"the seven lessons take {whole:.0f} minutes. Four sessions have {given} besides" in page("teaching")
    assert f"at least {int(spare)} minutes beyond the count" in page("teaching")


@pytest.mark.parametrize("plan", [SESSIONS, PERIODS], ids=["sessions", "periods"])
def test_each_cell_of_the_lessons_is_in_class_or_at_home_once(plan):
    found = []
    for part in plan.values():
        found += [cell.id for _, _, run in in_class(part) for cell in run]
        found += [cell.id for _, row in rows(part, "at home") for cell in named(row)]
    for number in LESSONS:
        ids = [cell.id for cell in cells(number)]
        wanted = ids[: ids.index("sum-up")]
        assert {name: found.count(name) for name in wanted if found.count(name) != 1} == {}


def test_a_section_is_linked_by_its_number():
    found = re.findall(rf"\[(?:section )?(\d\d?){TO_CELL}", page("teaching"))
    assert found
    for section, number, cell in found:
        (source,) = (c.source for c in cells(number) if c.id == cell)
        assert source.startswith(f"## {section}. ")


def test_the_plan_has_four_sessions_and_eight_periods():
    assert (len(SESSIONS), len(PERIODS)) == (4, 8)


# The course's small examples: of notebook 01, of the single numbers of 03, and of 04.

X_01 = np.array([[1.0], [2.0], [-1.0], [3.0]])
Y_01 = np.array([[1.0], [1.0], [-2.0]])
NET_01 = MLP(
    [[1.0, 0.0, 2.0, 1.0], [-1.0, 1.0, 0.0, -2.0]],
    [[1.0, 2.0], [0.0, -1.0], [-2.0, 1.0]],
    weight_decay=0.2,
    activation=relu,
    loss=squared_error,
)
F_01 = NET_01.forward(X_01, Y_01)
X_04 = np.array([[5.0, -2.0], [2.0, 5.0], [4.0, -2.0], [3.0, 4.0]])
Y_04 = np.array([[2.0, 16.0], [-4.0, 3.0], [18.0, -6.0]])
LEAKY = relu._replace(
    value=lambda z: np.where(z > 0, z, z / 2),
    first=lambda z: np.where(z > 0, 1.0, 0.5),
)
NET_04 = MLP(
    [[3.0, -2.0, -3.0, 1.0], [2.0, 2.0, -3.0, -2.0]],
    [[2.0, 3.0], [3.0, 2.0], [2.0, -2.0]],
    weight_decay=0.2,
    activation=LEAKY,
    loss=squared_error,
)
F_04 = NET_04.forward(X_04, Y_04)
G_04 = NET_04.backward(F_04)


def text(value):
    """Return a number as the pages write it."""
    return f"{round(float(value), 10):.10g}".replace("-", MINUS)


def column(values):
    return f"({', '.join(map(text, np.ravel(values)))})"


def by_shape(array):
    return " × ".join(map(str, (*np.shape(array), 1, 1)[:2]))


def twice(*arrays):
    return [np.hstack([array, array]) for array in arrays]


def two_routes(by_product, by_penalty):
    return by_product + by_penalty, by_product, by_penalty, by_product * by_penalty, (by_product + by_penalty) / 2


def fork(a, walk):
    """Return the slope of b · b in a, for b = a + a, by a walk that is right, in a hurry, or leaves something out."""
    b = 2 * a
    return {
        "right": numerical_gradient(lambda a: (a + a) ** 2, a).round(6),
        "hasty": 2 * b + 2 * (b + b),
        "first": 2 * b,
    }[walk]


def peak(batch):
    net = hidden_layers(8, activation=tanh, weight_decay=0.01)
    sizes = [64] + [256] * 8 + [10]
    fed = {W: shape for W, *shape in zip(net.weights, sizes[1:], sizes[:-1], strict=True)}
    fed |= {net.x: (64, batch), net.y: (batch,)}
    return footprint([net.J, *gradient(net.J, net.weights)], fed).intermediates


def weight_decay_and_loss():
    doubled = replace(NET_01, weight_decay=0.4).forward(X_01, Y_01)
    assert doubled.L == F_01.L
    return [text(doubled.J), text(2 * F_01.J), text(F_01.J)]


def mean_of_errors():
    errors = [squared_error.value(F_04.o[:, [j]], Y_04[:, [j]]) for j in range(2)]
    assert errors == [76, 90]
    L = squared_error.value(*twice(F_04.o, Y_04))
    assert L == F_04.L
    return [text(L), text(2 * sum(errors)), text(sum(errors) / 4)]


def softmax_by_column():
    powers = np.array([[1, 1], [2, 1], [5, 2]])
    assert np.isclose(softmax(np.log(powers))[2, 0], 5 / powers.sum(axis=0)[0])
    return [f"5/{total}" for total in (powers[:, 0].sum(), powers.sum(), powers[2].sum())]


def nothing_held_still():
    def J(w1):
        z = 3 * w1
        h = np.where(z > 0, z, z / 2)
        return (5 * h + 13) ** 2 / 2 + 0.5 / 2 * (w1**2 + 5**2)

    of_loss, of_penalty = 3 * 0.5 * 5 * -2, 0.5 * -2
    return [text(numerical_gradient(J, -2.0).round(6)), text(of_penalty), text(of_loss)]


def shape_of_the_gradient():
    assert G_04.o.shape == F_04.o.shape
    return [by_shape(G_04.o), by_shape(F_04.J), by_shape([[76, 90]])]


def transposes():
    assert G_04.o[0].tolist() == [-2, -5]
    assert F_04.h.T.tolist() == [[2, -2], [-3, 4]]
    assert (G_04.o @ F_04.h).shape == NET_04.W2.shape
    return [text((G_04.o @ F_04.h.T)[0, 0]), text((G_04.o @ F_04.h)[0, 0])]


def penalty_and_n():
    of_penalty = 0.2 * NET_04.W2[0, 0]
    of_loss = G_04.W2[0, 0] - of_penalty
    assert [text(of_loss), text(of_penalty)] == ["11", "0.4"]
    entry = NET_04.backward(NET_04.forward(*twice(X_04, Y_04))).W2[0, 0]
    return [*map(text, (entry, of_loss + of_penalty / 2, of_loss + 2 * of_penalty, 2 * of_loss + of_penalty))]


def slope_before_or_after():
    z = 3.0
    return [text(numerical_gradient(lambda z: z**2, z).round(6)), text(2 * z**2), text(z**2)]


def silent_for_good():
    net = replace(NET_04, activation=relu, weight_decay=0)
    x, y = X_04[:, :1], Y_04[:, :1]
    first = net.backward(net.forward(x, y))
    assert abs(first.h[1, 0]) > abs(first.h[0, 0]) > 0
    for _ in range(100):
        g = net.backward(net.forward(x, y))
        net = replace(net, W1=net.W1 - 0.002 * g.W1, W2=net.W2 - 0.002 * g.W2)
    assert net.forward(x, y).J < 1
    return [text(net.forward(x, y).z[1, 0]), "more than 0"]


def at_zero_weights():
    def without_slope(net, f):
        g = net.backward(f)
        return g._replace(z=g.h, W1=g.h @ f.x.T + net.weight_decay * net.W1)

    rng = np.random.default_rng(1)
    net = MLP.random(inputs=4, hidden=3, outputs=2, weight_decay=0.3, activation=tanh)
    x, y = rng.standard_normal((4, 5)), rng.integers(2, size=5)
    zero = replace(net, W1=0 * net.W1, W2=0 * net.W2)
    return [str(len(check_gradients(n, x, y, backward=without_slope).wrong)) for n in (zero, net)]


def stored_h():
    dJ_do = NET_01.backward(F_01).o
    assert (column(F_01.h), column(dJ_do)) == ("(2, 0)", f"(1, {MINUS}1, {MINUS}2)")
    zero = replace(NET_01, W1=0 * NET_01.W1, weight_decay=0)
    return [text(zero.backward(f).W2[0, 0]) for f in (F_01, zero.forward(X_01, Y_01))]


def peaks():
    factors = [peak(32) / peak(16), peak(1024) / peak(512)]
    return [" and ".join(f"{factor:.2f}" for factor in factors), "1 and 1", "2 and 2"]


PROBES = {  # of each misconception the answers, the right one first
    1: weight_decay_and_loss,
    2: mean_of_errors,
    3: softmax_by_column,
    4: nothing_held_still,
    5: lambda: [*map(text, two_routes(-3 * -2, 0.5 * 5))],
    6: shape_of_the_gradient,
    7: transposes,
    8: penalty_and_n,
    9: slope_before_or_after,
    10: silent_for_good,
    11: at_zero_weights,
    12: lambda: ["96", "10"],
    13: lambda: [text(fork(3.0, walk)) for walk in ("right", "hasty", "first")],
    14: lambda: [*map(text, (5, 5 - 0.1 * 8.5, 5 - 2 * 0.1 * 8.5))],
    15: stored_h,
    16: peaks,
}
SHOWN = {  # what the cells that are linked say, in their source or in what they put out
    1: ("λ = 0.2: 5.3 = 3 + 2.3",),
    2: ("[76, 90]", "f_batch.L, np.mean"),
    3: ("axis=0", "columns add up to zero:  True"),
    4: ("run([c.L], {c.h: h, c.W2: W2, c.y: y})", "Cut at h: o, L and J follow"),
    5: ("w₂ to o, −3; o to L, −2", "w₂ to s, 2.5"),
    6: ("∂J/∂o = (−2, 3, −5) (−5, −2, −4)", "A gradient has the shape of the variable"),
    7: ("W2 @ dJ_do (3, 2) (3, 2) raises an error", "dJ_do @ h (3, 2) (2, 2) runs", "no error, and wrong: ('h',)"),
    8: ("in their mean, once", "g.s == f_batch.s for g in alone"),
    9: ("tanh     ('z', 'W1')", "sigmoid  ('z', 'W1')", "relu     ()"),
    10: ("∂J/∂h = [ 6. 54.]", "silent: 8 of 8 units", "both.W1[1] != weight_decay * W1[1]"),
    11: ("wrong at zero weights:   ()", "wrong at random weights: ('z', 'W1')", "hides this mistake"),
    12: ("wrong gradient: J = 0.24, 96% of the test digits", "Wrong: z, W1."),
    13: ("'a': 36", "'a': 24"),
    14: ("loop.W1 = loop.W1 - learning_rate * slopes.W1", "*adds* to what is in `.grad`"),
    15: ("counted.W1 = 0 * counted.W1",),
    16: ("1.01 times the peak", "1.97 times the peak", "2.2 times as much", "6.2 times as much"),
}
MISCONCEPTIONS = {int(title.split(".")[0]): part for title, part in parts("misconceptions", "###").items()}


def test_each_misconception_has_its_parts():
    assert [*MISCONCEPTIONS] == [*PROBES] == [*SHOWN]
    for part in MISCONCEPTIONS.values():
        marks = re.findall(r"\*\*([A-Z][\w ]*:)\*\*", part)
        assert marks == ["Students say:", "Why it is plausible:", "Ask:", "Show:"]


@pytest.mark.parametrize("number", PROBES)
def test_the_answers_to_a_probe_are_computed(number):
    right, *wrong = PROBES[number]()
    answers = re.findall(r"(?m)^\| ([^|]*) \| [^|]* \|$", MISCONCEPTIONS[number])
    assert answers == ["answer", f"**{right}**", *wrong]


def said(found):
    """Return what cells say and put out."""
    outputs = [output for cell in found for output in cell.get("outputs", ())]
    texts = [output.get("text") or output["data"]["text/plain"] for output in outputs]
    return "\n".join([cell.source for cell in found] + texts)


@pytest.mark.parametrize("number", SHOWN)
def test_the_linked_cells_show_it(number):
    """A link to a heading leads to its section, every other one to the cell alone."""
    found = []
    for link in re.finditer(LINK, MISCONCEPTIONS[number]):
        run = named(link[0])
        found += run if begins_section(run[0]) else run[:1]
    for words in SHOWN[number]:
        assert words in said(found)


QUIZZES = parts("quizzes", "##")


def linear(W, x):
    return np.array(W) @ np.array(x)


def answers_1():
    h = relu.value(linear([[1, 1], [1, -3]], [2, 1]))
    moved = NET_01.forward(X_01 + 1, Y_01)
    kept = [
        name for name in ("z", "h", "o", "L", "s", "J") if np.array_equal(getattr(moved, name), getattr(F_01, name))
    ]
    return [column(h), text(4 + 2 * 2), text(np.mean([4, 10])), " ".join(kept)]


def answers_2():
    net = MLP.random(inputs=4, hidden=2, outputs=3, seed=0)
    o = net.forward(np.ones((4, 5)), [0, 1, 2, 0, 1]).o
    back = np.array([[3, 1], [2, 4]]).T @ [1, -2]
    assert linear([[3, 1], [2, 4]], [1, -2])[0] == 1
    return [text(3 * 2 * -4), text(two_routes(6, 2)[0]), by_shape(o), text(back[0])]


def answers_3():
    assert (fork(2.0, "hasty"), fork(2.0, "first")) == (24, 8)
    z = np.array([-2.0, -1.0, 1.0, 2.0])
    (hidden_by,) = (φ.name for φ in (relu, tanh, sigmoid) if np.allclose(φ.first(φ.value(z)), φ.first(z)))
    return ["Little", hidden_by, text(fork(2.0, "right")), "One cannot know"]


def answers_4():
    w = 16.0
    for _ in range(2):
        w -= 0.5 * (0 + 0.5 * w)
    stored, anew = stored_h()
    assert stored != anew == "0"
    return ["5", text(w), "As before", "The stored z"]


@pytest.mark.parametrize(("number", "answers"), [*enumerate((answers_1, answers_2, answers_3, answers_4), start=1)])
def test_the_keys_of_the_quizzes_are_computed(number, answers):
    (quiz,) = (part for title, part in QUIZZES.items() if title.startswith(f"Quiz {number}."))
    asked, key = quiz.split("<details>")
    assert re.findall(r"(?m)^(\d)\. ", asked) == re.findall(r"(?m)^(\d)\. ", key) == ["1", "2", "3", "4"]
    assert re.findall(r"(?m)^\d\. \*\*([^*]+)\*\*", key) == answers()
    assert key.startswith(f"<summary>Show the key of quiz {number}</summary>\n\n1. ")  # GitHub needs the empty line
    assert key.endswith("\n\n</details>\n\n" if number < 4 else "\n\n</details>\n")


@pytest.mark.parametrize("name", ["teaching", "board", "misconceptions", "quizzes"])
def test_links_lead_to_headings(name):
    """Headings have the names that GitHub and the site give them."""
    for target, heading in re.findall(r"\]\(([\w.]*)#([\w-]+)\)", page(name)):
        headings = re.findall(r"(?m)^#+ (.*)", page(target.removesuffix(".md") or name))
        assert heading in {re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-") for words in headings}


BOARD = parts("board", "##")


def rows_of(W):
    return " ".join(f"[{', '.join(map(text, row))}]" for row in W)


def columns_of(array):
    return " ".join(column(one) for one in np.transpose(array))


def board_1():
    """Yield what the board of session 1 has to say."""
    yield from (
        f"x = {column(X_01)}<br>y = {column(Y_01)}",
        f"W⁽¹⁾ = {rows_of(NET_01.W1)}<br>W⁽²⁾ = {rows_of(NET_01.W2)}",
    )
    yield from (f"z = W⁽¹⁾x = {column(F_01.z)}", f"h = φ(z) = {column(F_01.h)}", f"o = W⁽²⁾h = {column(F_01.o)}")
    yield from (f"½‖o − y‖² = {text(F_01.L)}", f"(‖W⁽¹⁾‖² + ‖W⁽²⁾‖²) = {text(F_01.s)}", f"L + s = {text(F_01.J)}")
    yield " · ".join(["0.1", f"({np.sum(NET_01.W1**2):.0f} + {np.sum(NET_01.W2**2):.0f})"])
    J = [replace(NET_01, weight_decay=value).forward(X_01, Y_01).J for value in (0, 2)]
    yield "λ = 0: J = {:.0f}; λ = 2: J = {:.0f}".format(*J)
    yield "; ".join(f"p = {p:g}: {abs(np.log(p)):.{digits}f}" for p, digits in ((0.04, 2), (0.5, 2), (1, 0)))
    yield f"h = (1, 1): o = {column(NET_01.W2.sum(axis=1))}"


def board_2():
    """Yield what the board of session 2 has to say."""
    w1, w2, λ = -2, 5, 0.5
    z, h = 3 * w1, 3 * w1 / 2
    o = w2 * h
    L, s = (o + 13) ** 2 / 2, λ / 2 * (w1**2 + w2**2)
    values = {"z": z, "h": h, "o": o, "L": L, "s": s, "J": L + s}
    told = [f"{name} = {text(value)}" for name, value in values.items()]
    yield f"{', '.join(told[:3])}<br>{', '.join(told[3:])}"
    by_route = 3 * 0.5 * w2 * (o + 13)
    yield f"3 · ½ · 5 · ({text(o + 13)}) = {text(by_route)}"
    yield f"w₁: {text(by_route)} + λw₁ = {text(by_route + λ * w1)}"
    by_product, by_penalty = h * (o + 13), λ * w2
    yield f"({text(h)}) · ({text(o + 13)}) + λw₂ = {text(by_product)} + {text(by_penalty)} = "
    yield f" = {text(by_product)} + {text(by_penalty)} = {text(by_product + by_penalty)}"
    yield from (f"| x: {columns_of(X_04)} |", f"| y: {columns_of(Y_04)} |")
    for name, tag in (("z", "B6"), ("h", "B5"), ("o", "B2")):
        yield f"| {name}: {columns_of(getattr(F_04, name))} | {tag}: {columns_of(getattr(G_04, name))} |"
    for name, mark, tag in (("W1", "W⁽¹⁾", "B7"), ("W2", "W⁽²⁾", "B4")):
        yield f"| {mark}: {rows_of(getattr(NET_04, name))} | {tag}: {rows_of(getattr(G_04, name))} |"
    yield f"{text(F_04.L)}, {text(F_04.s)}, {text(F_04.J)} | B1: {text(G_04.L)}, {text(G_04.s)} |"
    of_W1, of_W2 = NET_04.W1[0, 0], NET_04.W2[0, 0]
    yield f"0.2 · {text(of_W1)} = {text(0.2 * of_W1)} and 0.2 · {text(of_W2)} = {text(0.2 * of_W2)} |"
    yield f"({text(F_04.o[0, 0])} − {text(Y_04[0, 0])}) · ½ = {text(G_04.o[0, 0])} |"
    yield f"+ {text(0.2 * NET_04.W2[0, 0])} = {text(G_04.W2[0, 0])}, over the examples"
    yield f"2 · ({MINUS}5) = {text(G_04.h[0, 0])}, over the outputs"
    yield f"{text(G_04.h[1, 0])} · ½ = {text(G_04.z[1, 0])} |"
    yield f"+ {text(0.2 * NET_04.W1[0, 0])} = {text(G_04.W1[0, 0])} |"


def board_3():
    """Yield what the board of session 3 has to say."""
    assert "58 entries, 116 runs" in said(cells("05"))
    assert "wrong gradient: J = 0.24, 96% of the test digits" in said(cells("05"))
    a = 3
    b = a + a
    yield from ("58 entries, 116 runs", "96 of 100 digits", f"b = {b}, c = {b * b} (blue)")
    yield f"{b} + {b} + {2 * b} + {2 * b} = {fork(a, 'hasty')}<br>right: 8a = {text(fork(float(a), 'right'))} (orange)"


def board_4():
    """Yield what the board of session 4 has to say."""
    outputs, hidden, inputs = 10, 32, 64
    reverse = outputs * hidden + hidden + hidden * inputs
    forward = hidden * inputs + outputs * hidden * inputs + outputs * inputs
    yield f"orange: {reverse:,} multiplications<br>from the input, blue: {forward:,} multiplications"
    yield f"η = 0.5, λ = 0.1: {0.5 * 0.1:.0%} less".replace("%", " %")
    assert "forward values grow to 16.82 MB at o" in said(cells("07"))
    assert "most is alive at ∂J/∂z8, 18.41 MB; prediction needs 2.10 MB" in said(cells("07"))
    yield from ("16.82 MB at o", "18.41 MB", "prediction: 2.10 MB")
    yield f"2 · 256 · 512 · 8 bytes = {2 * 256 * 512 * 8 / 1e6:.2f} MB"


@pytest.mark.parametrize(("number", "told"), [*enumerate((board_1, board_2, board_3, board_4), start=1)])
def test_the_numbers_on_the_board_are_those_of_the_notebooks(number, told):
    (board,) = (part for title, part in BOARD.items() if title.startswith(f"Session {number}."))
    for words in told():
        assert re.search(rf"{re.escape(words)}(?![\d.]\d)", board), words


def test_the_examples_are_those_of_the_notebooks():
    for name, net, x, y in (("01", NET_01, X_01, Y_01), ("04", NET_04, X_04, Y_04)):
        source = said(cells(name))
        for mark, array in {"x": x, "y": y, "W1": net.W1, "W2": net.W2}.items():
            assert f"\n{mark} = np.array({array.tolist()})" in f"\n{source}"
