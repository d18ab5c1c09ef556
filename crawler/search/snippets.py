"""A text and the phrases of a query go in; the text comes out with the phrases marked, whole or the best part. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from crawler.search.words import Phrase, Word, places

Pieces = tuple[tuple[str, bool], ...]
"""Parts of a text in order, and whether each is a hit."""
CUT = "…"


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


def _hits(found: Sequence[Word], phrases: Sequence[Phrase]) -> list[_Hit]:
    """Where the phrases are, in the order of the text."""
    hits = []
    for number, phrase in enumerate(phrases):
        first, count = phrase.words[0], len(phrase.words)
        for place, word in enumerate(found):
            begins = word.text.startswith(first) if phrase.is_open and count == 1 else word.text == first
            if begins and _follows(found[place : place + count], phrase):
                last = place + count - 1
                is_pair = phrase.is_open and len(found[last].text) > 1
                hits.append(_Hit(word.start, found[last + 1].start if is_pair else found[last].end, number))
    return sorted(hits, key=lambda hit: (hit.start, hit.end))


def _follows(found: Sequence[Word], phrase: Phrase) -> bool:
    *others, last = phrase.words
    if len(found) != len(phrase.words) or [word.text for word in found[:-1]] != others:
        return False
    return found[-1].text.startswith(last) if phrase.is_open else found[-1].text == last


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
