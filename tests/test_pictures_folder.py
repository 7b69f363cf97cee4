"""`tools.pictures` and `tools.slides`: every picture of the notebooks becomes files for slides."""

import io
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image
from record_readme_picture import told
from test_notebooks import NOTEBOOKS

from helpers.drawing import draw
from helpers.operators import one_hidden_layer
from helpers.plots import show_digits
from tools import pictures
from tools.slides import HEIGHT, WIDTH, Slide, dark_svg, darkened, drawn, still, vectors

ENDINGS = ("light.svg", "light.png", "dark.svg", "dark.png")
SVG = "{http://www.w3.org/2000/svg}"
ASKED = """from IPython.display import display
from helpers.drawing import draw
from helpers.graph import Variable
from helpers.operators import add
a = Variable("a<b")
b = add(a, a, name="b")
print("no picture")"""


def notebook_with(*cells):
    return new_notebook(cells=[*cells], metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A notebook that shows three pictures in two sections, the folder made of it, and what is said of that."""
    home = tmp_path_factory.mktemp("course")
    path = home / "03_a_notebook.ipynb"
    notebook = notebook_with(
        new_markdown_cell("# Two sections", id="03-000"),
        new_markdown_cell("## 1. Look <twice>", id="look-twice"),
        new_code_cell(ASKED),
        new_code_cell("display(draw(b))\ndraw(a, b)"),
        new_markdown_cell("Words in between.", id="words"),
        new_markdown_cell("## 2. Look at numbers", id="look-at-numbers"),
        new_code_cell("from helpers.widgets import memory_explorer\nmemory_explorer()"),
    )
    nbformat.write(notebook, path)
    folder = home / "pictures"
    return folder, pictures.write(folder, [path])


def test_every_picture_is_there_in_four_files_whose_names_sort_and_say_where_it_is_from(course):
    folder, sentence = course
    names = ["00-00-readme", "03-01-look-twice", "03-02-look-twice", "03-03-look-at-numbers"]
    expected = {f"{name}.{ending}" for name in names for ending in ENDINGS} | {"index.html"}
    assert {path.name for path in folder.iterdir()} == expected
    assert sentence == f"4 pictures are in {folder}. Open {folder / 'index.html'} to look through them."


def test_a_slide_is_of_one_size_and_light_or_dark_to_its_edges(course):
    for path in course[0].glob("*.png"):
        pixels = np.asarray(Image.open(path))
        assert pixels.shape == (HEIGHT, WIDTH, 3)
        ground = 255 if ".light." in path.name else 17
        drawn_on = (pixels != ground).any(-1)
        rows, columns = np.nonzero(drawn_on)
        assert min(rows.min(), columns.min(), HEIGHT - rows.max(), WIDTH - columns.max()) > 55
        assert max(np.ptp(rows) / (HEIGHT - 120), np.ptp(columns) / (WIDTH - 120)) > 0.85, "it is as large as fits"
        assert abs(rows.min() + rows.max() - HEIGHT) < 30, "it is in the middle"


def test_an_svg_has_alternative_text_and_needs_no_font(course):
    for path in course[0].glob("*.svg"):
        root = ElementTree.parse(path).getroot()
        assert root.get("viewBox") == f"0 0 {WIDTH} {HEIGHT}"
        title, sentence = (root.find(f"{SVG}{kind}").text for kind in ("title", "desc"))
        assert title
        assert len(sentence) > 20
        assert root.find(f".//{SVG}text") is None
        assert root.find(f"{SVG}rect").get("fill") == ("#ffffff" if ".light." in path.name else "#111111")
    root = ElementTree.parse(course[0] / "03-01-look-twice.dark.svg").getroot()
    assert root.find(f"{SVG}title").text == "Look <twice>"
    assert root.find(f"{SVG}desc").text == "Computational graph of b. Forward: b from + of a<b and a<b."


def test_the_first_picture_is_the_one_of_the_readme(course):
    assert ElementTree.parse(course[0] / "00-00-readme.light.svg").getroot().find(f"{SVG}desc").text == told()


class Links(HTMLParser):
    """What a page links to, and the pictures that it shows."""

    def __init__(self, page):
        super().__init__()
        self.links, self.shown = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "a":
            self.links.append(attributes["href"])
        if tag == "img":
            self.shown.append(attributes["src"])


def test_the_index_shows_and_links_every_file_with_caption_section_notebook_and_licence(course):
    folder = course[0]
    page = (folder / "index.html").read_text(encoding="utf-8")
    found = Links(page)
    assert {*found.shown} == {path.name for path in folder.glob("*.svg")}
    assert {path.name for path in folder.glob("0*")} <= {*found.links}
    for link in found.links:
        assert (folder / link).exists()
    assert "../03_a_notebook.ipynb" in found.links
    assert "<b>Look &lt;twice&gt;</b><br>Computational graph of b." in page
    assert "CC BY-SA 4.0" in page
    assert "<script" not in page


def test_a_file_that_a_teacher_changed_is_left_alone(tmp_path):
    changed = tmp_path / "00-00-readme.dark.svg"
    changed.write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError, match="It was left alone"):
        pictures.write(tmp_path, [])
    assert [*tmp_path.iterdir()] == [changed]
    assert changed.read_text(encoding="utf-8") == "mine"


def test_a_cell_that_fails_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "PRELUDE", "")  # this notebook shows no picture
    path = tmp_path / "03_fails.ipynb"
    nbformat.write(notebook_with(new_code_cell("1 / 0")), path)
    with pytest.raises(RuntimeError, match=r"03_fails\.ipynb has a cell that fails: ZeroDivisionError"):
        pictures.slides(path)


def test_dark_turns_white_and_black_round_and_keeps_the_hue():
    assert darkened([[255, 255, 255], [0, 0, 0]]).tolist() == [[17] * 3, [238] * 3]
    for colour in ([0, 114, 178], [213, 94, 0], [230, 159, 0], [0, 158, 115]):
        dark = darkened([colour])[0].astype(float)
        assert [*np.argsort(dark)] == [*np.argsort(colour)]


def test_dark_svg_and_dark_png_have_the_same_colours():
    """The light and the dark picture differ by `darkened` alone, in the bitmap of a digit too."""
    picture = show_digits(np.eye(64)[:, :1] * 16.0, ["a digit"])
    files = drawn(Slide("a", Path("a"), "a", picture.sentence, *vectors(picture)))
    light, dark = (np.asarray(Image.open(io.BytesIO(files[f"a.{theme}.png"]))) for theme in ("light", "dark"))
    assert (darkened(light) == dark).all()
    light, dark = (files[f"a.{theme}.svg"].decode() for theme in ("light", "dark"))
    assert light != dark == dark_svg(light)
    assert "#ffffff" not in dark
    assert "#000000" not in dark
    assert len(re.findall("base64,", dark)) == len(re.findall("base64,", light)) == 1


def test_the_pictures_of_an_explorer_stand_side_by_side_where_they_are_larger_so():
    def size(*shapes):
        svg = '<svg width="{0}" height="{1}" viewBox="0 0 {0} {1}" xmlns="http://www.w3.org/2000/svg"></svg>'
        root = ElementTree.fromstring(still([svg.format(*shape) for shape in shapes], "").data)
        return [float(root.get(side)) for side in ("width", "height")]

    assert size((400, 100)) == [400, 112]
    assert size((400, 100), (400, 100)) == [400, 224]
    assert size((400, 400), (500, 180), (500, 180)) == [924, 412]


def test_a_slide_is_as_sharp_as_it_is_large():
    """No edge is smeared, as it would be in an enlarged bitmap: few pixels are neither ground nor a pure colour."""
    image = Image.open(io.BytesIO(vectors(draw(one_hidden_layer().J))[1])).convert("RGB")
    assert max(image.width / (WIDTH - 120), image.height / (HEIGHT - 120)) == pytest.approx(1, abs=0.01)
    assert vectors(draw(one_hidden_layer().J)) == vectors(draw(one_hidden_layer().J)), "the same comes again"
    counts = sorted((count for count, _ in image.getcolors(1 << 24)), reverse=True)
    assert sum(counts[:5]) > 0.97 * image.width * image.height


@pytest.mark.weekly
def test_the_folder_has_every_picture_of_the_notebooks(tmp_path):
    shown = [
        re.search(r"\d\d", path.name)[0]
        for path in NOTEBOOKS
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    for _ in range(2):  # the second time nothing differs, or it would raise
        pictures.write(tmp_path, NOTEBOOKS)
    for ending in ENDINGS:
        assert [path.name[:2] for path in sorted(tmp_path.glob(f"*.{ending}"))] == ["00", *shown]
