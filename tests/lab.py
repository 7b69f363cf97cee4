"""A real JupyterLab and a real browser, for the tests of the page and for pictures of it.

Nothing of the user's own Jupyter is read or changed: the server gets a home, settings and a folder of its own.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import nbformat

READ_BY_NOTEBOOKS = ("helpers", "tools", "requirements.txt")  # they stand beside the folder of the notebooks
BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",  # macOS and Windows have it on no path
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
)

# The whole notebook is in the page, the page answers to scripts, and what is opened again is as it was at first.
SETTINGS = {"notebook-extension/tracker": {"windowingMode": "none"}, "docmanager-extension/plugin": {"autosave": False}}
OPTIONS = ["--no-browser", "--ServerApp.port=0"]
PROGRAMS = {"jupyterlab": ("LabApp", "doc/tree"), "notebook": ("JupyterNotebookApp", "notebooks")}

RAN = """() => {
    const panel = window.jupyterapp.shell.currentWidget;
    const code = panel.content.widgets.map(cell => cell.model).filter(cell => cell.type === 'code');
    const failed = cell => !cell.getMetadata('tags')?.includes('raises-exception')
        && cell.outputs.toJSON().some(output => output.output_type === 'error');
    return panel.sessionContext.session?.kernel?.status === 'idle'
        && (code.some(failed) || code.every(cell => !cell.sharedModel.source || cell.executionCount !== null));
}"""
OPENED = """() => {
    const panel = window.jupyterapp?.shell.currentWidget;
    return panel?.context?.isReady && panel.sessionContext?.session?.kernel?.status === 'idle'
        && panel.content.widgets.every(cell => cell.isAttached && cell.model.type !== 'markdown' || cell.rendered);
}"""
# Every widget among the outputs shows its page, and the controls above it have their names.
DRAWN = """() => {
    const outputs = window.jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model)
        .filter(cell => cell.type === 'code').flatMap(cell => cell.outputs.toJSON());
    const due = outputs.filter(output => output.data?.['application/vnd.jupyter.widget-view+json']).length;
    return document.querySelectorAll('.jp-OutputArea-output .card:not(:empty)').length === due
        && !document.querySelector('.explorer:not(:has(.noUi-handle[aria-label]))');
}"""
FORGET = "() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')"
DEBUGGER = "Could not restore the debugger state"  # JupyterLab says so when a kernel restarts right after its start
HEIGHT = """() => {
    const notebook = document.querySelector('.jp-NotebookPanel .jp-WindowedPanel-outer');
    return (notebook ?? document.documentElement).scrollHeight;
}"""
IN_SIGHT = """height => {
    const scroller = document.querySelector('.jp-NotebookPanel .jp-WindowedPanel-outer') ?? document.documentElement;
    scroller.scrollTop = 0;
    return scroller.clientHeight >= height;
}"""
PICTURES_LOADED = "() => [...document.querySelectorAll('.jp-Notebook img')].every(img => img.complete)"


class Lab:
    """A JupyterLab of one's own, on a free port, with its token on; to be used in a `with` statement.

    Parameters
    ----------
    notebooks : path
        A folder. JupyterLab serves a copy of it, and of what lies beside it for the notebooks to read.
    theme : {"light", "dark"}
    app : {"jupyterlab", "notebook"}
        Which of the two programs is the server.
    disabled : sequence of str
        The extensions of its page that are turned off.

    Attributes
    ----------
    url, token : str
        Where it listens, with a slash at the end, and the token that it made up itself.
    """

    def __init__(self, notebooks, theme="light", app="jupyterlab", disabled=()):
        self.notebooks = Path(notebooks).resolve()
        self.theme = theme
        self.app = app
        self.disabled = disabled

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        home = Path(self._folder.name).resolve()
        root = home / "root"
        root.mkdir()
        for source in map(self.notebooks.with_name, (self.notebooks.name, *READ_BY_NOTEBOOKS)):
            if source.is_dir():
                shutil.copytree(source, root / source.name, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
            elif source.is_file():
                shutil.copy(source, root)
        folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
        folders += ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
        env = os.environ | {name: str(home / name) for name in folders} | {"HOME": str(home), "USERPROFILE": str(home)}
        for name in ("JUPYTER_TOKEN", "JUPYTER_PATH", "JUPYTER_CONFIG_PATH"):
            env.pop(name, None)
        self._write_settings(home / "JUPYTERLAB_SETTINGS_DIR")
        labconfig = home / "JUPYTER_CONFIG_DIR" / "labconfig"
        labconfig.mkdir(parents=True)
        (labconfig / "page_config.json").write_text(
            json.dumps({"disabledExtensions": dict.fromkeys(self.disabled, True)})
        )
        expose = f"--{PROGRAMS[self.app][0]}.expose_app_in_browser=True"
        command = [sys.executable, "-m", self.app, *OPTIONS, expose, *(["--allow-root"] if is_root() else [])]
        self._log = home / "log"
        with self._log.open("w") as log:
            self._server = subprocess.Popen(command, cwd=root, env=env, stdout=log, stderr=subprocess.STDOUT)
        try:
            self.url, self.token = self._wait_for_address(home / "JUPYTER_RUNTIME_DIR")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._server.terminate()
        try:
            self._server.wait(20)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._folder.cleanup()

    def add(self, name, notebook):
        """Put a notebook beside those that are served."""
        nbformat.write(notebook, Path(self._folder.name).resolve() / "root" / self.notebooks.name / name)

    @property
    def log(self):
        """What the server has said so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _write_settings(self, folder):
        theme = {"theme": f"JupyterLab {self.theme.title()}"}
        for name, settings in (SETTINGS | {"apputils-extension/themes": theme}).items():
            file = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(settings))

    def _wait_for_address(self, runtime):
        for _ in range(1800):
            for file in runtime.glob("jpserver-*.json"):
                try:
                    info = json.loads(file.read_text())
                except json.JSONDecodeError:  # half written
                    continue
                return info["url"], info["token"]
            if self._server.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"JupyterLab did not start. It said:\n{self.log}")


def is_root():
    """Return whether this is the administrator of a Unix, to whom browser and server say no unless told otherwise."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def find_chromium():
    """Return the path of an installed Chromium, Chrome or Edge, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def browser():
    """Start the installed Chromium, headless, and yield playwright's object for it."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # a slow machine is no fault
    flags = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    flags += ["--disable-component-update", "--disable-sync"] + (["--no-sandbox"] if is_root() else [])
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        try:
            yield chromium
        finally:
            chromium.close()


def new_page(chromium, width=1280, height=900):
    """Return a page of that size that is watched."""
    return watched(chromium.new_page(viewport={"width": width, "height": height}))


def watched(page):
    """Let a page keep in `complaints` what its console said, and in `requests` what it asked for, and return it."""
    page.complaints, page.requests = [], []

    def hear(message):
        if message.type == "error" and DEBUGGER not in message.text:
            page.complaints.append(message.text)
            if message.text.startswith("Failed to load resource"):
                page.complaints.append(message.location["url"])

    page.on("console", hear)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("request", lambda request: page.requests.append(request.url))
    return page


def open_notebook(page, lab, name, timeout=180):
    """Open the notebook `name` alone in the page, and wait until its cells are there and its kernel is idle."""
    place = f"{PROGRAMS[lab.app][1]}/{lab.notebooks.name}/{name}"
    page.goto(f"{lab.url}{place}?token={lab.token}&reset", wait_until="domcontentloaded")
    page.wait_for_function(OPENED, timeout=1000 * timeout)
    page.wait_for_function(PICTURES_LOADED, timeout=1000 * timeout)


def settled(page, look, wanted, seconds=60):
    """Look again and again until what is seen is what is wanted, and return what was seen last."""
    end = time.monotonic() + seconds
    while (seen := look()) != wanted and time.monotonic() < end:
        page.wait_for_timeout(25)
    return seen


def run_all(page, timeout=600):
    """Choose "Restart Kernel and Run All Cells…" from the menu, and wait until all have run or one has failed."""
    page.evaluate(FORGET)  # or the saved runs would count as this one's
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Restart Kernel and Run All Cells…").click()
    page.locator(".jp-Dialog button.jp-mod-accept").click()
    page.wait_for_function(RAN, timeout=1000 * timeout, polling=200)
    page.wait_for_function(PICTURES_LOADED, timeout=1000 * timeout)
    page.wait_for_function(DRAWN, timeout=1000 * timeout)


def axe(page, context):
    """Return what axe-core finds wrong in a part of the page: from a rule and its impact to the elements.

    axe-core takes what is out of sight for hidden, and so everything in a body without a height. So for its look the
    page is as high as what it holds; without this, no contrast would be looked at.
    """
    from axe_playwright_python.sync_playwright import Axe

    size = page.viewport_size
    page.add_style_tag(content="body { height: 100vh }")
    height = page.evaluate(HEIGHT)
    page.set_viewport_size(size | {"height": height + 300})
    page.wait_for_function(IN_SIGHT, arg=height)
    found = Axe().run(page, context).response["violations"]
    page.set_viewport_size(size)
    return {f"{v['id']} ({v['impact']}): {v['help']}": [node["html"] for node in v["nodes"]] for v in found}


def violations(page, context):
    """Return what of that is serious or critical."""
    return {name: elements for name, elements in axe(page, context).items() if re.search("serious|critical", name)}
