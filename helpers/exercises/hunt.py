"""The hunt of notebook 09: eight backward passes with one mistake each, and the checker of what a reader found.

The suspects come first, each as a colleague might have written it. Their answers are in another file,
`hunt_answers.py`, so that nobody reads them by accident.
"""

import inspect
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from helpers._language import Sentences, joined, translated
from helpers._validation import as_integer, short
from helpers.checking import check_gradients
from helpers.exercises.hunt_answers import ANSWERS
from helpers.exercises.places import PLACES
from helpers.exercises.verdicts import BLANK, Checker, Verdict, tried
from helpers.functions import cross_entropy, relu, sigmoid, softmax, squared_error, tanh
from helpers.network import MLP, MOST_WEIGHTS, Gradients


def suspect_0(net, f):
    """For any activation and any loss."""
    dJ_do = net.loss.gradient(f.o, f.y)
    dJ_dW2 = net.weight_decay * net.W2
    dJ_dW2 += dJ_do @ f.h.T
    dJ_dh = net.W2.T @ dJ_do
    dJ_dz = dJ_dh * net.activation.first(f.z)
    dJ_dW1 = net.weight_decay * net.W1
    dJ_dW1 = dJ_dz @ f.x.T
    return Gradients(1.0, 1.0, dJ_do, dJ_dW2, dJ_dh, dJ_dz, dJ_dW1)


def suspect_1(net, f):
    """For relu and any loss."""
    W1, W2, weight_decay = net.W1, net.W2, net.weight_decay
    dJ_do = net.loss.gradient(f.o, f.y)
    dJ_dW2 = dJ_do @ f.h.T + weight_decay * W2
    dJ_dh = W2.T @ dJ_do
    dJ_dz = dJ_dh.copy()
    dJ_dz[f.h < 0] = 0
    dJ_dW1 = dJ_dz @ f.x.T + weight_decay * W1
    return Gradients(1.0, 1.0, dJ_do, dJ_dW2, dJ_dh, dJ_dz, dJ_dW1)


def suspect_2(net, f):
    """For any activation and any loss."""

    def slope_of_penalty(W):
        return 2 * net.weight_decay * W  # W squared has the slope 2 W

    do = net.loss.gradient(f.o, f.y)
    dW2 = do @ f.h.T + slope_of_penalty(net.W2)
    dh = net.W2.T @ do
    dz = dh * net.activation.first(f.z)
    dW1 = dz @ f.x.T + slope_of_penalty(net.W1)
    return Gradients(L=1.0, s=1.0, o=do, W2=dW2, h=dh, z=dz, W1=dW1)


def suspect_3(net, f):
    """For any activation and cross-entropy."""
    n = f.o.shape[1]
    p = np.exp(f.o - np.max(f.o))  # the largest taken off: no overflow
    p = p / np.sum(p)
    dJ_do = p.copy()
    dJ_do[f.y, np.arange(n)] -= 1
    dJ_do = dJ_do / n
    dJ_dW2 = dJ_do @ f.h.T + net.weight_decay * net.W2
    dJ_dh = net.W2.T @ dJ_do
    dJ_dz = dJ_dh * net.activation.first(f.z)
    dJ_dW1 = dJ_dz @ f.x.T + net.weight_decay * net.W1
    return Gradients(1.0, 1.0, dJ_do, dJ_dW2, dJ_dh, dJ_dz, dJ_dW1)


def suspect_4(net, f):
    """For any activation and any loss."""
    dJ_do = net.loss.gradient(f.o, f.y)
    dL_dW2 = (f.h @ dJ_do.T).reshape(net.W2.shape)
    dJ_dh = (dJ_do.T @ net.W2).T
    dJ_dz = dJ_dh * net.activation.first(f.z)
    dL_dW1 = (f.x @ dJ_dz.T).T
    dJ_dW2 = dL_dW2 + net.weight_decay * net.W2
    dJ_dW1 = dL_dW1 + net.weight_decay * net.W1
    return Gradients(1.0, 1.0, dJ_do, dJ_dW2, dJ_dh, dJ_dz, dJ_dW1)


def suspect_5(net, f):
    """For tanh and any loss."""
    g = {"L": 1.0, "s": 1.0, "o": net.loss.gradient(f.o, f.y)}
    g["W2"] = g["o"] @ f.h.T + net.weight_decay * net.W2
    g["h"] = net.W2.T @ g["o"]
    g["z"] = g["h"] * (1 - f.z**2)
    g["W1"] = g["z"] @ f.x.T + net.weight_decay * net.W1
    return Gradients(**g)


def suspect_6(net, f, learning_rate=1e-4):
    """For any activation and any loss. Takes the step as it goes; the decay is for the caller to take."""
    W1, W2 = net.W1.copy(), net.W2.copy()
    dJ_do = net.loss.gradient(f.o, f.y)
    dL_dW2 = dJ_do @ f.h.T
    W2 -= learning_rate * dL_dW2
    dJ_dh = W2.T @ dJ_do
    dJ_dz = dJ_dh * net.activation.first(f.z)
    dL_dW1 = dJ_dz @ f.x.T
    W1 -= learning_rate * dL_dW1
    net.stepped = W1, W2
    dJ_dW1, dJ_dW2 = dL_dW1 + net.weight_decay * net.W1, dL_dW2 + net.weight_decay * net.W2
    return Gradients(1.0, 1.0, dJ_do, dJ_dW2, dJ_dh, dJ_dz, dJ_dW1)


def suspect_7(net, f):
    """For relu and any loss."""
    delta = net.loss.gradient(f.o, f.y)
    g = Gradients(L=1.0, s=1.0, o=delta, W2=delta @ f.h.T, h=None, z=None, W1=None)
    delta = net.W2.T @ delta
    g = g._replace(h=delta)
    delta[f.z <= 0] = 0
    g = g._replace(z=delta, W1=delta @ f.x.T)
    return g._replace(W2=g.W2 + net.weight_decay * net.W2, W1=g.W1 + net.weight_decay * net.W1)


def suspect_8(net, f):
    """For any activation, cross-entropy and squared error."""
    n = len(f.y)
    if net.loss is cross_entropy:
        dJ_do = softmax(f.o)
        dJ_do[f.y, np.arange(n)] -= 1
    else:
        dJ_do = f.o - f.y
    dJ_do = dJ_do / n
    dJ_dW2 = dJ_do @ f.h.T + net.weight_decay * net.W2
    dJ_dh = net.W2.T @ dJ_do
    dJ_dz = dJ_dh * net.activation.first(f.z)
    dJ_dW1 = dJ_dz @ f.x.T + net.weight_decay * net.W1
    return Gradients(1.0, 1.0, dJ_do, dJ_dW2, dJ_dh, dJ_dz, dJ_dW1)


ACTIVATIONS, LOSSES = (relu, tanh, sigmoid), (cross_entropy, squared_error)


class Suspect(NamedTuple):
    """A backward pass with a mistake, and the activations and losses that it is written for."""

    backward: Callable
    activations: tuple = ACTIVATIONS
    losses: tuple = LOSSES


SUSPECTS = {
    0: Suspect(suspect_0),
    1: Suspect(suspect_1, activations=(relu,)),
    2: Suspect(suspect_2),
    3: Suspect(suspect_3, losses=(cross_entropy,)),
    4: Suspect(suspect_4),
    5: Suspect(suspect_5, activations=(tanh,)),
    6: Suspect(suspect_6),
    7: Suspect(suspect_7, activations=(relu,)),
    8: Suspect(suspect_8),
}

RULES = ("B1", "B2", "B3", "B4", "B5", "B6", "B7")

KINDS = Sentences() | {
    "alias": "two names stand for one array, so that writing to one changes the other",
    "axis": "a sum runs over the wrong entries",
    "condition": "a comparison does not tell apart the cases that it should",
    "constant": "a constant factor is wrong, such as 2 or ½",
    "count": "the mean divides by a wrong number: not by n, or by n twice",
    "layout": "the right numbers stand in the wrong places",
    "sign": "a difference is taken the wrong way round",
    "slope": "φ′ is left out",
    "term": "one of two terms that should be added is missing",
    "time": "a value is used from before or after the moment that the forward pass saw",
    "transpose": "a matrix is multiplied untransposed where its transpose belongs, or the other way round",
    "variable": "a formula is given another variable than the one it is for",
}

SENTENCES = Sentences() | {
    "name": "hunt {number}",
    "no answer": "Expected a rule, a kind and a setting, (…, …, setting(…)), got {came}.",
    "many parts": "Expected up to three parts, a rule, a kind and a setting, got {came}.",
    "no rule": "The first part: expected a rule, B1 to B7, got {came}.",
    "innocent": "{rule} does what it should with what it is handed. Which array is the first that differs from what "
    "it should be, and which rule computes it?",
    "later": "{rule} does what it should with what it is handed. The mistake comes later in the backward pass.",
    "earlier": "{rule} does what it should with what it is handed. The mistake comes earlier in the backward pass.",
    "no kind yet": "{rule} is the rule. Of what kind is the mistake? And where does it hide?",
    "no kind": "{rule} is the rule. The second part: expected one of {kinds}, got {came}.",
    "other kind": "{rule} is the rule, but that is not the kind. {test}",
    "no setting yet": "Rule and kind are right. Now find a setting that hides it.",
    "no setting": "Rule and kind are right. The third part: expected net, x and y, as in setting(…), got {came}.",
    "unfit": "Rule and kind are right. The setting does not run: {error}.",
    "other family": "Rule and kind are right. The suspect is written for {wanted}, but this net has {came}.",
    "large": "Rule and kind are right. The setting: expected at most {limit:,} entries to check, got {came:,}.",
    "blind": "Rule and kind are right. But this setting would hide other mistakes too: {names} could be off by "
    "1 %, and the check would not tell. Find one that hides this mistake alone.",
    "seen": "Rule and kind are right. But in this setting the check does tell: it looks first at {first}. What would "
    "have to hold, for the wrong line and the right one to give the same?",
    # How to put a kind to the test, for one that it is not.
    "alias": "To test that, ask np.shares_memory of the arrays that come back.",
    "axis": "To test that, take a single column, and then a single row: a sum over the wrong entries is right for "
    "one of them.",
    "condition": "To test that, print the comparison for a minibatch. Is it sometimes true and sometimes false?",
    "constant": "To test that, divide got by expected. A constant factor is the same for every entry and all sizes.",
    "count": "To test that, divide got by expected. A wrong count gives every entry the same factor, and for another "
    "size another one.",
    "layout": "To test that, take λ = 0 and sort the entries of both arrays. Are they the same numbers?",
    "sign": "To test that, compare the signs of got and expected.",
    "slope": "To test that, divide ∂J/∂z by W⁽²⁾ᵀ ∂J/∂o. Without φ′ the two are equal in every setting.",
    "term": "To test that, take got from expected. What is left is the missing term, such as λW, with its sign.",
    "time": "To test that, compare each array with the one that the forward pass used.",
    "transpose": "To test that, make all sizes different. A product with a transpose amiss raises an error then.",
    "variable": "To test that, put the variable that you have in mind in its place, and check again.",
}

READ_CHECKS, READ_BLIND_SPOTS = "check-everything-at-once", "do-not-check-at-zero"
LIMIT = 5000  # entries that are nudged: a second or so


class Setting(NamedTuple):
    """A network and a minibatch."""

    net: MLP
    x: np.ndarray
    y: np.ndarray


def setting(
    inputs=5,
    hidden=4,
    outputs=3,
    examples=6,
    *,
    weight_decay=0.1,
    activation=tanh,
    loss=cross_entropy,
    dtype=np.float64,
    seed=0,
):
    """Return a random network with a minibatch for it, to check a backward pass in.

    Parameters
    ----------
    inputs, hidden, outputs, examples : int
        d, the number of hidden units, q and n.
    weight_decay, activation, loss, dtype, seed
        As for `MLP.random`.

    Returns
    -------
    Setting
        ``net x y``, which `check_gradients` takes in this order.

    Examples
    --------
    >>> check_gradients(*setting(activation=relu)).ok
    True
    """
    sizes = {"inputs": inputs, "hidden": hidden, "outputs": outputs, "examples": examples}
    inputs, hidden, outputs, examples = (as_integer(name, size, low=1) for name, size in sizes.items())
    as_integer("the number of entries of x and y", examples * (inputs + outputs), most=MOST_WEIGHTS)
    options = {"weight_decay": weight_decay, "activation": activation, "loss": loss, "dtype": dtype, "seed": seed}
    net = MLP.random(inputs, hidden, outputs, **options)
    rng = np.random.default_rng([seed, 3])
    x = rng.standard_normal((inputs, examples)).astype(dtype)
    if loss.labels == "classes":
        return Setting(net, x, rng.integers(outputs, size=examples))
    return Setting(net, x, rng.standard_normal((outputs, examples)).astype(dtype))


class Source(str):
    """The source of a function; a notebook shows it as code, in colours."""

    def __repr__(self):
        return str(self)

    def _repr_markdown_(self):
        return f"```python\n{self}```"


# What the suspects say in their source.
SAID = Sentences() | {
    "any": "For any activation and any loss.",
    "relu": "For relu and any loss.",
    "tanh": "For tanh and any loss.",
    "cross-entropy": "For any activation and cross-entropy.",
    "both losses": "For any activation, cross-entropy and squared error.",
    "step": "Takes the step as it goes; the decay is for the caller to take.",
    "square": "W squared has the slope 2 W",
    "no overflow": "the largest taken off: no overflow",
}


def source(suspect):
    """Return the source of a suspect.

    Examples
    --------
    >>> source(suspect_5).splitlines()[0]
    'def suspect_5(net, f):'
    """
    text = inspect.getsource(suspect)
    for key, sentence in dict.items(SAID):
        text = text.replace(sentence, SAID[key])
    return Source(text)


def mend(suspect, old, new):
    """Return the suspect with one piece of its source replaced.

    Parameters
    ----------
    suspect : callable
        Not changed.
    old, new : str
        What stands in its source, once, and what is to stand there.

    Returns
    -------
    callable
        ``backward(net, f)``.

    Raises
    ------
    ValueError
        If `old` does not stand in the source exactly once.

    Examples
    --------
    >>> worse = mend(suspect_1, "W2.T @ dJ_do", "0 * W2.T @ dJ_do")
    >>> check_gradients(*setting(activation=relu), backward=worse).first_wrong
    'h'
    """
    text = inspect.getsource(suspect)
    if text.count(old) != 1:
        raise ValueError(f"expected {old!r} once in {suspect.__name__}, got it {text.count(old)} times")
    names = dict(suspect.__globals__)
    exec(text.replace(old, new), names)
    return names[suspect.__name__]


def check_hunt(number, answer):
    """Judge what a reader says of a suspect.

    Parameters
    ----------
    number : int
        Of the suspect, 0 to 8. (0 is the example that the notebook solves.)
    answer : tuple
        The rule that is broken; a kind, one of KINDS; and a setting (net, x, y) in which `check_gradients` does not
        see it. Later parts may be left out, or be `...`.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> check_hunt(1, ...)
    hunt 1: not attempted yet.
    >>> check_hunt(0, "B7")  # doctest: +ELLIPSIS
    hunt 0: not right yet. B7 does what it should with what it is handed. Which array is the first that differs from \
what it should be, and which rule computes it? Read again: ...
    """
    if number not in SUSPECTS:
        raise ValueError(f"number: expected a suspect from 0 to {max(SUSPECTS)}, got {short(number)}")
    name, suspect, wanted = SENTENCES["name"].format(number=number), SUSPECTS[number], ANSWERS[number]

    def wrong(sentence, section="", **values):
        return Verdict(name, "wrong", SENTENCES[sentence].format(**values), PLACES[section] if section else "")

    if isinstance(answer, str):
        answer = (answer,)
    if answer is BLANK or (isinstance(answer, tuple | list) and all(part is BLANK for part in answer)):
        return Verdict(name, "open")
    if not isinstance(answer, tuple | list):
        return wrong("no answer", came=type(answer).__name__)
    if len(answer) > 3:
        return wrong("many parts", came=len(answer))
    rule, kind, hidden = [*answer, BLANK, BLANK][:3]

    if not isinstance(rule, str) or rule.strip().upper() not in RULES:
        return wrong("no rule", came=_told(rule))
    rule = rule.strip().upper()
    if rule not in wanted.rules:
        later = RULES.index(rule) < RULES.index(wanted.rules[0])
        return wrong(
            ("later" if later else "earlier") if tried(f"hunt {number}", rule) else "innocent", READ_CHECKS, rule=rule
        )

    if kind is BLANK:
        return wrong("no kind yet", rule=rule)
    if not isinstance(kind, str) or kind.strip().lower() not in KINDS:
        return wrong("no kind", rule=rule, came=_told(kind), kinds=joined("comma", KINDS))
    kind = kind.strip().lower()
    if kind not in wanted.kinds:
        return wrong("other kind", wanted.section, rule=rule, test=SENTENCES[kind])

    if hidden is BLANK:
        return wrong("no setting yet", READ_BLIND_SPOTS)
    if not isinstance(hidden, tuple | list) or len(hidden) != 3 or not isinstance(hidden[0], MLP):
        return wrong("no setting", came=type(hidden).__name__)
    try:
        with np.errstate(all="ignore"):
            sentence, values = _why_not_hidden(suspect, *hidden)
    except Exception as error:  # of whatever the reader made of the network
        return wrong("unfit", error=f"{type(error).__name__}: {error}")
    if sentence:
        return wrong(sentence, READ_BLIND_SPOTS if sentence in ("blind", "seen") else "", **values)
    return Verdict(name, "right", translated("why", wanted.why))


def _told(value):
    return repr(value[:20]) if isinstance(value, str) else type(value).__name__


def _why_not_hidden(suspect, net, x, y):
    """Return what speaks against a setting, as a sentence's name and its values, or ("", {})."""
    for come, wanted in ((net.activation, suspect.activations), (net.loss, suspect.losses)):
        if not any(come is each for each in wanted):
            return "other family", {"wanted": joined("or", [each.name for each in wanted]), "came": come.name}
    # Made anew, in case that the reader's is not quite a network any more.
    net = replace(net)
    f = net.forward(x, y)
    entries = sum(array.size for array in (net.W1, net.W2, f.z, f.h, f.o))
    if entries > LIMIT:
        return "large", {"came": entries, "limit": LIMIT}

    without_decay = replace(net, weight_decay=0.0)
    told = check_gradients(without_decay, f.x, f.y, backward=_one_percent_off).wrong
    untold = [name for name in ("o", "W2", "h", "z", "W1") if name not in told]
    if untold:
        return "blind", {"names": joined("comma", [f"∂J/∂{name}" for name in untold])}
    report = check_gradients(net, f.x, f.y, backward=suspect.backward)
    return ("", {}) if report.ok else ("seen", {"first": report.first_wrong})


def _one_percent_off(net, f):
    return Gradients(*(1.01 * gradient for gradient in net.backward(f)))


CHECKERS = {f"hunt {number}": Checker((f"hunt_{number}",), partial(check_hunt, number)) for number in range(1, 9)}
