"""The spelling of all prose: notebooks, pages, docstrings, and the sentences that the program says.

`words.txt` has the words that are right and in no dictionary of English, such as names and terms of the field.
"""

import ast
import gc
import re
import warnings
from functools import cache
from itertools import chain
from pathlib import Path

import nbformat
import pytest
from spylls.hunspell import Dictionary

ROOT = Path(__file__).parents[1]
PAGES = sorted(chain(*map(ROOT.glob, ("*.md", "docs/*.md", "benchmarks/*.md", "helpers/**/*.md"))))
PAGES = [path for path in PAGES if path.name != "README.zh-CN.md"]
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))
MODULES = sorted([*ROOT.glob("helpers/**/*.py"), *ROOT.glob("tools/*.py")])
KNOWN = (ROOT / "tests" / "words.txt").read_text(encoding="utf-8").split()

# Code blocks, mathematics, names in backticks, links, HTML, and the places of values in a sentence.
NOT_PROSE = (
    r"```.*?```|>>>.*?(?:\n\n|$)|\$\$.*?\$\$|\$[^$\n]+\$|``[^`]+``|`[^`]*`"
    r"|\]\([^)]*\)|https?:\S+|<[^>]+>|\{[^}]*\}|&\w+;"
)
CODE = r"\w*[a-z][A-Z]\w*"  # such as TypeError
WORD = r"(?<![\w./\\-])[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f']+(?![\w/\\]|\.\w|\()"


def words(text):
    """Return the words of a Markdown text or a docstring, without its code and mathematics."""
    found = re.findall(WORD, re.sub(NOT_PROSE, " ", text, flags=re.S).replace("’", "'"))
    return {word for word in found if not re.match(CODE, word)}


def prose(path):
    """Return the text of a file that a reader reads."""
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, as_version=4).cells
        return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    texts = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            texts.append(ast.get_docstring(node) or "")
        if isinstance(node, ast.Assign | ast.AnnAssign) and ast.unparse(node).startswith("SENTENCES"):
            texts += [str(leaf.value) for leaf in ast.walk(node.value) if isinstance(leaf, ast.Constant)]
    return "\n\n".join(texts)


@cache
def english():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # spylls leaves its files open
        dictionary = Dictionary.from_files("en_US")
        gc.collect()
    return dictionary


def misspelt(text):
    stems = {word: re.sub(r"'s?$", "", word) for word in words(text)}
    right = set(KNOWN)
    return sorted(word for word, stem in stems.items() if stem not in right and not english().lookup(stem))


@pytest.mark.parametrize("path", [*NOTEBOOKS, *PAGES, *MODULES], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_spelling(path):
    assert misspelt(prose(path)) == []


def test_every_known_word_is_used_and_needed():
    used = set().union(*(words(prose(path)) for path in [*NOTEBOOKS, *PAGES, *MODULES]))
    used = {re.sub(r"'s?$", "", word) for word in used}
    assert [word for word in KNOWN if word not in used or english().lookup(word)] == []
    assert sorted(set(KNOWN), key=lambda word: (word.casefold(), word)) == KNOWN


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("The gradient flows backwards.", []),
        ("The gradeint flows.", ["gradeint"]),
        ("See `gradeint` and $\\gradeint$ and [this](gradeint.md).", []),
        ("See [the gradeint](a.md).", ["gradeint"]),
        ("**Recieve** it; the network's weihgts", ["Recieve", "weihgts"]),
        ("```\ngradeint\n```\n>>> gradeint\n1\n\nIt recieves", ["recieves"]),
    ],
)
def test_a_mistake_is_seen_in_prose_and_not_in_code(text, wrong):
    assert misspelt(text) == wrong
