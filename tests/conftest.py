"""What the tests in a browser share."""

import sys

import pytest
from lab import browser, find_chromium, new_page


@pytest.fixture(scope="module")
def chromium():
    if find_chromium() is None:
        pytest.skip(
            "no Chromium, Chrome or Edge was found, so the page was not tested (Debian: sudo apt install chromium)"
        )
    with browser() as chromium:
        yield chromium


@pytest.fixture
def page(chromium):
    page = new_page(chromium)
    yield page
    page.close()


def pytest_terminal_summary(terminalreporter):
    """Say how many cases the fuzz tried, and what axe-core says of JupyterLab, which is not ours."""
    cases = getattr(sys.modules.get("test_fuzz"), "CASES", None)
    if cases:
        terminalreporter.write_line(f"fuzz: {cases.total():,} cases of {len(cases)} functions")
    for finding, elements in getattr(sys.modules.get("test_accessible"), "JUPYTERLAB", {}).items():
        terminalreporter.write_line(f"JupyterLab itself: {finding}, {elements} elements in all")
