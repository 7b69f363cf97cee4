"""The assignment goes the whole way through a real nbgrader: release, hand-ins, marks, feedback, and the table."""

import csv
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import nbformat
import pytest

from tools.assignment import assignment, write
from tools.problems import MISTAKES, draw

NBGRADER = Path(__file__).parents[1] / ".venv" / "nbgrader" / "bin" / "nbgrader"
SEED, NAME = 17, "homework"
RIGHT = {cell.metadata["nbgrader"]["grade_id"]: cell for cell in assignment(SEED).cells}
HALF = ("forward", "first", "count")
ENDLESS = draw(SEED).network.backward_source("backward").splitlines()[0] + "\n    while True:\n        pass"
SECONDS = 4  # per cell

pytestmark = [pytest.mark.nbgrader, pytest.mark.skipif(os.name == "nt", reason="nbgrader is for Linux and macOS")]


class Course:
    """A folder with an assignment, as a teacher has it."""

    def __init__(self, folder):
        self.folder = folder
        names = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
        self.env = os.environ | dict.fromkeys(names, str(folder / "home"))
        self.env["PATH"] = f"{NBGRADER.parent}{os.pathsep}{self.env['PATH']}"  # as in an environment that is activated
        os.chdir(folder)
        write(str(SEED), NAME)
        assert self.run("generate_assignment", NAME) == 0, self.said
        self.release = nbformat.read(folder / f"class/release/{NAME}/{NAME}.ipynb", as_version=4)

    def run(self, *arguments):
        command = [NBGRADER, *arguments]
        done = subprocess.run(
            command, cwd=self.folder / "class", env=self.env, capture_output=True, text=True, check=False
        )
        self.said = done.stdout + done.stderr
        return done.returncode

    def hand_in(self, student, answers):
        """Put a copy of what was handed out into the folder of a student, with answers in its cells."""
        notebook = nbformat.from_dict(self.release)
        notebook = nbformat.reads(nbformat.writes(notebook), as_version=4)
        for cell in notebook.cells:
            cell.source = answers.get(cell.metadata["nbgrader"]["grade_id"], cell.source)
        folder = self.folder / "class" / "submitted" / student / NAME
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{NAME}.ipynb")
        return folder / f"{NAME}.ipynb"

    def points(self):
        """Export the table, and return the points by student."""
        assert self.run("export", "--to", "grades.csv") == 0, self.said
        with (self.folder / "class" / "grades.csv").open(newline="") as table:
            return {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in csv.DictReader(table)}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    before = Path.cwd()
    course = Course(tmp_path_factory.mktemp("course"))
    answers = {name: cell.source for name, cell in RIGHT.items() if cell.metadata["nbgrader"]["solution"]}
    course.hand_in("ada", answers)
    course.hand_in("bob", {name: answers[name] for name in HALF})
    course.hand_in("cem", answers | wrong_answers())
    course.hand_in("dan", dict.fromkeys(answers, "def forward(x, y\n    return"))
    course.hand_in("eve", answers | {"backward": ENDLESS})
    assert course.run("autograde", NAME, f"--Execute.timeout={SECONDS}") == 0, course.said
    yield course
    os.chdir(before)


def wrong_answers():
    """Return answers that run, and of which none is right."""
    network = draw(SEED).network
    key = next(key for key in MISTAKES if MISTAKES[key].name == "o" and network.wrong(key))
    found = {
        "forward": network.forward_source("forward").replace("z = ", "z = 2 * ").replace("s = ", "s = 1 + "),
        "first": "def first(z):\n    return z",
        "backward": network.backward_source("backward", network.wrong(key)),
        "count": "shape_of_gradient = shape_of_jacobian = (1,)\nbytes_kept = examples = 0",
        "setting": "def setting():\n    return other_given",
    }
    return found | {f"answer-{letter}": f'first_{letter} = kind_{letter} = "none"' for letter in "ABC"}


def worth(*names):
    """Return the points of some tests: all whose name begins so, and ends there or goes on with a hyphen."""
    marks = [cell.metadata["nbgrader"] for cell in RIGHT.values() if cell.metadata["nbgrader"]["grade"]]
    return sum(
        m["points"] for m in marks if m["grade_id"] in names or m["grade_id"].startswith(tuple(f"{n}-" for n in names))
    )


def test_what_is_handed_out_has_neither_solutions_nor_hidden_tests(course):
    for cell in course.release.cells:
        marks = cell.metadata["nbgrader"]
        assert "HIDDEN" not in cell.source
        assert "SOLUTION" not in cell.source
        if marks["solution"]:
            stub = "raise NotImplementedError()" if cell.cell_type == "code" else "YOUR ANSWER HERE"
            assert stub in cell.source
    whole = nbformat.writes(course.release)
    assert "expected in [" not in whole
    assert draw(SEED).network.words["slope"] not in whole


def test_each_of_five_hand_ins_gets_its_points(course):
    assert course.points() == {
        "ada": (26, 30),  # all that is not graded by hand
        "bob": (10, 30),  # 4 for the forward pass, 2 for the derivative, 4 for counting
        "cem": (0, 30),
        "dan": (0, 30),
        "eve": (26 - worth("test-backward"), 30),
    }


def test_feedback_says_what_failed(course):
    assert course.run("generate_feedback", NAME) == 0, course.said
    pages = {path.parts[-3]: path.read_text("utf-8") for path in course.folder.glob("class/feedback/*/*/*.html")}
    assert sorted(pages) == ["ada", "bob", "cem", "dan", "eve"]
    assert "CellTimeoutError" in pages["eve"]
    assert "SyntaxError" in pages["dan"]
    assert "expected" in pages["cem"]
    assert "AssertionError" not in pages["ada"]


def test_points_given_by_hand_are_added(course):
    script = (
        "from nbgrader.api import Gradebook\n"
        "with Gradebook('sqlite:///gradebook.db', 'forward-and-backward') as book:\n"
        f"    grade = book.find_grade('explain', '{NAME}', '{NAME}', 'ada')\n"
        "    assert grade.needs_manual_grade\n"
        "    grade.manual_score, grade.needs_manual_grade = 3, False\n"
        "    book.db.commit()\n"
    )
    subprocess.run([NBGRADER.with_name("python"), "-c", script], cwd=course.folder / "class", check=True)
    assert course.points()["ada"] == (29, 30)
    page = course.folder / f"class/feedback/ada/{NAME}/{NAME}.html"
    assert course.run("generate_feedback", NAME, "--student", "ada", "--force") == 0, course.said
    assert re.search(r"Score:\s*29\.0\s*/\s*30\.0", page.read_text(encoding="utf-8"))


LOOKS = """
import os, socket
def attempt(what):
    try:
        return what()
    except BaseException as error:
        return type(error).__name__
print("class:", [name for _, _, names in os.walk({folder!r}) for name in names])
print("drives:", [name for _, _, names in [*os.walk("/media"), *os.walk("/mnt"), *os.walk("/srv")] for name in names])
print("network:", attempt(lambda: socket.create_connection(("127.0.0.1", {port}), 2)))
print("memory:", attempt(lambda: np.ones(10**9).size))
print("writing:", attempt(lambda: open("/etc/mine", "w")))
print("environment:", [path for path in ("/proc/1/environ", "/proc/self/environ") if "{secret}" in open(path).read()])
print("temporary:", sorted(name for _, _, names in os.walk("/tmp") for name in names if "kernel" in name))
import sys
print("next kernel:", attempt(lambda: open(sys.argv[sys.argv.index("-f") + 1], "w")))
"""


@pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is not installed")
def test_where_bubblewrap_works_a_hand_in_sees_nothing_of_the_class(course):
    with socket.create_server(("127.0.0.1", 0)) as server:
        secret, port = "only-the-teacher-knows", server.getsockname()[1]
        course.env["CLASS_SECRET"] = secret
        course.hand_in("spy", {"count": LOOKS.format(folder=str(course.folder / "class"), port=port, secret=secret)})
        assert course.run("autograde", NAME, "--student", "spy") == 0, course.said
    graded = nbformat.read(course.folder / f"class/autograded/spy/{NAME}/{NAME}.ipynb", as_version=4)
    [cell] = [c for c in graded.cells if c.metadata["nbgrader"]["grade_id"] == "count"]
    said = cell.outputs[0].text.splitlines()
    assert said == [
        "class: []",
        "drives: []",
        "network: ConnectionRefusedError",
        "memory: MemoryError",
        "writing: OSError",
        "environment: []",
        f"temporary: {[*(f'kernel-{k}' for k in range(1, 6)), 'kernel.json']}",  # the sockets, and how to find them
        "next kernel: OSError",
    ]


def test_a_second_version_is_marked_where_that_is_asked_for(course):
    answers = {name: cell.source for name, cell in RIGHT.items() if cell.metadata["nbgrader"]["solution"]}
    first = course.hand_in("gus", {})
    assert course.run("autograde", NAME, "--student", "gus") == 0, course.said
    shutil.rmtree(first.parent)
    course.hand_in("gus", answers)
    assert course.run("autograde", NAME, "--student", "gus") == 0, course.said
    assert course.points()["gus"] == (0, 30)
    assert course.run("autograde", NAME, "--student", "gus", "--force") == 0, course.said
    assert course.points()["gus"] == (26, 30)


TROUBLE = {
    "died": {"forward": "import os\nos._exit(1)"},
    "deaf": {
        "first": "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
    },
}


def test_what_cannot_be_graded_is_named_and_the_others_are_graded_all_the_same(course):
    answers = {name: cell.source for name, cell in RIGHT.items() if cell.metadata["nbgrader"]["solution"]}
    for student, wrong in TROUBLE.items():
        course.hand_in(student, answers | wrong)
    course.hand_in("json", {}).write_text("{ not a notebook", encoding="utf-8")
    path = course.hand_in("name", answers)
    path.rename(path.with_name("renamed.ipynb"))
    tests = {name: "assert False" for name in RIGHT if name.startswith("test-")}
    path = course.hand_in("test", answers | tests)  # in which every test is another, and one of them is gone
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [c for c in notebook.cells if c.metadata["nbgrader"]["grade_id"] != "test-values"]
    nbformat.write(notebook, path)
    path = course.hand_in("copy", answers)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [nbformat.from_dict(cell | {"id": f"{cell.id}-{k}"}) for cell in notebook.cells for k in range(2)]
    nbformat.write(notebook, path)
    course.hand_in("used", answers | {"forward": f"import helpers\n{answers['forward']}"})
    course.hand_in("wide", answers | {"first": f"for k in range(10**5):\n    print(k)\n{answers['first']}"})
    assert course.run("autograde", NAME, f"--Execute.timeout={SECONDS}") == 1
    named = re.findall(r"error processing assignment '\w+' for student '(\w+)'", course.said)
    assert sorted(named) == ["deaf", "died", "json", "name"]
    points = {student: got for student, (got, _) in course.points().items()}
    expected = {
        **{"bob": 10, "cem": 0, "dan": 0, "eve": 26 - worth("test-backward")},
        **dict.fromkeys(named, 0),
        "test": 26 - 2,  # the changed tests are put back, the one that is gone has its points no more
        "copy": 26,
        "used": 26 - 4,
        "wide": 26,
    }
    assert {student: points[student] for student in expected} == expected
