"""Every notebook, as JupyterLab shows it after a run, can be read and used by everyone.

axe-core looks at what is ours: the rendered text and the outputs. What it says of JupyterLab itself is printed at the
end of `make test-all`, for whoever wants to mend it there.
"""

import re
from collections import Counter
from functools import partial

import pytest
from lab import FORGET, Lab, axe, new_page, open_notebook, run_all, settled
from test_notebooks import NOTEBOOKS, ROOT

OURS = [[".jp-RenderedMarkdown"], [".jp-OutputArea-output"]]
CODE = [".jp-RenderedMarkdown pre span"]  # its colours are JupyterLab's: on a dark ground the comments are too pale
STYLE_OF_JUPYTERLAB = "link-in-text-block"  # it does not underline the links of a text
JUPYTERLAB = Counter()

HEADINGS = """() => [...document.querySelectorAll('.jp-Notebook :is(h1, h2, h3, h4, h5, h6)')]
    .map(heading => [Number(heading.tagName[1]), heading.innerText])"""
# Tables, code and equations have a layout of their own, and may be scrolled sideways each by itself.
LOST = """() => {
    const scroller = document.querySelector('.jp-NotebookPanel .jp-WindowedPanel-outer');
    const edge = scroller.getBoundingClientRect().left + scroller.clientWidth + 1;
    const found = [...document.querySelectorAll('.jp-RenderedMarkdown *, .jp-OutputArea-output *')]
        .filter(element => !element.closest('table, pre, .scroll, mjx-container, .said'))
        .filter(element => element.getBoundingClientRect().width && element.getBoundingClientRect().right > edge)
        .map(element => element.outerHTML.slice(0, 120));
    for (const element of [scroller, document.documentElement])
        if (element.scrollWidth > element.clientWidth + 1) found.push('the page scrolls sideways');
    return found;
}"""
NARROW = """() => document.querySelector('.jp-NotebookPanel .jp-WindowedPanel-outer').getBoundingClientRect().right
    <= innerWidth"""
WHERE = """() => {
    const notebook = window.jupyterapp.shell.currentWidget.content, focus = document.activeElement;
    const cells = [...document.querySelectorAll('.jp-Notebook .jp-Cell')];
    const scroller = document.querySelector('.jp-NotebookPanel .jp-WindowedPanel-outer').getBoundingClientRect();
    const box = focus.getBoundingClientRect();
    return {
        cell: cells.indexOf(focus.closest('.jp-Cell')),
        active: notebook.activeCellIndex,
        onCell: focus.matches('.jp-Cell'),
        inExplorer: Boolean(focus.closest('.explorer')),
        inSight: box.bottom > scroller.top && box.top < scroller.bottom,
        outline: getComputedStyle(focus).outlineStyle,
        value: focus.getAttribute('aria-valuenow'),
    };
}"""
RAN = """k => {
    const cell = window.jupyterapp.shell.currentWidget.content.widgets[k].model;
    return cell.type !== 'code' || cell.executionCount !== null && cell.executionState === 'idle';
}"""
COUNTS = """() => window.jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model)
    .filter(cell => cell.type === 'code').map(cell => cell.executionCount)"""
FAILED = "() => document.querySelectorAll('.jp-Notebook [data-mime-type=\"application/vnd.jupyter.stderr\"]').length"


def faults_of_ours(page):
    found = axe(page, {"include": OURS, "exclude": [CODE]})
    JUPYTERLAB.update({name: len(elements) for name, elements in found.items() if STYLE_OF_JUPYTERLAB in name})
    return {name: elements for name, elements in found.items() if STYLE_OF_JUPYTERLAB not in name}


def jumps(headings):
    """Return the headings that are not in order: a title that is not the first, or a level that was passed over."""
    levels = [0, *(level for level, _ in headings)]
    pairs = zip(levels, headings, strict=False)
    return [text for before, (level, text) in pairs if level > before + 1 or (level == 1) != (before == 0)]


def test_jumps_are_seen():
    assert jumps([(1, "a"), (2, "b"), (3, "c"), (2, "d")]) == []
    assert jumps([(2, "a")]) == ["a"]
    assert jumps([(1, "a"), (3, "b")]) == ["b"]
    assert jumps([(1, "a"), (2, "b"), (1, "c")]) == ["c"]


@pytest.mark.parametrize("sheet", ["helpers/widgets/view.css", "web/static/site.css"])
def test_nothing_moves_by_itself(sheet):
    assert not re.search(r"animation|transition|@keyframes|scroll-behavior", (ROOT / sheet).read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=["light", "dark"])
def themed(request, lab):
    if request.param == "light":
        yield lab
    else:
        with Lab(ROOT / "notebooks", request.param) as dark:
            yield dark


def check_page(page):
    assert faults_of_ours(page) == {}
    assert jumps(page.evaluate(HEADINGS)) == []
    # At 200 % a window of 1280 × 900 has room for half as much.
    page.set_viewport_size({"width": 640, "height": 450})
    page.wait_for_function(NARROW)  # JupyterLab lays itself out a moment later
    assert settled(page, lambda: page.evaluate(LOST), []) == []


def test_first_notebook_as_it_is_opened(lab, page):
    open_notebook(page, lab, NOTEBOOKS[0].name)
    check_page(page)
    # Neither of them is blind.
    page.evaluate("""() => { document.querySelector('.jp-RenderedMarkdown').insertAdjacentHTML('beforeend',
        '<img src="data:,"><p style="color: #999; background: white">pale</p><p style="width: 900px">wide</p>'); }""")
    assert {name.split()[0] for name in faults_of_ours(page)} == {"image-alt", "color-contrast"}
    assert any("wide" in lost for lost in page.evaluate(LOST))


@pytest.mark.weekly
@pytest.mark.parametrize("name", [path.name for path in NOTEBOOKS])
def test_notebook_as_it_was_run(name, themed, chromium):
    page = new_page(chromium)
    open_notebook(page, themed, name)
    run_all(page, timeout=600)
    JUPYTERLAB.update({name: len(elements) for name, elements in axe(page, {"exclude": OURS}).items()})
    check_page(page)
    page.close()


def where(page, names):
    now = page.evaluate(WHERE)
    return {name: now[name] for name in names}


def go_on(page, key, times=1):
    for _ in range(times):
        page.keyboard.press(key)
    return page.evaluate(WHERE)


@pytest.mark.weekly
def test_a_whole_notebook_by_keyboard(lab, page):
    """From the first cell to the last with Shift and Enter alone, but for a way into an explorer and out again."""
    open_notebook(page, lab, "01_forward_propagation.ipynb")
    page.evaluate(FORGET)
    count = page.locator(".jp-Notebook .jp-Cell").count()
    entered = 0
    for k in range(count):
        arrived = {"cell": k, "active": k, "onCell": True, "inSight": True}
        assert settled(page, partial(where, page, arrived), arrived) == arrived
        # The last stays where it is: with Shift, JupyterLab would add a cell below it.
        page.keyboard.press("Shift+Enter" if k < count - 1 else "Control+Enter")
        page.wait_for_function(RAN, arg=k, timeout=600_000)
        cell = page.locator(".jp-Notebook .jp-Cell").nth(k)
        if cell.locator(".jp-OutputArea-output .explorer").count():
            go_through_explorer(page, cell, k)
            entered += 1
    assert entered
    assert None not in page.evaluate(COUNTS)
    assert page.evaluate(FAILED) == 0


def go_through_explorer(page, cell, k):
    """Come back up to the explorer of cell `k`, go through its controls, and leave it at either end."""
    cell.locator(".noUi-handle[aria-label]").first.wait_for()
    assert go_on(page, "ArrowUp")["active"] == k
    way_in = 1
    while not (stop := go_on(page, "Tab"))["inExplorer"]:
        way_in += 1
        assert way_in < 10
    before = stop["value"]
    stop = go_on(page, "ArrowRight")
    assert (stop["active"], stop["inExplorer"]) == (k, True)  # the key was the slider's, not the notebook's
    assert stop["value"] != before
    stops = 1
    while (stop := go_on(page, "Tab"))["inExplorer"]:
        assert stop["outline"] != "none"
        stops += 1
        assert stops < 50
    assert stops >= cell.locator(".explorer :is(.noUi-handle, .widget-readout, select, button)").count()
    way_back = 1
    while not ((stop := go_on(page, "Shift+Tab"))["onCell"] and stop["cell"] == k):
        way_back += 1
        assert way_back < stops + 20
    assert go_on(page, "ArrowDown")["active"] == k + 1


@pytest.mark.weekly
def test_the_focus_can_be_seen(lab, page):
    open_notebook(page, lab, "01_forward_propagation.ipynb")
    for k in range(4):  # text and code
        box = page.locator(".jp-Notebook .jp-Cell").nth(k).bounding_box()
        clip = box | {"height": min(box["height"], 40)}
        there = page.screenshot(clip=clip)
        assert go_on(page, "ArrowDown")["active"] == k + 1
        assert settled(page, lambda clip=clip, there=there: page.screenshot(clip=clip) != there, True)
