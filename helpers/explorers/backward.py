"""The backward explorer: the two-lane graph, one operator at a time, with λ and the hidden size to turn."""

import html
import inspect
import re
from functools import cache
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from helpers._language import Sentences, joined
from helpers.checking import check_direction, check_gradients
from helpers.drawing import Layout
from helpers.explorers.controls import Choice, Range, steps
from helpers.explorers.page import (
    counted,
    dot,
    factor,
    heat_map,
    math,
    number,
    objective_bar,
    report_of,
    scroll,
    shape,
    sign,
)
from helpers.functions import cross_entropy, relu, sigmoid, softmax, tanh
from helpers.gradient import gradient
from helpers.graph import run
from helpers.network import MLP
from helpers.operators import DECAY, one_hidden_layer

ACTIVATIONS = {activation.name: activation for activation in (tanh, relu, sigmoid)}

# Four numbers in, three out, and weights of one decimal each, so that a reader can follow with a pencil.
X = np.array([[1.0], [-1.0], [2.0], [0.5]])
Y = np.array([1])
MOST_HIDDEN = 6
POOL = MLP.random(4, MOST_HIDDEN, 3, seed=11117)

SENTENCES = Sentences() | {
    "hidden": "hidden units",
    "weight_decay": "weight decay λ",
    "activation": "activation φ",
    "start": "Step 0 of {last}: nothing is computed yet. The input x, the label y and the weights are given.",
    "at": "Step {step} of {last}, {lane}, {tag}: {name}{value}.",
    "forward": "forward",
    "backward": "backward",
    "array value": ", {shape}, has the entries {entries}",
    "array start": ", {shape}, begins with {entries}",
    "units": "hidden unit | hidden units",
    "settings": "{units}, λ = {weight_decay}, {activation}.",
    "objective": "J = {J} = {L} + {s}.",
    "graph": "the two lanes of the graph",
    "prompt": "Press Step, or Play.",
    "equation": "equation {tag}",
    "in numbers": "{name} in numbers",
    "parts": "{name}, the part of the loss and that of λ",
    "entry": "One entry by hand:",
    "split": "Where each gradient of the weights comes from: from the loss, from λW, and both together",
    "checks": "Is it right? Turn all weights a little along one random direction D, and compare",
    "slope": "Two forward passes say that J changes by {slope} a unit",
    "product": "⟨∂J/∂W, D⟩ = {product}",
    "no product": "⟨∂J/∂W, D⟩: not computed yet",
    "agrees": "✓ They agree: relative error {error}",
    "disagrees": "✗ They disagree: relative error {error}",
    "check words": "The gradient check agrees along a random direction.",
    "check fails": "The gradient check disagrees along a random direction.",
}


class Step(NamedTuple):
    """One operator of the graph: what it computes, under which tag, and how to say so with numbers.

    Attributes
    ----------
    name : str
        Of the variable that it computes.
    tag : str
    latex : str
        The whole equation of the tag.
    shown : tuple of str
        The operator's own part of it: names of variables, and signs between them.
    entry : callable
        From the values by name to the first entry, written out.
    """

    name: str
    tag: str
    latex: str
    shown: tuple
    entry: object


def _softmax_entry(v):
    exponentials = " + ".join(f"e^{factor(o)}" for o in v["o"][:, 0])
    return f"e^{factor(v['o'][0, 0])} / ({exponentials}) − {int(v['y'][0] == 0)}"


def _loss_entry(v):
    exponentials = " + ".join(f"e^{factor(o)}" for o in v["o"][:, 0])
    return f"log({exponentials}) − {factor(v['o'][v['y'][0], 0])}"


def _partial(name):
    return rf"\frac{{\partial J}}{{\partial {LATEX[name]}}}"


LATEX = {"W1": "W^{(1)}", "W2": "W^{(2)}", "λ": r"\lambda"} | {v: v for v in "xyzhoLsJ"}
LATEX |= {f"∂J/∂{v}": _partial(v) for v in ("L", "s", "o", "W2", "h", "z", "W1")}
LATEX |= {f"λ{W}": rf"\lambda {LATEX[W]}" for W in ("W1", "W2")}
LATEX |= {"∂L/∂W2": _partial("o") + r" h^\top", "∂L/∂W1": _partial("z") + r" x^\top"}  # the loss's part of B4 and B7
LATEX |= {"hᵀ": r"h^\top", "xᵀ": r"x^\top", "W2ᵀ": r"W^{(2)\top}", "φ′(z)": r"\varphi'(z)", "p": r"\mathrm{softmax}(o)"}
LATEX |= {"1[y]": r"\mathrm{onehot}(y)"}

F5 = r"s = \frac{\lambda}{2} \left( \lVert W^{(1)} \rVert_F^2 + \lVert W^{(2)} \rVert_F^2 \right)"
B1 = r"\frac{\partial J}{\partial L} = 1 \quad\text{and}\quad \frac{\partial J}{\partial s} = 1"
B2 = (
    r"\frac{\partial J}{\partial o} = \text{prod}\left( \frac{\partial J}{\partial L}, \frac{\partial L}{\partial o}"
    r" \right) = \frac{\partial L}{\partial o}"
)
B3 = (
    r"\frac{\partial s}{\partial W^{(1)}} = \lambda W^{(1)} \quad\text{and}\quad"
    r" \frac{\partial s}{\partial W^{(2)}} = \lambda W^{(2)}"
)
B4 = (
    r"\frac{\partial J}{\partial W^{(2)}} = \text{prod}\left( \frac{\partial J}{\partial o},"
    r" \frac{\partial o}{\partial W^{(2)}} \right) + \text{prod}\left( \frac{\partial J}{\partial s},"
    r" \frac{\partial s}{\partial W^{(2)}} \right) = \frac{\partial J}{\partial o} h^\top + \lambda W^{(2)}"
)
B5 = (
    r"\frac{\partial J}{\partial h} = \text{prod}\left( \frac{\partial J}{\partial o}, \frac{\partial o}{\partial h}"
    r" \right) = W^{(2)\top} \frac{\partial J}{\partial o}"
)
B6 = (
    r"\frac{\partial J}{\partial z} = \text{prod}\left( \frac{\partial J}{\partial h}, \frac{\partial h}{\partial z}"
    r" \right) = \frac{\partial J}{\partial h} \odot \varphi'(z)"
)
B7 = (
    r"\frac{\partial J}{\partial W^{(1)}} = \text{prod}\left( \frac{\partial J}{\partial z},"
    r" \frac{\partial z}{\partial W^{(1)}} \right) + \text{prod}\left( \frac{\partial J}{\partial s},"
    r" \frac{\partial s}{\partial W^{(1)}} \right) = \frac{\partial J}{\partial z} x^\top + \lambda W^{(1)}"
)

STEPS = (
    Step("z", "F1", r"z = W^{(1)} x", ("W1", "x"), lambda v: dot(v["W1"][0], v["x"][:, 0])),
    Step("h", "F2", r"h = \varphi(z)", ("φ(", "z", ")"), lambda v: f"φ({number(v['z'][0, 0])})"),
    Step("o", "F3", r"o = W^{(2)} h", ("W2", "h"), lambda v: dot(v["W2"][0], v["h"][:, 0])),
    Step("L", "F4", r"L = l(o, y)", ("l(", "o", ",", "y", ")"), _loss_entry),
    Step(
        "s",
        "F5",
        F5,
        ("½ ·", "λ", "· ( ‖", "W1", "‖² + ‖", "W2", "‖² )"),
        lambda v: f"½ · {number(v['λ'])} · ({number(np.sum(v['W1'] ** 2))} + {number(np.sum(v['W2'] ** 2))})",
    ),
    Step("J", "F6", r"J = L + s", ("L", "+", "s"), lambda v: f"{number(v['L'])} + {number(v['s'])}"),
    Step("∂J/∂L", "B1", B1, ("1",), lambda v: "1"),
    Step("∂J/∂s", "B1", B1, ("1",), lambda v: "1"),
    Step("∂J/∂o", "B2", B2, ("∂J/∂L", "· (", "p", "−", "1[y]", ")"), _softmax_entry),
    Step("λW1", "B3", B3, ("∂J/∂s", "·", "λ", "·", "W1"), lambda v: f"1 · {number(v['λ'])} · {factor(v['W1'][0, 0])}"),
    Step("λW2", "B3", B3, ("∂J/∂s", "·", "λ", "·", "W2"), lambda v: f"1 · {number(v['λ'])} · {factor(v['W2'][0, 0])}"),
    Step("∂L/∂W2", "B4", B4, ("∂J/∂o", "hᵀ"), lambda v: dot(v["∂J/∂o"][0], v["h"][0])),
    Step(
        "∂J/∂W2", "B4", B4, ("∂L/∂W2", "+", "λW2"), lambda v: f"{number(v['∂L/∂W2'][0, 0])} + {factor(v['λW2'][0, 0])}"
    ),
    Step("∂J/∂h", "B5", B5, ("W2ᵀ", "∂J/∂o"), lambda v: dot(v["W2"][:, 0], v["∂J/∂o"][:, 0])),
    Step("∂J/∂z", "B6", B6, ("∂J/∂h", "⊙", "φ′(z)"), lambda v: dot(v["∂J/∂h"][0], v["φ′(z)"][0])),
    Step("∂L/∂W1", "B7", B7, ("∂J/∂z", "xᵀ"), lambda v: dot(v["∂J/∂z"][0], v["x"][0])),
    Step(
        "∂J/∂W1", "B7", B7, ("∂L/∂W1", "+", "λW1"), lambda v: f"{number(v['∂L/∂W1'][0, 0])} + {factor(v['λW1'][0, 0])}"
    ),
)
LAST = len(STEPS)
GIVEN = ("x", "y", "W1", "W2", "λ")


def controls():
    """Return the controls, with their names in the language of the moment."""
    return (
        Range("hidden", SENTENCES["hidden"], 2, 1, MOST_HIDDEN),
        Range("weight_decay", SENTENCES["weight_decay"], 0.1, 0, 1, 0.01),
        Choice("activation", SENTENCES["activation"], "tanh", {name: name for name in ACTIVATIONS}),
        steps(LAST),
    )


def variables(activation, weight_decay):
    """Return the variables of the two-lane graph by their names in `STEPS`."""
    c = one_hidden_layer(activation, cross_entropy, weight_decay)
    found = {name: getattr(c, name) for name in ("x", "y", "W1", "W2", "z", "h", "o", "L", "s", "J")}
    targets = ("L", "s", "o", "W2", "h", "z", "W1")
    found |= {f"∂J/∂{name}": v for name, v in zip(targets, gradient(c.J, [found[t] for t in targets]), strict=True)}
    for W in ("W1", "W2"):
        for part in found[f"∂J/∂{W}"].operator.inputs:
            found[f"λ{W}" if part.operator.rule is DECAY else f"∂L/∂{W}"] = part
    return found


@cache
def picture():
    """Return the two-lane graph laid out, and its variables by name: neither depends on any setting."""
    found = variables(tanh, 0.0)
    return Layout([found[name] for name in ("J", "∂J/∂W1", "∂J/∂W2")]), found


@cache
def code_line(tag):
    """Return the line of network.py that computes an equation."""
    source = inspect.getsource(MLP.forward) + inspect.getsource(MLP.backward)
    return re.search(rf"^ *(.*#.*\b{tag}\b.*)$", source, flags=re.M)[1]


def numbers(hidden, weight_decay, activation, step):
    """Return all that the page shows at the given settings.

    Parameters
    ----------
    hidden : int
        1 to 6. A unit has the same weights whatever the number.
    weight_decay : float
    activation : str
        A name.
    step : int
        How many operators have run.

    Returns
    -------
    namespace
        The settings; ``values`` of what is computed, by name; ``net``; ``now``, the present Step; ``check``, the
        gradient along one direction; and ``report``, of every entry, once it is asked for.
    """
    phi = ACTIVATIONS[activation]
    net = MLP(
        POOL.W1[:hidden].round(1),
        POOL.W2[:, :hidden].round(1),
        weight_decay=weight_decay,
        activation=phi,
        loss=cross_entropy,
    )
    found = variables(phi, weight_decay)
    feeds = {found["x"]: X, found["y"]: Y, found["W1"]: net.W1, found["W2"]: net.W2}
    names = [s.name for s in STEPS]
    computed = dict(zip(names, run([found[name] for name in names], feeds), strict=True))
    values = {"x": X, "y": Y, "W1": net.W1, "W2": net.W2, "λ": weight_decay}
    values |= {name: computed[name] for name in names[:step]}
    return SimpleNamespace(
        hidden=hidden,
        weight_decay=weight_decay,
        activation=activation,
        step=step,
        net=net,
        values=values,
        now=STEPS[step - 1] if step else None,
        check=check_direction(net, X, Y),
        report=None,
    )


def words(n):
    """Return in words what the page shows."""
    settings = {
        "units": counted(n.hidden, SENTENCES["units"]),
        "weight_decay": number(n.weight_decay),
        "activation": n.activation,
    }
    sentences = [SENTENCES["settings"].format(**settings)]
    if n.now:
        value = n.values[n.now.name]
        told = joined("comma", map(number, np.ravel(value)[:6]))
        if np.ndim(value):
            sentence = SENTENCES["array value" if np.size(value) <= 6 else "array start"]
            told = sentence.format(shape=shape(value), entries=told)
        else:
            told = f" = {told}"
        sentences.insert(
            0,
            SENTENCES["at"].format(step=n.step, last=LAST, lane=_lane(n), tag=n.now.tag, name=n.now.name, value=told),
        )
    else:
        sentences.insert(0, SENTENCES["start"].format(last=LAST))
    if "J" in n.values:
        sentences.append(SENTENCES["objective"].format(**{v: number(n.values[v]) for v in ("J", "L", "s")}))
    if "∂J/∂W1" in n.values:
        sentences.append(SENTENCES["check words" if n.check.verdict == "ok" else "check fails"])
    return joined("next", sentences)


def _lane(n):
    return SENTENCES["forward" if n.now.tag.startswith("F") else "backward"]


def graph(n):
    """Return the picture of the graph at this step."""
    layout, found = picture()
    shown = {found[name]: value for name, value in n.values.items() if name in found}
    return layout.drawing(shown, found[n.now.name] if n.now else None).inline


def _array(name, values):
    return heat_map(name, math(LATEX[name]), values.get(name))


def _numbers_of(now, values, activation):
    """Return the equation of an operator with its arrays in the place of its letters."""
    o = values.get("o")
    derived = values | {
        "hᵀ": values.get("h", X).T,
        "xᵀ": X.T,
        "W2ᵀ": values["W2"].T,
        "φ′(z)": None if "z" not in values else ACTIVATIONS[activation].first(values["z"]),
        "p": None if o is None else softmax(o),
        "1[y]": np.eye(3)[:, Y],
    }
    parts = [_array(now.name, values), sign("=")]
    for k, part in enumerate(now.shown):
        if part in LATEX:
            if k and now.shown[k - 1] in LATEX:
                parts.append(sign("·"))
            parts.append(_array(part, derived))
        else:
            parts.append(sign(part))
    entry = now.entry(derived)
    first = np.ravel(values[now.name])[0]
    index = f"[{', '.join('0' * np.ndim(values[now.name]))}]" if np.ndim(values[now.name]) else ""
    written = f"{now.name}{index} = {entry} = {number(first)}" if entry != number(first) else f"{now.name} = {entry}"
    row = scroll(SENTENCES["in numbers"].format(name=now.name), "".join(parts), "row ")
    told = joined("next", [SENTENCES["entry"], f"<b>{html.escape(written)}</b>"])
    return f"{row}<p>{told}</p>"


def _objective(n):
    return objective_bar(n.values.get("L"), n.values.get("s") if "J" in n.values else None)


def _split(values):
    rows = ""
    for W in ("W2", "W1"):
        whole, loss, decay = (_array(name, values) for name in (f"∂J/∂{W}", f"∂L/∂{W}", f"λ{W}"))
        name = SENTENCES["parts"].format(name=f"∂J/∂{W}")
        rows += scroll(name, f"{loss}{sign('+')}{decay}{sign('=')}{whole}", "row ")
    return f"<h3>{html.escape(SENTENCES['split'])}</h3>{rows}"


def _checks(n):
    slope = SENTENCES["slope"].format(slope=f"{n.check.expected:.6f}".replace("-", "−"))
    if "∂J/∂W1" in n.values:
        product = SENTENCES["product"].format(product=f"{n.check.got:.6f}".replace("-", "−"))
        verdict = SENTENCES["agrees" if n.check.verdict == "ok" else "disagrees"].format(error=f"{n.check.error:.0e}")
        lines = [slope, product, verdict]
    else:
        lines = [slope, SENTENCES["no product"]]
    page = f"<h3>{SENTENCES['checks']}</h3>" + "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    return page + report_of(n.report)


def page(n):
    """Return the page of the given numbers."""
    if n.now:
        equation = math(rf"{n.now.latex} \quad\text{{({n.now.tag})}}", "block")
        step = scroll(SENTENCES["equation"].format(tag=n.now.tag), equation)
        step += f"<code>{html.escape(code_line(n.now.tag))}</code>" + _numbers_of(n.now, n.values, n.activation)
    else:
        step = f"<p>{SENTENCES['prompt']}</p>"
    return (
        f'{scroll(SENTENCES["graph"], graph(n))}<p class="words">{html.escape(words(n))}</p>{step}'
        f"{_split(n.values)}<div>{_objective(n)}</div>{_checks(n)}"
    )


def state(n):
    """Return the numbers of the page by name."""
    return {"values": n.values, "check": n.check, "report": n.report}


def still(n):
    """Return the pictures that stand in for the page where no kernel is."""
    return [graph(n), _objective(n)]


def checked(n):
    """Return the report of every entry."""
    return check_gradients(n.net, X, Y)
