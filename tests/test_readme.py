"""What the README says and shows holds."""

import re
from pathlib import Path

import pytest

from helpers.drawing import draw
from helpers.graph import gradient
from helpers.operators import one_hidden_layer

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_picture_is_what_the_program_draws():
    c = one_hidden_layer()
    drawn = draw(c.J, *gradient(c.J, [c.W1, c.W2])).svg
    shown = (ROOT / "docs" / "two_lanes.svg").read_text(encoding="utf-8")
    assert shown == drawn, "draw it anew: python tests/record_readme_picture.py"


@pytest.mark.parametrize("target", re.findall(r"\]\((?!https?:)([^)#]+)\)", README))
def test_its_links_lead_somewhere(target):
    assert (ROOT / target).exists()


def test_its_commands_are_in_the_makefile():
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    assert set(re.findall(r"(?m)^make ([a-z-]+)", README)) <= targets


def test_its_map_lists_every_notebook_with_the_minutes_that_the_notebook_gives():
    listed = dict(re.findall(r"notebooks/(\d\d_\w+)\.ipynb\).*\| (\d+) \|", README))
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        minutes = re.search(r"\*\*Minutes\.\*\* About (\d+)", path.read_text(encoding="utf-8"))
        assert listed.pop(path.stem) == minutes[1]
    assert not listed
