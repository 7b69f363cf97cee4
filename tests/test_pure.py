"""What the explorers show is computed without widgets, so that a web page can do it where there are none."""

import subprocess
import sys

from test_notebooks import ROOT

PROGRAM = """
import sys
for name in ("ipywidgets", "anywidget", "traitlets", "IPython"):
    sys.modules[name] = None  # an import of it raises
from helpers.explorers import backward, forward, memory, program, training
print(len(backward.page(backward.numbers(2, 0.1, "tanh", 3))) > 1000)
"""


def test_the_explorers_need_no_widgets():
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("True\n", "")
