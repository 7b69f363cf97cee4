"""The site that `make site` writes: complete, legible, and without a request to another host."""

import functools
import json
import re
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from lab import new_page, settled, violations, watched
from playwright.sync_api import expect
from serving import SAME_BUT_ERRORS, SITE, reach_python, served
from test_browser import explorers_of, pictures_of
from test_explorers_in_browser import CUT_OFF, SAME
from test_notebooks import NOTEBOOKS, Images, headings, read
from test_release import VERSION

from helpers import language
from helpers.explorers.answers import Answers
from tools import browser, site

pytestmark = pytest.mark.site
OWN = ("genindex", "search")  # pages that Sphinx adds
PAGES = [p for p in sorted(SITE.rglob("*.html")) if not {"_static", "lite"} & {*p.parts} and p.stem not in OWN]
every_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(SITE).as_posix())
WORKSHEET = "worksheets/worksheet-1-key"
EXPLORERS = ("forward", "backward", "training", "memory", "program")


@pytest.fixture(scope="module")
def address():
    with served() as address:
        yield address


@pytest.fixture(scope="module")
def page(chromium):
    """A page into which no Python comes."""
    page = new_page(chromium, 1100, 900)
    page.route("**/python.json", lambda route: route.fulfill(body="{}"))
    yield page
    page.close()


@pytest.fixture
def waking(chromium):
    """A page that looks for Python."""
    page = new_page(chromium, 1100, 900)
    yield page
    page.close()


def opened(page, address, path):
    page.complaints.clear()
    page.requests.clear()
    page.goto(address + Path(path).relative_to(SITE).as_posix())
    page.wait_for_load_state("networkidle")


def nothing_is_wrong(page, address):
    assert [url for url in page.requests if not url.startswith((address, "data:", "blob:"))] == []
    assert page.complaints == []


@pytest.mark.parametrize("folder", ["", "zh/"])
def test_it_has_a_page_for_everything(folder):
    assert PAGES, "make site"
    there = SITE / folder
    names = {path.relative_to(there).as_posix() for path in PAGES if path.is_relative_to(there)}
    assert {f"notebooks/{path.stem}.html" for path in NOTEBOOKS} <= names
    assert {f"explorers/{name}.html" for name in EXPLORERS} <= names
    assert {f"worksheets/worksheet-{seed}{end}.html" for seed in site.SEEDS for end in ("", "-key")} <= names
    assert {f"docs/{name}.html" for name in site.DOCUMENTS} | {"index.html"} <= names


@every_page
def test_a_page_opens_without_a_complaint_and_asks_no_other_host(path, page, address):
    opened(page, address, path)
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang")
    nothing_is_wrong(page, address)


@pytest.mark.parametrize("name", ["index", "zh/index"])
def test_the_foot_of_a_page_names_the_version(name):
    assert VERSION in re.search("(?s)<footer.*", (SITE / f"{name}.html").read_text(encoding="utf-8"))[0]


@functools.cache
def ids(path):
    return set(re.findall(r'\b(?:id|name)="([^"]+)"', path.read_text(encoding="utf-8")))


@every_page
def test_every_link_leads_to_a_page_and_a_place_in_it(path):
    text = re.sub(r"(?s)<script.*?</script>", "", path.read_text(encoding="utf-8"))
    lost = []
    for link in re.findall(r'<a\b[^>]*?href="([^"]*)"', text):
        name, anchor = urldefrag(unquote(link.replace("&amp;", "&")).partition("?")[0])
        if re.match(r"[a-z]+:", name):
            continue
        target = (path.parent / name).resolve() if name else path
        if not target.is_file() or (anchor and anchor not in ids(target)):
            lost.append(link)
    assert lost == []


def plain(text):
    return re.sub(r"\W+", " ", re.sub(r"\$[^$]*\$|[`*]|\[([^]]*)\]\([^)]*\)", r"\1", text)).strip()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebooks_page_has_its_headings_its_code_and_its_pictures(path, page, address):
    notebook = read(path)
    target = SITE / "notebooks" / f"{path.stem}.html"
    html = target.read_text(encoding="utf-8")
    assert [alt for alt in Images(html).alts if alt in pictures_of(notebook)] == pictures_of(notebook)
    opened(page, address, target)
    shown = page.locator("h1, h2, h3, h4").all_inner_texts()
    shown = {plain(re.sub(r"#$", "", words)) for words in shown}
    assert [h for h in headings(notebook) if "$" not in h and plain(h) not in shown] == []
    assert page.locator("div.cell_input").count() == sum(cell.cell_type == "code" for cell in notebook.cells)
    assert page.get_by_text("$$").count() == 0
    explorers = len(explorers_of(notebook))
    assert page.get_by_role("link", name=site.SENTENCES["sliders"]).count() == explorers
    assert page.get_by_text(site.STATIC).count() == 0
    for summary in page.locator("details summary").all()[:2]:
        summary.click()
        assert summary.evaluate("summary => summary.parentElement.open")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("folder", ["", "zh/"])
@pytest.mark.parametrize(
    "name", ["index", "lessons", "notebooks/01_forward_propagation", "explorers/backward", "docs/terms", WORKSHEET]
)
def test_pages_are_accessible(name, folder, theme, chromium, address):
    page = new_page(chromium, 1100, 900)
    page.emulate_media(color_scheme=theme)
    opened(page, address, SITE / f"{folder}{name}.html")
    found = violations(page, "body" if name == WORKSHEET else "main")
    page.close()
    assert found == {}


@pytest.mark.parametrize("width", [320, 800, 1400])
def test_no_page_is_wider_than_the_screen(width, chromium, address):
    page = new_page(chromium, width, 900)
    wide = []
    for path in PAGES:
        if path.parent.name != "worksheets":  # they are paper
            opened(page, address, path)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
                wide.append(path.name)
    page.close()
    assert wide == []


# Explorers, without Python.


@functools.cache
def explorer(name):
    return site.Page(name)


class Moved:
    """An explorer's page without Python, and the settings that it should show."""

    def __init__(self, page, address, name):
        opened(page, address, SITE / "explorers" / f"{name}.html")
        self.page, self.shown = page, explorer(name)
        self.controls = [*self.shown.arguments, *self.shown.controls]
        self.at = {c["name"]: c["values"].index(c["start"]) for c in self.controls}
        expect(page.locator(".frames .control")).to_have_count(len(self.at))
        self.is_right()

    def is_right(self):
        settings = self.shown.settings_at([c["values"][self.at[c["name"]]] for c in self.controls])
        card = self.page.locator(".frames .card")
        assert settled(self.page, lambda: card.evaluate(SAME, self.shown.answer(settings)["html"]), True)

    def move(self, c):
        control = self.page.locator(f'.frames [name="{c["name"]}"]')
        self.at[c["name"]] = (self.at[c["name"]] + 1) % len(c["values"])
        if not c["ordered"]:
            control.select_option(c["texts"][self.at[c["name"]]])
        elif self.at[c["name"]]:
            control.press("ArrowRight")
        else:
            control.press("Home")
        self.is_right()

    def drag(self, c):
        """Click at the left end of a slider."""
        control = self.page.locator(f'.frames [name="{c["name"]}"]')
        control.click(position={"x": 2, "y": control.bounding_box()["height"] / 2})
        self.at[c["name"]] = 0
        self.is_right()


@pytest.mark.parametrize("name", EXPLORERS)
def test_an_explorer_shows_what_python_computes_at_each_setting_that_it_is_moved_to(name, page, address):
    moved = Moved(page, address, name)
    several = [c for c in moved.controls if len(c["values"]) > 1]
    for c in [*several, *several]:
        moved.move(c)
    for c in several:
        if c["ordered"]:
            moved.drag(c)
    expect(page.get_by_role("status").first).to_have_text(site.STATES["absent"])
    nothing_is_wrong(page, address)


def test_the_explorer_on_the_first_page_walks_and_loads_no_python(page, address):
    opened(page, address, SITE / "index.html")
    page.get_by_role("button", name="Step ▶").click()
    page.get_by_role("button", name="Step ▶").click()
    card = page.locator(".frames .card")
    assert settled(page, lambda: card.evaluate(SAME, explorer("backward").answer({"step": 2})["html"]), True)
    assert not [url for url in page.requests if "python" in url]
    nothing_is_wrong(page, address)


@pytest.mark.parametrize("name", ["backward", "program"])
def test_the_buttons_walk(name, page, address):
    moved = Moved(page, address, name)
    for button, step in (("Step ▶", 1), ("Step ▶", 2), ("◀ Back", 1), ("Reset", 0)):
        page.get_by_role("button", name=button, exact=True).click()
        moved.at["step"] = step
        moved.is_right()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator(".frames output").last).to_have_text("2")
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


@pytest.mark.parametrize("name", EXPLORERS)
def test_nothing_of_an_explorer_is_cut_off_in_chinese(name, chromium, address):
    page = new_page(chromium, 800, 900)
    page.route("**/python.json", lambda route: route.fulfill(body="{}"))
    opened(page, address, SITE / "zh" / "explorers" / f"{name}.html")
    expect(page.locator(".frames .control").first).to_be_visible()
    card = page.locator(".frames .card")
    assert re.search("[\u4e00-\u9fff]", card.inner_text())
    assert settled(page, lambda: card.evaluate(CUT_OFF), [], 5) == []
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    page.close()


def test_an_explorer_that_cannot_be_loaded_says_so_and_keeps_its_picture(page, address):
    page.route("**/*.json.gz", lambda route: route.abort())
    opened(page, address, SITE / "explorers" / "backward.html")
    expect(page.get_by_text(site.SENTENCES["failed"])).to_be_visible()
    assert page.locator(".frames .card svg").count() >= 1
    page.unroute("**/*.json.gz")


WAKE = f"Wake Python up ({browser.STACK['megabytes']} MB)"


@pytest.mark.parametrize("missing", ["**/python/pyodide.mjs", "**/python/helpers.zip", "**/_static/python.js"])
def test_where_python_does_not_come_the_page_stays_what_it_was_and_says_so(missing, waking, address):
    waking.route(missing, lambda route: route.abort())
    moved = Moved(waking, address, "backward")
    expect(waking.get_by_role("status").first).to_have_text(site.STATES["failed"])
    for c in moved.controls:
        moved.move(c)
    expect(waking.get_by_role("button", name=WAKE)).to_be_visible()


def test_where_data_are_saved_python_comes_when_it_is_asked_for(waking, address):
    waking.route("**/python/*", lambda route: route.abort())
    waking.add_init_script("Object.defineProperty(navigator, 'connection', { value: { saveData: true } })")
    opened(waking, address, SITE / "explorers" / "backward.html")
    state = waking.get_by_role("status").first
    expect(state).to_have_text(site.STATES["saving"])
    assert not [url for url in waking.requests if "/python/" in url]
    waking.get_by_role("button", name=WAKE).click()
    expect(state).to_have_text(site.STATES["failed"])
    assert [url for url in waking.requests if "/python/" in url]


# Explorers, with Python.


@pytest.fixture(scope="module")
def awake(chromium, address):
    """A function that opens an explorer's page and waits until Python is awake."""
    pages = []

    def open_awake(name, again=False):
        if not again:  # the page of the last test makes room for one that remembers nothing
            for page in pages:
                page.context.close()
            context = chromium.new_context(viewport={"width": 1100, "height": 900})
            reach_python(context)
            pages[:] = [watched(context.new_page())]
            pages[0].add_init_script(KEEP_WORKER)
        (page,) = pages
        opened(page, address, SITE / "explorers" / f"{name}.html")
        expect(page.get_by_role("status").first).to_have_text(re.compile("^Python is awake"), timeout=120_000)
        return page

    yield open_awake
    for page in pages:
        page.context.close()


KEEP_WORKER = "window.Worker = class extends Worker { constructor(...of) { super(...of); window.python = this; } }"


class Live:
    """An explorer's page with Python, and the same function here, which is asked the same."""

    def __init__(self, page, name):
        self.page, self.name, self.answers = page, name, Answers()
        self.settings = explorer(name).settings | site.STARTS.get(name, {})
        first = self.answer()
        self.controls = {c["name"]: c for c in [*first.get("arguments", ()), *first["controls"]]}
        self.owned = [c["name"] for c in first.get("arguments", ())]
        starts = {c["name"]: c["start"] for c in first["controls"]} | site.STARTS.get(name, {})
        self.settings = starts | self.settings
        self.is_right()

    def answer(self, **more):
        return json.loads(self.answers(self.name, json.dumps(self.settings | more)))

    def is_right(self, **more):
        answer = self.answer(**more)
        card = self.page.locator(".frames .card")
        assert settled(self.page, lambda: card.evaluate(SAME_BUT_ERRORS, answer["html"]), True)
        assert self.page.complaints == []

    def control(self, name):
        return self.page.locator(f'.frames .control:has([name="{name}"])')

    def put(self, name, value):
        """Set a control by the keyboard, and look."""
        c, place = self.controls[name], self.control(name)
        if c["kind"] == "Range":
            place.get_by_label(site.STATES["typed"].format(label=c["label"])).fill(str(value))
            place.locator("[type=number]").press("Enter")
        elif c["kind"] == "Line":
            place.locator("input").fill(value)
            place.locator("input").press("Enter")
        elif c["ordered"]:
            place.locator("input[type=range]").press("Home")
            for _ in range(c["values"].index(value)):
                place.locator("input[type=range]").press("ArrowRight")
        else:
            place.locator("select").select_option(c["texts"][c["values"].index(value)])
        if name in self.owned:
            self.settings["arguments"] = self.settings["arguments"] | {name: str(value)}
        else:
            self.settings[name] = value
        self.is_right()


NEW = {  # settings that no frame has
    "forward": {"hidden": 13, "weight_decay": 0.37, "activation": "relu", "example": 41},
    "backward": {"hidden": 5, "weight_decay": 0.123, "activation": "sigmoid", "step": 17},
    "memory": {"depth": 11, "width": 64, "batch": 4, "dtype": "float64", "limit": 24},
    "training": {
        "hidden": 9,
        "weight_decay": 0.013,
        "learning_rate": 0.2,
        "activation": "relu",
        "data": "digits",
        "step": 60,
    },
    "program": {"x": "[[1.0], [2.0], [3.0], [4.0]]", "weight_decay": 0.15, "step": 11},
}


@pytest.mark.parametrize("name", EXPLORERS)
def test_with_python_every_setting_can_be_set(name, awake, address):
    live = Live(awake(name), name)
    for control, value in NEW[name].items():
        live.put(control, value)
    nothing_is_wrong(live.page, address)
    assert violations(live.page, "main") == {}


@pytest.mark.parametrize("name", ["backward", "program"])
def test_with_python_every_entry_is_checked(name, awake):
    live = Live(awake(name), name)
    live.put("step", 7)
    live.page.get_by_role("button", name="Check every entry").click()
    live.is_right(check=True)
    expect(live.page.get_by_role("heading", name="Every entry against central differences")).to_be_visible()
    live.put("step", 8)  # the check was of other settings


def test_with_python_a_run_goes_on_when_its_step_rises(awake):
    live = Live(awake("training"), "training")
    live.put("data", "digits")
    for step in (20, 60, 300, 280):
        live.put("step", step)
    live.page.get_by_role("button", name="Step ▶").click()
    live.settings["step"] = 300
    live.is_right()
    live.page.get_by_role("button", name="Play", exact=True).click()
    step = live.control("step").locator("[type=number]")
    expect(step).to_have_value(re.compile(r"[4-9]\d\d|\d{4}"))
    live.page.get_by_role("button", name="Pause", exact=True).click()
    live.settings["step"] = int(step.input_value())
    live.is_right()


def test_with_python_the_newest_of_many_moves_is_shown(awake):
    live = Live(awake("forward"), "forward")
    slider = live.control("hidden").locator("[type=range]")
    for _ in range(40):
        slider.press("ArrowRight", no_wait_after=True)
    live.settings["hidden"] = 16 + 40
    live.is_right()


def test_controls_keep_what_is_set_and_the_focus_when_python_wakes(awake, address):
    page = awake("forward")
    page.goto("about:blank")
    page.add_init_script(HOLD)
    page.goto(f"{address}explorers/forward.html")
    slider = page.locator('.frames [name="weight_decay"]')
    slider.press("ArrowRight")
    expect(page.locator(".frames output").nth(1)).to_have_text("0.2")
    page.evaluate("release()")
    expect(page.get_by_role("status").first).to_have_text(site.STATES["awake"], timeout=60_000)
    expect(slider).to_be_focused()
    expect(slider).to_have_value("0.2")
    expect(slider).to_have_attribute("step", "0.01")


# Python begins to load when the test says so.
HOLD = "window.requestIdleCallback = callback => { window.release = callback; };"


def test_when_python_dies_the_page_says_so_and_goes_back(awake):
    live = Live(awake("forward"), "forward")
    live.put("hidden", 13)
    live.page.evaluate("window.python.dispatchEvent(new ErrorEvent('error', { message: 'gone' }))")
    expect(live.page.get_by_role("status").first).to_have_text(site.STATES["died"])
    live.settings["hidden"] = 16  # the nearest one that was computed before
    live.is_right()
    live.page.get_by_role("button", name=re.compile("^Wake Python up")).click()
    expect(live.page.get_by_role("status").first).to_have_text(site.STATES["awake"], timeout=60_000)
    live.put("hidden", 14)


PROGRAM = """def own(x, k):
    a = np.exp(x) * k
    return np.sum(a)
"""


def write(live, program):
    live.page.get_by_label(site.STATES["program"]).fill(program)
    live.settings["program"] = program


def problem(live):
    return live.page.locator(".frames .problem")


def test_a_program_that_is_written_is_shown(awake):
    live = Live(awake("program"), "program")
    write(live, PROGRAM)
    expect(problem(live)).to_contain_text("k has no value yet")
    live.settings["arguments"] = live.settings["arguments"] | {"k": "[[1.0], [2.0], [3.0], [<b>]]"}
    line = live.control("k").locator("input")
    line.fill(live.settings["arguments"]["k"])
    line.press("Enter")
    expect(problem(live)).to_contain_text("k: expected numbers such as [1.0, 2.0], got [[1.0], [2.0], [3.0], [<b>]]")
    line.fill("0.5")
    line.press("Enter")
    live.settings["arguments"] = live.settings["arguments"] | {"k": "0.5"}
    live.is_right()
    expect(problem(live)).to_have_text("")
    live.controls |= {c["name"]: c for c in live.answer()["arguments"]}
    live.owned = ["x", "k"]
    live.put("k", 0.25)
    live.put("step", 3)


def test_what_a_program_raises_is_told_and_the_picture_stays(awake):
    live = Live(awake("program"), "program")
    first = live.settings["program"]
    for program, said in (
        ("def f(x):\n    return x +", "line 2, SyntaxError: "),
        ("def f(x):\n    raise ValueError('<b>no</b>')", "line 2, ValueError: <b>no</b>"),
        ("def f(x): return f(x)", "line 1, RecursionError"),
        ("def f(x):\n    if x > 0:\n        return x", "line 2, "),
        ("x = 3", "the program defines no function"),
    ):
        live.page.get_by_label(site.STATES["program"]).fill(program)
        expect(problem(live)).to_contain_text(said)
        live.is_right()
        expect(live.page.get_by_label(site.STATES["program"])).to_have_value(program)
    write(live, first)
    expect(problem(live)).to_have_text("")


def test_a_loop_for_ever_can_be_stopped_and_what_was_written_stays(awake):
    live = Live(awake("program"), "program")
    before, endless = dict(live.settings), "def f(x):\n    while True:\n        pass"
    editor = live.page.get_by_label(site.STATES["program"])
    write(live, endless)
    live.page.get_by_role("button", name="Stop").click()
    state = live.page.get_by_role("status").first
    expect(state).to_have_text(site.STATES["held"], timeout=60_000)
    expect(editor).to_have_value(endless)
    live.settings = dict(before)
    live.is_right()
    live.put("step", 3)  # of the picture that stands there
    write(live, "def f(x):\n    return np.sum(x * x)")
    live.is_right()
    live.page = awake("program", again=True)
    expect(state).to_have_text(site.STATES["back again"])
    expect(live.page.get_by_label(site.STATES["program"])).to_have_value(live.settings["program"])
    live.settings["step"] = 0
    live.is_right()
    live.page.get_by_role("button", name=site.STATES["first"]).click()
    live.settings = before
    live.is_right()
    expect(editor).to_have_value(before["program"])


@pytest.mark.parametrize("name", EXPLORERS)
def test_no_page_with_python_is_wider_than_the_screen(name, awake):
    page = awake(name)
    for width in (360, 800, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")
        assert page.locator(".frames select").evaluate_all("all => all.every(e => e.scrollWidth <= e.clientWidth)")


def test_every_page_of_frames_is_small():
    for path in (SITE / "_static").glob("*.json.gz"):
        assert path.stat().st_size < 2_000_000, path.name


@pytest.mark.parametrize(("folder", "word"), [("", "gradient"), ("zh/", "反向传播")])
def test_search_finds_a_word(folder, word, page, address):
    page.goto(urljoin(address, f"{folder}search.html?q={word}"))
    expect(page.locator("#search-results li").first).to_be_visible()


def test_with_python_a_chinese_page_answers_in_chinese(chromium, address):
    context = chromium.new_context(viewport={"width": 1100, "height": 900})
    reach_python(context)
    page = watched(context.new_page())
    opened(page, address, SITE / "zh" / "explorers" / "backward.html")
    language("zh")
    try:
        awake = site.STATES["awake"]
        due = json.loads(Answers()("backward", '{"hidden": 3, "step": 0}'))["html"]
    finally:
        language("en")
    expect(page.get_by_role("status").first).to_have_text(awake, timeout=120_000)
    page.locator('.frames [name="hidden"]').press("ArrowRight")
    assert settled(page, lambda: page.locator(".frames .card").evaluate(SAME_BUT_ERRORS, due), True)
    nothing_is_wrong(page, address)
    context.close()
