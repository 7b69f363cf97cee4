"""What a checker of an exercise says, and how all checkers are put to the answers of one notebook."""

from collections.abc import Callable
from typing import NamedTuple

from helpers._language import Sentences, joined

SENTENCES = Sentences() | {
    "verdict": "{exercise}: {status}.",
    "open": "not attempted yet",
    "wrong": "not right yet",
    "right": "right",
    "again": "Read again: {section}.",
    "place": "{notebook}, section {section} ({title})",
    "raised": "Your code raised {error}.",
}
BLANK = ...  # what stands in a notebook where an answer goes
PATIENCE = 3  # different wrong answers, and then a stronger hint
TRIED: dict[str, set] = {}


class Verdict(NamedTuple):
    """What a checker says of an answer; prints as one paragraph.

    Attributes
    ----------
    exercise : str
        Such as "E2 backward".
    status : {"open", "wrong", "right"}
    message : str
        What is wrong, with a hint that does not tell the answer; or why the answer is right.
    section : str
        What to read again, such as "03, section 7 (Turn)"; empty unless the answer is wrong.

    Examples
    --------
    >>> Verdict("E1", "open")
    E1: not attempted yet.
    >>> Verdict("E1", "wrong", "It has one axis too many.", "03, section 4")
    E1: not right yet. It has one axis too many. Read again: 03, section 4.
    """

    exercise: str
    status: str
    message: str = ""
    section: str = ""

    def __repr__(self):
        again = SENTENCES["again"].format(section=self.section) if self.section else ""
        parts = (
            SENTENCES["verdict"].format(exercise=self.exercise, status=SENTENCES[self.status]),
            self.message,
            again,
        )
        return joined("next", filter(None, parts))


class Checker(NamedTuple):
    """The checker of one exercise, and the names that the notebook gives to its blanks.

    Attributes
    ----------
    blanks : tuple of str
        The names, in the order in which `check` takes their values.
    check : callable
        From the answers to a Verdict. A blank that is not filled in is `...`.
    """

    blanks: tuple
    check: Callable


def tried(exercise, mark):
    """Note a wrong answer, and return whether so many different ones have come that a stronger hint is due.

    Parameters
    ----------
    exercise : str
    mark : str or tuple
        Equal for equal answers: to run a cell again is no new try.

    Returns
    -------
    bool

    Examples
    --------
    >>> [tried("example", answer) for answer in (1, 1, 2, 1, 3)]
    [False, False, False, False, True]
    >>> TRIED.pop("example") == {1, 2, 3}
    True
    """
    answers = TRIED.setdefault(exercise, set())
    answers.add(mark)
    return len(answers) >= PATIENCE


def judge(checkers, namespace):
    """Put all checkers to the answers of a notebook.

    Parameters
    ----------
    checkers : dict
        From the name of an exercise to its Checker.
    namespace : dict
        From names to values, as a notebook leaves them. A name that is missing counts as a blank not filled in.

    Returns
    -------
    dict
        From the name of an exercise to its Verdict. A checker that an answer makes raise an exception gives "wrong".

    Examples
    --------
    >>> even = Checker(("n",), lambda n: Verdict("even", "open" if n is ... else "wrong" if n % 2 else "right"))
    >>> judge({"even": even}, {"n": 4})
    {'even': even: right.}
    >>> judge({"even": even}, {"n": "four"})
    {'even': even: not right yet. Your code raised TypeError: not all arguments converted during string formatting.}
    """
    verdicts = {}
    for name, checker in checkers.items():
        try:
            verdicts[name] = checker.check(*(namespace.get(blank, BLANK) for blank in checker.blanks))
        except Exception as error:
            told = SENTENCES["raised"].format(error=f"{type(error).__name__}: {error}")
            verdicts[name] = Verdict(name, "wrong", told)
    return verdicts
