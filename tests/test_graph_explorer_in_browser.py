"""The graph explorer in a real browser: a reader's own numbers by slider, by keyboard and as text."""

import re

import nbformat
import pytest
from lab import new_page, open_notebook, run_all, settled, violations
from playwright.sync_api import expect
from test_explorers_in_browser import CUT_OFF

PROGRAM = """
import numpy as np
from helpers.widgets import graph_explorer

def f(x, W, weight_decay):
    h = np.tanh(W @ x)
    J = np.sum(h**2) + weight_decay * np.sum(W**2)
    return J

e = graph_explorer(f, x=np.array([1.0, -2.0]), W=np.array([[0.5, 1.0], [-1.0, 0.25]]), weight_decay=0.5)
e
"""


@pytest.fixture(scope="module")
def page(chromium, lab):
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    cells = [nbformat.v4.new_markdown_cell("# A program\n\n## Of one's own"), nbformat.v4.new_code_cell(PROGRAM)]
    lab.add("own.ipynb", nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}))
    page = new_page(chromium, 1100, 1000)
    open_notebook(page, lab, "own.ipynb")
    run_all(page)
    expect(page.locator(".explorer .card")).to_have_count(1)
    expect(page.locator(".noUi-handle:not([aria-label])")).to_have_count(0)
    yield page
    assert page.complaints == []
    page.close()


@pytest.fixture
def words(page):
    return page.locator(".card .words")


def test_step_and_back_walk_through_both_lanes(page, words):
    page.get_by_role("button", name="Reset").click()
    expect(words).to_contain_text("Step 0 of")
    for k in range(1, 9):
        page.get_by_role("button", name="Step ▶").click()
        expect(words).to_contain_text(f"Step {k} of")
    page.get_by_role("button", name="◀ Back").click()
    expect(words).to_contain_text("Step 7 of")
    lit = page.locator(".card .lit")
    expect(lit).to_have_count(1)


def test_the_operator_of_the_moment_is_in_sight(page, words):
    """The picture is longer than its box, which scrolls."""
    inside = """lit => {
        const [inner, outer] = [lit.getBoundingClientRect(), lit.closest('.tall').getBoundingClientRect()];
        return inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
    }"""
    step = page.get_by_role("slider", name="step", exact=True)
    for key in ("End", "Home", "PageUp", "PageUp", "PageUp", "PageUp"):
        step.press(key)
        at = step.get_attribute("aria-valuenow")
        expect(words).to_contain_text(f"Step {round(float(at))} of")
        if key != "Home":
            assert settled(page, lambda: page.locator(".card .lit").evaluate(inside), True)


def objective(words):
    return float(re.search(r"J = (\d[\d.]*\d|\d)", words.inner_text())[1])


def test_a_number_has_a_slider_that_the_keyboard_moves(page, words):
    page.get_by_role("slider", name="step", exact=True).press("End")
    expect(words).to_contain_text("J = ")
    before = objective(words)
    page.get_by_role("slider", name="weight_decay", exact=True).press("ArrowRight")
    assert settled(page, lambda: objective(words) > before, True)


def test_an_array_is_written_in_a_line_and_a_mistake_is_told(page, words):
    line = page.get_by_role("textbox", name="x", exact=True)
    line.fill("[0, 0]")
    line.press("Enter")
    page.get_by_role("slider", name="step", exact=True).press("End")
    weight_decay = float(page.locator(".widget-readout").first.inner_text())
    assert settled(page, lambda: objective(words) == pytest.approx(weight_decay * 2.3125, rel=1e-2), True)
    line.fill("[0, 0")
    line.press("Enter")
    expect(words).to_contain_text("This change was not taken: ValueError: x: expected numbers such as")
    line.fill("[1, -2]")
    line.press("Enter")
    expect(words).not_to_contain_text("not taken")


def test_the_check_and_how_it_looks(page, words):
    page.get_by_role("button", name="Check every entry").click()
    expect(page.locator(".card")).to_contain_text("Every array agrees.")
    expect(words).to_contain_text("Every gradient agrees with central differences.")
    root = page.locator(".explorer")
    assert settled(page, lambda: root.evaluate(CUT_OFF), []) == []
    assert violations(page, ".explorer") == {}
