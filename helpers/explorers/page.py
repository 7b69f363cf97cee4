"""The pieces of which the explorers' pages are made: numbers in, HTML or SVG out.

All text that comes in is escaped. Signs are told by a minus or by a direction, and by colour besides.
"""

import base64
import html
import io
import re
from functools import cache

import numpy as np
from latex2mathml.converter import convert
from matplotlib.image import imsave
from matplotlib.ticker import MaxNLocator

from helpers._language import Sentences, joined
from helpers._pictures import BACKWARD, FORWARD, LOSS, PENALTY

MOST_ROWS, MOST_COLUMNS = 8, 8  # of an array in a table

SENTENCES = Sentences() | {
    "missing": "not computed yet",
    "norm": "‖·‖ {norm}",
    "scalar": "{name} = {value}",
    "bars": "{name}: {count} numbers from {low} to {high}",
    "objective": "J = {J}, of which L = {L} and s = {s}",
    "curve": "{name} is now {value}",
    "curves": "{name}: {curves}",
    "no curve": "no step yet",
    "objective not yet": "J: not computed yet",
    "every": "Every entry against central differences",
}
ABOVE, BELOW = ([int(colour[k : k + 2], 16) - 255 for k in (1, 3, 5)] for colour in (BACKWARD, FORWARD))  # from white
FONT = 'font-family="DejaVu Sans, Verdana, sans-serif"'


def number(value):
    """Return a number in three digits, with a proper minus.

    Examples
    --------
    >>> number(-0.12345), number(2.0)
    ('−0.123', '2')
    """
    return f"{float(value) + 0.0:.3g}".replace("-", "−")


def counted(number, names):
    """Return how many of something there are, in words.

    Parameters
    ----------
    number : int
    names : str
        The word for one, and the word for more.

    Examples
    --------
    >>> counted(1, "step | steps"), counted(2, "step | steps")
    ('1 step', '2 steps')
    """
    return f"{number} {names.split(' | ')[0 if number == 1 else -1]}"


def shape(array):
    """Return the shape of an array in words; a scalar has none.

    Examples
    --------
    >>> shape(np.ones((3, 4)))
    '3 × 4'
    """
    return " × ".join(map(str, np.shape(array)))


@cache
def math(latex, display="inline"):
    """Return an equation as MathML, which browsers draw without a script."""
    return convert(latex, display=display)


def factor(value):
    """Return a number as a factor is written, in brackets if it has a sign.

    Examples
    --------
    >>> factor(-2.0)
    '(−2)'
    """
    return number(value) if value >= 0 else f"({number(value)})"


def dot(a, b):
    """Return the sum of the products of two lists of numbers, written out.

    Examples
    --------
    >>> dot([1.0, -2.0], [3.0, 4.0])
    '1·3 + (−2)·4'
    """
    return added([f"{factor(p)}·{factor(q)}" for p, q in zip(a, b, strict=True)])


def added(terms):
    """Return terms with a plus between, the middle ones of many left out."""
    return " + ".join(terms if len(terms) <= 8 else [*terms[:4], "…", *terms[-2:]])


def sign(words):
    """Return what stands between arrays in an equation."""
    return f'<span class="sign">{html.escape(words)}</span>'


def tinted(value, limit):
    """Return the colour of a cell: orange above 0 and blue below, the deeper the larger; black ink stays legible.

    Examples
    --------
    >>> tinted(0.0, 1.0), tinted(1.0, 1.0)
    ('#ffffff', '#e59b61')
    """
    red, green, blue = ABOVE if value > 0 else BELOW
    depth = 0.62 * min(1.0, abs(value) / limit) if limit > 0 and value == value else 0.0
    return f"#{round(255 + depth * red):02x}{round(255 + depth * green):02x}{round(255 + depth * blue):02x}"


def heat_map(name, symbol, array):
    """Return an array as a table, each number in its cell, or the words that it is missing.

    Of a large array the first entries are shown, and its norm. More than two axes lie under each other.

    Parameters
    ----------
    name : str
        What a screen reader says of it.
    symbol : str
        The same as HTML.
    array : array or None
    """
    caption = f"<figcaption>{symbol} <small>{html.escape(shape(array) if array is not None else '')}"
    if array is None:
        return f'<figure class="missing">{caption}</small></figcaption><p>{SENTENCES["missing"]}</p></figure>'
    rows = np.asarray(array).reshape(-1, np.shape(array)[-1]) if np.ndim(array) else np.array([[array]])
    limit = float(np.max(np.abs(rows), where=np.isfinite(rows), initial=0.0))
    height, width = rows.shape
    if height > MOST_ROWS or width > MOST_COLUMNS:
        norm = SENTENCES["norm"].format(norm=number(np.linalg.norm(rows)))
        caption += f"<br/>{norm}"
    down, right = height > MOST_ROWS, width > MOST_COLUMNS
    cells = "".join(
        "<tr>"
        + "".join(f'<td style="background:{tinted(v, limit)}">{number(v)}</td>' for v in row)
        + "<td>…</td>" * right
        + "</tr>"
        # numbers of Python, which count faster one by one
        for row in rows[: MOST_ROWS - down, : MOST_COLUMNS - right].tolist()
    )
    if down:
        cells += "<tr>" + "<td>⋮</td>" * min(width, MOST_COLUMNS) + "</tr>"
    table = f'<table aria-label="{html.escape(name)}">{cells}</table>'
    return f"<figure>{caption}</small></figcaption>{table}</figure>"


def scroll(name, body, kind=""):
    """Return a box that scrolls where the page is narrow, by keyboard too; a screen reader says its `name`."""
    keys = 'tabindex="0" data-lm-suppress-shortcuts="true"'  # or JupyterLab would take the arrow keys
    return f'<div class="{kind}scroll" role="group" aria-label="{html.escape(name)}" {keys}>{body}</div>'


def svg(width, height, name, body):
    """Return a picture of the given size, which shrinks with the page; `name` is what a screen reader says of it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{html.escape(name)}" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}" {FONT} font-size="12">{body}</svg>'
    )


def text(x, y, words, anchor="middle", extra=""):
    """Return a piece of text in a picture."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {extra}>{html.escape(str(words))}</text>'


def bars(name, values, width=300, marks=()):
    """Return numbers as bars, up from a line for 0 if positive and down from it if negative.

    Parameters
    ----------
    name : str
    values : array of one axis
    marks : sequence of pairs
        Words to write under a bar, as (index, words).
    """
    values = np.asarray(values, float)
    low, high = min(values.min(), 0.0), max(values.max(), 0.0)
    span = high - low or 1.0
    top, bottom, left = 20, 112, 76
    step = (width - left - 6) / len(values)

    def y(v):
        return top + (high - v) / span * (bottom - top)

    body = "".join(
        f'<rect x="{left + k * step + 0.08 * step:.1f}" y="{y(max(v, 0)):.1f}" width="{0.84 * step:.1f}" '
        f'height="{abs(v) / span * (bottom - top):.1f}" fill="{BACKWARD if v > 0 else FORWARD}"/>'
        for k, v in enumerate(values)
    )
    body += f'<line x1="{left}" x2="{width - 6}" y1="{y(0):.1f}" y2="{y(0):.1f}" stroke="#222"/>'
    places = {low: max(y(low) + 4, y(0) + 16), high: min(y(high) + 4, y(0) - 8)} | {0.0: y(0) + 4}  # apart
    for v, place in places.items():
        body += text(left - 5, place, number(v), "end")
    for k, words in marks:
        body += text(left + (k + 0.5) * step, 130, words)
    told = SENTENCES["bars"].format(name=name, count=len(values), low=number(values.min()), high=number(values.max()))
    return svg(width, 136, told, text(left, 12, name, "start", 'font-weight="bold"') + body)


def nice_ceiling(value):
    """Return the smallest of …, 0.5, 1, 2, 5, 10, 20, … that is no smaller than a value, or 1 if that is as good as 0.

    Examples
    --------
    >>> nice_ceiling(2.3), nice_ceiling(0.04), nice_ceiling(0.0)
    (5.0, 0.05, 1.0)
    """
    if value < 1e-100:  # far below what an axis can have as its end
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(k * power for k in (1, 2, 5, 10) if k * power >= value * (1 - 1e-12)))


def ticks(low, high, most=5, integer=False):
    """Return round numbers between low and high."""
    places = MaxNLocator(most, integer=integer).tick_values(low, high)
    return [v for v in places if low - 1e-9 <= v <= high + 1e-9]


def bar(x, y, width, height, colour, striped=False):
    """Return a bar, with stripes if it has to be told from its neighbour without colour."""
    body = f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" fill="{colour}"/>'
    if striped:
        lines = ""
        for start in np.arange(4.0, width + height, 8.0):  # each rises by 45°, cut off at the edges of the bar
            a, b = max(start - height, 0.0), min(start, width)
            lines += f"M{x + a:.1f} {y + start - a:.1f}L{x + b:.1f} {y + start - b:.1f}"
        body += f'<path d="{lines}" stroke="white" stroke-width="2"/>'
    return body


def objective_bar(L, s, width=460):
    """Return J as the stacked bar that it is: L, and s hatched."""
    if L is None or s is None:
        return svg(width, 62, SENTENCES["objective not yet"], text(0, 34, SENTENCES["objective not yet"], "start"))
    J = L + s
    end = nice_ceiling(J)
    scale = (width - 20) / end
    told = SENTENCES["objective"].format(J=number(J), L=number(L), s=number(s))
    body = bar(8, 20, L * scale, 20, LOSS) + bar(8 + L * scale, 20, s * scale, 20, PENALTY, striped=True)
    body += text(8, 13, told, "start")
    for name, start, size in (("L", 0, L), ("s", L, s)):
        if size * scale > 24:
            middle = 8 + (start + size / 2) * scale
            body += f'<rect x="{middle - 8:.1f}" y="23" width="16" height="14" fill="white" opacity="0.85"/>'
            body += text(middle, 34, name)
    for v in ticks(0, end):
        body += f'<line x1="{8 + v * scale:.1f}" x2="{8 + v * scale:.1f}" y1="41" y2="45" stroke="#222"/>'
        body += text(8 + v * scale, 58, number(v))
    return svg(width, 62, told, body)


def png(pixels):
    """Return an image, of height × width × 3 bytes, as an address that a picture can hold."""
    file = io.BytesIO()
    # without the version, the same image has the same bytes
    imsave(file, np.asarray(pixels, np.uint8), format="png", origin="upper", metadata={"Software": None})
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def stack(pictures, width):
    """Return pictures under each other as one picture, for a page that has no kernel."""
    top, body = 0.0, ""
    for picture in pictures:
        wide, high = map(float, re.search(r'viewBox="0\S* 0\S* ([\d.]+) ([\d.]+)"', picture).groups())
        scale = min(1.0, width / wide)
        place = f'y="{top:.0f}" width="{wide * scale:.0f}" height="{high * scale:.0f}" viewBox="0 0 {wide} {high}"'
        body += re.sub(r"<svg[^>]*>", f'<svg {place} {FONT} font-size="12">', picture, count=1)
        top += high * scale + 12
    size = f'viewBox="0 0 {width} {top:.0f}" width="{width}" height="{top:.0f}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{body}</svg>'


def curves(name, lines, marks=(), size=(540, 210)):
    """Return lines over the steps of a run, each with its name at its end, and marks where a setting changed.

    Parameters
    ----------
    name : str
        The title.
    lines : dict
        From a name to its steps, its values, its colour and its dashes.
    marks : sequence of pairs
        A step, and what changed there.
    size : tuple
        Width and height.
    """
    width, height = size
    left, right, top, bottom = 62, width - 64, 26, height - 24
    drawn = [line for line in lines.values() if len(line[0])]
    last = max((line[0][-1] for line in drawn), default=10)
    highest = max((float(np.max(line[1])) for line in drawn), default=1.0)
    end = nice_ceiling(highest)

    def x(step):
        return left + step / last * (right - left)

    def y(value):
        return bottom - value / end * (bottom - top)

    body = text(left, 14, name, "start", 'font-weight="bold"')
    for v in ticks(0, end, 4):
        body += f'<line x1="{left}" x2="{right}" y1="{y(v):.1f}" y2="{y(v):.1f}" stroke="#ddd"/>'
        body += text(left - 5, y(v) + 4, f"{v:g}", "end")
    for v in ticks(0, last, 5, integer=True):
        body += text(x(v), bottom + 16, f"{v:g}")
    for k, (step, change) in enumerate(marks):
        body += f'<path d="M{x(step):.1f} {top}V{bottom}" stroke="#666" stroke-dasharray="2 3"/>'
        near_end = x(step) > (left + right) / 2
        place = x(step) - 4 if near_end else x(step) + 4
        body += text(place, top + 10 + 13 * (k % 4), change, "end" if near_end else "start", 'font-size="11"')
    ends = []
    for label, (steps, values, colour, dashes) in lines.items():
        if not len(steps):
            continue
        some = slice(None, None, -(-len(steps) // 300))
        points = " ".join(f"{x(s):.1f},{y(v):.1f}" for s, v in zip(steps[some], values[some], strict=True))
        style = f'stroke="{colour}" stroke-width="1.8" stroke-dasharray="{dashes}"'
        body += f'<polyline points="{points}" fill="none" {style}/>'
        if len(steps) == 1:  # of which a line shows nothing
            body += f'<circle cx="{x(steps[0]):.1f}" cy="{y(values[0]):.1f}" r="2.5" fill="{colour}"/>'
        ends.append((y(values[-1]), label, style))
    free = bottom + 4  # names are pushed apart, the lowest first
    for height_of, label, style in sorted(ends, reverse=True):
        free = min(height_of + 4, free)
        body += f'<path d="M{right + 5} {free - 4:.1f}h14" {style}/>'  # the names are black, to be legible
        body += text(right + 23, free, label, "start")
        free -= 13
    told = [
        SENTENCES["curve"].format(name=label, value=number(values[-1]))
        for label, (steps, values, *_) in lines.items()
        if len(steps)
    ]
    told = SENTENCES["curves"].format(name=name, curves=joined("semicolon", told) or SENTENCES["no curve"])
    return svg(width, height, told, body)


def report_of(report):
    """Return a report as a part of a page, or nothing if there is none."""
    if report is None:
        return ""
    table = scroll(SENTENCES["every"], f"<code>{html.escape(str(report))}</code>")
    return f"<h3>{SENTENCES['every']}</h3>{table}"
