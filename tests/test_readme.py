"""What the README and the other pages say and show holds."""

import re
from pathlib import Path

import pytest
from record_readme_picture import PICTURE, told

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_its_picture_shows_what_the_explorer_shows():
    """The picture's bytes depend on the browser; its words come from the same numbers."""
    assert f"![{told()}]({PICTURE.relative_to(ROOT).as_posix()})" in README, "python tests/record_readme_picture.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_into_notebooks_lead_to_a_cell(page):
    for target, cell in re.findall(r"\]\(([^)#]+\.ipynb)#([^)]*)\)", page.read_text(encoding="utf-8")):
        assert f'"id": "{cell.removeprefix("cell-id=")}"' in (page.parent / target).read_text(encoding="utf-8"), cell


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_are_in_the_makefile_and_in_the_code(page):
    text = page.read_text(encoding="utf-8")
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    assert set(re.findall(r"(?m)^make ([a-z-]+)", text)) <= targets
    for module in re.findall(r"-m (helpers[\w.]*)", text):
        assert ROOT.joinpath(*module.split(".")).with_suffix(".py").exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tests_that_it_names_are_there(page):
    text = page.read_text(encoding="utf-8")
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("*.py"))
    there = {*re.findall(r"(?m)^def (\w+)", tests)}
    assert {*re.findall(r"`(test_\w+)`", text)} <= there
    assert [path for path in re.findall(r"`(tests/[\w./]+)`", text) if not (ROOT / path).exists()] == []


MAPS = {  # where the notebooks are listed with their minutes
    "README.md": r"notebooks/(\d\d_\w+)\.ipynb\).*\| (\d+) \|",
    "notebooks/00_start_here.ipynb": r"\| \d\d \| \[.*?\]\((\d\d_\w+)\.ipynb\).*\| (\d+) \|",
}


@pytest.mark.parametrize("page", MAPS)
def test_a_map_lists_every_notebook_with_the_minutes_that_the_notebook_gives(page):
    listed = dict(re.findall(MAPS[page], (ROOT / page).read_text(encoding="utf-8")))
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        minutes = re.search(r"\*\*Minutes\.\*\* About (\d+)", path.read_text(encoding="utf-8"))
        if path != ROOT / page:
            assert listed.pop(path.stem) == minutes[1]
    assert not listed
