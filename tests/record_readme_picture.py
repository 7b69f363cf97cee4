"""Draw the README's picture anew: python tests/record_readme_picture.py"""

from pathlib import Path

from helpers.drawing import draw
from helpers.graph import gradient
from helpers.operators import one_hidden_layer

if __name__ == "__main__":
    c = one_hidden_layer()
    picture = draw(c.J, *gradient(c.J, [c.W1, c.W2]))
    (Path(__file__).parent.parent / "docs" / "two_lanes.svg").write_text(picture.svg, encoding="utf-8", newline="\n")
