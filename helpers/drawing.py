"""Pictures of computational graphs as SVG."""

import html
import re
from collections import Counter
from collections.abc import Callable
from functools import cache, cached_property, partial
from typing import NamedTuple

import graphviz
import numpy as np

from helpers._language import Sentences, joined
from helpers._layout import Shape, around, in_lanes
from helpers._pictures import BACKWARD, FORWARD, PARAMETER, Picture
from helpers._validation import check_kind, plain_array, short
from helpers.gradient import gradient
from helpers.graph import Variable, topological_order
from helpers.operators import one_hidden_layer

FONT = "DejaVu Sans"
MOST = 60  # operators in one picture
WIDTH = 800  # pixels that a picture should fit into
PAD = 8
NAME, SIGN, LABEL, SMALL = 15, 16, 12, 11  # the sizes of names, short and long labels of operators, and values
LONGEST = 300  # pixels of a name: some 40 letters can still be read
CIRCLE = 38
INK, FAINT, LIT = "#222222", "#999999", "#F0E442"

SENTENCES = Sentences() | {
    "title": "Computational graph of {outputs}",
    "titled": "{title}.",
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
    "cut": "Cut at {at}: {moved}, and the rest stays.",
    "follows": "{names} follows",
    "follow": "{names} follow",
    "nothing follows": "nothing follows",
}


class Drawing(Picture):
    """A drawn graph: a `Picture`, with its SVG as text, and the graph in Graphviz's language.

    Attributes
    ----------
    dot, svg : str
    inline : str
        The SVG to stand in a page among other things: named by its title alone, and without an id that could clash.
    """

    def __init__(self, make_dot, size, body, title, sentence):
        self._make_dot = make_dot
        width, height = size
        measures = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        self.inline = f'<svg role="img" aria-label="{html.escape(title)}" {measures}>\n{body}</svg>\n'
        self.svg = (
            f'<svg role="img" aria-labelledby="title desc" {measures} xmlns="http://www.w3.org/2000/svg">\n'
            f'<title id="title">{html.escape(title)}</title>\n<desc id="desc">{html.escape(sentence)}</desc>\n'
            f"{body}</svg>\n"
        )
        super().__init__(self.svg.encode(), sentence=sentence, width=width)

    @property
    def dot(self):
        return self._make_dot().source


def draw(*outputs, values=None, highlight=None, cut=None):
    """Draw the graph that computes `outputs`.

    Squares are variables and circles are operators; parameters are filled. What computes gradients is drawn in a
    second colour, in a lane of its own: below, or, where the graph is too long to lie, on the right. A dashed arrow
    runs from a forward variable to a backward operator that needs its value: strong from an intermediate variable,
    which has to be kept for the purpose, faint from inputs and parameters, which are there anyway.

    Parameters
    ----------
    *outputs : Variable
        The chapter's picture is ``draw(c.J)``; with gradients, ``draw(c.J, dW1, dW2)``.
    values : dict, optional
        From variables to arrays. Each is shown as a number, or as shape and norm; a variable without one says "not
        computed yet".
    highlight : Variable, optional
        The variable whose operator is lit up.
    cut : Variable, optional
        Where the graph is cut: the variable is lit up, what is computed from it is in colour, and all else is pale, the
        parameters too. The arrow that led to it is dashed.

    Returns
    -------
    Drawing

    Raises
    ------
    TypeError
        If something other than a Variable is to be drawn, or other than numbers to be shown.
    ValueError
        If nothing is to be drawn, or a variable in `values`, `highlight` or `cut` is not in the graph.

    Examples
    --------
    >>> from helpers.operators import add
    >>> a = Variable("a")
    >>> draw(add(a, a, name="b"))
    Computational graph of b. Forward: b from + of a and a.
    >>> draw(add(a, a, name="b"), cut=a)
    Computational graph of b. Forward: b from + of a and a. Cut at a: b follows, and the rest stays.
    """
    if not outputs:
        raise ValueError("draw() needs at least one variable")
    for v in outputs:
        if not isinstance(v, Variable):
            raise TypeError(f"draw(): expected variables, got {short(v)}")
    return Layout(outputs, wide=values is not None, cut=cut).drawing(values, highlight)


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
    only : sequence of Variable, optional
        Those whose operators are drawn; otherwise all, or the last ones of many.
    cut : Variable, optional
        As for `draw`.

    Attributes
    ----------
    order : list of Variable
        All that is drawn, each after the inputs of its operator.
    """

    def __init__(self, outputs, wide=True, only=None, cut=None):
        self._all = topological_order(outputs)
        check_kind("cut", cut, Variable | None, "a Variable")
        if cut is not None and cut not in self._all:
            raise ValueError(f"cut: {cut!r} is not in the graph")
        self._graph = graph = _Graph(self._all, outputs, only, cut)
        self.order, self._boxes = graph.order, VALUES if wide else NAMES
        self._nodes, self._arrows = _nodes(graph, self._boxes), _arrows(graph)
        shapes = {name: node.shape for name, node in self._nodes.items()}
        pairs = [(arrow.tail, arrow.head) for arrow in self._arrows]
        if graph.places:
            right, up = self._boxes.step
            middles = {name: graph.places[node.shows] for name, node in self._nodes.items()}
            middles = {name: (right * column, -up * row) for name, (column, row) in middles.items()}
            routes = around(middles, shapes, pairs)
        else:
            lanes, twins = _lanes(graph, self._nodes)
            middles, routes = in_lanes(shapes, lanes, twins, pairs, WIDTH - 2 * PAD)
        points = [point for route in routes for point in route]
        for name, (x, y) in middles.items():
            shape = shapes[name]
            points += [(x + sign * shape.width / 2, y + sign * shape.height / 2) for sign in (-1, 1)]
        corner = np.min(points, axis=0) - PAD
        self._size = tuple(np.ceil(np.max(points, axis=0) + PAD - corner).astype(int).tolist())
        self._middles = {name: (np.array(middle) - corner).tolist() for name, middle in middles.items()}
        self._lines = "".join(map(drawn_arrow, self._arrows, [np.array(route) - corner for route in routes]))

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
        make_dot = partial(_dot, self._graph, self._boxes, self._nodes, self._arrows, values, highlight)
        nodes = []
        for name, node in self._nodes.items():
            lines = [] if node.shape.is_round else self._boxes.lines(values, node.v)
            lit = node.shape.is_round and node.v is highlight
            nodes.append(_drawn_node(node, self._middles[name], lines, self._boxes.size, lit))
        width, height = self._size
        body = (
            f'<g class="graph" font-family="{FONT}, Verdana, sans-serif" text-anchor="middle" fill="{INK}">\n'
            f'<polygon fill="white" stroke="none" points="0,0 {width},0 {width},{height} 0,{height}"/>\n'
            f"{self._lines}{''.join(nodes)}</g>\n"
        )
        title = _clean(SENTENCES["title"].format(outputs=_listed(self._graph.outputs)))
        return Drawing(make_dot, self._size, body, title, _describe(self._graph, values, highlight))


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

    def __init__(self, order, outputs, only=None, cut=None):
        operators = {v: v.operator for v in order if v.operator}
        self.count = len(operators)  # a picture of more than MOST would be too large to read: the last ones are shown
        self.operators = dict([*operators.items()][-MOST:]) if only is None else {v: v.operator for v in only}
        inputs = {i for operator in self.operators.values() for i in operator.inputs}
        shown = {*self.operators, *inputs, *(outputs if only is None else ())}
        self.order, self.outputs = [v for v in order if v in shown], outputs
        objectives = [v.objective for v in order if v.objective is not None]
        forward = set(topological_order(objectives or outputs))
        self.backward = {v for v in self.order if v not in forward}
        needed = {i for v in self.backward & self.operators.keys() for i in v.operator.inputs}
        self.kept = [v for v in self.order if v in needed and self.is_kept(v)]
        self.cut, self.moved = cut, {cut}
        for v in order:
            if v is not cut and v.operator and not self.moved.isdisjoint(v.operator.inputs):
                self.moved.add(v)
        # A variable without a name has no square: the arrow runs on to the next circle.
        self.squares = [v for v in self.order if v.name or v not in self.operators or v in outputs]

    def is_kept(self, v):
        """Whether v, were it needed on the way back, would have to be kept: a result of the forward pass."""
        return v not in self.backward and v.operator is not None and bool(v.operator.inputs)

    def colour(self, v):
        if self.cut is not None and v not in self.moved:
            return FAINT
        return BACKWARD if v in self.backward else FORWARD

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


class _Boxes(NamedTuple):
    """How large squares are and how far apart, and which lines, of which size, stand in one for a value."""

    step: tuple  # of the grid
    width: float
    height: float
    size: float
    lines: Callable


NAMES = _Boxes((100, 80), 46, 46, NAME, lambda values, v: [])
VALUES = _Boxes((100, 90), 82, 66, SMALL, _value_lines)


class _Node(NamedTuple):
    """A square, or the circle of an operator."""

    v: Variable  # whose square it is, or that the operator computes
    shows: object  # v, or the operator
    text: str
    size: float  # of the text
    shape: Shape
    colour: str
    fill: str


class Arrow(NamedTuple):
    tail: str
    head: str
    colour: str
    width: float
    dashed: bool


def _nodes(graph, boxes):
    """Return what is to be drawn for variables and operators, by names for the DOT."""
    ids, found = {v: k for k, v in enumerate(graph.order)}, {}
    for v in graph.squares:
        text = _clean(v.name) or ("…" if v.operator and v not in graph.operators else "")
        size, width = _fitted(text, NAME)
        colour = graph.colour(v) if v in graph.operators or graph.cut is not None else INK
        fill = LIT if v is graph.cut else PARAMETER if v.parameter and graph.cut is None else "white"
        found[f"v{ids[v]}"] = _Node(
            v, v, text, size, Shape(max(boxes.width, width + 12), boxes.height, False), colour, fill
        )
    for v in graph.operators:
        text = _clean(v.operator.label)
        size, width = _fitted(text, SIGN if len(text) <= 3 else LABEL)
        shape = Shape(max(CIRCLE, width + 14), CIRCLE, True)
        colour = FAINT if v is graph.cut else graph.colour(v)
        found[f"o{ids[v]}"] = _Node(v, v.operator, text, size, shape, colour, "white")
    return found


def _arrows(graph):
    ids, found = {v: k for k, v in enumerate(graph.order)}, []
    for v in graph.operators:
        if v in graph.squares:
            is_cut = v is graph.cut
            colour = FAINT if is_cut else graph.colour(v)
            found.append(Arrow(f"o{ids[v]}", f"v{ids[v]}", colour, 1.6, is_cut))
        for i in v.operator.inputs:
            stays = graph.cut is not None and (v is graph.cut or i not in graph.moved)
            colour = FAINT if stays else graph.colour(v)
            arrow = Arrow(f"{'v' if i in graph.squares else 'o'}{ids[i]}", f"o{ids[v]}", colour, 1.6, False)
            if v in graph.backward and i not in graph.backward:
                kept = graph.is_kept(i)
                arrow = arrow._replace(colour=INK if kept else FAINT, width=2 if kept else 1.1, dashed=True)
            found.append(arrow)
    return found


def _lanes(graph, nodes):
    """Return the lane of each node, and the node in whose layer it should stand."""
    squares = {node.v: name for name, node in nodes.items() if not node.shape.is_round}
    lanes = {name: int(node.v in graph.backward) for name, node in nodes.items()}
    twins = {name: squares[v.of] for v, name in squares.items() if lanes[name] and lanes.get(squares.get(v.of)) == 0}
    return lanes, twins


def _fitted(text, size):
    """Return the size of a text, smaller if it is very long, and about how wide that is in letters of any font."""
    letters = 0.66 * max(map(len, text.split("\n")))
    size = min(size, LONGEST / max(1, letters))
    return size, letters * size


def _dot(graph, boxes, nodes, arrows, values, highlight):
    """Return the graph in Graphviz's language, with its places where it is the chapter's."""
    dot = graphviz.Digraph(
        engine="neato" if graph.places else "dot",
        graph_attr={"bgcolor": "white", "splines": "true", "outputorder": "edgesfirst", "pad": "0.1", "rankdir": "LR"},
        node_attr={"fontname": FONT, "fixedsize": "true", "fontcolor": INK, "style": "filled", "fillcolor": "white"},
        edge_attr={"arrowsize": "0.7"},
    )
    for name, node in nodes.items():
        width, height, is_round = node.shape
        lines = [node.text] if is_round or values is None else [node.text, *boxes.lines(values, node.v)]
        lit = is_round and node.v is highlight
        where = {}
        if graph.places:
            (column, row), (right, up) = graph.places[node.shows], boxes.step
            where["pos"] = f"{column * right / 96:.3f},{row * up / 96:.3f}!"
        dot.node(
            name,
            _label("\n".join(lines)),
            shape="box" if not is_round else "circle" if width == height else "ellipse",
            width=f"{width / 96:.2f}",
            height=f"{height / 96:.2f}",
            fontsize=f"{0.75 * (boxes.size if values is not None else node.size):g}",
            color=node.colour,
            fillcolor=LIT if lit else f"{node.fill}66" if node.fill == PARAMETER else node.fill,
            penwidth="4" if lit else "1.6",
            **where,
        )
    for arrow in arrows:
        dashed = {"style": "dashed"} if arrow.dashed else {}
        dot.edge(arrow.tail, arrow.head, color=arrow.colour, penwidth=f"{arrow.width:g}", **dashed)
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


def drawn_arrow(arrow, route):
    """Return the SVG of an arrow along a route: its line, and its head."""
    tip, way = route[-1], route[-1] - route[-2]
    way = way / np.hypot(*way)
    base, side = tip - 8 * way, 3.5 * way[::-1] * (1, -1)
    path = "M" + "C".join([_points(route[:1]), _points([*route[1:-1], base])])
    dashes = ' stroke-dasharray="5,3"' if arrow.dashed else ""
    return (
        f'<g class="edge">\n<path fill="none" stroke="{arrow.colour}" stroke-width="{arrow.width:g}"{dashes} '
        f'd="{path}"/>\n<polygon fill="{arrow.colour}" points="{_points([tip, base + side, base - side])}"/>\n</g>\n'
    )


def _drawn_node(node, middle, lines, size, lit):
    """Return the SVG of a square with the lines of its value, or of a circle, lit or not."""
    (x, y), (width, height, is_round) = middle, node.shape
    fill = LIT if lit else node.fill
    look = f'fill="{fill}" stroke="{node.colour}" stroke-width="{4 if lit else 1.6}"'
    if lit:
        look += ' class="lit"'
    if fill == PARAMETER:
        look += ' fill-opacity="0.4"'
    if is_round:
        outline = f'<ellipse {look} cx="{x:.2f}" cy="{y:.2f}" rx="{width / 2:.2f}" ry="{height / 2:.2f}"/>'
    else:
        corners = [(x + a * width / 2, y + b * height / 2) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        outline = f'<polygon {look} points="{_points(corners)}"/>'
    texts = [(_raised(html.escape(line)), node.size) for line in node.text.split("\n")]
    texts += [(html.escape(line), size) for line in lines]
    top, written = y - 0.6 * sum(high for _, high in texts), []
    for text, high in texts:
        written.append(f'<text x="{x:.2f}" y="{top + 0.95 * high:.2f}" font-size="{high:g}">{text}</text>\n')
        top += 1.2 * high
    return f'<g class="node">\n{outline}\n{"".join(written)}</g>\n'


def _points(points):
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)


def _raised(text):
    """Return a name with the index at its end raised."""
    raised = '\\1<tspan dy="-0.4em" font-size="75%">(\\2)</tspan><tspan dy="0.3em">\u200b</tspan>'
    return re.sub(r"(?<!\w)([WbJ∂])(\d+)(?=[/ ]|$)", raised, text)


def _listed(items, last="and"):
    return joined("comma", (item if isinstance(item, str) else repr(item) for item in items), last)


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
        inputs = _listed([told(i) for i in v.operator.inputs], last="inputs")
        return SENTENCES["part"].format(label=v.operator.label, inputs=inputs)

    def told(v):
        return part(v) if v in inline else numbers.get(v, repr(v))

    def steps(backward):
        texts = (
            SENTENCES["step"].format(output=told(v), part=part(v))
            if v.operator.inputs
            else f"{told(v)} = {v.operator.label}"
            for v in graph.order
            if v in graph.operators and v not in inline and (v in graph.backward) == backward
        )
        return joined("semicolon", texts)

    sentences = [SENTENCES["titled"].format(title=SENTENCES["title"].format(outputs=_listed(graph.outputs)))]
    if graph.count > MOST:
        sentences.append(SENTENCES["part of it"].format(most=MOST, count=graph.count))
    if steps(False):
        sentences.append(SENTENCES["forward"].format(steps=steps(False)))
    if graph.backward:
        sentences.append(SENTENCES["backward"].format(steps=steps(True)))
        kept = SENTENCES["kept"].format(names=_listed(graph.kept)) if graph.kept else SENTENCES["no kept"]
        sentences.append(kept)
    if graph.cut is not None:
        moved = [v for v in graph.squares if v in graph.moved and v is not graph.cut]
        key = "follow" if len(moved) > 1 else "follows" if moved else "nothing follows"
        follow = SENTENCES[key].format(names=_listed(moved) if moved else "")
        sentences.append(SENTENCES["cut"].format(at=graph.cut, moved=follow))
    if highlight is not None:
        sentences.append(SENTENCES["lit"].format(output=highlight))
    if values is not None:
        told_values = [
            SENTENCES["value"].format(name=v, value=_told(values[v]) if v in values else SENTENCES["missing"])
            for v in graph.squares
        ]
        sentences.append(SENTENCES["values"].format(values=joined("semicolon", told_values)))
    return _clean(joined("next", sentences))


def _told(value):
    if np.ndim(value) == 0:
        return f"{float(value):.4g}"
    return SENTENCES["array"].format(shape=" × ".join(map(str, np.shape(value))), norm=np.linalg.norm(np.ravel(value)))
