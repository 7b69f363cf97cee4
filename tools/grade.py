"""Judge a folder of handed-in notebooks: ``python -m tools.grade handed-in results.csv``.

Each notebook runs in a kernel and a folder of its own, then the checkers of the course judge what it leaves. This runs
the students' code with the rights of whoever starts it: see docs/desk.md for how to confine it.
"""

import csv
import importlib
import io
import logging
import math
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from itertools import chain, count
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete, DeadKernelError

from helpers._console import tell
from helpers.exercises.verdicts import SENTENCES as OF_VERDICTS
from tools.files import write_new
from tools.judge import LONGEST, MIME

ROOT = Path(__file__).parents[1]
SOURCES = ("helpers.exercises.checkers", "helpers.exercises.hunt")  # every module that holds CHECKERS
READ_BY_NOTEBOOKS = ("helpers", "tools", "requirements.txt")  # they stand beside the folder of the notebooks
CELL_SECONDS, NOTEBOOK_SECONDS = 60, 600
PATIENCE = 5  # seconds that a kernel has to come to rest after an interrupt
STATUSES = ("right", "wrong", "open")
MOST_EVENTS = 5  # told of one notebook
TIMEOUT = "TimeLimit"

SENTENCES = {
    "rights": "This runs the students' code with your rights on this machine: it can read, change and delete whatever "
    "you can, and use your network. Run it where there is nothing to lose: see docs/desk.md.",
    "usage": "Say which folder, and where the results go: make grade FOLDER=handed-in RESULTS=results.csv, or "
    "python -m tools.grade handed-in results.csv",
    "kept": "{path} is there already, with other results, and was left alone.",
    "no folder": "expected a folder, got {folder}",
    "empty": "{folder} holds no file.",
    "progress": "{number} of {all}  {file}: {summary}",
    "not judged": "not judged",
    "counts": "{right} right, {wrong} not right yet, {open} not attempted yet",
    "ran": "all cells ran",
    "raised": "cell {cell} raised {name}",
    "too long": "cell {cell} was stopped after {seconds} s",
    "more": "and {count} more",
    "out of time": "stopped before cell {cell}, after {seconds} s in all",
    "died": "the kernel ended in cell {cell}",
    "died judging": "the kernel ended while {exercise} was judged",
    "not finished": "not finished: {error}",
    "stuck": "cell {cell} could not be interrupted, so the kernel was ended",
    "stuck judging": "{exercise} could not be interrupted, so the kernel was ended",
    "no notebook": "not a notebook: its name does not end in .ipynb",
    "unreadable": "not a notebook: {error}",
    "checker too long": "{exercise}: {wrong}. The checker was stopped after {seconds} s: does the answer ever return?",
    "checker raised": "{exercise}: {wrong}. The checker was ended by {name}.",
}
HEADER = ("file", "run", "what is not right yet")


class Result(NamedTuple):
    """What the grading of one file gave.

    Attributes
    ----------
    file : str
        Its path in the folder.
    run : str
        How its cells ran.
    verdicts : dict
        From the name of an exercise to its status and the sentence of the checker. Empty if nothing was judged.
    """

    file: str
    run: str
    verdicts: dict


class _Client(NotebookClient):
    """Runs cells one by one. Of what they put out only verdicts are kept, so that it may be any amount."""

    def __init__(self, folder):
        log = logging.Logger("a kernel", logging.CRITICAL)  # its errors are the students', and told in the results
        super().__init__(
            nbformat.v4.new_notebook(),
            kernel_name="python3",
            allow_errors=True,
            interrupt_on_timeout=True,
            error_on_timeout={"ename": TIMEOUT},
            on_cell_error=lambda cell, cell_index, execute_reply: self._note(execute_reply),
            resources={"metadata": {"path": str(folder)}},
            iopub_timeout=PATIENCE,
            shutdown_kernel="immediate",
            log=log,
        )

    def process_message(self, msg, cell, cell_index):
        content = msg["content"]
        if msg["msg_type"] == "status" and content["execution_state"] == "idle":
            raise CellExecutionComplete
        if MIME in content.get("data", {}):
            cell.outputs.append(content["data"][MIME])

    def run(self, cell, seconds):
        """Run a cell, and return the name of the exception that ended it, or None."""
        self.timeout, self._error = math.ceil(seconds), None
        self.nb.cells = [cell]
        self.execute_cell(cell, 0)
        return self._error

    def at_rest(self):
        """Whether the kernel answers, after an interrupt say."""
        return self.run(nbformat.v4.new_code_cell("pass"), PATIENCE) is None

    def _note(self, reply):
        self._error = reply["content"]["ename"]


def grade_notebook(path, exercises, sources=SOURCES, cell_seconds=CELL_SECONDS, notebook_seconds=NOTEBOOK_SECONDS):
    """Run one notebook in a folder and a kernel of its own, and judge what it leaves.

    Parameters
    ----------
    path : path
    exercises : sequence of str
        Their names.
    sources : sequence of str
        The modules that hold their checkers.
    cell_seconds, notebook_seconds : float
        How long a cell or a checker may take, and all cells together.

    Returns
    -------
    tuple
        How the cells ran, in words, and the verdicts, as in `Result`.
    """
    if path.suffix.lower() != ".ipynb":
        return SENTENCES["no notebook"], {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old formats, which are read all the same
            notebook = nbformat.read(path, as_version=4)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    except Exception as error:  # a file may hold anything, and nbformat has no one exception for it
        return SENTENCES["unreadable"].format(error=_named(error)), {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        folder = Path(home, "notebooks")
        folder.mkdir()
        shutil.copy(path, folder)
        for name in READ_BY_NOTEBOOKS:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, Path(home, name))
        client, quiet = _Client(folder), {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        try:
            with client.setup_kernel(env=os.environ | {"IPYTHONDIR": str(Path(home, "ipython"))}, **quiet):
                return _run_and_judge(client, cells, exercises, sources, cell_seconds, notebook_seconds)
        except Exception as error:  # whatever one notebook does, the others are still to be judged
            return SENTENCES["not finished"].format(error=_named(error)), {}


def _run_and_judge(client, cells, exercises, sources, cell_seconds, notebook_seconds):
    name = f"_{secrets.token_hex(8)}"  # under which the judge waits in sys.modules
    load = f"__import__('importlib').import_module('tools.judge').Judge({tuple(sources)!r})"
    prepare = f"__import__('sys').path.insert(0, {str(ROOT)!r})\n__import__('sys').modules[{name!r}] = {load}"
    error = client.run(nbformat.v4.new_code_cell(prepare), notebook_seconds)
    if error:
        raise RuntimeError(f"{error} when the checkers were loaded")
    events, lost = _run(client, cells, cell_seconds, notebook_seconds)
    verdicts = {}
    for exercise in () if lost else exercises:
        try:
            verdict, lost = _judge(client, name, exercise, cell_seconds)
        except DeadKernelError:
            verdict, lost = None, SENTENCES["died judging"].format(exercise=exercise)
        if verdict:
            verdicts[exercise] = verdict
        if lost:
            break
    more = len(events) - MOST_EVENTS
    events = events[:MOST_EVENTS] + ([SENTENCES["more"].format(count=more)] if more > 0 else [])
    return "; ".join(filter(None, [*events, lost])) or SENTENCES["ran"], verdicts


def _run(client, cells, cell_seconds, notebook_seconds):
    """Return what happened in which cell, and how the kernel was lost, if it was."""
    events, end = [], time.monotonic() + notebook_seconds
    for number, cell in enumerate(cells, start=1):
        left = end - time.monotonic()
        if left <= 0:
            events.append(SENTENCES["out of time"].format(cell=number, seconds=notebook_seconds))
            break
        seconds = math.ceil(min(cell_seconds, left))
        try:
            error = client.run(cell, seconds)
            if error == TIMEOUT:
                events.append(SENTENCES["too long"].format(cell=number, seconds=seconds))
                if not client.at_rest():
                    return events, SENTENCES["stuck"].format(cell=number)
            elif error:
                events.append(SENTENCES["raised"].format(cell=number, name=error))
        except DeadKernelError:
            return events, SENTENCES["died"].format(cell=number)
    return events, None


def _judge(client, name, exercise, seconds):
    """Return the verdict on an exercise, if one came, and how the kernel was lost, if it was."""
    token = secrets.token_hex(8)
    cell = nbformat.v4.new_code_cell(f"__import__('sys').modules[{name!r}].judge({exercise!r}, {token!r})")
    error = client.run(cell, seconds)
    told = {"exercise": exercise, "wrong": OF_VERDICTS["wrong"], "seconds": seconds, "name": error}
    if error == TIMEOUT:
        lost = None if client.at_rest() else SENTENCES["stuck judging"].format(exercise=exercise)
        return ("wrong", SENTENCES["checker too long"].format(**told)), lost
    if error:
        return ("wrong", SENTENCES["checker raised"].format(**told)), None
    for output in cell.outputs:
        word, status, sentence = [*str(output).split(" ", 2), "", ""][:3]
        if word == token and status in STATUSES:
            return (status, sentence), None
    return None, None


def _named(error):
    return f"{type(error).__name__}: {error}"[:LONGEST]


def grade(folder, sources=SOURCES, **limits):
    """Judge every file of a folder and its subfolders, one after the other, and say so as it goes.

    Parameters
    ----------
    folder : path
        Files and folders whose names begin with a dot or with __ are left out.
    sources : sequence of str
        The modules that hold the checkers.
    **limits
        As for `grade_notebook`.

    Returns
    -------
    list of Result

    Raises
    ------
    FileNotFoundError
        If there is no such folder, or no file in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(SENTENCES["no folder"].format(folder=folder))
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not _is_hidden(path.relative_to(folder)))
    if not paths:
        raise FileNotFoundError(SENTENCES["empty"].format(folder=folder))
    exercises = exercises_of(sources)
    results = []
    for number, path in enumerate(paths, start=1):
        file = _on_one_line(path.relative_to(folder).as_posix())
        results.append(Result(file, *grade_notebook(path, exercises, sources, **limits)))
        summary = _summary(results[-1])
        tell(SENTENCES["progress"].format(number=number, all=len(paths), file=file, summary=summary))
    return results


def exercises_of(sources):
    """Return the names of the exercises that some modules have checkers for."""
    return [exercise for source in sources for exercise in importlib.import_module(source).CHECKERS]


def _is_hidden(path):
    return any(part.startswith((".", "__")) for part in path.parts)


def _summary(result):
    statuses = [status for status, _ in result.verdicts.values()]
    counts = {status: statuses.count(status) for status in STATUSES}
    return f"{SENTENCES['counts'].format(**counts)}. {result.run}" if statuses else result.run


def as_csv(results, exercises):
    """Return results as the bytes of a CSV file that Excel, LibreOffice and pandas read.

    A row for each file: how it ran, the status of each exercise, and what the checkers say of those that are wrong.

    Parameters
    ----------
    results : sequence of Result
    exercises : sequence of str

    Examples
    --------
    >>> print(as_csv([Result("=a.ipynb", "all cells ran", {"E1": ("right", "")})], ["E1"]).decode("utf-8-sig"))
    file,run,E1,what is not right yet
    '=a.ipynb,all cells ran,right,
    <BLANKLINE>
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    *first, last = HEADER
    rows.writerow(map(_harmless, [*first, *exercises, last]))
    for result in results:
        statuses = [result.verdicts.get(exercise, (SENTENCES["not judged"], ""))[0] for exercise in exercises]
        wrong = " ".join(told for status, told in result.verdicts.values() if status == "wrong")
        rows.writerow(map(_harmless, [result.file, result.run, *statuses, wrong]))
    return text.getvalue().encode("utf-8-sig", errors="replace")


def _on_one_line(text):
    return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.splitlines()))


def _harmless(cell):
    """Return the text of a cell so that no spreadsheet takes it for a formula."""
    line = _on_one_line(cell)
    return f"'{line}" if line.lstrip().startswith(tuple("=+-@＝＋－＠")) else line


def write(path, data):
    """Write the results, under another name if other results are there, and return the sentences that say so."""
    path, said = Path(path), []
    names = chain([path], (path.with_stem(f"{path.stem}-{number}") for number in count(2)))
    while True:
        name = next(names)
        try:
            return said + write_new({name: data})
        except FileExistsError:
            said.append(SENTENCES["kept"].format(path=name))


def main(arguments):
    """Judge a folder and write the results, as the arguments of the command say.

    Raises
    ------
    OSError
        If there is no such folder, or nothing in it, or no place for the results.
    """
    if len(arguments) != 2 or not all(arguments):
        raise FileNotFoundError(SENTENCES["usage"])
    folder, path = map(Path, arguments)
    if not path.parent.is_dir():
        raise FileNotFoundError(SENTENCES["no folder"].format(folder=path.parent))
    tell(SENTENCES["rights"])
    tell("\n".join(write(path, as_csv(grade(folder), exercises_of(SOURCES)))))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except OSError as error:
        sys.exit(str(error))
