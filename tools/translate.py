"""The Chinese edition, from the English one and translations/zh.

python -m tools.translate update brings the PO files up to date with the English texts, and marks as fuzzy what has
changed. write writes the notebooks and pages in Chinese, without running them, and the sentences that `helpers` shows.
check says what is wrong with the translations, and report what is missing. All take beginnings of names of PO files,
such as 04, or all are meant.
"""

import importlib
import io
import os
import posixpath
import re
import sys
from copy import deepcopy
from functools import cache
from pathlib import Path

import nbformat
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from helpers._language import LOCALE, Sentences
from helpers.exercises.hunt_answers import ANSWERS
from helpers.exercises.places import PLACES
from helpers.exercises.tasks import TASKS
from tools.translation import (
    chunks,
    faults_of_markdown,
    faults_of_sentence,
    faults_of_terms,
    glossary,
    is_text,
    literals,
    same_program,
    unwrapped,
    with_texts,
)

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "translations" / "zh"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGES = {"README": [ROOT / "README.md"]} | {f"docs_{p.stem}": [p] for p in sorted((ROOT / "docs").glob("*.md"))}
WEB = ROOT / "web"
PAGES["web"] = sorted(path for path in WEB.rglob("*.md") if WEB / "zh" not in path.parents)
NAMES = [*(path.stem for path in NOTEBOOKS), "helpers", *PAGES]
MODULES = sorted([*(ROOT / "helpers").rglob("*.py"), *(ROOT / "tools").glob("*.py")])
NOT_TRANSLATED = ("tools.translate", "tools.translation")
HEADER = (
    'msgid ""\nmsgstr ""\n"Language: zh_CN\\n"\n"MIME-Version: 1.0\\n"\n'
    '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n\n'
)
CODE = "code"  # the context of comments and strings
LINK = re.compile(r"\[(中文|English)\]\([^)]*\)\n\n")  # to the other edition, below a title
LANGUAGE = ("from helpers import language\n", '\nlanguage("zh")')


# English texts.


def source(name):
    """Return the notebook or page that a PO file is of."""
    return PAGES[name][0] if name in PAGES else ROOT / "notebooks" / f"{name}.ipynb"


def english(name):
    """Return the catalog of the texts of a PO file, none of them translated."""
    catalog = Catalog(locale="zh_CN", fuzzy=False)
    for context, text, place in _texts(name):
        catalog.add(text, context=context, locations=[(place, None)] if place else [])
    return catalog


def _texts(name):
    """Yield the texts of a PO file, each with its context and its place."""
    if name == "helpers":
        yield from _sentences()
    elif name in PAGES:
        for path in PAGES[name]:
            for chunk in _chunks(path.read_text(encoding="utf-8")):
                yield None, unwrapped(chunk), path.relative_to(ROOT).as_posix() if len(PAGES[name]) > 1 else ""
    else:
        for cell in nbformat.read(source(name), as_version=4).cells:
            if cell.cell_type == "markdown":
                for chunk in _chunks(cell.source):
                    yield cell.id, chunk, ""
            else:
                for literal in literals(cell.source):
                    if literal.shown:
                        yield CODE, literal.text, cell.id


def _chunks(text):
    return filter(is_text, chunks(LINK.sub("", text)))


def _sentences():
    found = [PLACES]  # whose titles are those of the notebooks
    for path in MODULES:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if name not in NOT_TRANSLATED:
            for table in vars(importlib.import_module(name)).values():
                if isinstance(table, Sentences) and not any(table is other for other in found):
                    found.append(table)
                    yield from ((key, sentence, name) for key, sentence in dict.items(table) if is_text(sentence))
    for name, task in TASKS.items():
        yield from ((name, sentence, "helpers.exercises.tasks") for sentence in (task.told, *task.wrong))
        yield from ((name, part, "helpers.exercises.tasks") for part in task.parts if is_text(part))
    yield from (("why", answer.why, "helpers.exercises.hunt_answers") for answer in ANSWERS.values())


# PO files.


def read(name):
    """Return the catalog of a PO file; an empty one, if there is none."""
    path = FOLDER / f"{name}.po"
    if not path.exists():
        return Catalog(locale="zh_CN")
    with path.open("rb") as file:
        return read_po(file, locale="zh_CN")


def updated(name):
    """Return a PO file as text, up to date: what has changed in English keeps its Chinese and becomes fuzzy."""
    catalog, new = read(name), english(name)
    fuzzy = {(message.id, message.context) for message in catalog if message.fuzzy}
    catalog.update(new)
    for message in catalog:
        message.flags &= {"fuzzy"}  # Babel adds what it takes for a format of C or of Python
        was = message.previous_id[0] if message.previous_id else None
        if was == message.id and not any(text == was for text, _ in fuzzy):  # it has moved, and nothing else
            message.flags.discard("fuzzy")
            message.previous_id = []
    text = io.BytesIO()
    write_po(text, catalog, width=0, omit_header=True, ignore_obsolete=True, include_previous=True)
    return HEADER + text.getvalue().decode()


class Translation:
    """The translations of a PO file, to be looked up by a context and an English text.

    A text that has none stays in English. One that is fuzzy is used as long as nothing but its words can be wrong.
    """

    def __init__(self, name):
        self.name, self.catalog = name, read(name)

    def __call__(self, context, text):
        message = self.catalog.get(text, context)
        if not message or not message.string:
            return text
        return text if message.fuzzy and any(_faults(self.name, message)) else message.string

    def renamed(self, sources):
        """Return the strings of some cells that are translated wherever they stand."""
        return {literal.text for source in sources for literal in literals(source) if literal.everywhere}


def terms():
    """Return the terms of the glossary: from English to Chinese."""
    return glossary((ROOT / "docs" / "terms.md").read_text(encoding="utf-8"))


def _faults(name, message, terms=()):
    faults = faults_of_sentence if name == "helpers" or message.context == CODE else faults_of_markdown
    yield from faults(message.id, message.string)
    free = [term for comment in message.user_comments for term in re.findall(r"free: *(.*)", comment)]
    free = [term.strip() for terms in free for term in terms.split(",")]
    yield from faults_of_terms(message.id, message.string, terms, free) if terms else ()


# The Chinese edition.


def page(text, translation, path):
    """Return a page, or a cell at `path`, with its texts translated and its links led to the Chinese edition."""
    anchors = set(re.findall(r"\]\(#([\w-]+)\)", text)) | {anchor for name, anchor in _linked() if name == path.name}
    parts = []
    for chunk in chunks(LINK.sub("", text)):
        if is_text(chunk):
            chunk_text = translation(unwrapped(chunk))
            slug = re.sub(r"[^\w -]", "", chunk.partition("\n")[0].lstrip("# ").lower()).replace(" ", "-")
            if chunk.startswith("#") and slug in anchors and path.suffix == ".md":
                parts.append(f'<a id="{slug}"></a>\n\n')
            parts.append(chunk_text if chunk_text != unwrapped(chunk) else chunk)
        else:
            parts.append(chunk)
    return re.sub(r"(?<=\]\()([^)#\s]+)", lambda link: _led(link[1], path), "".join(parts))


@cache
def _linked():
    """Return the headings to which other pages and notebooks link, as pairs of a page's name and an anchor."""
    paths = [*NOTEBOOKS, *(path for pages in PAGES.values() for path in pages)]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return {pair for text in texts for pair in re.findall(r"\]\((?:[^)\s]*/)?(\w+\.md)#([\w-]+)\)", text)}


def chinese_path(path):
    """Return where the Chinese edition of a notebook or page stands, or None if it has none."""
    if path in NOTEBOOKS or path.parent == ROOT / "docs" and path.suffix == ".md":
        return path.parent / "zh" / path.name
    if path.is_relative_to(WEB) and path.suffix in (".md", ".ipynb"):
        return WEB / "zh" / path.relative_to(WEB)
    return ROOT / "README.zh-CN.md" if path == ROOT / "README.md" else None


def _led(target, path):
    """Return a link of an English page as one of the Chinese page."""
    if target == "https://d2l.ai":
        return "https://zh.d2l.ai"
    if re.match(r"\w+:", target):
        return target
    there = Path(os.path.normpath(path.parent / target))
    return posixpath.relpath((chinese_path(there) or there).as_posix(), chinese_path(path).parent.as_posix())


def notebook(path):
    """Return a notebook in Chinese; a cell whose source is that of the committed one has its outputs."""
    translation, made = Translation(path.stem), chinese_path(path)
    book = deepcopy(nbformat.read(path, as_version=4))
    ran = {cell.id: cell for cell in nbformat.read(made, as_version=4).cells} if made.exists() else {}
    renamed = translation.renamed(cell.source for cell in book.cells if cell.cell_type == "code")
    first = next(cell for cell in book.cells if cell.cell_type == "code")
    for number, cell in enumerate(book.cells):
        if cell.cell_type == "markdown":
            cell.source = page(cell.source, lambda text, cell=cell: translation(cell.id, text), path)
            if not number:  # by a way that leads there from a copy in my/ too
                cell.source = with_link(cell.source, f"[English](../../notebooks/{path.name})")
            continue
        cell.source = with_texts(cell.source, lambda text: translation(CODE, text), renamed)
        if cell is first:
            cell.source = in_chinese(cell.source)
        old = ran.get(cell.id)
        same = old is not None and old.cell_type == "code" and old.source == cell.source
        cell.outputs, cell.execution_count = (old.outputs, old.execution_count) if same else ([], None)
    return book


def _to_english(path):
    return f"[English]({posixpath.relpath(path.as_posix(), chinese_path(path).parent.as_posix())})"


def with_link(text, link):
    """Return a page with a link to the other edition below its title."""
    title, _, rest = LINK.sub("", text).partition("\n\n")
    return f"{title}\n\n{link}\n\n{rest}"


def in_chinese(source):
    """Return the first cell with the lines that choose the language.

    Examples
    --------
    >>> print(in_chinese("import numpy as np\\n\\nfrom helpers.network import MLP\\n\\nx = 1"))
    import numpy as np
    <BLANKLINE>
    from helpers import language
    from helpers.network import MLP
    <BLANKLINE>
    language("zh")
    <BLANKLINE>
    x = 1
    """
    before, _, imports = source.partition("from helpers.")
    imports, blank, rest = f"from helpers.{imports}".partition("\n\n")
    return f"{before}{LANGUAGE[0]}{imports}\n{LANGUAGE[1]}{blank}{rest}"


def in_english(source):
    """Return a first cell without the lines that choose the language."""
    return source.replace(LANGUAGE[0], "", 1).replace(f"\n{LANGUAGE[1]}", "", 1)


def compiled():
    """Return the sentences of `helpers` as `gettext` reads them, with the sections that the checkers name."""
    translation, catalog = Translation("helpers"), Catalog(locale="zh_CN", fuzzy=False)
    for message in english("helpers"):
        if message.id and (text := translation(message.context, message.id)) != message.id:
            catalog.add(message.id, text, context=message.context)
    place = translation("place", "{notebook}, section {section} ({title})")
    for cell, sentence in dict.items(PLACES):
        number, section, _ = re.match(r"(\d\d), section (\d+) \((.*)\)$", sentence).groups()
        path = next(path for path in NOTEBOOKS if path.stem.startswith(number))
        heading = next(m for m in english(path.stem) if m.id and m.context == cell and m.id.startswith("##"))
        title = re.sub(r"^#+ +(\d+\.? +)?", "", Translation(path.stem)(cell, heading.id)).partition("\n")[0]
        text = place.format(notebook=number, section=section, title=title)
        if text != sentence:
            catalog.add(sentence, text, context=cell)
    data = io.BytesIO()
    write_mo(data, catalog)
    return data.getvalue()


def made(name):
    """Return the files of the Chinese edition that come from a PO file: from their paths to their texts."""
    if name == "helpers":
        return {LOCALE / "zh" / "LC_MESSAGES" / "course.mo": compiled()}
    if name in PAGES:
        translation = Translation(name)
        texts = {path: path.read_text(encoding="utf-8") for path in PAGES[name] if chinese_path(path)}
        made = {path: page(text, lambda text: translation(None, text), path) for path, text in texts.items()}
        if name != "web":  # whose pages all have such a link above them
            made = {path: with_link(text, _to_english(path)) for path, text in made.items()}
        return {chinese_path(path): text.encode() for path, text in made.items()}
    path = source(name)
    return {chinese_path(path): nbformat.writes(notebook(path)).encode() + b"\n"}


# What is wrong.


def faults(name):
    """Yield what is wrong with a PO file, but for what is missing: the entry and a sentence."""
    catalog = read(name)
    known = {(message.id, message.context) for message in english(name)}
    for message in catalog:
        if message.id and message.string and not message.fuzzy:
            yield from ((_named(message), fault) for fault in _faults(name, message, terms()))
        if message.id and (message.id, message.context) not in known:
            yield _named(message), "is not in English any more: python -m tools.translate update"
    yield from (
        (_named(message), "has no entry: python -m tools.translate update")
        for message in english(name)
        if message.id and (message.id, message.context) not in {(m.id, m.context) for m in catalog}
    )
    if name not in PAGES and name != "helpers":
        yield from faults_of_code(name)


def faults_of_code(name):
    """Yield which cells of the Chinese notebook are another program than the English one."""
    translation = Translation(name)
    cells = [cell for cell in nbformat.read(source(name), as_version=4).cells if cell.cell_type == "code"]
    renamed = translation.renamed(cell.source for cell in cells)
    new = {text: translation(CODE, text) for text in renamed}
    if len({*new.values()}) < len(new):
        yield CODE, "two strings have the same translation, and the program has to tell them apart"
    for cell in cells:
        try:
            chinese = with_texts(cell.source, lambda text: translation(CODE, text), renamed)
            if not same_program(cell.source, chinese, renamed):
                yield cell.id, "is another program than in English"
        except (SyntaxError, ValueError) as error:
            yield cell.id, f"is no program: {error}"


def _named(message):
    return f"{message.context or ''}: {message.id[:60]!r}"


def missing(name):
    """Return the entries of a PO file that have no translation, and those that are fuzzy."""
    messages = [message for message in read(name) if message.id]
    return (
        [_named(message) for message in messages if not message.string],
        [_named(message) for message in messages if message.string and message.fuzzy],
    )


def begun():
    """Return the names of the PO files in which something is translated."""
    return [name for name in NAMES if any(message.id and message.string for message in read(name))]


def main(command="", *beginnings):
    """Do what the command line asks for, and return how many faults there are."""
    names = [name for name in NAMES if not beginnings or name.startswith(beginnings)]
    if command == "write" and not beginnings:
        names = begun()
    count = 0
    for name in names:
        if command == "update":
            text = updated(name)
            FOLDER.mkdir(parents=True, exist_ok=True)
            (FOLDER / f"{name}.po").write_text(text, encoding="utf-8")
        elif command == "write":
            for path, data in made(name).items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        elif command == "check":
            found = [*faults(name)]
            print(
                *(f"{name}: {place}: {fault}" for place, fault in found),
                sep="\n" if found else "",
                end="\n" * bool(found),
            )
            count += len(found)
        elif command == "report":
            empty, fuzzy = missing(name)
            print(f"{name}: {len(empty)} missing, {len(fuzzy)} fuzzy, of {len(read(name))}")
            count += len(empty) + len(fuzzy)
        else:
            raise SystemExit(__doc__)
    return count


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) > 0)
