"""`helpers.explorers.answers`: settings in, pages out, for a web page in which Python runs without widgets."""

import json
import subprocess
import sys

import pytest
from pages import check_html
from test_notebooks import ROOT

from helpers.explorers import backward
from helpers.explorers.answers import Answers

# Modules that cannot be imported, as where they are not installed.
PROGRAM = """
import sys
for name in ("ipywidgets", "anywidget", "traitlets", "IPython"):
    sys.modules[name] = None
from helpers.explorers.answers import Answers
answers = Answers()
for name in ("forward", "backward", "memory", "training"):
    answers(name, "{}")
answers("program", '{"program": "def f(x): return x * x", "arguments": {"x": "2.0"}, "step": 2}')
print("done")
"""


def test_the_explorers_need_no_widgets():
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("done\n", "")


def ask(answers, name, **settings):
    return json.loads(answers(name, json.dumps(settings)))


def test_an_answer_is_the_page_of_the_settings():
    answer = ask(Answers(), "backward", hidden=3, weight_decay=1, step=5, check=True)
    n = backward.numbers(3, 1.0, "tanh", 5)
    n.report = backward.checked(n)
    assert answer["html"] == backward.page(n)
    assert answer["checks"]


def test_a_run_goes_on_as_if_it_were_new():
    answers = Answers()
    for step, hidden in ((40, 8), (200, 8), (120, 8), (140, 5), (2000, 5)):
        settings = {"step": step, "hidden": hidden}
        assert ask(answers, "training", **settings) == ask(Answers(), "training", **settings)


def test_a_run_that_diverges_says_so_at_every_later_step():
    settings = {"data": "digits", "learning_rate": 10.0, "activation": "relu", "hidden": 64, "weight_decay": 0.05}
    answers = Answers()
    pages = [ask(answers, "training", step=step, **settings)["html"] for step in (60, 100)]
    assert pages[0] == pages[1]
    assert "Training diverged" in pages[0]


def own(answers, program, step=0, **arguments):
    return ask(answers, "program", program=program, arguments=arguments, step=step)


def test_a_program_is_shown_with_controls_for_its_arguments():
    answer = own(Answers(), "def f(x, y, n=3, flag=True):\n    return np.sum(x * y) * n", x="[1.0, 2]", y="0.5")
    check_html(answer["html"])
    assert [(c["kind"], c["name"], c["start"]) for c in answer["arguments"]] == [
        ("Line", "x", "[1.0, 2]"),
        ("Range", "y", 0.5),
        ("Range", "n", 3),
    ]
    assert answer["controls"][0]["high"] > 3


def test_a_slider_keeps_its_ends_while_its_number_moves():
    answers, program = Answers(), "def f(x): return x * x"
    ends = []
    for x in ("0.5", "0.9", "0.1", "3.0"):
        (control,) = own(answers, program, x=x)["arguments"]
        ends.append((control["low"], control["high"]))
    assert ends[0] == ends[1] == ends[2] != ends[3]
    assert ends[3][1] >= 3


@pytest.mark.parametrize(
    ("program", "arguments", "said"),
    [
        ("def f(x:", {}, "line 1, SyntaxError"),
        ("x = 1", {}, "the program defines no function; expected one, such as def f(x): …"),
        ("def f(x): return x", {}, "x has no value yet; write one in its line, such as 0.5 or [1.0, 2.0]"),
        ("def f(x): return x", {"x": " "}, "x has no value yet"),
        ("def f(x): return x", {"x": "one"}, "x: expected numbers such as [1.0, 2.0], got one"),
        ("def f(x):\n    y = x\n    return z", {"x": "1.0"}, "line 3, NameError: name 'z' is not defined"),
        ("def f(x):\n    return x[", {"x": "1.0"}, "line 2, SyntaxError"),
        ("def f(x):\n    exit()", {"x": "1.0"}, "line 2, "),
        ("def f(x): return f(x)", {"x": "1.0"}, "line 1, RecursionError"),
        ("def f(x): return 'a'", {"x": "1.0"}, "TypeError: f must return one array or number"),
        ("def f(x): return x", {"x": "1e999"}, "x"),
    ],
)
def test_what_is_wrong_with_a_program_is_told(program, arguments, said):
    answer = own(Answers(), program, **arguments)
    assert said in answer["problem"]
    assert "html" not in answer


def test_after_a_problem_the_program_can_be_shown_again():
    answers = Answers()
    first = own(answers, "def f(x): return x * x", x="2.0")
    for program, x in (("def f(x", "2.0"), ("def f(x): return x * x", "[[1"), ("def f(x): return x / 0 + y", "2.0")):
        assert "problem" in own(answers, program, x=x)
    assert own(answers, "def f(x): return x * x", x="2.0") == first


def test_what_a_program_raises_is_no_part_of_the_page():
    answer = own(Answers(), "def f(x):\n    raise ValueError('<b>no</b>')", x="1.0")
    assert answer["problem"] == "line 2, ValueError: <b>no</b>"
