"""All that the extractors know of languages: one file each, `xx.py` with a `LANGUAGE = Language(…)`.

`known` finds the files of this folder; `merged` joins their words. How to add a file: docs/adding-a-language.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, TypeVar

from crawler.extractors.languages.language import EastAsianBylines, Language

__all__ = ["EastAsianBylines", "Language", "alternatives", "known", "merged"]


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
