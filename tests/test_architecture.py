"""The map of the code is drawn from its imports, and these run one way."""

import ast

import pytest
from record_architecture import CORE, ROOT, imported, imports, parts, reached, svg, told_apart

EDGES = imports(parts())


def test_the_map_is_up_to_date():
    shown = (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")
    assert shown == svg(parts()), "draw it anew: python tests/record_architecture.py"


def test_every_module_is_on_the_map():
    names = {path.stem for path in (ROOT / "helpers").iterdir() if path.suffix == ".py"} - {"__init__"}
    folders = {path.parent.name for path in (ROOT / "helpers").glob("*/*.py")}
    assert folders == {"explorers", "widgets", "exercises"}
    assert EDGES.keys() == names | folders | {"tools", "notebooks"}


def test_imports_run_one_way():
    for name in EDGES:
        assert name not in reached(name, EDGES), f"{name} imports itself by way of others"


def test_the_core_stands_by_itself():
    """What a reader reads at one sitting needs no other module but the one that looks at what comes in."""
    for name in CORE:
        assert reached(name, EDGES) <= {*CORE, "_validation"}


def test_the_two_implementations_do_not_know_each_other():
    graph = {"graph", "operators", "gradient"}
    for name in graph:
        assert "network" not in reached(name, EDGES)
    assert not graph & reached("network", EDGES)


def test_what_computes_needs_nothing_that_shows():
    shows = {"explorers", "widgets", "plots", "drawing", "_pictures"}
    for name in ("_validation", *CORE, "numpy_operators", "tracing", "checking", "training", "memory", "data"):
        assert not shows & reached(name, EDGES)
    assert "widgets" not in reached("plots", EDGES) | reached("drawing", EDGES)


def test_nothing_needs_the_tools():
    assert all("tools" not in others for others in EDGES.values())


@pytest.mark.parametrize("name", EDGES)
def test_no_import_waits(name):
    tree = ast.parse(parts()[name])
    first = [*tree.body, *(node for block in tree.body if isinstance(block, ast.Try) for node in block.body)]
    later = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) and node not in first]
    assert [ast.unparse(node) for node in later if imported(ast.unparse(node))] == []


def test_imports_are_found():
    assert imported(
        "import numpy\nimport helpers.data\nfrom helpers import plots\nfrom helpers.graph import run\n"
        "def f():\n    from helpers.widgets.page import bar\n    from tools.files import write_new\n"
    ) == {"data", "plots", "graph", "widgets", "tools"}


def test_an_arrow_that_others_stand_for_is_left_out():
    assert told_apart({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {"a": {"b"}, "b": {"c"}, "c": set()}
