"""The pages for a lecture: the minutes of the plan, and the numbers of its board, its probes and its quizzes."""

import re
from functools import cache
from pathlib import Path

import nbformat
import pytest
from record_map import BLANK, SECONDS, WORDS

ROOT = Path(__file__).parents[1]
SPOKEN = 2 * WORDS  # per minute: in class the prose is said, and half of it is enough
LINK = r"\[[^]]*\]\(\.\./notebooks/(\d\d)_\w+\.ipynb#cell-id=([\w-]+)\)"
RANGE = re.compile(rf"{LINK}(?: (to|up to) {LINK})?")


@cache
def page(name):
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


@cache
def cells(number):
    (path,) = ROOT.glob(f"notebooks/{number}_*.ipynb")
    return nbformat.read(path, as_version=4).cells


def is_blank(cell):
    return "blank" in cell.metadata.get("tags", ())


def begins_section(cell):
    return cell.cell_type == "markdown" and re.search(r"(?m)^## ", cell.source)


def named(text):
    """Yield the cells that links name: from one up to another, to the end of a section, or a blank with its check."""
    for number, first, word, _, last in RANGE.findall(text):
        all_cells = cells(number)
        ids = [cell.id for cell in all_cells]
        begin = ids.index(first)
        if is_blank(all_cells[begin]):
            end = begin + 2
        elif word == "up to":
            end = ids.index(last)
        else:
            end = ids.index(last or first) + 1
            while end < len(ids) and not begins_section(all_cells[end]):
                end += 1
        sections = [k for k, cell in enumerate(all_cells) if begins_section(cell)]
        yield from all_cells[0 if begin == sections[0] else begin : end]  # what stands above section 1 belongs to it


def counted(run, words_per_minute):
    """Return the minutes that cells take, as `record_map` counts them."""
    words = sum(len(cell.source.split()) for cell in run if cell.cell_type == "markdown")
    code = sum(cell.cell_type == "code" for cell in run)
    return words / words_per_minute + code * SECONDS / 60 + BLANK * sum(map(is_blank, run))


def rows(text, head):
    """Return minutes and contents of the rows of the table whose second column has this title."""
    (table,) = re.findall(rf"(?m)^\| minutes \| {head} \|.*\n\|.*\n((?:\|.*\n)+)", f"{text}\n")
    return [(float(minutes), rest) for minutes, rest in re.findall(r"(?m)^\| ([\d½]+) \| ([^|]*)\|", table)]


def meetings(level, count):
    """Return the parts of the plan, by their titles: four sessions or eight periods."""
    parts = re.split(rf"(?m)^{level} ", page("teaching"))[1:]
    found = {part.splitlines()[0]: part for part in parts if "| minutes | in class |" in part}
    assert len(found) == count
    return found


PLANS = {"sessions": ("###", r"Session \d", 90, 5), "periods": ("###", r"Period \d", 45, 3)}
MEETINGS = [
    pytest.param(part, *PLANS[plan][2:], id=f"{plan}-{title}")
    for plan, (level, pattern, *_) in PLANS.items()
    for title, part in (
        (part.splitlines()[0], part) for part in re.split(rf"(?m)^##+ (?=.)", page("teaching")) if re.match(pattern, part)
    )
]
