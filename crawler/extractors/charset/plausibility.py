"""The same bytes decoded in several encodings → a Plausibility for each: real text or mojibake.

Text in a language has about 1 point or more, mojibake less than 0.
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
    """The rating of a text, compared by points first."""

    points: float
    """Mean over the non-ASCII characters."""
    misfits: int
    """Number of characters that do not occur in text of the best language."""


UNKNOWN = -3.0
"""Points of a letter that the language does not have."""
BROKEN = -12.0
"""Points of U+FFFD, control characters, private and unassigned code points."""
MISPLACED = -3.0
"""Points for a capital or a sign inside a word in small letters, and for two scripts in one word."""
WORD_BONUS = 2.0
"""Points for the language with the most frequent words in the ASCII part; others get a proportional part."""
ENOUGH_WORDS = 4
"""How many frequent words earn the full bonus."""
LONG_RUN = 2.5
"""Mean length of non-ASCII runs above which a text is not Latin: 1.0 to 1.3 in Latin text, 4 and more in others."""
ASCII_WORD = re.compile(r"(?<![a-z\x80-\U0010ffff])[a-z]+(?![a-z\x80-\U0010ffff])")
SIGNS = "«»“”„‚‘’–—…§°·€£©®№•¿¡\u00a0´ºª½™›‹"
"""Signs that occur in texts of every European language."""
HOPELESS = Plausibility(-9.0, 999)
"""The rating of a text with more than one U+FFFD in 20 non-ASCII characters."""

KIND_POINTS = {"sign": 1.0, "halfwidth": -1.5, "rare": -2.5, "other": -2.0, "broken": BROKEN}
"""Points of East Asian characters by kind.

`sign`: punctuation and full-width forms; `halfwidth`: katakana of one byte, typical of mojibake.
"""
NOT_EVERYDAY = -1.6
"""Further points of a character outside the everyday part of all national standards."""


def plausibilities(readings: Mapping[str, str]) -> dict[str, Plausibility]:
    """Rate each reading of the same bytes; all readings must have the same ASCII characters."""
    words = Counter(ASCII_WORD.findall(min(readings.values(), key=len, default="").lower()))
    shares = {name: sum(words[word] for word in frequent) for name, frequent in _words().items()}
    return {name: _judge(text, shares) for name, text in readings.items()}


def _judge(text: str, shares: Mapping[str, int]) -> Plausibility:
    counts = Counter({character: count for character, count in Counter(text).items() if character > "\x7f"})
    total = counts.total()
    if not total:
        return Plausibility(0.0, 0)
    if counts["\ufffd"] * 20 > total:
        return HOPELESS
    wide = sum(count for character, count in counts.items() if character >= "\u2e80")
    if wide * 2 > total:
        points, misfits = _east_asian(counts)
    else:
        points, misfits = _alphabetic(counts, text, shares)
    if points > -total:
        displaced = _count_displaced(text)
        points, misfits = points + MISPLACED * displaced, misfits + displaced
    return Plausibility(points / total, misfits)


def _east_asian(counts: Counter[str]) -> tuple[float, int]:
    """Rate East Asian text by kinds of characters and the language's most frequent ones."""
    kinds = {character: _kind(character) for character in counts}
    of_kind: Counter[str] = Counter()
    for character, count in counts.items():
        of_kind[kinds[character]] += count
    total = counts.total()
    if of_kind["hangul"] * 4 > total:
        weights, common = {"hangul": 0.2, "hanzi": -0.5, "kana": -1.0}, _frequent_characters("ko")
    elif of_kind["kana"] * 8 > total:
        weights, common = {"hangul": -2.0, "hanzi": 0.4, "kana": 1.6}, _frequent_characters("ja")
    else:
        weights, common = {"hangul": -2.0, "hanzi": 0.0, "kana": -1.0}, _frequent_characters("zh")
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
    """Return a key of KIND_POINTS, or hanzi, hangul or kana."""
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
"""National standards, each with its range of everyday characters (first level)."""


@cache
def _everyday(character: str) -> bool:
    for encoding, first, last in STANDARDS:
        code = int.from_bytes(character.encode(encoding, "ignore"), "big")
        if first <= code <= last:
            return True
    return False


@cache
def _frequent_characters(code: str) -> frozenset[str]:
    """Return the most frequent characters of an East Asian language."""
    return frozenset(next(language.characters for language in languages.known() if language.code == code))


def _alphabetic(counts: Counter[str], text: str, shares: Mapping[str, int]) -> tuple[float, int]:
    """Rate alphabetic text in the best language, by frequency of letters and frequent ASCII words."""
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
                weight = _unknown_letter(character)
                misfits += count
            points += count * weight
        if most and language in shares:
            points += total * WORD_BONUS * shares[language] / most * min(1.0, most / ENOUGH_WORDS)
        best = max(best, (points, misfits))
    return best


@cache
def _unknown_letter(character: str) -> float:
    if _is_broken(character):
        return BROKEN
    return UNKNOWN if unicodedata.category(character)[0] in "LM" else UNKNOWN / 2


@cache
def _weights() -> dict[str, dict[str, float]]:
    """Return each language's points for its letters, from 2 for the most frequent to -0.5, and 0.3 for signs."""
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
    """Return each language's frequent words in ASCII letters."""
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


def _count_displaced(text: str) -> int:
    """Count the characters in places where no language has them."""
    return sum(len(pattern.findall(text)) for pattern in DISPLACED)
