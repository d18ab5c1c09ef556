"""A text and the phrases of a query go in; the text comes out with the phrases marked, whole or the best part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from archive import ArchiveError, StoreFailed
from crawler.search.texts import texts_of
from crawler.search.words import Phrase, Word, places
from crawler.store.stored_version import Version

Pieces = tuple[tuple[str, bool], ...]
"""Parts of a text in order, and whether each is a hit."""
CUT = "…"
WIDTH = 160
"""Columns of a snippet where no screen says otherwise."""


@dataclass(frozen=True)
class _Hit:
    start: int
    end: int
    phrase: int
    """Which one of the query."""


def marked(text: str, phrases: Sequence[Phrase]) -> Pieces:
    """The whole text."""
    return tuple(_pieces(text, 0, len(text), _hits(places(text), phrases)))


def snippet(text: str, phrases: Sequence[Phrase], width: int) -> Pieces:
    """The part of a text that has most of the phrases; without any, its beginning.

    `width`: most columns, of which a wide character takes two.
    """
    found = places(text)
    hits = _hits(found, phrases)
    start = _start(text, found, _best(hits, width // 2), width // 4)
    end = _end(text, found, start, width - 2 * len(CUT))
    pieces = list(_pieces(text, start, end, hits))
    before, after = [(CUT, False)] * (start > 0), [(CUT, False)] * (end < len(text))
    return tuple((" ".join(piece.split("\n")), is_hit) for piece, is_hit in (*before, *pieces, *after))


def snippet_of(
    version: Version, text: Callable[[Version], str], phrases: Sequence[Phrase], width: int = WIDTH
) -> Pieces:
    """The snippet of a version, whose post file `text` reads; what is wrong when its record can't be read."""
    try:
        return snippet(texts_of(version, text(version)).body, phrases, width)
    except StoreFailed as error:
        return ((str(error), False),)
    except (ArchiveError, ValueError) as error:
        return ((f"{error}; `warcpress audit` tells more", False),)


def _hits(found: Sequence[Word], phrases: Sequence[Phrase]) -> list[_Hit]:
    """Where the phrases are, in the order of the text."""
    by_word: dict[str, list[int]] = {}
    by_letter: dict[str, list[int]] = {}
    for number, phrase in enumerate(phrases):
        is_letter = phrase.is_open and len(phrase.words) == 1
        (by_letter if is_letter else by_word).setdefault(phrase.words[0], []).append(number)
    hits = []
    for place, word in enumerate(found):
        for number in (*by_word.get(word.text, ()), *by_letter.get(word.text[0], ())):
            end = _end_of(found, place, phrases[number])
            hits += [_Hit(word.start, end, number)] if end else []
    return sorted(hits, key=lambda hit: (hit.start, hit.end))


def _end_of(found: Sequence[Word], place: int, phrase: Phrase) -> int:
    """The end of a phrase whose first word is at `place`; 0 when the others do not follow."""
    *others, last = phrase.words
    end = place + len(others)
    if end >= len(found) or [word.text for word in found[place:end]] != others:
        return 0
    if phrase.is_open and len(found[end].text) > 1:
        return found[end + 1].start if found[end].text.startswith(last) else 0
    return found[end].end if found[end].text == last else 0


def _best(hits: Sequence[_Hit], reach: int) -> int:
    """The place of the first hit that has most other phrases behind it, at most `reach` characters away."""
    best = most = 0
    for number, hit in enumerate(hits):
        near = {hit.phrase}
        for other in hits[number + 1 :]:
            if other.end > hit.start + reach:
                break
            near.add(other.phrase)
        if len(near) > most:
            best, most = hit.start, len(near)
    return best


def _start(text: str, found: Sequence[Word], hit: int, before: int) -> int:
    """The beginning of a word that is about `before` columns before a hit; of the text when that is nearer."""
    start = hit
    while start > 0 and before > 0:
        start -= 1
        before -= _columns(text[start])
    return 0 if start == 0 else next(word.start for word in found if word.start >= start)


def _end(text: str, found: Sequence[Word], start: int, width: int) -> int:
    """The end of the last word that is whole within `width` columns from `start` on."""
    end = start
    while end < len(text) and width >= _columns(text[end]):
        width -= _columns(text[end])
        end += 1
    if end == len(text):
        return end
    return next((word.end for word in reversed(found) if start < word.end <= end), end)


def _columns(char: str) -> int:
    return 2 if east_asian_width(char) in "WF" else 1


def _pieces(text: str, start: int, end: int, hits: Sequence[_Hit]) -> Iterator[tuple[str, bool]]:
    """The text from `start` to `end`, cut at the hits; hits that overlap are one."""
    place = start
    spans: list[tuple[int, int]] = []
    for hit in hits:
        if spans and hit.start < spans[-1][1]:
            spans[-1] = spans[-1][0], max(hit.end, spans[-1][1])
        else:
            spans.append((hit.start, hit.end))
    for first, last in spans:
        if start <= first and last <= end:
            if first > place:
                yield text[place:first], False
            yield text[first:last], True
            place = last
    if end > place:
        yield text[place:end], False
