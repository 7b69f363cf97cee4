"""The forward explorer: a real digit goes through the chapter's graph, and every value follows the sliders."""

import html
from functools import cache
from types import SimpleNamespace

from helpers._language import Sentences
from helpers.data import digits
from helpers.drawing import Layout
from helpers.explorers.controls import Choice, Range
from helpers.explorers.page import bars, counted, number, objective_bar, scroll, svg
from helpers.functions import relu, sigmoid, softmax, tanh
from helpers.network import MLP
from helpers.operators import one_hidden_layer

ACTIVATIONS = {activation.name: activation for activation in (tanh, relu, sigmoid)}
MOST_HIDDEN = 64
EXAMPLES = 50
POOL = MLP.random(inputs=64, hidden=MOST_HIDDEN, outputs=10)

SENTENCES = Sentences() | {
    "hidden": "hidden units",
    "weight_decay": "weight decay λ",
    "activation": "activation φ",
    "example": "example",
    "graph": "the graph of the forward pass",
    "units": "hidden unit | hidden units",
    "words": "Example {example}, a handwritten {label}: {units}, λ = {weight_decay}, {activation}. "
    "J = {J} = {L} + {s}. The largest output is that of {guess}, with the probability {largest}; {label} has {given}.",
    "picture": "x: a handwritten {label}, 8 × 8",
    "z": "z, before φ",
    "h": "h, after φ",
    "o": "o, a number for each digit",
    "label": "{} = y",
    "p": "softmax(o), the probabilities",
}


def controls():
    """Return the controls, with their names in the language of the moment."""
    return (
        Range("hidden", SENTENCES["hidden"], 16, 1, MOST_HIDDEN),
        Range("weight_decay", SENTENCES["weight_decay"], 0.1, 0, 1, 0.01),
        Choice("activation", SENTENCES["activation"], "tanh", {name: name for name in ACTIVATIONS}),
        Range("example", SENTENCES["example"], 0, 0, EXAMPLES - 1),
    )


@cache
def picture():
    """Return the chapter's graph laid out, and its variables: neither depends on any setting."""
    c = one_hidden_layer()
    return Layout([c.J]), c


@cache
def examples():
    """Return the examples to choose from: the first of the test set."""
    data = digits()
    return data.x_test[:, :EXAMPLES], data.y_test[:EXAMPLES]


def numbers(hidden, weight_decay, activation, example):
    """Return all that the page shows at the given settings.

    Parameters
    ----------
    hidden : int
        1 to 64. A unit has the same weights whatever the number.
    weight_decay : float
    activation : str
        A name.
    example : int

    Returns
    -------
    namespace
        The settings; ``net``; ``f``, its forward pass on the example; and ``p``, the probabilities.
    """
    x, y = examples()
    net = MLP(POOL.W1[:hidden], POOL.W2[:, :hidden], weight_decay=weight_decay, activation=ACTIVATIONS[activation])
    f = net.forward(x[:, [example]], y[[example]])
    return SimpleNamespace(
        hidden=hidden,
        weight_decay=weight_decay,
        activation=activation,
        example=example,
        net=net,
        f=f,
        p=softmax(f.o)[:, 0],
    )


def words(n):
    """Return in words what the page shows."""
    label, guess = n.f.y[0], n.p.argmax()
    return SENTENCES["words"].format(
        example=n.example,
        label=label,
        units=counted(n.hidden, SENTENCES["units"]),
        weight_decay=number(n.weight_decay),
        activation=n.activation,
        J=number(n.f.J),
        L=number(n.f.L),
        s=number(n.f.s),
        guess=guess,
        largest=number(n.p[guess]),
        given=number(n.p[label]),
    )


def graph(n):
    """Return the picture of the graph."""
    layout, c = picture()
    values = {getattr(c, name): getattr(n.f, name) for name in n.f._fields}
    return layout.drawing(values | {c.W1: n.net.W1, c.W2: n.net.W2}).inline


def digit(n):
    """Return the image that goes in."""
    ink = (255 * (1 - n.f.x[:, 0])).astype(int)
    body = "".join(
        f'<rect x="{k % 8 * 14 + 1}" y="{k // 8 * 14 + 1}" width="14.2" height="14.2" fill="rgb({v},{v},{v})"/>'
        for k, v in enumerate(ink)
    )
    frame = '<rect x="0.5" y="0.5" width="113" height="113" fill="none" stroke="#222"/>'
    return svg(114, 114, SENTENCES["picture"].format(label=n.f.y[0]), body + frame)


def pictures(n):
    """Return the pictures of the page, the graph first."""
    names = [(k, SENTENCES["label"].format(k) if k == n.f.y[0] else k) for k in range(10)]
    return [
        graph(n),
        objective_bar(n.f.L, n.f.s),
        digit(n),
        bars(SENTENCES["z"], n.f.z[:, 0], 415),
        bars(SENTENCES["h"], n.f.h[:, 0], 415),
        bars(SENTENCES["o"], n.f.o[:, 0], 415, names),
        bars(SENTENCES["p"], n.p, 415, names),
    ]


def page(n):
    """Return the page of the given numbers."""
    drawn, objective, image, *charts = pictures(n)
    return (
        f'{scroll(SENTENCES["graph"], drawn)}<p class="words">{html.escape(words(n))}</p>'
        f'<div class="row">{image}{objective}</div>'
        f'<div class="row">{"".join(charts)}</div>'
    )


def state(n):
    """Return the numbers of the page by name."""
    return n.f._asdict() | {"p": n.p}


def still(n):
    """Return the pictures that stand in for the page where no kernel is."""
    return pictures(n)[:2]
