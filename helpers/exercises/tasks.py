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
    # 04
    # 05
    # 06
    # 07
    "step": Task(
        lambda W, dL_dW, learning_rate, weight_decay: W - learning_rate * (dL_dW + weight_decay * W),
        (
            (np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]]), np.array([[2.0, 1.0, -4.0], [3.0, -2.0, 5.0]]), 0.5, 0.1),
            (np.array([[7.0, -3.0]]), np.array([[-2.0, 6.0]]), 0.2, 0.3),
        ),
        "One step, in which every weight also loses the share ηλ of itself.",
        {
            "This climbs: the gradient points to where J grows, so the step goes the other way.": (
                lambda W, dL_dW, learning_rate, weight_decay: W + learning_rate * (dL_dW + weight_decay * W)
            ),
            "This is the step on L alone. J = L + s, and s has a gradient too, by B3.": (
                lambda W, dL_dW, learning_rate, weight_decay: W - learning_rate * dL_dW
            ),
            "λW is a part of the gradient, so the learning rate multiplies it too.": (
                lambda W, dL_dW, learning_rate, weight_decay: W - learning_rate * dL_dW - weight_decay * W
            ),
        },
    ),
    "stored_bytes": Task(
        lambda depth, width, batch: 2 * depth * width * batch * 8,
        ((3, 5, 7), (16, 256, 512), (1, 2, 3)),
        "One z and one h per hidden layer, width × batch numbers of 8 bytes each.",
        {
            "These are numbers, not bytes: a float64 takes 8.": lambda depth, width, batch: 2 * depth * width * batch,
            "Each layer stores two arrays: h for the next layer's B4, and z for B6.": (
                lambda depth, width, batch: depth * width * batch * 8
            ),
            "Each layer stores two arrays, and a float64 takes 8 bytes.": lambda depth, width, batch: (
                depth * width * batch
            ),
        },
    ),
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
