"""The assignment for nbgrader: its numbers are right, its mistakes are mistakes, its tests tell right from wrong."""

import ast
import itertools
import math
import re
import subprocess
from pathlib import Path

import nbformat
import numpy as np
import pytest

from helpers.checking import numerical_gradient
from tools import assignment as module
from tools.assignment import assignment, points, write
from tools.problems import ACTIVATIONS, LOSSES, MISTAKES, TWISTS, WHY, Network, _arguments, counts, draw, passed, run

ROOT = Path(__file__).parents[1]
SEEDS = range(2)
PAIRS = itertools.product(ACTIVATIONS, LOSSES)
NETWORKS = [Network(*pair, twist) for pair, twist in zip(PAIRS, itertools.cycle(TWISTS), strict=False)]
EXACT_ACTIVATIONS = {  # the LaTeX once more, for one number
    r"\arctan z": math.atan,
    r"\operatorname{arsinh} z": math.asinh,
    r"e^{-z^2}": lambda z: math.exp(-z * z),
    r"\ln(1 + e^z)": lambda z: math.log1p(math.exp(z)),
    r"\frac{z}{1 + e^{-z}}": lambda z: z / (1 + math.exp(-z)),
    r"\frac{z}{\sqrt{1 + z^2}}": lambda z: z / math.hypot(1, z),
    r"z + \sin z": lambda z: z + math.sin(z),
    r"\ln(1 + z^2)": lambda z: math.log1p(z * z),
}
EXACT_LOSSES = {
    r"\ln\cosh(o_{ij} - y_{ij})": lambda o, y: math.log(math.cosh(o - y)),
    r"\left(\sqrt{1 + (o_{ij} - y_{ij})^2} - 1\right)": lambda o, y: math.hypot(1, o - y) - 1,
    r"\tfrac14 (o_{ij} - y_{ij})^4": lambda o, y: (o - y) ** 4 / 4,
    r"\ln(1 + (o_{ij} - y_{ij})^2)": lambda o, y: math.log1p((o - y) ** 2),
    r"\ln(1 + e^{-y_{ij} o_{ij}})": lambda o, y: math.log1p(math.exp(-y * o)),
}
BY_HAND = {  # what a twist does to F1, F3 and F5, from single entries
    "bias": {"z": lambda v, i, j: v["b"][i, 0]},
    "skip": {"o": lambda v, i, j: sum(v["W3"][i, k] * v["x"][k, j] for k in range(len(v["x"])))},
    "activity": {"s": lambda v: v["cost"] / (2 * v["x"].shape[1]) * sum(h * h for h in v["h"].flat)},
    "gain": {},
}


def by_hand(network, v):
    """Return the values of a forward pass, entry by entry."""
    v, twist = dict(v), BY_HAND[network.twist]
    hidden, (d, n), q = len(v["W1"]), v["x"].shape, len(v["W2"])
    nothing = {"z": lambda v, i, j: 0, "o": lambda v, i, j: 0, "s": lambda v: 0} | twist
    gain = v.get("a", np.ones((hidden, 1)))
    z = [[sum(v["W1"][i, k] * v["x"][k, j] for k in range(d)) + nothing["z"](v, i, j) for j in range(n)]
         for i in range(hidden)]  # fmt: skip
    v["z"] = np.array(z)
    v["h"] = np.array([[EXACT_ACTIVATIONS[network.activation](entry) for entry in row] for row in z])
    v["o"] = np.array([[sum(v["W2"][i, k] * gain[k, 0] * v["h"][k, j] for k in range(hidden)) + nothing["o"](v, i, j)
                        for j in range(n)] for i in range(q)])  # fmt: skip
    losses = [EXACT_LOSSES[network.loss](o, y) for o, y in zip(v["o"].flat, v["y"].flat, strict=True)]
    squares = sum(w * w for name in ("W1", "W2", "W3") if name in v for w in v[name].flat)
    v["L"] = sum(losses) / n
    v["s"] = v["weight_decay"] / 2 * squares + nothing["s"](v)
    v["J"] = v["L"] + v["s"]
    return v


def objective_from(network, name):
    """Return J as a function of the arguments, where a variable in the middle is given instead of computed."""
    lines = network.forward_source("forward").splitlines()
    kept = [line for line in lines if not line.startswith(f"    {name} = ")]
    head = kept[0] if len(kept) == len(lines) else kept[0].replace("):", f", {name}):")
    return lambda arguments: run("\n".join([head, *kept[1:]]), "forward", arguments)["J"]


def differences(network, given, name):
    """Return ∂J/∂v by central differences. h and z are cut out of the forward pass, and o."""
    J = objective_from(network, name)
    at = (given | passed(network, given)[0])[name]
    return numerical_gradient(lambda value: J(given | {name: value}), at)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda n: "-".join(n))
def test_a_forward_pass_is_what_its_equations_say_and_its_gradients_agree_with_differences(network):
    given = _arguments(np.random.default_rng(3), network)
    values, arguments = passed(network, given)
    exact = by_hand(network, given)
    for name, value in values.items():
        np.testing.assert_allclose(value, exact[name], rtol=1e-12, atol=1e-12)
    gradients = run(network.backward_source("backward"), "backward", arguments)
    extra = {TWISTS[network.twist].name} - {"cost"}
    assert set(gradients) == {"o", "W2", "h", "z", "W1"} | extra
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, differences(network, given, name), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("loss", LOSSES)
def test_all_of_a_loss_stands_under_the_sum(loss):
    while loss != (inner := re.sub(r"\{[^{}]*\}|\([^()]*\)", "", loss)):
        loss = inner
    assert not re.search("[-+]", loss)


@pytest.mark.parametrize("key", MISTAKES)
def test_a_mistake_is_first_wrong_where_it_says_and_its_setting_hides_it(key):
    mistake, places = MISTAKES[key], 0
    assert WHY[key]
    for number, network in enumerate(NETWORKS):
        lines = network.wrong(key)
        if not lines:
            continue
        places += 1
        rng = np.random.default_rng(number)
        given = _arguments(rng, network)
        assert first_wrong(network, lines, given) == mistake.name
        if mistake.hides:
            codes = {name: code for name, code in mistake.hides.items() if name in given}
            hiding = {name: eval(code, {"np": np, "other_given": given}) for name, code in codes.items()}
            assert first_wrong(network, lines, given | hiding) is None
    assert places >= len(NETWORKS) / len(TWISTS)


@pytest.mark.parametrize("network", NETWORKS[:4], ids=lambda n: n.twist)
def test_suspects_are_written_in_ways_that_change_no_number_and_do_not_show_the_wrong_line(network):
    _, arguments = passed(network, _arguments(np.random.default_rng(4), network))
    for key in filter(network.wrong, MISTAKES):
        plain = run(network.backward_source("backward", network.wrong(key)), "backward", arguments)
        sources = {letter: network.suspect(key, letter) for letter in "ABC"}
        for letter, source in sources.items():
            for name, value in run(source, f"suspect_{letter}", arguments).items():
                np.testing.assert_allclose(value, plain[name], rtol=1e-10, err_msg=f"{key} {letter}")
        lines = [{line for line in source.splitlines() if "weight_decay *" in line} for source in sources.values()]
        assert not set.intersection(*lines)


def first_wrong(network, lines, given):
    _, arguments = passed(network, given)
    right = run(network.backward_source("backward"), "backward", arguments)
    wrong = run(network.backward_source("backward", lines), "backward", arguments)
    assert all(np.any(value) for value in right.values())
    return next((name for name in right if not np.allclose(wrong[name], right[name], rtol=1e-7)), None)


@pytest.mark.parametrize("seed", SEEDS)
def test_three_suspects_differ_in_variable_and_kind_and_do_not_give_the_first_network_away(seed):
    problem = draw(seed)
    mistakes = [MISTAKES[key] for key in problem.suspects]
    assert len({m.name for m in mistakes}) == 3
    assert len({kind for m in mistakes for kind in m.kinds}) == sum(len(m.kinds) for m in mistakes)
    assert mistakes[2].hides
    assert not set(problem.network) & set(problem.other)
    for given in (*problem.trials[:2], problem.given):
        assert len({*given["x"].shape, *given["W2"].shape}) == 4  # a transpose in the wrong place shows
    assert problem.trials[2]["x"].shape[1] == 1
    assert len(set(problem.sizes.values())) == 4  # as does a wrong order of axes


def test_seeds_draw_everything():
    drawn = [draw(seed) for seed in range(300)]
    assert {n for p in drawn for n in p.network} == {*ACTIVATIONS, *LOSSES, *TWISTS}
    assert {key for p in drawn for key in p.suspects} == set(MISTAKES)
    assert nbformat.writes(assignment(5)) == nbformat.writes(assignment(5)) != nbformat.writes(assignment(6))


def test_a_seed_draws_what_it_drew():
    problem = draw(17)
    assert problem.network == Network(r"e^{-z^2}", r"\left(\sqrt{1 + (o_{ij} - y_{ij})^2} - 1\right)", "gain")
    assert problem.suspects == ("no slope", "W1 half", "no mean"), "docs/stable.md promises it within a minor number"
    assert problem.given["W1"][0].tolist() == [-0.3, 1.5]


def test_what_is_counted_is_so():
    sizes = {"d": 5, "hidden": 3, "q": 4, "n": 7}
    answers = counts(**sizes)
    z, h, o = (np.zeros(shape) for shape in ((3, 7), (3, 7), (4, 7)))
    assert answers["bytes_kept"] == z.nbytes + h.nbytes + o.nbytes
    assert answers["shape_of_gradient"] == (4, 3)
    assert answers["shape_of_jacobian"] == (*o.shape, 4, 3)
    weights = np.zeros((3, 5)).nbytes + np.zeros((4, 3)).nbytes
    per_example = answers["bytes_kept"] / 7
    assert answers["examples"] * per_example > weights >= (answers["examples"] - 1) * per_example


# The notebook.


def failed(notebook, replaced=None, **space):
    """Run the cells as nbgrader does, with other answers in some, and return the ids of the tests that fail."""
    names = []
    for cell in notebook.cells:
        name = cell.metadata["nbgrader"]["grade_id"]
        if cell.cell_type == "code":
            try:
                exec((replaced or {}).get(name, cell.source), space)
            except Exception:
                names.append(name)
    return names


@pytest.mark.parametrize("seed", SEEDS)
def test_its_own_solutions_pass_and_nothing_else_of_the_course_is_called(seed):
    notebook = assignment(seed)
    nbformat.validate(notebook)
    assert failed(notebook) == []
    cells = [cell.metadata["nbgrader"] for cell in notebook.cells]
    assert len({cell["grade_id"] for cell in cells}) == len(cells)
    assert all(cell["schema_version"] == 3 and ("points" in cell) == cell["grade"] for cell in cells)
    imported = [
        node
        for cell in notebook.cells
        if cell.cell_type == "code"
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert [ast.unparse(node) for node in imported] == ["import numpy as np"]
    said = [int(n) for cell in notebook.cells for n in re.findall(r"\((\d+) points\)", cell.source)]
    assert sum(said) == points(notebook)[0]
    assert f"There are {sum(said)} points." in notebook.cells[0].source
    assert points(notebook)[1] == 4


@pytest.mark.parametrize("seed", SEEDS)
def test_a_wrong_line_fails_the_tests_of_what_it_computes(seed):
    notebook, network = assignment(seed), draw(seed).network
    for key, mistake in MISTAKES.items():
        lines = network.wrong(key)
        if lines:
            found = failed(notebook, {"backward": network.backward_source("backward", lines)})
            assert found[0] == f"test-backward-{mistake.name}", key
    assert failed(notebook, {"forward": "raise NotImplementedError()"}) == ["forward", "test-values", "test-objective"]
    assert failed(notebook, {"first": "def first(z):\n    return z"}) == ["test-first"]
    rows = f"def first(z):\n    return np.array([[{network.words['slope']} for z in row] for row in z])"
    assert failed(notebook, {"first": rows}) == ["test-first"]  # for an array of any shape, it says
    doubled = network.forward_source("forward").replace("J = L + s", "J = L + 2 * s")
    assert failed(notebook, {"forward": doubled}) == ["test-objective"]
    writing = network.backward_source("backward").replace("    return", "    h *= 0\n    return")
    assert {f"test-backward-{name}" for name in network.backward} <= set(failed(notebook, {"backward": writing}))


DIFFERENCES = """
def slopes(J, value):
    found = np.zeros_like(value)
    for at in np.ndindex(*value.shape):
        step = np.zeros_like(value)
        step[at] = 1e-5
        found[at] = (J(value + step) - J(value - step)) / 2e-5
    return found

def backward(z, h, o, **arguments):
    at = arguments | {"z": z, "h": h, "o": o}
    return {name: slopes(lambda value: J(arguments | {name: value}), at[name]) for name, J in objectives.items()}
"""


@pytest.mark.parametrize("seed", SEEDS)
def test_differences_in_place_of_derivatives_are_not_exact_enough(seed):
    notebook, network = assignment(seed), draw(seed).network
    objectives = {name: objective_from(network, name) for name in network.backward}
    first = "def first(z):\n    return (value(z + 1e-5) - value(z - 1e-5)) / 2e-5"
    answers = {"backward": DIFFERENCES, "first": f"value = lambda z: {network.words['value']}\n{first}"}
    assert set(failed(notebook, answers, objectives=objectives)) == {
        "test-first",
        *(f"test-backward-{name}" for name in network.backward),
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_setting_in_which_the_mistake_shows_or_nothing_is_left_gets_no_points(seed):
    notebook = assignment(seed)
    for setting in (
        "other_given",
        "other_given | {name: 0 * value for name, value in other_given.items()}",
        "other_given | {'x': np.nan * other_given['x']}",
        "other_given | {name: 1e-9 * value for name, value in other_given.items() if np.ndim(value)}",  # penalty alone
        "other_given | {'weight_decay': 1e12}",
    ):
        with np.errstate(all="ignore"):
            assert failed(notebook, {"setting": f"def setting():\n    return {setting}"}) == ["test-setting"]


def test_the_desk_names_the_points():
    desk = (ROOT / "docs" / "desk.md").read_text(encoding="utf-8")
    table = re.search(r"(?s)\n\| part \| points \|\n(.*?)\n\n", desk)[1]
    *parts, total = map(int, re.findall(r"\| (\d+)\b", table))
    in_text = [re.findall(r"\((\d+) points\)", cell.source) for cell in assignment(17).cells]
    assert parts == [int(n) for found in in_text for n in found]
    assert sum(parts) == total == points(assignment(17))[0]


def test_what_was_not_answered_is_wrong():
    notebook = assignment(17)
    empty = "raise NotImplementedError()"
    written = {
        cell.metadata["nbgrader"]["grade_id"]: empty
        for cell in notebook.cells
        if cell.metadata["nbgrader"]["solution"] and cell.cell_type == "code"
    }
    tests = {c.metadata["nbgrader"]["grade_id"] for c in notebook.cells if c.metadata["nbgrader"]["grade"]}
    assert set(failed(notebook, written)) - set(written) == tests - {"explain"}


def test_it_is_written_outside_the_history_and_nothing_is_overwritten(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(write("17", "homework")) == 3
    path, settings = Path("class/source/homework/homework.ipynb"), Path("class/nbgrader_config.py")
    assert nbformat.read(path, as_version=4) == assignment(17)
    settings.write_text("# a teacher's own", encoding="utf-8")
    assert len(write("17", "homework")) == 2  # the same again
    path.write_text("changed", encoding="utf-8")
    with pytest.raises(FileExistsError, match="left alone"):
        write("17", "homework")
    write("18", "second")
    assert path.read_text(encoding="utf-8") == "changed"
    assert settings.read_text(encoding="utf-8") == "# a teacher's own"
    assert not re.search(r"\b17\b.*seed|seed.*\b17\b", nbformat.writes(assignment(17)))
    for seed, name in (("-1", "a"), ("x", "a"), ("", "a"), ("1", ""), ("1", "../a"), ("1", "a b")):
        with pytest.raises(ValueError, match=r"must be .*, got"):
            write(seed, name)
    ignored = subprocess.run(["git", "check-ignore", "-q", module.FOLDER / "a"], cwd=ROOT, check=False)
    assert ignored.returncode == 0
