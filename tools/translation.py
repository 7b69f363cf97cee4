"""The texts in a notebook or a page: to find them, to put others in their place, and to see what is wrong with those.

A text is a paragraph, a heading, a list or a table of Markdown; or in a code cell a comment, a docstring or a string
that is shown. Formulas, code and names of variables are none.
"""

import ast
import io
import re
import tokenize
from collections import Counter
from typing import NamedTuple

from markdown_it import MarkdownIt

CHINESE = r"\u3400-\u9fff"
FORMULA = r"\$\$.+?\$\$|\$[^$\n]+\$"
CODE_SPAN = r"`[^`]+`"
TARGET = r"(?<=\])\([^)]*\)"  # of a link or an image
TAG = r"</?\w[^>]*>"
PLACEHOLDER = r"\{[^{}]*\}"
NAMES_IN_FORMULAS = ("prod", "diag")  # in \text{…}, and not a word

MARKDOWN = MarkdownIt("commonmark").enable("table")


# Markdown.


def chunks(text):
    """Return the paragraphs of a Markdown text with the blank lines between them; joined, they are the text.

    Examples
    --------
    >>> chunks("# Title\\n\\n- one\\n- two\\n\\n$$a$$\\n")
    ['# Title', '\\n\\n', '- one\\n- two', '\\n\\n', '$$a$$', '\\n']
    """
    found, inside = [""], ""
    for line in text.splitlines(keepends=True):
        fence = re.match(r" *(```|\$\$)", line)
        blank = not line.strip() and not inside
        if blank != (not found[-1].strip()):
            found.append("")
        found[-1] += line
        if fence and not inside and line.count(fence[1]) % 2:
            inside = fence[1]
        elif inside and inside in line:
            inside = ""
    parts = []
    for chunk in found:
        body = chunk.rstrip("\n")
        parts += [body, chunk[len(body) :]] if body.strip() else [chunk]
    return [part for part in "\0".join(parts).replace("\n\0\n", "\n\n").split("\0") if part]


def plain(text):
    """Return a Markdown text without its formulas, code, targets of links, and tags; of formulas stay the words."""
    words = [word for word in re.findall(r"\\text\{([^}]*)\}", text) if word not in NAMES_IN_FORMULAS]
    text = re.sub(rf"(?s)```.*?(```|$)|{FORMULA}|{CODE_SPAN}|{TARGET}|{TAG}", " ", text)
    return " ".join([text, *words])


def is_text(chunk):
    """Return whether there is anything to translate in a chunk.

    Examples
    --------
    >>> [is_text(chunk) for chunk in ("It falls.", "$$a = b$$", "</details>", "```sh\\nmake lab\\n```", "![](a.png)")]
    [True, False, False, False, False]
    >>> is_text("{J} = {L}."), is_text("{J} = {L}")  # Chinese has a full stop of its own
    (True, False)
    """
    return bool(re.search(r"[^\W\d_]{2}|}\.$", plain(chunk)))


def unwrapped(chunk):
    """Return a paragraph whose lines are joined; the lines of lists and tables stay.

    Examples
    --------
    >>> unwrapped("- one\\n  item\\n- two")
    '- one item\\n- two'
    """
    return chunk if chunk.lstrip().startswith("```") else re.sub(r"\n *(?![-*|>#\s]|\d+\. |<)", " ", chunk)


# Code.


class Literal(NamedTuple):
    """A string or a comment of a cell: where it stands, its text, and whether it is shown, here or wherever it stands.

    `kind` is "comment", "docstring", "string" or "f-string".
    """

    start: int
    end: int
    text: str
    kind: str
    shown: bool = False
    everywhere: bool = False


def literals(source):
    """Return the comments and strings of a cell, in order."""
    tree = ast.parse(source)
    shown, everywhere, docstrings, operands = set(), set(), set(), set()

    def show(node, into):
        if isinstance(node, ast.Constant | ast.JoinedStr):
            into.add(node)
        for name in ("body", "orelse", "left", "right", "elts", "keys") if _is_composed(node) else ():
            parts = getattr(node, name, [])
            for part in parts if isinstance(parts, list) else [parts]:
                show(part, into)

    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and re.match(r"print$|(\w+\.)?show_\w+$", ast.unparse(node.func)):
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                show(argument, shown)
        if isinstance(node, ast.Return) and node.value:
            show(node.value, everywhere)
        if isinstance(node, ast.FunctionDef) and isinstance(node.body[0], ast.Expr) and ast.get_docstring(node):
            docstrings.add(node.body[0].value)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            operands.add(node.left)

    found = []
    for node in _strings(tree):
        start = _offset(source, node.lineno, node.col_offset, bytes_=True)
        end = _offset(source, node.end_lineno, node.end_col_offset, bytes_=True)
        kind = "docstring" if node in docstrings else "string" if isinstance(node, ast.Constant) else "f-string"
        text = _inner(source[start:end]) if kind == "f-string" else node.value
        text = "\n".join(line.strip() for line in text.splitlines()) if kind == "docstring" else text
        words = re.sub(PLACEHOLDER, "0", text)
        one = bool(re.search(r"(?<![\w.])[A-Za-z]{3,}(?![\w(.=\[])", words))
        several = bool(re.search(r"[A-Za-z]{3,}[,:]? +\w|[A-Za-z][,:]? +[A-Za-z]{3}", words)) and node not in operands
        several = several and not re.search(r"\w\(", words)  # a piece of a program
        general = several or (one and node in everywhere)
        is_shown = general or (one and node in shown) or kind == "docstring"
        found.append(Literal(start, end, text, kind, is_shown, general and kind == "string"))
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            start, text = _offset(source, *token.start), token.string.lstrip("# ")
            shown_too = bool(re.search(r"[A-Za-z]{3}", text))
            found.append(Literal(start, start + len(token.string), text, "comment", shown_too))
    return sorted(found)


def _is_composed(node):
    return isinstance(node, ast.IfExp | ast.BinOp | ast.Tuple | ast.List | ast.Dict)


def _strings(tree):
    """Return the nodes of strings in order; those within an f-string belong to it."""
    found = []

    def walk(node):
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            found.append(node)
        else:
            for child in ast.iter_child_nodes(node):
                walk(child)

    walk(tree)
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def _offset(source, line, column, bytes_=False):
    """Return where a line and a column are in a text; the columns of `ast` count bytes."""
    lines = source.splitlines(keepends=True)
    if bytes_:
        column = len(lines[line - 1].encode()[:column].decode())
    return sum(map(len, lines[: line - 1])) + column


def _inner(literal):
    """Return what stands between the quotes of an f-string."""
    prefix, quote = re.match(r"""(\w*)("{3}|'{3}|"|')""", literal).groups()
    inner = literal[len(prefix) + len(quote) : -len(quote)]
    if quote in inner:
        raise ValueError(f"expected an f-string in one piece, got {literal}")
    return inner


def with_texts(source, translated, renamed=()):
    """Return a cell with other texts in the place of those that are shown.

    Parameters
    ----------
    source : str
    translated : callable
        From a text to the one that takes its place.
    renamed : collection of str
        Strings that are translated wherever they stand, since a program compares or looks them up.

    Examples
    --------
    >>> with_texts("print('it falls', x['it falls'], y['W2'])  # by half", str.upper, ["it falls"])
    "print('IT FALLS', x['IT FALLS'], y['W2'])  # BY HALF"
    """
    for literal in reversed(literals(source)):
        if literal.shown or (literal.kind == "string" and literal.text in renamed):
            new = translated(literal.text)
            if new != literal.text:
                start, end = literal.start, literal.end
                source = source[:start] + _written(new, literal.kind, source, start, end) + source[end:]
    return source


def _written(text, kind, source, start, end):
    """Return a text as it is written in a program in the place of another."""
    old = source[start:end]
    if kind == "comment":
        return f"# {text}"
    if kind == "docstring":
        indent = " " * (start - source.rfind("\n", 0, start) - 1)
        return (
            '"""'
            + "\n".join(indent * bool(k and line) + line for k, line in enumerate(text.split("\n")))
            + (f'{indent}"""' if text.endswith("\n") else '"""')
        )
    if kind == "f-string":
        prefix, quote = re.match(r"""(\w+)("{3}|'{3}|"|')""", old).groups()
        if quote in text:
            raise ValueError(f"expected no {quote} in {text!r}, which stands between such quotes")
        return f"{prefix}{quote}{text}{quote}"
    quote = "'" if '"' in text or (old[0] == "'" and "'" not in text) else '"'
    return quote + text.replace("\\", "\\\\").replace("\n", "\\n").replace(quote, f"\\{quote}") + quote


def same_program(english, other, renamed=()):
    """Return whether two cells are the same program, whatever their shown texts say.

    The placeholders of an f-string have to be the same, in any order.

    Examples
    --------
    >>> [same_program("print('it falls', x)", other) for other in ("print('下降', x)", "print('下降', y)")]
    [True, False]
    """
    trees = ast.parse(english), ast.parse(other)
    strings = [_strings(tree) for tree in trees]
    told = [literal for literal in literals(english) if literal.kind != "comment"]
    if not len(told) == len(strings[0]) == len(strings[1]):
        return False
    for literal, *nodes in zip(told, *strings, strict=True):
        if literal.shown or literal.text in renamed:
            for node in nodes:
                if isinstance(node, ast.JoinedStr):
                    values = [value for value in node.values if isinstance(value, ast.FormattedValue)]
                    node.values = sorted(values, key=ast.dump)
                else:
                    node.value = ""
    return ast.dump(trees[0]) == ast.dump(trees[1])


# What can be wrong with a translation.


def placeholders(text):
    """Return the placeholders of a sentence or of an f-string, as they are written."""
    return Counter(re.findall(PLACEHOLDER, text.replace("{{", "").replace("}}", "")))


def _formulas(text):
    blanked = re.sub(r"\\text\{([^}]*)\}", lambda m: m[0] if m[1] in NAMES_IN_FORMULAS else r"\text{}", text)
    return Counter(re.findall(FORMULA, blanked, flags=re.S))


def rendered(text):
    """Return how often each element occurs in a Markdown text as HTML, the HTML without its code, and its em elements.

    Formulas are taken out first, as JupyterLab does.
    """
    html = MARKDOWN.render(re.sub(rf"(?s){FORMULA}", "@@0@@", text))
    elements = Counter(re.findall(r"<(\w+)", html))
    left = re.sub(r"<code.*?</code>", "", html, flags=re.S)
    return elements, re.sub(r"<[^>]*>", "", left), re.findall(r"<em>(.*?)</em>", left, re.S)


def faults_of_markdown(english, chinese):
    """Yield what is wrong with the translation of a paragraph."""
    for what, pattern in (("code", CODE_SPAN), ("link or image", TARGET), ("tag", TAG)):
        yield from _differ(what, *(Counter(re.findall(pattern, text)) for text in (english, chinese)))
    yield from _differ("formula", _formulas(english), _formulas(chinese))
    (old, old_left, _), (new, left, em) = rendered(english), rendered(chinese)
    for element in sorted({*old, *new} - {"em", "strong"}):
        if old[element] != new[element]:
            yield f"<{element}> occurs {new[element]} times as HTML, and {old[element]} times in English"
    if not old["strong"] <= new["strong"] <= old["strong"] + old["em"]:
        yield f"{new['strong']} bold texts as HTML, and {old['strong']} in English"
    for mark in ("*", "](", "`"):
        if left.count(mark) > old_left.count(mark):
            yield f"{mark} stays visible as HTML: a space is missing beside it, or a letter"
    yield from (f"italics for Chinese: {text}" for text in em if re.search(f"[{CHINESE}]", text))
    yield from faults_of_chinese(english, plain(chinese), plain(english))


def faults_of_sentence(english, chinese):
    """Yield what is wrong with the translation of a sentence or of a string."""
    yield from _differ("placeholder", placeholders(english), placeholders(chinese))
    bare = [re.sub(PLACEHOLDER, "0", text) for text in (chinese, english)]
    yield from faults_of_chinese(english, *bare)


def faults_of_chinese(english, chinese, prose):
    """Yield what is wrong with Chinese prose whose English is `prose`."""
    if len(re.findall(r"[A-Za-z]{2,}", prose)) > 3 and not re.search(f"[{CHINESE}]", chinese):
        yield "no Chinese in it"
    for found in re.finditer(rf"[{CHINESE}]{{1,4}}([,;:!?()]|\.(?!\w))", chinese):
        yield f"{found[0]} has a half-width mark: write ，。；：！？（）"
    for found in re.finditer(rf"([的了是在和与中对把被])\1|([{CHINESE}]{{2,}})\2", chinese):
        yield f"{found[0]} says something twice"


def _differ(what, english, chinese):
    for text in english - chinese:
        yield f"{what} is missing: {text}"
    for text in chinese - english:
        yield f"{what} is not in English: {text}"


def glossary(page):
    """Return the terms of docs/terms.md: from each English term to those that Chinese may have for it.

    Terms with a remark in brackets, such as *cut (of a graph)*, have other meanings too, and those whose Chinese has
    Latin letters stand as they are.

    Examples
    --------
    >>> glossary("## Terms\\n\\n| epoch * | 迭代周期, 轮 | one pass | x |\\n| cut (of a graph) | 切断 | … | x |")
    {'epoch': ['迭代周期', '轮']}
    """
    terms = {}
    for english, chinese in re.findall(r"(?m)^\| ([^|]*) \| ([^|]*) \|", page.partition("## Terms")[2]):
        words = [word for word in re.split(r"[,()\s]+", chinese) if re.fullmatch(f"[{CHINESE}]+", word)]
        for term in english.replace("*", "").split(","):
            if words and not re.search(r"[(]", english) and term.strip():
                terms[term.strip().lower()] = words
    terms.pop("english", None)
    return terms


def faults_of_terms(english, chinese, terms, free=()):
    """Yield which terms of the glossary a translation lacks; `free` are those that mean something else here."""
    prose = re.sub(r"\bfor example\b|\bexample:", "", plain(english).lower())
    for term, words in terms.items():
        if term not in free and re.search(rf"\b{re.escape(term)}s?\b", prose) and not any(w in chinese for w in words):
            yield f"{term} is {' or '.join(words)} in the glossary (if it means something else: # free: {term})"
