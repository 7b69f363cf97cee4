"""Put into the two maps the minutes that the notebooks give, and print what their cells add up to.

The maps are the tables of README.md and of 00_start_here.ipynb: python tests/record_map.py
"""

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MAPS = {  # before the name of a notebook in its row, and between the name and the minutes
    ROOT / "README.md": r"(?m)^(\| \[\d\d\]\(notebooks/){name}(\.ipynb\).*\| )\d+( \|)$",
    NOTEBOOKS[0]: r"(\| \d\d \| \[[^]]*\]\(){name}(\.ipynb\).*?\| )\d+( \|)",
}
WORDS, SECONDS, BLANK = 100, 40, 4  # words per minute, seconds per code cell, minutes per blank


def stated(path):
    """Return the minutes that a notebook says it takes."""
    first = nbformat.read(path, as_version=4).cells[0].source
    return int(re.search(r"\*\*Minutes\.\*\* About (\d+)", first)[1])


def counted(path):
    """Return the minutes that a slow reader takes."""
    cells = nbformat.read(path, as_version=4).cells
    words = sum(len(cell.source.split()) for cell in cells if cell.cell_type == "markdown")
    blanks = sum("blank" in cell.metadata.get("tags", ()) for cell in cells)
    return words / WORDS + sum(cell.cell_type == "code" for cell in cells) * SECONDS / 60 + BLANK * blanks


def record():
    """Write the minutes into the maps."""
    for page, pattern in MAPS.items():
        text = page.read_text(encoding="utf-8")
        for path in NOTEBOOKS:
            row = pattern.replace("{name}", path.stem)
            text = re.sub(row, rf"\g<1>{path.stem}\g<2>{stated(path)}\g<3>", text)
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    record()
    for path in NOTEBOOKS:
        print(f"{path.stem}: says {stated(path)}, counted {counted(path):.0f}")
