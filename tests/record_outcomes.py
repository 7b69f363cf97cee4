"""Write the two tables of docs/outcomes.md from the tags of the notebooks' cells: python tests/record_outcomes.py

A section's heading has the tag teaches:forward, and a blank the tag tests:forward, with the name of an outcome.
"""

import re
from itertools import groupby
from pathlib import Path

import nbformat
from record_places import places

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
PAGE = ROOT / "docs" / "outcomes.md"

OUTCOMES = {
    "forward": "Compute the values of the forward pass, from the input to the objective, on paper and in NumPy, "
    "for one example and for a minibatch.",
    "graph": "Draw a program as a graph of variables and operators, find what depends on what, and run the graph, "
    "whole or cut.",
    "slopes": "Find how fast one variable changes with another: multiply the slopes along each route, and add over "
    "the routes. Predict the change after a small step.",
    "shapes": "Find the shape of a gradient and of a Jacobian, and on which side of a product the transpose stands.",
    "rules": "Derive how an operator passes a gradient back, such as an activation function, a quotient, or softmax "
    "with cross-entropy.",
    "backward": "Derive the backward pass of the network for one entry of each array, and write it for a whole "
    "minibatch from memory.",
    "check": "Check a gradient against central differences, and find settings in which the check cannot see a mistake.",
    "mistakes": "Find the mistake in a wrong backward pass, and name the rule that it breaks.",
    "walk": "Write the program that differentiates any graph, and apply it twice for second derivatives.",
    "training": "Write a training step with weight decay, for a whole minibatch or for shares of it, and explain what "
    "the forward and the backward pass need from each other.",
    "memory": "Compute the memory that training and prediction need, and predict how it grows with depth, width and "
    "batch size.",
    "devices": "Divide a training step between devices, and compute what they send each other and how long they wait.",
}


def tagged(folder=NOTEBOOKS):
    """Return what the tags say: from a tag such as teaches:forward to pairs of a notebook's path and a cell."""
    found = {}
    for path in sorted(folder.glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            for tag in cell.metadata.get("tags", ()):
                if tag.startswith(("teaches:", "tests:")):
                    found.setdefault(tag, []).append((path, cell))
    return found


def by_outcome(found):
    """Return a row for each outcome: what it is, and where it is taught and tested."""
    sections = places(NOTEBOOKS)

    def links(tag):
        for path, cells in groupby(found[tag], lambda place: place[0]):
            there = []
            for _, cell in cells:
                if cell.cell_type == "markdown":
                    words = re.search(r"section (\d+)", sections[cell.id])[1]
                else:
                    name = re.match(r"(?:def )?(\w+)", cell.source)[1]
                    words = f"`{name}`"
                there.append(f"[{words}](../notebooks/{path.name}#cell-id={cell.id})")
            yield f"{path.name[:2]}: {', '.join(there)}"

    for name, sentence in OUTCOMES.items():
        taught, tested = ("<br>".join(links(f"{kind}:{name}")) for kind in ("teaches", "tests"))
        yield f"| {name} | {sentence} | {taught} | {tested} |\n"


def by_notebook(found):
    """Return a row for each notebook: how many of the sections and blanks of each outcome it has."""

    def share(kind, path):
        counts = {name: [p == path for p, _ in found[f"{kind}:{name}"]] for name in OUTCOMES}
        return ", ".join(f"{name} ({sum(here)} of {len(here)})" for name, here in counts.items() if any(here))

    for path in sorted({path for pairs in found.values() for path, _ in pairs}):
        title = nbformat.read(path, as_version=4).cells[0].source.partition("\n")[0].removeprefix("# ")
        link = f"[{path.name[:2]}: {title}](../notebooks/{path.name})"
        yield f"| {link} | {share('teaches', path)} | {share('tests', path)} |\n"


def recorded(page):
    """Return a page with the rows of its two tables as the tags have them."""
    found = tagged()
    for first, rows in (("outcome", by_outcome), ("notebook", by_notebook)):
        table = rf"(\| {first} \|.*\n[|-]+\n)(?:\|.*\n)*"
        page = re.sub(table, lambda match, rows=rows: match[1] + "".join(rows(found)), page)
    return page


if __name__ == "__main__":
    PAGE.write_text(recorded(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
