"""`docs/terms.md`: each tag has one row, and the numbers of the book's equations run on without a gap."""

import re
from pathlib import Path

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


def test_every_term_stands_in_both_languages_and_once():
    terms = re.findall(r"(?m)^\| (.*) \| (.*) \|$", PAGE.partition("## Terms")[2])
    terms = [pair for pair in terms if pair != ("English", "中文")]
    assert len(terms) > 50
    assert len({english for english, _ in terms}) == len({chinese for _, chinese in terms}) == len(terms)
    for english, chinese in terms:
        assert re.search("[a-z]", english), english
        assert re.search("[\u4e00-\u9fff]", chinese), chinese


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
