"""The Chinese edition: each entry of translations/zh says what English says, and the machinery makes an edition of it.

Each check is shown to fail on an entry made up for it. The machinery is tried on an edition of made-up words.
"""

import ast
import io
import os
import re
import warnings
from gettext import GNUTranslations

import nbformat
import numpy as np
import pytest
from babel.messages.pofile import write_po
from test_plots import interrupted

from helpers import _language, exercises, language
from helpers._language import SENTENCES, joined
from helpers.checking import check_gradients
from helpers.drawing import draw
from helpers.exercises.places import PLACES
from helpers.explorers import backward
from helpers.graph import Variable
from helpers.network import MLP
from helpers.operators import add
from helpers.plots import show_history, show_objectives, show_route
from helpers.training import train
from tools import copies, font, translate, worksheet
from tools.translation import (
    CODE_SPAN,
    FORMULA,
    PLACEHOLDER,
    TAG,
    TARGET,
    chunks,
    faults_of_markdown,
    faults_of_sentence,
    faults_of_terms,
    same_program,
    with_texts,
)

ALL = "TEST_ALL" in os.environ
EDITION = [name for name in translate.NAMES if name != "web"]  # the site is in English so far
BEGUN = translate.begun()
TABLES = {"SENTENCES", "NAMES", "WORDS", "OF_VERDICTS"}  # what modules call their sentences
FULL_WIDTH = str.maketrans(",.;:!?()", "，。；：！？（）")
KEPT = rf"```.*?```|{FORMULA}|{CODE_SPAN}|{TARGET}|{TAG}|^#+ [\d. ]*|^ *(?:[-*]|\d+\.) |!\["


# What is translated.


@pytest.mark.parametrize("name", translate.NAMES)
def test_every_english_text_has_its_entry(name):
    wanted = {(message.context, message.id) for message in translate.english(name) if message.id}
    found = {(message.context, message.id) for message in translate.read(name) if message.id}
    assert (wanted - found, found - wanted) == (set(), set()), "python -m tools.translate update"
    assert (translate.FOLDER / f"{name}.po").read_text(encoding="utf-8") == translate.updated(name)


@pytest.mark.parametrize("name", EDITION)
def test_every_entry_is_translated(name):
    """A text whose English has changed since is a warning; where all tests run, as before a release, it is a fault."""
    if ALL or name in BEGUN:
        empty, fuzzy = translate.missing(name)
        assert empty == []
        assert not (ALL and fuzzy)
        for entry in fuzzy:
            warnings.warn(f"translations/zh/{name}.po: the English has changed: {entry}", stacklevel=1)


@pytest.mark.parametrize("name", translate.NAMES)
def test_nothing_is_wrong_with_an_entry(name):
    assert [*translate.faults(name)] == []


@pytest.mark.parametrize("name", EDITION)
def test_the_edition_is_what_its_translation_makes(name):
    for path, made in translate.made(name).items():
        if ALL or name == "helpers" or path.exists():
            assert content(path.name, path.read_bytes()) == content(path.name, made), f"make zh NOTEBOOK={name}"


def content(name, data):
    """Return what a file says; the head of a .mo file names the version of Babel."""
    if not name.endswith(".mo"):
        return data.decode()
    return {key: text for key, text in GNUTranslations(io.BytesIO(data))._catalog.items() if key}


@pytest.mark.parametrize("name", [name for name in EDITION if name != "helpers"])
def test_each_notebook_and_page_leads_to_the_other_edition(name):
    path = translate.source(name)
    chinese = translate.chinese_path(path)
    for here, there, words in ((path, chinese, "中文"), (chinese, path, "English")) if chinese.exists() else ():
        text = here.read_text(encoding="utf-8")
        first = nbformat.reads(text, as_version=4).cells[0].source if here.suffix == ".ipynb" else text
        (link,) = re.match(rf"[^\n]+\n\n\[{words}\]\(([^)]*)\)\n\n", first).groups()
        assert (here.parent / link).resolve() == there


def test_the_font_has_every_character_that_may_come_into_a_figure():
    lacks = set(font.needed()) - font.characters(font.MATPLOTLIBS) - font.characters(font.CHINESE_FONT_FILE) - {"\n"}
    assert {character: font.needed()[character] for character in lacks} == {}, "make it anew: tools/font.py"


# What can be wrong with an entry.


@pytest.mark.parametrize(
    ("english", "chinese", "fault"),
    [
        ("It has $h$.", "它有 $h$。", None),
        ("It has $h$.", "它有 $z$。", "formula is missing: $h$"),
        (r"$$a \quad\text{and}\quad b$$", r"$$a \quad\text{和}\quad b$$", None),
        (r"$$\text{prod}(a)$$", r"$$\text{积}(a)$$", "formula is missing"),
        (r"$$a \tag{B1}$$ is it.", r"就是 $$a \tag{B2}$$", r"\tag{B1}"),
        ("Call `f`.", "调用 `g`。", "code is missing: `f`"),
        ("See [03](03.ipynb).", "见 [03](04.ipynb)。", "link or image is missing: (03.ipynb)"),
        ("![a picture](a.svg)", "![图](b.svg)", "link or image is missing: (a.svg)"),
        ("<details>It is so.</details>", "是这样。", "tag is missing: <details>"),
        ("## 1. A head", "1. 标题", "<h2> occurs 0 times"),
        ("- one thing\n- two", "- 一", "<li> occurs 1 times"),
        ("| a | b |\n|---|---|\n| one | two |", "| a | b |\n|---|---|\n| 一 |", None),
        ("**Your turn.** Go on.", "**轮到你了。** 继续。", None),
        ("**Your turn.** Go on.", "**轮到你了。**继续。", "bold texts as HTML"),
        ("**Your turn.** Go on.", "轮到你了。继续。", "0 bold texts as HTML, and 1 in English"),
        ("It is *not* so.", "*不*是这样。", "italics for Chinese: 不"),
        ("It is *not* so.", "**不** 是这样。", None),
        ("It is a long sentence.", "It is a long sentence.", "no Chinese in it"),
        ("First, it falls.", "首先, 它下降。", "half-width mark"),
        ("It falls.", "它下降.", "half-width mark"),
        ("It (J) falls.", "它(J)下降。", "half-width mark"),
        ("It falls by 0.5.", "它下降 0.5。", None),
        ("The value of it.", "它的的值。", "的的 says something twice"),
        ("The gradient.", "梯度梯度。", "梯度梯度 says something twice"),
        ("See <https://a.org>.", "见 <https://a.org>。", None),
    ],
)
def test_a_bad_paragraph_is_found(english, chinese, fault):
    found = [*faults_of_markdown(english, chinese)]
    assert any(fault in sentence for sentence in found) if fault else found == []


@pytest.mark.parametrize(
    ("english", "chinese", "fault"),
    [
        ("{name} falls by {value:.2g}", "{name} 下降 {value:.2g}", None),
        ("{name} falls by {value:.2g}", "下降 {value:.2g} 的是 {name}", None),
        ("{name} falls by {value:.2g}", "下降 {value:.2g}", "placeholder is missing: {name}"),
        ("{name} falls by {value:.2g}", "{name} 下降 {value:.3g}", "placeholder is not in English: {value:.3g}"),
        ("It falls, and more so.", "它下降,", "half-width mark"),
        ("hidden unit | hidden units", "个隐藏单元", None),
    ],
)
def test_a_bad_sentence_is_found(english, chinese, fault):
    found = [*faults_of_sentence(english, chinese)]
    assert any(fault in sentence for sentence in found) if fault else found == []


@pytest.mark.parametrize(
    ("english", "chinese", "free", "fault"),
    [
        ("The learning rate is small.", "学习率很小。", (), None),
        ("The learning rate is small.", "学习速率很小。", (), "学习率"),
        ("Two epochs.", "两轮。", (), None),
        ("Take `learning rate` and $gradient$.", "取 `learning rate` 和 $gradient$。", (), None),
        ("For example, it falls.", "比如，它下降。", (), None),
        ("The label of the axis.", "轴的名称。", (), "label is 标签"),
        ("The label of the axis.", "轴的名称。", ("label",), None),
    ],
)
def test_a_term_that_is_not_in_the_glossary_is_found(english, chinese, free, fault):
    found = [*faults_of_terms(english, chinese, translate.terms(), free)]
    assert any(fault in sentence for sentence in found) if fault else found == []


@pytest.mark.parametrize(
    ("source", "other", "same"),
    [
        ("print('it falls')  # by half", "print('下降')  # 一半", True),
        ("print(f'{a} of {b} right')", "print(f'{b} 中 {a} 个正确')", True),
        ("print(f'{a} of {b} right')", "print(f'{b} 中 {b} 个正确')", False),
        ("print(f'{a:.2f} of all')", "print(f'全部中 {a:.3f}')", False),
        ("x = values['W2']", "x = values['权重']", False),
        ("x = 1", "x = 2", False),
        ("print('it falls', end='')", "print('下降')", False),
    ],
)
def test_another_program_is_found(source, other, same):
    assert same_program(source, other) is same


def test_a_string_that_is_looked_up_is_the_same_everywhere():
    source = 'times = {"all of it": 1}\nprint(times["all of it"])'
    changed = with_texts(source, {"all of it": "全部"}.get, {"all of it"})
    assert changed == 'times = {"全部": 1}\nprint(times["全部"])'
    assert same_program(source, changed, {"all of it"})


@pytest.mark.parametrize("path", translate.NOTEBOOKS, ids=lambda path: path.stem)
def test_the_pieces_of_a_cell_are_the_cell(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            assert "".join(chunks(cell.source)) == cell.source
        else:
            assert with_texts(cell.source, lambda text: text) == cell.source
            assert same_program(cell.source, with_texts(cell.source, made_up))


# An edition whose words are made up.


def made_up(text):
    """Return a text with a Chinese character for each word, and all else as it has to be."""
    kept = re.compile(rf"{KEPT}|{PLACEHOLDER}", re.S | re.M)
    parts, end = [], 0
    for found in kept.finditer(text):
        parts += [_characters(text[end : found.start()]), found[0]]
        end = found.end()
    return "".join([*parts, _characters(text[end:])])


def _characters(text):
    text = re.sub(r"(?<!\*)\*(?!\*)", "", text)
    text = re.sub(
        r"[A-Za-z][a-z]+", lambda word: chr(0x4E00 + sum(k * ord(c) for k, c in enumerate(word[0], 1)) % 5000), text
    )
    return text.translate(FULL_WIDTH)


def write(name, sentences=made_up):
    catalog = translate.english(name)
    for message in catalog:
        if message.id:
            message.string = sentences(message.id)
    data = io.BytesIO()
    write_po(data, catalog, width=0, omit_header=True)
    (translate.FOLDER / f"{name}.po").write_bytes(translate.HEADER.encode() + data.getvalue())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Have the PO files in a folder of their own."""
    monkeypatch.setattr(translate, "FOLDER", tmp_path)
    return tmp_path


@pytest.fixture
def edition(folder, monkeypatch):
    """Make up a Chinese edition, choose it, and choose English again at the end."""
    locale = folder / "locale"
    (locale / "zh" / "LC_MESSAGES").mkdir(parents=True)
    monkeypatch.setattr(_language, "LOCALE", locale)
    write("helpers")
    speak(monkeypatch)
    yield folder
    language("en")


def speak(monkeypatch):
    """Choose the made-up language, as its PO file is now; gettext would keep what it has read from a path before."""
    (_language.LOCALE / "zh" / "LC_MESSAGES" / "course.mo").write_bytes(translate.compiled())
    monkeypatch.setattr("gettext._translations", {})
    language("zh")


def test_what_helpers_says_is_in_the_chosen_language(edition):
    net = MLP.random(4, 3, 2)
    x, y = np.eye(4), [0, 1, 0, 1]
    said = (
        str(check_gradients(net, x, y)),
        str(train(net, x, np.array(y), epochs=2, batch_size=2, learning_rate=0.1)),
        str(show_objectives({"z": (1.0, 2.0)})),
        str(exercises.check_task("step", lambda *_: 1.0)),
        str(exercises.draw_numbers(3)),
    )
    for text in said:
        assert re.search(r"[\u4e00-\u9fff]", text)
        assert not re.search(r"[A-Za-z]{4,}", text.replace("step", ""))
    assert joined("comma", "abc", last="and") == "a， b 唪 c".replace("唪", made_up("and"))
    language("en")
    assert SENTENCES["comma"] == "{first}, {second}"


def test_joined_sentences_end_in_the_marks_of_the_chosen_language(edition):
    assert backward.words(backward.numbers(1, 0.1, "tanh", 6)).endswith("。")
    assert worksheet.EXPLANATIONS["F6"].endswith("。")
    assert show_route("a", [3.0], [], 0.1).sentence[-1] not in ";；"
    assert "。；" not in show_history(interrupted(7)).sentence
    assert ", " not in draw(add(add(Variable("a"), Variable("b")), Variable("c"), name="d")).sentence


def test_a_section_that_a_checker_names_has_its_chinese_title(edition, monkeypatch):
    write("04_backward_pass", lambda text: "## 2. 从末端开始" if text == "## 2. Start at the end" else "")
    speak(monkeypatch)
    assert "从末端开始" in PLACES["start-at-the-end"]
    assert PLACES["start-at-the-end"].startswith("04")


def test_a_character_that_no_font_has_is_found(folder):
    write("helpers", lambda text: "\u9f98")
    assert "\u9f98" in font.needed()
    with pytest.raises(AssertionError, match="\u9f98"):
        test_the_font_has_every_character_that_may_come_into_a_figure()


@pytest.mark.weekly
@pytest.mark.parametrize("name", translate.NAMES)
def test_an_edition_can_be_made_of_everything(name, folder):
    write(name)
    kinds = "glossary", "two strings", "no Chinese"
    assert [fault for fault in translate.faults(name) if not any(kind in fault[1] for kind in kinds)] == []
    assert all(translate.made(name).values())


def test_a_notebook_of_a_made_up_edition_runs(edition):
    name = "02_computational_graph"
    write(name)
    names = {"display": lambda *_: None}
    for cell in translate.notebook(translate.source(name)).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, cell.id, "exec"), names)


@pytest.mark.parametrize("path", translate.NOTEBOOKS, ids=lambda path: path.stem)
def test_the_first_cell_chooses_the_language_and_is_the_same_otherwise(path):
    source = next(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    chinese = translate.in_chinese(source)
    assert 'language("zh")' in chinese.splitlines()
    assert translate.in_english(chinese) == source
    compile(chinese, path.stem, "exec")


@pytest.mark.parametrize(
    ("page", "target", "there"),
    [
        (
            "notebooks/04_backward_pass.ipynb",
            "03_slopes_and_routes.ipynb#cell-id=x",
            "03_slopes_and_routes.ipynb#cell-id=x",
        ),
        ("notebooks/00_start_here.ipynb", "../docs/terms.md#terms", "../../docs/zh/terms.md#terms"),
        ("notebooks/00_start_here.ipynb", "#cell-id=check-your-machine", "#cell-id=check-your-machine"),
        ("README.md", "notebooks/00_start_here.ipynb", "notebooks/zh/00_start_here.ipynb"),
        ("README.md", "docs/teaching.md", "docs/zh/teaching.md"),
        ("README.md", "helpers/graph.py", "helpers/graph.py"),
        (
            "docs/terms.md",
            "../notebooks/01_forward_propagation.ipynb",
            "../../notebooks/zh/01_forward_propagation.ipynb",
        ),
        ("docs/terms.md", "https://d2l.ai/a.html", "https://d2l.ai/a.html"),
    ],
)
def test_links_stay_within_the_edition(page, target, there):
    made = translate.page(f"[x]({target})", lambda text: text, translate.ROOT / page)
    assert made == f"[x]({there})"


def test_a_link_to_a_heading_finds_it(folder):
    write("README", lambda text: "## 开始" if text == "## Start" else "")
    (page,) = translate.made("README").values()
    assert "(#start)" in page.decode()
    assert '\n\n<a id="start"></a>\n\n## 开始\n\n' in page.decode()


def test_a_link_to_a_heading_of_another_page_finds_it():
    pages = sorted((translate.ROOT / "docs" / "zh").glob("*.md"))
    links = [pair for path in pages for pair in re.findall(r"\]\((\w+\.md)#([\w-]+)\)", path.read_text("utf-8"))]
    assert len(links) > 20
    for name, anchor in links:
        assert f'<a id="{anchor}"></a>' in (pages[0].parent / name).read_text("utf-8"), (name, anchor)


def test_sentences_are_looked_up_when_they_are_shown():
    """On import no language is chosen yet, so nothing outside a function's body may look a sentence up."""

    def at_import(node):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) in TABLES:
            yield ast.unparse(node)
        inner = [*node.args.defaults, *node.decorator_list] if isinstance(node, ast.FunctionDef) else None
        if not isinstance(node, ast.Lambda):
            for child in ast.iter_child_nodes(node) if inner is None else inner:
                yield from at_import(child)

    for path in translate.MODULES:
        if path.stem != "site":  # which is in English so far
            assert [*at_import(ast.parse(path.read_text(encoding="utf-8")))] == [], path.name


# What an update does.


def english_of(monkeypatch, *texts):
    monkeypatch.setattr(translate, "_texts", lambda name: [(context, text, "") for context, text in texts])


@pytest.fixture
def translated(folder, monkeypatch):
    """An entry that is translated: of two sentences in the cell "a"."""
    english_of(monkeypatch, ("a", "The colour of the picture is blue."), ("a", "It falls."))
    write("web", {"The colour of the picture is blue.": "图是蓝色的。", "It falls.": "它下降。"}.get)
    return monkeypatch


def update(*texts):
    text = translate.updated("web")
    (translate.FOLDER / "web.po").write_text(text, encoding="utf-8")
    return {m.id: (m.string, m.fuzzy) for m in translate.read("web") if m.id}


def test_an_update_of_nothing_changes_nothing(translated):
    before = (translate.FOLDER / "web.po").read_text(encoding="utf-8")
    update()
    assert (translate.FOLDER / "web.po").read_text(encoding="utf-8") == before


def test_a_mended_spelling_keeps_its_translation_and_is_marked(translated):
    english_of(translated, ("a", "The color of the picture is blue."), ("a", "It falls."))
    assert [entry for entry, _ in translate.faults("web")] == [
        "a: 'The colour of the picture is blue.'",
        "a: 'The color of the picture is blue.'",
    ]
    assert update() == {"The color of the picture is blue.": ("图是蓝色的。", True), "It falls.": ("它下降。", False)}
    assert translate.missing("web") == ([], ["a: 'The color of the picture is blue.'"])
    assert translate.Translation("web")("a", "The color of the picture is blue.") == "图是蓝色的。"
    translated.setattr("test_translation.BEGUN", ["web"])
    with pytest.raises(AssertionError) if ALL else pytest.warns(match="the English has changed: a: 'The color of"):
        test_every_entry_is_translated("web")


def test_what_is_marked_is_not_shown_where_it_cannot_be_right(translated):
    english_of(translated, ("a", "The colour of the picture is blue: $x$."), ("a", "It falls."))
    update()
    assert translate.Translation("web")("a", "The colour of the picture is blue: $x$.").startswith("The colour")


def test_a_text_that_moves_is_not_marked(translated):
    english_of(translated, ("b", "The colour of the picture is blue."), ("a", "It falls."))
    assert update() == {"The colour of the picture is blue.": ("图是蓝色的。", False), "It falls.": ("它下降。", False)}


def test_a_new_text_is_missing(translated):
    english_of(
        translated, ("a", "The colour of the picture is blue."), ("a", "It falls."), ("a", "Of {all}, 5 % fall.")
    )
    update()
    assert translate.missing("web") == (["a: 'Of {all}, 5 % fall.'"], [])
    test_an_update_of_nothing_changes_nothing(translated)


# The reader's copies.


def test_a_copy_stays_in_its_language(edition, monkeypatch):
    course = edition / "course"
    (course / "installed" / "zh").mkdir(parents=True)
    (course / "notebooks").mkdir()
    (course / "installed" / "04_a.ipynb").write_bytes(b"English")
    (course / "installed" / "zh" / "04_a.ipynb").write_bytes("中文".encode())
    monkeypatch.setattr(copies, "ROOT", course)
    monkeypatch.setattr(copies, "INSTALLED", course / "installed")
    copies.copy()
    assert [path.relative_to(course).as_posix() for path in course.glob("my/**/*.ipynb")] == ["my/zh/04_a.ipynb"]
    assert (course / "my" / "zh" / "04_a.ipynb").read_text("utf-8") == "中文"
    (course / "my" / "zh" / "04_a.ipynb").write_bytes(b"mine")
    copies.fresh("04")
    assert (course / "my" / "zh" / "04_a.ipynb").read_text("utf-8") == "中文"
    assert [path.read_bytes() for path in course.glob("my/zh/04_a_*.ipynb")] == [b"mine"]
