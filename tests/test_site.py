"""The site that `make site` writes: complete, legible, and without a request to another host."""

import functools
import http.server
import re
import threading
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from lab import new_page, settled, violations
from playwright.sync_api import expect
from test_browser import explorers_of, pictures_of
from test_explorers_in_browser import SAME
from test_notebooks import NOTEBOOKS, ROOT, Images, headings, read

from tools import site

pytestmark = pytest.mark.site
SITE = ROOT / "site"
OWN = ("genindex", "search")  # pages that Sphinx adds
PAGES = [p for p in sorted(SITE.rglob("*.html")) if "_static" not in p.parts and p.stem not in OWN]
every_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(SITE).as_posix())
EXPLORERS = ("forward", "backward", "training", "memory", "program")


@pytest.fixture(scope="module")
def address():
    """A web server for files, as Python brings it."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=SITE)
    handler.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def page(chromium):
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


def test_it_has_a_page_for_everything():
    assert PAGES, "make site"
    names = {path.relative_to(SITE).as_posix() for path in PAGES}
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


@functools.cache
def ids(path):
    return set(re.findall(r'\b(?:id|name)="([^"]+)"', path.read_text(encoding="utf-8")))


@every_page
def test_every_link_leads_to_a_page_and_a_place_in_it(path):
    text = re.sub(r"(?s)<script.*?</script>", "", path.read_text(encoding="utf-8"))
    lost = []
    for link in re.findall(r'<a\b[^>]*?href="([^"]*)"', text):
        name, anchor = urldefrag(unquote(link.replace("&amp;", "&")))
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
@pytest.mark.parametrize("name", ["index", "lessons", "notebooks/01_forward_propagation", "explorers/backward"])
def test_pages_are_accessible(name, theme, chromium, address):
    page = new_page(chromium, 1100, 900)
    page.emulate_media(color_scheme=theme)
    opened(page, address, SITE / f"{name}.html")
    found = violations(page, "main")
    page.close()
    assert found == {}


@pytest.mark.parametrize("width", [360, 800, 1400])
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


# Explorers.


@functools.cache
def explorers():
    return {shown.name: shown for shown in site.explorers()}


class Moved:
    """An explorer's page, and the settings that it should show."""

    def __init__(self, page, address, name):
        opened(page, address, SITE / "explorers" / f"{name}.html")
        self.page, self.shown = page, explorers()[name]
        self.at = {dial.name: dial.start for dial in self.shown.dials}
        expect(page.locator(".frames .settings label")).to_have_count(len(self.at))
        self.is_right()

    def is_right(self):
        values = {dial.name: dial.values[self.at[dial.name]] for dial in self.shown.dials}
        card = self.page.locator(".frames .card")
        assert settled(self.page, lambda: card.evaluate(SAME, self.shown.page(**values)), True)

    def move(self, dial):
        control = self.page.locator(f'.frames [name="{dial.name}"]')
        self.at[dial.name] = (self.at[dial.name] + 1) % len(dial.values)
        if dial.is_list:
            control.select_option(dial.texts[self.at[dial.name]])
        elif self.at[dial.name]:
            control.press("ArrowRight")
        else:
            control.press("Home")
        self.is_right()

    def drag(self, dial):
        """Click at the left end of a slider."""
        control = self.page.locator(f'.frames [name="{dial.name}"]')
        control.click(position={"x": 2, "y": control.bounding_box()["height"] / 2})
        self.at[dial.name] = 0
        self.is_right()


@pytest.mark.parametrize("name", EXPLORERS)
def test_an_explorer_shows_what_python_computes_at_each_setting_that_it_is_moved_to(name, page, address):
    moved = Moved(page, address, name)
    for dial in [*moved.shown.dials, *moved.shown.dials]:
        moved.move(dial)
    for dial in moved.shown.dials:
        if not dial.is_list:
            moved.drag(dial)
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


def test_an_explorer_that_cannot_be_loaded_says_so_and_keeps_its_picture(page, address):
    page.route("**/*.json.gz", lambda route: route.abort())
    opened(page, address, SITE / "explorers" / "backward.html")
    expect(page.get_by_text(site.SENTENCES["failed"])).to_be_visible()
    assert page.locator(".frames .card svg").count() >= 1
    page.unroute("**/*.json.gz")


def test_every_page_of_frames_is_small():
    for path in (SITE / "_static").glob("*.json.gz"):
        assert path.stat().st_size < 2_000_000, path.name


def test_search_finds_a_word(page, address):
    page.goto(urljoin(address, "search.html?q=gradient"))
    expect(page.locator("#search-results li").first).to_be_visible()
