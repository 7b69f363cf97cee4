"""The small blanks of the lessons: what is right, and a sentence for each wrong answer that is usual."""

import copy
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from helpers.exercises.verdicts import BLANK, Verdict
from helpers.functions import squared_error, tanh
from helpers.graph import Variable, topological_order
from helpers.operators import add, multiply, one_hidden_layer


class Task(NamedTuple):
    """A blank, which is a function of some arguments, or with no arguments a value.

    Attributes
    ----------
    right : callable
        What the answer should compute.
    cases : sequence of tuple
        The arguments that it is tried with; a value has one case without arguments.
    told : str
        What the verdict says where the answer is right.
    wrong : dict
        From what to say to functions that compute what is usual and wrong.
    """

    right: Callable
    cases: tuple = ((),)
    told: str = ""
    wrong: dict = {}  # noqa: RUF012  It is never changed.


WRONG = {
    "shape": "expected shape {expected}, got {got}",
    "number": "This is not what the step gives.",
    "raised": "Your code raised {error}.",
    "changed": "The answer changes its argument number {number}; work on a copy.",
}


def _walk_forward(J, feeds):
    values = dict(feeds)
    for v in topological_order([J]):
        if v not in values:
            arrays = [values[i] for i in v.operator.inputs]
            values[v] = v.operator.rule.value(*arrays, **v.operator.parameters)
    return values[J]


def _graphs():
    """Yield graphs with feeds, all sizes different: the chapter's, one of other operators, and the chapter's cut at h.

    At the cut all is fed that stands before it too, so that a walk that computes everything ends without an error.
    """
    rng = np.random.default_rng(2)
    c = one_hidden_layer(tanh, squared_error, 0.3)
    sizes = {c.x: (4, 5), c.y: (3, 5), c.W1: (2, 4), c.W2: (3, 2)}
    feeds = {v: rng.normal(size=shape) for v, shape in sizes.items()}
    yield c.J, feeds
    a, b = Variable("a"), Variable("b")
    yield multiply(add(a, b), a, name="c"), {a: rng.normal(size=(2, 3)), b: rng.normal(size=(2, 3))}
    yield c.J, feeds | {c.h: rng.normal(size=(2, 5))}


TASKS: dict[str, Task] = {
    # 01
    "weighted_sums": Task(
        lambda W1, x: W1 @ x,
        (
            (np.array([[1.0, 2.0, -1.0, 3.0], [-1.0, 4.0, 2.0, -2.0]]), np.array([[1.0], [2.0], [-1.0], [3.0]])),
            (np.array([[2.0, -1.0], [3.0, 5.0], [-4.0, 1.0]]), np.array([[-2.0], [7.0]])),
        ),
        "For any number of hidden units and inputs.",
        {
            "The numbers are right; expected a column, of shape (2, 1) for two hidden units.": lambda W1, x: (W1 @ x)[
                :, 0
            ],
            "The numbers are right; expected a column, got a row.": lambda W1, x: (W1 @ x).T,
            "The products are there; add up those of each row of W1.": lambda W1, x: W1 * x.T,
        },
    ),
    "price_of_weights": Task(
        lambda W1, W2, weight_decay: weight_decay / 2 * (np.sum(W1**2) + np.sum(W2**2)),
        (
            (np.array([[1.0, -2.0, 3.0]]), np.array([[2.0], [-1.0]]), 0.5),
            (np.array([[4.0], [-5.0]]), np.array([[0.5, 1.5], [2.5, -3.0], [1.0, 6.0]]), 0.3),
        ),
        "With 0.2 and doubled weights it is 9.2.",
        {
            "The half is missing.": lambda W1, W2, weight_decay: weight_decay * (np.sum(W1**2) + np.sum(W2**2)),
            "F5 has the squares of the norms, not the norms.": lambda W1, W2, weight_decay: (
                weight_decay / 2 * (np.linalg.norm(W1) + np.linalg.norm(W2))
            ),
            "A negative weight costs as much as a positive one: square before you add.": lambda W1, W2, weight_decay: (
                weight_decay / 2 * (np.sum(W1) + np.sum(W2))
            ),
            "Only W1 is paid for.": lambda W1, W2, weight_decay: weight_decay / 2 * np.sum(W1**2),
        },
    ),
    # 02
    "moves_with_W2": Task(
        lambda: {"o", "L", "s", "J"},
        told="z and h stay.",
        wrong={
            "W2 feeds two operators: follow both arrows.": lambda: {"o", "L", "J"},
            "These are what W2 feeds directly; the arrows go on from there.": lambda: {"o", "s"},
            "W2 itself was changed; what has to be computed again?": lambda: {"W2", "o", "L", "s", "J"},
            "Does a path of arrows lead from W2 to z and h?": lambda: {"z", "h", "o", "L", "s", "J"},
        },
    ),
    "walk_forward": Task(
        _walk_forward,
        tuple(_graphs()),
        "The same lines run any graph, cut or not.",
        {
            "A variable that is fed keeps its value, even if it has an operator: that is the cut.": lambda J, feeds: (
                _walk_forward(J, {v: value for v, value in feeds.items() if not v.operator})
            ),
        },
    ),
    # 03
    # 04
    # 05
    # 06
    # 07
}


def check_task(name, answer):
    """Judge the answer to a blank of a lesson.

    Parameters
    ----------
    name : str
        A key of `TASKS`.
    answer : callable or value
        As the lesson asks for. A blank is `...`, or a function that returns `...` or None.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> TASKS["example"] = Task(lambda x: 3 * x, ((2.0,),), wrong={"That adds 3.": lambda x: 3 + x})
    >>> check_task("example", lambda x: ...)
    example: not attempted yet.
    >>> check_task("example", lambda x: x + 3)
    example: not right yet. That adds 3.
    >>> del TASKS["example"]
    """
    task, got = TASKS[name], []
    if answer is BLANK:
        return Verdict(name, "open")
    for case in task.cases:
        given = copy.deepcopy(case)
        try:
            value = answer(*given) if case or callable(answer) else answer
        except Exception as error:
            return Verdict(name, "wrong", WRONG["raised"].format(error=f"{type(error).__name__}: {error}"))
        if value is BLANK or value is None:
            return Verdict(name, "open")
        for number, (before, after) in enumerate(zip(case, given, strict=True), start=1):
            if isinstance(before, np.ndarray) and not np.array_equal(before, after):
                return Verdict(name, "wrong", WRONG["changed"].format(number=number))
        got.append(value)
    expected = [task.right(*copy.deepcopy(case)) for case in task.cases]
    if _same(got, expected):
        return Verdict(name, "right", task.told)
    for sentence, usual in task.wrong.items():
        if _same(got, [usual(*copy.deepcopy(case)) for case in task.cases]):
            return Verdict(name, "wrong", sentence)
    if (shape := _shape(got[0])) != _shape(expected[0]):
        told = WRONG["shape"].format(expected=_shape(expected[0]), got=shape)
        return Verdict(name, "wrong", told)
    return Verdict(name, "wrong", WRONG["number"])


def _shape(value):
    try:
        return np.shape(value)
    except ValueError:  # a list of arrays of several shapes
        return "several shapes"


def _same(some, others):
    try:
        return all(
            np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-6, atol=1e-9)
            for a, b in zip(some, others, strict=True)
        )
    except (TypeError, ValueError):  # not numbers
        try:
            return some == others
        except ValueError:  # a list of arrays of several shapes
            return False
