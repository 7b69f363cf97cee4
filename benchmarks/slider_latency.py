"""Print how long the explorers take from a key press to changed pixels: python benchmarks/slider_latency.py."""

import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

import nbformat

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from lab import Lab, browser, find_chromium, new_page, open_notebook, run_all  # noqa: E402  It is in that folder.

ROUNDS = 20
KEYS = ("ArrowRight", "ArrowLeft")
WIDTH, HEIGHT = 1280, 1600  # what answers has to be in sight: pixels that are not are not painted

IMPORTS = """
import matplotlib.pyplot as plt
from ipywidgets import FloatSlider, IntSlider, Label, VBox, interactive
import numpy as np
from helpers.widgets import backward_explorer, forward_explorer, graph_explorer, memory_explorer, training_explorer
from helpers.explorers import backward, training
"""

ROUND_TRIP = """
slider, label = IntSlider(50), Label("50")
slider.observe(lambda change: setattr(label, "value", str(change["new"])), "value")
slider.add_class("moved")
label.add_class("answer")
VBox([slider, label])
"""

# What `interact` does, and its parts to be named: the slider, and the output that a new figure goes to.
INTERACT = """
controls = interactive(draw, weight_decay=FloatSlider({start}, min=0, max={end}, step={step}))
controls.children[0].add_class("moved")
controls.children[1].add_class("answer")
controls
"""

HEAT_MAPS = """
def draw(weight_decay):
    values = backward.numbers(2, weight_decay, "tanh", backward.LAST).values
    figure, axes = plt.subplots(1, 2, figsize=(7, 2.5))
    for place, name in zip(axes, ("∂J/∂W1", "∂J/∂W2")):
        place.imshow(values[name], cmap="RdBu")
        place.set_title(name)
    figure.suptitle(f"λ = {weight_decay}")
    plt.show()
""" + INTERACT.format(start=0.1, end=1, step=0.01)

PLANE = """
run = training.Run("corners", 8, weight_decay=0.0, learning_rate=0.5, activation="tanh")
run.advance(300)

def draw(weight_decay):
    run.change(weight_decay=weight_decay)
    n = training.numbers(run)
    figure, (plane, curve) = plt.subplots(1, 2, figsize=(9, 3.5))
    plane.imshow(n.guesses[0], extent=(-1.15, 1.15, -1.15, 1.15))
    plane.scatter(*n.points[0][:2], c=n.points[1], s=16)
    for name in "JLs":
        curve.plot(n.record["step"], n.record[name], label=name)
    curve.legend()
    figure.suptitle(f"λ = {weight_decay}")
    plt.show()
""" + INTERACT.format(start=0.0, end=0.05, step=0.001)

EXPLORER = """
explorer = {maker}()
explorer.{slider}.add_class("moved")
explorer.view.add_class("answer")
"""


class Contender(NamedTuple):
    """A slider, and what answers when a key moves it.

    Attributes
    ----------
    name : str
    code : str
        Of its cell in the notebook. The slider has the class "moved", and what answers the class "answer".
    rival : str
        The name of the `interact` that shows something like it.
    playing : bool
        Whether the key is pressed while Play is on.
    """

    name: str
    code: str
    rival: str = ""
    playing: bool = False


def explorer(maker, slider, started=""):
    """Return the code of an explorer's cell."""
    return EXPLORER.format(maker=maker, slider=slider) + started + "explorer"


OWN_PROGRAM = """
def network(x, y, W1, W2, weight_decay):
    z = W1 @ x
    h = np.tanh(z)
    o = W2 @ h
    L = np.sum((o - y) ** 2) / 2
    s = weight_decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    J = L + s
    return J

rng = np.random.default_rng(0)
shapes = {"x": (4, 1), "y": (3, 1), "W1": (2, 4), "W2": (3, 2)}
explorer = graph_explorer(network, weight_decay=0.1, **{name: rng.standard_normal(n) for name, n in shapes.items()})
explorer.arguments["weight_decay"].add_class("moved")
explorer.view.add_class("answer")
explorer
"""
LEARNT = "explorer.run.advance(300)\nexplorer.refresh()\n"
CONTENDERS = (
    Contender("round trip", ROUND_TRIP),
    Contender("interact, heat maps", HEAT_MAPS),
    Contender("forward", explorer("forward_explorer", "weight_decay"), "interact, heat maps"),
    Contender("backward", explorer("backward_explorer", "weight_decay"), "interact, heat maps"),
    Contender("own program", OWN_PROGRAM, "interact, heat maps"),
    Contender("memory", explorer("memory_explorer", "batch"), "interact, heat maps"),
    Contender("interact, plane", PLANE),
    Contender("training", explorer("training_explorer", "weight_decay", LEARNT), "interact, plane"),
    Contender("training, Play on", explorer("training_explorer", "weight_decay", LEARNT), "interact, plane", True),
)
AIMS = [
    ("forward", "round trip", 1.6),
    ("backward", "round trip", 1.6),
    ("own program", "round trip", 1.6),
    ("forward", "interact, heat maps", 0.5),
    ("backward", "interact, heat maps", 0.5),
    ("training", "interact, plane", 1.0),
]

# Waits for a key, and then until what answers has been at rest. With each change, a mark goes into the page. The
# browser paints both in one frame, and its Element Timing says when it put the mark, or a new image, on the screen.
WATCH = """([place, playing]) => {
    const cell = document.querySelectorAll('.jp-Notebook .jp-CodeCell')[place];
    const [slider, answer] = [cell.querySelector('.moved'), cell.querySelector('.answer')];
    const [marks, painted] = [[], []];
    let pressed, timer, failed;
    // While Play is on the page changes all the time; what counts is the first change that tells the new value.
    const told = () => !playing
        || +answer.textContent.match(/λ = ([\\d.]+)/)[1] === +slider.querySelector('.widget-readout').textContent;
    window.measured = new Promise((resolve, reject) => {
        const timing = new PerformanceObserver(list => painted.push(...list.getEntries()));
        const end = () => {
            if (painted.length < marks.length) return rest();
            for (const observer of [timing, watch]) observer.disconnect();
            answer.removeEventListener('load', change, true);
            marks.forEach(mark => mark.remove());
            clearTimeout(failed);
            resolve(Math.max(...painted.map(entry => entry.renderTime)) - pressed);
        };
        const rest = () => {
            clearTimeout(timer);
            timer = setTimeout(end, 550);  // an explorer has its words said half a second later
        };
        const change = () => {
            if (pressed === undefined || !told()) return;
            const mark = document.createElement('span');
            mark.textContent = '·';
            mark.setAttribute('elementtiming', 'change');
            mark.style = 'position: fixed; top: 0; left: 0; z-index: 10000';
            document.body.append(mark);
            marks.push(mark);
            for (const image of answer.querySelectorAll('img:not([elementtiming])'))
                image.setAttribute('elementtiming', 'image');
            if (playing) watch.disconnect();
            rest();
        };
        // Neither shows: words for a screen reader, and the least height that JupyterLab gives to an output for 50 ms.
        const unseen = ({ type, target }) => target.parentElement.closest('.said') || target.matches?.('.said')
            || type === 'attributes' && target.matches('.jp-OutputArea, [elementtiming]');
        const watch = new MutationObserver(records => records.every(unseen) || change());
        watch.observe(answer, { subtree: true, childList: true, characterData: true, attributes: true });
        timing.observe({ type: 'element' });
        if (!playing) answer.addEventListener('load', change, true);
        window.addEventListener('keydown', event => { pressed = event.timeStamp; }, { capture: true, once: true });
        failed = setTimeout(() => reject(new Error('nothing has changed, or all the time')), 20000);
    });
}"""


def write_notebook(folder):
    """Write the notebook of all contenders, one a cell, and return its name."""
    cells = [nbformat.v4.new_code_cell(code.strip()) for code in (IMPORTS, *(c.code for c in CONTENDERS))]
    kernel = {"name": "python3", "display_name": "Python 3"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / "latency.ipynb")
    return "latency.ipynb"


def cell_of(page, place):
    """Return the cell of a contender, brought into sight, with the focus on its slider."""
    cell = page.locator(".jp-Notebook .jp-CodeCell").nth(place)
    cell.locator(".moved").evaluate("slider => slider.scrollIntoView()")
    cell.locator(".moved .noUi-handle").focus()
    return cell


def press(page, place, key, playing=False):
    """Press a key on a contender's slider, and return the time in seconds until the pixels of the answer were there."""
    cell = cell_of(page, place)
    if playing:
        cell.get_by_role("button", name="Play").click()
        cell_of(page, place)
    page.wait_for_timeout(150)
    page.evaluate(WATCH, [place, playing])
    page.keyboard.press(key)
    time = page.evaluate("() => window.measured") / 1000
    if playing:
        cell.get_by_role("button", name="Pause").click()
        page.wait_for_timeout(700)
    return time


def check_pixels(page, place, name):
    """Press a key once, and end the program unless the pixels of the answer change with it, and then alone."""
    box = cell_of(page, place).locator(".answer").bounding_box()
    if box["y"] + box["height"] > HEIGHT or box["height"] < 1:
        raise SystemExit(f"{name} is not wholly in sight: {box}")

    def seen():
        page.wait_for_timeout(300)
        return page.screenshot(clip=box)

    before = seen()
    if seen() != before:
        raise SystemExit(f"pixels of {name} change without a key; a time would mean nothing")
    press(page, place, KEYS[0])
    after = seen()
    if after == before:
        raise SystemExit(f"no pixel of {name} changes with a key; a time would mean nothing")
    if seen() != after:
        raise SystemExit(f"pixels of {name} still change after the time was taken")


def measure():
    """Return the times of each contender by name, one a round, and what the browser is."""
    times = {c.name: [] for c in CONTENDERS}
    with tempfile.TemporaryDirectory() as folder:
        notebooks = Path(folder) / "notebooks"
        notebooks.mkdir()
        name = write_notebook(notebooks)
        with Lab(notebooks) as lab, browser() as chromium:
            page = new_page(chromium, WIDTH, HEIGHT)
            open_notebook(page, lab, name)
            run_all(page)
            for place, contender in enumerate(CONTENDERS, 1):
                check_pixels(page, place, contender.name)
            for k in range(ROUNDS):
                for place, contender in enumerate(CONTENDERS, 1):
                    times[contender.name].append(press(page, place, KEYS[(k + 1) % 2], contender.playing))
            return times, chromium.version


def ratios(ours, theirs):
    """Return the quartiles of the ratio of two contenders' times, taken round by round."""
    return quantiles((a / b for a, b in zip(ours, theirs, strict=True)), n=4)


def print_table(times):
    """Print the times, and how they stand to the aims."""
    line = "{:<22}{:>10}{:>10}  {:<21}{}"
    print(line.format("", "median, ms", "95 %, ms", "÷ round trip", "÷ interact"))
    for contender in CONTENDERS:
        ours = times[contender.name]
        rivals = ["round trip", *filter(None, [contender.rival])]
        cells = ["{1:.3g} ({0:.2g}–{2:.2g})".format(*ratios(ours, times[rival])) for rival in rivals]
        late = quantiles(ours, n=20, method="inclusive")[-1]
        cells = [f"{1000 * median(ours):.0f}", f"{1000 * late:.0f}", *cells, ""]
        print(line.format(contender.name, *cells[:4]))
    print("\nAims")
    for ours, theirs, aim in AIMS:
        middle = ratios(times[ours], times[theirs])[1]
        verdict = "met" if middle <= aim else "missed"
        print(f"  {ours} ÷ {theirs} is {middle:.3g}, aim {aim} or less: {verdict}")


if __name__ == "__main__":
    if find_chromium() is None:
        raise SystemExit("no Chromium, Chrome or Edge was found (Debian: sudo apt install chromium)")
    times, browser_version = measure()
    packages = [f"{name} {version(name)}" for name in ("jupyterlab", "ipywidgets", "anywidget", "matplotlib")]
    print(f"Python {platform.python_version()}", f"Chromium {browser_version}", *packages, sep=", ", end="\n\n")
    print_table(times)
