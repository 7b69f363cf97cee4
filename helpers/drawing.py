"""Pictures of computational graphs: graph → DOT → SVG, rendered in this process by pygraphviz."""

import html
import os
import re
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from functools import cache, cached_property, lru_cache, partial
from threading import Lock
from typing import NamedTuple

import graphviz
import numpy as np
import pygraphviz

from helpers._pictures import BACKWARD, FORWARD, PARAMETER, Picture
from helpers._validation import check_kind, plain_array, short
from helpers.gradient import gradient
from helpers.graph import Variable, topological_order
from helpers.operators import one_hidden_layer

FONT = "DejaVu Sans"
MOST = 60  # operators in one picture
INK, FAINT, LIT = "#222222", "#999999", "#F0E442"

SENTENCES = {
    "title": "Computational graph of {outputs}",
    "step": "{output} from {part}",
    "part": "{label} of {inputs}",
    "number": "#{number}",
    "forward": "Forward: {steps}.",
    "backward": "Backward: {steps}.",
    "kept": "Kept for the backward pass: {names}.",
    "no kept": "No intermediate variable is kept for the backward pass.",
    "value": "{name} is {value}",
    "values": "Values: {values}.",
    "missing": "not computed yet",
    "array": "{shape}, norm {norm:.3g}",
    "part of it": "Only the last {most} of its {count} operators are shown.",
    "lit": "The operator of the moment computes {output}.",
}


class Drawing(Picture):
    """A drawn graph: a `Picture`, with its DOT and SVG as text.

    Attributes
    ----------
    dot, svg : str
    inline : str
        The SVG to stand in a page among other things: named by its title alone, and without an id that could clash.
    """

    def __init__(self, make_dot, body, title, sentence, width):
        self._make_dot = make_dot
        anonymous = re.sub(r' id="\w+"| xmlns(:xlink)?="[^"]*"|<!--.*?-->\n', "", body)
        self.inline = anonymous.replace("<svg ", f'<svg role="img" aria-label="{html.escape(title)}" ', 1)
        head = f'<title id="title">{html.escape(title)}</title>\n<desc id="desc">{html.escape(sentence)}</desc>\n'
        named = body.replace("<svg ", '<svg role="img" aria-labelledby="title desc" ', 1)
        self.svg = re.sub(r"(<svg[^>]*>\n)", lambda tag: tag[1] + head, named, count=1)
        super().__init__(self.svg.encode(), sentence=sentence, width=width)

    @property
    def dot(self):
        return self._make_dot().source


def draw(*outputs, values=None, highlight=None):
    """Draw the graph that computes `outputs`.

    Squares are variables and circles are operators; parameters are filled. What computes gradients is drawn in a
    second colour, in a lane of its own where the graph is the chapter's. A dashed arrow runs from a forward
    variable to a backward operator that needs its value: strong from an intermediate variable, which has to be kept
    for the purpose, faint from inputs and parameters, which are there anyway.

    Parameters
    ----------
    *outputs : Variable
        The chapter's picture is ``draw(c.J)``; with gradients, ``draw(c.J, dW1, dW2)``.
    values : dict, optional
        From variables to arrays. Each is shown as a number, or as shape and norm; a variable without one says "not
        computed yet".
    highlight : Variable, optional
        The variable whose operator is lit up.

    Returns
    -------
    Drawing

    Raises
    ------
    TypeError
        If something other than a Variable is to be drawn, or other than numbers to be shown.
    ValueError
        If nothing is to be drawn, or a variable in `values` or `highlight` is not in the graph.

    Examples
    --------
    >>> from helpers.operators import add
    >>> a = Variable("a")
    >>> draw(add(a, a, name="b"))
    Computational graph of b. Forward: b from + of a and a.
    """
    if not outputs:
        raise ValueError("draw() needs at least one variable")
    for v in outputs:
        if not isinstance(v, Variable):
            raise TypeError(f"draw(): expected variables, got {short(v)}")
    return Layout(outputs, wide=values is not None).drawing(values, highlight)


def decimal(value):
    """Return a number as one writes it by hand, with a proper minus.

    Examples
    --------
    >>> decimal(0.1 + 0.2), decimal(-12.0)
    ('0.3', '−12')
    """
    return f"{round(float(value), 9) + 0.0:.6g}".replace("-", "−")


class Layout:
    """A graph laid out once, to be filled in with values any number of times.

    Laying out is nearly all the work of a picture, and the places do not depend on the values.

    Parameters
    ----------
    outputs : sequence of Variable
    wide : bool
        Whether the squares have room for values.
    entries : bool
        Whether they have room for every entry of a small array, and stay empty where a value is missing: a place to
        write in. A column is written as a row, with a ᵀ.
    only : sequence of Variable, optional
        Those whose operators are drawn; otherwise all, or the last ones of many.

    Attributes
    ----------
    order : list of Variable
        All that is drawn, each after the inputs of its operator.
    """

    def __init__(self, outputs, wide=True, entries=False, only=None):
        self._all = topological_order(outputs)
        self._graph = _Graph(self._all, outputs, only)
        self.order, self._boxes = self._graph.order, ENTRIES if entries else VALUES if wide else NAMES
        svg, self._width = _svg(_dot(self._graph, self._boxes))
        self._parts = re.split(r'(?s)(<g id="\w+" class="node">.*?</g>)', svg)  # every second one is a node
        names = {f"{letter}{k}": v for k, v in enumerate(self.order) for letter in "vo"}
        self._nodes = [names.get(re.search("<title>(.*?)</title>", node)[1]) for node in self._parts[1::2]]

    @np.errstate(all="ignore")  # a norm too large for its dtype is shown as inf
    def drawing(self, values=None, highlight=None):
        """Return the picture with `values` filled in, as `draw` does.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as `draw` wants it, or a variable in `values` or `highlight` is not in the graph.
        """
        check_kind("values", values, dict | None, "a dict from variables to arrays")
        check_kind("highlight", highlight, Variable | None, "a Variable")
        known = {*self._all}
        for name, given in (("values", values or ()), ("highlight", [highlight] if highlight is not None else ())):
            for v in given:
                if v not in known:
                    raise ValueError(f"{name}: {v!r} is not in the graph")
        values = values and {v: _numbers(v, value) for v, value in values.items()}
        if highlight is not None and not highlight.operator:
            raise ValueError(f"highlight: expected a variable that an operator computes, got {highlight!r}")
        parts = self._parts.copy()
        for k, v in enumerate(self._nodes):
            node = parts[2 * k + 1]
            if "<ellipse" not in node:
                parts[2 * k + 1] = _with_lines(node, tuple(self._boxes.lines(values, v)))
            else:
                parts[2 * k + 1] = _with_lines(_lit(node) if v is highlight else node, ())
        sentence = _describe(self._graph, values, highlight)
        title = _clean(SENTENCES["title"].format(outputs=_listed(self._graph.outputs)))
        body = re.sub(
            r"(?s)<title>.*?</title>\n", "", "".join(parts)
        )  # Graphviz's own, which hold its names of the nodes
        make_dot = partial(_dot, self._graph, self._boxes, values, highlight)
        return Drawing(make_dot, body, title, sentence, self._width)


# The chapter's grid, as (column, row): of each variable its square, and the circle of the operator that computes it.
TOP, MIDDLE, LOW = -1.6, -2.6, -3.6  # the rows of the backward lane
GRID = {
    "x": ((0, 0), None),
    "y": ((7, 1), None),
    "W1": ((1, 1), None),
    "W2": ((5, 1), None),
    "z": ((2, 0), (1, 0)),
    "h": ((4, 0), (3, 0)),
    "o": ((6, 0), (5, 0)),
    "L": ((6, 1), (7, 0)),
    "s": ((3, 2), (3, 1)),
    "J": ((7, 2), (5, 2)),
}
# Likewise of each gradient; where it is a sum, the circles of the two that are added come last.
BACKWARD_GRID = {
    "L": ((6, LOW), (7, LOW)),
    "s": ((3, LOW), (3, MIDDLE)),
    "o": ((6, TOP), (7, TOP)),
    "W2": ((5, LOW), (5, MIDDLE), (4, MIDDLE), (6, MIDDLE)),
    "h": ((4, TOP), (5, TOP)),
    "z": ((2, TOP), (3, TOP)),
    "W1": ((1, LOW), (1, MIDDLE), (2, MIDDLE), (1, TOP)),
}


@cache
def _chapter():
    """Return the chapter's graph with its gradients: a dict from variables and operators to their places."""
    c = vars(one_hidden_layer())
    gradients = gradient(c["J"], [c[name] for name in BACKWARD_GRID])
    found = {}
    for v, (square, circle, *parts) in [
        *((c[name], row) for name, row in GRID.items()),
        *zip(gradients, BACKWARD_GRID.values(), strict=True),
    ]:
        found[v] = square
        if v.operator:
            found[v.operator] = circle
            for i, part in zip(v.operator.inputs, parts, strict=False):
                found[i], found[i.operator] = None, part  # it has no name, and so no square
    return found


def places(*outputs):
    """Return the column and the row that the chapter's picture gives to variables and operators.

    Parameters
    ----------
    *outputs : Variable

    Returns
    -------
    dict
        From variables and operators to pairs. Only what is built as the chapter's graph is has a place.

    Examples
    --------
    >>> c = one_hidden_layer()
    >>> places(c.J)[c.x], places(c.J)[c.z.operator]
    ((0, 0), (1, 0))
    """
    chapter, twins = _chapter(), {}
    for v in [*outputs, *(u.objective for u in topological_order(outputs) if u.objective is not None)]:
        for w in chapter:
            if isinstance(w, Variable) and w.operator and (found := _twins(v, w, twins)):
                twins = found
                break
    return {v: chapter[w] for v, w in twins.items()}


def _twins(v, w, known):
    """Return `known` with all that v is made of, and what it corresponds to in w, or None if the graphs differ."""
    if v in known:
        return known if known[v] is w else None
    known = known | {v: w}
    a, b = v.operator, w.operator
    if a is None or b is None:
        return known if a is b else None
    if a.rule is not b.rule or len(a.inputs) != len(b.inputs) or (v.of is None) != (w.of is None):
        return None
    known[a] = b
    pairs = [
        *zip(a.inputs, b.inputs, strict=True),
        *([(v.of, w.of), (v.objective, w.objective)] if v.of is not None else ()),
    ]
    for i, j in pairs:
        known = _twins(i, j, known)
        if known is None:
            return None
    return known


class _Graph:
    """What a picture shows of a graph: which variables belong to the backward pass, and which are kept for it."""

    def __init__(self, order, outputs, only=None):
        operators = {v: v.operator for v in order if v.operator}
        self.count = len(operators)  # a picture of more than MOST would be too wide to read: the last ones are shown
        self.operators = dict([*operators.items()][-MOST:]) if only is None else {v: v.operator for v in only}
        shown = {
            *(outputs if only is None else ()),
            *self.operators,
            *(i for operator in self.operators.values() for i in operator.inputs),
        }
        self.order, self.outputs = [v for v in order if v in shown], outputs
        objectives = [v.objective for v in order if v.objective is not None]
        forward = set(topological_order(objectives or outputs))
        self.backward = {v for v in self.order if v not in forward}
        needed = {i for v in self.backward & self.operators.keys() for i in v.operator.inputs}
        self.kept = [v for v in self.order if v in needed and self.is_kept(v)]
        # A variable without a name has no square: the arrow runs on to the next circle.
        self.squares = [v for v in self.order if v.name or v not in self.operators or v in outputs]

    def is_kept(self, v):
        """Whether v is an intermediate variable of the forward pass, that a backward operator would have to keep."""
        return v not in self.backward and v.operator is not None

    @cached_property
    def places(self):
        """The places in the chapter's grid, or None unless everything has one, and each its own."""
        found = places(*self.outputs)
        nodes = [*self.squares, *self.operators.values()]
        own = {found.get(node) for node in nodes} - {None}
        return found if len(own) == len(nodes) else None


def _value_lines(values, v):
    """Return the lines that stand for a value in a square: a short number, or shape and norm."""
    if not values or v not in values:
        return SENTENCES["missing"].split()
    value = values[v]
    if value.ndim == 0:
        return [f"{float(value):.4g}"]
    if value.size == 1 and value.dtype.kind in "iu":  # the class of one example, whose norm says nothing
        return [f"{value.item()}"]
    return ["×".join(map(str, np.shape(value))), f"‖·‖ {np.linalg.norm(np.ravel(value)):.3g}"]


def _entry_lines(values, v):
    """Return the lines that hold all entries of a value; empty ones fill up, so that the name stands at the top."""
    lines = []
    if values and v in values:
        value = values[v]
        column = value.ndim == 2 and value.shape[1] == 1 < len(value)
        lines = ["\u2002".join(map(decimal, row)) for row in np.atleast_2d(value.T if column else value)]
        lines = [f"({lines[0]})ᵀ"] if column else lines
    return lines + [""] * (4 - len(lines))


_GRAPHVIZ = Lock()


class _Boxes(NamedTuple):
    """How large the squares are and how far apart, in inches, and which lines stand in one for a value."""

    step: tuple
    width: float
    letter: float
    height: float
    font_size: str
    lines: Callable


NAMES = _Boxes((0.92, 0.82), 0.62, 0.095, 0.62, "14", lambda values, v: [])
VALUES = _Boxes((1.2, 0.93), 1.0, 0.09, 0.74, "9.5", _value_lines)
ENTRIES = _Boxes((1.55, 1.1), 1.38, 0.09, 0.94, "10", _entry_lines)


def _dot(graph, boxes, values=None, highlight=None):
    pinned, step = graph.places, boxes.step
    ids = {v: k for k, v in enumerate(graph.order)}
    dot = graphviz.Digraph(
        engine="neato" if pinned else "dot",
        graph_attr={"bgcolor": "white", "splines": "true", "outputorder": "edgesfirst", "pad": "0.1", "rankdir": "LR"},
        node_attr={"fontname": FONT, "fixedsize": "true", "fontcolor": INK, "style": "filled", "fillcolor": "white"},
        edge_attr={"arrowsize": "0.7", "penwidth": "1.4"},
    )

    def where(node):
        return {"pos": f"{pinned[node][0] * step[0]:.3f},{pinned[node][1] * step[1]:.3f}!"} if pinned else {}

    def colour(v):
        return BACKWARD if v in graph.backward else FORWARD

    for v in graph.squares:
        lines = [v.name or ("…" if v.operator and v not in graph.operators else "")]
        if values is not None:
            lines += boxes.lines(values, v)
        longest = len(v.name)
        fill = f"{PARAMETER}66" if v.parameter else "white"
        dot.node(
            f"v{ids[v]}",
            _label("\n".join(lines)),
            shape="box",
            width=f"{max(boxes.width, boxes.letter * longest):.2f}",
            height=f"{boxes.height:.2f}",
            color=colour(v) if v in graph.operators else INK,
            fillcolor=fill,
            penwidth="1.6",
            fontsize=boxes.font_size if longest <= 3 or boxes is not NAMES else "10",
            **where(v),
        )
    for v in graph.operators:
        lit = {"fillcolor": LIT, "penwidth": "4"} if v is highlight else {"penwidth": "1.6"}
        dot.node(
            f"o{ids[v]}",
            _label(v.operator.label),
            shape="circle",
            width="0.46",
            color=colour(v),
            fontsize="13" if len(v.operator.label) <= 3 else "10",
            **lit,
            **where(v.operator),
        )
        if v in graph.squares:
            dot.edge(f"o{ids[v]}", f"v{ids[v]}", color=colour(v))
        for i in v.operator.inputs:
            start = f"v{ids[i]}" if i in graph.squares else f"o{ids[i]}"
            style = {"color": colour(v)}
            if v in graph.backward and i not in graph.backward:
                kept = graph.is_kept(i)
                style = {"color": INK if kept else FAINT, "style": "dashed", "penwidth": "2" if kept else "1.1"}
            dot.edge(start, f"o{ids[v]}", **style)
    return dot


def _clean(text):
    """Replace what XML cannot hold, such as control characters."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


def _label(text):
    text = "\n".join(line or "\u00a0" for line in text.split("\n"))  # an empty first line can crash Graphviz
    # Graphviz reads entities, so that a name such as &lt; would come out as something else.
    return graphviz.nohtml(graphviz.escape(_clean(text).replace("&", "&amp;")).replace("\n", r"\n"))


def _numbers(v, value):
    """Return the value of a variable as an array; NaN and infinity can be shown too."""
    array = plain_array(f"the value of {v!r}", value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"the value of {v!r} must hold real numbers, got dtype {array.dtype}")
    return array


def _svg(dot):
    with _GRAPHVIZ, _no_stderr():  # the C library has one state for all threads, and a process one stderr
        svg = pygraphviz.AGraph(string=dot.source).draw(format="svg", prog=dot.engine).decode()
    svg = svg[svg.index("<svg") :]
    width = round(float(re.search(r'<svg width="([\d.]+)pt"', svg)[1]) * 4 / 3)
    svg = svg.replace(f'font-family="{FONT}"', f'font-family="{FONT}, Verdana, sans-serif"')
    return re.sub(r"(?<!\w)([WbJ∂])(\d+)(?=[</ ]|$)", _raised, svg), width


@lru_cache(maxsize=1000)  # when a slider moves, most nodes say what they said before
def _with_lines(node, values):
    """Put the lines of a node, and the lines of its value, around its middle.

    Graphviz puts them where the fonts of this machine tell it to.
    """
    texts = re.findall(r"<text [^>]*>.*?</text>\n", node)
    if not texts:
        return node
    shape = re.search(r' cy="([-\d.]+)"| points="([^"]*)"', node)
    heights = [float(shape[1])] if shape[1] else [float(pair.split(",")[1]) for pair in shape[2].split()]
    middle = (min(heights) + max(heights)) / 2
    tag = re.match("<text [^>]*>", texts[0])[0]
    size = float(re.search(r'font-size="([\d.]+)"', tag)[1])
    texts += [f"{tag}{line}</text>\n" for line in values]
    for k, text in enumerate(texts):
        baseline = middle + size * (1.2 * (k - (len(texts) - 1) / 2) + 0.35)
        texts[k] = re.sub(r'(<text [^>]*? y=")[-\d.]+', lambda start, y=baseline: f"{start[1]}{y:.2f}", text)
    return node[: node.index("<text ")] + "".join(texts) + "</g>"


def _lit(node):
    return re.sub(
        r'(<ellipse fill=)"white"(.*?) stroke-width="[\d.]+"', rf'\1"{LIT.lower()}"\2 stroke-width="4.0"', node
    )


def _raised(match):
    return f'{match[1]}<tspan dy="-0.4em" font-size="70%">({match[2]})</tspan><tspan dy="0.28em">\u200b</tspan>'


@contextmanager
def _no_stderr():
    """Keep Graphviz's C library from writing to the terminal: its fontconfig warns of files that are none of ours."""
    sys.stderr.flush()
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


def _listed(items):
    items = [item if isinstance(item, str) else repr(item) for item in items]
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def _describe(graph, values, highlight):
    """Return the picture in words: every step in order, then what is kept, lit, and known."""

    # A variable without a name is told where it is used, if it is used once and made of named ones, and else numbered.
    uses = Counter(i for operator in graph.operators.values() for i in operator.inputs)
    inline, numbers = set(), {}
    for v in graph.order:
        if v not in graph.squares:
            if uses[v] == 1 and inline.isdisjoint(v.operator.inputs):
                inline.add(v)
            else:
                numbers[v] = SENTENCES["number"].format(number=len(numbers) + 1)

    def part(v):
        if not v.operator.inputs:
            return v.operator.label
        return SENTENCES["part"].format(label=v.operator.label, inputs=_listed([told(i) for i in v.operator.inputs]))

    def told(v):
        return part(v) if v in inline else numbers.get(v, repr(v))

    def steps(backward):
        return "; ".join(
            SENTENCES["step"].format(output=told(v), part=part(v))
            if v.operator.inputs
            else f"{told(v)} = {v.operator.label}"
            for v in graph.order
            if v in graph.operators and v not in inline and (v in graph.backward) == backward
        )

    sentences = [SENTENCES["title"].format(outputs=_listed(graph.outputs)) + "."]
    if graph.count > MOST:
        sentences.append(SENTENCES["part of it"].format(most=MOST, count=graph.count))
    if steps(False):
        sentences.append(SENTENCES["forward"].format(steps=steps(False)))
    if graph.backward:
        sentences.append(SENTENCES["backward"].format(steps=steps(True)))
        kept = SENTENCES["kept"].format(names=_listed(graph.kept)) if graph.kept else SENTENCES["no kept"]
        sentences.append(kept)
    if highlight is not None:
        sentences.append(SENTENCES["lit"].format(output=highlight))
    if values is not None:
        told_values = [
            SENTENCES["value"].format(name=v, value=_told(values[v]) if v in values else SENTENCES["missing"])
            for v in graph.squares
        ]
        sentences.append(SENTENCES["values"].format(values="; ".join(told_values)))
    return _clean(" ".join(sentences))


def _told(value):
    if np.ndim(value) == 0:
        return f"{float(value):.4g}"
    return SENTENCES["array"].format(shape=" × ".join(map(str, np.shape(value))), norm=np.linalg.norm(np.ravel(value)))
