"""Wrong backward passes, made on purpose: each with a setting where it shows, and one where nobody can see it."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from strategies import draw_labels

from helpers.functions import cross_entropy, relu, softmax, squared_error, tanh
from helpers.network import MLP, Gradients

# The rules as they should be. Each takes the gradient that comes from upstream, if any.
RIGHT = {
    "o": lambda net, f: net.loss.gradient(f.o, f.y),
    "W2": lambda net, f, dJ_do: dJ_do @ f.h.T + net.weight_decay * net.W2,
    "h": lambda net, f, dJ_do: net.W2.T @ dJ_do,
    "z": lambda net, f, dJ_dh: dJ_dh * net.activation.first(f.z),
    "W1": lambda net, f, dJ_dz: dJ_dz @ f.x.T + net.weight_decay * net.W1,
}


def backward_with(**changes):
    """Return a backward pass with some of its rules changed."""
    rules = RIGHT | changes

    def backward(net, f):
        dJ_do = rules["o"](net, f)
        dJ_dW2 = rules["W2"](net, f, dJ_do)
        dJ_dh = rules["h"](net, f, dJ_do)
        dJ_dz = rules["z"](net, f, dJ_dh)
        dJ_dW1 = rules["W1"](net, f, dJ_dz)
        return Gradients(L=1.0, s=1.0, o=dJ_do, W2=dJ_dW2, h=dJ_dh, z=dJ_dz, W1=dJ_dW1)

    return backward


class Setting(NamedTuple):
    """A network and a minibatch."""

    net: MLP
    x: np.ndarray
    y: np.ndarray


def setting(sizes=(3, 3, 3), examples=3, W1=None, W2=None, x=None, loss=squared_error, **options):
    """Return a random setting, in which given arrays replace the random ones."""
    rng = np.random.default_rng(0)
    random = MLP.random(*sizes, seed=1)
    options = {"activation": tanh, "weight_decay": 0.1} | options
    net = MLP(random.W1 if W1 is None else W1, random.W2 if W2 is None else W2, loss=loss, **options)
    x = rng.standard_normal((sizes[0], examples)) if x is None else x
    return Setting(net, x, draw_labels(loss, rng, sizes[2], x.shape[1]))


SQUARE = setting()  # every array is 3 × 3: no shape gives a mistake away
CLASSES = setting(loss=cross_entropy)
NO_PENALTY = setting(weight_decay=0)
ONE_EXAMPLE = setting(examples=1)
ALL_ACTIVE = setting(W1=np.eye(3), x=np.abs(SQUARE.x), activation=relu)
ALL_SILENT = setting(W1=-np.eye(3), x=np.abs(SQUARE.x), activation=relu)
ZERO_LOSS = Setting(SQUARE.net, SQUARE.x, SQUARE.net.predict(SQUARE.x))


class Mistake(NamedTuple):
    """One wrong rule.

    Attributes
    ----------
    name : str
    of : str
        The variable whose gradient is computed wrongly: what `check_gradients` must name first.
    rule : callable
    breaks : str
        The rule of the chapter that is broken: what `check_rules` must name.
    hidden : Setting or None
        Where the mistake cannot be seen.
    why : str
    shows : Setting
        Where it can.
    """

    name: str
    of: str
    rule: Callable
    breaks: str
    hidden: Setting | None
    why: str
    shows: Setting = SQUARE


MISTAKES = [
    Mistake(
        "no λW2, or = for += : the product overwrites the penalty",
        "W2",
        lambda net, f, dJ_do: dJ_do @ f.h.T,
        "B3",
        NO_PENALTY,
        "there is no penalty",
    ),
    Mistake(
        "no λW1, or = for += : the product overwrites the penalty",
        "W1",
        lambda net, f, dJ_dz: dJ_dz @ f.x.T,
        "B3",
        NO_PENALTY,
        "there is no penalty",
    ),
    Mistake(
        "= for += in W2: the penalty overwrites the product",
        "W2",
        lambda net, f, dJ_do: net.weight_decay * net.W2,
        "B4",
        ALL_SILENT,
        "h is 0, and so is the product",
    ),
    Mistake(
        "= for += in W1: the penalty overwrites the product",
        "W1",
        lambda net, f, dJ_dz: net.weight_decay * net.W1,
        "B7",
        ALL_SILENT,
        "no unit is active, and so the product is 0",
    ),
    Mistake(
        "λ counted twice",
        "W2",
        lambda net, f, dJ_do: dJ_do @ f.h.T + 2 * net.weight_decay * net.W2,
        "B3",
        NO_PENALTY,
        "there is no penalty",
    ),
    Mistake(
        "λ/2, as in s, for λ",
        "W1",
        lambda net, f, dJ_dz: dJ_dz @ f.x.T + net.weight_decay / 2 * net.W1,
        "B3",
        NO_PENALTY,
        "there is no penalty",
    ),
    Mistake(
        "the penalty of the other weights",
        "W2",
        lambda net, f, dJ_do: dJ_do @ f.h.T + net.weight_decay * net.W1,
        "B3",
        NO_PENALTY,
        "there is no penalty",
    ),
    Mistake(
        "sign flipped: y − o",
        "o",
        lambda net, f: (f.y - f.o) / f.o.shape[1],
        "B2",
        ZERO_LOSS,
        "o = y, and the gradient is 0",
    ),
    Mistake(
        "sum for mean, squared error",
        "o",
        lambda net, f: f.o - f.y,
        "B2",
        ONE_EXAMPLE,
        "the sum over one example is its mean",
    ),
    Mistake(
        "sum for mean, cross-entropy",
        "o",
        lambda net, f: net.loss.gradient(f.o, f.y) * f.o.shape[1],
        "B2",
        setting(examples=1, loss=cross_entropy),
        "the sum over one example is its mean",
        shows=CLASSES,
    ),
    Mistake(
        "the mean over all numbers of o",
        "o",
        lambda net, f: (f.o - f.y) / f.o.size,
        "B2",
        setting((3, 3, 1)),
        "with one output there is one number for each example",
    ),
    Mistake(
        "softmax without minus one-hot",
        "o",
        lambda net, f: softmax(f.o) / f.o.shape[1],
        "B2",
        None,
        "one entry of each column is off by 1/n, whatever the numbers",
        shows=CLASSES,
    ),
    Mistake(
        "no transpose of h",
        "W2",
        lambda net, f, dJ_do: dJ_do @ f.h + net.weight_decay * net.W2,
        "B4",
        setting(W1=np.eye(3), x=np.eye(3)),
        "h is symmetric",
    ),
    Mistake(
        "the transpose of ∂J/∂o in place of that of h",
        "W2",
        lambda net, f, dJ_do: dJ_do.T @ f.h + net.weight_decay * net.W2,
        "B4",
        setting((3, 1, 1), examples=1),
        "a single number is its own transpose",
    ),
    Mistake(
        "no transpose of W2",
        "h",
        lambda net, f, dJ_do: net.W2 @ dJ_do,
        "B5",
        setting(W2=SQUARE.net.W2 + SQUARE.net.W2.T),
        "W2 is symmetric",
    ),
    Mistake(
        "W1 for W2",
        "h",
        lambda net, f, dJ_do: net.W1.T @ dJ_do,
        "B5",
        setting(W2=SQUARE.net.W1),
        "W1 and W2 are equal",
    ),
    Mistake(
        "φ′ of h for φ′ of z",
        "z",
        lambda net, f, dJ_dh: dJ_dh * net.activation.first(f.h),
        "B6",
        setting(activation=relu),
        "where relu's h is positive, so is z",
    ),
    Mistake(
        "no φ′",
        "z",
        lambda net, f, dJ_dh: dJ_dh,
        "B6",
        setting(W1=np.zeros((3, 3))),
        "tanh has the slope 1 at 0",
    ),
    Mistake(
        "relu′ as h >= 0, which always holds",
        "z",
        lambda net, f, dJ_dh: dJ_dh * (f.h >= 0),
        "B6",
        ALL_ACTIVE,
        "every unit is active",
        shows=setting(activation=relu),
    ),
    Mistake(
        "no transpose of x",
        "W1",
        lambda net, f, dJ_dz: dJ_dz @ f.x + net.weight_decay * net.W1,
        "B7",
        setting(x=np.eye(3)),
        "x is symmetric",
    ),
    Mistake(
        "h for x",
        "W1",
        lambda net, f, dJ_dz: dJ_dz @ f.h.T + net.weight_decay * net.W1,
        "B7",
        ALL_ACTIVE,
        "W1 is the identity and every unit is active, so h = x",
    ),
]
