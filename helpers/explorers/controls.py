"""The controls of the explorers, described once: widgets and the pages of the site are both made of these.

A description knows no widget. Its start says of what kind its values are: a whole number, a float, or one of a choice.
"""

from typing import NamedTuple

from helpers._language import Sentences

SENTENCES = Sentences() | {
    "step": "step",
    "back": "◀ Back",
    "forth": "Step ▶",
    "play": "Play",
    "pause": "Pause",
    "reset": "Reset",
    "check": "Check every entry",
}


class Range(NamedTuple):
    """A slider over numbers: over whole ones if its start is one.

    Attributes
    ----------
    name, label : str
    start, low, high, step : int or float
    format : str
        How the number beside the slider is written, if it is a float.
    """

    name: str
    label: str
    start: float
    low: float
    high: float
    step: float = 1
    format: str = ".2f"


class Choice(NamedTuple):
    """One of some values: a list, or a slider where they have an order.

    Attributes
    ----------
    name, label : str
    start : object
    values : dict
        From the text of each value to the value.
    ordered : bool
    """

    name: str
    label: str
    start: object
    values: dict
    ordered: bool = False


class Line(NamedTuple):
    """A line to write in.

    Attributes
    ----------
    name, label, start : str
    """

    name: str
    label: str
    start: str


def steps(last):
    """Return the slider of the steps of a walk, at the last of them.

    Examples
    --------
    >>> steps(17).high
    17
    """
    return Range("step", SENTENCES["step"], last, 0, last)


def starts(controls):
    """Return what controls are set to at first, by name.

    Examples
    --------
    >>> starts([steps(17), Line("x", "x", "[1, 2]")])
    {'step': 17, 'x': '[1, 2]'}
    """
    return {control.name: control.start for control in controls}
