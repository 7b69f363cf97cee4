"""Write helpers/exercises/places.py anew from the headings of the notebooks: python tests/record_places.py"""

import re
from pathlib import Path

import nbformat

from helpers.exercises.verdicts import SENTENCES

ROOT = Path(__file__).parents[1]
PLACES = ROOT / "helpers" / "exercises" / "places.py"
HEAD = '''"""Where a section is that a checker names, by the id of its cell. Written by tests/record_places.py."""

from helpers._language import Sentences

PLACES = Sentences() | {
'''


def places(notebooks):
    """Return the places of all headings: from the id of a cell to the notebook, the number and the title."""
    found = {}
    for path in sorted(notebooks.glob("*.ipynb")):
        number = 0
        for cell in nbformat.read(path, as_version=4).cells:
            first = None
            for level, title in (
                re.findall(r"^(##+) +(.+?) *$", cell.source, re.M) if cell.cell_type == "markdown" else ()
            ):
                if level == "##":
                    number += 1
                    title = re.sub(r"^\d+\.? ", "", title)
                place = {"notebook": path.name[:2], "section": number, "title": title}
                first = first or SENTENCES["place"].format(**place)
            if first:
                found[cell.id] = first
    return found


def source(wanted, notebooks=ROOT / "notebooks"):
    """Return the text of places.py for the ids in `wanted`; KeyError if one of them is nowhere."""
    found = places(notebooks)
    return HEAD + "".join(f'    "{i}": "{found[i]}",\n' for i in sorted(set(wanted))) + "}\n"


if __name__ == "__main__":
    text = "".join((ROOT / "helpers" / "exercises" / f"{name}.py").read_text("utf-8") for name in ("checkers", "hunt"))
    text += (ROOT / "helpers" / "exercises" / "hunt_answers.py").read_text("utf-8")
    PLACES.write_text(source(re.findall(r'"((?:[a-z0-9]+-)+[a-z0-9]+)"', text)), "utf-8")
