"""The pictures of the course for slides: ``python -m tools.pictures`` writes them into the folder ``pictures``.

The notebooks are run, and `tools.slides` draws every picture that they show, and that of the README.
"""

import asyncio
import base64
import html
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from IPython import get_ipython
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from helpers import _language, drawing
from helpers._console import tell
from helpers._language import Sentences
from helpers._pictures import Picture
from helpers.explorers import backward
from helpers.explorers.controls import starts
from helpers.widgets.explorer import Explorer
from tools.files import write_new
from tools.slides import WIDTH, Slide, drawn, still, vectors

ROOT = Path(__file__).parents[1]
PRELUDE = "from tools import pictures\npictures.show_slides()"
README_STEP = 15  # of the backward explorer: ∂J/∂z

SENTENCES = Sentences() | {
    "done": "{count} pictures are in {folder}. Open {index} to look through them.",
    "fails": "{notebook} has a cell that fails: {error}",
    "title": "Pictures for slides",
    "lead": "Each picture is there as SVG and as PNG (1920 × 1080 pixels), light and dark. The SVG is sharp at every "
    "size, and has its caption as alternative text.",
    "light": "light",
    "dark": "dark",
    "readme": "The picture of the README",
    "licence": "The pictures and their captions are under the licence CC BY-SA 4.0: use and change them, name the "
    "course, and share what you make of them under the same licence. The file LICENSE of the course has the details, "
    "and CITATION.cff says how to cite it.",
}

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


def show_slides():
    """From now on, show the pictures of this kernel as `vectors`, and draw graphs from left to right, as slides lie."""

    def shown(picture, include=None, exclude=None):
        svg, png = vectors(picture)
        png = base64.b64encode(png).decode()
        return {"text/plain": picture.sentence, "image/svg+xml": svg, "image/png": png}

    drawing.WIDTH = 2 * WIDTH
    formatter = get_ipython().display_formatter.mimebundle_formatter
    formatter.for_type(Picture, shown)
    formatter.for_type(Explorer, lambda explorer, **_: shown(still(*explorer.still())))


def slides(path):
    """Run a notebook, and return its pictures, in their order, as a list of `Slide`.

    Raises
    ------
    RuntimeError
        If a cell fails.
    """
    path = Path(path).resolve()
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(PRELUDE))
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": path.parent}})
    with TemporaryDirectory(ignore_cleanup_errors=True) as own:
        try:
            asyncio.run(client.async_execute(env=os.environ | {"IPYTHONDIR": own}, stderr=subprocess.DEVNULL))
        except CellExecutionError as error:
            told = f"{error.ename}: {error.evalue}"
            raise RuntimeError(SENTENCES["fails"].format(notebook=path, error=told)) from error
    found, section, title = [], path.stem, path.stem
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (heading := re.search(r"^#+ (?:\d+\. )?(.*)", cell.source, flags=re.M)):
            section, title = cell.id, heading[1]
        for data in (output.get("data", {}) for output in cell.get("outputs", [])):
            if "image/svg+xml" in data:
                name = f"{path.stem[:2]}-{len(found) + 1:02}-{section}"
                png = base64.b64decode(data["image/png"])
                found.append(Slide(name, path, title, data["text/plain"], data["image/svg+xml"], png))
    return found


def readme_slide():
    """Return the graph of the backward explorer at the step that the README shows."""
    n = backward.numbers(**starts(backward.controls()) | {"step": README_STEP})
    picture = still(backward.still(n), backward.words(n))
    source = ROOT / ("README.md" if _language.code == "en" else "README.zh-CN.md")
    return Slide("00-00-readme", source, SENTENCES["readme"], picture.sentence, *vectors(picture))


def index(found, folder):
    """Return the page, to stand in a folder beside the files, that shows the slides with their captions."""
    figures, source = [], None
    for slide in found:
        if slide.source != source:
            source = slide.source
            link = Path(os.path.relpath(source, folder)).as_posix()
            figures.append(f'<h2><a href="{link}">{source.name}</a></h2>')
        images, links = "", []
        for theme in ("light", "dark"):
            images += f'<img src="{slide.name}.{theme}.svg" alt="" loading="lazy">'  # the caption says what it shows
            for kind in ("svg", "png"):
                links.append(f'<a href="{slide.name}.{theme}.{kind}">{kind.upper()} {SENTENCES[theme]}</a>')
        title, sentence = html.escape(slide.title), html.escape(slide.sentence)
        caption = f"<b>{title}</b><br>{sentence}<br>{slide.name}: {', '.join(links)}"
        figures.append(f"<figure>{images}<figcaption>{caption}</figcaption></figure>")
    words = {name: SENTENCES[name] for name in ("title", "lead", "licence")}
    return PAGE.format(language=_language.code, figures="\n".join(figures), **words)


def write(folder, notebooks):
    """Write the pictures of the README and of notebooks, with an index, and return the sentence that says so.

    Raises
    ------
    FileExistsError
        If a file is there already and differs; then none is written.
    RuntimeError
        If a cell fails.
    """
    with ThreadPoolExecutor(2) as pool:
        found = [readme_slide(), *(slide for several in pool.map(slides, notebooks) for slide in several)]
        files = {folder / name: data for several in pool.map(drawn, found) for name, data in several.items()}
    folder.mkdir(parents=True, exist_ok=True)
    write_new(files | {folder / "index.html": index(found, folder).encode()})
    return SENTENCES["done"].format(count=len(found), folder=folder, index=folder / "index.html")


if __name__ == "__main__":
    edition = "" if _language.code == "en" else _language.code
    try:
        tell(write(Path("pictures", edition), sorted(Path(ROOT, "notebooks", edition).glob("*.ipynb"))))
    except (RuntimeError, OSError) as error:
        sys.exit(str(error))
