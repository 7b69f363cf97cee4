"""What the site is made of: the notebooks, the documents, and a page for each explorer with all that it can show.

``python -m tools.site folder`` writes it, in the language that COURSE_LANGUAGE names; Sphinx makes the pages of it, in
an environment of its own. The Chinese pages stand in the folder ``zh`` of the English ones.
"""

import gzip
import html
import inspect
import json
import re
import shutil
import sys
import tomllib
from itertools import product
from pathlib import Path

import nbformat
import numpy as np

from helpers import _language
from helpers._language import Sentences, joined
from helpers.explorers.answers import Answers
from helpers.explorers.controls import SENTENCES as BUTTONS
from helpers.explorers.page import number
from helpers.widgets.explorer import FOLDER
from helpers.widgets.explorer import SENTENCES as STILL
from tools.browser import SERVER, STACK, edition
from tools.worksheet import worksheet

ROOT = Path(__file__).parents[1]
EDITION = "" if _language.code == "en" else _language.code  # the folder of its notebooks and pages
DOCUMENTS = (
    *("teaching", "board", "misconceptions", "quizzes", "outcomes", "desk", "rubric", "servers"),
    *("stable", "accessibility", "terms", "front_ends"),
)
SEEDS = (1, 2, 3, 4, 5)  # of the worksheets
STATIC = STILL["static"]
ICON = '<link rel="icon" href="../_static/favicon.svg">'
LAMBDAS = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)

# What is computed before: of the controls named here these values, of the others all.
COMPUTED: dict[str, dict] = {
    "forward": {"hidden": (1, 2, 4, 8, 16, 24, 32), "weight_decay": LAMBDAS, "example": range(10)},
    "backward": {"weight_decay": LAMBDAS},
    "training": {
        "hidden": (3, 16),
        "weight_decay": (0.0, 0.02),
        "learning_rate": (0.1, 0.5),
        "activation": ("tanh",),
        "data": ("corners", "rings", "spirals"),
        "step": range(0, 561, 40),
    },
    "memory": {"depth": (1, 2, 4, 8, 16, 32)},
    "program": {"weight_decay": ("0.0", "0.1", "0.2", "0.5", "1.0")},
}
STARTS: dict[str, dict] = {
    "backward": {"step": 0},
    "training": {"hidden": 16},
    "program": {"step": 0},
}  # not as in a notebook
PAUSES = {"training": 150}  # of Play, in milliseconds

SENTENCES = Sentences() | {
    "title": "Forward and backward",
    "authors": "the authors of the course",
    "version": "Version {version}",
    "run this": "Run this notebook here",
    "run all": "Run the notebooks here",
    "how": "how this works",
    "worksheets": "Worksheets",
    "sliders": "The picture at the default settings. On a page of its own it has sliders.",
    "failed": "The other settings could not be loaded. This is the picture at the first.",
    "forward": "Forward pass: sliders",
    "backward": "Forward and backward, one operator at a time",
    "training": "Training, step by step",
    "memory": "The memory of training",
    "program": "A program of your own, as a graph",
    "program lead": "These lines of NumPy are the network of the course. When Python is awake, you can change them. "
    "The notebook [Put your own program in](../notebooks/{notebook}) explains what a program may hold.",
    "training lead": "Here a new setting starts the run anew. In the notebook it applies to the run under way.",
    "its own": "All of it comes from this site, and your browser asks no other host for anything.",
    "another host": "Python comes from this site, and NumPy, Matplotlib and other packages of it from {host}: that is "
    "the one other host that your browser asks for anything.",
    "worksheet": "Worksheet {seed}",
    "key": "key",
    "worksheet lead": "A sheet to fill in by hand, one network on each, and the key to it. Print it from the browser.",
}


# What a page says of Python, for the script that shows it. {size} is in MB.
STATES = Sentences() | {
    "absent": "The settings on this page were computed before. In the notebooks every value can be set.",
    "loading": "The settings below were computed before. Python ({size} MB) is being loaded; then every value can be "
    "set …",
    "starting": "The settings below were computed before. Python is here and imports the course; then every value can "
    "be set …",
    "saving": "The settings below were computed before. Your browser is set to save data, so Python is not loaded "
    "unless you ask for it.",
    "wake": "Wake Python up ({size} MB)",
    "awake": "Python is awake: every value can be set.",
    "failed": "Python could not be loaded. The settings below were computed before.",
    "died": "Python has stopped working. The page is back at the settings that were computed before.",
    "slow": "Python is computing …",
    "stop": "Stop",
    "stopped": "Stopped. Python starts again …",
    "held": "Python is awake. The program that was stopped is not run again until you change it.",
    "typed": "{label}, typed",
    "program": "The program, of which the last function is shown",
    "kept": "What you write is kept in this browser. A whole number such as 2 is a constant; 2.0 gets a gradient.",
    "first": "Bring the first program back",
    "back again": "Python is awake. This is the program that you wrote last time.",
    "problem": "The program as it stands cannot be shown: {problem}. The picture is that of the last one that could.",
}


def network(x, y, W1, W2, weight_decay):
    z = W1 @ x
    h = np.tanh(z)
    o = W2 @ h
    L = np.sum((o - y) ** 2) / 2
    s = weight_decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    J = L + s
    return J  # noqa: RET504  It gives the output its name.


def first_program():
    """Return the settings that the program's page starts with."""
    rng = np.random.default_rng(0)
    shapes = {"x": (4, 1), "y": (3, 1), "W1": (2, 4), "W2": (3, 2)}
    arrays = {name: str((rng.integers(-4, 5, shape) / 2).tolist()) for name, shape in shapes.items()}
    program = re.sub(r"  # noqa.*", "", inspect.getsource(network))
    return {"program": program, "arguments": {**arrays, "weight_decay": "0.1"}}


class Page:
    """An explorer's page without Python: the controls with the values that are computed before, and what they show.

    Parameters
    ----------
    name : str

    Attributes
    ----------
    settings : dict
        Those that have no control here.
    controls, arguments : list of dict
        Descriptions, each with its ``values``.
    """

    def __init__(self, name):
        self.name, self._answers = name, Answers()
        self.settings = first_program() if name == "program" else {}
        self.first = self.answer(self.settings | STARTS.get(name, {}))
        self.controls = [self._thinned(c) for c in self.first["controls"]]
        self.arguments = [self._thinned(c) for c in self.first.get("arguments", ()) if c["name"] in COMPUTED[name]]

    def answer(self, settings):
        return json.loads(self._answers(self.name, json.dumps(settings)))

    def _thinned(self, control):
        name = control["name"]
        if name in COMPUTED[self.name]:
            values = [*COMPUTED[self.name][name]]
        else:
            values = control["values"] if "values" in control else [*range(control["low"], control["high"] + 1)]
        known = dict(zip(control.get("values", ()), control.get("texts", ()), strict=True))
        texts = [known.get(v, v if isinstance(v, str) else number(v)) for v in values]
        start = STARTS.get(self.name, {}).get(name, control["start"])
        start = start if start in values else str(start)
        kind = {"kind": "Choice", "ordered": control.get("ordered", True)}
        return {"name": name, "label": control["label"], "start": start, "values": values, "texts": texts} | kind

    def settings_at(self, values):
        """Return the settings of the given values of the arguments and the controls, in this order."""
        arguments = {c["name"]: v for c, v in zip(self.arguments, values, strict=False)}
        settings = {c["name"]: v for c, v in zip(self.controls, values[len(arguments) :], strict=True)}
        if arguments:
            settings["arguments"] = self.settings["arguments"] | arguments
        return self.settings | settings

    def frames(self):
        """Return controls and pages as bytes that the page's script reads.

        Pages are nearly alike. Each is kept as the list of its tags and texts, and each of these once.
        """
        tokens, pages = {}, []
        for values in product(*(c["values"] for c in [*self.arguments, *self.controls])):
            page = self.answer(self.settings_at(values))["html"]
            pages.append([tokens.setdefault(token, len(tokens)) for token in re.split("(?=<)", page)])
        data = {"controls": self.controls, "arguments": self.arguments, "settings": self.settings}
        data |= {"buttons": BUTTONS, "tokens": [*tokens], "frames": pages}
        return gzip.compress(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(), 9, mtime=0)

    def markdown(self):
        """Return the page, with its first frame in it for where no script runs."""
        lead, program = "", ""
        if self.name == "program":
            notebook = next((ROOT / "notebooks").glob("*_your_own_program.ipynb")).name
            lead = SENTENCES["program lead"].format(notebook=notebook) + "\n\n"
            program = f"<pre>{html.escape(self.settings['program'])}</pre>"
        if self.name == "training":
            lead = SENTENCES["training lead"] + "\n\n"
        shown = self.html("../_static/", ' data-python="../_static/python.json"', program)
        return f"# {SENTENCES[self.name]}\n\n{lead}```{{raw}} html\n{shown}\n```\n"

    def html(self, static, python="", program=""):
        """Return the explorer as a part of a page, from which the folder `static` is seen so."""
        words = html.escape(json.dumps(STATES, ensure_ascii=False))
        return (
            f'<div class="frames" data-explorer="{self.name}" data-frames="{static}{self.name}.json.gz"{python} '
            f'data-pause="{PAUSES.get(self.name, 900)}" data-failed="{html.escape(SENTENCES["failed"])}" '
            f'data-words="{words}"><p class="state" role="status">{STATES["absent"]}</p>{program}'
            f'<div class="card">{self.first["html"]}</div></div>\n'
            f'<script type="module" src="{static}explorer.js"></script>'
        )


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

    text = re.sub(r"(?m)^\[(?:中文|English)\]\([^)]*\)\n\n", "", text)  # the site has such a link above every page
    text = re.sub(r"\[([^]]*)\]\((?:\.\./)+(?!\.\./|notebooks/)([^)#]*)[^)]*\)", to_file, text)
    text = re.sub(r'(?m)^<a id="([\w-]+)"></a>\n\n', r"(\1)=\n", text)  # Chinese headings keep their English names
    place = r"(?:\.\./)*(?:notebooks/)?(?:zh/)?(\d\d_\w+\.ipynb)?(?:#cell-id=([\w-]+))?"
    return re.sub(rf"\]\({place}\)", to_notebook, text)


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
    shutil.copytree(ROOT / "web", folder, ignore=lambda *_: ["zh"])
    shutil.copytree(ROOT / "web" / EDITION, folder, dirs_exist_ok=True, ignore=lambda *_: ["zh"])
    for name in ("view.js", "view.css"):
        shutil.copy(FOLDER / name, folder / "static" / name)
    for name in ("notebooks", "worksheets", "extra/worksheets"):
        (folder / name).mkdir(parents=True)
    for path in sorted((ROOT / "notebooks" / EDITION).glob("*.ipynb")):
        (folder / "notebooks" / path.name).write_text(notebook_for_the_site(path), encoding="utf-8")
    for name in COMPUTED:
        page = Page(name)
        (folder / "static" / f"{name}.json.gz").write_bytes(page.frames())
        (folder / "explorers" / f"{name}.md").write_text(page.markdown(), encoding="utf-8")
        if name == "backward":  # the first page of the site has it too, and loads no Python
            first = folder / "index.md"
            text = first.read_text(encoding="utf-8").replace("{backward}", page.html("_static/"))
            first.write_text(text, encoding="utf-8")
    found = {"address": "../../python/" if EDITION else "../python/", "size": STACK["megabytes"]}
    (folder / "static" / "python.json").write_text(json.dumps(found), encoding="utf-8")
    for name in DOCUMENTS:
        text = (ROOT / "docs" / EDITION / f"{name}.md").read_text(encoding="utf-8")
        (folder / "docs" / f"{name}.md").write_text(linked(text, folder="../notebooks/"), encoding="utf-8")
    words = {name: SENTENCES[name] for name in ("title", "authors", "run this", "run all", "how")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    words["version"] = SENTENCES["version"].format(version=project["version"])
    settings = {"course": edition(), "edition": _language.code, "words": words}
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
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
        rows += f"<li>{joined('comma', links)}</li>"
    lead = SENTENCES["worksheet lead"]
    text = f"# {SENTENCES['worksheets']}\n\n{lead}\n\n```{{raw}} html\n<ul>{rows}</ul>\n```\n"
    (folder / "worksheets" / "index.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(*sys.argv[1:])
