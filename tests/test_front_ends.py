"""The course in other programs than JupyterLab: Notebook 7, exports by nbconvert, papermill, and no widgets at all.

`docs/front_ends.md` tells what was seen.
"""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from lab import PICTURES_LOADED, Lab, open_notebook
from nbconvert.exporters import HTMLExporter, LatexExporter, MarkdownExporter, RSTExporter
from playwright.sync_api import expect
from test_browser import OUTPUTS, PICTURES, WIDGET, explorers_of, pictures_of
from test_notebooks import NOTEBOOKS, ROOT, Images, of_type, read

from helpers.widgets.explorer import SENTENCES

FORWARD = ROOT / "notebooks" / "01_forward_propagation.ipynb"
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
WIDGETS = ("@jupyter-widgets/jupyterlab-manager", "anywidget")
RUN_ALL = """async () => {
    await window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs');
    await window.jupyterapp.commands.execute('notebook:run-all-cells');
}"""


# Exports.


def outputs_in(found, notebook):
    """Return those of the alternative texts that belong to outputs; the others are of pictures in the text."""
    return list((Counter(found) & Counter(pictures_of(notebook))).elements())


@pytest.fixture(scope="module")
def pandoc():
    """A pandoc that nbconvert finds: the system's own, or the one that came with the tests."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        if not shutil.which("pandoc"):
            pypandoc = pytest.importorskip("pypandoc")
            monkeypatch.setenv("PATH", str(Path(pypandoc.get_pandoc_path()).parent), prepend=os.pathsep)
        yield


@pytest.mark.weekly
@every_notebook
@pytest.mark.parametrize("exporter", [HTMLExporter, MarkdownExporter, RSTExporter])
def test_an_export_with_html_has_every_picture_with_its_text(exporter, path, pandoc):
    notebook = read(path)
    page, _ = exporter().from_notebook_node(notebook)
    assert sorted(outputs_in(Images(page).alts, notebook)) == sorted(pictures_of(notebook))
    assert page.count(SENTENCES["static"]) == len(explorers_of(notebook))


@pytest.mark.weekly
@every_notebook
def test_latex_has_every_picture_as_png(path, pandoc):
    notebook = read(path)
    text, resources = LatexExporter().from_notebook_node(notebook)
    names = re.findall(r"\\(?:adjustimage|includegraphics)\b.*\{(output_.*)\}", text)
    assert len(names) == len(pictures_of(notebook))
    assert sorted(names) == sorted(resources["outputs"] or ())
    assert all(data.startswith(b"\x89PNG") for data in resources["outputs"].values())


@pytest.mark.weekly
def test_an_explorer_that_was_run_and_saved_is_exported_as_its_picture():
    """JupyterLab saves that there was a widget, and not the widget."""
    notebook = read(FORWARD)
    (explorer,) = explorers_of(notebook)
    explorer.data[WIDGET] = {"model_id": "0" * 32, "version_major": 2, "version_minor": 0}
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert page.count(SENTENCES["static"]) == 1
    assert "widget-view" not in page


def test_an_exported_page_shows_its_pictures_offline(page, tmp_path):
    html, _ = HTMLExporter().from_notebook_node(read(FORWARD))
    file = tmp_path / "page.html"
    file.write_text(html, encoding="utf-8")
    page.route(re.compile("^https?:"), lambda route: route.abort())
    page.goto(file.as_uri())
    expect(page.get_by_text(SENTENCES["static"])).to_be_visible()
    shown = page.locator("img").evaluate_all("all => all.map(img => [img.alt, img.naturalWidth, img.offsetWidth])")
    assert outputs_in([alt for alt, *sizes in shown if all(sizes)], read(FORWARD)) == pictures_of(read(FORWARD))
    # What it asks for, and does without: scripts that set formulas.
    assert {re.sub(r".*/ajax/libs/([^/]*)/.*", r"\1", url) for url in page.requests[1:] if url[:4] == "http"} <= {
        "require.js",
        "mathjax",
        "mermaid",
    }


# Papermill, which runs a notebook where it is told to: here in the root of the course, as VS Code and PyCharm may.


@pytest.mark.weekly
@every_notebook
def test_papermill_runs_it_in_the_root(path, tmp_path):
    pytest.importorskip("papermill")
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "--cwd", str(ROOT), "-k", "python3"]
    done = subprocess.run([*command, path, tmp_path / "ran.ipynb"], capture_output=True, encoding="utf-8", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert pictures_of(read(tmp_path / "ran.ipynb")) == pictures_of(read(path))


# Programs with a page of their own.


def ran(page, lab, name):
    """Open and run a notebook, and return what it then holds. What the page complains of before is not ours."""
    open_notebook(page, lab, name)  # Notebook 7 complains here of a setting, with any notebook
    page.complaints.clear()
    page.evaluate(RUN_ALL)
    page.wait_for_function(PICTURES_LOADED)
    return nbformat.from_dict(page.evaluate(OUTPUTS))


@pytest.fixture(scope="module")
def notebook7(chromium):
    with Lab(ROOT / "notebooks", app="notebook") as lab:
        yield lab


def test_explorers_move_in_notebook_7(notebook7, page):
    notebook = ran(page, notebook7, FORWARD.name)
    assert [
        output for cell in of_type(notebook, "code") for output in cell.outputs if output.output_type == "error"
    ] == []
    explorer = page.locator(".explorer")
    card = explorer.locator(".card")
    expect(card).to_have_count(1)
    expect(page.get_by_text(SENTENCES["static"])).to_have_count(0)
    before = card.inner_text()
    handle = explorer.locator(".noUi-handle").first
    handle.focus()
    handle.press("ArrowRight")
    expect(card).not_to_have_text(before, use_inner_text=True)
    assert page.complaints == []


def test_the_saved_pictures_stand_in_notebook_7(notebook7, page):
    open_notebook(page, notebook7, FORWARD.name)
    assert [alt for alt, width in page.evaluate(PICTURES) if width] == pictures_of(read(FORWARD))
    expect(page.get_by_text(SENTENCES["static"])).to_be_visible()


@pytest.mark.parametrize("app", ["jupyterlab", "notebook"])
def test_without_widgets_the_picture_and_its_sentence_stay(app, chromium, page, tmp_path):
    notebook = read(FORWARD)
    (explorer,) = [cell for cell in of_type(notebook, "code") if "e = forward_explorer()" in cell.source]
    explorer.source = "from helpers.widgets import forward_explorer\n" + explorer.source
    notebook.cells = [explorer]
    (tmp_path / "notebooks").mkdir()
    nbformat.write(notebook, tmp_path / "notebooks" / FORWARD.name)
    with Lab(tmp_path / "notebooks", app=app, disabled=WIDGETS) as lab:
        notebook = ran(page, lab, FORWARD.name)
        assert len(explorers_of(notebook)) == 1
        expect(page.get_by_text(SENTENCES["static"])).to_be_visible()
        assert [alt for alt, width in page.evaluate(PICTURES) if width] == pictures_of(notebook)
        assert len(pictures_of(notebook)) == 1
        # JupyterLab's own words about a widget that nobody takes, on the console alone.
        assert [text for text in page.complaints if "comm" not in text] == []
