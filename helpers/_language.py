"""The language in which sentences are shown: English, or one that `locale` has translations into.

A module keeps its sentences in ``SENTENCES = Sentences() | {…}``, by key, in English. ``SENTENCES[key]`` gives the
sentence in the language that is chosen at that moment, so it is looked up where it is shown and not on import.
"""

import gettext
import os
import unicodedata
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"

code = "en"
_translations = gettext.NullTranslations()


def language(chosen):
    """Show sentences in a language from now on: explorers, verdicts, reports, figures and descriptions of pictures.

    Parameters
    ----------
    chosen : {"en", "zh"}

    Examples
    --------
    >>> language("en")
    >>> language("zu")
    Traceback (most recent call last):
    ...
    ValueError: language: expected one of en, zh, got 'zu'
    """
    global code, _translations
    known = ["en", *sorted(path.name for path in LOCALE.iterdir())]
    if chosen not in known:
        raise ValueError(f"language: expected one of {', '.join(known)}, got {chosen!r}")
    english = chosen == "en"
    _translations = gettext.NullTranslations() if english else gettext.translation("course", LOCALE, [chosen])
    code = chosen


def translated(context, sentence):
    """Return a sentence in the chosen language; as it is, where it has no translation.

    Parameters
    ----------
    context, sentence : str
        The two together are what a translation is found by.

    Examples
    --------
    >>> translated("no such context", "It falls.")
    'It falls.'
    """
    return _translations.pgettext(context, sentence)


class Sentences(dict):
    """Sentences by key; a lookup by key gives the sentence in the chosen language.

    Examples
    --------
    >>> SENTENCES = Sentences() | {"open": "not attempted yet"}
    >>> SENTENCES["open"]
    'not attempted yet'
    """

    def __or__(self, sentences):
        return Sentences(super().__or__(sentences))

    def __getitem__(self, key):
        return translated(key, super().__getitem__(key))

    def items(self):
        return [(key, self[key]) for key in self]


SENTENCES = Sentences() | {
    "comma": "{first}, {second}",
    "semicolon": "{first}; {second}",
    "and": "{first} and {second}",
    "or": "{first} or {second}",
    "inputs": "{first} and {second}",
    "next": "{first} {second}",
}


def joined(kind, texts, last=None):
    """Return texts as one, joined as the chosen language does it.

    Parameters
    ----------
    kind, last : {"comma", "semicolon", "and", "or", "inputs", "next"}
        What stands between two of them, and between the last two, if that differs. "next" joins sentences, "inputs"
        those of an operator.
    texts : sequence of str

    Examples
    --------
    >>> joined("comma", ["x", "W1", "y"], last="and")
    'x, W1 and y'
    """
    texts = list(texts)
    whole = texts[0] if texts else ""
    for k, text in enumerate(texts[1:], start=2):
        whole = SENTENCES[last if last and k == len(texts) else kind].format(first=whole, second=text)
    return whole


def columns(text):
    """Return how many columns of a table a text takes in a font of fixed width; a Chinese character takes two.

    Examples
    --------
    >>> columns("W1"), columns("权重")
    (2, 4)
    """
    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text)


language(os.environ.get("COURSE_LANGUAGE", "en"))
