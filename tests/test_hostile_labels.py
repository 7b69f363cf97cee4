"""Text that a reader or a file brings along is shown as text: no name becomes an element, runs a script, breaks a
picture or is lost.

Everything that shows names is put into one page of a real browser, once with each hostile name and once with a
harmless one.
"""

import base64
import html
from xml.etree import ElementTree

import numpy as np
import pytest
from lab import new_page

from helpers import drawing, plots
from helpers.exercises.verdicts import Verdict
from helpers.explorers import backward, forward, training
from helpers.explorers import page as explorer_page
from helpers.functions import squared_error, tanh
from helpers.gradient import gradient
from helpers.graph import Operator, Rule, Variable
from helpers.memory import Footprint
from helpers.network import MLP
from helpers.operators import activate, add, compare, matmul
from helpers.operators import sum as sum_of
from helpers.widgets.explorer import FOLDER

HARMLESS = "name"
HOSTILE = {
    "a script": "<script>window.ran = 1; alert(1)</script>",
    "an image": '"><img src=x onerror="window.ran=1;alert(1)">',
    "an image in single quotes": "'><img src=x onerror=alert(1)>",
    "an attribute": '" onmouseover="alert(1)" autofocus onfocus="alert(1)" x="',
    "the end of its element": "</text></title></desc></svg></table><svg onload=alert(1)>",
    "an entity": "&amp;&lt;b&gt;&#60;",
    "an unknown entity": "&nosuch; & &",
    "the end of CDATA": "]]><!-- <![CDATA[",
    "an address": "javascript:alert(1)",
    "a template": "{0} {name} {{x}} %s ${alert(1)} `",
    "an equation": r"$\frac{\href{javascript:alert(1)}{x}$ \\ \N \G \l",
    "Graphviz's own": '<<B>x</B>> \\N \\G "]; a -> b; [label="',
    "right to left": "\u202eshalom שלום \u2066عربي\u2069",
    "combining": "Z\u0351\u036b\u0343\u036a\u0302\u036b a\u0308",
    "emoji and far planes": "👩‍🔬 𝔸 \U000e0001",
    "two lines": "one\ntwo\r\nthree\ttab",
    "NUL and controls": "a\0b\x1b[31mc\x7f\x85\ufffe",
    "very long": "x" * 3000,
    "spaces alone": "  \u00a0 ",
}
DAILY = ("a script", "an image", "the end of its element", "Graphviz's own", "two lines", "NUL and controls")


def own(name):
    """Return an activation, and a loss, of the given name."""
    return tanh._replace(name=name), squared_error._replace(name=name)


def drawings(name):
    phi, loss = own(name)
    W, x, y = Variable(name), Variable(f"{name} 2"), Variable("y")
    o = activate(matmul(W, x, name=name), phi, name=name)
    labelled = Variable(name, Operator(Rule("HOSTILE", name, None, (None,), None), (W,)))
    J = add(compare(o, y, loss, name=name), sum_of(labelled), name=name)
    (dW,) = gradient(compare(o, y, loss, name=name), [W])
    return [drawing.draw(J), drawing.draw(J, values={W: np.ones((2, 2))}, highlight=o), drawing.draw(o, dW)]


def figures(name):
    phi, _ = own(name)
    return [
        plots.show_digits(np.zeros((64, 2)), [name, 1]),
        plots.show_activations(phi, derivative=True),
        plots.show_objectives({name: (1.0, 2.0)}),
        plots.show_footprints({name: Footprint(1, 2, 3, ())}),
        plots.show_growth({1: 2, 2: 4}, name),
    ]


def pieces(name):
    """Return the pieces of the explorers' pages."""
    steps = np.arange(3)
    return [
        explorer_page.heat_map(name, "W", np.eye(2)),
        explorer_page.scroll(name, "body"),
        explorer_page.bars(name, [1.0, -2.0], marks=[(0, name)]),
        explorer_page.svg(10, 10, name, explorer_page.text(0, 0, name)),
        explorer_page.curves(name, {name: (steps, steps, "#000", "")}, [(1, name)]),
    ]


def pages(name, monkeypatch):
    """Return whole pages of explorers, with an activation of the given name."""
    phi, _ = own(name)
    for explorer in (backward, forward, training):
        monkeypatch.setitem(explorer.ACTIVATIONS, name, phi)
    run = training.Run("corners", hidden=2, weight_decay=0.0, learning_rate=0.1, activation="tanh")
    run.advance(1)
    run.change(activation=name)
    n = backward.numbers(2, 0.1, name, backward.LAST)
    n.report = backward.checked(n)
    return [
        backward.page(n),
        forward.page(forward.numbers(4, 0.1, name, 0)),
        training.page(training.numbers(run)),
    ]


def texts(name):
    """Return what a notebook shows as text, as the page of a notebook would: escaped by JupyterLab."""
    phi, loss = own(name)
    net = MLP([[1.0]], [[1.0]], activation=phi, loss=loss)
    return [repr(net), repr(Verdict(name, "wrong", name, name)), repr(Variable(name))]


def everything(name, monkeypatch):
    shown = [*drawings(name), *figures(name)]
    parts = [picture._repr_mimebundle_()["text/html"] for picture in shown]
    parts += [picture.svg for picture in shown[:3]] + [picture.inline for picture in shown[:3]]
    parts += pieces(name) + pages(name, monkeypatch)
    parts += [f"<pre>{html.escape(text)}</pre>" for text in texts(name)]
    return shown, parts


FOUND = """() => {
    const all = [...document.querySelectorAll('body *')];
    return {
        tags: [...new Set(all.map(element => element.tagName))].sort(),
        attributes: [...new Set(all.flatMap(element => element.getAttributeNames()))].sort(),
        parts: document.body.children.length,
        ran: window.ran,
        text: document.body.textContent,
        alts: [...document.querySelectorAll('img')].map(img => [img.alt, img.naturalWidth]),
        said: [...document.querySelectorAll('[aria-label]')].map(element => element.getAttribute('aria-label')),
    };
}"""
SHOW = """async ([module, parts]) => {
    const { screen } = await import(`data:text/javascript;base64,${module}`);
    screen(document.body.appendChild(document.createElement('section')))(parts.join(''));
}"""


def look(browser_page, parts):
    """Show the parts, on the page itself and through the explorers' script, and return what the browser made of it."""
    dialogs = []
    browser_page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    body = "".join(f"<section>{part}</section>" for part in parts)
    browser_page.set_content(f"<!doctype html><html lang=en><title>x</title><body>{body}")
    script = base64.b64encode((FOLDER / "view.js").read_bytes()).decode()
    browser_page.evaluate(SHOW, [script, parts])
    browser_page.mouse.move(300, 200)
    browser_page.wait_for_function("() => document.querySelector('.said').textContent")
    browser_page.wait_for_function("() => [...document.images].every(img => img.complete)")
    found = browser_page.evaluate(FOUND)
    assert dialogs == []
    assert found["ran"] is None
    assert browser_page.complaints == []
    assert [url for url in browser_page.requests if not url.startswith(("data:", "about:"))] == []
    return found


def plain(text):
    """Return a text without what HTML and XML cannot hold, and without the sign that stands in for it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\ufffd", "")
    return "".join(c for c in text if c.isprintable() or c in "\u202e\u2066\u2069\u200d\u00a0\U000e0001")


@pytest.fixture(scope="module")
def harmless(chromium):
    with pytest.MonkeyPatch.context() as monkeypatch:
        _, parts = everything(HARMLESS, monkeypatch)
    browser_page = new_page(chromium)
    yield look(browser_page, parts)
    browser_page.close()


names = pytest.mark.parametrize(
    "name",
    [pytest.param(name, id=what, marks=() if what in DAILY else pytest.mark.weekly) for what, name in HOSTILE.items()],
)


@names
def test_a_name_is_text_and_nothing_else(name, harmless, page, monkeypatch):
    shown, parts = everything(name, monkeypatch)
    found = look(page, parts)

    assert found["tags"] == harmless["tags"]
    assert found["attributes"] == harmless["attributes"]
    assert found["parts"] == harmless["parts"]
    # Every picture is there, and is told as its sentence says it.
    assert all(width for _, width in found["alts"])
    assert len(found["alts"]) == len(harmless["alts"])
    sentences = [plain(picture.sentence) for picture in shown]
    assert [plain(alt) for alt, _ in found["alts"][: len(shown)]] == sentences
    assert all(plain(name).strip() in sentence for sentence in sentences)
    # The name stands in the page, and is said, as often as the harmless one.
    if plain(name).strip() and "\n" not in name:
        assert plain(found["text"]).count(plain(name)) >= plain(harmless["text"]).count(HARMLESS) > 20
        assert sum(plain(name) in plain(told) for told in found["said"]) >= sum(
            HARMLESS in told for told in harmless["said"]
        )


@names
def test_a_drawing_saved_as_a_file_is_harmless(name, page, tmp_path):
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    for k, picture in enumerate(drawings(name)):
        path = tmp_path / f"{k}.svg"
        picture.save(path)
        tags = {element.tag.split("}")[1] for element in ElementTree.parse(path).iter()}
        assert tags <= {"svg", "title", "desc", "g", "polygon", "ellipse", "path", "text", "tspan"}
        page.goto(path.as_uri())
        assert page.evaluate("() => [document.documentElement.tagName, window.ran]") == ["svg", None]
    assert dialogs == []
    assert page.complaints == []
    assert {url.partition(":")[0] for url in page.requests} == {"file"}
