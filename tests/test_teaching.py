"""The pages for a lecture: the minutes of the plan, and the numbers of its board, its probes and its quizzes."""

import re
from functools import cache
from pathlib import Path

import nbformat
import pytest
from record_map import BLANK, SECONDS, WORDS

ROOT = Path(__file__).parents[1]
LESSONS = [f"0{k}" for k in range(1, 8)]
LINK = r"\[[^]]*\]\(\.\./notebooks/(\d\d)_\w+\.ipynb#cell-id=([\w-]+)\)"
RANGE = re.compile(rf"{LINK}(?: (to|up to) {LINK})?")


@cache
def page(name):
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


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
    in_class = rows(PLAN[title], "in class")
    assert sum(number for number, _ in in_class) == whole
    assert re.search("00|[Hh]omework", in_class[0][1])
    assert in_class[-1][0] == quiz
    assert "quizzes.md#quiz-" in in_class[-1][1]


@pytest.mark.parametrize("title", PLAN)
def test_a_row_has_at_least_what_its_cells_take(title):
    """In class half of the words, each code cell, and each blank unless it is left for home; at home all of it."""
    for number, row in rows(PLAN[title], "in class"):
        found = named(row)
        if "without the blank" in row:
            at = [k for k, cell in enumerate(found) if is_blank(cell)]
            assert at
            found = [cell for k, cell in enumerate(found) if not {k, k - 1} & {*at}]
        else:
            assert any(map(is_blank, found)) == ("with its blank" in row)
        assert minutes(found, 2 * WORDS) <= number, row
    for number, row in rows(PLAN[title], "at home"):
        assert abs(number - minutes(named(row), WORDS)) < 1, row


@pytest.mark.parametrize("plan", [SESSIONS, PERIODS], ids=["sessions", "periods"])
def test_each_cell_of_the_lessons_is_in_class_or_at_home_once(plan):
    found = []
    for part in plan.values():
        for _, row in rows(part, "in class"):
            some = named(row)
            at = {k for k, cell in enumerate(some) if is_blank(cell)} if "without the blank" in row else set()
            found += [cell.id for k, cell in enumerate(some) if not {k, k - 1} & at]
        found += [cell.id for _, row in rows(part, "at home") for cell in named(row)]
    for number in LESSONS:
        ids = [cell.id for cell in cells(number)]
        wanted = ids[: ids.index("sum-up")]
        assert [name for name in ids if name in found and name not in wanted] == []
        assert {name: found.count(name) for name in wanted if found.count(name) != 1} == {}


def test_the_plan_has_four_sessions_and_eight_periods():
    assert (len(SESSIONS), len(PERIODS)) == (4, 8)
