"""`tools.grade`: whatever is handed in gets its row, from real kernels; and what is written does no harm."""

import csv
import importlib
import io
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import grade as grader
from tools.grade import Result, as_csv, exercises_of, grade, grade_notebook, main, write

pytestmark = pytest.mark.weekly  # kernels by the dozen
ROOT = Path(__file__).parents[1]

CHECKERS = """
import numpy as np
from helpers.exercises.verdicts import Checker, Verdict

def is_even(n):
    return abs(n) % 2 == 0 and np.allclose(n, n) is True and not np.allclose(n, n + 1)

def check_even(n):
    if n is ...:
        return Verdict("even", "open")
    return Verdict("even", "right" if is_even(n) else "wrong", f"It is {n}.", "03, section 1")

def check_call(f):
    return Verdict("call", "open") if f is ... else Verdict("call", "right", str(f()))

CHECKERS = {"even": Checker(("n",), check_even), "call": Checker(("f",), check_call)}
"""

UNHARMED = """
from pathlib import Path
here = sorted(path.name for path in Path("..").iterdir())
f = lambda: [here, [path.name for path in Path().iterdir()], Path(helpers.__file__).is_file()]
Path("0 fine.ipynb").write_text("overwritten")
Path("new.txt").write_text("new")
"""
PATCHED = """
import builtins, numpy, desk_checkers, tools.judge, helpers.exercises.verdicts
right = helpers.exercises.verdicts.Verdict("even", "right")
desk_checkers.CHECKERS["even"] = helpers.exercises.verdicts.Checker(("n",), lambda n: right)
desk_checkers.is_even = desk_checkers.check_even = lambda n: True
desk_checkers.type = lambda value: int
helpers.exercises.verdicts.judge = tools.judge.judge = lambda checkers, namespace: {"even": right, "call": right}
helpers.exercises.verdicts.Verdict.__repr__ = lambda self: "bravo"
numpy.allclose = builtins.abs = lambda *values: True
"""
LOUD = """
print("x" * 30_000_000)
while True:
    print("y" * 1000)
"""
STUBBORN = """
while True:
    try:
        while True:
            pass
    except KeyboardInterrupt:
        pass
"""
HANDED_IN = {  # a file to its cells
    "0 fine.ipynb": ["n = 4", "1 / 0", "input()", "exit()", "import helpers", UNHARMED],
    "=1+1.ipynb": ["n = 4", "__import__('os')._exit(1)", "n = 6"],
    "anna/05.ipynb": [PATCHED, "n = 3", "def f():\n    raise SystemExit"],
    "berta/05.ipynb": [LOUD, "n = 2\nf = lambda: exec('while True: 1')"],
    "blank é 学.ipynb": ["# nothing is filled in yet", "n = ..."],
    "stubborn.ipynb": ["n = 4", STUBBORN, "n = 6"],
}


def notebook_of(sources):
    return new_notebook(cells=[new_markdown_cell("# Mine"), *map(new_code_cell, sources)])


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handed in")
    for name, sources in HANDED_IN.items():
        (folder / name).parent.mkdir(exist_ok=True)
        nbformat.write(notebook_of(sources), folder / name)
    (folder / "broken.ipynb").write_text("{", encoding="utf-8")
    (folder / "essay.txt").write_text("My solution", encoding="utf-8")
    for hidden in (".ipynb_checkpoints/05.ipynb", "__MACOSX/05.ipynb", ".DS_Store"):
        (folder / hidden).parent.mkdir(exist_ok=True)
        (folder / hidden).write_text("{", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def results(handed_in, tmp_path_factory):
    """Results by file, judged by two small checkers, with little patience."""
    folder = tmp_path_factory.mktemp("checkers")
    (folder / "desk_checkers.py").write_text(CHECKERS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", str(folder))
        patch.setattr(grader, "PATIENCE", 1)
        before = {path: path.read_bytes() for path in handed_in.rglob("*") if path.is_file()}
        results = grade(handed_in, ("desk_checkers",), cell_seconds=2, notebook_seconds=60)
        assert {path: path.read_bytes() for path in handed_in.rglob("*") if path.is_file()} == before
    assert len({result.file for result in results}) == len(results)
    return {result.file: result for result in results}


def statuses(result):
    return {exercise: status for exercise, (status, _) in result.verdicts.items()}


def test_every_file_has_a_row_and_hidden_ones_have_none(results):
    assert set(results) == {*HANDED_IN, "broken.ipynb", "essay.txt"}


def test_errors_and_questions_to_the_user_stop_nothing(results):
    result = results["0 fine.ipynb"]
    assert result.run == "cell 2 raised ZeroDivisionError; cell 3 raised StdinNotImplementedError"
    assert result.verdicts["even"] == ("right", "even: right. It is 4. Read again: 03, section 1.")


def test_a_notebook_runs_in_a_folder_of_its_own_beside_what_it_reads(results):
    beside = ["helpers", "ipython", "notebooks", "requirements.txt", "tools"]
    assert results["0 fine.ipynb"].verdicts["call"][1].startswith(f"call: right. [{beside}, [")
    assert "'new.txt'" in results["0 fine.ipynb"].verdicts["call"][1]


def test_what_is_not_filled_in_is_open(results):
    result = results["blank é 学.ipynb"]
    assert result.run == "all cells ran"
    assert result.verdicts == {exercise: ("open", f"{exercise}: not attempted yet.") for exercise in ("even", "call")}


def test_changed_modules_are_as_before_when_the_checkers_run(results):
    result = results["anna/05.ipynb"]
    assert result.run == "all cells ran"
    assert result.verdicts["even"] == ("wrong", "even: not right yet. It is 3. Read again: 03, section 1.")


def test_an_answer_that_exits_is_wrong(results):
    told = "call: not right yet. The checker was ended by SystemExit."
    assert results["anna/05.ipynb"].verdicts["call"] == ("wrong", told)


def test_a_loop_is_stopped_and_its_output_is_no_burden(results):
    result = results["berta/05.ipynb"]
    assert result.run == "cell 1 was stopped after 2 s"
    assert result.verdicts["even"][0] == "right"


def test_an_answer_that_never_returns_is_wrong(results):
    told = "call: not right yet. The checker was stopped after 2 s: does the answer ever return?"
    assert results["berta/05.ipynb"].verdicts["call"] == ("wrong", told)


def test_a_kernel_that_ends_or_cannot_be_stopped_is_a_row_that_says_so(results):
    assert results["=1+1.ipynb"] == Result("=1+1.ipynb", "the kernel ended in cell 2", {})
    stuck = "cell 2 was stopped after 2 s; cell 2 could not be interrupted, so the kernel was ended"
    assert results["stubborn.ipynb"] == Result("stubborn.ipynb", stuck, {})


def test_what_is_no_notebook_is_a_row_that_says_so(results):
    assert results["essay.txt"] == Result("essay.txt", "not a notebook: its name does not end in .ipynb", {})
    assert results["broken.ipynb"].run.startswith("not a notebook: NotJSONError")
    assert results["broken.ipynb"].verdicts == {}


def test_the_time_for_a_whole_notebook_is_limited_and_what_is_there_is_judged(tmp_path):
    path = tmp_path / "05.ipynb"
    first = "import time\ndef E1_shapes(n, m):\n    return (n, m), (n, m, n, m)"
    nbformat.write(notebook_of([first, "time.sleep(1.2)", *["time.sleep(0.6)"] * 5]), path)
    exercises = exercises_of(grader.SOURCES)
    run, verdicts = grade_notebook(path, exercises, cell_seconds=20, notebook_seconds=2)
    assert re.search(r"(stopped before cell \d, after 2 s in all|cell \d was stopped after 1 s)", run)
    assert verdicts.pop("E1 shapes")[0] == "right"  # by the checkers of the course
    assert {status for status, _ in verdicts.values()} == {"open"}
    assert ["E1 shapes", *verdicts] == exercises


def test_the_checkers_of_every_module_are_used():
    folder = ROOT / "helpers" / "exercises"
    modules = [path for path in folder.glob("*.py") if re.search("(?m)^CHECKERS", path.read_text("utf-8"))]
    assert sorted(grader.SOURCES) == sorted(f"helpers.exercises.{path.stem}" for path in modules)
    for source in grader.SOURCES:
        assert importlib.import_module(source).CHECKERS


# The file of the results


def rows(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def test_the_csv_has_a_row_a_file_and_a_column_an_exercise(results):
    anna = results["anna/05.ipynb"]
    data = as_csv([anna, results["essay.txt"]], ["even", "call"])
    assert data.startswith("\ufefffile,".encode())  # by which Excel knows UTF-8
    assert rows(data) == [
        ["file", "run", "even", "call", "what is not right yet"],
        ["anna/05.ipynb", "all cells ran", "wrong", "wrong", " ".join(told for _, told in anna.verdicts.values())],
        ["essay.txt", "not a notebook: its name does not end in .ipynb", "not judged", "not judged", ""],
    ]


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", '"=1', "\n-1"]
)
def test_no_cell_is_a_formula(text):
    verdicts = {"even": ("wrong", text)}
    for row in rows(as_csv([Result(text, text, verdicts)], ["even"]))[1:]:
        for cell in row:
            assert not re.match(r"\s*[=+\-@＝＋－＠]", cell)
            assert "\n" not in cell
            assert "\r" not in cell


def test_a_name_of_any_letters_can_be_written():
    data = as_csv([Result("学 é,\"'\udcff\x07", "all cells ran", {})], [])
    assert rows(data)[1][0] == "学 é,\"'\ufffd\ufffd"


def test_results_that_are_there_are_kept(tmp_path):
    path = tmp_path / "results.csv"
    assert write(path, b"one") == [f"{path} is written."]
    assert write(path, b"one") == [f"{path} is written."]
    second = tmp_path / "results-2.csv"
    assert write(path, b"two") == [
        f"{path} is there already, with other results, and was left alone.",
        f"{second} is written.",
    ]
    assert write(path, b"three")[-1] == f"{tmp_path / 'results-3.csv'} is written."
    assert [path.read_bytes(), second.read_bytes()] == [b"one", b"two"]


# The command


def test_the_command_warns_judges_and_writes(tmp_path, monkeypatch, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "essay.txt").write_text("My solution", encoding="utf-8")
    main([str(tmp_path / "in"), str(tmp_path / "out.csv")])
    said = capsys.readouterr().out
    assert said.startswith("This runs the students' code with your rights on this machine")
    assert "1 of 1  essay.txt: not a notebook" in said
    assert said.endswith(f"{tmp_path / 'out.csv'} is written.\n")
    assert rows((tmp_path / "out.csv").read_bytes())[0] == [
        "file",
        "run",
        *exercises_of(grader.SOURCES),
        grader.HEADER[-1],
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Say which folder, and where the results go"),
        (["in"], "Say which folder"),
        (["", "out.csv"], "Say which folder"),  # make grade without FOLDER
        (["nowhere", "out.csv"], "expected a folder, got nowhere"),
        (["in", "out.csv"], "in holds no file"),
        (["in", "nowhere/out.csv"], "expected a folder, got nowhere"),
    ],
)
def test_the_command_says_what_is_missing(tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    with pytest.raises(OSError, match=sentence):
        main(arguments)
    assert [path.name for path in tmp_path.rglob("*")] == ["in"]
