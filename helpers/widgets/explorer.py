"""What all explorers have in common: controls above a page that follows them."""

import html
from pathlib import Path

import anywidget
import traitlets
from ipywidgets import Box, Button, IntSlider, SelectionSlider, VBox

from helpers import _language
from helpers._language import Sentences
from helpers._pictures import Picture
from helpers.widgets.page import scroll, stack

FOLDER = Path(__file__).parent

SENTENCES = Sentences() | {
    "static": "The picture at the default settings. Run this cell, and it comes with sliders.",
    "step": "step",
    "back": "◀ Back",
    "forth": "Step ▶",
    "play": "Play",
    "pause": "Pause",
    "reset": "Reset",
    "check": "Check every entry",
    "typed": "{label}, typed",
    "every": "Every entry against central differences",
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


class Explorer(VBox):
    """Controls, and under them a page that shows what follows from their settings.

    An explorer is three parts: a function from settings to numbers, a function from numbers to a page, and this
    widget, which calls them when a control moves. Each control is an attribute of its name, but for those of a reader's
    own names, which might be any.

    Attributes
    ----------
    state : dict
        The settings, and the numbers that the page shows.
    arguments : dict
        From a reader's own names to the controls of them.
    view : View
    """

    def __init__(self, controls, buttons=(), pause=0, arguments=None):
        self.controls, self.arguments = controls, arguments or {}
        for name, control in controls.items():
            setattr(self, name, control)
        shown = [*self.arguments.values(), *controls.values()]
        for control in shown:
            control.style.description_width = "initial"
            control.observe(self._moved, "value")
            if isinstance(control, SelectionSlider):
                control.add_class("of-a-list")
        count, typed = len(shown) + len(buttons), SENTENCES["typed"]
        self.view = View(pause=pause, controls=count, language=_language.code, typed=typed)
        self.view.on_msg(self._hear)
        rows = [Box(shown), Box([*buttons])] if buttons else [Box(shown)]
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

    def refresh(self):
        """Compute the numbers of the present settings and show them."""
        self.state, self.view.html = self.compute()

    def __repr__(self):
        return self.state["words"]

    def _repr_mimebundle_(self, **kwargs):
        # The page's picture stands in where no kernel is: on the web, and in a notebook that was just opened.
        bundle = super()._repr_mimebundle_(**kwargs)
        pictures, words = self.pictures()
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

    def __init__(self, controls, last, arguments=None):
        slider = IntSlider(last, 0, last, description=SENTENCES["step"])
        self.back, self.forth, self.play, self.reset, self.check = buttons = [
            Button(description=SENTENCES[name]) for name in ("back", "forth", "play", "reset", "check")
        ]
        self.back.on_click(lambda _: self._go(slider.value - 1))
        self.forth.on_click(lambda _: self._go(slider.value + 1))
        self.reset.on_click(lambda _: self._go(0))
        self.play.on_click(lambda _: self._play(not self.view.playing))
        self.check.on_click(lambda _: self._check())
        self.report = None
        super().__init__(controls | {"step": slider}, buttons, pause=900, arguments=arguments)

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
        self.play.description = SENTENCES["pause" if playing else "play"]

    def _check(self):
        self.report = self.checked()
        self.refresh()


def report_of(report):
    """Return a report as a part of a page, or nothing if there is none."""
    if report is None:
        return ""
    table = scroll(SENTENCES["every"], f"<code>{html.escape(str(report))}</code>")
    return f"<h3>{SENTENCES['every']}</h3>{table}"
