"""All that the extractors know of languages: one file each, `xx.py` with a `LANGUAGE = Language(…)`.

`known` finds the files of this folder, `merged` joins their words, and `written_in` knows a language by its letters.
How to add a file: docs/adding-a-language.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, TypeVar

from crawler.extractors.languages.language import EastAsianBylines, Language

__all__ = ["EastAsianBylines", "Language", "alternatives", "known", "merged", "written_in"]

_OWN_LETTERS_SHARE = 0.02
"""Share of a language's own letters in a text from which it is this language, not another in the same script."""


@cache
def known() -> tuple[Language, ...]:
    """Import every language of this folder, in the order of their codes."""
    names = sorted(module.name for module in iter_modules(__path__) if module.name != "language")
    return tuple(import_module(f"{__name__}.{name}").LANGUAGE for name in names)


@cache
def merged() -> Language:
    """Join the words of all languages, field by field, each word once.

    Fields with one value per language (`code`, `script_share`, `year_first` …) mean nothing here.
    """
    return _merged(known())


_Declared = TypeVar("_Declared", Language, EastAsianBylines)


def _merged(values: tuple[_Declared, ...]) -> _Declared:
    return type(values[0])(**dict(_fields(values)))


def _fields(values: tuple[_Declared, ...]) -> Iterator[tuple[str, Any]]:
    for each in fields(values[0]):
        parts = [getattr(value, each.name) for value in values]
        first = parts[0]
        if is_dataclass(first):
            yield each.name, _merged(tuple(parts))
        elif isinstance(first, tuple):
            yield each.name, tuple(dict.fromkeys(word for part in parts for word in part))
        elif isinstance(first, Mapping):
            yield each.name, {key: value for part in reversed(parts) for key, value in part.items()}
        elif isinstance(first, str):
            yield each.name, "".join(dict.fromkeys("".join(parts)))
        else:
            yield each.name, first


def alternatives(*groups: tuple[str, ...]) -> str:
    """Join words to a group of a regular expression that matches any of them, the longest first."""
    words = dict.fromkeys(word for group in groups for word in group)
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")" if words else "(?!)"


def written_in(sample: Callable[[], str], declared: str) -> str:
    """The language that the script of a text tells; else the one that its page declares, empty for none.

    Templates with lang="en" around Chinese news are common. `sample` gives a part of the text where it is needed.
    """
    written = _written()
    declared = "zh" if declared == "cn" else declared
    if declared in written and written[declared].script_overrules:
        return declared
    text = sample()
    letters = 0 if text.isascii() else sum(map(str.isalpha, text))
    if not letters:
        return declared
    for language in written.values():
        may_decide = language.script_overrules or not declared
        if may_decide and _share(language.script, text, letters) > language.script_share:
            return _sister(language.code, text, letters)
    return declared


@cache
def _written() -> dict[str, Language]:
    """Return the languages with a script by their codes, the rarest script first."""
    written = (language for language in known() if language.script)
    return {language.code: language for language in sorted(written, key=lambda each: each.script_share)}


def _sister(code: str, text: str, letters: int) -> str:
    """Return the language with the same script whose own letters are in the text; `code` when there is none."""
    sisters = (language for language in known() if language.sister_of == code)
    return next((each.code for each in sisters if _share(each.own_letters, text, letters) > _OWN_LETTERS_SHARE), code)


def _share(letter: str, text: str, letters: int) -> float:
    """Return the share of a text's letters that match a regular expression for one letter."""
    return len(re.findall(letter, text)) / letters
