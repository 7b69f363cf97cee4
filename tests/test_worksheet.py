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
from pages import MINUS, check_html, read, rows_of, text_of, value
from strategies import quick, seeds

from helpers.functions import relu, squared_error
from helpers.network import MLP
from tools.worksheet import RESULTS, numbers, worksheet, write

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
    """Read a page: the steps with their arrays by name, the picture's texts, the questions."""
    check_html(page)
    root = read(re.search("(?s)<body>(.*)</body>", page)[1])
    steps = {}
    for step in root.findall(".//div[@class='step']"):
        tables = {re.split(",", t.get("aria-label"))[0]: t for t in step.iter("table")}
        told = "".join(text_of(p) for p in step.iter("p"))
        steps[text_of(step.find("b"))] = SimpleNamespace(tables=tables, told=told)
    squares = {}
    for node in root.iter("{http://www.w3.org/2000/svg}g"):
        if node.find("{http://www.w3.org/2000/svg}polygon") is not None and node.get("class") == "node":
            name, *lines = [text_of(t) for t in node.iter("{http://www.w3.org/2000/svg}text")]
            squares[name] = [line for line in lines if line]
    return SimpleNamespace(steps=steps, squares=squares, questions=[text_of(li) for li in root.iter("li")], root=root)


def plain(name):
    return name.replace("W⁽¹⁾", "W1").replace("W⁽²⁾", "W2").replace("W(1)", "W1").replace("W(2)", "W2")


def entries(lines):
    """The array that the lines in a square stand for."""
    column = lines[0].startswith("(")
    rows = [[value(word) for word in line.strip("()ᵀ").split("\u2002")] for line in lines]
    return np.array(rows).T if column else np.array(rows)


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
    assert {plain(name) for name, lines in sheet.squares.items() if lines} == set(GIVEN)
    for name in GIVEN:
        lines = next(lines for square, lines in sheet.squares.items() if plain(square) == name)
        assert np.array_equal(entries(lines), n.given[name])
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
    for name, lines in key.squares.items():
        want = (n.given | n.values)[plain(name)]
        assert np.allclose(entries(lines), want, rtol=0, atol=1e-9), name
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


@pytest.mark.parametrize("seed", [17, 343])
@pytest.mark.parametrize("key", [False, True], ids=["sheet", "key"])
def test_it_prints_on_two_pages_and_nothing_is_cut_off(chromium, tmp_path, seed, key):
    path = tmp_path / "page.html"
    path.write_text(worksheet(seed, key), encoding="utf-8")
    page = new_page(chromium)
    page.emulate_media(media="print")
    for paper, width in (("A4", 1054), ("Letter", 987)):  # what the margins leave, in CSS pixels
        page.set_viewport_size({"width": width, "height": 700})
        page.goto(path.as_uri())
        inside = page.evaluate("""() => [...document.querySelectorAll('section')].every((section) => {
            const box = section.getBoundingClientRect();
            return [...section.querySelectorAll('*')].every((part) => {
                const b = part.getBoundingClientRect();
                return b.left >= box.left - 1 && b.right <= box.right + 1 && b.bottom <= box.bottom + 1;
            });
        })""")
        assert inside, paper
        spilled = page.evaluate("""() => [...document.querySelectorAll('svg .node')].filter((node) => {
            const box = node.querySelector('polygon, ellipse').getBoundingClientRect();
            return [...node.querySelectorAll('text')].some((text) => {
                const b = text.getBoundingClientRect();
                return b.width && (b.left < box.left || b.right > box.right || b.bottom > box.bottom + 1);
            });
        }).map((node) => node.textContent)""")
        assert spilled == [], paper
        pdf = page.pdf(format=paper, landscape=True)
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
    assert page.complaints == []
    page.close()


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
