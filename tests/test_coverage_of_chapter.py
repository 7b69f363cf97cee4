"""Every statement, equation and exercise of the chapter is shown by a notebook cell that runs.

A code cell says what it shows by its cell tags, such as K3, B4 or E2.
"""

import ast
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from test_equations import CHAPTER
from test_notebooks import NOTEBOOKS, of_type

STATEMENTS = [f"K{number}" for number in range(1, 19)]
EXERCISES = [f"E{number}" for number in range(1, 6)]
WANTED = [*STATEMENTS, *CHAPTER, *EXERCISES]
LEFT_OUT = {"nbval-skip", "raises-exception", "nbval-ignore-output"}  # nobody looks whether it does what it says


def checks(cell):
    """Return whether a cell can fail: it has an `assert`, or calls a checker, whose words are compared."""
    for node in ast.walk(ast.parse(re.sub(r"^%.*", "", cell.source, flags=re.M))):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call) and getattr(node.func, "id", "").startswith("check_"):
            return True
    return False


def shown_by(paths):
    """Return the cells by what they show: from a tag to pairs of a notebook's name and a cell."""
    found = {}
    for path in paths:
        for cell in of_type(nbformat.read(path, as_version=4), "code"):
            tags = set(cell.metadata.get("tags", []))
            if cell.source.strip() and not tags & LEFT_OUT:
                for tag in tags:
                    found.setdefault(tag, []).append((path.stem, cell))
    return found


def unknown(paths):
    """Return the tags of cells that look like the chapter's and are not."""
    cells = [cell for path in paths for cell in nbformat.read(path, as_version=4).cells]
    tags = {tag for cell in cells for tag in cell.metadata.get("tags", []) if re.fullmatch(r"[A-Z]\d+′?", tag)}
    return tags - {*WANTED, "F1′", "B7′"}


def missing(paths, wanted=WANTED):
    """Return what of `wanted` no cell shows, or no cell that could fail."""
    found = shown_by(paths)
    return [tag for tag in wanted if not any(checks(cell) for _, cell in found.get(tag, []))]


def test_every_statement_equation_and_exercise_is_shown():
    assert missing(NOTEBOOKS) == []


def test_no_cell_shows_what_the_chapter_does_not_say():
    assert unknown(NOTEBOOKS) == set()


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_exercise_is_set_and_solved(exercise):
    places = {name for name, _ in shown_by(NOTEBOOKS).get(exercise, [])}
    assert {"08_summary_and_exercises", "10_solutions"} <= places


# The guard itself: what it must not be content with.


def write(folder, *cells):
    path = folder / "a.ipynb"
    nbformat.write(new_notebook(cells=list(cells)), path)
    return [path]


def cell(source, *tags):
    return new_code_cell(source, metadata={"tags": list(tags)})


@pytest.mark.parametrize(
    ("shown", "cells"),
    [
        (True, [cell("assert 1", "K3")]),
        (True, [cell("z = 1", "K3"), cell("assert z", "K3", "K4")]),
        (True, [cell("%matplotlib inline\ncheck_E1(answer)", "K3")]),
        (False, []),
        (False, [cell("z = 1", "K3")]),
        (False, [cell("", "K3")]),
        (False, [cell("# assert", "K3")]),
        (False, [cell("assert 1", "K4")]),
        (False, [cell("assert 1", "K3", "nbval-skip")]),
        (False, [cell("assert 1", "K3", "raises-exception")]),
        (False, [new_markdown_cell("assert 1", metadata={"tags": ["K3"]})]),
    ],
)
def test_the_guard_asks_for_a_cell_that_runs_and_can_fail(tmp_path, shown, cells):
    assert missing(write(tmp_path, *cells), ["K3"]) == ([] if shown else ["K3"])


@pytest.mark.parametrize(("tag", "known"), [("K18", True), ("K19", False), ("F1′", True), ("B8", False), ("E6", False)])
def test_the_guard_knows_the_chapter(tmp_path, tag, known):
    assert unknown(write(tmp_path, cell("assert 1", tag))) == (set() if known else {tag})
