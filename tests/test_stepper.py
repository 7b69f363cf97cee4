"""`tools.stepper`: one file that holds every step, needs nothing from elsewhere, and overwrites nothing."""

import html
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from pages import check_html, read, text_of

from helpers.checking import check_gradients
from helpers.explorers import backward
from helpers.widgets import backward_explorer
from helpers.widgets.explorer import FOLDER
from tools.stepper import stepper, write


@pytest.fixture(scope="module")
def page():
    return stepper()


def frames_of(page):
    return json.loads(re.search(r'<script id="frames" type="application/json">(.*?)</script>', page, flags=re.S)[1])


class Elements(HTMLParser):
    """All elements, with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    handle_startendtag = handle_starttag


def test_it_holds_every_step_as_the_explorer_shows_it(page):
    frames = frames_of(page)
    e = backward_explorer()
    assert len(frames) == e.step.max + 1
    for step, frame in enumerate(frames):
        e.step.value = step
        if step == e.step.max:
            e.check.click()
        assert frame == e.view.html.replace("h3>", "h2>")  # on a page of its own no section is around it
        assert text_of(read(frame).find(".//p[@class='words']")).startswith(f"Step {step} of {e.step.max}")
    net = backward.numbers(**e.settings).net
    assert html.escape(str(check_gradients(net, backward.X, backward.Y))) in frames[-1]
    assert not any("every entry against" in frame.lower() for frame in frames[:-1])


def test_without_a_script_it_shows_the_last_step(page):
    assert f'<div id="page"><div class="card">{frames_of(page)[-1]}</div></div>' in page
    assert "<noscript><p>This is the last step. The others need JavaScript.</p></noscript>" in page


def test_it_is_well_formed(page):
    assert page.startswith("<!doctype html>\n<html lang=")
    check_html(page)
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", page, flags=re.S)
    assert len(scripts) == 2
    assert "<" not in scripts[0]  # nothing in the frames can end the script
    assert len(re.findall("<h1>", page)) == 1
    assert "{{" not in page.replace(scripts[1], "").replace(scripts[0], "")
    assert page.index('<meta charset="utf-8">') < 200


def test_it_asks_for_nothing_from_elsewhere(page):
    for tag, attributes in Elements(page).found:
        assert tag not in ("link", "iframe", "object", "embed")
        assert not {"src", "srcset"} & set(attributes)
        assert not attributes.get("href", "").startswith(("http", "//"))
    text = re.sub(r'xmlns="[^"]*"', "", page).replace('xmlns=\\"http://www.w3.org/2000/svg\\"', "")
    text = text.replace('xmlns=\\"http://www.w3.org/1998/Math/MathML\\"', "")
    for word in ("http:", "https:", "url(", "@import", "fetch(", "XMLHttp", "import("):
        assert word not in text, word


def test_every_control_has_a_name_and_the_script_finds_what_it_asks_for(page):
    elements = Elements(page).found
    ids = {attributes["id"] for _, attributes in elements if "id" in attributes}
    asked = re.search(r"\[(\"back\".*?)\]\.map", page)[1]
    assert set(json.loads(f"[{asked}]")) | {"frames"} == ids
    buttons = re.findall(r"<button[^>]*>(.*?)</button>", page.partition("<div id=")[0])
    assert buttons == ["◀ Back", "Step ▶", "Play", "Reset"]
    label = re.search(r"<label>(.*?) <input (.*?)>", page)
    assert label[1] == "step"
    for setting in ('type="range"', 'min="0"', 'max="17"', 'value="17"'):
        assert setting in label[2]
    assert 'const PLAY = "Play"' in page
    assert 'const PAUSE = "Pause"' in page


def test_it_brings_the_style_and_the_script_of_the_explorers(page):
    for name in ("view.js", "view.css"):
        assert (FOLDER / name).read_text(encoding="utf-8") in page


def test_the_same_page_comes_again(page):
    assert stepper() == page


def test_it_is_written_in_UTF_8_and_written_again_where_nothing_differs(tmp_path, page):
    path = tmp_path / "stepper.html"
    for _ in range(2):
        assert write(path) == f"{path} is written."
        assert path.read_bytes() == page.encode()


def test_a_file_that_differs_is_left_alone(tmp_path):
    path = tmp_path / "stepper.html"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError, match="is not what would be written. It was left alone") as error:
        write(path)
    assert str(path) in str(error.value)
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_file_of_other_bytes_is_left_alone_too(tmp_path):
    path = tmp_path / "stepper.html"
    path.write_bytes(b"\xff\xfe mine")
    with pytest.raises(FileExistsError, match="It was left alone"):
        write(path)
    assert path.read_bytes() == b"\xff\xfe mine"


def test_a_name_that_promises_another_format_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"path: expected a name that ends in \.html, got .*stepper\.pdf"):
        write(tmp_path / "stepper.pdf")
    assert not [*tmp_path.iterdir()]


@pytest.mark.weekly
@pytest.mark.parametrize("arguments", [["mine.html"]])
def test_as_a_program_it_writes_or_says_why_not(tmp_path, arguments):
    def go():
        command = [sys.executable, "-X", "utf8", "-m", "tools.stepper", *arguments]
        path = os.pathsep.join([str(FOLDER.parent.parent), os.environ.get("PYTHONPATH", "")])
        return subprocess.run(
            command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": path}, capture_output=True, encoding="utf-8"
        )

    name = arguments[0] if arguments else "stepper.html"
    done = go()
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, f"{name} is written.", "")
    (tmp_path / name).write_text("mine", encoding="utf-8")
    done = go()
    assert done.returncode == 1
    assert done.stderr.startswith(f"{name} is there already")
    assert "Traceback" not in done.stderr
