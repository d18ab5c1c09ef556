"""Two versions of a post go in; what changed comes out, as values: front matter, pictures, text with marks. Pure.

`difference_lines` and `difference_page` write it for a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Literal, NamedTuple

from crawler.posts.alignment import Run, shared_runs
from crawler.posts.blocks import blocks, visible
from crawler.posts.frontmatter import Value, parse
from crawler.posts.marks import Span, after, before, letters, marked, shared_letters, spans, tokens
from crawler.store.stored_version import StoredImage

LABELS: Mapping[str, str] = {"headimg": "lead image"}
"""Front-matter keys that the output calls by another name."""
ALIKE = 0.5
"""Share of the shorter block that two blocks have in common, when one is the other's new form."""
ALIKE_ALONE = 0.25
"""The same, where there is only one block on both sides, between blocks that did not change."""
PIECE = 4
"""Words, or characters of scripts without words, of the pieces by which a block is found again at another place."""
BREAK = "\n"
"""Between two blocks that became one, and within one that became two."""

PictureKind = Literal["added", "removed", "found", "other bytes"]
"""`found`: its bytes are stored now, and were missing before."""
BlockKind = Literal["equal", "changed", "inserted", "deleted", "moved here", "moved away"]


@dataclass(frozen=True)
class FieldChange:
    """A key of the front matter with another value; the items of a list are joined by ` / `."""

    name: str
    """As a person calls it."""
    before: str | None
    """None = it had no value."""
    after: str | None
    marks: tuple[Span, ...]


@dataclass(frozen=True)
class PictureChange:
    """A picture that came or went, or whose bytes did."""

    kind: PictureKind
    url: str
    before: StoredImage | None
    after: StoredImage | None


@dataclass(frozen=True)
class Block:
    """A paragraph, heading or list item of both texts, or of one of them.

    `changed`: it may be several that became one, or one that became several, with BREAK between them. `moved here`: at
    its new place, with marks where its text changed. `moved away`: at its old place; its marks delete it.
    """

    kind: BlockKind
    marks: tuple[Span, ...]
    old: int | None
    """Number of the (first) block in the old text, from 1; of a moved block, too. None = it is not there."""
    new: int | None
    """The same in the new text."""

    @property
    def before(self) -> str:
        """What the old text has here."""
        return "" if self.kind == "moved here" else before(self.marks)

    @property
    def after(self) -> str:
        """What the new text has here."""
        return after(self.marks)


@dataclass(frozen=True)
class Difference:
    """What changed from one version of a post to another."""

    fields: tuple[FieldChange, ...]
    pictures: tuple[PictureChange, ...]
    body: tuple[Block, ...]
    """The whole text, unchanged blocks included."""
    markup: bool
    """Whether the body has other tags or addresses, around the same text."""

    @property
    def text(self) -> bool:
        """Whether the text of the body changed."""
        return any(block.kind != "equal" for block in self.body)

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.fields or self.pictures or self.text or self.markup)

    def document(self) -> dict[str, Any]:
        """As JSON; unchanged blocks are left out."""
        return {
            "fields": [
                {"name": one.name, "before": one.before, "after": one.after, "marks": _pairs(one.marks)}
                for one in self.fields
            ],
            "pictures": [{"kind": one.kind, "url": one.url} for one in self.pictures],
            "body": [
                {"kind": one.kind, "old": one.old, "new": one.new, "marks": _pairs(one.marks)}
                for one in self.body
                if one.kind != "equal"
            ],
            "markup": self.markup,
        }


def _pairs(marks: Sequence[Span]) -> list[list[str]]:
    return [[span.kind, span.text] for span in marks]


def difference(
    old: str, new: str, images_before: Sequence[StoredImage] = (), images_after: Sequence[StoredImage] = ()
) -> Difference:
    """Compare two versions. `old`, `new`: texts of their post files."""
    one, other = parse(old), parse(new)
    body = _compared(_texts(one.body), _texts(other.body))
    return Difference(
        tuple(_fields(one.fields, other.fields)),
        tuple(_pictures(images_before, images_after)),
        body,
        markup=one.body != other.body and all(block.kind == "equal" for block in body),
    )


def _texts(body: str) -> list[str]:
    return [text for text in map(visible, blocks(body)) if text]


def _fields(old: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[FieldChange]:
    for name in {**old, **new}:
        if name != "thumbnail" and old.get(name) != new.get(name):
            value, now = _said(old.get(name)), _said(new.get(name))
            yield FieldChange(LABELS.get(name, name), value, now, marked(value or "", now or ""))


def _said(value: Value) -> str | None:
    if isinstance(value, list):
        return " / ".join(map(str, value)) or None
    return None if value in (None, "") else str(value)


def _pictures(images_before: Sequence[StoredImage], images_after: Sequence[StoredImage]) -> Iterator[PictureChange]:
    old, new = ({image.url: image for image in images} for images in (images_before, images_after))
    for url in sorted(new.keys() - old.keys()):
        yield PictureChange("added", url, None, new[url])
    for url in sorted(old.keys() - new.keys()):
        yield PictureChange("removed", url, old[url], None)
    for url in sorted(old.keys() & new.keys()):
        if old[url].digest != new[url].digest:
            found = old[url].digest is None and new[url].digest is not None
            yield PictureChange("found" if found else "other bytes", url, old[url], new[url])


def _compared(old: Sequence[str], new: Sequence[str]) -> tuple[Block, ...]:
    """Pair the blocks of two texts: the equal ones first, then those between them that are alike, then moved ones."""
    found: list[Block] = []
    at, place = 0, 0
    for run in (*shared_runs(old, new), Run(len(old), len(new), 0)):
        found += _gap(old[at : run.old], new[place : run.new], at + 1, place + 1)
        for number in range(run.length):
            text = old[run.old + number]
            found.append(Block("equal", (Span("equal", text),), run.old + number + 1, run.new + number + 1))
        at, place = run.old + run.length, run.new + run.length
    return tuple(_with_moves(found))


def _gap(old: Sequence[str], new: Sequence[str], first_old: int, first_new: int) -> Iterator[Block]:
    """The blocks between equal ones."""
    if len(old) == len(new) == 1 and _alike(marks := marked(old[0], new[0]), old[0], new[0], ALIKE_ALONE):
        yield Block("changed", marks, first_old, first_new)
        return
    groups = _groups(old, new) if len(old) * len(new) > 1 else []
    at, place = 0, 0
    for group in (*groups, _Group(len(old), len(old), len(new), len(new))):
        for number in range(at, group.old):
            yield Block("deleted", (Span("delete", old[number]),), first_old + number, None)
        for number in range(place, group.new):
            yield Block("inserted", (Span("insert", new[number]),), None, first_new + number)
        at, place = group.old_end, group.new_end
        if at > group.old:
            marks = marked(BREAK.join(old[group.old : at]), BREAK.join(new[group.new : place]))
            yield Block("changed", marks, first_old + group.old, first_new + group.new)


def _alike(marks: Sequence[Span], old: str, new: str, least: float) -> bool:
    """Whether two texts, or parts of them with these marks, have so much of the shorter text in common."""
    return shared_letters(marks) >= least * min(letters(old), letters(new))


class _Group(NamedTuple):
    """Neighbouring old blocks that became neighbouring new ones: one of each, but where blocks were joined or split."""

    old: int
    old_end: int
    new: int
    new_end: int


def _groups(old: Sequence[str], new: Sequence[str]) -> list[_Group]:
    """The groups of blocks that are alike, in order."""
    found: list[_Group] = []
    for number, other in _pairs_alike(old, new):
        if found and (number < found[-1].old_end or other < found[-1].new_end):
            found[-1] = found[-1]._replace(old_end=number + 1, new_end=other + 1)
        else:
            found.append(_Group(number, number + 1, other, other + 1))
    return found


def _pairs_alike(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Numbers of an old and a new block that have much in common; both rise.

    All words are compared at once, so that a block finds its parts in any others, in about linear time.
    """
    words, words_now = _words(old), _words(new)
    shared: dict[tuple[int, int], list[Run]] = {}
    for run in shared_runs([word for word, _ in words], [word for word, _ in words_now]):
        for at, place in zip(range(run.old, run.old + run.length), range(run.new, run.new + run.length), strict=True):
            shared.setdefault((words[at][1], words_now[place][1]), []).append(Run(at, place, 1))
    for (number, other), runs in shared.items():
        at, place = runs[0].old, runs[0].new
        here = [word for word, _ in words[at : runs[-1].old + 1]]
        there = [word for word, _ in words_now[place : runs[-1].new + 1]]
        marks = spans(here, there, [Run(run.old - at, run.new - place, 1) for run in runs])
        if _alike(marks, old[number], new[other], ALIKE):
            yield number, other


def _words(texts: Sequence[str]) -> list[tuple[str, int]]:
    """The tokens of blocks with the numbers of their blocks."""
    return [(token, number) for number, text in enumerate(texts) for token in (*tokens(text), BREAK)]


def _with_moves(found: Sequence[Block]) -> Iterator[Block]:
    """Say of deleted blocks that were inserted at another place that they moved."""
    deleted = {block.old: block.before for block in found if block.kind == "deleted" and block.old}
    inserted = {block.new: block.after for block in found if block.kind == "inserted" and block.new}
    places = _places(deleted, inserted)
    origins = {new: old for old, new in places.items()}
    for block in found:
        if block.kind == "deleted" and block.old in places:
            yield replace(block, kind="moved away", new=places[block.old])
        elif block.kind == "inserted" and block.new in origins:
            origin = origins[block.new]
            yield Block("moved here", marked(deleted[origin], block.after), origin, block.new)
        else:
            yield block


def _places(deleted: Mapping[int, str], inserted: Mapping[int, str]) -> dict[int, int]:
    """Number of each deleted block that was inserted again → its new number.

    It is the block that has most of its pieces; pieces that several inserted blocks have say nothing.
    """
    pieces = {number: _pieces(text) for number, text in inserted.items()}
    often = Counter(chain.from_iterable(pieces.values()))
    owner = {piece: number for number, found in pieces.items() for piece in found if often[piece] == 1}
    origins: dict[int, int] = {}
    for number, text in deleted.items():
        mine = _pieces(text)
        hits = Counter(owner[piece] for piece in mine if piece in owner)
        for place, count in hits.most_common(1):
            if count >= ALIKE * min(len(mine), len(pieces[place])):
                origins.setdefault(place, number)
    return {number: place for place, number in origins.items()}


def _pieces(text: str) -> set[str]:
    """All pieces of PIECE tokens, and a shorter text itself."""
    words = [word for word in tokens(text) if not word.isspace()]
    return {" ".join(words[at : at + PIECE]) for at in range(max(1, len(words) - PIECE + 1))}
