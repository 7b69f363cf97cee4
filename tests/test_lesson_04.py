"""The lesson of the backward pass: its blanks, its numbers, its card, and that one can go back in it."""

import ast
import re
from collections import Counter
from pathlib import Path

import nbformat
import numpy as np
import pytest

from helpers.exercises import check_task
from helpers.exercises.tasks import TASKS
from helpers.plots import show_card

NOTEBOOK = nbformat.read(Path(__file__).parents[1] / "notebooks" / "04_backward_pass.ipynb", as_version=4)
CODE = [cell for cell in NOTEBOOK.cells if cell.cell_type == "code"]
CARDS = [cell.outputs[-1].data["text/plain"] for cell in CODE if "show_card(" in cell.source]


def one_entry(i, k, dJ_do, h, W2, weight_decay):
    return sum(dJ_do[i, j] * h[k, j] for j in range(h.shape[1])) + weight_decay * W2[i, k]


def back_to_h(W2, dJ_do):
    return W2.T @ dJ_do


RIGHT = {"one_entry": one_entry, "back_to_h": back_to_h}


def test_a_product_that_does_not_fit_is_told():
    verdict = check_task("back_to_h", lambda W2, dJ_do: W2 @ dJ_do)
    assert verdict.status == "wrong"
    assert "ValueError" in verdict.message


@pytest.mark.parametrize("name", RIGHT)
def test_the_cases_hide_nothing(name):
    for case in TASKS[name].cases:
        arrays = [a for a in case if np.ndim(a)]
        assert all(np.all(a != 0) for a in arrays)
        assert len({size for a in arrays for size in a.shape}) >= 3


def run_to(name):
    """Return the names after the cells before the first that has `name` in its source, pictures left out."""
    names = {}
    for cell in CODE:
        if name in cell.source:
            return names
        exec(cell.source, names)
    raise AssertionError(name)


def test_no_number_of_the_example_is_zero():
    names = run_to("one_hot")
    for variable in ("x", "y", "W1", "W2", "z", "h", "o"):
        assert np.all(names[variable] != 0)
    for gradient in ("dJ_do", "dJ_dW2", "dJ_dh", "dJ_dz", "dJ_dW1"):
        assert np.all(names[gradient] != 0)
    assert names["z"][:, 0].tolist() == [2, -4]
    assert names["h"][:, 0].tolist() == [2, -2]
    assert names["leaky"].first(names["z"][:, 0]).tolist() == [1, 0.5]


def test_the_card_fills_in_one_line_after_the_other():
    known = [re.findall(r"∂J/∂(\S+) =", card) for card in CARDS]
    order = ["L", "s", "o", "W⁽²⁾", "h", "z", "W⁽¹⁾"]
    assert known == [order[:count] for count in (0, 3, 4, 5, 6, 7)]


def assigned(source):
    """Return the names that a cell gives a value at its top level, loops aside."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (leaf.id for target in node.targets for leaf in ast.walk(target) if is_stored(leaf))


def is_stored(leaf):
    return isinstance(leaf, ast.Name) and isinstance(leaf.ctx, ast.Store)


def test_nothing_is_overwritten():
    counted = Counter(name for cell in CODE for name in assigned(cell.source))
    assert [name for name, times in counted.items() if times > 1] == []


def test_a_sitting_is_an_hour():
    words = sum(len(cell.source.split()) for cell in NOTEBOOK.cells if cell.cell_type == "markdown")
    blanks = sum("blank" in cell.metadata.get("tags", []) for cell in CODE)
    minutes = words / 100 + len(CODE) * 40 / 60 + 4 * blanks
    said = int(re.search(r"Minutes.\*\* About (\d+)", NOTEBOOK.cells[0].source)[1])
    assert minutes < 61
    assert abs(minutes - said) < 3


@pytest.mark.parametrize(
    "identity",
    [
        "start-at-the-end",
        "find-the-transpose-on-the-right",
        "what-prod-does-in-full",
        "find-the-transpose-on-the-left",
        "pass-the-activation-function",
        "reach-the-first-weights",
        "derive-softmax-minus-one-hot",
        "send-a-minibatch-backward",
        "take-it-one-operator-at-a-time",
    ],
)
def test_places_that_others_link_to_stay(identity):
    assert identity in {cell.id for cell in NOTEBOOK.cells}


# The card


def test_weights_are_told_in_rows_and_other_arrays_in_columns():
    array = [[1.0, 2.5, -3.0], [4.0, 5.0, 6.0]]
    assert "W⁽¹⁾ = [1, 2.5, −3] [4, 5, 6];" in show_card({"W1": array}, {}).sentence
    assert "h = (1, 4) (2.5, 5) (−3, 6);" in show_card({"h": array}, {}).sentence


def test_the_newest_line_is_another_picture():
    values, one, other = {"a": 1.0, "b": 2.0}, {"a": 3.0, "b": 4.0}, {"b": 4.0, "a": 3.0}
    assert show_card(values, one).data != show_card(values, other).data


def test_rounding_does_not_show():
    assert "a = 0.3;" in show_card({"a": 0.1 + 0.2}, {}).sentence
    assert "a = 0;" in show_card({"a": -1e-17}, {}).sentence


@pytest.mark.parametrize(
    ("values", "gradients", "told"),
    [
        ({}, {}, "values: expected at least one entry, got none"),
        ({"a": [1.0]}, {}, r"a: expected a number or a matrix, got shape \(1,\)"),
        ({"a": 1.0}, {"b": 1.0}, "gradients: expected names of values, got 'b'"),
        ({"a": 1.0}, {"a": [[1.0]]}, r"gradients: expected shape \(\) for a, got \(1, 1\)"),
    ],
)
def test_a_card_that_cannot_be_drawn_is_refused(values, gradients, told):
    with pytest.raises(ValueError, match=told):
        show_card(values, gradients)


@pytest.mark.parametrize(("values", "gradients"), [(1, {}), ({"a": 1.0}, [1.0]), ({"a": "one"}, {})])
def test_a_card_of_something_else_is_refused(values, gradients):
    with pytest.raises((TypeError, ValueError)):
        show_card(values, gradients)
