"""The small blanks of the lessons: what is right, and a sentence for each wrong answer that is usual."""

import copy
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from helpers.exercises.verdicts import BLANK, Verdict


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

TASKS: dict[str, Task] = {
    # 01
    # 02
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
    if np.shape(got[0]) != np.shape(expected[0]):
        told = WRONG["shape"].format(expected=np.shape(expected[0]), got=np.shape(got[0]))
        return Verdict(name, "wrong", told)
    return Verdict(name, "wrong", WRONG["number"])


def _same(some, others):
    try:
        return all(
            np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-6, atol=1e-9)
            for a, b in zip(some, others, strict=True)
        )
    except (TypeError, ValueError):  # not numbers
        return some == others
