"""The learning outcomes: `docs/outcomes.md` is what the cells' tags say, and each outcome is taught and tested."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from record_outcomes import NOTEBOOKS, OUTCOMES, PAGE, recorded, tagged


def faults(folder, outcomes):
    """Yield what is wrong with the tags of the notebooks in a folder, for such outcomes."""
    found = tagged(folder)
    for name in outcomes:
        if f"teaches:{name}" not in found:
            yield f"no section teaches {name}"
        if len(found.get(f"tests:{name}", ())) < 2:
            yield f"fewer than two blanks test {name}"
    for tag, places in found.items():
        kind, _, name = tag.partition(":")
        if name not in outcomes:
            yield f"{tag} names no outcome"
        for _, cell in places:
            if kind == "teaches" and not (cell.cell_type == "markdown" and "## " in cell.source):
                yield f"{tag} is not on a heading: {cell.id}"
            if kind == "tests" and not (cell.cell_type == "code" and "..." in cell.source):
                yield f"{tag} is not on a blank: {cell.id}"
    for path in sorted(folder.glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            tags = cell.metadata.get("tags", ())
            if "blank" in tags and not any(tag.startswith("tests:") for tag in tags):
                yield f"a blank tests no outcome: {cell.id}"


def test_the_page_is_what_the_tags_say():
    page = PAGE.read_text(encoding="utf-8")
    assert page == recorded(page), "write it anew: python tests/record_outcomes.py"


def test_each_outcome_is_taught_and_tested_and_each_blank_tests_one():
    assert [*faults(NOTEBOOKS, OUTCOMES)] == []


HEADING, BLANK = "## 1. Walk", "def walk(J):\n    return ..."
RIGHT = ((HEADING, "teaches:walk"), (BLANK, "blank", "tests:walk"), ("walk = ...", "tests:walk"))


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        (RIGHT, None),
        (((HEADING,), *RIGHT[1:]), "no section teaches walk"),
        (RIGHT[:2], "fewer than two blanks test walk"),
        ((*RIGHT, (BLANK, "blank")), "a blank tests no outcome: a"),
        ((*RIGHT, (HEADING, "teaches:run")), "teaches:run names no outcome"),
        ((*RIGHT, ("walk", "teaches:walk")), "teaches:walk is not on a heading: a"),
        ((*RIGHT, ("walk = 1", "tests:walk")), "tests:walk is not on a blank: a"),
    ],
)
def test_a_tag_that_is_missing_or_wrong_is_found(tmp_path, cells, fault):
    made = [
        (new_markdown_cell if source == HEADING else new_code_cell)(source, id=f"{k}", metadata={"tags": list(tags)})
        for k, (source, *tags) in enumerate(cells)
    ]
    made[-1].id = "a"
    nbformat.write(new_notebook(cells=made), tmp_path / "01.ipynb")
    assert [*faults(tmp_path, ["walk"])] == ([fault] if fault else [])
