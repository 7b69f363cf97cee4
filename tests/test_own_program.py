"""Notebook 07: its programs against PyTorch, and what its tables say may stay as it is."""

import math
from functools import cache

import nbformat
import numpy as np
import pytest
from solutions import NOTEBOOKS
from test_reference import REFERENCE

from helpers import exercises
from helpers.checking import check_function
from helpers.gradient import gradient
from helpers.graph import run
from helpers.tracing import trace

PROGRAMS = REFERENCE["programs"]
CALLED = {"softmax_regression": "softmax", "two_layers": "two_layers", "attention_head": "attention"}


def name_of(recorded):
    """Return what the notebook calls the numbers of one program."""
    return CALLED.get(recorded["program"]) or recorded["arguments"]["cost"].split("-")[-1]


@cache
def notebook():
    """Return the names that the cells with the tag "program" define."""
    names = {}
    for cell in nbformat.read(NOTEBOOKS / "11_your_own_program.ipynb", as_version=4).cells:
        if {"program", "kinks"} & set(cell.metadata.get("tags", ())):
            exec(cell.source, names)
    return names


def arguments(recorded):
    arrays = notebook()[{"sigmoid_network": "sigmoid"}.get(recorded["program"], name_of(recorded)) + "_arrays"]
    return arrays | {key: value for key, value in recorded["arguments"].items() if isinstance(value, str)}


def as_lists(value):
    return [*map(as_lists, value)] if isinstance(value, list) else np.asarray(value).tolist()


@pytest.mark.parametrize("recorded", PROGRAMS, ids=name_of)
def test_every_value_and_gradient_is_that_of_pytorch(recorded):
    given = arguments(recorded)
    assert {name: as_lists(value) for name, value in given.items()} == recorded["arguments"]
    t = trace(notebook()[recorded["program"]], **given)
    assert t.inputs.keys() == recorded["gradients"].keys()
    J, *gradients = run([t.output, *gradient(t.output, list(t.inputs.values()))], t.feeds)
    assert pytest.approx(recorded["J"], rel=1e-13) == J
    for got, want in zip(gradients, recorded["gradients"].values(), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("recorded", PROGRAMS, ids=name_of)
def test_the_numbers_in_the_cells_are_the_recorded_ones(recorded):
    shown = dict(notebook()[f"{name_of(recorded)}_pytorch"])
    assert math.isclose(shown.pop("J"), recorded["J"], rel_tol=1e-11)
    assert shown.keys() == recorded["gradients"].keys()
    for name, (norm, first) in shown.items():
        entries = np.ravel(recorded["gradients"][name])
        assert math.isclose(norm, np.linalg.norm(entries), rel_tol=1e-11)
        assert math.isclose(first, entries[0], rel_tol=1e-10)


def test_the_slopes_at_kinks_are_the_recorded_ones():
    slopes = {kink["function"]: dict(zip(kink["at"][0], kink["gradients"][0], strict=True)) for kink in kinks_at_0()}
    assert [slope for _, slope in notebook()["relus"].values()] == [
        slopes[function][0.0] for function in ("maximum", "where", "half of a + |a|")
    ]


def kinks_at_0():
    return [kink for kink in REFERENCE["kinks"] if kink["at"][0] == [-2.0, -0.0, 0.0, 2.0]]


# What the tables say works as it is often written.

M, V = np.arange(1.0, 7.0).reshape(2, 3), np.array([0.5, -1.0, 2.0])


def in_place(M):
    total = M * 1
    total -= np.max(M, axis=0)
    return np.sum(total**2)


def heads(M, V):
    return np.sum(np.concatenate([np.tanh(M * v) for v in V], axis=1) ** 2)


WORKS = {
    "an index of a range": lambda M: np.sum(M[range(2), [0, 2]] ** 2),
    "-= for a variable": in_place,
    "dot": lambda M, V: np.sum(M.dot(V) ** 2),
    "maximum with 0 first": lambda M: np.sum(np.maximum(0, M - 2.5) ** 2),
    "a root of a fixed number by math": lambda M: np.sum(M) / math.sqrt(M.shape[1]),
    "a root of a fixed number by NumPy": lambda M: np.sum(M) / np.sqrt(M.shape[1]),
    "a mask": lambda M: np.sum(np.exp(np.where(np.tril(np.ones((2, 3), bool)), M, -np.inf))),
    "heads in a list": heads,
}


@pytest.mark.parametrize("name", WORKS)
def test_what_may_stay_as_it_is(name):
    f = WORKS[name]
    arrays = {key: value for key, value in {"M": M, "V": V}.items() if key in f.__code__.co_varnames}
    assert check_function(f, **arrays).ok


def test_the_arrays_may_come_in_a_dictionary():
    t = trace(lambda params, X: np.sum(np.tanh(X @ params["W1"])), params={"W1": M.T}, X=V)
    assert [*t.inputs] == ["params['W1']", "X"]


# What the notebook suggests to try.


def line(a, b, x, y):
    return np.mean((a * x + b - y) ** 2)


def biased(x, y, W1, b, W2):
    h = np.maximum(W1 @ x + b, 0)
    return np.sum((W2 @ h - y) ** 2) / 2 + 0.2 / 2 * (np.sum(W1**2) + np.sum(W2**2))


def masked(X, target, Wq, Wk, Wv):
    scores = X @ Wq @ (X @ Wk).T / np.sqrt(Wk.shape[1])
    scores = np.where(np.tril(np.ones((4, 4), bool)), scores, -np.inf)
    e = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    return np.mean((e / np.sum(e, axis=1, keepdims=True) @ (X @ Wv) - target) ** 2)


@pytest.mark.parametrize("f", [line, biased, masked], ids=lambda f: f.__name__)
def test_the_suggestions_can_be_done(f):
    numbers = notebook()["numbers"]
    arrays = {
        line: {"a": 2.0, "b": 0.5, "x": numbers(6), "y": numbers(6, start=2)},
        biased: {"x": numbers(4, 1), "y": numbers(3, 1), "W1": numbers(2, 4), "b": numbers(2, 1), "W2": numbers(3, 2)},
        masked: notebook()["attention_arrays"],
    }[f]
    verdict = exercises.check_program(f, **arrays)
    assert verdict.status == "right", verdict
    assert "could not judge" not in verdict.message
