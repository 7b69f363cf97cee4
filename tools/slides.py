"""A picture of the course as a slide: files of 16 : 9, SVG and PNG, light and dark.

All letters are outlines, so that no font is needed.
"""

import base64
import html
import io
import re
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.transforms import Bbox
from PIL import Image

from helpers._pictures import Picture, own_settings
from helpers._svg import figure_of
from helpers.explorers.page import stack

WIDTH, HEIGHT, MARGIN = 1920, 1080, 60  # pixels
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
GROUND, INK = 0x11, 0xEE  # of a dark slide

SVG = f"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" \
aria-labelledby="title desc" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">
<title id="title">{{title}}</title>
<desc id="desc">{{sentence}}</desc>
<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>
<g transform="translate({{x:.2f}} {{y:.2f}}) scale({{scale:.5f}})" fill="#000000" stroke-linejoin="round">
{{body}}
</g>
</svg>
"""


class Slide(NamedTuple):
    """A picture: the name of its files, the page and the section that it is from, its caption, and its `vectors`."""

    name: str
    source: Path
    title: str
    sentence: str
    svg: str
    png: bytes


def vectors(picture):
    """Return a picture as SVG, with outlines for letters, and as PNG, as large as it fits on a slide."""
    data = picture.data  # first, since it also settles the layout of a figure
    with own_settings(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a letter that the font lacks: the sentence has it
        figure = picture._figure or figure_of(data)
        renderer = FigureCanvasAgg(figure).get_renderer()
        if picture._figure:
            box = figure.get_tightbbox(renderer)
        else:
            shapes = [*figure.axes[0].patches, *figure.axes[0].images]
            box = Bbox.union([shape.get_window_extent(renderer) for shape in shapes])
            box = box.transformed(figure.dpi_scale_trans.inverted())
        box = box.padded(0.04)  # inches, for half the width of a line
        dpi, svg, png = _scale(box.width, box.height), io.BytesIO(), io.BytesIO()
        silent = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(svg, format="svg", dpi=dpi, bbox_inches=box, metadata=silent)
        figure.savefig(png, format="png", dpi=dpi, bbox_inches=box)
    return svg.getvalue().decode(), png.getvalue()


def _scale(width, height):
    """Return how much larger a picture can be on a slide."""
    return min((WIDTH - 2 * MARGIN) / width, (HEIGHT - 2 * MARGIN) / height)


def still(pictures, words):
    """Return the pictures of an explorer as one: under each other, or the first beside the others if that is larger."""

    def size(svg):
        return [*map(float, re.search(r'viewBox="0\S* 0\S* ([\d.]+) ([\d.]+)"', svg).groups())]

    def column(pictures):
        return stack(pictures, max(size(picture)[0] for picture in pictures))

    ways = [column(pictures)]
    if len(pictures) > 1:
        first, rest = column(pictures[:1]), column(pictures[1:])
        (wide, high), (width, height) = size(first), size(rest)
        measures = f'width="{wide + 24 + width}" height="{max(high, height)}"'
        rest = rest.replace("<svg", f'<svg x="{wide + 24}"', 1)
        view = f'viewBox="0 0 {wide + 24 + width} {max(high, height)}" xmlns="http://www.w3.org/2000/svg"'
        ways.append(f"<svg {measures} {view}>{first}{rest}</svg>")
    svg = max(ways, key=lambda way: _scale(*size(way)))
    return Picture(svg.encode(), sentence=words, width=size(svg)[0])


def drawn(slide):
    """Return the files of a slide, light and dark, as a dict from their names to bytes."""
    wide, high, body = re.search(r'viewBox="0 0 (\S+) (\S+)".*?</defs>(.*)</svg>', slide.svg, flags=re.S).groups()
    wide, high = float(wide), float(high)
    scale = _scale(wide, high)
    place = {"x": (WIDTH - scale * wide) / 2, "y": (HEIGHT - scale * high) / 2, "scale": scale}
    svg = SVG.format(title=html.escape(slide.title), sentence=html.escape(slide.sentence), body=body.strip(), **place)
    image, png = Image.open(io.BytesIO(slide.png)), Image.new("RGB", (WIDTH, HEIGHT), "white")
    png.paste(image, ((WIDTH - image.width) // 2, (HEIGHT - image.height) // 2))
    files = {"light.svg": svg.encode(), "light.png": _png(png)}
    files |= {"dark.svg": dark_svg(svg).encode(), "dark.png": _png(dark_image(png))}
    return {f"{slide.name}.{ending}": data for ending, data in files.items()}


def _png(image):
    file = io.BytesIO()
    image.save(file, "png")
    return file.getvalue()


def darkened(rgb):
    """Return colours, of channels from 0 to 255, for a dark ground: each keeps its hue, and light becomes dark.

    The same number is added to all channels, and their range shrinks to that from ground to ink. The map is linear, so
    that edges, and what shines through, stay right.

    Examples
    --------
    >>> darkened([[255, 255, 255], [0, 0, 0], [213, 94, 0]]).tolist()
    [[17, 17, 17], [238, 238, 238], [228, 124, 43]]
    """
    rgb = np.asarray(rgb, np.float32)
    turned = rgb + 255 - 2 * (rgb @ LUMA)[..., None]
    return (GROUND + (INK - GROUND) / 255 * turned).round().clip(0, 255).astype(np.uint8)


def dark_image(image):
    """Return an image with its colours `darkened`; its transparency stays."""
    pixels = np.array(image)
    pixels[..., :3] = darkened(pixels[..., :3])
    return Image.fromarray(pixels)


def dark_svg(svg):
    """Return an SVG file with its colours, and those of the images in it, `darkened`.

    Examples
    --------
    >>> dark_svg('<rect fill="#ffffff" style="stroke: #000000"/>')
    '<rect fill="#111111" style="stroke: #eeeeee"/>'
    """

    def colour(match):
        return match[1] + bytes(darkened([*bytes.fromhex(match[2])])).hex()

    def image(match):
        data = _png(dark_image(Image.open(io.BytesIO(base64.b64decode(match[1])))))
        return f"base64,{base64.b64encode(data).decode()}"

    svg = re.sub(r'((?:fill|stroke)(?:: |=")#)([0-9a-f]{6})', colour, svg)
    return re.sub(r"base64,([\w+/=\s]+)", image, svg)
