"""One function that answers for the explorers' pages: settings in, HTML and descriptions of the controls out, as JSON.

Python behind a web page runs it, and so does what computes pages before anyone asks.
"""

import inspect
import json
import traceback

import numpy as np

from helpers._language import Sentences
from helpers.explorers import backward, forward, memory, training
from helpers.explorers import program as own
from helpers.explorers.controls import Choice, Line, Range, steps
from helpers.tracing import Program

MODULES = {"forward": forward, "backward": backward, "memory": memory}
FILE = "<program>"  # what tracebacks call a reader's program

SENTENCES = Sentences() | {
    "no function": "the program defines no function; expected one, such as def f(x): …",
    "no value": "{name} has no value yet; write one in its line, such as 0.5 or [1.0, 2.0]",
    "line": "line {line}, {problem}",
}


class Answers:
    """Answers one page after another, as a function of an explorer's name and its settings as JSON.

    Settings that are left out are those at the start. With ``"check": true`` every entry is checked. The program
    explorer has as its settings ``program``, a text; ``arguments``, texts by name; and ``step``.

    The answer is JSON too: ``html``, the page; ``controls`` and ``arguments``, descriptions of the controls;
    ``checks``, whether there is something to check; and instead of ``html`` the words ``problem``, where a reader's
    program cannot be shown.

    Between two answers it keeps a training run, which goes on when only its step rises, and the graph of a program.

    Examples
    --------
    >>> answer = json.loads(Answers()("backward", '{"step": 4, "weight_decay": 0.25}'))
    >>> "Step 4 of 17" in answer["html"], [control["name"] for control in answer["controls"]]
    (True, ['hidden', 'weight_decay', 'activation', 'step'])
    """

    def __init__(self):
        self._run = None
        self._text, self._f, self._shown, self._ranges = None, None, None, {}

    def __call__(self, name, settings):
        settings = json.loads(settings)
        check = settings.pop("check", False)
        if name == "program":
            return json.dumps(self._program(check=check, **settings))
        shown = training if name == "training" else MODULES[name]
        controls = training.page_controls() if name == "training" else shown.controls()
        settings = {c.name: type(c.start)(settings.get(c.name, c.start)) for c in controls}
        if name == "training":
            self._run = training.run_to(self._run, **settings)
            n = training.numbers(self._run)
        else:
            n = shown.numbers(**settings)
        checks = hasattr(shown, "checked")
        if check and checks:
            n.report = shown.checked(n)
        return json.dumps({"html": shown.page(n), "controls": [*map(described, controls)], "checks": checks})

    def _program(self, program, arguments=(), step=0, check=False):
        controls, problem = None, ""
        try:
            controls, problem, values = self._read(program, dict(arguments))
            if not problem:
                shown = self._shown_with(values)
                n = own.numbers(shown, min(step, len(shown.steps.steps)))
                n.report = own.checked(n) if check else None
                html = own.page(n)
                self._shown = shown
        except (Exception, SystemExit) as error:  # of whatever a reader's program raises
            problem = told(error)
        answer = {} if controls is None else {"arguments": [*map(described, controls)]}
        if problem:
            return answer | {"problem": problem}
        return answer | {"html": html, "controls": [described(steps(n.last))], "checks": bool(n.steps.gradients)}

    def _read(self, text, arguments):
        """Return the controls of a program's arguments, what is wrong with them if anything, and their values."""
        if text != self._text:
            self._text, self._f, self._shown = text, function_in(text), None
        controls, problem, values = [], "", {}
        for name, parameter in inspect.signature(self._f).parameters.items():
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                continue
            given = arguments.get(name)
            if given is None and parameter.default is not parameter.empty:
                values[name] = parameter.default
            elif not (given or "").strip():
                problem = problem or SENTENCES["no value"].format(name=name)
            else:
                try:
                    values[name] = own.read_array(name, given)
                except ValueError as error:
                    problem = problem or str(error)
            control = self._control(name, values[name]) if name in values else None
            if isinstance(control, Range) or given is None and control:
                controls.append(control)
            elif given is not None or name not in values:
                controls.append(Line(name, name, given or ""))
        return controls, problem, values

    def _control(self, name, value):
        """Return the control of a value; a slider keeps its ends while its number is between them."""
        control, kept = own.control_of(name, value), self._ranges.get(name)
        if isinstance(control, Range):
            if kept and type(kept.start) is type(control.start) and kept.low <= control.start <= kept.high:
                control = kept._replace(start=control.start)
            self._ranges[name] = control
        return control

    def _shown_with(self, values):
        program = Program(self._f, None, values)
        if self._shown and self._shown.program.arguments.keys() == program.arguments.keys():
            return self._shown.at(program.arguments)
        return own.Shown(program)


def function_in(text):
    """Return the last function that a program defines. It has NumPy as ``np``.

    Examples
    --------
    >>> function_in("def double(x):\\n    return 2 * x")(3)
    6
    """
    names = {"np": np, "__name__": FILE}
    exec(compile(text, FILE, "exec", dont_inherit=True), names)
    functions = [f for f in names.values() if inspect.isfunction(f) and f.__code__.co_filename == FILE]
    if not functions:
        raise NoFunction(SENTENCES["no function"])
    return functions[-1]


class NoFunction(Exception):
    """A program defines no function."""


def told(error):
    """Return in words what a reader's program raised, and on which of its lines."""
    if isinstance(error, NoFunction):
        return str(error)
    if isinstance(error, SyntaxError) and error.filename == FILE:
        line, problem = error.lineno, error.msg
    else:
        line = next((f.lineno for f in reversed(traceback.extract_tb(error.__traceback__)) if f.filename == FILE), None)
        problem = str(error)
    problem = f"{type(error).__name__}: {problem}"
    return SENTENCES["line"].format(line=line, problem=problem) if line else problem


def described(control):
    """Return the description of a control as JSON has it.

    Examples
    --------
    >>> described(Line("x", "x", "[1, 2]"))
    {'kind': 'Line', 'name': 'x', 'label': 'x', 'start': '[1, 2]'}
    """
    found = {"kind": type(control).__name__, **control._asdict()}
    if isinstance(control, Choice):  # as two lists, since JavaScript has its own order of keys such as "16"
        return found | {"values": [*control.values.values()], "texts": [*control.values]}
    return found | ({"whole": isinstance(control.start, int)} if isinstance(control, Range) else {})
