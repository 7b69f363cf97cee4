"""An assignment for nbgrader: ``python -m tools.assignment 17 homework`` writes the instructor's version.

It has the solutions, tests that the students see, and hidden ones. Those hold numbers that were computed here, so they
call nothing of the course.
"""

import re
import sys
from pathlib import Path

import nbformat
import numpy as np

from helpers._console import tell
from helpers._language import Sentences, joined
from helpers.exercises.hunt import KINDS
from tools.files import write_new
from tools.problems import MISTAKES, WHY, counts, draw, passed, run

SENTENCES = Sentences() | {
    "title": "# Assignment: a backward pass of your own",
    "opening": "This network is one that you have not met: its activation function, its loss and one more thing are "
    "new. You compute it forward, derive its gradients, and find the mistakes in three backward passes of another one.",
    "rules": "Write your answers where the cells say so, and keep the names. You may add cells, and run everything as "
    "often as you like. Leave the cells with tests as they are. They show a part of the tests; when your work is "
    "graded, there are more, and a cell is stopped after half a minute. They compare eleven digits: a difference in "
    "place of a derivative is not exact enough. NumPy is all that you need and all that is there: a cell that imports "
    "`helpers` fails. There are {points} points.",
    "network": "## 1. Compute it forward\n\nExamples are columns: $x$ is $d \\times n$, and $y$ and $o$ are "
    "$q \\times n$. There are `hidden` hidden units.",
    "bias": "What is new is the bias $b$, of shape (`hidden`, 1), which is added to each column of $W^{(1)} x$. It has "
    "no part in the penalty.",
    "skip": "What is new is $W^{(3)}$, of shape ($q$, $d$), by which the inputs reach the outputs directly. It has a "
    "part in the penalty.",
    "activity": "What is new is the last term of $s$, a price for active hidden units. The number $c$ is called `cost` "
    "in code.",
    "gain": "What is new is the gain $a$, of shape (`hidden`, 1), by which the row of each hidden unit is multiplied. "
    "It has no part in the penalty.",
    "signs": "The targets $y_{ij}$ are 1 or −1.",
    "given": "With these numbers you can try your functions.",
    "forward": "Write the forward pass. It returns a dictionary with the keys {names}; the last three are numbers. "
    "(4 points)",
    "first": "## 2. Derive the activation function\n\nWrite $\\varphi'(z)$, for an array of any shape. (2 points)",
    "backward": "## 3. Compute it backward\n\nWrite the backward pass. It is given what the forward pass computed, and "
    "returns a dictionary with the gradients of $J$ with respect to {names}, each in the shape of its variable. It "
    "changes none of its arguments. Compare it with central differences of your own before you hand in. (8 points)",
    "count": "## 4. Count\n\nNow $d$ is {d}, `hidden` is {hidden}, $q$ is {q}, $n$ is {n}, and all arrays are "
    "float64. (4 points)",
    "counted": "- `shape_of_gradient`: the shape of $\\partial J/\\partial W^{(2)}$, as a tuple;\n"
    "- `shape_of_jacobian`: the shape of $\\partial o/\\partial W^{(2)}$ with every axis kept, those of $o$ first;\n"
    "- `bytes_kept`: the bytes of $z$, $h$ and $o$ together, which are kept for the backward pass;\n"
    "- `examples`: the smallest $n$ with which $z$, $h$ and $o$ together take more bytes than $W^{(1)}$ and $W^{(2)}$ "
    "together.",
    "other": "## 5. Find the mistakes\n\nThis is another network. Its forward pass is given, and it is right.",
    "suspects": "Each of the next three backward passes of this network is written in its own way, and has one wrong "
    'line. For suspect A, set `first_A` to the first gradient that is wrong, in the order computed, such as `"W2"`, '
    "and `kind_A` to the kind of the mistake, one of the list below. Do the same for B and C. (6 points)",
    "setting": "In some settings suspect C returns the right gradients. Write a function that returns such a setting, "
    "as a dictionary with the arguments of `other_forward`. The sizes are up to you. In each argument the largest "
    "absolute value is 0 or between 0.01 and 100, and no gradient is 0 everywhere. (2 points)",
    "explain": "## 6. Explain\n\nTake suspect C. In three to six sentences: how did you find the mistake, why is the "
    "value wrong, and why does your setting hide it? (4 points)",
    "key": "In C, the first gradient that is wrong is that of {name}. {why} For the points see docs/rubric.md.",
    "points": "It has {points} points, {manual} of them given by hand. Keep the seed to yourself: it gives the "
    "solutions to everyone.",
    "seed": "SEED must be an integer >= 0, as in make assignment SEED=17, got {seed!r}",
    "name": "NAME must be letters, digits, - and _, as in NAME=homework, got {name!r}",
}

FOLDER = Path("class")
SETTINGS = Path(__file__).with_name("class") / "nbgrader_config.py"
BACKWARD_POINTS = 8
POINTS = {"o": 1, "W2": 2, "W3": 1, "a": 1, "h": 1, "z": 1, "W1": 2, "b": 1}


# The cells.


def _code(value):
    """Return an array, a number or a dictionary of them as code, rounded to twelve digits."""
    if isinstance(value, dict):
        return "{\n" + "".join(f'    "{name}": {_code(item)},\n' for name, item in value.items()) + "}"
    code = repr(np.vectorize(lambda number: float(f"{number:.12g}"))(value).tolist())
    return f"np.array({code})" if np.ndim(value) else code


SAME = """    for name, wanted in expected.items():
        got = answer[name]
        assert np.shape(got) == np.shape(wanted), f"{name}: expected shape {np.shape(wanted)}, got {np.shape(got)}"
        far = np.max(np.abs(np.subtract(got, wanted))) / np.max(np.abs(wanted))
        assert far < 1e-11, f"{name}: expected {wanted}, got {got}, off by {far:.0e} of the largest entry"
"""
CALL_FORWARD = "    answer = forward(**arguments)\n"
CALL_FIRST = '    answer = {"slope": first(arguments["z"])}\n'
CALL_BACKWARD = """    values = right_forward(**arguments)
    arguments = arguments | {name: values[name] for name in ("z", "h", "o")}
    kept = {name: np.copy(value) for name, value in arguments.items()}
    answer = backward(**arguments)
    assert all(np.array_equal(kept[name], arguments[name]) for name in kept), "an argument was changed"
"""
RANGE = """for name, value in setting().items():
    largest = np.max(np.abs(value))
    assert largest == 0 or 0.01 <= largest <= 100, f"{name}: the largest number is {largest}"
"""
HIDDEN_IN_SETTING = """arguments = setting()
values = other_forward(**arguments)
arguments = arguments | {name: values[name] for name in ("z", "h", "o")}
gradients, suspected = right(**arguments), suspect_C(**arguments)
for name, wanted in gradients.items():
    assert np.isfinite(wanted).all(), f"the gradient of {name} is not finite"
    assert np.any(wanted), f"the gradient of {name} is 0 everywhere"
    far = np.max(np.abs(suspected[name] - wanted)) / np.max(np.abs(wanted))
    assert far < 1e-9, f"the mistake shows in the gradient of {name}"
"""


def _hidden(text):
    return f"### BEGIN HIDDEN TESTS\n{text}### END HIDDEN TESTS"


def _trials(lines, cases, source=""):
    """Return a test of an answer, which some lines ask for: what is given and what is expected, each time."""
    rows = "".join(f"({_code(given)}, {_code(wanted)}),\n" for given, wanted in cases)
    return _hidden(f"{source}for arguments, expected in [\n{rows}]:\n{lines}{SAME}")


def _shapes(call, values):
    """Return a test that the students see: of the shapes alone."""
    tests = "".join(f'assert np.shape(answer["{name}"]) == {np.shape(value)}\n' for name, value in values.items())
    return f"answer = {call}\n{tests}"


class _Notebook:
    """Cells, one after the other."""

    def __init__(self):
        self.cells = []

    def _add(self, kind, source, name, **marks):
        make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
        cell = make(source.strip(), id=f"cell-{name}".replace("_", "-").lower())
        points = marks.pop("points", 0)
        grades = {"grade": False, "solution": False, "locked": True, "task": False, "schema_version": 3} | marks
        cell.metadata["nbgrader"] = grades | {"grade_id": name} | ({"points": points} if grades["grade"] else {})
        self.cells.append(cell)

    def text(self, name, source):
        self._add("markdown", source, f"text-{name}")

    def code(self, name, source):
        self._add("code", source, name)

    def solution(self, name, lines):
        """Add a cell to write code in."""
        source = "\n".join(["### BEGIN SOLUTION", *lines, "### END SOLUTION"])
        self._add("code", source, name, solution=True, locked=False)

    def function(self, name, source):
        """Add a cell to write a function in, of which the first line is there."""
        head, *body = source.splitlines()
        lines = ["    ### BEGIN SOLUTION", *body, "    ### END SOLUTION"]
        self._add("code", "\n".join([head, *lines]), name, solution=True, locked=False)

    def test(self, name, points, source):
        self._add("code", source, f"test-{name}", grade=True, points=points)

    def written(self, name, points, source):
        """Add a cell to write text in, which a person grades."""
        self._add("markdown", source, name, grade=True, solution=True, locked=False, points=points)


def assignment(seed):
    """Return the instructor's version as a notebook: solutions, tests that are shown, and tests that are hidden.

    Parameters
    ----------
    seed : int

    Returns
    -------
    nbformat.NotebookNode

    Raises
    ------
    TypeError, ValueError
        If the seed is not a whole number, 0 or larger.

    Examples
    --------
    >>> points(assignment(17))
    (30, 4)
    """
    problem, notebook = draw(seed), _Notebook()
    _forward(problem, notebook)
    _backward(problem, notebook)
    _count(problem, notebook)
    _suspects(problem, notebook)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    node = nbformat.v4.new_notebook(cells=notebook.cells, metadata={"kernelspec": kernel})
    rules = SENTENCES["rules"].format(points=points(node)[0])
    first = _Notebook()
    first.text("opening", "\n\n".join([SENTENCES["title"], SENTENCES["opening"], rules]))
    node.cells[:0] = first.cells
    return node


def points(notebook):
    """Return the points of a notebook, all of them and those that a person gives."""
    cells = [cell for cell in notebook.cells if cell.metadata["nbgrader"]["grade"]]
    given = [(cell.metadata["nbgrader"]["points"], cell.metadata["nbgrader"]["solution"]) for cell in cells]
    return sum(p for p, _ in given), sum(p for p, by_hand in given if by_hand)


def _forward(problem, notebook):
    network, trials = problem.network, problem.trials
    notebook.text("network", f"{SENTENCES['network']}\n\n{_told(network)}")
    notebook.text("given", SENTENCES["given"])
    notebook.code("given", f"import numpy as np\n\ngiven = {_code(trials[0])}")
    values = [passed(network, given)[0] for given in trials]
    notebook.text("forward", SENTENCES["forward"].format(names=_names(values[0])))
    notebook.function("forward", network.forward_source("forward"))
    for name, names in (("values", ("z", "h", "o")), ("objective", ("L", "s", "J"))):
        cases = [(given, {key: all_of[key] for key in names}) for given, all_of in zip(trials, values, strict=True)]
        notebook.test(name, 2, _shapes("forward(**given)", cases[0][1]) + _trials(CALL_FORWARD, cases))
    notebook.text("first", SENTENCES["first"])
    slope = f"def first(z):\n    return {network.words['slope']}\n"
    notebook.function("first", slope)
    z = np.array([[-2.5, -0.7, 0.0], [0.3, 1.1, 30.0]])
    cases = [({"z": z}, {"slope": run(slope, "first", {"z": z})}) for z in (z, z[1])]
    shown = _shapes('{"slope": first(np.zeros((2, 3)))}', cases[0][1])
    notebook.test("first", 2, shown + _trials(CALL_FIRST, cases))


def _told(network):
    """Return what there is to say of a network, and its equations."""
    told = [SENTENCES[network.twist]] + ([SENTENCES["signs"]] if network.has_signs else [])
    return "\n\n".join(told + [f"$${equation}$$" for equation in network.equations])


def _names(names):
    return joined("comma", [f"`{name}`" for name in names])


def _backward(problem, notebook):
    network = problem.network
    source = network.backward_source("backward")
    notebook.text("backward", SENTENCES["backward"].format(names=_names(network.backward)))
    notebook.function("backward", source)
    arguments = [passed(network, given)[1] for given in problem.trials]
    gradients = [run(source, "backward", given) for given in arguments]
    worth = {name: POINTS[name] for name in network.backward}
    worth["h"] += BACKWARD_POINTS - sum(worth.values())  # one more, where the twist is no variable
    zeros = ", ".join(f'"{name}": np.zeros({np.shape(arguments[0][name])})' for name in ("z", "h", "o"))
    shown = f"arguments = given | {{{zeros}}}\n"  # so that a wrong forward pass loses its own points alone
    for name, gained in worth.items():
        cases = [(given, {name: all_of[name]}) for given, all_of in zip(problem.trials, gradients, strict=True)]
        test = _trials(CALL_BACKWARD, cases, network.forward_source("right_forward"))
        notebook.test(f"backward-{name}", gained, shown + _shapes("backward(**arguments)", cases[0][1]) + test)


def _count(problem, notebook):
    answers = counts(**problem.sizes)
    notebook.text("count", f"{SENTENCES['count'].format(**problem.sizes)}\n\n{SENTENCES['counted']}")
    notebook.solution("count", [f"{name} = {answer}" for name, answer in answers.items()])
    for name, answer in answers.items():
        kind = type(answer).__name__
        shown = f'assert type({name}) is {kind}, f"expected {kind}, got {{type({name}).__name__}}"\n'
        notebook.test(name, 1, shown + _hidden(f"assert {name} == {answer}\n"))


def _suspects(problem, notebook):
    network = problem.other
    kinds = "\n".join(f'- `"{kind}"`: {told}' for kind, told in KINDS.items())
    notebook.text("other", f"{SENTENCES['other']}\n\n{_told(network)}")
    source = network.forward_source("other_forward")
    notebook.code("other", f"{source}\n\nother_given = {_code(problem.given)}")
    notebook.text("suspects", f"{SENTENCES['suspects']}\n\n{kinds}")
    for letter, key in zip("ABC", problem.suspects, strict=True):
        mistake = MISTAKES[key]
        suspect = network.suspect(key, letter)
        notebook.code(f"suspect-{letter}", suspect)
        answers = [f'first_{letter} = "{mistake.name}"', f'kind_{letter} = "{mistake.kinds[0]}"']
        notebook.solution(f"answer-{letter}", answers)
        parts = ("first", (mistake.name,), network.backward), ("kind", mistake.kinds, KINDS)
        for part, right, possible in parts:
            shown = f"assert {part}_{letter} in {list(possible)}\n"
            notebook.test(f"{part}-{letter}", 1, shown + _hidden(f"assert {part}_{letter} in {right}\n"))
    notebook.text("setting", SENTENCES["setting"])
    hides = [f'"{name}": {code}' for name, code in mistake.hides.items() if name in network.arguments]
    notebook.function("setting", f"def setting():\n    return other_given | {{{', '.join(hides)}}}\n")
    shown = f"assert sorted(setting()) == {sorted(network.arguments)}\n{RANGE}"
    sources = source, network.backward_source("right"), suspect
    notebook.test("setting", 2, shown + _hidden("\n".join([*sources, HIDDEN_IN_SETTING])))
    notebook.text("explain", SENTENCES["explain"])
    notebook.written("explain", 4, SENTENCES["key"].format(name=mistake.name, why=WHY[key]))


def write(seed, name):
    """Write an assignment into the folder of a class, with nbgrader's settings, and return the sentences that say so.

    Parameters
    ----------
    seed : str
        As typed.
    name : str
        What nbgrader calls the assignment, and the notebook.

    Raises
    ------
    ValueError
        If the seed is not a whole number, 0 or larger, or the name not one for a folder.
    FileExistsError
        If there are such files already, and they differ.
    """
    if not seed.isdecimal():
        raise ValueError(SENTENCES["seed"].format(seed=seed))
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise ValueError(SENTENCES["name"].format(name=name))
    notebook = assignment(int(seed))
    settings, path = FOLDER / SETTINGS.name, FOLDER / "source" / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    files = {path: nbformat.writes(notebook).encode()} | (
        {} if settings.exists() else {settings: SETTINGS.read_bytes()}
    )
    said = write_new(files)
    every, manual = points(notebook)
    return [*said, SENTENCES["points"].format(points=every, manual=manual)]


if __name__ == "__main__":
    try:
        tell("\n".join(write(*sys.argv[1:3])))
    except (ValueError, OSError) as error:
        sys.exit(str(error))
