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

# 04: three outputs, four hidden units, two examples, and no entry is 0.
_04_W2 = np.array([[2.0, -3.0, 0.5, 4.0], [-1.5, 2.5, 3.0, -2.0], [0.7, 1.2, -2.2, 3.3]])
_04_G = np.array([[0.4, -0.9], [1.7, 0.6], [-1.1, 2.1]])
_04_H = np.array([[1.3, -0.8], [2.4, 0.9], [-1.6, 1.9], [0.3, -2.7]])

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
    "slope_of_chain": Task(
        right=lambda a, u: np.cos((a * u) ** 3) * 3 * (a * u) ** 2 * a,
        cases=((2.0, 0.4), (-1.5, 0.7), (0.8, 1.3)),
        told="Three slopes, each at the value that arrives at its link, multiplied.",
        wrong={
            "Take each slope at the value that arrives at its link: of the sine at q, not at u.": lambda a, u: (
                np.cos(u) * 3 * u**2 * a
            ),
            "Take the slope of the sine at q, the value that arrives there.": lambda a, u: (
                np.cos(u) * 3 * (a * u) ** 2 * a
            ),
            "One of the three slopes is missing: that of p = a u.": lambda a, u: (
                np.cos((a * u) ** 3) * 3 * (a * u) ** 2
            ),
            "Slopes along one route are multiplied, not added.": lambda a, u: (
                np.cos((a * u) ** 3) + 3 * (a * u) ** 2 + a
            ),
        },
    ),
    "slope_over_routes": Task(
        right=lambda a, b, c, d, e, f: a * c * f + b * d * f + b * e,
        cases=((2.0, 3.0, 5.0, 7.0, 11.0, 13.0), (-1.5, 0.5, 2.5, -3.0, 4.0, 0.7)),
        told="Three routes: multiply along each, and add.",
        wrong={
            "Count the routes again: q has two edges to the right.": lambda a, b, c, d, e, f: a * c * f + b * d * f,
            "Count the routes again: one of them goes u, q, r, J.": lambda a, b, c, d, e, f: a * c * f + b * e,
            "Multiply along a route, and add over the routes; here it is the other way round.": (
                lambda a, b, c, d, e, f: (a + c + f) * (b + d + f) * (b + e)
            ),
            "Slopes along one route are multiplied, not added.": lambda a, b, c, d, e, f: (
                (a + c + f) + (b + d + f) + (b + e)
            ),
        },
    ),
    # 04
    "one_entry": Task(
        lambda i, k, dJ_do, h, W2, weight_decay: dJ_do[i] @ h[k] + weight_decay * W2[i, k],
        cases=(
            (2, 1, _04_G, _04_H, _04_W2, 0.3),
            (0, 3, _04_G, _04_H, _04_W2, 0.7),
        ),
        told="A product for each example, the penalty, and all of it added.",
        wrong={
            "One of the routes from this weight to J is missing: not all of them go through the outputs.": (
                lambda i, k, dJ_do, h, W2, weight_decay: dJ_do[i] @ h[k]
            ),
            "This holds for the first example alone. The weight serves every example.": (
                lambda i, k, dJ_do, h, W2, weight_decay: dJ_do[i, 0] * h[k, 0] + weight_decay * W2[i, k]
            ),
            "The penalty reaches this weight once, not once per example.": (
                lambda i, k, dJ_do, h, W2, weight_decay: (dJ_do[i] * h[k] + weight_decay * W2[i, k]).sum()
            ),
            "That divides by n. Look again at B2: where does 1/n stand already?": (
                lambda i, k, dJ_do, h, W2, weight_decay: dJ_do[i] @ h[k] / h.shape[1] + weight_decay * W2[i, k]
            ),
            "This is half a square for the penalty; its slope is asked for.": (
                lambda i, k, dJ_do, h, W2, weight_decay: dJ_do[i] @ h[k] + weight_decay / 2 * W2[i, k] ** 2
            ),
        },
    ),
    "back_to_h": Task(
        lambda W2, dJ_do: W2.T @ dJ_do,
        cases=((_04_W2, _04_G),),
        told="The summed letter is i, and W2 turned over has it last.",
        wrong={
            "The numbers are right, and they lie in rows. Here an example is a column.": lambda W2, dJ_do: dJ_do.T @ W2,
            "You added up the examples. Each example has an h of its own, and keeps its column.": (
                lambda W2, dJ_do: (W2.T @ dJ_do).sum(axis=1, keepdims=True)
            ),
            "That divides by n. Look again at B2: where does 1/n stand already?": (
                lambda W2, dJ_do: W2.T @ dJ_do / dJ_do.shape[1]
            ),
        },
    ),
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
