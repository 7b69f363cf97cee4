"""The pictures of the course for slides: ``python -m tools.pictures`` writes the folder ``pictures``.

The notebooks are run, and each picture that they show is kept in vectors, as SVG and PNG, light and dark, together with
the README's. All letters are outlines, so that no font is needed.
"""

import base64
import html
import io
import os
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import NamedTuple

import nbformat
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from PIL import Image
from tqdm import tqdm

from helpers import _language
from helpers._console import tell
from helpers._language import Sentences
from helpers._pictures import Picture, own_settings
from helpers._svg import figure_of
from helpers.explorers import backward
from helpers.explorers.controls import starts
from helpers.explorers.page import stack
from tools.files import write_new

ROOT = Path(__file__).parents[1]
WIDTH, HEIGHT, MARGIN = 1920, 1080, 60  # pixels
PRELUDE = "from tools import pictures\npictures.show_vectors()"
README_STEP = 15  # of the backward explorer: ∂J/∂z

# A colour keeps its hue, and light and dark change places: the same grey is added to all three channels. Then the range
# shrinks to that between the ground and the ink. The map is linear, so edges and what shines through stay right.
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
GROUND, INK = 0x11, 0xEE

SENTENCES = Sentences() | {
    "done": "{count} pictures are in {folder}. Open {index} to look through them.",
    "fails": "{notebook} has a cell that fails: {error}",
    "title": "Pictures for slides",
    "lead": "Each picture is there as SVG and as PNG (1920 × 1080 pixels), light and dark. An SVG file is sharp at every "
    "size, and holds its caption as alternative text.",
    "light": "light",
    "dark": "dark",
    "readme": "The picture of the README",
    "licence": "The pictures and their captions are under the licence CC BY-SA 4.0: use and change them, name the "
    "course, and share what you make of them under the same licence. The file LICENSE of the course has the details, "
    "and CITATION.cff says how to cite it.",
}

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
PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 0 auto; max-width: 1200px; padding: 12px; font: 16px/1.5 sans-serif; color: #222; background: white; }}
figure {{ margin: 0 0 32px; display: grid; grid-template-columns: 1fr 1fr; gap: 8px; }}
figcaption {{ grid-column: 1 / 3; }}
img {{ width: 100%; height: auto; border: 1px solid #bbb; box-sizing: border-box; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{lead}</p>
{figures}
<p>{licence}</p>
</main>
</body>
</html>
"""


class Slide(NamedTuple):
    """A picture to be put on slides.

    Attributes
    ----------
    name : str
        Of its files: the notebook's number, its place there, and the id of its section.
    source : str
        Where it is from: the path of a notebook, in the course's folder.
    title : str
        Of its section.
    sentence : str
        What it shows.
    svg : str
        As Matplotlib writes it.
    png : bytes
        As large as fits on a slide.
    """

    name: str
    source: str
    title: str
    sentence: str
    svg: str
    png: bytes


def vectors(picture):
    """Return a picture as SVG, its letters as outlines, and as PNG, as large as fits on a slide, without empty edges.

    Parameters
    ----------
    picture : Picture

    Returns
    -------
    tuple of str and bytes
    """
    data = picture.data  # first, since it also settles the layout of a figure
    with own_settings(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a letter that the font lacks: the sentence has it
        figure = picture._figure or figure_of(data)
        box = figure.get_tightbbox(FigureCanvasAgg(figure).get_renderer())
        dpi = min((WIDTH - 2 * MARGIN) / box.width, (HEIGHT - 2 * MARGIN) / box.height)
        svg, png = io.BytesIO(), io.BytesIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(svg, format="svg", dpi=dpi, bbox_inches=box, metadata=nothing)
        figure.savefig(png, format="png", dpi=dpi, bbox_inches=box)
    return svg.getvalue().decode(), png.getvalue()


def show_vectors():
    """From now on, let every picture that this kernel shows come as `vectors`."""

    def bundle(picture, include=None, exclude=None):
        svg, png = vectors(picture)
        png = base64.b64encode(png).decode()
        return {"text/plain": picture.sentence, "text/html": "", "image/svg+xml": svg, "image/png": png}

    Picture._repr_mimebundle_ = bundle


def slides(path):
    """Run a notebook, and return its pictures in their order.

    Parameters
    ----------
    path : path

    Returns
    -------
    list of Slide

    Raises
    ------
    CellExecutionError
        If a cell fails.
    """
    path = Path(path).resolve()
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(PRELUDE))
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": path.parent}})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as own:
        client.execute(env=os.environ | {"IPYTHONDIR": own}, stderr=subprocess.DEVNULL)
    found, section, title = [], path.stem, path.stem
    for cell in notebook.cells:
        heading = re.search(r"^#+ (?:\d+\. )?(.*)", cell.source, flags=re.M) if cell.cell_type == "markdown" else None
        if heading:
            section, title = cell.id, heading[1]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/svg+xml" in data:
                name = f"{path.stem[:2]}-{len(found) + 1:02}-{section}"
                png = base64.b64decode(data["image/png"])
                found.append(Slide(name, path, title, data["text/plain"], data["image/svg+xml"], png))
    return found


def drawn(slide):
    """Return the files of a slide, light and dark, as a dict from their names to bytes."""
    wide, high, body = re.search(r'viewBox="0 0 (\S+) (\S+)".*?</defs>(.*)</svg>', slide.svg, flags=re.S).groups()
    wide, high = float(wide), float(high)
    scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
    svg = SVG.format(
        title=html.escape(slide.title),
        sentence=html.escape(slide.sentence),
        x=(WIDTH - scale * wide) / 2,
        y=(HEIGHT - scale * high) / 2,
        scale=scale,
        body=body.strip(),
    )
    image = Image.open(io.BytesIO(slide.png))
    png = Image.new("RGB", (WIDTH, HEIGHT), "white")
    png.paste(image, ((WIDTH - image.width) // 2, (HEIGHT - image.height) // 2))
    return {
        f"{slide.name}.light.svg": svg.encode(),
        f"{slide.name}.light.png": _png(png),
        f"{slide.name}.dark.svg": dark_svg(svg).encode(),
        f"{slide.name}.dark.png": _png(dark_image(png)),
    }


def _png(image):
    file = io.BytesIO()
    image.save(file, "png")
    return file.getvalue()


def darkened(rgb):
    """Return colours, of channels from 0 to 255, as they are on a dark ground.

    Examples
    --------
    >>> darkened([[255, 255, 255], [0, 0, 0], [213, 94, 0]])
    array([[ 17,  17,  17],
           [238, 238, 238],
           [227, 124,  43]], dtype=uint8)
    """
    rgb = np.asarray(rgb, np.float32)
    turned = rgb + 255 - 2 * (rgb @ LUMA)[..., None]
    return (GROUND + (INK - GROUND) / 255 * turned).round().clip(0, 255).astype(np.uint8)


def dark_image(image):
    """Return an image with all its colours `darkened`; what shines through still does."""
    pixels = np.array(image)
    pixels[..., :3] = darkened(pixels[..., :3])
    return Image.fromarray(pixels)


def dark_svg(svg):
    """Return an SVG file with all its colours `darkened`, also those of the images in it.

    Examples
    --------
    >>> dark_svg('<rect fill="#ffffff" style="stroke: #000000"/>')
    '<rect fill="#111111" style="stroke: #eeeeee"/>'
    """

    def colour(match):
        return match[1] + "#" + bytes(darkened([*bytes.fromhex(match[2])])).hex()

    def image(match):
        return "base64," + base64.b64encode(_png(dark_image(Image.open(io.BytesIO(base64.b64decode(match[1])))))).decode()

    svg = re.sub(r'((?:fill|stroke)(?:: |="))#([0-9a-f]{6})', colour, svg)
    return re.sub(r"base64,([\w+/=\s]+)", image, svg)


def readme_slide():
    """Return the graph of the backward explorer at the step that the README shows."""
    n = backward.numbers(**starts(backward.controls()) | {"step": README_STEP})
    picture = Picture(stack(backward.still(n), 900).encode(), sentence=backward.words(n), width=900)
    source = ROOT / ("README.md" if _language.code == "en" else "README.zh-CN.md")
    return Slide("00-00-readme", source, SENTENCES["readme"], picture.sentence, *vectors(picture))


def index(found, folder):
    """Return the page that shows the slides, each with its caption, as it stands in the folder of their files."""
    figures, source = [], None
    for slide in found:
        if slide.source != source:
            source = slide.source
            link = Path(os.path.relpath(source, folder)).as_posix()
            figures.append(f'<h2><a href="{link}">{source.name}</a></h2>')
        images = "".join(f'<img src="{slide.name}.{theme}.svg" alt="">' for theme in ("light", "dark"))
        links = ", ".join(
            f'<a href="{slide.name}.{theme}.{kind}">{kind.upper()} {SENTENCES[theme]}</a>'
            for theme in ("light", "dark")
            for kind in ("svg", "png")
        )
        caption = f"<b>{html.escape(slide.title)}</b><br>{html.escape(slide.sentence)}<br>{slide.name}: {links}"
        figures.append(f"<figure>{images}<figcaption>{caption}</figcaption></figure>")
    words = {name: SENTENCES[name] for name in ("title", "lead", "licence")}
    return PAGE.format(language=_language.code, figures="\n".join(figures), **words)


def write(folder, notebooks):
    """Write the slides of the README and of notebooks into a folder, with an index, and return the sentence that says so.

    Parameters
    ----------
    folder : path
    notebooks : sequence of paths

    Raises
    ------
    FileExistsError
        If a file is there already and differs; then none is written.
    RuntimeError
        If a cell fails.
    """
    found = [readme_slide()]
    for path in tqdm(notebooks, disable=None):
        try:
            found += slides(path)
        except CellExecutionError as error:
            told = f"{error.ename}: {error.evalue}"
            raise RuntimeError(SENTENCES["fails"].format(notebook=path, error=told)) from error
    files = {folder / name: data for slide in found for name, data in drawn(slide).items()}
    folder.mkdir(parents=True, exist_ok=True)
    write_new(files | {folder / "index.html": index(found, folder).encode()})
    return SENTENCES["done"].format(count=len(found), folder=folder, index=folder / "index.html")


if __name__ == "__main__":
    edition = "" if _language.code == "en" else _language.code
    try:
        tell(write(Path("pictures", edition), sorted((ROOT / "notebooks" / edition).glob("*.ipynb"))))
    except (RuntimeError, OSError) as error:
        sys.exit(str(error))
