"""The explorers as widgets: controls above a page that follows them."""

from pathlib import Path

import anywidget
import numpy as np
import traitlets
from ipywidgets import Box, Button, Dropdown, FloatSlider, IntSlider, SelectionSlider, Text, VBox

from helpers import _language
from helpers._language import Sentences
from helpers._pictures import Picture
from helpers.explorers import backward, forward, memory, program, training
from helpers.explorers.controls import SENTENCES as NAMES
from helpers.explorers.controls import Choice, Line, starts, steps
from helpers.explorers.page import stack
from helpers.tracing import Program

FOLDER = Path(__file__).parent

SENTENCES = Sentences() | {
    "static": "The picture at the default settings. Run this cell, and it comes with sliders.",
    "typed": "{label}, typed",
}


class View(anywidget.AnyWidget):
    """The page under the controls, and the clock of Play, which ticks in the browser and stops when that is closed.

    It may be shown several times, in cells and in windows. Each of them waits for the pause to end and sends the number
    of the turn that it waited for. The first takes the turn, and the others come too late: there is one clock.

    Attributes
    ----------
    controls : int
        How many controls stand above the page. They get their names when all are there.
    language : str
        Of the explorer, for programs that read it aloud.
    typed : str
        The name of the box in which the number of a slider can be typed.
    turn : int
        It rises with every step of Play, and when Play begins and ends.
    """

    _esm = FOLDER / "view.js"
    _css = FOLDER / "view.css"
    html = traitlets.Unicode().tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)
    pause = traitlets.Int(0).tag(sync=True)
    turn = traitlets.Int(0).tag(sync=True)
    controls = traitlets.Int(0).tag(sync=True)
    language = traitlets.Unicode().tag(sync=True)
    typed = traitlets.Unicode().tag(sync=True)

    @traitlets.observe("playing")
    def next_turn(self, _=None):
        """Let a pause begin, and what was waited for until now come to nothing."""
        self.turn += 1


def widget(control):
    """Return the widget of a control that is described."""
    if isinstance(control, Line):
        return Text(control.start, description=control.label, continuous_update=False)
    if isinstance(control, Choice):
        kind = SelectionSlider if control.ordered else Dropdown
        return kind(options=control.values, value=control.start, description=control.label)
    ends = {"min": control.low, "max": control.high, "step": control.step, "description": control.label}
    if isinstance(control.start, int):
        return IntSlider(control.start, **ends)
    return FloatSlider(control.start, **ends, readout_format=control.format)


class Explorer(VBox):
    """Controls, and under them a page that shows what follows from their settings.

    Parameters
    ----------
    shown : module of helpers.explorers
        It has a function from settings to numbers, and others from numbers to a page, to words and to pictures.
    controls : sequence of Range, Choice and Line
        Each becomes an attribute of its name.
    buttons : sequence of Button
    pause : int
        Of Play, in milliseconds.
    arguments : sequence of Range and Line
        Controls of a reader's own names, which might be any; they become no attributes.

    Attributes
    ----------
    state : dict
        The settings, and the numbers that the page shows.
    arguments : dict
        From a reader's own names to the controls of them.
    view : View
    """

    def __init__(self, shown, controls, buttons=(), pause=0, arguments=()):
        self.shown = shown
        self.controls = {control.name: widget(control) for control in controls}
        self.arguments = {control.name: widget(control) for control in arguments}
        for name, control in self.controls.items():
            setattr(self, name, control)
        widgets = [*self.arguments.values(), *self.controls.values()]
        for control in widgets:
            control.style.description_width = "initial"
            control.observe(self._moved, "value")
            if isinstance(control, SelectionSlider):
                control.add_class("of-a-list")
        count, typed = len(widgets) + len(buttons), SENTENCES["typed"]
        self.view = View(pause=pause, controls=count, language=_language.code, typed=typed)
        self.view.on_msg(self._hear)
        rows = [Box(widgets), Box([*buttons])] if buttons else [Box(widgets)]
        for row in rows:
            row.add_class("controls")
        if buttons:
            rows[1].add_class("buttons")
        super().__init__([*rows, self.view])
        self.add_class("explorer")
        self.refresh()

    @property
    def settings(self):
        """The values of the controls, by name."""
        return {name: control.value for name, control in self.controls.items()}

    def _hear(self, view, content, buffers):
        if view.playing and content == {"turn": view.turn}:
            self.tick()
            view.next_turn()

    def _moved(self, change):
        self.refresh()

    def numbers(self):
        """Return the numbers of the present settings."""
        return self.shown.numbers(**self.settings)

    def refresh(self):
        """Compute the numbers of the present settings and show them."""
        n = self.numbers()
        self.state = self.settings | self.shown.state(n) | {"words": self.shown.words(n)}
        self.view.html = self.shown.page(n)

    def still(self):
        """Return the pictures that stand in for the page where no kernel is, and their words."""
        n = self.numbers()
        return self.shown.still(n), self.shown.words(n)

    def __repr__(self):
        return self.state["words"]

    def _repr_mimebundle_(self, **kwargs):
        # The page's picture stands in where no kernel is: on the web, and in a notebook that was just opened.
        bundle = super()._repr_mimebundle_(**kwargs)
        pictures, words = self.still()
        picture = Picture(stack(pictures, 900).encode(), sentence=words, width=900)
        data = picture._repr_mimebundle_()
        data["text/html"] += f"<p>{SENTENCES['static']}</p>"
        return bundle | data


class Walk(Explorer):
    """An explorer that goes step by step: a slider of steps, and Back, Step, Play, Reset, and a check.

    Attributes
    ----------
    step : IntSlider
        How many steps have been taken.
    back, forth, play, reset, check : Button
    report : Report or None
        Of the last check, until a control moves.
    """

    def __init__(self, shown, controls, arguments=()):
        self.back, self.forth, self.play, self.reset, self.check = buttons = [
            Button(description=NAMES[name]) for name in ("back", "forth", "play", "reset", "check")
        ]
        self.back.on_click(lambda _: self._go(self.step.value - 1))
        self.forth.on_click(lambda _: self._go(self.step.value + 1))
        self.reset.on_click(lambda _: self._go(0))
        self.play.on_click(lambda _: self._play(not self.view.playing))
        self.check.on_click(lambda _: self._check())
        self.report = None
        super().__init__(shown, controls, buttons, pause=900, arguments=arguments)

    def numbers(self):
        """Return the numbers of the present settings, with the report if it is of these."""
        n = super().numbers()
        n.report = self.report
        return n

    def tick(self):
        """Take one step of Play."""
        self._go(self.step.value + 1, playing=self.step.value + 1 < self.step.max)

    def _moved(self, change):
        self.report = None  # it was of other settings
        super()._moved(change)

    def _go(self, step, playing=False):
        self._play(playing)
        self.step.value = step  # the slider keeps it between its ends

    def _play(self, playing):
        if playing and self.step.value == self.step.max:
            self.step.value = 0
        self.view.playing = playing
        self.play.description = NAMES["pause" if playing else "play"]

    def _check(self):
        self.report = self.shown.checked(self.numbers())
        self.refresh()


class TrainingExplorer(Explorer):
    """See `training_explorer`."""

    def __init__(self):
        self.play, self.forth, self.reset = buttons = [
            Button(description=text) for text in (NAMES["play"], training.SENTENCES["forth"], NAMES["reset"])
        ]
        self.play.on_click(lambda _: self._play(not self.view.playing))
        self.forth.on_click(lambda _: self._go(1))
        self.reset.on_click(lambda _: self._restart())
        self.run = training.Run(**starts(training.controls()))
        super().__init__(training, training.controls(), buttons, pause=40)

    def numbers(self):
        """Return the numbers of the run as it is."""
        return training.numbers(self.run)

    def still(self):
        """Return what stands in for the page where no kernel is: a run some way on."""
        run = training.Run(**self.settings)
        run.advance(training.STEPS_SHOWN)
        n = training.numbers(run)
        return training.still(n), training.words(n)

    def tick(self):
        """Take the steps of one moment of Play."""
        self.run.advance(training.STEPS_A_TICK)
        if self.run.ended:
            self._play(False)
        self.refresh()

    def _moved(self, change):
        if change["owner"] is self.data:
            self._restart()
        else:
            settings = self.settings
            del settings["data"]
            self.run.change(**settings)
            self.refresh()

    def _go(self, steps):
        self._play(False)
        self.run.advance(steps)
        self.refresh()

    def _restart(self):
        self._play(False)
        self.run = training.Run(**self.settings)
        self.refresh()

    def _play(self, playing):
        self.view.playing = playing
        self.play.description = NAMES["pause" if playing else "play"]


class GraphExplorer(Walk):
    """See `graph_explorer`."""

    def __init__(self, f, feeds, arrays):
        self._own, self._problem = program.Shown(Program(f, feeds, arrays)), ""
        arguments = [program.control_of(name, value) for name, value in self._own.program.arguments.items()]
        last = len(self._own.steps.steps)
        super().__init__(program, [steps(last)], [control for control in arguments if control is not None])

    def numbers(self):
        """Return the numbers of the program as it is."""
        n = program.numbers(self._own, self.step.value)
        n.report, n.problem = self.report, self._problem
        return n

    def _moved(self, change):
        for name, control in self.arguments.items():
            if control is change["owner"]:
                self._problem = ""
                try:
                    self._change(name, control.value)
                except Exception as error:  # of whatever the reader's function raises
                    self._problem = f"{type(error).__name__}: {error}"
        super()._moved(change)

    def _change(self, name, value):
        arguments = self._own.program.arguments
        old = arguments[name]
        if isinstance(value, str):
            value = program.read_array(name, value, old)
        elif hasattr(old, "dtype"):
            value = np.asarray(value, old.dtype)[()]
        self._own = self._own.at(arguments | {name: value})
        self.step.max = len(self._own.steps.steps)


def forward_explorer():
    """Show the forward pass of a handwritten digit through a network that has not been trained.

    Returns
    -------
    Explorer
        Its controls are the attributes ``hidden weight_decay activation example``; ``state`` is a dict of the
        settings and the numbers shown.

    Examples
    --------
    >>> e = forward_explorer()
    >>> e.weight_decay.value = 0.0
    >>> print(e.state["s"], e.state["J"] == e.state["L"])
    0.0 True
    """
    return Explorer(forward, forward.controls())


def backward_explorer():
    """Show the forward and the backward pass one operator at a time.

    Back, Step, Play and Reset walk through the two-lane graph; at each step stand the equation with its tag, the
    line of `network.py` that computes it, and its arrays. λ, the hidden size and φ can be turned at any step.

    Returns
    -------
    Walk
        Its controls are the attributes ``hidden weight_decay activation step`` and the buttons ``back forth play
        reset check``; ``state`` is a dict of the settings and the numbers shown.

    Examples
    --------
    >>> e = backward_explorer()
    >>> e.step.value = 4
    >>> e
    Step 4 of 17, forward, F4: L = 1.4. 2 hidden units, λ = 0.1, tanh.
    """
    return Walk(backward, backward.controls())


def training_explorer():
    """Train a network, and turn its settings while it trains.

    Play, Step and Reset; λ, the learning rate, φ and the hidden size apply to the run under way, and each change is
    marked on its curve. Another data set starts a new run.

    Returns
    -------
    TrainingExplorer
        Its controls are the attributes ``hidden weight_decay learning_rate activation data`` and the buttons ``play
        forth reset``; ``state`` is a dict of the settings and the numbers shown.

    Examples
    --------
    >>> e = training_explorer()
    >>> e.forth.click()
    >>> e.weight_decay.value = 0.01
    >>> e.state["marks"]
    [(1, 'weight_decay', 0.0, 0.01)]
    """
    return TrainingExplorer()


def memory_explorer():
    """Show what training and prediction need, predicted from the graph by `helpers.memory`.

    Returns
    -------
    Explorer
        Its controls are the attributes ``depth width batch dtype limit``; ``state`` is a dict of the settings and the
        numbers shown.

    Examples
    --------
    >>> e = memory_explorer()
    >>> e.depth.value = 1
    >>> e.state["training"]["parameters"]
    3252224
    """
    return Explorer(memory, memory.controls())


def graph_explorer(f, feeds=None, /, **arrays):
    """Show any function of arrays, or any graph, forward and backward, one operator at a time.

    Back, Step, Play and Reset walk through both lanes. At each step stand the operator's rule and its arrays, and what
    is kept for the way back. Each number among the arguments has a slider, and each small array a line to write in.
    Check compares the value and every gradient with central differences.

    Parameters
    ----------
    f : callable or Variable
        As for `helpers.tracing.trace`; or the output of a graph.
    feeds : dict, optional
        With a graph, what `run` needs.
    **arrays
        With a function, its arguments by name.

    Returns
    -------
    GraphExplorer
        Its controls are ``step``, the buttons ``back forth play reset check``, and the dict ``arguments``; ``state`` is
        a dict of the settings and the numbers shown.

    Raises
    ------
    TypeError, ValueError
        As `helpers.tracing.trace` does. Later, when an argument is changed, what is raised is told in the page.

    Examples
    --------
    >>> e = graph_explorer(lambda a, b: np.exp(a) * b, a=0.0, b=3.0)
    >>> e.step.value = 2
    >>> e
    Step 2 of 7, forward: output = #1 ⊙ b = 3. Kept at this step for the way back: #1.
    """
    return GraphExplorer(f, feeds, arrays)
