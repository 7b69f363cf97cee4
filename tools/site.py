"""What the site is made of: the notebooks, the documents, and a page for each explorer with all that it can show.

``python -m tools.site folder`` writes it; Sphinx makes the pages of it, in an environment of its own.
"""

import gzip
import html
import inspect
import json
import re
import shutil
import sys
from itertools import product
from pathlib import Path
from typing import NamedTuple

import nbformat
import numpy as np

from helpers._language import Sentences
from helpers.explorers import backward, forward, memory, program, training
from helpers.explorers.controls import SENTENCES as WORDS
from helpers.explorers.page import number
from helpers.tracing import Program
from helpers.widgets.explorer import FOLDER
from helpers.widgets.explorer import SENTENCES as STILL
from tools.browser import SERVER, STACK, edition
from tools.worksheet import worksheet

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("teaching", "desk", "terms", "front_ends")
SEEDS = (1, 2, 3, 4, 5)  # of the worksheets
STATIC = STILL["static"]
ICON = '<link rel="icon" href="../_static/favicon.svg">'
RUN, BETWEEN = 14, 40  # steps of a training run on its page, and ticks from one to the next

SENTENCES = Sentences() | {
    "worksheets": "Worksheets",
    "sliders": "The picture at the default settings. On a page of its own it has sliders.",
    "computed before": "This page needs no Python: what it shows was computed before, for the values that the controls "
    "offer. In the notebooks every value can be set.",
    "failed": "The other settings could not be loaded. This is the picture at the first.",
    "forward": "Forward pass: sliders",
    "backward": "Forward and backward, one operator at a time",
    "training": "Training, step by step",
    "memory": "The memory of training",
    "program": "A program of your own, as a graph",
    "program lead": "These six lines of NumPy are the network of the course. In the notebook "
    "[Put your own program in](../notebooks/{notebook}) you write your own in their place.",
    "its own": "All of it comes from this site, and your browser asks no other host for anything.",
    "another host": "Python comes from this site, and NumPy, Matplotlib and other packages of it from {host}: that is "
    "the one other host that your browser asks for anything.",
    "worksheet": "Worksheet {seed}",
    "key": "key",
    "worksheet lead": "A sheet to fill in by hand, one network on each, and the key to it. Print it from the browser.",
}


class Dial(NamedTuple):
    """A control of a page: its values, and how they are written."""

    name: str
    label: str
    values: tuple
    texts: tuple
    start: int = 0
    is_list: bool = False


class Shown(NamedTuple):
    """An explorer's page: its controls, and from their values to its HTML."""

    name: str
    dials: tuple
    page: object
    pause: int = 900


def dial(name, label, values, start, texts=None, is_list=False):
    return Dial(name, label, tuple(values), tuple(texts or map(number, values)), [*values].index(start), is_list)


def explorers():
    """Return all explorers as pages."""
    activations = tuple(backward.ACTIVATIONS)
    lambdas = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
    yield Shown(
        "forward",
        (
            dial("hidden", forward.SENTENCES["hidden"], (1, 2, 4, 8, 16, 24, 32), 16),
            dial("weight_decay", forward.SENTENCES["weight_decay"], lambdas, 0.1),
            dial("activation", forward.SENTENCES["activation"], activations, "tanh", activations, True),
            dial("example", forward.SENTENCES["example"], range(10), 0),
        ),
        lambda **settings: forward.page(forward.numbers(**settings)),
    )
    yield Shown(
        "backward",
        (
            dial("hidden", backward.SENTENCES["hidden"], range(1, backward.MOST_HIDDEN + 1), 2),
            dial("weight_decay", backward.SENTENCES["weight_decay"], lambdas, 0.1),
            dial("activation", backward.SENTENCES["activation"], activations, "tanh", activations, True),
            dial("step", WORDS["step"], range(backward.LAST + 1), 0),
        ),
        lambda **settings: backward.page(backward.numbers(**settings)),
    )
    yield training_pages()
    limits = dict(memory.LIMITS)
    yield Shown(
        "memory",
        (
            dial("depth", memory.SENTENCES["depth"], (1, 2, 4, 8, 16, max(memory.DEPTHS)), 8),
            dial("width", memory.SENTENCES["width"], memory.WIDTHS, 1024),
            dial("batch", memory.SENTENCES["batch"], memory.BATCHES, 8192),
            dial("dtype", memory.SENTENCES["dtype"], ("float32", "float64"), "float32", ("float32", "float64"), True),
            dial("limit", memory.SENTENCES["limit"], limits.values(), 1, limits, True),
        ),
        lambda **settings: memory.page(memory.numbers(**settings)),
    )
    yield own_program()


def training_pages():
    names, rates, lambdas = ("corners", "rings", "spirals"), (0.1, 0.5), (0.0, 0.02)
    runs = {}
    for data, hidden, weight_decay, rate in product(names, (3, 16), lambdas, rates):
        run = training.Run(data, hidden, weight_decay=weight_decay, learning_rate=rate, activation="tanh")
        for step in range(RUN + 1):
            runs[data, hidden, weight_decay, rate, step] = training.page(training.numbers(run))
            run.advance(BETWEEN)
    labels = training.SENTENCES
    return Shown(
        "training",
        (
            dial("data", labels["data"], names, "corners", [labels[name] for name in names], True),
            dial("hidden", labels["hidden"], (3, 16), 16),
            dial("weight_decay", labels["weight_decay"], lambdas, 0.0),
            dial("learning_rate", labels["learning_rate"], rates, 0.5),
            dial("step", WORDS["step"], range(RUN + 1), 0, [str(BETWEEN * k) for k in range(RUN + 1)]),
        ),
        lambda **settings: runs[tuple(settings.values())],
        pause=150,
    )


def network(x, y, W1, W2, weight_decay):
    z = W1 @ x
    h = np.tanh(z)
    o = W2 @ h
    L = np.sum((o - y) ** 2) / 2
    s = weight_decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    J = L + s
    return J  # noqa: RET504  It gives the output its name.


def own_program():
    rng = np.random.default_rng(0)
    shapes = {"x": (4, 1), "y": (3, 1), "W1": (2, 4), "W2": (3, 2)}
    arrays = {name: rng.integers(-4, 5, shape) / 2 for name, shape in shapes.items()}
    own = program.Shown(Program(network, None, {**arrays, "weight_decay": 0.1}))

    def page(weight_decay, step):
        return program.page(program.numbers(own.at(own.program.arguments | {"weight_decay": weight_decay}), step))

    return Shown(
        "program",
        (
            dial("weight_decay", "weight_decay", (0.0, 0.1, 0.2, 0.5, 1.0), 0.1),
            dial("step", WORDS["step"], range(len(own.steps.steps) + 1), 0),
        ),
        page,
    )


def frames(shown):
    """Return an explorer's controls and pages, as bytes that `frames.js` reads.

    Pages are nearly alike. Each is kept as the list of its tags and texts, and each of these once.
    """
    tokens, pages = {}, []
    names = [d.name for d in shown.dials]
    for values in product(*(d.values for d in shown.dials)):
        page = shown.page(**dict(zip(names, values, strict=True)))
        pages.append([tokens.setdefault(token, len(tokens)) for token in re.split("(?=<)", page)])
    controls = [
        {"name": d.name, "label": d.label, "values": d.texts, "start": d.start, "isList": d.is_list}
        for d in shown.dials
    ]
    words = {name: WORDS[name] for name in ("back", "forth", "play", "pause", "reset")}
    data = {"controls": controls, "words": words, "tokens": [*tokens], "frames": pages}
    return gzip.compress(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(), 9, mtime=0)


def explorer_page(shown):
    """Return the page of an explorer, with its first frame in it for where no script runs."""
    start = {d.name: d.values[d.start] for d in shown.dials}
    lead = ""
    if shown.name == "program":
        notebook = next((ROOT / "notebooks").glob("*_your_own_program.ipynb")).name
        lead = SENTENCES["program lead"].format(notebook=notebook) + "\n\n```python\n" + source(network) + "```\n\n"
    first = shown.page(**start)
    return (
        f"# {SENTENCES[shown.name]}\n\n{lead}{SENTENCES['computed before']}\n\n```{{raw}} html\n"
        f'<div class="frames" data-frames="../_static/{shown.name}.json.gz" data-pause="{shown.pause}" '
        f'data-failed="{html.escape(SENTENCES["failed"])}"><div class="card">{first}</div></div>\n'
        '<script type="module" src="../_static/frames.js"></script>\n```\n'
    )


def source(function):
    return re.sub(r"  # noqa.*", "", inspect.getsource(function))


def linked(text, number="", folder=""):
    """Return Markdown with its links as they stand in the site.

    Parameters
    ----------
    text : str
    number : str
        Of the notebook that it stands in.
    folder : str
        Of the notebooks, as seen from the text.
    """

    def to_notebook(match):
        name, anchor = match[1], match[2]
        return f"](#{(name or number)[:2]}-{anchor})" if anchor else f"]({folder}{name})"

    def to_file(match):
        words, name = match[1], Path(match[2]).stem
        return f"[{words}](../docs/{name}.md)" if name in DOCUMENTS else words  # other files are no part of the site

    text = re.sub(r"\[([^]]*)\]\(\.\./(?!notebooks/)([^)#]*)[^)]*\)", to_file, text)
    return re.sub(r"\]\((?:\.\./)?(?:notebooks/)?(\d\d_\w+\.ipynb)?(?:#cell-id=([\w-]+))?\)", to_notebook, text)


def notebook_for_the_site(path):
    """Return a notebook with a target at each cell, and its explorers' pages named."""
    notebook, number, cells = nbformat.read(path, as_version=4), path.stem[:2], []
    for cell in notebook.cells:
        target = f"({number}-{cell.id})="
        if cell.cell_type == "markdown":
            cell.source = f"{target}\n{linked(cell.source, number)}"
        else:
            cells.append(nbformat.v4.new_markdown_cell(f"{target}\n<span></span>"))
        cells.append(cell)
        made = re.search(r"(\w+)_explorer\(", cell.source)
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            data.pop("application/vnd.jupyter.widget-view+json", None)
            if made and "text/html" in data:
                name = {"graph": "program"}.get(made[1], made[1])
                link = f'<a class="to-explorer" href="../explorers/{name}.html">{html.escape(SENTENCES["sliders"])}</a>'
                data["text/html"] = data["text/html"].replace(STATIC, link)
    notebook.cells = cells
    return nbformat.writes(notebook)


def write(folder, pyodide=None):
    """Write everything that Sphinx reads into a folder, which must be new or our own.

    Parameters
    ----------
    folder : path
    pyodide : path, optional
        Where the packages for the browser come from, if not from another host.
    """
    folder = Path(folder)
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(ROOT / "web", folder)
    for name in ("view.js", "view.css"):
        shutil.copy(FOLDER / name, folder / "static" / name)
    for name in ("notebooks", "worksheets", "extra/worksheets"):
        (folder / name).mkdir(parents=True)
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        (folder / "notebooks" / path.name).write_text(notebook_for_the_site(path), encoding="utf-8")
    for shown in explorers():
        (folder / "static" / f"{shown.name}.json.gz").write_bytes(frames(shown))
        (folder / "explorers" / f"{shown.name}.md").write_text(explorer_page(shown), encoding="utf-8")
    for name in DOCUMENTS:
        text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
        (folder / "docs" / f"{name}.md").write_text(linked(text, folder="../notebooks/"), encoding="utf-8")
    (folder / "edition").write_text(edition())
    host = SENTENCES["its own"] if pyodide else SENTENCES["another host"].format(host=SERVER.split("/")[2])
    page = folder / "run.md"
    text = page.read_text(encoding="utf-8").replace("{pyodide}", STACK["pyodide"]).replace("{host}", host)
    page.write_text(text, encoding="utf-8")
    write_worksheets(folder)


def write_worksheets(folder):
    """Write a few worksheets with their keys, and the page that lists them."""
    rows = ""
    for seed in SEEDS:
        links = []
        for end, words in (("", SENTENCES["worksheet"].format(seed=seed)), ("-key", SENTENCES["key"])):
            file = f"worksheet-{seed}{end}.html"
            page = worksheet(seed, bool(end)).replace("<head>", f"<head>\n{ICON}", 1)
            (folder / "extra" / "worksheets" / file).write_text(page, encoding="utf-8")
            links.append(f'<a href="{file}">{words}</a>')
        rows += f"<li>{', '.join(links)}</li>"
    lead = SENTENCES["worksheet lead"]
    text = f"# {SENTENCES['worksheets']}\n\n{lead}\n\n```{{raw}} html\n<ul>{rows}</ul>\n```\n"
    (folder / "worksheets" / "index.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(*sys.argv[1:])
