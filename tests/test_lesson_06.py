"""Notebook 06: its two blanks, the numbers from PyTorch that stand in it, and the picture of both directions."""

import inspect
import json
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
import record_reference

from helpers import plots
from helpers.exercises.tasks import TASKS, check_task
from helpers.operators import add, one

FOLDER = Path(__file__).parent
PATH = FOLDER.parent / "notebooks" / "06_graph_walks_back.ipynb"
CELLS = nbformat.read(PATH, as_version=4).cells
CODE = [cell for cell in CELLS if cell.cell_type == "code"]
STEP = json.loads((FOLDER / "reference.json").read_text(encoding="utf-8"))["step"][0]


def ratio_prods(dJ, a, b):
    return dJ / b, -dJ * a / b**2


def shares(v, dJ_dv):
    pairs = zip(v.operator.inputs, v.operator.prods, strict=True)
    return [(i, rule(dJ_dv)) for i, rule in pairs if rule]


def walk_back(J, order):
    arrived = {J: one()}
    for v in reversed(order):
        if v.operator:
            for i, more in shares(v, arrived[v]):
                arrived[i] = add(arrived[i], more) if i in arrived else more
    return arrived


SOLUTIONS = {"ratio_prods": ratio_prods, "walk_back": walk_back}


def ran(stop=None, **filled):
    """Return the names that the cells leave, with blanks filled in; pictures are not drawn."""
    names = {}
    for cell in CODE:
        if stop and cell.id == stop:
            break
        exec(re.sub(r"^(draw|show_modes)\(.*\)$", "", cell.source, flags=re.M), names)
        names |= {name: value for name, value in filled.items() if name in names}
    return names


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        (lambda J, order: [J], "expected a dictionary"),
        (lambda J, order: {J: one(), order[0]: one()}, "∂J/∂a: expected shape"),
        (lambda J, order: {v: g for v, g in walk_back(J, order).items() if v.name != "b"}, "∂J/∂b is missing"),
        (lambda J, order: {J: add(one(), one())}, "∂J/∂J is the first that is wrong"),
        (lambda J, order: 1 / 0, "ZeroDivisionError"),
        (lambda J: {}, "TypeError"),
    ],
)
def test_other_walks_are_refused(answer, part):
    verdict = check_task("walk_back", answer)
    assert verdict.status == "wrong"
    assert part in verdict.message


def test_the_notebook_runs_with_its_blanks_filled_in():
    names = ran(**SOLUTIONS)
    assert names["arrived"] is not ...


def test_a_wrong_walk_fails_on_the_graph_of_the_chapter():
    wrong = TASKS["walk_back"].wrong
    (sentence,) = [sentence for sentence in wrong if "replaces the first" in sentence]
    with pytest.raises(AssertionError):
        ran(walk_back=wrong[sentence])


# What PyTorch said.


def test_the_numbers_of_the_notebook_are_those_of_pytorch():
    names = ran()
    for name in ("x", "y", "W1", "W2"):
        assert np.array_equal(names[name], STEP[name])
    for name, recorded in (
        ("torch_J", "J"),
        ("torch_J_after", "J after"),
        ("torch_W1_grad", "W1.grad"),
        ("torch_W2_grad", "W2.grad"),
        ("torch_W1_grad_after_two", "W1.grad after two"),
    ):
        np.testing.assert_allclose(names[name], STEP[recorded], rtol=1e-14, atol=1e-14)


def test_the_lines_of_the_notebook_are_those_that_were_recorded():
    (block,) = re.findall(r"```python\n(.*?)```", "\n".join(cell.source for cell in CELLS), flags=re.S)
    recorded = inspect.getsource(record_reference.record_step)
    for line in filter(None, map(str.strip, block.splitlines())):
        assert line in recorded, line
    assert "n, weight_decay, learning_rate = 5, 0.2, 0.01" in recorded


# The picture.


@pytest.mark.parametrize("sizes", [(64, 32, 10), (3, 2, 2), (2, 7, 5)])
def test_the_picture_says_what_it_costs(sizes):
    d, h, q = sizes
    forward = reverse = 0
    for rows, inner, columns in ((q, h, d), (1, q, d)):
        forward += rows * inner * columns
    for rows, inner, columns in ((1, q, h), (1, h, d)):
        reverse += rows * inner * columns
    told = plots.show_modes(*sizes).sentence
    assert re.findall(r"([\d,]+) multiplications", told) == [f"{forward + h * d:,}", f"{reverse + h:,}"]
    assert f"{h} × {d}, {h} × {d}, {q} × {d} and 1 × {d}" in told
    assert f"1 × {q}, 1 × {h}, 1 × {h} and 1 × {d}" in told


@pytest.mark.parametrize("sizes", [(0, 1, 1), (1, -1, 1), (1, 1, 1.5)])
def test_sizes_that_are_none(sizes):
    with pytest.raises((TypeError, ValueError)):
        plots.show_modes(*sizes)
