"""A worksheet on paper: the chapter's forward and backward pass, to be computed by hand, and its key.

``python -m tools.worksheet 17`` writes both as pages that print on the two sides of two sheets each, and
``python -m tools.worksheet 17 large`` in large print. Every seed gives other numbers.
"""

import html
import sys
from types import SimpleNamespace

import numpy as np

from helpers import _language
from helpers._console import tell
from helpers._language import Sentences
from helpers._layout import Shape, around
from helpers._pictures import BACKWARD, FORWARD, PARAMETER
from helpers._validation import as_integer
from helpers.drawing import Arrow, decimal, drawn_arrow, places
from helpers.explorers.backward import STEPS
from helpers.explorers.page import math, shape
from helpers.functions import relu, squared_error
from helpers.gradient import gradient
from helpers.graph import run, topological_order
from helpers.operators import DECAY, one_hidden_layer
from tools.files import write_new

INPUTS, HIDDEN, OUTPUTS = 3, 2, 4  # all different, so that a transpose in the wrong place shows
ENTRIES = (-3, -2, -1, 1, 2, 3)  # of x and of the gaps between o and y
WEIGHTS = (-2, -1, 1, 2)
WEIGHT_DECAY = (0.1, 0.2, 0.5)
MOST = 9  # no target, hidden or output number is larger, nor any part of a gradient that comes from the loss
NUDGE = 0.01

# Pixels of the picture, of which 16 are as large as the text: 12 pt, or 18 pt in large print.
CELL, PRINTED = (70, 35), (34, 22)  # to write in, and for what is given
LETTERS, NAME, CIRCLE = 16, 18, 38
STEP, MARGIN = 125, 42  # from column to column, and left of the first
ROWS = {2: 32, 1: 118, 0: 218, -1.6: 396, -2.6: 492, -3.6: 574}  # the rows of the chapter's grid, from the top
MOVED = {(6, 1): (6, 92), (7, 1): (7, 129), (5, -2.6): (5, 446), (6, -2.6): (5.8, 511), (5, -3.6): (4.87, 560)}
SIZE = (2 * MARGIN + 7 * STEP, 646)
LANES = {"forward": 18, "backward": 430}  # where their names stand
INK, FAINT = "#222222", "#888888"

AND = r" \quad\text{and}\quad "
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

RAISED, LOWERED = {"⁽¹⁾": "(1)", "⁽²⁾": "(2)", "²": "2", "ᵀ": "T"}, {"ᵢ": "i", "ₖ": "k", "₂": "2"}

SENTENCES = Sentences() | {
    "title": "Forward and backward on paper: sheet {seed}",
    "key title": "Forward and backward on paper: key to sheet {seed}",
    "name": "Name",
    "date": "Date",
    "sheet": "Sheet {seed}",
    "given": "One example, φ = relu, λ = {weight_decay}, squared error L = ½ ‖o − y‖², no biases. "
    "The next pages have room to work.",
    "do": "Fill in the empty cells: the upper lane from left to right, then the lower lane from right to left.",
    "picture": "The two lanes of the graph",
    "left": "the left half",
    "right": "the right half",
    "here": "Given",
    "forward": "Forward",
    "backward": "Backward",
    "questions": "Questions",
    "to fill in": "{name}, {shape}, to fill in",
    "filled in": "{name}, {shape}",
    "up": "up",
    "down": "down",
    "seed": "SEED must be an integer >= 0, as in make worksheet SEED=17, got {seed!r}",
    "print": "PRINT must be large or nothing, as in make worksheet SEED=17 PRINT=large, got {print!r}",
}
QUESTIONS = Sentences() | {
    "double": "Double λ. Which values of this sheet change? What are s, J and the first entry of ∂J/∂W⁽¹⁾ then?",
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
@page {{ size: {turned}; margin: 8mm; }}
* {{ box-sizing: border-box; }}
:root {{ font-size: {letters}pt; }}
body {{ margin: 0 auto; max-width: {width}mm; background: white; color: #222;
  font: 1rem/1.3 "DejaVu Sans", Verdana, sans-serif; }}
section {{ padding-right: 1px; }}
section + section {{ break-before: page; }}
h1, h2 {{ font-size: 1.25rem; margin: 0; break-after: avoid; }}
p {{ margin: 0; }}
sup, sub {{ font-size: 1rem; line-height: 0; }}
header {{ display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 1rem; }}
header span {{ display: inline-block; border-bottom: 1px solid #222; width: 11rem; margin-left: 0.5rem; }}
section > svg {{ display: block; margin: 0 auto; max-width: none; }}
.columns {{ display: grid; gap: 0 1.5rem; flex: 1; }}
.columns > div {{ display: flex; flex-direction: column; }}
.step {{ flex: 1; display: flex; flex-wrap: wrap; align-content: flex-start; align-items: center;
  gap: 0.5rem; border-top: 1px solid #888;
  padding: 0.3rem 0; break-inside: avoid; }}
.step b {{ width: 1.6rem; }}
.step .equation {{ flex: 1; }}
.step > p {{ flex: 1 0 100%; }}
.given {{ display: flex; flex-wrap: wrap; gap: 0.5rem 2.5rem; align-items: center; margin: 0.5rem 0; }}
figure {{ margin: 0; text-align: center; }}
math {{ math-style: normal; margin: 0.15rem 0; font-size: 1.1rem;
  font-family: "Cambria Math", "STIX Two Math", "Latin Modern Math", math, serif; }}
msup > :last-child, msubsup > :not(:first-child) {{ font-size: 1rem; math-depth: 0; }}
table {{ border-collapse: collapse; margin: 0 auto; }}
td {{ border: 1px solid #555; width: 4.3rem; height: 2.15rem; text-align: center; padding: 0;
  font-variant-numeric: tabular-nums; }}
.given td {{ width: 2.2rem; height: 1.5rem; }}
ol {{ margin: 0; padding-left: 1.6rem; }}
li {{ margin-top: 1rem; break-inside: avoid; }}
li hr {{ border: 0; border-bottom: 1px solid #888; height: 2.3rem; margin: 0; }}
.answer {{ margin-top: 0.5rem; }}
@media print {{ section {{ min-height: {height}mm; display: flex; flex-direction: column; }} }}
@media screen {{
  body {{ padding: 8mm; max-width: calc({width}mm + 16mm); }}
  section {{ margin-bottom: 9mm; overflow-x: auto; }}
}}
@media print, (min-width: 800px) {{ .columns {{ grid-template-columns: {columns}; }} }}
</style>
</head>
<body>
<main>
{sections}
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


def worksheet(seed, key=False, large=False):
    """Return the page of a sheet as text, or that of its key.

    Parameters
    ----------
    seed : int
    key : bool
    large : bool
        Whether in large print: 18 pt, upright, with the picture on two pages that are laid side by side.

    Raises
    ------
    TypeError, ValueError
        If the seed is not a whole number, 0 or larger.
    """
    n = numbers(seed)
    words = _words(n)
    title = SENTENCES["key title" if key else "title"].format(seed=seed)
    name, date = ("" if key else f"{SENTENCES[name]}<span></span> " for name in ("name", "date"))
    steps = {tag: _step(tag, n, words if key else None) for tag in RESULTS}

    def headed(part, text):
        sheet = SENTENCES["sheet"].format(seed=seed)
        return f"<header><h2>{SENTENCES[part]}</h2><p>{name}{sheet}</p></header>\n{text}"

    def columns(lane):
        tags = [tag for tag in RESULTS if tag.startswith(lane)]
        halves = ("".join(steps[tag] for tag in part) for part in (tags[:3], tags[3:]))
        return f'<div class="columns">{"".join(f"<div>{half}</div>" for half in halves)}</div>'

    task = (SENTENCES["given"].format(weight_decay=decimal(n.weight_decay)), SENTENCES["do"])
    front = (
        f"<header><h1>{title}</h1><p>{name}{date}</p></header>\n{''.join(f'<p>{_typeset(text)}</p>' for text in task)}"
    )
    arrays = "".join(_array(name, value, True, _typeset(_named(name))) for name, value in n.given.items())
    given = f'<div class="given">{SENTENCES["here"]}{arrays}</div>'
    forward, backward = (
        headed("forward", columns("F") if large else given + columns("F")),
        headed("backward", columns("B")),
    )
    asked = headed("questions", f"<ol>{''.join(_question(name, words, key) for name in QUESTIONS)}</ol>")
    picture = _picture(n, n.given | (n.values if key else {}))
    if large:
        sections = [front + given, _svg(picture, "left"), _svg(picture, "right"), forward, backward, asked]
    else:
        sections = [front + _svg(picture), forward, backward, asked]
    return PAGE.format(
        language=_language.code,
        title=title,
        letters=18 if large else 12,
        turned="portrait" if large else "landscape",
        width=194 if large else 263,  # what A4 and Letter both have between the margins
        height=0 if large else 193,
        columns="1fr" if large else "1fr 1fr",
        sections="\n".join(f"<section>\n{section}</section>" for section in sections),
    )


def _picture(n, shown):
    """Return what is drawn of the two lanes: each variable is a square with a cell for each of its entries."""
    outputs = [n.variables[name] for name in ("J", "∂J/∂W1", "∂J/∂W2")]
    found, order = places(*outputs), topological_order(outputs)
    forward = {*topological_order(outputs[:1])}
    arrays = {n.variables[name]: (name, value) for name, value in (n.given | n.values).items()}
    squares = {v: arrays[v] for v in order if found[v]}
    middles, shapes, nodes, arrows = {}, {}, "", []
    for item in (*squares, *(v.operator for v in order if v.operator)):
        column, row = found[item]
        column, y = MOVED.get((column, row), (column, ROWS[row]))
        middles[item] = MARGIN + STEP * column, y
    for v in order:
        colour, thin, thick = (FORWARD, 1.6, 1.6) if v in forward else (BACKWARD, 2.4, 3)
        look = f'stroke="{colour}" stroke-width="{thick}"'
        if v in squares:
            name, value = squares[v]
            shapes[v], drawn = _square(v, name, value, name in shown, middles[v], look)
            nodes += drawn
        if not v.operator:
            continue
        shapes[v.operator] = Shape(CIRCLE, CIRCLE, True)
        nodes += _circle(v.operator.label, middles[v.operator], look)
        if v in squares:
            arrows.append(Arrow(v.operator, v, colour, thin, False))
        for i in v.operator.inputs:
            arrow = Arrow(i if i in squares else i.operator, v.operator, colour, thin, False)
            if v not in forward and i in forward:  # a stored value, or one that is given
                arrow = arrow._replace(colour=INK if i.operator else FAINT, width=1.6, dashed=True)
            arrows.append(arrow)
    routes = around(middles, shapes, [(arrow.tail, arrow.head) for arrow in arrows])
    lines = "".join(map(drawn_arrow, arrows, map(np.array, routes)))
    lanes = {LANES["forward"]: f"{SENTENCES['forward']} →", LANES["backward"]: f"← {SENTENCES['backward']}"}
    names = "".join(
        f'<text x="4" y="{y}" text-anchor="start" font-size="{NAME}" font-weight="bold">{text}</text>\n'
        for y, text in lanes.items()
    )
    return (
        f'<g font-family="DejaVu Sans, Verdana, sans-serif" text-anchor="middle" fill="{INK}">\n'
        f"{names}{lines}{nodes}</g>\n"
    )


def _svg(drawn, half=None):
    """Return a picture, or its left or right half. None of its squares lies in both."""
    width, height = SIZE
    left, part = (width / 2 if half == "right" else 0), (width / 2 if half else width)
    label = f"{SENTENCES['picture']}, {SENTENCES[half]}" if half else SENTENCES["picture"]
    return (
        f'<svg role="img" aria-label="{label}" viewBox="{left} 0 {part} {height}" '
        f'style="width: {part / LETTERS}rem; height: {height / LETTERS}rem">\n{drawn}</svg>\n'
    )


def _square(v, name, value, filled, middle, look):
    """Return the shape of a square, and its SVG: the name on top, and below a cell for each entry of the value."""
    value = np.atleast_2d(value)
    wide, high = CELL if v.operator else PRINTED
    width, height = 8 + wide * value.shape[1], 28 + high * value.shape[0]
    x, y = middle[0] - width / 2, middle[1] - height / 2
    look += f' fill="{PARAMETER}" fill-opacity="0.25"' if v.parameter else ' fill="white"'
    drawn = f'<rect {look} x="{x:g}" y="{y:g}" width="{width}" height="{height}"/>\n'
    drawn += _text(_named(name), middle[0], y + 20, NAME)
    for (i, k), entry in np.ndenumerate(value):
        left, top = x + 4 + wide * k, y + 24 + high * i
        place = f'x="{left:g}" y="{top:g}" width="{wide}" height="{high}"'
        drawn += f'<rect class="cell" fill="white" stroke="{INK}" {place}/>\n'
        if filled:
            drawn += _text(decimal(entry), left + wide / 2, top + high / 2 + 6)
    return Shape(width, height, False), f'<g class="node">\n{drawn}</g>\n'


def _circle(label, middle, look):
    x, y = middle
    circle = f'<circle {look} fill="white" cx="{x:g}" cy="{y:g}" r="{CIRCLE / 2:g}"/>\n'
    return f'<g class="node">\n{circle}{_text(label, x, y + 6)}</g>\n'


def _text(text, x, y, size=LETTERS):
    """Return a text as SVG. What is raised or lowered in it is as large as the rest of the sheet."""
    up, down = (
        f'<tspan dy="{dy}" font-size="{LETTERS}">{{}}</tspan><tspan dy="{-dy}">\u200b</tspan>' for dy in (-5, 5)
    )
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}">{_typeset(text, up, down)}</text>\n'


def _typeset(text, up="<sup>{}</sup>", down="<sub>{}</sub>"):
    """Return a text with its small letters as large ones, which are raised or lowered."""
    text = html.escape(text).replace("½", "1/2")
    for forms, form in ((RAISED, up), (LOWERED, down)):
        for small, large in forms.items():
            text = text.replace(small, form.format(large))
    return text


def _step(tag, n, words):
    """Return the equation of a tag with its arrays, empty unless there are words to explain them."""
    filled, lines, equation = words is not None, EQUATIONS[tag].split(AND), ""
    captions = [f"<div>{math(line)}</div>" for line in lines]
    if len(lines) == 1:
        first, *_, last = lines[0].split(" = ")
        equation, captions = math(f"{first} = {last}"), [_typeset(_named(name)) for name in RESULTS[tag]]
    arrays = "".join(
        _array(name, n.values[name], filled, caption) for name, caption in zip(RESULTS[tag], captions, strict=True)
    )
    told = f"<p>{_typeset(EXPLANATIONS[tag].format(**words))}</p>" if words else ""
    return f'<div class="step"><b>{tag}</b><div class="equation">{equation}</div>{arrays}{told}</div>'


def _question(name, words, key):
    """Return a question with lines to write on, or with its answer."""
    below = f'<p class="answer">{_typeset(ANSWERS[name].format(**words))}</p>' if key else "<hr/>" * 5
    return f"<li>{_typeset(QUESTIONS[name].format(nudge=NUDGE))}{below}</li>"


def _array(name, value, filled, caption):
    label = SENTENCES["filled in" if filled else "to fill in"].format(name=_named(name), shape=shape(value) or "1")
    rows = "".join(
        "<tr>" + "".join(f"<td>{decimal(v) if filled else ''}</td>" for v in row) + "</tr>"
        for row in np.atleast_2d(value)
    )
    return f'<figure>{caption}<table aria-label="{html.escape(label)}">{rows}</table></figure>'


def _named(name):
    return name.replace("W1", "W⁽¹⁾").replace("W2", "W⁽²⁾")


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


def write(seed, size=""):
    """Write a sheet and its key into this folder, and return the sentences that say so.

    Parameters
    ----------
    seed : str
        As typed.
    size : {"", "large"}

    Raises
    ------
    ValueError
        If it is not a whole number, 0 or larger, or another size.
    FileExistsError
        If there are such files already, and they differ.
    """
    if not seed.isdecimal():
        raise ValueError(SENTENCES["seed"].format(seed=seed))
    if size not in ("", "large"):
        raise ValueError(SENTENCES["print"].format(print=size))
    name, large = f"worksheet-{int(seed)}", size == "large"
    files = {"": False, "-key": True}
    pages = {f"{name}{'-large' * large}{end}.html": worksheet(int(seed), key, large) for end, key in files.items()}
    return write_new({path: page.encode() for path, page in pages.items()})


if __name__ == "__main__":
    try:
        tell("\n".join(write(*(sys.argv[1:3] or [""]))))
    except (ValueError, OSError) as error:
        sys.exit(str(error))
