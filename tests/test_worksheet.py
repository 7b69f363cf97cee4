"""`tools.worksheet`: numbers for paper, right ones; a key that explains them; pages that print whole."""

import os
import re
import subprocess
import sys
from fractions import Fraction
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from lab import new_page
from pages import MINUS, SVG, check_html, read, rows_of, text_of, value
from strategies import quick, seeds

from helpers._language import language
from helpers.functions import relu, squared_error
from helpers.network import MLP
from tools.worksheet import CIRCLE, RESULTS, numbers, worksheet, write

ROOT = Path(__file__).parents[1]
TAGS = ("F1", "F2", "F3", "F4", "F5", "F6", "B1", "B2", "B3", "B4", "B5", "B6", "B7")
GIVEN = ("x", "y", "W1", "W2")


def network(n, **changes):
    settings = {"weight_decay": n.weight_decay, "activation": relu, "loss": squared_error} | changes
    weights = [n.given[W].astype(float) for W in ("W1", "W2")]
    return MLP(*weights, **settings)


def by_hand(n):
    """All values in fractions, by sums over entries: another program, and no rounding."""
    x, y, W1, W2 = (n.given[name].tolist() for name in GIVEN)
    lam = Fraction(str(n.weight_decay))
    d, h, q = len(x), len(W1), len(W2)
    z = [sum(W1[i][k] * x[k][0] for k in range(d)) for i in range(h)]
    a = [max(v, 0) for v in z]
    o = [sum(W2[i][k] * a[k] for k in range(h)) for i in range(q)]
    do = [o[i] - y[i][0] for i in range(q)]
    L = Fraction(sum(v * v for v in do), 2)
    s = lam * sum(v * v for row in W1 + W2 for v in row) / 2
    dh = [sum(W2[i][k] * do[i] for i in range(q)) for k in range(h)]
    dz = [dh[i] if z[i] > 0 else 0 for i in range(h)]
    decay = {"λW1": [[lam * v for v in row] for row in W1], "λW2": [[lam * v for v in row] for row in W2]}
    dW1 = [[dz[i] * x[k][0] + lam * W1[i][k] for k in range(d)] for i in range(h)]
    dW2 = [[do[i] * a[k] + lam * W2[i][k] for k in range(h)] for i in range(q)]
    columns = {"z": z, "h": a, "o": o, "∂J/∂o": do, "∂J/∂h": dh, "∂J/∂z": dz}
    numbers = {"L": L, "s": s, "J": L + s, "∂J/∂L": 1, "∂J/∂s": 1}
    return {name: [[v] for v in column] for name, column in columns.items()} | numbers | decay | {
        "∂J/∂W1": dW1,
        "∂J/∂W2": dW2,
    }  # fmt: skip


@quick
@given(seeds)
def test_what_is_given_is_whole_and_small_and_fits(seed):
    n = numbers(seed)
    x, y, W1, W2 = (n.given[name] for name in GIVEN)
    assert len({len(x), len(W1), len(W2)}) == 3
    assert (W1.shape[1], W2.shape[1], y.shape) == (len(x), len(W1), (len(W2), 1))
    for array in n.given.values():
        assert array.dtype.kind == "i"
        assert np.abs(array).max() <= 9
    assert 0 < n.weight_decay < 1


@quick
@given(seeds)
def test_no_unit_is_at_the_kink_and_of_each_kind_there_is_one(seed):
    z = numbers(seed).values["z"]
    assert sorted(np.sign(z).ravel()) == [-1, 1]


@quick
@given(seeds)
def test_every_value_is_a_short_decimal_and_right(seed):
    n = numbers(seed)
    want = by_hand(n)
    assert set(n.values) == set(want) == {name for names in RESULTS.values() for name in names}
    for name, got in n.values.items():
        exact = np.array(want[name], float)
        assert np.shape(got) == exact.shape
        assert np.allclose(got, exact, rtol=0, atol=1e-12)
        assert np.allclose(exact * 100, np.round(exact * 100), rtol=0, atol=1e-9)
        assert np.abs(exact).max() < 100


@quick
@given(seeds)
def test_the_network_in_closed_form_says_the_same(seed):
    n = numbers(seed)
    net = network(n)
    f = net.forward(n.given["x"], n.given["y"])
    g = net.backward(f)
    for name in ("z", "h", "o", "L", "s", "J"):
        assert np.allclose(n.values[name], getattr(f, name))
    for name in ("L", "s", "o", "W2", "h", "z", "W1"):
        assert np.allclose(n.values[f"∂J/∂{name}"], getattr(g, name))


def identity(n):
    return (n.weight_decay, *(n.given[name].tobytes() for name in GIVEN))


@settings(quick, max_examples=30)
@given(seeds, seeds)
def test_another_seed_gives_other_numbers_and_the_same_the_same(one, other):
    assert identity(numbers(one)) == identity(numbers(one))
    assert (identity(numbers(one)) == identity(numbers(other))) == (one == other)


def test_a_whole_school_gets_different_sheets():
    assert len({identity(numbers(seed)) for seed in range(100)}) == 100


@pytest.mark.parametrize("seed", [-1, 1.5, "17", True])
def test_a_seed_that_is_not_a_whole_number_is_refused(seed):
    with pytest.raises((TypeError, ValueError), match=f"^seed must be an integer.*, got {re.escape(repr(seed))}$"):
        worksheet(seed)


# The pages


def parts(page):
    """Read a page: the steps with their arrays by name, the texts in the picture's squares, the questions."""
    check_html(page)
    body = re.search("(?s)<body>(.*)</body>", page)[1]
    for written, meant in (("<sup>(1)</sup>", "⁽¹⁾"), ("<sup>(2)</sup>", "⁽²⁾"), ("<sup>2</sup>", "²"), ("1/2", "½")):
        body = body.replace(written, meant)
    root = read(body)
    steps = {}
    for step in root.findall(".//div[@class='step']"):
        tables = {re.split(",", t.get("aria-label"))[0]: t for t in step.iter("table")}
        told = "".join(text_of(p) for p in step.iter("p"))
        steps[text_of(step.find("b"))] = SimpleNamespace(tables=tables, told=told)
    squares = {}
    for node in root.iter(f"{SVG}g"):
        if node.get("class") == "node" and node.find(f"{SVG}rect") is not None:
            name, *written = [text_of(t) for t in node.iter(f"{SVG}text")]
            squares[name] = SimpleNamespace(cells=len(node.findall(f"{SVG}rect[@class='cell']")), written=written)
    given = [rows_of(table) for table in root.find(".//div[@class='given']").iter("table")]
    asked = [text_of(li) for li in root.iter("li")]
    return SimpleNamespace(steps=steps, squares=squares, given=given, questions=asked, root=root)


def plain(name):
    return name.replace("W⁽¹⁾", "W1").replace("W⁽²⁾", "W2").replace("W(1)", "W1").replace("W(2)", "W2")


@pytest.mark.parametrize("seed", range(5))
def test_the_sheet_asks_for_every_value_in_order_and_tells_none(seed):
    n, sheet = numbers(seed), parts(worksheet(seed))
    assert tuple(sheet.steps) == TAGS
    for tag, step in sheet.steps.items():
        assert tuple(map(plain, step.tables)) == RESULTS[tag]
        assert step.told == ""
        for name, table in step.tables.items():
            rows = rows_of(table)
            assert np.shape(rows) == np.atleast_2d(n.values[plain(name)]).shape
            assert {cell for row in rows for cell in row} == {""}
    for name, square in sheet.squares.items():
        assert square.cells == np.size((n.given | n.values)[plain(name)])
        want = np.ravel(n.given[plain(name)]).tolist() if plain(name) in GIVEN else []
        assert [*map(value, square.written)] == want
    for name in GIVEN:
        assert any(np.array_equal([[*map(value, row)] for row in rows], n.given[name]) for rows in sheet.given)
    assert f"λ = {n.weight_decay}" in text_of(sheet.root)
    assert all(question.endswith("?") for question in sheet.questions)


@pytest.mark.parametrize("seed", range(5))
def test_the_key_is_the_same_page_with_every_value_in_it(seed):
    n, sheet, key = numbers(seed), parts(worksheet(seed)), parts(worksheet(seed, key=True))
    assert list(key.squares) == list(sheet.squares)
    for tag, step in key.steps.items():
        assert list(step.tables) == list(sheet.steps[tag].tables)
        assert len(step.told) > 10 or tag == "F6"
        for name, table in step.tables.items():
            got = [[value(cell) for cell in row] for row in rows_of(table)]
            assert np.allclose(got, n.values[plain(name)], rtol=0, atol=1e-9)
    for name, square in key.squares.items():
        want = np.ravel((n.given | n.values)[plain(name)])
        assert np.allclose([*map(value, square.written)], want, rtol=0, atol=1e-9), name
    assert {"z", "h", "o", "L", "s", "J", *(f"∂J/∂{v}" for v in ("o", "h", "z", "W1", "W2"))} < set(
        map(plain, key.squares)
    )
    for question, asked in zip(key.questions, sheet.questions, strict=True):
        assert question.startswith(asked)
        assert len(question) > len(asked) + 20


def sums(told):
    """The sums written out in a text, each as what Python makes of it and the result that it is said to have."""
    for left, right in re.findall(r"([(½\d−][ ½\d.·+()²−]*) = (−?\d+(?:\.\d+)?)", told):
        left = left.replace("½", "0.5").replace("·", "*").replace("²", "**2").replace(MINUS, "-")
        if "*" in left or "+" in left or " - " in left:
            yield eval(left), value(right)


@pytest.mark.parametrize("seed", range(8))
def test_every_sum_that_the_key_writes_out_is_right(seed):
    key = parts(worksheet(seed, key=True))
    for tag, count in {
        "F1": 1,
        "F3": 1,
        "F4": 1,
        "F5": 1,
        "F6": 1,
        "B2": 1,
        "B3": 2,
        "B4": 1,
        "B5": 1,
        "B7": 1,
    }.items():
        found = list(sums(key.steps[tag].told))
        assert len(found) == count, (tag, key.steps[tag].told)
        for left, right in found:
            assert left == pytest.approx(right, abs=1e-9), tag
    for question, count in zip(key.questions, (3, 0, 1), strict=True):
        found = list(sums(question))
        assert len(found) == count
        for left, right in found:
            assert left == pytest.approx(right, abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_the_answers_are_what_the_network_does(seed):
    n = numbers(seed)
    x, y = n.given["x"], n.given["y"]
    net, key = network(n), parts(worksheet(seed, key=True))
    double, alone, steepest = key.questions

    twice = network(n, weight_decay=2 * n.weight_decay)
    f, g = twice.forward(x, y), twice.backward(twice.forward(x, y))
    told = [value(right) for right in re.findall(rf"= ({MINUS}?[\d.]*\d)(?=[,.](?: |$))", double)]
    assert told == pytest.approx([f.s, f.J, g.W1[0, 0]], abs=1e-9)
    before, after = net.backward(net.forward(x, y)), g
    unchanged = [name for name in g._fields if np.array_equal(getattr(before, name), getattr(after, name))]
    assert unchanged == ["L", "s", "o", "h", "z"]  # the answer says that the two W alone change

    without = network(n, weight_decay=0)
    g = without.backward(without.forward(x, y))
    row, column = (int(k) - 1 for k in re.search(r"Row (\d) of .* column (\d) of", alone).groups())
    assert [tuple(place) for place in np.argwhere(g.W1 == 0)] == [(row, k) for k in range(g.W1.shape[1])]
    assert [tuple(place) for place in np.argwhere(g.W2 == 0)] == [(k, column) for k in range(g.W2.shape[0])]

    def J_after(W, place, step):
        moved = network(n)
        getattr(moved, W)[place] += step
        return moved.forward(x, y).J

    ways = [
        (J_after(W, place, step), W, place, step)
        for W in ("W1", "W2")
        for place, step in product(np.ndindex(n.given[W].shape), (0.001, -0.001))
    ]
    J, W, (row, column), step = min(ways)
    told = re.search(r"sign: (W\S+), row (\d), column (\d)\. .* goes (up|down), .* by about .* = ([\d.]+)\.$", steepest)
    assert (plain(told[1]), int(told[2]), int(told[3])) == (W, row + 1, column + 1)
    assert told[4] == ("up" if step > 0 else "down")
    assert float(told[5]) == pytest.approx(10 * (net.forward(x, y).J - J), rel=0.1)


@pytest.mark.parametrize("key", [False, True])
def test_a_page_needs_nothing_from_elsewhere(key):
    page = worksheet(17, key)
    assert page.startswith("<!doctype html>\n<html lang=")
    assert not re.search(r"<(link|script|iframe|img|object)\b|url\(|@import|\bsrc=|\bhref=", page)
    assert len(re.findall("<h1>", page)) == 1
    assert "17" in re.search("<title>(.*)</title>", page)[1]
    assert worksheet(17, key) == page


# On paper


PAPER = {"A4": (210, 297), "Letter": (215.9, 279.4)}
MM = 96 / 25.4  # CSS pixels
LOOK = """() => {
    const box = (part) => {
        const b = part.getBoundingClientRect();
        return [b.left, b.top, b.right, b.bottom];
    };
    const written = (part) => [...part.childNodes].some((node) => node.nodeType == 3 && node.data.trim());
    const size = (part) => {
        const svg = part.closest('svg');
        const zoom = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
        return zoom * parseFloat(getComputedStyle(part).fontSize);
    };
    return {
        fonts: [...document.querySelectorAll('main *')].filter(written).map((part) => [part.textContent, size(part)]),
        cells: [...document.querySelectorAll('.step td, rect.cell:not([width="34"])')].map(box),
        blocks: [...document.querySelectorAll('header, section > p, section > svg, .given, .step, li')].map(box),
        sections: [...document.querySelectorAll('section')].map((section) => ({
            box: box(section),
            parts: [...section.querySelectorAll(':scope :not(svg *)')].map(box),
        })),
        spilled: [...document.querySelectorAll('svg .node text')].filter((text) => {
            const [left, top, right, bottom] = box(text);
            const [a, b, c, d] = box(text.parentNode.querySelector('rect, circle'));
            return left < a || right > c || top < b - 1 || bottom > d + 1;
        }).map((text) => text.textContent),
    };
}"""


@pytest.fixture(params=["en", "zh"])
def edition(request):
    language(request.param)
    yield
    language("en")


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
@pytest.mark.parametrize("key", [False, True], ids=["sheet", "key"])
def test_it_prints_large_enough_to_read_and_to_write_in_and_nothing_is_cut_off(chromium, tmp_path, edition, large, key):
    page = new_page(chromium)
    page.emulate_media(media="print")
    points, wide, high = (18, 27, 13.5) if large else (12, 18, 9)
    for seed, (paper, sides) in product((17, 343), PAPER.items()):
        path = tmp_path / "page.html"
        path.write_text(worksheet(seed, key, large), encoding="utf-8")
        width, height = (MM * (side - 16) for side in (sides if large else sides[::-1]))
        page.set_viewport_size({"width": int(width), "height": int(height)})
        page.goto(path.as_uri())
        seen = page.evaluate(LOOK)
        small = [text for text, pixels in seen["fonts"] if 0.75 * pixels < points - 0.01]
        assert small == []
        assert len(seen["fonts"]) > 100
        assert len(seen["cells"]) == 49 + 35 * (1 + large)  # a half has the squares of the other too, out of sight
        for left, top, right, bottom in seen["cells"]:
            assert right - left >= wide * MM
            assert bottom - top >= high * MM
        for left, top, right, bottom in seen["blocks"]:  # none is torn apart by the end of a page
            assert -1 <= left < right <= width + 1
            assert bottom - top <= height
        for section in seen["sections"]:
            left, top, right, bottom = section["box"]
            assert large or bottom - top <= height
            for a, b, c, d in section["parts"]:
                assert left - 1 <= a <= c <= right + 1
                assert top - 1 <= b <= d <= bottom + 1
        assert seen["spilled"] == []
        pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper, landscape=not large)))
        assert pages == 4 or (large and 6 < pages < 10)  # both sides of two sheets
    assert page.complaints == []
    page.close()


def test_the_halves_of_the_large_picture_are_that_of_the_small_one_and_no_square_lies_in_both():
    whole, halves = parts(worksheet(17)).root, parts(worksheet(17, large=True)).root
    (picture,), (left, right) = (list(root.iter(f"{SVG}svg")) for root in (whole, halves))
    bodies = ["".join(text_of(t) for t in svg.iter(f"{SVG}text")) for svg in (picture, left, right)]
    assert len(set(bodies)) == 1
    _, _, width, height = map(float, picture.get("viewBox").split())
    assert left.get("viewBox") == f"0 0 {width / 2} {height:g}"
    assert right.get("viewBox") == f"{width / 2} 0 {width / 2} {height:g}"
    for frame in picture.iter(f"{SVG}rect"):
        x, wide = float(frame.get("x")), float(frame.get("width"))
        assert x + wide < width / 2 or x > width / 2


def test_no_arrow_runs_behind_a_square_or_a_circle():
    picture = next(parts(worksheet(17)).root.iter(f"{SVG}svg"))
    frames = []
    for node in (g for g in picture.iter(f"{SVG}g") if g.get("class") == "node"):
        frame = node[0]
        if frame.tag == f"{SVG}rect":
            x, y, w, h = (float(frame.get(name)) for name in ("x", "y", "width", "height"))
        else:
            w = h = 0.7 * CIRCLE  # a square that fits into the circle
            x, y = (float(frame.get(name)) - w / 2 for name in ("cx", "cy"))
        frames.append((x, y, x + w, y + h))
    t = np.linspace(0.02, 0.98, 97)[:, None]
    arrows = [path.get("d") for path in picture.iter(f"{SVG}path")]
    assert (len(frames), len(arrows)) == (17 + 17, 43)
    for d in arrows:
        a, b, c, e = np.reshape([*map(float, re.findall(r"-?[\d.]+", d))], (4, 2))
        x, y = ((1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * e).T
        for left, top, right, bottom in frames:
            assert not np.any((left + 1 < x) & (x < right - 1) & (top + 1 < y) & (y < bottom - 1)), d


def test_the_lanes_differ_in_their_lines_and_not_in_colour_alone():
    picture = next(parts(worksheet(17)).root.iter(f"{SVG}svg"))
    frames = [node.find(f"{SVG}{kind}") for node in picture.iter(f"{SVG}g") for kind in ("rect", "circle")]
    drawn = {(f.get("stroke"), float(f.get("stroke-width"))) for f in frames if f is not None}
    (_, one), (_, other) = drawn
    assert {one, other} == {1.6, 3}


# As a program


def test_it_writes_both_files_and_writes_them_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for seed in ("17", "017"):
        assert write(seed) == ["worksheet-17.html is written.", "worksheet-17-key.html is written."]
        assert Path("worksheet-17.html").read_bytes() == worksheet(17).encode()
        assert Path("worksheet-17-key.html").read_bytes() == worksheet(17, key=True).encode()


def test_if_one_file_differs_neither_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("worksheet-17-key.html").write_text("my notes", encoding="utf-8")
    with pytest.raises(FileExistsError, match="worksheet-17-key.html is there already"):
        write("17")
    assert [path.name for path in tmp_path.iterdir()] == ["worksheet-17-key.html"]
    assert Path("worksheet-17-key.html").read_text(encoding="utf-8") == "my notes"


@pytest.mark.parametrize("seed", ["", "-1", "seventeen", "1.5"])
def test_another_seed_is_refused_and_nothing_is_written(seed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=f"SEED must be an integer >= 0, .* got '{re.escape(seed)}'$"):
        write(seed)
    assert not list(tmp_path.iterdir())


def test_large_print_goes_into_files_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert write("17", "large") == ["worksheet-17-large.html is written.", "worksheet-17-large-key.html is written."]
    assert Path("worksheet-17-large-key.html").read_bytes() == worksheet(17, key=True, large=True).encode()
    with pytest.raises(ValueError, match="PRINT must be large or nothing, .* got 'huge'$"):
        write("17", "huge")


@pytest.mark.weekly
@pytest.mark.parametrize("arguments", [[], ["1.5"]])
def test_as_a_program_it_says_in_a_sentence_what_is_wrong(tmp_path, arguments):
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "tools.worksheet", *arguments],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": path}, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 1
    seed = arguments[0] if arguments else ""
    assert done.stderr == f"SEED must be an integer >= 0, as in make worksheet SEED=17, got '{seed}'\n"
    assert not list(tmp_path.iterdir())
