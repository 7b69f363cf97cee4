"""The map of the code is drawn from its imports, and these run one way."""

from record_architecture import CORE, ROOT, imported, imports, parts, reached, svg, told_apart

NOW, LATER = imports(parts())


def test_the_map_is_up_to_date():
    shown = (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")
    assert shown == svg(parts()), "draw it anew: python tests/record_architecture.py"


def test_every_module_is_on_the_map():
    names = {path.stem for path in (ROOT / "helpers").iterdir() if path.suffix == ".py"} - {"__init__"}
    assert NOW.keys() == names | {"widgets", "notebooks"}


def test_imports_run_one_way():
    for name in NOW:
        assert name not in reached(name, NOW), f"{name} imports itself by way of others"


def test_the_core_stands_by_itself():
    """What a reader reads at one sitting needs no other module but the one that looks at what comes in."""
    for name in CORE:
        assert reached(name, NOW) <= {*CORE, "inputs"}


def test_the_two_implementations_do_not_know_each_other():
    both = {name: NOW[name] | LATER[name] for name in NOW}
    assert "network" not in reached("graph", both) | reached("operators", both)
    assert not {"graph", "operators"} & reached("network", both)


def test_what_computes_needs_nothing_that_shows():
    shows = {"widgets", "plots", "drawing", "pictures"}
    for name in ("inputs", *CORE, "checking", "training", "memory", "data"):
        assert not shows & reached(name, NOW)
    assert "widgets" not in reached("plots", NOW) | reached("drawing", NOW)


def test_the_only_import_that_waits_is_the_one_of_operators_in_graph():
    waiting = {(name, other) for name in LATER for other in LATER[name] - NOW[name]}
    assert waiting == {("graph", "operators")}


def test_imports_are_found():
    now, later = imported(
        "import numpy\nimport helpers.data\nfrom helpers import plots\nfrom helpers.graph import run\n"
        "def f():\n    from helpers.widgets.page import bar\n"
    )
    assert {"data", "plots", "graph"} <= now
    assert "widgets" not in now
    assert "widgets" in later


def test_an_arrow_that_others_stand_for_is_left_out():
    assert told_apart({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {"a": {"b"}, "b": {"c"}, "c": set()}
