"""What the tests of the explorers share: how a page is read, and what holds of every page."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

MINUS = "\u2212"
SVG = "{http://www.w3.org/2000/svg}"
VOID = {"meta", "input", "br", "hr", "img", "link"}
FOREIGN = {"rect", "path", "line", "circle", "ellipse", "polygon", "polyline", "image", "mspace"}  # SVG and MathML


class _Balance(HTMLParser):
    """Read HTML as a browser does, and insist on what a browser would mend in silence."""

    def __init__(self):
        super().__init__()
        self.open, self.ids = [], []

    def handle_starttag(self, tag, attributes):
        self.ids += [value for name, value in attributes if name == "id"]
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        assert tag in VOID | FOREIGN, f"<{tag}/> is left open by a browser"
        self.ids += [value for name, value in attributes if name == "id"]

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


def check_html(html):
    """Check that tags are balanced and ids are unique."""
    reader = _Balance()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))


def read(page):
    """Return a page as a tree, after checking what holds of every page."""
    check_html(page)
    root = ElementTree.fromstring(f"<div>{_with_namespace(page)}</div>")
    for picture in root.iter(f"{SVG}svg"):
        assert picture.get("role") == "img"
        assert picture.get("aria-label", "").strip()
    for table in root.iter("table"):
        assert table.get("aria-label", "").strip() or table.findall(".//th")
    assert len(root.findall(".//*[@class='words']")) <= 1
    told = "".join(root.itertext())
    assert not re.search(r"\bnan\b|\binf\b|None|\{|\}", told), "a number or a sentence came out wrong"
    assert f"{MINUS}0 " not in f"{told} ".replace("\n", " ")
    return root


def _with_namespace(page):
    # A browser knows what <svg> is without being told; an XML parser does not.
    return re.sub(r"<svg (?!xmlns)", '<svg xmlns="http://www.w3.org/2000/svg" ', page)


def text_of(element):
    return "".join(element.itertext()).replace("\u200b", "")


def rows_of(table):
    return [[text_of(cell) for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]


def value(shown):
    """Return the number that a text such as −1.2 stands for."""
    return float(shown.replace(MINUS, "-"))


def luminance(colour):
    """Return the relative luminance of a colour, by WCAG 2.2."""
    digits = colour.lstrip("#")
    digits = "".join(2 * c for c in digits) if len(digits) == 3 else digits
    parts = [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    """Return the contrast of two colours, by WCAG 2.2."""
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)
