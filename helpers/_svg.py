"""The course's own SVG as a Matplotlib figure, so that a graph can be PNG and PDF too, with no font of the machine.

It knows the elements that the pictures of the course are made of, and refuses all others: no picture is half there.
"""

import base64
import io
import re
from functools import cache, lru_cache
from xml.etree import ElementTree

import numpy as np
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.image import imread
from matplotlib.patches import Circle, Ellipse, PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D

from helpers import _language

POINTS = 0.75  # per pixel
FONT = "DejaVu Sans"  # as Matplotlib brings it along
CHINESE_FONT = "Forward and Backward Sans SC"  # tools/font.py makes it
CHINESE_FONT_FILE = _language.LOCALE / "zh" / "font.ttf"
INHERITED = ("fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-weight", "text-anchor")
AT_FIRST = {"fill": "black", "stroke": "none", "stroke-width": "1", "font-size": "12", "text-anchor": "start"}
SILENT = {"title", "desc"}


def fonts():
    """Return the names of the fonts that Matplotlib looks for a letter in, one after the other."""
    if _language.code == "en":
        return [FONT]
    _add_chinese_font()
    return [FONT, CHINESE_FONT]


@cache
def _add_chinese_font():
    fontManager.addfont(CHINESE_FONT_FILE)


def figure_of(svg):
    """Return the picture as a figure of the same size, at 96 pixels per inch.

    Parameters
    ----------
    svg : str or bytes

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is something in the picture that is not drawn here.

    Examples
    --------
    >>> figure = figure_of('<svg width="96" height="48" viewBox="0 0 2 1"><circle cx="1" cy="0.5" r="0.5"/></svg>')
    >>> figure.get_size_inches().tolist(), len(figure.axes[0].patches)
    ([1.0, 0.5], 1)
    """
    root = ElementTree.fromstring(svg)
    width, height = (_length(root.get(side)) for side in ("width", "height"))
    figure = Figure(figsize=(width / 96, height / 96), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    _draw(axes, root, Affine2D(), AT_FIRST | {"width": str(width), "height": str(height)})
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="auto")
    axes.set_axis_off()
    return figure


def _length(text):
    return float(text.removesuffix("pt")) * (4 / 3 if text.endswith("pt") else 1)


def _draw(axes, element, place, above):
    """Draw an element and what it holds; `place` leads from its coordinates to pixels."""
    kind = element.tag.rpartition("}")[2]
    given = above | {name: element.get(name) for name in INHERITED if element.get(name)}
    if kind in SILENT:
        return
    if kind in ("svg", "g"):
        inner = _viewed(element, above) if kind == "svg" else _moved(element.get("transform", ""))
        for child in element:
            _draw(axes, child, inner + place, given)
    elif kind == "text":
        _write(axes, element, place, given)
    elif kind == "image":
        x, y, width, height = _floats(element, "x", "y", "width", "height")
        pixels = imread(io.BytesIO(base64.b64decode(element.get("href").partition("base64,")[2])))
        (left, top), (right, bottom) = place.transform([(x, y), (x + width, y + height)])
        axes.imshow(pixels, extent=(left, right, bottom, top), interpolation="nearest", aspect="auto")
    elif kind in SHAPES:
        scale = place.get_matrix()[1, 1]
        dashes = [scale * POINTS * float(d) for d in re.findall(r"[\d.]+", given.get("stroke-dasharray", ""))]
        patch = SHAPES[kind](element)
        patch.set(
            facecolor=given["fill"],
            edgecolor=given["stroke"],
            linewidth=scale * POINTS * float(given["stroke-width"]),
            linestyle=(0, dashes) if dashes else "-",
            capstyle="butt",
            joinstyle="miter",
            transform=place + axes.transData,
            clip_on=False,
        )
        if opacity := element.get("fill-opacity") or element.get("opacity"):
            patch.set_facecolor((*patch.get_facecolor()[:3], float(opacity)))
        axes.add_artist(patch)
    else:
        raise ValueError(f"svg: expected text, images, lines and shapes, got <{kind}>")


def _floats(element, *names):
    return [float(element.get(name, 0)) for name in names]


def _viewed(element, above):
    """Return where the picture's own coordinates lie in what surrounds it."""
    left, top, wide, high = map(float, element.get("viewBox").split())
    width, height = (_length(element.get(side) or above[side]) for side in ("width", "height"))
    scale = min(width / wide, height / high)
    x, y = _floats(element, "x", "y")
    return Affine2D().translate(-left, -top).scale(scale).translate(x, y)


def _moved(text):
    found = Affine2D()
    for name, numbers in re.findall(r"(\w+)\(([^)]*)\)", text):
        values = [float(n) for n in re.split(r"[ ,]+", numbers)]
        found = getattr(Affine2D(), "rotate_deg" if name == "rotate" else name)(*values) + found
    return found


def _points(element):
    numbers = [float(n) for n in re.split(r"[ ,]+", element.get("points").strip())]
    return [*zip(numbers[::2], numbers[1::2], strict=True)]


def _path(element):
    """Return the path of lines and curves that the letters of `d` describe."""
    vertices, codes, at = [], [], (0.0, 0.0)
    for letter, rest in re.findall(r"([a-zA-Z])([^a-zA-Z]*)", element.get("d")):
        numbers = [float(n) for n in re.findall(r"-?[\d.]+(?:e-?\d+)?", rest)]
        origin = at if letter.islower() else (0.0, 0.0)
        if letter in "Zz":
            points, code = [vertices[-1]], Path.CLOSEPOLY
        elif letter in "hH":
            points, code = [(origin[0] + n, at[1]) for n in numbers], Path.LINETO
        elif letter in "vV":
            points, code = [(at[0], origin[1] + n) for n in numbers], Path.LINETO
        else:
            code = {"M": Path.MOVETO, "L": Path.LINETO, "C": Path.CURVE4}[letter.upper()]
            points = [(origin[0] + x, origin[1] + y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
        vertices, codes, at = vertices + points, codes + [code] * len(points), points[-1]
    return PathPatch(Path(vertices, codes))


def _line(element):
    x1, y1, x2, y2 = _floats(element, "x1", "y1", "x2", "y2")
    return Polygon([(x1, y1), (x2, y2)], closed=False)


def _rectangle(element):
    x, y, width, height = _floats(element, "x", "y", "width", "height")
    return Rectangle((x, y), width, height)


def _ellipse(element):
    x, y, rx, ry = _floats(element, "cx", "cy", "rx", "ry")
    return Ellipse((x, y), 2 * rx, 2 * ry)


SHAPES = {
    "path": _path,
    "line": _line,
    "polyline": lambda element: Polygon(_points(element), closed=False),
    "polygon": lambda element: Polygon(_points(element)),
    "rect": _rectangle,
    "ellipse": _ellipse,
    "circle": lambda element: Circle((float(element.get("cx")), float(element.get("cy"))), float(element.get("r"))),
}


def _write(axes, element, place, given):
    """Draw a text as the outlines of its letters, with what is raised in it."""
    size = float(given["font-size"])
    weight = given.get("font-weight", "normal")
    raised, parts = 0.0, [(element.text, size, 0.0)]
    for child in element:
        raised += float(child.get("dy", "0em").removesuffix("em")) * size
        share = float(child.get("font-size", "100%").removesuffix("%")) / 100
        parts += [(child.text, share * size, raised), (child.tail, size, raised)]
    # An invisible space ends what is raised, and is no letter to draw.
    parts = [(text.replace("\u200b", ""), *rest) for text, *rest in parts if text and text != "\u200b"]
    outlines = [(*_outline(text.replace("\xa0", " "), weight, *fonts()), high, below) for text, high, below in parts]
    end = sum(width * high for _, width, high, _ in outlines)
    x, y = _floats(element, "x", "y")
    x -= {"start": 0.0, "middle": 0.5, "end": 1.0}[given["text-anchor"]] * end
    scale = place.get_matrix()[1, 1]
    for letters, width, high, below in outlines:
        turned = Affine2D().scale(high, -high).translate(x, y + below)
        patch = PathPatch(letters, facecolor=given["fill"], linewidth=0, transform=turned + place + axes.transData)
        x += width * high
        patch.set_clip_on(False)
        if element.get("paint-order"):
            halo = withStroke(linewidth=scale * POINTS * float(given["stroke-width"]), foreground=given["stroke"])
            patch.set_path_effects([halo])
        axes.add_artist(patch)


@lru_cache(maxsize=1000)
def _outline(text, weight, *families):
    """Return the letters of a text, one unit high, and how wide they are."""
    font = FontProperties(family=families, weight=weight, size=1)
    vertices, codes = text_to_path.get_text_path(font, text)
    letters = Path(np.reshape(vertices, (-1, 2)) / text_to_path.FONT_SCALE, np.array(codes, Path.code_type))
    return letters, text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]
