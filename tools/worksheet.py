"""A worksheet on paper: the chapter's forward and backward pass, to be computed by hand, and its key.

``python -m tools.worksheet 17`` writes both as pages that print on two sheets each. Every seed gives other numbers.
"""

import html
import sys
from types import SimpleNamespace

import numpy as np

from helpers import _language
from helpers._console import tell
from helpers._language import Sentences
from helpers._validation import as_integer
from helpers.drawing import Layout, decimal
from helpers.explorers.backward import STEPS
from helpers.explorers.page import math, shape
from helpers.functions import relu, squared_error
from helpers.gradient import gradient
from helpers.graph import run
from helpers.operators import DECAY, one_hidden_layer
from tools.files import write_new

INPUTS, HIDDEN, OUTPUTS = 3, 2, 4  # all different, so that a transpose in the wrong place shows
ENTRIES = (-3, -2, -1, 1, 2, 3)  # of x and of the gaps between o and y
WEIGHTS = (-2, -1, 1, 2)
WEIGHT_DECAY = (0.1, 0.2, 0.5)
MOST = 9  # no target, hidden or output number is larger, nor any part of a gradient that comes from the loss
NUDGE = 0.01

EQUATIONS = {step.tag: step.latex for step in STEPS}
RESULTS = {  # what is asked for under each tag
    "F1": ("z",),
    "F2": ("h",),
    "F3": ("o",),
    "F4": ("L",),
    "F5": ("s",),
    "F6": ("J",),
    "B1": ("∂J/∂L", "∂J/∂s"),
    "B2": ("∂J/∂o",),
    "B3": ("λW1", "λW2"),
    "B4": ("∂J/∂W2",),
    "B5": ("∂J/∂h",),
    "B6": ("∂J/∂z",),
    "B7": ("∂J/∂W1",),
}

SENTENCES = Sentences() | {
    "title": "Forward and backward on paper: sheet {seed}",
    "key title": "Forward and backward on paper: key to sheet {seed}",
    "name": "Name",
    "date": "Date",
    "given": "One example, φ = relu, λ = {weight_decay}, and the squared error L = ½ ‖o − y‖². No biases.",
    "do": "Fill in the empty boxes: the forward lane (blue) from left to right, then the backward lane (orange) from "
    "right to left. Work each one out overleaf, beside its equation. A column is written as a row with a ᵀ.",
    "overleaf": "The values in order",
    "forward": "Forward",
    "backward": "Backward",
    "questions": "Questions",
    "to fill in": "{name}, {shape}, to fill in",
    "filled in": "{name}, {shape}",
    "up": "up",
    "down": "down",
    "seed": "SEED must be an integer >= 0, as in make worksheet SEED=17, got {seed!r}",
}
QUESTIONS = Sentences() | {
    "double": "Double λ. Which values of this page change? What are s, J and the first entry of ∂J/∂W⁽¹⁾ then?",
    "alone": "Which entries of ∂J/∂W⁽¹⁾ and of ∂J/∂W⁽²⁾ come from λ alone? Why these?",
    "steepest": "A single weight may move by {nudge}. Which one lowers J the most, up or down, and by about how much?",
}
ANSWERS = Sentences() | {
    "double": "s, J, the two λW, and the two gradients of weights, which λW is a part of. Nothing else: no other "
    "equation has λ or s in it. s = 2 · {s} = {s_doubled}, J = {L} + {s_doubled} = {J_doubled}, and the first entry is "
    "{dW1} + {λW1_factor} = {dW1_doubled}.",
    "alone": "Row {off} of ∂J/∂W⁽¹⁾ and column {off} of ∂J/∂W⁽²⁾. z is {z_off} in unit {off}, below 0: the unit is "
    "inactive. So h and φ′(z) are 0 there, and with them both products.",
    "steepest": "The one with the largest gradient, whatever its sign: {steepest}, row {row}, column {column}. There J "
    "has the slope {slope}, so the weight goes {way}, and J falls by about {nudge} · {size} = {fall}.",
}
EXPLANATIONS = Sentences() | {
    "F1": "Each row of W⁽¹⁾ times x. First entry: {z_sum} = {z}.",
    "F2": "relu keeps what is above 0. Unit {on} is active. Unit {off} is not, so its h is 0.",
    "F3": "Each row of W⁽²⁾ times h. First entry: {o_sum} = {o}.",
    "F4": "Half the squares of o − y: ½ · ({gaps}) = {L}.",
    "F5": "λ/2 times the squares of all weights: {half} · ({squares1} + {squares2}) = {s}.",
    "F6": "{L} + {s} = {J}.",
    "B1": "J is the sum of L and s: each goes into it undiminished.",
    "B2": "For the squared error this is o − y. First entry: {o} − {y_factor} = {do}.",
    "B3": "Half a square has the slope of its base. First entries: {weight_decay} · {W1_factor} = {λW1}, and "
    "{weight_decay} · {W2_factor} = {λW2}.",
    "B4": "Row i, column k: ∂J/∂oᵢ · hₖ, plus λ times the weight. Row 1, column {on}: {dW2_sum} = {dW2_on}.",
    "B5": "Each column of W⁽²⁾ times ∂J/∂o. First entry: {dh_sum} = {dh}.",
    "B6": "φ′ is 1 where z is above 0, and 0 below: what comes back to unit {off} stops here.",
    "B7": "Row i, column k: ∂J/∂zᵢ · xₖ, plus λ times the weight. Row {on}, column 1: {dW1_sum} = {dW1_on}.",
}

PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
@page {{ size: landscape; margin: 9mm; }}
* {{ box-sizing: border-box; }}
body {{ margin: 0 auto; max-width: 258mm; background: white; color: #222; font: 12px/1.35 "DejaVu Sans", Verdana,
  sans-serif; }}
section {{ height: 190mm; overflow: hidden; }}  /* what A4 and Letter both hold */
section + section {{ break-before: page; }}
h1 {{ font-size: 18px; margin: 0; }}
h2 {{ font-size: 14px; margin: 0 0 1mm; }}
p {{ margin: 1mm 0; }}
header {{ display: flex; justify-content: space-between; align-items: baseline; }}
header span {{ display: inline-block; border-bottom: 1px solid #222; width: 45mm; margin-left: 2mm; }}
section > svg {{ display: block; width: 100%; height: auto; max-height: 166mm; }}
.columns {{ display: grid; grid-template-columns: 1fr 1fr; gap: 0 8mm; }}
.step {{ display: flex; align-items: center; gap: 3mm; border-top: 1px solid #bbb; padding: 1mm 0; min-height: 13mm;
  break-inside: avoid; }}
.step b {{ width: 8mm; }}
.step .equation {{ flex: 1; }}
.step .equation p {{ font-size: 10.5px; margin: 0.5mm 0 0; }}
figure {{ margin: 0; text-align: center; font-size: 10.5px; }}
math {{ font-size: 13px; font-family: "Cambria Math", "STIX Two Math", "Latin Modern Math", math, serif; }}
table {{ border-collapse: collapse; margin: 0 auto; }}
td {{ border: 1px solid #555; width: 12mm; height: 6.4mm; text-align: center; padding: 0;
  font-size: 12px; font-variant-numeric: tabular-nums; }}
ol {{ margin: 0; padding-left: 5mm; }}
li {{ min-height: 17mm; }}
.answer {{ font-size: 10.5px; }}
@media screen {{
  body {{ padding: 9mm; max-width: 276mm; }}
  section {{ height: auto; margin-bottom: 9mm; overflow-x: auto; }}
}}
@media screen and (max-width: 800px) {{ .columns {{ grid-template-columns: 1fr; }} }}
</style>
</head>
<body>
<main>
<section>
<header><h1>{title}</h1><p>{blanks}</p></header>
<p>{given}</p>
<p>{do}</p>
{graph}
</section>
<section>
<div class="columns">
<div><h2>{forward}</h2>{forward_steps}<h2>{questions}</h2><ol>{asked}</ol></div>
<div><h2>{backward}</h2>{backward_steps}</div>
</div>
</section>
</main>
</body>
</html>
"""


def numbers(seed):
    """Return the numbers of a sheet: what is given, and all values, computed by the graph.

    All that is given is whole and small, and everything computed from it a short decimal. One hidden unit is active
    and one is not, neither at relu's kink.

    Parameters
    ----------
    seed : int

    Returns
    -------
    namespace
        ``weight_decay``; ``given``, the arrays x y W1 W2 by name; ``values``, all others by name; and the graph,
        as ``variables`` by name.

    Raises
    ------
    TypeError, ValueError
        If the seed is not a whole number, 0 or larger.

    Examples
    --------
    >>> numbers(17).values["z"].shape
    (2, 1)
    """
    rng = np.random.default_rng(as_integer("seed", seed))
    while True:
        x, W1 = rng.choice(ENTRIES, (INPUTS, 1)), rng.choice(WEIGHTS, (HIDDEN, INPUTS))
        if np.prod(W1 @ x) < 0:  # one unit is active, and one is not
            sheet = _completed(x, W1, rng)
            if _is_fit(sheet.given | sheet.values):
                return sheet


def _completed(x, W1, rng):
    W2 = rng.choice(WEIGHTS, (OUTPUTS, HIDDEN))
    y = W2 @ np.maximum(W1 @ x, 0) - rng.choice(ENTRIES, (OUTPUTS, 1))
    weight_decay = float(rng.choice(WEIGHT_DECAY))
    c = one_hidden_layer(relu, squared_error, weight_decay)
    given = {"x": x, "y": y, "W1": W1, "W2": W2}
    names = ("z", "h", "o", "L", "s", "J")
    variables = {name: getattr(c, name) for name in (*given, *names)}
    targets = ("L", "s", "o", "W2", "h", "z", "W1")
    gradients = gradient(c.J, [variables[name] for name in targets])
    variables |= {f"∂J/∂{name}": v for name, v in zip(targets, gradients, strict=True)}
    for W in ("W1", "W2"):  # ∂J/∂W is a sum, and λW its second part
        variables[f"λ{W}"] = next(v for v in variables[f"∂J/∂{W}"].operator.inputs if v.operator.rule is DECAY)
    asked = [name for names in RESULTS.values() for name in names]
    computed = run([variables[name] for name in asked], {variables[name]: value for name, value in given.items()})
    values = dict(zip(asked, computed, strict=True))
    return SimpleNamespace(weight_decay=weight_decay, given=given, values=values, variables=variables)


def _is_fit(v):
    """Whether the values can be computed on paper, and the questions have one answer each."""
    slopes = np.sort([abs(g) for W in ("W1", "W2") for g in np.ravel(v[f"∂J/∂{W}"])])
    parts = [v["y"], v["z"], v["o"], v["∂J/∂h"], *(v[f"∂J/∂{W}"] - v[f"λ{W}"] for W in ("W1", "W2"))]
    return v["∂J/∂h"].all() and max(np.abs(part).max() for part in parts) <= MOST and slopes[-1] - slopes[-2] > 1e-6


def worksheet(seed, key=False):
    """Return the page of a sheet as text, or that of its key.

    Parameters
    ----------
    seed : int
    key : bool

    Raises
    ------
    TypeError, ValueError
        If the seed is not a whole number, 0 or larger.
    """
    n = numbers(seed)
    shown = n.given | (n.values if key else {})
    outputs = [n.variables[name] for name in ("J", "∂J/∂W1", "∂J/∂W2")]
    layout = Layout(outputs, entries=True)
    graph = layout.drawing({n.variables[k]: v for k, v in shown.items() if n.variables[k] in layout.order})
    words = _words(n)
    steps = {tag: _step(tag, n, words if key else None) for tag in RESULTS}
    asked = ""
    for name, question in QUESTIONS.items():
        answer = f'<p class="answer">{html.escape(ANSWERS[name].format(**words))}</p>' if key else ""
        asked += f"<li>{html.escape(question.format(nudge=NUDGE))}{answer}</li>"
    blanks = "" if key else "".join(f"{SENTENCES[name]}<span></span> " for name in ("name", "date"))
    return PAGE.format(
        language=_language.code,
        title=SENTENCES["key title" if key else "title"].format(seed=seed),
        blanks=blanks,
        given=SENTENCES["given"].format(weight_decay=decimal(n.weight_decay)),
        do=SENTENCES["do"],
        graph=graph.inline,
        forward=SENTENCES["forward"],
        backward=SENTENCES["backward"],
        questions=SENTENCES["questions"],
        forward_steps="".join(steps[tag] for tag in RESULTS if tag.startswith("F")),
        backward_steps="".join(steps[tag] for tag in RESULTS if tag.startswith("B")),
        asked=asked,
    )


def _step(tag, n, words):
    """Return the equation of a tag with its arrays, empty unless there are words to explain them."""
    told = f"<p>{html.escape(EXPLANATIONS[tag].format(**words))}</p>" if words else ""
    arrays = "".join(_array(name, n.values[name], words is not None) for name in RESULTS[tag])
    return f'<div class="step"><b>{tag}</b><div class="equation">{math(EQUATIONS[tag])}{told}</div>{arrays}</div>'


def _array(name, value, filled):
    name = name.replace("W1", "W⁽¹⁾").replace("W2", "W⁽²⁾")
    label = SENTENCES["filled in" if filled else "to fill in"].format(name=name, shape=shape(value) or "1")
    rows = "".join(
        "<tr>" + "".join(f"<td>{decimal(v) if filled else ''}</td>" for v in row) + "</tr>"
        for row in np.atleast_2d(value)
    )
    return f'<figure>{name}<table aria-label="{html.escape(label)}">{rows}</table></figure>'


def _words(n):
    """Return what explanations and answers are filled in with; a name such as ``dh`` is the first entry of ∂J/∂h."""
    v = n.given | n.values | {name.replace("∂J/∂", "d"): value for name, value in n.values.items()}
    doubled = {"s": 2 * v["s"], "J": v["L"] + 2 * v["s"], "dW1": v["dW1"] + v["λW1"]}
    steepest = max(("W1", "W2"), key=lambda W: np.abs(v[f"d{W}"]).max())
    place = np.unravel_index(np.argmax(np.abs(v[f"d{steepest}"])), v[steepest].shape)
    slope = v[f"d{steepest}"][place]
    off, on = int(np.argmin(v["z"])), int(np.argmax(v["z"]))
    words = {name: decimal(np.ravel(value)[0]) for name, value in v.items()}
    words |= {f"{name}_factor": _factor(np.ravel(value)[0]) for name, value in v.items()}
    words |= {f"{name}_doubled": decimal(np.ravel(value)[0]) for name, value in doubled.items()}
    return words | {
        "z_sum": _products(v["W1"][0], v["x"]),
        "o_sum": _products(v["W2"][0], v["h"]),
        "dh_sum": _products(v["W2"][:, 0], v["do"]),
        "dW1_sum": f"{_products(v['dz'][on], v['x'][0])} + {_factor(v['λW1'][on, 0])}",
        "dW2_sum": f"{_products(v['do'][0], v['h'][on])} + {_factor(v['λW2'][0, on])}",
        "dW1_on": decimal(v["dW1"][on, 0]),
        "dW2_on": decimal(v["dW2"][0, on]),
        "gaps": " + ".join(f"{_factor(gap)}²" for gap in np.ravel(v["o"] - v["y"])),
        "weight_decay": decimal(n.weight_decay),
        "half": decimal(n.weight_decay / 2),
        "squares1": decimal(np.sum(v["W1"] ** 2)),
        "squares2": decimal(np.sum(v["W2"] ** 2)),
        "on": on + 1,
        "off": off + 1,
        "z_off": decimal(v["z"][off, 0]),
        "steepest": {"W1": "W⁽¹⁾", "W2": "W⁽²⁾"}[steepest],
        "row": place[0] + 1,
        "column": place[1] + 1,
        "slope": decimal(slope),
        "size": decimal(abs(slope)),
        "way": SENTENCES["down" if slope > 0 else "up"],
        "nudge": NUDGE,
        "fall": decimal(NUDGE * abs(slope)),
    }


def _products(a, b):
    return " + ".join(f"{_factor(p)} · {_factor(q)}" for p, q in zip(a, np.ravel(b), strict=True))


def _factor(value):
    return decimal(value) if round(float(value), 9) >= 0 else f"({decimal(value)})"


def write(seed):
    """Write a sheet and its key into this folder, and return the sentences that say so.

    Parameters
    ----------
    seed : str
        As typed.

    Raises
    ------
    ValueError
        If it is not a whole number, 0 or larger.
    FileExistsError
        If there are such files already, and they differ.
    """
    if not seed.isdecimal():
        raise ValueError(SENTENCES["seed"].format(seed=seed))
    seed = int(seed)
    pages = {f"worksheet-{seed}.html": worksheet(seed), f"worksheet-{seed}-key.html": worksheet(seed, key=True)}
    return write_new({path: page.encode() for path, page in pages.items()})


if __name__ == "__main__":
    try:
        tell("\n".join(write("".join(sys.argv[1:2]))))
    except (ValueError, OSError) as error:
        sys.exit(str(error))
