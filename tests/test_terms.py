"""`docs/terms.md`: each tag has one row, the book's numbers run on without a gap, and each term leads to a cell."""

import re
from pathlib import Path

import nbformat
import pytest
from test_equations import CHAPTER, NOTEBOOKS, tags_in

PAGE = (Path(__file__).parents[1] / "docs" / "terms.md").read_text(encoding="utf-8")
EXERCISES = {f"E{k}" for k in range(1, 6)}
OF_THE_BIAS = {"F1′", "B7′"}


def rows(page):
    """The cells of every row of every table whose first cell is a tag."""
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in page.splitlines()]
    return [row for row in cells if re.fullmatch(r"[A-Z]\d+[′']*", row[0])]


def mismatches(page, in_notebooks):
    """A sentence for each tag without a row, each row too many, and each row of a tag that is nowhere."""
    found = [row[0] for row in rows(page)]
    wanted = {*CHAPTER, *EXERCISES, *OF_THE_BIAS, *in_notebooks}
    return [
        *(f"{tag} has no row" for tag in sorted(wanted - set(found))),
        *(f"{tag} has {found.count(tag)} rows" for tag in sorted(set(found)) if found.count(tag) > 1),
        *(f"{tag} is a tag of nothing" for tag in sorted(set(found) - wanted)),
    ]


def test_every_tag_has_its_row():
    assert mismatches(PAGE, tags_in(NOTEBOOKS)) == []


def test_the_equations_are_numbered_in_their_order_in_both_editions():
    numbered = [row for row in rows(PAGE) if row[0] in CHAPTER]
    assert tuple(row[0] for row in numbered) == CHAPTER
    for column, section in ((3, "5.3"), (5, "4.7")):
        assert [row[column] for row in numbered] == [f"({section}.{k})" for k in range(1, len(CHAPTER) + 1)]


def test_the_exercises_have_the_numbers_of_the_book():
    assert [row[2:] for row in rows(PAGE) if row[0] in EXERCISES] == [
        [f"5.3.6, exercise {k}", f"4.7.6, 练习 {k}"] for k in range(1, 6)
    ]


TERMS = re.findall(
    r"(?m)^\| (.*) \| (.*) \| (.*) \| \[(\d\d)\]\(../notebooks/(\w+)\.ipynb#cell-id=([\w-]+)\) \|$",
    PAGE.partition("## Terms")[2],
)
STANDARD = (  # what a reader may want to look up elsewhere
    "adamw, all-reduce, data parallelism, forward mode, gate, gradient accumulation, gradient checkpointing, jacobian "
    "matrix, jvp, local rule, microbatch, model parallelism, one-hot encoding, pipeline bubble, rematerialization, "
    "reverse mode, validation set, vjp"
)


def cells(stem):
    return {cell.id: cell for cell in nbformat.read(NOTEBOOKS / f"{stem}.ipynb", as_version=4).cells}


def variants(english):
    """The names of a row: `gradient checkpointing, rematerialization *` has two."""
    names = re.split(r"[,()]", english.replace("*", "").casefold())
    return [name.strip() for name in names if name.strip()]


def test_every_term_stands_in_both_languages_and_once():
    lines = [line for line in PAGE.partition("## Terms")[2].splitlines() if line.startswith("| ")]
    assert len(TERMS) == len([line for line in lines if not line.startswith("| English")]) > 80
    assert len({row[0] for row in TERMS}) == len({row[1] for row in TERMS}) == len(TERMS)
    for english, chinese, told, *_ in TERMS:
        assert re.search("[a-z]", english), english
        assert re.search("[\u4e00-\u9fff]", chinese), chinese
        assert told, english


def test_the_standard_terms_are_among_them():
    assert {*STANDARD.split(", ")} <= {name for row in TERMS for name in variants(row[0])}


@pytest.mark.parametrize("stem", sorted({row[4] for row in TERMS}))
def test_every_term_leads_to_a_cell(stem):
    here = [row for row in TERMS if row[4] == stem]
    assert {row[3] for row in here} == {stem[:2]}
    assert {row[5] for row in here} <= {*cells(stem)}


@pytest.mark.parametrize("row", [row for row in TERMS if row[3] in ("00", "01", "02")], ids=lambda row: row[0])
def test_a_term_of_the_first_lessons_stands_in_its_cell(row):
    english, *_, stem, cell = row
    text = cells(stem)[cell].source.casefold().replace("ℓ₂", "ℓ2").replace("*", "")
    assert any(re.search(rf"\b{re.escape(name)}", text) for name in variants(english))


@pytest.mark.parametrize(
    ("change", "in_notebooks", "sentence"),
    [
        (lambda page: page.replace("| B4 |", "| B8 |"), [], ["B4 has no row", "B8 is a tag of nothing"]),
        (lambda page: page + "\n| B4 | again |", [], ["B4 has 2 rows"]),
        (lambda page: page.replace("| F1′ |", "| |"), [], ["F1′ has no row"]),
        (lambda page: page, ["F2′"], ["F2′ has no row"]),
    ],
)
def test_the_guard_names_what_does_not_match(change, in_notebooks, sentence):
    assert mismatches(change(PAGE), in_notebooks) == sentence
