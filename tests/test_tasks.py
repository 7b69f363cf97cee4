"""The blanks of the lessons: each stands in its notebook as a blank, has a checker, and a solution that is accepted."""

import re

import pytest
from solutions import solutions
from test_notebooks import NOTEBOOKS, of_type, read

from helpers.exercises.tasks import TASKS, check_task

BLANKS = {
    re.match(r"def (\w+)", cell.source)[1]: (path.stem, cell.source)
    for path in NOTEBOOKS[1:8]
    for cell in of_type(read(path), "code")
    if "blank" in cell.metadata.get("tags", ())
}


def test_every_task_is_a_blank_of_a_lesson_and_every_lesson_has_one():
    assert set(BLANKS) == set(TASKS)
    assert {stem[:2] for stem, _ in BLANKS.values()} == {f"{k:02}" for k in range(1, 8)}


@pytest.mark.parametrize("name", TASKS)
def test_a_blank_is_open_and_says_so_in_its_notebook(name):
    stem, source = BLANKS[name]
    names = {}
    exec(source, names)
    assert check_task(name, names[name]).status == "open"
    (path,) = [path for path in NOTEBOOKS if path.stem == stem]
    check = f'exercises.check_task("{name}", {name})'
    (cell,) = [cell for cell in of_type(read(path), "code") if cell.source == check]
    assert cell.outputs[0]["data"]["text/plain"] == f"{name}: not attempted yet."


@pytest.mark.parametrize("name", TASKS)
def test_its_solution_is_right(name):
    assert check_task(name, solutions()[name]).status == "right"
    assert check_task(name, TASKS[name].right).status == "right"


@pytest.mark.parametrize(("name", "sentence"), [(name, sentence) for name in TASKS for sentence in TASKS[name].wrong])
def test_a_usual_wrong_answer_gets_its_sentence(name, sentence):
    verdict = check_task(name, TASKS[name].wrong[sentence])
    assert (verdict.status, verdict.message) == ("wrong", sentence)
