"""Two texts go in; spans that tell what was inserted and what was deleted come out. Pure.

Texts are compared by word; by character where a script writes no spaces between words, and in Korean. In mixed text
each run of a script goes by its own rule. What a reader takes for one character is never cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, NamedTuple

import regex

from crawler.posts.alignment import Run, shared_runs

Kind = Literal["equal", "insert", "delete"]
BY_CHANCE = 4
"""Most words, or characters of scripts without words, that two sentences are taken to share by chance."""

_BY_CHARACTER = "".join(rf"\p{{scx={name}}}" for name in ("Han", "Hiragana", "Katakana", "Bopomofo", "Hangul")) + (
    r"\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}\p{Yi}"
)
"""Scripts without spaces between words; and Korean, whose endings and particles are written on its words."""
_CHARACTER = rf"(?:(?=[[\p{{L}}\p{{N}}]--[{_BY_CHARACTER}]])\X)"
"""One character of a word, with its accents and joiners: an extended grapheme cluster (UAX 29)."""
_TOKEN = regex.compile(rf"{_CHARACTER}++(?:['’.,_-]{_CHARACTER}++)*+|\s++|\X", regex.V1)


@dataclass(frozen=True)
class Span:
    """A part of a text that has changed, or has not."""

    kind: Kind
    text: str


def tokens(text: str) -> list[str]:
    """Split a text into words, characters of scripts without words, signs, and white space; no part is left out."""
    found: list[str] = _TOKEN.findall(text)
    return found


def marked(before: str, after: str) -> tuple[Span, ...]:
    """Compare two texts; a deletion comes before the insertion in its place.

    The equal and the deleted spans give the old text, the equal and the inserted ones the new text.
    """
    old, new = tokens(before), tokens(after)
    return spans(old, new, shared_runs(old, new))


def before(marks: Sequence[Span]) -> str:
    """The old text."""
    return "".join(span.text for span in marks if span.kind != "insert")


def after(marks: Sequence[Span]) -> str:
    """The new text."""
    return "".join(span.text for span in marks if span.kind != "delete")


def letters(text: str) -> int:
    """Letters and signs of a text, without white space."""
    return len("".join(text.split()))


def shared_letters(marks: Sequence[Span]) -> int:
    """Letters and signs that both texts have."""
    return letters("".join(span.text for span in marks if span.kind == "equal"))


class _Change(NamedTuple):
    """Old tokens that are replaced by new ones, by the first and the one behind the last."""

    old: int
    old_end: int
    new: int
    new_end: int


def spans(old: Sequence[str], new: Sequence[str], runs: Sequence[Run]) -> tuple[Span, ...]:
    """The spans of two texts, given as tokens that share `runs`.

    A few words between two changes that are twice as long become a part of them: sentences share such words by chance,
    and they would hide that one sentence replaces the other.
    """
    here, there = _lengths(old), _lengths(new)
    words = list(accumulate((not item.isspace() for item in old), initial=0))

    def size(change: _Change) -> int:
        return max(here[change.old_end] - here[change.old], there[change.new_end] - there[change.new])

    changes: list[_Change] = []
    for change in _changes(runs, len(old), len(new)):
        changes.append(change)
        while len(changes) > 1:
            earlier, later = changes[-2:]
            between = here[later.old] - here[earlier.old_end]
            if 2 * between > min(size(earlier), size(later)) or words[later.old] - words[earlier.old_end] > BY_CHANCE:
                break
            changes[-2:] = [_Change(earlier.old, later.old_end, earlier.new, later.new_end)]
    trimmed = [_trimmed(old, new, change) for change in changes]
    return tuple(_written(old, new, list(_slid(old, new, trimmed))))


def _lengths(items: Sequence[str]) -> list[int]:
    """Letters and signs, without white space, before each token and in all of them."""
    return list(accumulate((0 if item.isspace() else len(item) for item in items), initial=0))


def _changes(runs: Sequence[Run], old_end: int, new_end: int) -> Iterator[_Change]:
    old, new = 0, 0
    for run in (*runs, Run(old_end, new_end, 0)):
        if run.old > old or run.new > new:
            yield _Change(old, run.old, new, run.new)
        old, new = run.old + run.length, run.new + run.length


def _trimmed(old: Sequence[str], new: Sequence[str], change: _Change) -> _Change:
    """A change without tokens that both texts begin or end with there, such as a space."""
    at, at_end, place, place_end = change
    while at < at_end and place < place_end and old[at_end - 1] == new[place_end - 1]:
        at_end, place_end = at_end - 1, place_end - 1
    while at < at_end and place < place_end and old[at] == new[place]:
        at, place = at + 1, place + 1
    return _Change(at, at_end, place, place_end)


def _slid(old: Sequence[str], new: Sequence[str], changes: Sequence[_Change]) -> Iterator[_Change]:
    """Move what was only inserted or only deleted to the right, while that says the same.

    Then a new sentence ends with its full stop, in place of beginning with that of the sentence before.
    """
    ends = [change.old - 1 for change in changes[1:]] + [len(old)]
    for (at, at_end, place, place_end), end in zip(changes, ends, strict=False):
        shift = 0
        if at == at_end or place == place_end:
            here, start = (new, place) if at == at_end else (old, at)
            while at_end + shift < end and here[start + shift] == old[at_end + shift]:
                shift += 1
        yield _Change(at + shift, at_end + shift, place + shift, place_end + shift)


def _written(old: Sequence[str], new: Sequence[str], changes: Sequence[_Change]) -> Iterator[Span]:
    at = 0
    for change in (*changes, _Change(len(old), len(old), len(new), len(new))):
        if change.old > at:
            yield Span("equal", "".join(old[at : change.old]))
        if change.old_end > change.old:
            yield Span("delete", "".join(old[change.old : change.old_end]))
        if change.new_end > change.new:
            yield Span("insert", "".join(new[change.new : change.new_end]))
        at = change.old_end
