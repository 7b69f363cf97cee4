"""The blank for a program of the reader's own, in notebook 07: is it filled in, and is its graph right?"""

import copy

from helpers._language import Sentences, joined
from helpers.checking import check_function
from helpers.exercises.verdicts import BLANK, Verdict
from helpers.exercises.verdicts import SENTENCES as OF_VERDICTS
from helpers.tracing import call

SENTENCES = Sentences() | {
    "name": "your program",
    "right": "{value}. The graph computes the same, and the gradients agree with differences: {names}.",
    "none": "none",
    "not judged": "Differences could not judge {names}.",
    "wrong": "The graph and the program disagree about {names}. check_function says by how much.",
}


def check_program(f, /, **arrays):
    """Judge a function of the reader's own, which may still be a blank.

    Parameters
    ----------
    f : callable
        From arrays to a scalar. A blank returns `...`.
    **arrays
        Its arguments by name, as for `check_function`.

    Returns
    -------
    Verdict
        "wrong" also where f cannot be traced, with the words of the error.

    Examples
    --------
    >>> check_program(lambda x: ..., x=2.0)
    your program: not attempted yet.
    >>> check_program(lambda x: x**3, x=2.0)
    your program: right. output = 8. The graph computes the same, and the gradients agree with differences: x.
    """
    try:
        if call(f, copy.deepcopy(arrays)) is BLANK:
            return Verdict(SENTENCES["name"], "open")
        report = check_function(f, **arrays)
    except Exception as error:
        told = OF_VERDICTS["raised"].format(error=f"{type(error).__name__}: {error}")
        return Verdict(SENTENCES["name"], "wrong", told)
    if report.wrong:
        return Verdict(SENTENCES["name"], "wrong", SENTENCES["wrong"].format(names=joined("comma", report.wrong)))
    value, *rows = report.rows
    agree, others = (joined("comma", [r.name for r in rows if (r.verdict == "ok") is ok]) for ok in (True, False))
    told = [SENTENCES["right"].format(value=f"{value.name} = {value.got:.4g}", names=agree or SENTENCES["none"])]
    if others:
        told.append(SENTENCES["not judged"].format(names=others))
    return Verdict(SENTENCES["name"], "right", joined("next", told))
