"""How much a text looks like writing in some language, and how little like bytes read in the wrong encoding.

In: one text in several readings. Out: for each a `Plausibility`: about 1 and more points for real text, below 0 for
mojibake.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from crawler.extractors import languages


class Plausibility(NamedTuple):
    """Compares by points first."""

    points: float
    """Mean per character outside ASCII."""
    misfits: int
    """Characters that no writer of the language puts there."""


UNKNOWN = -3.0
"""A letter that the language does not have."""
BROKEN = -12.0
"""U+FFFD, a control character, a private or unassigned code point."""
MISPLACED = -3.0
"""A capital inside a word in small letters, two scripts in one word, a sign inside a word."""
WORD_BONUS = 2.0
"""For the language whose frequent words the ASCII part of the text uses most, falling to 0 with their share."""
ENOUGH_WORDS = 4
"""Frequent words from which the bonus is given in full."""
LONG_RUN = 2.5
"""Mean length of runs of letters outside ASCII: 1.0 to 1.3 in Latin languages, 4 and more in other alphabets."""
ASCII_WORD = re.compile(r"(?<![a-z\x80-\U0010ffff])[a-z]+(?![a-z\x80-\U0010ffff])")
SIGNS = "«»“”„‚‘’–—…§°·€£©®№•¿¡\u00a0´ºª½™›‹"
"""Signs that occur in any European text."""
HOPELESS = Plausibility(-9.0, 999)

KIND_POINTS = {"sign": 1.0, "halfwidth": -1.5, "rare": -2.5, "other": -2.0, "broken": BROKEN}
"""`sign`: East Asian punctuation and full-width forms; `halfwidth`: katakana of one byte, a mark of misread text."""
NOT_EVERYDAY = -1.6


def plausibilities(readings: Mapping[str, str]) -> dict[str, Plausibility]:
    """The plausibility of each reading of the same bytes; all must agree on the ASCII characters."""
    words = Counter(ASCII_WORD.findall(min(readings.values(), key=len, default="").lower()))
    shares = {name: sum(words[word] for word in frequent) for name, frequent in _words().items()}
    return {name: _judge(text, shares) for name, text in readings.items()}


def _judge(text: str, shares: Mapping[str, int]) -> Plausibility:
    counts = Counter(character for character in text if character > "\x7f")
    total = counts.total()
    if not total:
        return Plausibility(0.0, 0)
    if counts["\ufffd"] * 20 > total:
        return HOPELESS
    wide = sum(count for character, count in counts.items() if character >= "\u2e80")
    if wide * 2 > total:
        points, misfits = _wide(counts)
    else:
        points, misfits = _narrow(counts, text, shares)
    if points > -total:
        displaced = _displaced(text)
        points, misfits = points + MISPLACED * displaced, misfits + displaced
    return Plausibility(points / total, misfits)


def _wide(counts: Counter[str]) -> tuple[float, int]:
    """East Asian text: kinds of characters, and how many are among the most frequent ones."""
    kinds = {character: _kind(character) for character in counts}
    of_kind: Counter[str] = Counter()
    for character, count in counts.items():
        of_kind[kinds[character]] += count
    total = counts.total()
    if of_kind["hangul"] * 4 > total:
        weights, common = {"hangul": 0.2, "hanzi": -0.5, "kana": -1.0}, _common("ko")
    elif of_kind["kana"] * 8 > total:
        weights, common = {"hangul": -2.0, "hanzi": 0.4, "kana": 1.6}, _common("ja")
    else:
        weights, common = {"hangul": -2.0, "hanzi": 0.0, "kana": -1.0}, _common("zh")
    points, misfits = 0.0, 0
    for character, count in counts.items():
        kind = kinds[character]
        if character in common:
            points += 3.0 * count
            continue
        points += count * (weights[kind] if kind in weights else KIND_POINTS[kind])
        if kind in ("hanzi", "hangul") and not _everyday(character):
            points += NOT_EVERYDAY * count
        elif kind in ("broken", "other"):
            misfits += count
    return points, misfits


@cache
def _kind(character: str) -> str:
    code = ord(character)
    if 0x3040 <= code <= 0x30FF:
        return "kana"
    if 0x4E00 <= code <= 0x9FFF:
        return "hanzi"
    if 0xAC00 <= code <= 0xD7A3:
        return "hangul"
    if 0x3000 <= code <= 0x303F or 0xFF01 <= code <= 0xFF5E or character in SIGNS:
        return "sign"
    if 0xFF61 <= code <= 0xFF9F:
        return "halfwidth"
    if _is_broken(character):
        return "broken"
    if 0x3400 <= code <= 0x4DBF or code >= 0x20000 or 0xF900 <= code <= 0xFAFF or 0x3130 <= code <= 0x318F:
        return "rare"
    return "other"


def _is_broken(character: str) -> bool:
    return character == "\ufffd" or unicodedata.category(character) in ("Cc", "Cn", "Co", "Cs")


STANDARDS = (
    ("gb2312", 0xB0A1, 0xD7F9),
    ("big5", 0xA440, 0xC67E),
    ("euc_jp", 0xB0A1, 0xCFD3),
    ("euc_kr", 0xB0A1, 0xC8FE),
)
"""National standards and the part of each that holds what is learnt at school and printed daily."""


@cache
def _everyday(character: str) -> bool:
    for encoding, first, last in STANDARDS:
        code = int.from_bytes(character.encode(encoding, "ignore"), "big")
        if first <= code <= last:
            return True
    return False


@cache
def _common(code: str) -> frozenset[str]:
    """The most frequent characters of an East Asian language."""
    return frozenset(next(language.characters for language in languages.known() if language.code == code))


def _narrow(counts: Counter[str], text: str, shares: Mapping[str, int]) -> tuple[float, int]:
    """Alphabets: the best of all languages, letters by their rank, frequent ASCII words as a hint."""
    total = counts.total()
    latin = sum(count for character, count in counts.items() if character < "\u0250")
    if latin * 2 > total:
        if total > LONG_RUN * len(re.findall(r"[^\x00-\x7f]+", text)):
            return BROKEN * total, total
        candidates = list(_words())
    else:
        candidates = [language for language in _weights() if language not in _words()]
    most = max(shares.values(), default=0)
    best = (float("-inf"), 0)
    for language in candidates:
        weights = _weights()[language]
        points, misfits = 0.0, 0
        for character, count in counts.items():
            weight = weights.get(character)
            if weight is None:
                weight = _stranger(character)
                misfits += count
            points += count * weight
        if most and language in shares:
            points += total * WORD_BONUS * shares[language] / most * min(1.0, most / ENOUGH_WORDS)
        best = max(best, (points, misfits))
    return best


@cache
def _stranger(character: str) -> float:
    if _is_broken(character):
        return BROKEN
    return UNKNOWN if unicodedata.category(character)[0] in "LM" else UNKNOWN / 2


@cache
def _weights() -> dict[str, dict[str, float]]:
    """Per language: points of each letter in both cases, from 2 for the most frequent down to -0.5; signs 0.3."""
    table = {}
    orders = {language.code: language.letters for language in languages.known() if language.letters}
    for language, order in orders.items():
        step = 2.5 / max(len(order), 12)
        weights = dict.fromkeys(SIGNS, 0.3)
        for rank, letter in enumerate(order):
            for form in {letter, letter.upper()}:
                if len(form) == 1:
                    weights[form] = max(weights.get(form, -1.0), 2.0 - step * rank)
        table[language] = weights
    return table


@cache
def _words() -> dict[str, frozenset[str]]:
    """Per language in Latin letters: frequent words."""
    return {
        language.code: frozenset(filter(str.isascii, language.common_words.split()))
        for language in languages.known()
        if language.common_words
    }


SIGN_CLASS = (
    r"\u0080-\u00a9\u00ab\u00ac\u00ae-\u00b4\u00b6\u00b8\u00b9\u00bb-\u00bf\u00d7\u00f7\u2020-\u2024\u2030\u2039\u203a"
    r"\u2044\u2070-\u20cf\u2100-\u2bff"
)
OTHER_SCRIPT = r"\u0370-\u06ff\u0e00-\u0e7f\uff61-\uff9f"
DISPLACED = (
    re.compile(r"[a-zß-öø-ÿа-џα-ώ][À-ÖØ-ÞЀ-ЯΑ-Ω]|[ß-öø-ÿа-џα-ώ][A-ZÀ-ÖØ-ÞЀ-ЯΑ-Ω]"),
    re.compile(rf"[^\W\d_][{SIGN_CLASS}](?=[^\W\d_])"),
    re.compile(r"(?<!\S)[\u2018\u2019\u00b6](?=[α-ώ])"),  # Ά of windows-1253 read as ISO-8859-7, and the reverse
    re.compile(rf"[A-Za-z][{OTHER_SCRIPT}]|[{OTHER_SCRIPT}][A-Za-z]"),
)


def _displaced(text: str) -> int:
    """Characters where no writer puts them."""
    return sum(len(pattern.findall(text)) for pattern in DISPLACED)
