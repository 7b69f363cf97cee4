"""What the tests in a browser share."""

import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from lab import Lab, browser, find_chromium, new_page

NO_SETTINGS = SimpleNamespace(indices={"": 0})
COUNTERS = (("test_fuzz", "CASES"), ("test_accessible", "JUPYTERLAB"))
COUNTED = [Counter() for _ in COUNTERS]


def pytest_itemcollected(item):
    """Mark what needs a browser, and of a claim's many settings all but the first two as tests for every week."""
    if "a_chromium" in getattr(item, "fixturenames", ()):
        item.add_marker("browser")
    if item.path.name.startswith("test_claims_") and max(getattr(item, "callspec", NO_SETTINGS).indices.values()) > 1:
        item.add_marker("weekly")


@pytest.fixture(scope="session")
def a_chromium():
    if find_chromium() is None:
        pytest.skip(
            "no Chromium, Chrome or Edge was found, so the page was not tested (Debian: sudo apt install chromium)"
        )


# No longer than a module: while it runs, nothing else in the process can use asyncio.
@pytest.fixture(scope="module")
def chromium(a_chromium):
    with browser() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def lab(a_chromium):
    """One JupyterLab for all tests of a process. It saves nothing, so that each finds the notebooks as they are."""
    with Lab(Path(__file__).parents[1] / "notebooks") as lab:
        yield lab


@pytest.fixture
def page(chromium):
    page = new_page(chromium)
    yield page
    page.close()


def count(found):
    for counter, more in zip(COUNTED, found, strict=True):
        counter.update(more)


@pytest.hookimpl(tryfirst=True)  # before the summary, which is told at the end of the session too
def pytest_sessionfinish(session):
    """Gather what the tests of this process have counted; one process of several hands it on."""
    found = [dict(getattr(sys.modules.get(module), name, {})) for module, name in COUNTERS]
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["counted"] = found
    else:
        count(found)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    if hasattr(node, "workeroutput"):  # a process that crashed has none
        count(node.workeroutput["counted"])


def pytest_terminal_summary(terminalreporter):
    """Say how many cases the fuzz tried, and what axe-core says of JupyterLab, which is not ours."""
    cases, findings = COUNTED
    if cases:
        terminalreporter.write_line(f"fuzz: {cases.total():,} cases of {len(cases)} functions")
    for finding, elements in findings.items():
        terminalreporter.write_line(f"JupyterLab itself: {finding}, {elements} elements in all")
