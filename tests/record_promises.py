"""Add to tests/golden/promises.txt what is new in the course: python tests/record_promises.py

It takes nothing out of the list. To do that is a decision, which CHANGELOG.md has to tell.
"""

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import nbformat
import numpy as np

from helpers.checking import check_gradients
from helpers.drawing import draw
from helpers.exercises import CHECKERS, hunt  # noqa: F401  A notebook imports the module hunt
from helpers.exercises.tasks import TASKS
from helpers.functions import squared_error
from helpers.network import MLP
from helpers.operators import one_hidden_layer
from helpers.tracing import trace
from helpers.widgets import backward_explorer

ROOT = Path(__file__).parents[1]
PROMISES = ROOT / "tests" / "golden" / "promises.txt"
INSIDE = {"audit", "lint", "lock", "notebooks", "test-newest", "test-oldest", "zh"}  # for those who change the course
PROGRAMS = ("tools.copies", "tools.stepper", "tools.worksheet")  # what make calls, for those who have no make


def promises():
    """Return what the course has now of all that it promises to keep, one line for each."""
    commands = {*re.findall(r"(?m)^# make ([a-z-]+)", (ROOT / "Makefile").read_text("utf-8"))} - INSIDE
    found = {f"make {name}" for name in commands}
    found |= {f"program {name}" for name in PROGRAMS if import_module(name)}
    found |= {f"blank {name}" for name in TASKS} | {f"blank {checker.blanks[0]}" for checker in CHECKERS.values()}
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        found.add(f"notebook {path.stem}")
        found |= {f"cell {path.stem}#cell-id={cell.id}" for cell in cells if re.search(r"(?m)^##? ", cell.source)}
        found |= {f"equation {tag}" for cell in cells for tag in re.findall(r"\\tag\{(.+?)\}", cell.source)}
        found |= imported("\n".join(cell.source for cell in cells if cell.cell_type == "code"))
    return found | members()


def imported(source):
    """Return the lines of what a program imports from helpers."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("helpers"):
            for name in (alias.name for alias in node.names):
                found |= described(node.module, import_module(node.module), name)
                module = getattr(import_module(node.module), name, None)
                if isinstance(module, ModuleType):
                    for used in re.findall(rf"\b{name}\.(\w+)", source):
                        found |= described(module.__name__, module, used)
    return found


def members():
    """Return the lines of what is used of the objects that the functions return."""
    net = MLP.random(inputs=4, hidden=2, outputs=3, loss=squared_error)
    x, y = np.ones((4, 1)), np.ones((3, 1))
    f, graph = net.forward(x, y), one_hidden_layer()
    shown = {
        "net": (net, "random forward backward predict W1 W2 weight_decay activation loss"),
        "net.forward(x, y)": (f, "x y z h o L s J"),
        "net.backward(f)": (net.backward(f), "L s o W2 h z W1"),
        "one_hidden_layer()": (graph, "x y W1 W2 z h o L s J"),
        "check_gradients(net, x, y)": (check_gradients(net, x, y), "ok worst wrong first_wrong"),
        "draw(J)": (draw(graph.J), "svg dot data sentence save"),
        "trace(f, x=x)": (trace(np.sum, a=x), "inputs output locals"),
        "backward_explorer()": (backward_explorer(), "state hidden weight_decay activation step"),
    }
    return {line for name, (thing, used) in shown.items() for k in used.split() for line in described(name, thing, k)}


def described(where, owner, name):
    """Return a line for a name, if its owner has it, and one for each of its parameters that can be named."""
    if not hasattr(owner, name):
        return set()
    thing, line = getattr(owner, name), f"name {where}.{name}"
    parameters = inspect.signature(thing).parameters.values() if inspect.isroutine(thing) or type(thing) is type else ()
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {line, *(f"{line}({p.name})" for p in parameters if p.kind in named and p.name[0] != "_")}


if __name__ == "__main__":
    kept = PROMISES.read_text("utf-8").splitlines()
    PROMISES.write_text("".join(f"{line}\n" for line in sorted({*kept, *promises()})), "utf-8")
