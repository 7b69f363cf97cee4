"""The rubric for paper: its points add up, it asks for what the exercises ask for, and its examples are computed."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from helpers.checking import jacobian
from helpers.drawing import decimal
from helpers.exercises import draw_numbers
from helpers.exercises.hunt import setting, suspect_0
from helpers.functions import relu
from tools.worksheet import numbers

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "rubric.md").read_text(encoding="utf-8")
EXERCISES = ("E1", "E2", "E3", "E4", "E5")


def tables(heading):
    """Return the tables under a heading: each a list of rows, which are dicts from the head's words to texts."""
    part = re.search(rf"(?ms)^(#+) {heading}\n(.*?)(?=^#|\Z)", TEXT)[2]
    found = []
    for lines in re.findall(r"(?m)(?:^\|.*\|\n)+", part):
        head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines.splitlines())
        assert {len(row) for row in rows} == {len(head)}
        found.append([dict(zip(head, row, strict=True)) for row in rows])
    return found


def points(rows):
    return [int(row["points"]) for row in rows]


def overview():
    return {row["part"]: [int(cell) for cell in list(row.values())[1:]] for row in tables("The points")[0]}


def test_each_row_and_each_column_of_the_points_adds_up():
    rows = overview()
    for *parts, total in rows.values():
        assert sum(parts) == total
    *parts, total = rows.values()
    assert np.sum(parts, axis=0).tolist() == total


def test_at_least_a_third_of_the_points_of_each_part_is_for_explaining():
    assert all(3 * explaining >= total for _, _, explaining, total in overview().values())


@pytest.mark.parametrize(
    "heading", ["The forward lane", "The backward lane", "The questions", "On the worksheet", *EXERCISES]
)
def test_the_points_of_a_table_add_up_to_its_total(heading):
    *rows, total = tables(heading)[0]
    assert "**total**" in total.values()
    assert sum(points(rows)) == int(total["points"])


def test_the_tables_have_the_points_that_the_first_one_promises():
    total = {heading: points(tables(heading)[0])[-1] for heading in ("The forward lane", "The backward lane")}
    values, questions, explaining, _ = overview()["worksheet"]
    assert sum(total.values()) == values
    assert points(tables("The questions")[0])[-1] == questions
    assert points(tables("On the worksheet")[0])[-1] == explaining
    asked, code = tables("On the exercises")[0], {row["exercise"]: row for row in tables("Code")[0]}
    for name in EXERCISES:
        of_blanks, paper, explaining, _ = overview()[name]
        assert sum(int(n) for n in re.findall(r"` (\d)", code[name]["blanks and their points"])) == of_blanks
        assert int(code[name]["points"]) == of_blanks
        assert points(tables(name)[0])[-1] == paper
        assert sum(int(row["points"]) for row in asked if row["exercise"] == name) == explaining


def test_the_explanation_of_a_finding_has_four_points_and_each_answer_the_sum_of_its_parts():
    parts, answers = tables("The explanation in an assignment")
    *rows, total = points(parts)
    assert sum(rows) == total == overview()["explanation in an assignment"][-1]
    for answer in answers:
        *marks, given = list(answer.values())[1:]
        assert len(marks) == len(rows)
        assert sum(map(int, marks)) == int(given)


def test_it_marks_every_value_of_the_sheet_every_blank_and_every_question_on_paper():
    rows = [row["value"] for name in ("The forward lane", "The backward lane") for row in tables(name)[0][:-1]]
    named = {v.replace("W⁽¹⁾", "W1").replace("W⁽²⁾", "W2") for row in rows for v in row.split(", ")}
    assert named == set(numbers(17).values)
    cells = nbformat.read(ROOT / "notebooks" / "08_summary_and_exercises.ipynb", as_version=4).cells
    blanks = {re.search(r"E\d_\w+", c.source)[0] for c in cells if "blank" in c.metadata.get("tags", ())}
    assert set(re.findall(r"`(E\d_\w+)`", TEXT)) == blanks
    text = "\n".join(c.source for c in cells)
    for name, part in zip(EXERCISES, text.split("**On paper")[1:], strict=True):
        asked = re.findall(r"(?m)^(\d)\. .", part.split("*Your answers")[0])
        assert [row["question"] for row in tables(name)[0][:-1]] == asked


def test_the_links_to_headings_lead_there():
    for page, heading in re.findall(r"\]\((\w+\.md)#([\w-]+)\)", TEXT):
        heads = re.findall(r"(?m)^#+ (.*)", (ROOT / "docs" / page).read_text(encoding="utf-8"))
        assert heading in {head.lower().replace(" ", "-") for head in heads}


def row(array):
    return f"({', '.join(map(decimal, np.ravel(array)))})"


def column(array):
    return f"{row(array)}ᵀ"


def test_each_number_in_an_answer_about_the_worksheet_is_computed():
    """What stands after an equals sign, and a few numbers more."""
    n = numbers(17)
    g = n.given | n.values
    x, y, W1, W2 = (g[name] for name in ("x", "y", "W1", "W2"))

    def loss(o):
        return np.sum((o - y) ** 2) / 2

    slip = np.array([g["z"][0, 0], W1[1, :2] @ x[:2, 0] - W1[1, 2] * x[2, 0]])[:, None]
    after_slip, no_relu = W2 @ relu.value(slip), W2 @ g["z"]
    nudged = x + [[1], [0], [0]]
    z = W1 @ nudged
    o = W2 @ relu.value(z)
    flipped = y - g["o"]
    told = [
        f"z₂ = {decimal(slip[1, 0])}", f"o = {column(after_slip)}", f"L = {decimal(loss(after_slip))}",
        f"J = {decimal(loss(after_slip) + g['s'])}", f"h = {column(g['z'])}", f"o = {column(no_relu)}",
        f"L = {decimal(2 * g['L'])}", f"J = {decimal(2 * g['L'] + g['s'])}", f"s = {decimal(2 * g['s'])}",
        f"J = {decimal(g['L'] + 2 * g['s'])}", f"∂J/∂o = {column(flipped)}", f"∂J/∂h = {column(W2.T @ flipped)}",
        f"second column of ∂J/∂W⁽²⁾ = {column(g['∂J/∂o'] @ g['h'].T[:, 1:])}", f"∂J/∂z = {column(g['∂J/∂h'])}",
        f"row 1 of ∂J/∂W⁽¹⁾ = {row(g['∂J/∂h'][0] * x.T + g['λW1'][0])}", f"s = {decimal(2 * g['s'])}",
        f"J = {decimal(2 * g['J'])}", f"L = {decimal(g['L'])}", f"x₁ = {x[0, 0]}", f"x₁ = {nudged[0, 0]}",
        f"h₂ = {decimal(z[1, 0])}", f"o = {column(o)}",
    ]  # fmt: skip
    assert f"z becomes {column(z)}" in TEXT
    for text in told:
        assert text in TEXT
    part = TEXT[TEXT.index("## The worksheet") : TEXT.index("### On the exercises")]
    form = r"[^\W\d]\S* = (?:\([^)]*\)ᵀ?|−?[\d.]*\d)"
    assert set(re.findall(form, part)) == {re.search(form, text)[0] for text in told}
    assert z[0, 0] < 0  # unit 1 stays inactive
    place = np.unravel_index(np.argmax(np.abs(g["∂J/∂W1"])), W1.shape)
    steepest = g["∂J/∂W1"][place]
    assert place == (1, 1)
    assert steepest > 0
    assert f"| {decimal(steepest)} |" in TEXT
    assert f"grows by 0.01, J grows by about {decimal(0.01 * steepest)}" in TEXT
    assert f"row 2, column 2, up, by {decimal(0.01 * steepest)}" in TEXT


def test_the_numbers_about_the_exercises_are_computed():
    d, h, q = draw_numbers(0).inputs, draw_numbers(0).hidden, draw_numbers(0).outputs
    weights = h * d + q * h
    first, without = (weights * k // (d + 1 + k * (2 * h + q)) + 1 for k in (2, 1))
    assert f"n = {without} in place of n = {first}" in TEXT

    def slopes(w):
        w1, w2 = w
        e = w2 * max(w1 * 2, 0) - 4
        return np.array([e * w2 * 2, e * w1 * 2])

    mixed = jacobian(slopes, np.array([1.0, 3.0]))[0, 1]
    second = (3 * 2 - 4) * 2  # e φ′ x
    assert f"it is then {mixed - second:.0f}, and rightly {mixed:.0f}" in TEXT


def test_the_finding_that_is_explained_is_what_the_check_finds():
    net, x, y = setting()
    f = net.forward(x, y)
    assert np.allclose(net.backward(f).W1 - suspect_0(net, f).W1, 0.1 * net.W1)
    assert net.weight_decay == 0.1
