"""The notebooks are all run, and keep to the rules that they share. Each rule is shown to fail on a bad notebook."""

import os
import re
import statistics
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
OPENING = {"do": r"\bdo\b", "learn": r"\blearn", "need": r"\bneed", "minutes": r"minutes.*\d|\d minutes"}


def read(path):
    return nbformat.read(path, as_version=4)


def of_type(notebook, cell_type):
    return [cell for cell in notebook.cells if cell.cell_type == cell_type]


def texts(notebook):
    """Return the markdown cells without their code blocks, where a # is no heading."""
    return [re.sub(r"^```.*?^```", "", cell.source, flags=re.M | re.S) for cell in of_type(notebook, "markdown")]


def headings(notebook, level=r"#{1,6}"):
    return re.findall(rf"^{level} +(.+?) *$", "\n\n".join(texts(notebook)), flags=re.M)


class Images(HTMLParser):
    """The alternative texts of the images of some HTML."""

    def __init__(self, html):
        super().__init__()
        self.alts = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.alts.append(dict(attributes).get("alt") or "")


# Each rule takes a notebook, its path and the paths of all, and yields what is wrong.


def one_title(notebook, path, paths):
    if len(headings(notebook, "#")) != 1:
        yield f"{len(headings(notebook, '#'))} titles (# …); wanted 1"
    if not notebook.cells[0].source.startswith("# "):
        yield "the first cell does not begin with the title"


def numbered_sections(notebook, path, paths):
    for number, heading in enumerate(headings(notebook, "##"), start=1):
        if not re.match(rf"{number}\.? ", heading):
            yield f"section {number} is called {heading!r}"


def small_cells(notebook, path, paths):
    sizes = [sum(map(bool, map(str.strip, cell.source.splitlines()))) for cell in of_type(notebook, "code")]
    for number, size in enumerate(sizes):
        if size > 15:
            yield f"code cell {number} has {size} lines; wanted 15 or fewer"
    if sizes and statistics.median(sizes) > 5:
        yield f"code cells have a median of {statistics.median(sizes)} lines; wanted 5 or fewer"


def no_star_imports(notebook, path, paths):
    for number, cell in enumerate(of_type(notebook, "code")):
        if re.search(r"^\s*from .* import +\*", cell.source, flags=re.M):
            yield f"code cell {number} has an import *"


def saved_as_run(notebook, path, paths):
    for number, cell in enumerate(of_type(notebook, "code")):
        if cell.execution_count != number + 1:  # nbval compares nothing in a cell that was not run
            yield f"code cell {number} was saved with the count {cell.execution_count}; wanted {number + 1}"


def no_errors_saved(notebook, path, paths):
    for number, cell in enumerate(of_type(notebook, "code")):
        if any(output.output_type == "error" for output in cell.outputs):
            yield f"code cell {number} was saved with an error"
        if any(output.get("name") == "stderr" for output in cell.outputs):
            yield f"code cell {number} was saved with a warning"


def opening(notebook, path, paths):
    for what, pattern in OPENING.items():
        if not re.search(pattern, texts(notebook)[0], flags=re.I):
            yield f"the opening cell does not say what you will do, learn and need, and the minutes: {what} is missing"


def closing(notebook, path, paths):
    end = re.split(r"^(?=## )", "\n\n".join(texts(notebook)), flags=re.M)[-1]
    if not re.search("summary|sum up", end.lower()):
        yield "the last section has no summary"
    after = paths[paths.index(path) + 1 :]
    if after and f"]({after[0].name}" not in end:
        yield f"the last section has no link to {after[0].name}"


def links_lead_somewhere(notebook, path, paths):
    for link in re.findall(r"\]\(([^)\s]+)[^)]*\)", "\n\n".join(texts(notebook))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = unquote(link).partition("#")
        target = path.parent / name if name else path
        if not target.exists():
            yield f"{link} leads to no file"
        elif anchor and target.suffix == ".ipynb":
            ids = {f"cell-id={cell.id}" for cell in (read(target) if name else notebook).cells}
            if anchor not in ids:
                yield f"{link} leads to no cell; a cell is named by its id, as in {path.name}#cell-id=walk-the-graph"


def pictures_are_told(notebook, path, paths):
    for number, cell in enumerate(of_type(notebook, "code")):
        for data in (output.data for output in cell.outputs if "data" in output):
            text = data.get("text/plain")
            for alt in Images(data.get("text/html", "")).alts:
                if not alt or alt != text:
                    yield f"code cell {number} has a picture with the alt {alt!r}; its text is {text!r}"
            if "text/html" not in data and any(kind.startswith("image/") for kind in data):
                yield f"code cell {number} has a picture that JupyterLab shows without an alt"


RULES = [
    one_title,
    numbered_sections,
    small_cells,
    no_star_imports,
    saved_as_run,
    no_errors_saved,
    opening,
    closing,
    links_lead_somewhere,
    pictures_are_told,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_keeps_the_rule(path, rule):
    problems = list(rule(read(path), path, NOTEBOOKS))
    assert problems == []


# The rules themselves: a good notebook passes all of them, and each of these changes breaks one.


def code(source, count, **output):
    outputs = [new_output("execute_result", output, execution_count=count)] if output else []
    return new_code_cell(source, execution_count=count, outputs=outputs)


def picture(alt, text):
    return {"text/html": f'<img alt="{alt}" src="data:image/png;base64,">', "text/plain": text}


def good_notebook():
    notebook = new_notebook()
    notebook.cells = [
        new_markdown_cell("# Add numbers\n\nYou will do sums, learn to add, need paper. 5 minutes."),
        new_markdown_cell("## 1 Begin with *one*\n\n[Skip](#cell-id=end), [begin](a.ipynb#cell-id=end)"),
        code("1 + 1", 1, **{"text/plain": "2"}),
        code("draw()", 2, **picture("1 &lt; 2", "1 < 2")),
        new_markdown_cell("```\n# no heading\n```\n## 2 Summary\n\nNext: [subtract](b.ipynb)."),
    ]
    notebook.cells[-1].id = "end"
    return notebook


def replace(cell, old, new):
    def change(notebook):
        assert old in notebook.cells[cell].source
        notebook.cells[cell].source = notebook.cells[cell].source.replace(old, new)

    return change


def outputs(*new):
    return lambda notebook: notebook.cells[2].update(outputs=list(new))


def shown(**data):
    return outputs(new_output("display_data", {kind.replace("_", "/"): value for kind, value in data.items()}))


BREAK = [
    (one_title, replace(0, "# Add", "## Add")),
    (one_title, replace(1, "## 1", "# 1")),
    (one_title, lambda notebook: notebook.cells.insert(0, new_markdown_cell("Hello"))),
    (numbered_sections, replace(1, "## 1 ", "## ")),
    (numbered_sections, replace(4, "## 2 ", "## 3 ")),
    (small_cells, replace(2, "1 + 1", "1\n" * 16)),
    (small_cells, lambda notebook: [replace(k, "", "1\n")(notebook) for k in (2, 3)]),
    (no_star_imports, replace(2, "1 + 1", "from math import *")),
    (saved_as_run, lambda notebook: notebook.cells[2].update(execution_count=None, outputs=[])),
    (saved_as_run, lambda notebook: notebook.cells[3].update(execution_count=7)),
    (no_errors_saved, outputs(new_output("error", ename="E", evalue="", traceback=[]))),
    (no_errors_saved, outputs(new_output("stream", name="stderr", text="Warning"))),
    (opening, replace(0, " do ", " make ")),
    (opening, replace(0, "learn", "see")),
    (opening, replace(0, "need", "have")),
    (opening, replace(0, "5 minutes", "Soon done")),
    (closing, replace(4, "Summary", "End")),
    (closing, replace(4, "b.ipynb", "a.ipynb")),
    (links_lead_somewhere, replace(1, "a.ipynb#", "c.ipynb#")),
    (links_lead_somewhere, replace(1, "a.ipynb#cell-id=end", "a.ipynb#cell-id=start")),
    (links_lead_somewhere, replace(1, "(#cell-id=end", "(#cell-id=start")),
    (pictures_are_told, shown(text_html="<img src='a.png'>", text_plain="two")),
    (pictures_are_told, shown(**{"text_html": "<img alt='one'>", "text_plain": "two"})),
    (pictures_are_told, shown(text_html="<img alt=''>", text_plain="")),
    (pictures_are_told, shown(image_png="", text_plain="<Figure>")),
]


def broken_rules(notebook, folder):
    paths = [folder / "a.ipynb", folder / "b.ipynb"]
    for path in paths:
        nbformat.write(notebook, path)
    return {rule for rule in RULES if list(rule(read(paths[0]), paths[0], paths))}


def test_good_notebook_keeps_every_rule(tmp_path):
    assert broken_rules(good_notebook(), tmp_path) == set()


@pytest.mark.parametrize(("rule", "change"), BREAK)
def test_bad_notebook_breaks_its_rule(rule, change, tmp_path):
    notebook = good_notebook()
    change(notebook)
    assert rule in broken_rules(notebook, tmp_path)


def test_last_notebook_needs_no_next(tmp_path):
    assert not list(closing(good_notebook(), tmp_path / "b.ipynb", [tmp_path / "b.ipynb"]))


# pytest runs the notebooks with the settings of the project, and these tests make sure that it does.


def run_pytest(*arguments):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    env["PYTHONIOENCODING"] = "utf-8"
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, encoding="utf-8")


@pytest.mark.weekly
def test_pytest_alone_collects_every_code_cell():
    collected = run_pytest("--collect-only", "-q").stdout
    for path in NOTEBOOKS:
        found = re.findall(rf"^notebooks/{path.name}::(Cell \d+)$", collected, flags=re.M)
        assert found == [f"Cell {number}" for number in range(len(of_type(read(path), "code")))]
    assert NOTEBOOKS


SHOW = "print('text'); display({'text/plain': 'two', 'text/html': '<b>2</b>', 'image/svg+xml': '<svg/>'}, raw=True)"


@pytest.mark.weekly
@pytest.mark.parametrize(
    ("text", "plain", "html", "svg", "passes"),
    [
        ("text\n", "two", "<b>2</b>", "<svg/>", True),
        ("text\n", "two", "other bytes", "other bytes", True),
        ("text\n", "three", "<b>2</b>", "<svg/>", False),
        ("other\n", "two", "<b>2</b>", "<svg/>", False),
    ],
)
def test_all_but_the_bytes_of_pictures_is_compared(text, plain, html, svg, passes, tmp_path):
    notebook = new_notebook(cells=[new_code_cell(SHOW, execution_count=1)])
    data = {"text/plain": plain, "text/html": html, "image/svg+xml": svg}
    notebook.cells[0].outputs = [new_output("stream", text=text), new_output("display_data", data)]
    nbformat.write(notebook, tmp_path / "a.ipynb")
    run = run_pytest("--rootdir", ROOT, "-c", ROOT / "pyproject.toml", ROOT / "conftest.py", tmp_path / "a.ipynb")
    assert ("1 passed" if passes else "1 failed") in run.stdout
