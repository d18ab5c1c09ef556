"""Text goes in, words come out, as the index has them; a query becomes words in the same way. Pure.

Letters are compared without case, width and accents. Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese do not
mark all words by spaces, so each pair of neighbouring characters is a word, and the last character of a run one more:
`中国人` gives 中国, 国人, 人. Two characters are found as the pair, and one as the beginning of a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from unicodedata import category, combining, is_normalized, normalize

_PAIRED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai and Lao, Burmese, Khmer
    "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"  # Hangul
    "\u3040-\u30ff\u31f0-\u31ff\U0001b000-\U0001b16f"  # Kana
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\u3100-\u312f\u31a0-\u31bf"  # Bopomofo
)
"""Letters that give pairs; the fourth line is Han."""
_RUN = re.compile(f"([{_PAIRED}]+)|[^ {_PAIRED}]+")
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]"
)
"""Accents of Latin, Greek and Cyrillic letters, points of Hebrew and Arabic ones: many writers leave them out.

The marks of other scripts are vowels and tones, without which a word is another one.
"""
_JOINING = "\u1160-\u11ff\u3131-\u318e\uff9e\uff9f\uffa0-\uffdc"
"""Letters that may become one with the letter before them, though they are no marks: Hangul and half-width Kana."""
_JOINS = re.compile(f"[{_JOINING}]")

_WIDE = re.compile("[\u00a0\u2025\u2026\u3000\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]+")
"""Wide spaces and punctuation, which go first: 700 characters with them take NFKC 0.2 ms, without 0.002 (2026-11)."""


class _Letters(dict[int, str]):
    """A table for `str.translate`: what is no part of a word becomes a space, what is invisible goes."""

    def __missing__(self, code: int) -> str:
        kind = category(chr(code))
        self[code] = chr(code) if kind[0] in "LMN" else "" if kind == "Cf" else " "
        return self[code]


_LETTERS = _Letters()


class Word(NamedTuple):
    """A word of a text and its place there."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Phrase:
    """Words that follow each other, as a query has them."""

    words: tuple[str, ...]
    is_open: bool
    """Whether the last word may be the beginning of a longer one: it is a single character of a script with pairs."""


def words(text: str) -> list[str]:
    """All words of a text, in order."""
    found: list[str] = []
    for run in _RUN.finditer(_letters(text)):
        paired = run[1]
        found += [paired[place : place + 2] for place in range(len(paired))] if paired else [run[0]]
    return found


def phrase(text: str) -> Phrase:
    """Words of a query that are looked for in this order; empty when the text has no letter or digit.

    A text has it where it has these letters and digits, whatever is between the words.
    """
    found = _cut(_letters(text))
    if not found or not re.match(f"[{_PAIRED}]", found[-1][0]):
        return Phrase(tuple(word for word, _start, _end in found), is_open=False)
    *others, (last, start, _end) = found
    alone = not others or others[-1][2] <= start  # the run has one character
    return Phrase(tuple(word for word, _start, _end in others) + ((last,) if alone else ()), is_open=alone)


def places(text: str) -> list[Word]:
    """All words of a text with their places; the same words as `words` gives."""
    letters = _letters(text)
    if _keeps_places(text, letters):
        return list(map(Word._make, _cut(letters)))
    origins = []
    for start, end in _clusters(text):
        origins += [(start, end)] * len(_letters(text[start:end]))
    return [Word(word, origins[start][0], origins[end - 1][1]) for word, start, end in _cut(letters)]


def _letters(text: str) -> str:
    """The letters and digits of a text in one form, with spaces between them."""
    folded = normalize("NFKC", _WIDE.sub(_blank, text)).casefold()
    if not folded.isascii():
        folded = normalize("NFC", _ACCENTS.sub("", normalize("NFD", folded)))
    return folded.translate(_LETTERS)


def _blank(run: re.Match[str]) -> str:
    return " " * len(run[0])


def _keeps_places(text: str, letters: str) -> bool:
    """Whether each character of a text became one of its letters: so it is with most Chinese texts."""
    plain = _WIDE.sub(_blank, text)
    folded = plain.casefold()
    if not is_normalized("NFKC", plain) or _ACCENTS.search(normalize("NFD", folded)):
        return False
    return is_normalized("NFC", folded) and len(text) == len(folded) == len(letters)


def _cut(letters: str) -> list[tuple[str, int, int]]:
    """The words of these letters, with their places among them."""
    found: list[tuple[str, int, int]] = []
    for run in _RUN.finditer(letters):
        start, end = run.span()
        if run[1]:
            found += [(letters[place : place + 2], place, place + 2) for place in range(start, end - 1)]
            start = end - 1
        found.append((letters[start:end], start, end))
    return found


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Places of the letters of a text, each with the marks that belong to it."""
    start = 0
    for place in range(1, len(text)):
        if not _joins(text[place]):
            yield start, place
            start = place
    if text:
        yield start, len(text)


def _joins(char: str) -> bool:
    return char > "\u02ff" and (combining(char) > 0 or category(char)[0] == "M" or _JOINS.match(char) is not None)
