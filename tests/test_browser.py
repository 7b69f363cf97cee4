"""Every notebook in a real JupyterLab and a real browser, as a reader meets it: a fresh copy that is not trusted."""

import nbformat
import pytest
from lab import open_notebook, run_all, violations
from playwright.sync_api import expect
from test_notebooks import NOTEBOOKS, Images, of_type, read

from helpers.widgets.explorer import SENTENCES

PICTURES = """() => [...document.querySelectorAll('.jp-Notebook .jp-OutputArea img')]
    .map(img => [img.alt, img.naturalWidth])"""
OUTPUTS = "() => window.jupyterapp.shell.currentWidget.context.model.toJSON()"
WIDGET = "application/vnd.jupyter.widget-view+json"
MESSAGES = "() => [...document.querySelectorAll('.jp-Dialog, .Toastify__toast')].map(message => message.innerText)"


def pictures_of(notebook, without=None):
    """Return the texts of the pictures among the outputs, leaving out outputs that have the type `without`."""
    data = [output.get("data", {}) for cell in of_type(notebook, "code") for output in cell.outputs]
    return [alt for item in data if without not in item for alt in Images(item.get("text/html", "")).alts]


def explorers_of(notebook):
    """Return the outputs that show an explorer."""
    outputs = [output for cell in of_type(notebook, "code") for output in cell.outputs]
    return [output for output in outputs if SENTENCES["static"] in output.get("data", {}).get("text/html", "")]


def answers_are_hidden_until_asked_for(page):
    answers = page.locator("details:not([open])")
    hidden = answers.count()
    assert hidden >= 10  # two or more for each of five notebooks, and JupyterLab's sanitizer has left them in
    first = page.locator("details p").first
    assert not first.is_visible()
    answers.first.locator("summary").click()
    expect(first).to_be_visible()
    for key in ("Enter", "Space"):
        answers.first.locator("summary").press(key)
    expect(answers).to_have_count(hidden - 3)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_opens_and_runs(path, lab, page):
    open_notebook(page, lab, path.name)
    pictures = page.evaluate(PICTURES)
    assert [alt for alt, width in pictures if width] == pictures_of(read(path))
    assert page.get_by_text(SENTENCES["static"]).count() == len(explorers_of(read(path)))
    if path.stem == "08_summary_and_exercises":
        answers_are_hidden_until_asked_for(page)

    run_all(page)
    ran = nbformat.from_dict(page.evaluate(OUTPUTS))
    pictures = page.evaluate(PICTURES)
    assert all(width for _, width in pictures)
    assert {alt for alt, _ in pictures} >= set(pictures_of(ran, without=WIDGET))
    bad = [output for cell in of_type(ran, "code") for output in cell.outputs if output.output_type == "error"]
    assert not bad
    assert all(cell.execution_count for cell in of_type(ran, "code"))

    assert violations(page, ".jp-OutputArea-output") == {}
    assert page.evaluate(MESSAGES) == []
    assert page.complaints == []
    assert [url for url in page.requests if not url.startswith((lab.url, "data:", "blob:"))] == []


def test_server_wants_its_token(lab, page):
    assert len(lab.token) >= 40
    page.goto(f"{lab.url}lab")
    assert "/login" in page.url
