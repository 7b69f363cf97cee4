"""JupyterLite, as `make site` makes it: its files, and all notebooks run in a real browser, where Python can come."""

import base64
import hashlib
import json
import re

import nbformat
import pytest
from lab import settled, watched
from playwright.sync_api import expect
from serving import LOCK, SAME_BUT_ERRORS, SITE, hosts, packages, reach_python, served
from test_explorers_in_browser import Dropdown, SelectionSlider
from test_notebooks import NOTEBOOKS, ROOT, read

from helpers.widgets import backward_explorer, forward_explorer, graph_explorer, memory_explorer, training_explorer
from tools import browser

pytestmark = pytest.mark.site
BOTH = [*NOTEBOOKS, *sorted((ROOT / "notebooks" / "zh").glob("*.ipynb"))]  # editions
by_name = pytest.mark.parametrize("path", BOTH, ids=lambda path: path.relative_to(ROOT / "notebooks").as_posix())
LITE = SITE / "lite"
OPENED = """() => {
    const panel = window.jupyterapp?.shell.currentWidget;
    return panel?.context?.isReady && panel.sessionContext?.session?.kernel?.status === 'idle';
}"""
RUN_ALL = "() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
SAVE = "() => window.jupyterapp.commands.execute('docmanager:save')"
DONE = """() => {
    const cells = window.jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model)
        .filter(cell => cell.type === 'code' && cell.sharedModel.source);
    const failed = cell => !cell.getMetadata('tags')?.includes('raises-exception')
        && cell.outputs.toJSON().some(output => output.output_type === 'error');
    return cells.some(failed) || cells.every(cell => cell.executionCount !== null)
        && window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle';
}"""
NOTEBOOK = "() => window.jupyterapp.shell.currentWidget.context.model.toJSON()"
PUT = """([path, content]) => window.jupyterapp.serviceManager.contents.save(
    path, {type: 'notebook', format: 'json', content})"""
WRITE = """([id, source]) => {
    const cells = window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells;
    cells.find(cell => cell.id === id).setSource(source);
}"""
FORGET = "() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')"


@pytest.fixture(scope="module")
def address():
    with served() as address:
        yield address


def exposed(route):
    """Answer with JupyterLite's settings, and one more: that the page answers to scripts."""
    answer = route.fetch()
    settings = answer.json()
    settings["jupyter-config-data"]["exposeAppInBrowser"] = True
    route.fulfill(response=answer, json=settings)


def new_context(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.route(re.compile(r"/lite/jupyter-lite\.json"), exposed)
    context.route("**/favicon.ico", lambda route: route.fulfill(body=b""))  # JupyterLite's page names its own too late
    return context


@pytest.fixture(scope="module")
def context(chromium):
    """A browser that can come to Python, and has kept nothing."""
    context = new_context(chromium)
    reach_python(context)
    yield context
    context.close()


@pytest.fixture
def page(context):
    page = watched(context.new_page())
    yield page
    page.close()


def opened(page, address, name, edition=None):
    page.goto(f"{address}lite/lab/index.html?path={edition or browser.edition()}/notebooks/{name}&reset")
    page.wait_for_function(OPENED, timeout=120_000)


def run_all(page):
    page.evaluate(FORGET)
    page.evaluate(RUN_ALL)
    page.wait_for_function(DONE, timeout=300_000, polling=200)


# The files.


def test_what_the_browser_loads_is_there_and_what_the_lock_file_says():
    for name, package in packages().items():
        place = package["file_name"]
        if place.startswith(browser.SERVER):
            continue
        assert hashlib.sha256((LOCK.parent / place).read_bytes()).hexdigest() == package["sha256"], name
    assert set(browser.CORE) <= {path.name for path in LOCK.parent.iterdir()}


def test_an_explorers_page_loads_as_much_as_it_says():
    if hosts():
        pytest.skip("packages come from another host, so how large they are is not known here")
    lock, names, todo = packages(), set(), [browser.COURSE]
    while todo:
        name = todo.pop().lower().replace("_", "-")
        todo += [] if name in names else lock[name]["depends"]
        names.add(name)
    core = [name for name in browser.CORE if name != "pyodide.js"]
    files = [*core, LOCK.name, *(lock[name]["file_name"] for name in names)]
    size = sum((LOCK.parent / file).stat().st_size for file in files)
    assert round(size / 1e6) == browser.STACK["megabytes"]


def test_packages_are_those_that_fit_this_pyodide():
    lock = json.loads(LOCK.read_text(encoding="utf-8"))
    assert lock["info"]["version"] == browser.STACK["pyodide"]
    assert set(browser.IN_A_NOTEBOOK) <= set(lock["packages"])
    settings = json.loads((LITE / "jupyter-lite.json").read_text(encoding="utf-8"))["jupyter-config-data"]
    loaded = {extension["name"] for extension in settings["federated_extensions"]}
    assert {"anywidget", "@jupyter-widgets/jupyterlab-manager", "@jupyterlite/pyodide-kernel-extension"} <= loaded
    page = json.loads((LITE / "extensions" / "anywidget" / "package.json").read_text(encoding="utf-8"))
    assert page["version"].replace("~", "") == packages()["anywidget"]["version"]


@by_name
def test_a_notebook_is_there_with_its_outputs(path):
    place = LITE / "files" / browser.edition() / path.relative_to(ROOT)
    there = json.loads(place.read_text(encoding="utf-8"))
    assert there == read(path)
    assert all(isinstance(cell["source"], str) for cell in there["cells"])


def test_every_page_links_to_a_notebook_that_is_there():
    for path in SITE.rglob("*.html"):
        if {"_static", "lite"} & {*path.parts} or path.stem.startswith("worksheet-"):
            continue
        text = path.read_text(encoding="utf-8")
        (link,) = re.findall(r'<a href="([^"?]*lite/lab/index\.html)\?path=([^"]*)"', text)
        assert (path.parent / link[0]).resolve().is_file()
        assert (LITE / "files" / link[1]).is_file()
        if path.parent.name == "notebooks":
            assert link[1].endswith(f"/{path.stem}.ipynb")


def test_another_text_of_a_notebook_is_another_edition(monkeypatch, tmp_path):
    monkeypatch.setattr(browser, "ROOT", tmp_path)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "tools").mkdir()
    for name in ("tools/environment.py", "requirements.txt", "notebooks/00.ipynb"):
        (tmp_path / name).write_text("one")
    first = browser.edition()
    assert browser.edition() == first
    (tmp_path / "notebooks" / "00.ipynb").write_text("two")
    assert browser.edition() != first


@pytest.fixture
def whole(tmp_path):
    """A folder that claims to be a Pyodide."""
    (tmp_path / "pyodide-lock.json").write_text(json.dumps({"info": {"version": browser.STACK["pyodide"]}}))
    return tmp_path


def test_a_folder_with_another_pyodide_is_refused(whole, tmp_path):
    (whole / "pyodide-lock.json").write_text('{"info": {"version": "0.1"}}')
    with pytest.raises(ValueError, match=f"expected Pyodide {browser.STACK['pyodide']}, got 0.1"):
        browser.write_python(tmp_path / "python", whole)


def test_a_package_that_is_not_what_it_was_is_refused(whole, tmp_path):
    lock = json.loads(browser.core()["pyodide-lock.json"])
    (whole / lock["packages"]["numpy"]["file_name"]).write_bytes(b"another")
    with pytest.raises(ValueError, match="numpy.*: expected another checksum"):
        browser.write_python(tmp_path / "python", whole)


# Run in the browser.


def texts(cell):
    """Return what a cell has put out, but for the bytes of plots, which differ from machine to machine."""
    found = []
    for output in cell["outputs"]:
        if output["output_type"] == "stream":
            found.append((output["name"], "".join(output["text"])))
        elif output["output_type"] == "error":
            found.append((output["ename"], output["evalue"]))
        else:
            found.append(("text", "".join(output["data"].get("text/plain", ""))))
            found += [("drawing", d) for d in drawings("".join(output["data"].get("text/html", "")))]
    return [(kind, text.replace(", dtype=int64", "")) for kind, text in found]


def drawings(html):
    """Return the course's own SVG pictures, each number of which was computed where it was drawn."""
    found = [base64.b64decode(code).decode() for code in re.findall(r"data:image/svg\+xml;base64,([\w+/=]+)", html)]
    return [picture for picture in found if "data:image/png" not in picture]  # another zlib packs in another way


@by_name
def test_a_notebook_runs_to_its_end_with_the_same_outputs(path, page, address):
    opened(page, address, path.relative_to(ROOT / "notebooks").as_posix())
    run_all(page)
    assert page.complaints == []
    cells = {cell["id"]: cell for cell in page.evaluate(NOTEBOOK)["cells"]}
    for cell in read(path).cells:
        if cell.cell_type == "code" and "nbval-ignore-output" not in cell.metadata.get("tags", []):
            got = texts(cells[cell.id])
            if cell.source.endswith('run_name="__main__")'):
                assert "✗" not in got[0][1]
                assert got[0][1].splitlines()[-1] == texts(cell)[0][1].splitlines()[-1]  # all is here
            else:
                assert got == texts(cell), cell.id


MAKERS = {
    "forward": forward_explorer,
    "backward": backward_explorer,
    "training": training_explorer,
    "memory": memory_explorer,
    "graph": lambda: graph_explorer(lambda a, b: a * b, a=2.0, b=3.0),
}
CODE = {name: f"from helpers.widgets import {name}_explorer\n{name}_explorer()" for name in MAKERS}
CODE["graph"] = "from helpers.widgets import graph_explorer\ngraph_explorer(lambda a, b: a * b, a=2.0, b=3.0)"


@pytest.fixture(scope="module")
def explorers(context, address):
    """A page with all explorers."""
    page = watched(context.new_page())
    page.set_viewport_size({"width": 1280, "height": 8000})  # what is out of sight is not in the page
    opened(page, address, NOTEBOOKS[0].name)
    cells = [nbformat.v4.new_code_cell(code) for code in CODE.values()]
    kernel = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    page.evaluate(PUT, [f"{browser.edition()}/notebooks/all.ipynb", notebook])
    opened(page, address, "all.ipynb")
    run_all(page)
    expect(page.locator(".explorer .card svg").first).to_be_visible()
    expect(page.locator(".explorer")).to_have_count(len(MAKERS))
    expect(page.locator(".noUi-handle:not([aria-label])")).to_have_count(0)
    yield page
    page.close()


def moved(control):
    """Return the value of a control one place further, or one place back at its end."""
    if isinstance(control, Dropdown | SelectionSlider):
        values = [value for _, value in control._options_full]
        k = values.index(control.value)
        return values[k + 1 if k + 1 < len(values) else k - 1]
    step = getattr(control, "step", 1)
    return control.value + step if control.value + step <= control.max + 1e-9 else control.value - step


@pytest.mark.parametrize("name", MAKERS)
def test_an_explorer_in_a_notebook_follows_its_controls(name, explorers):
    own, root = MAKERS[name](), explorers.locator(".explorer").nth([*MAKERS].index(name))
    card = root.locator(".card")

    def follows():
        assert settled(explorers, lambda: card.evaluate(SAME_BUT_ERRORS, own.view.html), True), (
            own.settings,
            card.inner_text(),
        )

    follows()
    for control in [*own.arguments.values(), *own.controls.values()]:
        before, control.value = control.value, moved(control)
        if isinstance(control, Dropdown):
            label = next(label for label, value in control._options_full if value == control.value)
            root.get_by_role("combobox", name=control.description, exact=True).select_option(label)
        else:
            further = isinstance(control, SelectionSlider) or control.value > before
            handle = root.get_by_role("slider", name=control.description, exact=True)
            handle.press("ArrowRight" if further else "ArrowLeft")
        follows()
    for button in ("back", "check", "forth", "reset"):
        if hasattr(own, button):
            root.get_by_role("button", name=getattr(own, button).description, exact=True).click()
            getattr(own, button).click()
            follows()
    assert explorers.complaints == []


# What a reader keeps.

ANSWER = "# mine\n1 + 1"


def first_code(name):
    return next(cell.id for cell in read(ROOT / "notebooks" / name).cells if cell.cell_type == "code")


def source(page, cell):
    return next(c["source"] for c in page.evaluate(NOTEBOOK)["cells"] if c["id"] == cell)


def test_work_is_kept_downloaded_and_put_back(chromium, address, tmp_path):
    name, cell = NOTEBOOKS[2].name, first_code(NOTEBOOKS[2].name)
    context = new_context(chromium)
    reach_python(context)
    page = context.new_page()
    opened(page, address, name)
    page.evaluate(WRITE, [cell, ANSWER])
    page.evaluate(SAVE)
    opened(page, address, name)
    assert source(page, cell) == ANSWER
    page.locator(".jp-DirListing-item", has_text=name).click(button="right")
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Download", exact=True).click()
    file = tmp_path / name
    download.value.save_as(file)
    context.close()

    context = new_context(chromium)  # another browser, or one whose data was cleared
    reach_python(context)
    page = context.new_page()
    opened(page, address, name)
    assert source(page, cell) != ANSWER
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload Files").click()
    chooser.value.set_files(file)
    page.locator(".jp-Dialog button.jp-mod-warn, .jp-Dialog button.jp-mod-accept").first.click()  # Overwrite
    opened(page, address, name)
    assert settled(page, lambda: source(page, cell), ANSWER, 5) == ANSWER
    context.close()


def test_a_newer_course_does_not_hide_behind_what_is_kept(chromium, address):
    name, cell = NOTEBOOKS[2].name, first_code(NOTEBOOKS[2].name)
    context = new_context(chromium)
    reach_python(context)
    page = context.new_page()
    opened(page, address, name)
    old = page.evaluate(NOTEBOOK)
    next(c for c in old["cells"] if c["id"] == cell)["source"] = ANSWER
    page.evaluate("""([path, content]) => {
        const {contents} = window.jupyterapp.serviceManager;
        return contents.save('course-00000000', {type: 'directory', name: 'course-00000000'})
            .then(() => contents.save('course-00000000/notebooks', {type: 'directory', name: 'notebooks'}))
            .then(() => contents.save(path, {type: 'notebook', format: 'json', content}));
    }""", [f"course-00000000/notebooks/{name}", old])  # fmt: skip
    opened(page, address, name)
    assert source(page, cell) != ANSWER
    page.locator(".jp-BreadCrumbs-home").click()
    expect(page.locator(".jp-DirListing-item", has_text="course-00000000")).to_be_visible()
    opened(page, address, name, "course-00000000")
    assert source(page, cell) == ANSWER
    context.close()


# Without Python.


def test_a_notebook_can_be_read_when_python_does_not_come(chromium, address):
    context = new_context(chromium)
    context.route("**/python/**", lambda route: route.abort())
    page = context.new_page()
    page.goto(f"{address}lite/lab/index.html?path={browser.edition()}/notebooks/{NOTEBOOKS[2].name}")
    expect(page.locator(".jp-Notebook h1")).to_be_visible()
    expect(page.locator(".jp-OutputArea img").first).to_be_visible()
    context.close()
