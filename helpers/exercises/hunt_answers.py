"""Spoilers: the answers of the hunt."""

from typing import NamedTuple


class Answer(NamedTuple):
    """What is wrong with a suspect.

    Attributes
    ----------
    rules : tuple of str
        The rule that is broken, and any other whose line could be mended instead.
    kinds : tuple of str
        What one may rightly call the mistake.
    section : str
        What to read again when the rule is found and the kind is not.
    why : str
        The mistake, and what a setting that hides it has in common with others that do.
    """

    rules: tuple
    kinds: tuple
    section: str
    why: str


ANSWERS = {
    0: Answer(
        ("B3",),
        ("term",),
        "add-what-comes-by-two-routes",
        "An = stands where += was meant, so λW⁽¹⁾ is overwritten. Where λ = 0, nothing is lost.",
    ),
    1: Answer(
        ("B6",),
        ("condition", "slope", "variable"),
        "do-not-trust-a-falling-loss",
        "h is never below 0, so nothing is ever set to 0. Where every unit is active, nothing should be.",
    ),
    2: Answer(
        ("B3",),
        ("constant",),
        "start-at-the-end",
        "s has a ½ in front, which the 2 of the square cancels. Where λ = 0, twice nothing is nothing.",
    ),
    3: Answer(
        ("B2",),
        ("axis",),
        "derive-softmax-minus-one-hot",
        "The sum of softmax runs over the whole minibatch, not over each column. One example is one column.",
    ),
    4: Answer(
        ("B4",),
        ("layout",),
        "find-the-transpose-on-the-right",
        "reshape fills the new shape row by row, and a transpose turns rows into columns. For a single row or column "
        "the two are the same.",
    ),
    5: Answer(
        ("B6",),
        ("variable",),
        "pass-the-activation-function",
        "1 − h² is the slope of tanh, and this is 1 − z². Near 0 tanh hardly bends, so z and h are nearly the same.",
    ),
    6: Answer(
        ("B5",),
        ("time",),
        "take-one-step-apart",
        "∂J/∂h is computed with the W⁽²⁾ of after the step, and the forward pass used that of before. It hides where "
        "the step is smaller than what the check can tell.",
    ),
    7: Answer(
        ("B5", "B6"),
        ("alias",),
        "pass-the-activation-function",
        "∂J/∂h and ∂J/∂z are one array, and zeros that belong in one appear in both. Where every unit is active, no "
        "zeros are written. (The gradients of the weights are right everywhere.)",
    ),
    8: Answer(
        ("B2",),
        ("count",),
        "send-a-minibatch-backward",
        "len counts rows. Class numbers have one for each example, but targets have q. Where the two numbers are the "
        "same, or the labels are classes, it is right.",
    ),
}
