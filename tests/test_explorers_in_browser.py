"""The explorers and the stepper's file in a real browser, by keyboard and by mouse, as a reader meets them.

What the page should show is computed here by explorers of our own, to which every move is done as well.
"""

import re
from dataclasses import dataclass
from functools import cache, partial

import nbformat
import pytest
from ipywidgets import Button, Dropdown, SelectionSlider
from lab import new_page, open_notebook, run_all, settled, violations, watched
from pages import contrast
from playwright.sync_api import expect

from helpers.widgets import backward_explorer, forward_explorer, memory_explorer, training_explorer
from tools.stepper import write

MAKERS = {
    "forward": forward_explorer,
    "backward": backward_explorer,
    "training": training_explorer,
    "memory": memory_explorer,
}

# Everything that a kernel has to say beside its answers: a callback that fails says so here and nowhere else.
LISTEN = """() => {
    window.said = [];
    window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.iopubMessage.connect((_, message) => {
        if (['error', 'stream'].includes(message.header.msg_type)) window.said.push(message.content);
    });
}"""
ASK = """async expression => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const user_expressions = {it: `__import__('IPython').display.JSON([${expression}])`};
    const reply = await kernel.requestExecute({code: '', user_expressions, store_history: false}).done;
    return reply.content.user_expressions.it.data['application/json'][0];
}"""
DO = """async code => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const reply = await kernel.requestExecute({code, store_history: false}).done;
    return reply.content.status;
}"""
SAME = """(card, html) => {
    const page = document.createElement('template');
    page.innerHTML = `<div class="card">${html}</div>`;
    return card.isEqualNode(page.content.firstChild);
}"""
# Where text leaves the picture or the box that it is in, or two texts of one picture overlap.
CUT_OFF = """root => {
    const found = [], slack = 1;
    const inside = (a, b) => a.left >= b.left - slack && a.right <= b.right + slack
        && a.top >= b.top - slack && a.bottom <= b.bottom + slack;
    const overlap = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > slack
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
    for (const svg of root.querySelectorAll('svg')) {
        const box = svg.getBoundingClientRect();
        const texts = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim());
        for (const t of texts)
            if (!inside(t.getBoundingClientRect(), box)) found.push(`outside its picture: ${t.textContent}`);
        texts.forEach((a, k) => texts.slice(k + 1).forEach(b => {
            if (overlap(a.getBoundingClientRect(), b.getBoundingClientRect()))
                found.push(`on top of each other: ${a.textContent} and ${b.textContent}`);
        }));
    }
    const controls = '.controls, .controls > *, .widget-label, .widget-readout';
    for (const e of root.querySelectorAll(`${controls}, .card, .card *:not(.scroll, .scroll *, svg *)`)) {
        if (e.scrollWidth > e.clientWidth + slack && getComputedStyle(e).display !== 'inline')
            found.push(`wider than its place: ${e.tagName} ${e.className} ${e.textContent.slice(0, 40)}`);
        if (!inside(e.getBoundingClientRect(), root.getBoundingClientRect()))
            found.push(`outside the explorer: ${e.tagName} ${e.className} ${e.textContent.slice(0, 40)}`);
    }
    const page = document.documentElement;
    if (page.scrollWidth > page.clientWidth) found.push('the page scrolls sideways');
    for (let e = root; e; e = e.parentElement)
        if (e.scrollWidth > e.clientWidth + slack && getComputedStyle(e).overflowX !== 'visible')
            found.push(`scrolls sideways: ${e.className}`);
    return found;
}"""
# What code of ours, which JupyterLab loads from a blob, asks the browser to do later.
COUNT_OURS = """() => {
    window.ours = [];
    for (const name of ['requestAnimationFrame', 'setTimeout', 'setInterval']) {
        const real = window[name];
        window[name] = (...given) => {
            if (new Error().stack.includes('blob:')) window.ours.push(name);
            return real.apply(window, given);
        };
    }
}"""
# From here on Play takes so many steps and then waits, for as long as a slow machine may need. It takes down when.
PLAY_ONLY = """
def tick(e=e, left=[{ticks}], tick=type(e).tick):
    tick(e)
    e.ticked.append(__import__('time').monotonic())
    left[0] -= 1
    if not left[0]:
        e.view.pause = 600_000
e.tick, e.ticked, e.view.pause = tick, [], {pause}
e.view.next_turn()
"""
NAME_OF = "e => e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent"
OUTLINE = "e => { const s = getComputedStyle(e); return [s.outlineStyle, parseFloat(s.outlineWidth), s.outlineColor]; }"
INK = """root => [...root.querySelectorAll('svg text')].filter(t => t.textContent.trim())
    .map(t => [t.textContent, getComputedStyle(t).fill])"""


@pytest.fixture(scope="module")
def lab_page(chromium, lab):
    """All four explorers in one notebook, run; below them one that is shown twice, and its page alone."""
    cells = [nbformat.v4.new_markdown_cell("# All explorers\n\n## Turn the sliders")]
    for name in MAKERS:
        code = f"from helpers.widgets import {name}_explorer\n{name} = {name}_explorer()\n{name}"
        cells.append(nbformat.v4.new_code_cell(code))
    for code in ("twin = backward_explorer()\ntwin", "twin", "twin.view"):
        cells.append(nbformat.v4.new_code_cell(code))
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    lab.add("all.ipynb", nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}))
    page = new_page(chromium, 1100, 1000)
    page.add_init_script(f"({COUNT_OURS})()")
    open_notebook(page, lab, "all.ipynb")
    run_all(page)
    expect(page.locator(".explorer .card")).to_have_count(len(MAKERS) + 2)
    expect(page.locator(".card")).to_have_count(len(MAKERS) + 3)
    expect(page.locator(".noUi-handle:not([aria-label])")).to_have_count(0)
    page.evaluate(LISTEN)
    yield page
    page.close()


@dataclass
class Shown:
    """An explorer as the browser shows it, and one of our own to which the same is done."""

    page: object
    name: str

    def __post_init__(self):
        self.root = self.page.locator(".explorer").nth([*MAKERS].index(self.name))
        self.root.evaluate("(root, name) => { root.dataset.explorer = name; }", self.name)
        self.card = self.root.locator(".card")
        self.own = MAKERS[self.name]()
        if hasattr(self.own, "reset"):
            self.do("e.__dict__.pop('tick', None)\ne.reset.click()")
        self.do(f"for name, value in {self.own.settings}.items(): e.controls[name].value = value")
        self.is_followed()

    def ask(self, expression):
        """Return what an expression, in which the explorer is called e, comes to in the kernel."""
        return ask(self.page, self.name, expression)

    def do(self, code):
        """Run a line, in which the explorer is called e, in the kernel."""
        do(self.page, self.name, code)

    def play_only(self, ticks, pause=20):
        """Let Play, when it is on, take so many steps and then wait."""
        self.do(PLAY_ONLY.format(ticks=ticks, pause=pause))

    def control(self, name):
        """Return what a reader moves: a slider's handle, or a list to choose from."""
        control = self.own.controls[name]
        role = "combobox" if isinstance(control, Dropdown) else "slider"
        return self.root.get_by_role(role, name=control.description, exact=True)

    def typed(self, name):
        return self.root.get_by_role("textbox", name=f"{self.own.controls[name].description}, typed", exact=True)

    def track(self, name):
        return self.control(name).locator("xpath=ancestor::*[contains(@class, 'noUi-target')]")

    def button(self, name):
        return self.root.get_by_role("button", name=getattr(self.own, name).description, exact=True)

    @property
    def buttons(self):
        return [c for row in self.own.children[:-1] for c in row.children if isinstance(c, Button)]

    @property
    def sliders(self):
        return [name for name, control in self.own.controls.items() if not isinstance(control, Dropdown)]

    @property
    def typable(self):
        return [name for name in self.sliders if not isinstance(self.own.controls[name], SelectionSlider)]

    @property
    def words(self):
        return self.card.locator(".words").inner_text()

    @property
    def picture(self):
        return self.card.evaluate(
            "card => [...card.children].filter(e => e.className !== 'words').map(e => e.outerHTML)"
        )

    def follow(self, settings=None):
        """Do to the explorer of our own what was done to the one in the page."""
        for name, value in (settings or self.ask("e.settings")).items():
            self.own.controls[name].value = value

    def has_focus(self, control):
        return control.evaluate("control => control === document.activeElement")

    def changes(self, act, name=None):
        """Do something, check that words and picture follow, and return the value of the control of that name."""
        words, picture = self.words, self.picture
        act()
        assert settled(self.page, lambda: self.words != words, True)
        self.is_followed()
        assert self.picture != picture
        return self.own.settings.get(name)

    def is_followed(self):
        """Wait until the kernel has what the controls show, and the page what the kernel has; check it."""

        def look():
            nonlocal settings, html, shown
            settings, html = self.ask("[e.settings, e.view.html]")
            shown = dict(zip(self.sliders, self.root.locator(".widget-readout").all_inner_texts(), strict=True))
            due = {name: told(self.own.controls[name], settings[name]) for name in shown}
            return shown == due and self.card.evaluate(SAME, html)

        settings = html = shown = None
        assert settled(self.page, look, True), f"the page does not follow: {shown}, {settings}, {self.words}"
        self.follow(settings)
        assert html == self.own.view.html, "not what these settings give"

    def is_at_rest(self):
        """Check that it has stopped playing."""
        expect(self.button("play")).to_have_count(1)  # and is not called Pause any more
        before = self.ask("[e.view.playing, e.view.html]")
        self.page.wait_for_timeout(200)
        assert [False, before[1]] == before == self.ask("[e.view.playing, e.view.html]")

    def is_said(self):
        """Wait until a screen reader is told the words."""
        said = self.root.locator("[aria-live=polite]")
        expect(said).to_have_text(self.own.state["words"])

    def set(self, settings):
        """Turn controls from the kernel."""
        self.do(f"for name, value in {settings}.items(): e.controls[name].value = value")
        self.is_followed()

    def extremes(self):
        """Return the settings at one end and at the other."""
        ends = {name: ends_of(control) for name, control in self.own.controls.items()}
        return [{name: pair[k] for name, pair in ends.items()} for k in (0, 1)]


def ask(page, name, expression):
    """Return what an expression comes to in the kernel, where e is what is called so there."""
    return page.evaluate(ASK, f"(lambda e: {expression})({name})")


def do(page, name, code):
    assert page.evaluate(DO, f"e = {name}\n{code}") == "ok"


def ends_of(control):
    if hasattr(control, "max"):
        return control.min, control.max
    values = [value for _, value in control._options_full]
    return values[0], values[-1]


def told(control, value):
    """Return what stands beside a slider."""
    if hasattr(control, "readout_format"):
        return format(value, control.readout_format)
    return next(label for label, option in control._options_full if option == value)


def hex_of(colour):
    """Return a colour such as rgb(0, 114, 178) in the way that pages have it."""
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", colour)[:3])


def next_to(control, end):
    """Return the value beside the one at an end of a slider."""
    if isinstance(control, SelectionSlider):
        values = [value for _, value in control._options_full]
        return values[1] if end == values[0] else values[-2]
    return pytest.approx(end + control.step if end == control.min else end - control.step)


def take_steps(shown, count=3):
    """Train a little, or what the learning rate is would not show in the picture."""
    if shown.name == "training":
        shown.own._go(count)
        shown.do(f"e._go({count})")
        shown.is_followed()


def cut_off(root):
    """Return what is still cut off once the page has laid itself out."""
    return settled(root.page, lambda: root.evaluate(CUT_OFF), [])


def counters(page):
    """Return the number of nodes, in the document or out of it, and of listeners, once what is garbage is gone."""
    client = page.context.new_cdp_session(page)
    client.send("HeapProfiler.collectGarbage")
    found = client.send("Memory.getDOMCounters")
    client.detach()
    return found["nodes"], found["jsEventListeners"]


def drag(page, handle, track, fractions):
    """Drag a slider by its handle to places on its track, all the while with the button down."""
    handle.hover()  # once it has come to rest
    box = track.bounding_box()
    page.mouse.down()
    for fraction in fractions:
        page.mouse.move(box["x"] + fraction * box["width"], box["y"] + box["height"] / 2)
    page.mouse.up()


@pytest.fixture(params=MAKERS)
def shown(lab_page, request):
    """An explorer at its default settings."""
    yield Shown(lab_page, request.param)
    nobody_complains(lab_page)


def nobody_complains(page):
    complaints, page.complaints = page.complaints, []
    assert complaints == []
    assert page.evaluate("() => window.said.splice(0)") == []


def test_every_control_has_a_name(shown):
    for name in shown.own.controls:
        expect(shown.control(name)).to_have_count(1)
    for name in shown.sliders:
        beside = shown.root.locator(".widget-slider").nth(shown.sliders.index(name)).locator(".widget-readout")
        assert shown.control(name).get_attribute("aria-valuetext") == beside.inner_text()
        expect(shown.typed(name)).to_have_count(1 if name in shown.typable else 0)
    for button in shown.buttons:
        expect(shown.root.get_by_role("button", name=button.description, exact=True)).to_have_count(1)
    count = {role: shown.root.get_by_role(role).count() for role in ("slider", "textbox", "combobox", "button")}
    lists = len(shown.own.controls) - len(shown.sliders)
    want = {"slider": len(shown.sliders), "textbox": len(shown.typable), "combobox": lists}
    assert count == want | {"button": len(shown.buttons)}


def test_tab_reaches_everything_and_shows_where_it_is(shown):
    want = []
    for name, control in shown.own.controls.items():
        want.append(control.description)
        want += [f"{control.description}, typed"] if name in shown.typable else []
    want += [button.description for button in shown.buttons]
    want += shown.card.locator(".scroll").evaluate_all("boxes => boxes.map(box => box.getAttribute('aria-label'))")
    shown.root.locator(":scope").evaluate("root => { root.tabIndex = -1; root.focus(); }")
    got = []
    for _ in range(len(want)):
        shown.page.keyboard.press("Tab")
        focus = shown.page.locator(":focus")
        got.append(focus.evaluate(NAME_OF))
        style, width, colour = focus.evaluate(OUTLINE)
        assert (style, width) == ("solid", 3), got[-1]
        assert min(contrast(hex_of(colour), theme) for theme in ("#ffffff", "#111111")) >= 3
    assert got == want
    shown.page.keyboard.press("Tab")
    assert not shown.root.evaluate("root => root.contains(document.activeElement)")  # it is no trap


def test_keyboard_alone_moves_every_control(shown):
    take_steps(shown)
    for name, control in shown.own.controls.items():
        there = shown.control(name)
        there.focus()
        if isinstance(control, Dropdown):
            before = control.index
            shown.changes(lambda: shown.page.keyboard.press("ArrowDown"))
            assert control.index == before + 1
        else:
            low, high = ends_of(control)
            keys = {"End": high, "Home": low} if control.value != high else {"Home": low, "End": high}
            for key, want in keys.items():
                assert shown.changes(partial(shown.page.keyboard.press, key), name) == want
            key = "ArrowRight" if control.value == low else "ArrowLeft"
            assert shown.changes(partial(shown.page.keyboard.press, key), name) == next_to(control, want)
        assert shown.has_focus(there)
    shown.is_said()


def test_mouse_moves_every_control(shown):
    take_steps(shown)
    for name, control in shown.own.controls.items():
        there = shown.control(name)
        if isinstance(control, Dropdown):
            there.select_option(index=len(control._options_full) - 1)
            shown.is_followed()
            assert control.index == len(control._options_full) - 1
            continue
        track = shown.track(name)
        low, high = ends_of(control)
        shown.changes(track.click)
        assert low < control.value < high
        for fraction, want in ((1.2, high), (-0.2, low)):
            assert shown.changes(partial(drag, shown.page, there, track, [fraction]), name) == want


def test_a_number_can_be_typed(shown):
    take_steps(shown)
    for name in shown.typable:
        control = shown.own.controls[name]
        low, high = ends_of(control)
        box = shown.typed(name)
        inside = low + (high - low) // 2 if isinstance(low, int) else round((low + high) / 2 + control.step, 3)
        for typed, want in ((str(inside), inside), ("99999", high), ("-5", low)):
            if control.value == want:
                continue
            box.focus()
            shown.page.keyboard.press("ControlOrMeta+a")
            shown.page.keyboard.type(typed)
            assert shown.changes(partial(shown.page.keyboard.press, "Enter"), name) == pytest.approx(want)
        box.focus()
        shown.page.keyboard.press("ControlOrMeta+a")
        shown.page.keyboard.type("<b>x</b>")
        shown.page.keyboard.press("Enter")
        expect(box).to_have_text(told(control, low))
        shown.is_followed()
        assert control.value == low


def by_mouse(button):
    button.click()


def by_space(button):
    button.press("Space")


def by_enter(button):
    button.press("Enter")


@pytest.mark.parametrize("shown", ["backward"], indirect=True)
def test_back_step_and_reset_walk_through_the_steps(shown):
    walks = {by_mouse: "back back forth reset", by_space: "forth forth back reset", by_enter: "forth forth back reset"}
    moves = [(press, button) for press, walk in walks.items() for button in walk.split()]
    got = [shown.changes(partial(press, shown.button(button)), "step") for press, button in moves]
    assert got == [16, 15, 16, 0, 1, 2, 1, 0, 1, 2, 1, 0]
    shown.is_said()


@pytest.mark.parametrize("shown", ["backward"], indirect=True)
def test_play_walks_to_the_end_and_can_be_paused(shown):
    words = shown.card.locator(".words")
    shown.button("reset").press("Enter")
    expect(words).to_contain_text("Step 0 of 17")
    shown.do("e.view.pause = 20")
    play = shown.button("play").element_handle()
    play.press("Enter")
    expect(words).to_contain_text("Step 17 of 17")
    shown.is_at_rest()
    shown.is_followed()
    assert shown.has_focus(play)

    shown.play_only(3)
    play.press("Space")  # from the last step it begins anew
    expect(shown.root.get_by_role("button", name="Pause")).to_have_count(1)
    expect(words).to_contain_text("Step 3 of 17")
    play.press("Space")
    shown.is_at_rest()
    shown.is_followed()
    assert shown.own.settings["step"] == 3


@pytest.mark.parametrize("shown", ["backward"], indirect=True)
def test_settings_turned_while_it_plays_keep_the_place_and_the_focus(shown):
    shown.button("reset").click()
    expect(shown.card.locator(".words")).to_contain_text("Step 0 of 17")
    slider = shown.control("weight_decay")
    shown.play_only(12, pause=60)
    shown.button("play").click()
    slider.focus()
    for key in ["ArrowRight"] * 10 + ["ArrowLeft"] * 3:
        shown.page.keyboard.press(key)
    expect(shown.card.locator(".words")).to_contain_text("Step 12 of 17")
    shown.is_followed()
    assert shown.own.settings["weight_decay"] == pytest.approx(0.17)
    shown.play_only(99)
    expect(shown.card.locator(".words")).to_contain_text("Step 17 of 17")
    shown.is_at_rest()
    shown.is_followed()
    assert shown.has_focus(slider)
    assert shown.own.settings["weight_decay"] == pytest.approx(0.17)


def test_a_page_at_rest_asks_for_nothing(lab_page):
    alone = lab_page.locator(".jp-OutputArea-output").last
    expect(alone.locator(".said")).to_have_text(alone.locator(".words").inner_text())
    expect(alone.locator(".explorer")).to_have_count(0)
    lab_page.evaluate("() => { window.ours = []; }")
    lab_page.wait_for_timeout(300)
    assert lab_page.evaluate("() => window.ours") == []


def test_an_explorer_shown_twice_has_one_clock_and_stops_when_all_are_closed(lab_page):
    twins = lab_page.locator(".explorer").nth(len(MAKERS)), lab_page.locator(".explorer").nth(len(MAKERS) + 1)
    alone = lab_page.locator(".card").last
    cells = [lab_page.locator(".jp-CodeCell").nth(len(MAKERS) + k) for k in range(3)]
    pause = 0.1

    def come_to(step, *cards):
        for card in cards:
            expect(card.locator(".words")).to_contain_text(f"Step {step} of 17")
            assert settled(lab_page, lambda card=card: card.evaluate(SAME, ask(lab_page, "twin", "e.view.html")), True)

    def play_on(ticks):
        do(lab_page, "twin", PLAY_ONLY.format(ticks=ticks, pause=round(1000 * pause)))

    def close(cell):
        cell.click(position={"x": 5, "y": 5})
        lab_page.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-cell-output')")
        expect(cell.locator(".card")).to_have_count(0)

    do(lab_page, "twin", "e.reset.click()")
    play_on(4)
    twins[1].get_by_role("button", name="Play").click()
    come_to(4, twins[0].locator(".card"), twins[1].locator(".card"), alone)
    ticked = ask(lab_page, "twin", "e.ticked")
    assert all(after - before > 0.9 * pause for before, after in zip(ticked, ticked[1:], strict=False))
    for cell, step in ((cells[0], 6), (cells[2], 8)):
        close(cell)
        play_on(2)
        come_to(step, lab_page.locator(".card").nth(len(MAKERS)))
    close(cells[1])
    play_on(2)
    lab_page.wait_for_timeout(5 * 1000 * pause)
    assert ask(lab_page, "twin", "[e.view.playing, e.step.value]") == [True, 8]
    lab_page.keyboard.press("Control+Enter")  # whoever shows it again sees it play on
    come_to(10, lab_page.locator(".card").nth(len(MAKERS)))
    do(lab_page, "twin", "e.reset.click()")
    nobody_complains(lab_page)


@pytest.mark.parametrize("shown", ["backward"], indirect=True)
def test_every_entry_is_checked_on_request_until_a_setting_moves(shown):
    title = shown.card.get_by_role("heading", name="Every entry against central differences")
    expect(title).to_have_count(0)
    shown.button("check").press("Enter")
    expect(title).to_have_count(1)
    expect(shown.card.locator(".scroll code")).to_contain_text("Every array agrees.")
    shown.own.check.click()
    assert shown.card.evaluate(SAME, shown.own.view.html)
    shown.control("weight_decay").press("ArrowRight")
    expect(title).to_have_count(0)
    shown.is_followed()


@pytest.mark.parametrize("shown", ["training"], indirect=True)
def test_training_plays_steps_pauses_and_begins_anew(shown):
    words = shown.card.locator(".words")
    for key, steps in (("Space", 1), ("Enter", 2)):
        shown.button("forth").press(key)
        shown.own.forth.click()
        expect(words).to_contain_text(f"{steps} step")
        shown.is_followed()
    shown.play_only(3)
    shown.button("play").press("Enter")
    expect(shown.root.get_by_role("button", name="Pause")).to_have_count(1)
    slider = shown.control("weight_decay")
    slider.focus()
    expect(words).to_have_text(re.compile("^32 steps"))
    shown.page.keyboard.press("ArrowRight")
    expect(shown.card.locator("svg").filter(has_text="λ 0 → 0.001")).to_have_count(1)
    shown.play_only(2)
    expect(words).to_have_text(re.compile("^52 steps"))
    assert shown.has_focus(slider)
    shown.root.get_by_role("button", name="Pause").press("Enter")
    shown.is_at_rest()
    assert shown.ask("[e.state['steps'], e.state['marks']]") == [52, [[32, "weight_decay", 0, 0.001]]]
    # The same run here: what the page shows in the end is what such a run comes to.
    for _ in range(3):
        shown.own.run.advance(10)
    shown.own.weight_decay.value = 0.001
    for _ in range(2):
        shown.own.run.advance(10)
    shown.own.refresh()
    shown.is_followed()
    shown.is_said()
    shown.button("reset").press("Space")
    shown.own.reset.click()
    expect(words).to_contain_text("0 steps")
    shown.is_followed()


def test_moves_without_a_rest_leave_nothing_stale_and_nothing_behind(shown):
    def moves():
        name = shown.sliders[0]
        handle = shown.control(name)
        handle.focus()
        for key in ["End", "Home"] * 2 + ["ArrowRight"] * 4 + ["PageUp", "ArrowLeft"]:
            shown.page.keyboard.press(key)
        up = [k / 5 for k in range(-1, 7)]
        drag(shown.page, handle, shown.track(name), [*up, *reversed(up), 0.4])
        shown.is_followed()
        shown.set(start)
        shown.is_said()
        return shown.card.evaluate("card => card.querySelectorAll('*').length"), *counters(shown.page)

    take_steps(shown)
    start = shown.own.settings
    elements, nodes, listeners = moves()
    after = moves()
    assert after[0] == elements
    assert after[1] - nodes < 50  # of two dozen pages
    assert after[2] - listeners < 50


def test_nothing_is_cut_off_at_any_size_and_any_settings(shown):
    take_steps(shown, 1)
    for settings in (shown.own.settings, *shown.extremes()):
        shown.set(settings)
        take_steps(shown, 30)
        if shown.name == "backward":
            shown.button("check").click()
            expect(shown.card.locator(".scroll code")).to_have_count(1)
        for width in (1100, 800):
            shown.page.set_viewport_size({"width": width, "height": 1000})
            assert cut_off(shown.root) == [], (settings, width)
    shown.page.set_viewport_size({"width": 1100, "height": 1000})


def test_everything_is_legible_in_both_themes(lab_page):
    shown = [Shown(lab_page, name) for name in MAKERS]
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        lab_page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
        dark = theme.endswith("Dark")
        expect(lab_page.locator("body")).to_have_attribute("data-jp-theme-light", str(not dark).lower())
        # JupyterLab takes its splash away a moment later, and stumbles over a change of theme that comes before.
        expect(lab_page.locator("#jupyterlab-splash")).to_have_count(0)
        assert violations(lab_page, "[data-explorer]") == {}
        for explorer in shown:
            for words, colour in explorer.root.evaluate(INK):
                assert contrast(hex_of(colour), "#ffffff") >= 4.5, (explorer.name, words)
    nobody_complains(lab_page)


# The stepper's file


@pytest.fixture(scope="module")
def stepper_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("stepper") / "stepper.html"
    write(path)
    return path


@pytest.fixture
def stepped(chromium, stepper_file):
    """The file, opened from the disk with the network off."""
    context = chromium.new_context(offline=True, viewport={"width": 1100, "height": 1000})
    page = watched(context.new_page())
    page.goto(stepper_file.as_uri())
    yield page
    assert page.complaints == []
    assert page.requests == [stepper_file.as_uri()]
    context.close()


@cache
def frame(step):
    """Return the words and the page of a step, as the explorer gives them."""
    e = backward_explorer()
    e.step.value = step
    if step == e.step.max:
        e.check.click()
    return e.state["words"], e.view.html.replace("h3>", "h2>")


def is_at(page, step):
    """Check that everything on the page is that of a step."""
    words, html = frame(step)
    expect(page.locator(".words")).to_have_text(words)
    assert page.locator(".card").evaluate(SAME, html)
    expect(page.get_by_role("slider", name="step")).to_have_value(str(step))
    expect(page.get_by_role("status")).to_have_text(str(step))


def test_the_stepper_goes_by_buttons_keys_and_slider(stepped):
    page = stepped
    is_at(page, 0)
    for button, step in (("Back", 0), ("Step", 1), ("Step", 2), ("Back", 1), ("Reset", 0)):
        page.get_by_role("button", name=re.compile(button)).click()
        is_at(page, step)
    page.locator("body").click(position={"x": 1, "y": 1})
    for key, step in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("Control+ArrowRight", 1)):
        page.keyboard.press(key)
        is_at(page, step)
    slider = page.get_by_role("slider", name="step")
    for key, step in (("ArrowRight", 2), ("End", 17), ("ArrowRight", 17), ("ArrowLeft", 16), ("Home", 0)):
        slider.press(key)
        is_at(page, step)
    box = slider.bounding_box()
    slider.click(position={"x": box["width"] - 2, "y": box["height"] / 2})
    is_at(page, 17)
    expect(page.locator("[aria-live=polite]")).to_have_text(page.locator(".words").inner_text())


def test_every_frame_of_the_stepper_is_a_step(stepped):
    for step in range(18):
        is_at(stepped, step)
        stepped.keyboard.press("ArrowRight")


def test_the_stepper_plays_and_pauses(stepped):
    page = stepped
    page.clock.install(time=0)
    page.clock.pause_at(3600)  # or the clock would go on by itself as well
    play = page.get_by_role("button", name="Play")
    play.press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_be_focused()
    page.clock.run_for(2000)
    is_at(page, 2)
    page.keyboard.press("Space")
    expect(play).to_be_focused()
    page.clock.run_for(5000)
    is_at(page, 2)
    page.keyboard.press("Enter")
    page.clock.run_for(20_000)
    is_at(page, 17)
    expect(play).to_be_focused()
    page.keyboard.press("Enter")  # begins anew
    page.clock.run_for(1000)
    is_at(page, 1)
    for button, step in (("Step", 2), ("Back", 2), ("Reset", 0)):  # each takes over
        page.get_by_role("button", name=button).click()
        page.clock.run_for(5000)
        is_at(page, step)
        play.click()
        page.clock.run_for(1000)
        is_at(page, step + 1)


def test_tab_reaches_everything_in_the_stepper(stepped):
    page = stepped
    page.keyboard.press("ArrowRight")
    want = ["◀ Back", "Step ▶", "Play", "Reset", "step 1"]
    want += page.locator(".scroll").evaluate_all("boxes => boxes.map(box => box.getAttribute('aria-label'))")
    got = []
    for _ in want:
        page.keyboard.press("Tab")
        focus = page.locator(":focus")
        got.append(" ".join(focus.evaluate(NAME_OF).split()))
        style, width, colour = focus.evaluate(OUTLINE)
        assert style != "none", got[-1]
        assert width >= 1
    assert got == want


@pytest.mark.parametrize("width", [1100, 400])
def test_the_stepper_is_legible_and_nothing_is_cut_off(stepped, width):
    page = stepped
    page.set_viewport_size({"width": width, "height": 1000})
    for key in ("Home", "ArrowRight", "End"):
        page.get_by_role("slider", name="step").press(key)
        assert cut_off(page.locator("main")) == [], key
        assert key == "Home" or violations(page, "body") == {}
        for words, colour in page.locator("main").evaluate(INK):
            assert contrast(hex_of(colour), "#ffffff") >= 4.5, words
