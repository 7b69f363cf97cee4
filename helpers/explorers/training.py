"""The training explorer: minibatch SGD under way, with its settings to turn while it runs."""

import html
import io
from contextlib import redirect_stdout
from functools import cache
from types import SimpleNamespace

import numpy as np

from helpers._language import Sentences, joined
from helpers._pictures import FORWARD, LOSS, OBJECTIVE, OTHER, PARAMETER, PENALTY
from helpers.data import corners, digits, rings, spirals
from helpers.explorers.controls import SENTENCES as WORDS
from helpers.explorers.controls import Choice, Range
from helpers.explorers.page import counted, curves, number, png, svg, text, tinted
from helpers.functions import relu, sigmoid, softmax, tanh
from helpers.network import MLP
from helpers.training import accuracy, train, why_ended

ACTIVATIONS = {activation.name: activation for activation in (tanh, relu, sigmoid)}
MOST_HIDDEN = 64
RATES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0]
BATCH = 20
STEPS_A_TICK = 10
STEPS_A_MOVE = 20  # of the slider of steps
MOST_ROWS = 1000  # of the record: when it is full, every second row goes, but not the last
MOST_MARKS = 12
STEPS_SHOWN = 300  # where no kernel is
GRID = 44
SETS = ("corners", "rings", "spirals", "digits")
CLASSES = (FORWARD, LOSS, PENALTY)

SENTENCES = Sentences() | {
    "hidden": "hidden units",
    "weight_decay": "weight decay λ",
    "learning_rate": "learning rate η",
    "activation": "activation φ",
    "data": "data",
    "forth": "Step",
    "corners": "corners",
    "rings": "rings",
    "spirals": "spirals",
    "digits": "digits",
    "units": "hidden unit | hidden units",
    "steps": "step | steps",
    "words": "{taken} on {data}: {units}, λ = {weight_decay}, η = {learning_rate}, {activation}. "
    "{now}{accuracy} of the {which} examples are right.",
    "now": "The last minibatch has J = {J} = {L} + {s}. ",
    "test": "test",
    "training": "training",
    "change": "{what} {old} → {new}",
    "objective": "J, L and s on the minibatch of each step",
    "norms": "norms of the weights",
    "map": "The plane in the colours of the guesses, with the examples: {accuracy} are right",
    "map title": "guesses, and the examples",
    "constant": "A third input is always 1 and stands in for a bias.",
    "confusion": "test set: labels in rows, guesses in columns",
}
NAMES = {"hidden": "h", "weight_decay": "λ", "learning_rate": "η", "activation": "φ"}


def controls():
    """Return the controls, with their names in the language of the moment."""
    return (
        Range("hidden", SENTENCES["hidden"], 8, 1, MOST_HIDDEN),
        Range("weight_decay", SENTENCES["weight_decay"], 0.0, 0, 0.05, 0.001, ".3f"),
        Choice("learning_rate", SENTENCES["learning_rate"], 0.5, {str(rate): rate for rate in RATES}, ordered=True),
        Choice("activation", SENTENCES["activation"], "tanh", {name: name for name in ACTIVATIONS}),
        Choice("data", SENTENCES["data"], "corners", {SENTENCES[name]: name for name in SETS}),
    )


def page_controls():
    """Return the controls where no run is under way: one more says how long it is."""
    return (*controls(), Range("step", WORDS["step"], 0, 0, 2000, STEPS_A_MOVE))


@cache
def data(name):
    """Return the training and the test set of the given name; the points of the plane are tested on themselves."""
    if name == "digits":
        return digits()
    points = {"corners": corners, "rings": rings, "spirals": spirals}[name]()
    return (*points, *points)


class Run:
    """A training run that can be changed while it is under way.

    Parameters
    ----------
    data, hidden, weight_decay, learning_rate, activation
        The settings at its start.

    Attributes
    ----------
    data : str
    steps : int
        How many it has taken.
    record : dict
        Of the steps, thinned out when there are many: ``step J L s W1 W2``.
    marks : list
        The steps at which a setting changed, and how.
    ended : str
        Why it cannot go on with these settings, or "".
    """

    def __init__(self, data, hidden, **settings):
        self.data = data
        self.x, self.y, self.x_test, self.y_test = globals()["data"](data)
        outputs = int(self.y.max()) + 1
        self.units = MLP.random(len(self.x), MOST_HIDDEN, outputs)
        self.net = MLP(self.units.W1[:hidden], self.units.W2[:, :hidden])
        self.rng = np.random.default_rng(0)
        self.queue = np.array([], int)
        self.steps, self.marks, self.ended = 0, [], ""
        self.record = {name: np.array([]) for name in ("step", "J", "L", "s", "W1", "W2")}
        self.settings = {"hidden": hidden}
        self.change(hidden=hidden, **settings)

    def change(self, **settings):
        """Apply settings to the run under way, and mark what changed."""
        for name, value in settings.items():
            old = self.settings.get(name, value)
            self.settings[name] = value
            if old != value and self.steps:
                self._mark(name, old, value)
        before, hidden = len(self.net.W1), self.settings["hidden"]
        self.units.W1[:before], self.units.W2[:, :before] = self.net.W1, self.net.W2  # a unit comes back as it went
        self.net.W1, self.net.W2 = self.units.W1[:hidden].copy(), self.units.W2[:, :hidden].copy()
        self.net.weight_decay = self.settings["weight_decay"]
        self.net.activation = ACTIVATIONS[self.settings["activation"]]
        self.ended = ""

    def _mark(self, name, old, new):
        for mark in self.marks:
            if mark[:2] == (self.steps, name):  # a slider on its way
                old = mark[2]
        others = [mark for mark in self.marks if mark[:2] != (self.steps, name)]
        self.marks = [*others, (self.steps, name, old, new)][-MOST_MARKS:] if old != new else others

    def advance(self, steps):
        """Take so many steps, or fewer if the run diverges."""
        while len(self.queue) < steps * BATCH:
            self.queue = np.concatenate([self.queue, self.rng.permutation(self.x.shape[1])])
        chosen, self.queue = self.queue[: steps * BATCH], self.queue[steps * BATCH :]
        with redirect_stdout(io.StringIO()):  # what it has to say is on the page
            history = train(
                self.net,
                self.x[:, chosen],
                self.y[chosen],
                epochs=1,
                batch_size=BATCH,
                learning_rate=self.settings["learning_rate"],
            )
        self.ended = why_ended(history.ending, self.steps)
        taken = np.arange(len(history.J)) + self.steps + 1
        for name in self.record:
            new = taken if name == "step" else getattr(history, name)
            self.record[name] = np.concatenate([self.record[name], new])
        if len(self.record["step"]) > MOST_ROWS:
            last = len(self.record["step"]) - 1
            kept = np.r_[0:last:2, last]
            self.record = {name: column[kept] for name, column in self.record.items()}
        self.steps += len(taken)


def run_to(run, step, **settings):
    """Return a run that has taken so many steps: the given one, if it is on the way there, or a new one.

    Examples
    --------
    >>> run = run_to(None, 40, data="corners", hidden=8, weight_decay=0.0, learning_rate=0.5, activation="tanh")
    >>> run_to(run, 60, data=run.data, **run.settings) is run, run_to(run, 20, data=run.data, **run.settings) is run
    (True, False)
    """
    if run is None or {"data": run.data, **run.settings} != settings or run.steps > step:
        run = Run(**settings)
    while run.steps < step and not run.ended:  # in portions, so that the way there does not matter
        run.advance(min(STEPS_A_MOVE, step - run.steps))
    return run


def numbers(run):
    """Return all that the page shows of a run.

    Returns
    -------
    namespace
        The ``data``, ``settings``, ``steps``, ``record``, ``marks`` and ``ended`` of the run; its ``accuracy``; and
        either ``confusion``, labels × guesses on the test set of digits, or ``guesses``, the probabilities of the
        classes on a grid of the plane.
    """
    n = SimpleNamespace(
        data=run.data,
        settings=dict(run.settings),
        steps=run.steps,
        record=dict(run.record),
        marks=run.marks,
        ended=run.ended,
    )
    n.accuracy = accuracy(run.net, run.x_test, run.y_test)
    n.points = run.x_test, run.y_test
    n.confusion = n.guesses = None
    if len(run.x) > 3:
        n.confusion = np.zeros((10, 10), int)
        np.add.at(n.confusion, (run.y_test, run.net.predict(run.x_test).argmax(axis=0)), 1)
    else:
        axis = np.linspace(-1.15, 1.15, GRID)
        first, second = np.meshgrid(axis, -axis)
        grid = np.stack([first.ravel(), second.ravel(), np.ones(first.size)])
        n.guesses = softmax(run.net.predict(grid)).reshape(-1, GRID, GRID)
    return n


def plane(n):
    """Return the guesses as colours of the plane, the paler the less sure, and over them the examples.

    Each class has a shape of its own, so that colour is not needed.
    """
    colours = np.array([[int(c[k : k + 2], 16) for k in (1, 3, 5)] for c in CLASSES[: len(n.guesses)]], float)
    sure = n.guesses.max(axis=0)[..., None]
    even = 1 / len(n.guesses)
    depth = 0.12 + 0.5 * (sure - even) / (1 - even)
    pixels = 255 + depth * (colours[n.guesses.argmax(axis=0)] - 255)
    body = text(0, 14, SENTENCES["map title"], "start", 'font-weight="bold"')
    body += f'<image x="0" y="22" width="340" height="340" preserveAspectRatio="none" href="{png(pixels)}"/>'
    x, y = n.points
    across, down = 170 * (1 + x[0] / 1.15), 22 + 170 * (1 - x[1] / 1.15)
    for a, b, k in zip(across, down, y, strict=True):
        place = (
            f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4"',
            f'<rect x="{a - 3.5:.1f}" y="{b - 3.5:.1f}" width="7" height="7"',
            f'<path d="M{a:.1f} {b - 4.5:.1f}l4.5 8h-9z"',
        )[k]
        body += f'{place} fill="{CLASSES[k]}" stroke="white"/>'
    return svg(340, 362, SENTENCES["map"].format(accuracy=f"{n.accuracy:.0%}"), body)


def confusion_table(n):
    """Return how often each guess was made for each label, as a table."""
    most = n.confusion.max()
    head = "".join(f'<th scope="col">{k}</th>' for k in range(10))
    rows = ""
    for label, row in enumerate(n.confusion):
        cells = "".join(
            f'<td style="background:{tinted(-v if guess == label else v, most)}">{v or ""}</td>'
            for guess, v in enumerate(row)
        )
        rows += f'<tr><th scope="row">{label}</th>{cells}</tr>'
    caption = f"<figcaption>{SENTENCES['confusion']}</figcaption>"
    return (
        f'<figure>{caption}<table class="narrow" aria-label="{SENTENCES["confusion"]}">'
        f"<tr><td></td>{head}</tr>{rows}</table></figure>"
    )


def charts(n):
    """Return the two pictures of curves."""
    steps = n.record["step"]
    told = [
        (step, SENTENCES["change"].format(what=NAMES[name], old=_short(old), new=_short(new)))
        for step, name, old, new in n.marks
    ]
    lines = (("J", OBJECTIVE, ""), ("L", LOSS, ""), ("s", PENALTY, "6 3"))
    norms = (("W1", PARAMETER, ""), ("W2", OTHER, "6 3"))
    return [
        curves(SENTENCES["objective"], {name: (steps, n.record[name], *style) for name, *style in lines}, told),
        curves(
            SENTENCES["norms"],
            {f"‖{name}‖": (steps, n.record[name], *style) for name, *style in norms},
            [(step, "") for step, _ in told],
            (540, 150),
        ),
    ]


def _short(value):
    return value if isinstance(value, str) else number(value)


def words(n):
    """Return in words what the page shows."""
    now = SENTENCES["now"].format(**{v: number(n.record[v][-1]) for v in "JLs"}) if n.steps else ""
    settings = {key: _short(value) for key, value in n.settings.items()}
    sentence = SENTENCES["words"].format(
        taken=counted(n.steps, SENTENCES["steps"]),
        units=counted(n.settings["hidden"], SENTENCES["units"]),
        data=SENTENCES[n.data],
        now=now,
        accuracy=f"{n.accuracy:.0%}",
        which=SENTENCES["test" if n.data == "digits" else "training"],
        **settings,
    )
    return joined("next", filter(None, [sentence, n.ended]))


def page(n):
    """Return the page of the given numbers."""
    shown = confusion_table(n) if n.guesses is None else f"<div>{plane(n)}<p>{SENTENCES['constant']}</p></div>"
    return (
        f'<p class="words">{html.escape(words(n))}</p><div class="row top">{shown}<div>{"".join(charts(n))}</div></div>'
    )


def state(n):
    """Return the numbers of the page by name."""
    return {"steps": n.steps, "record": n.record, "marks": n.marks, "accuracy": n.accuracy, "ended": n.ended}


def still(n):
    """Return the pictures that stand in for the page where no kernel is."""
    return charts(n) if n.guesses is None else [plane(n), *charts(n)]
