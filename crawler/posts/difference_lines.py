"""A difference of two posts goes in; lines for a person come out: whole paragraphs, or only the words that changed."""

from __future__ import annotations

from bisect import bisect, bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby

from crawler.posts.differences import BREAK, Block, Difference
from crawler.posts.marks import Span, tokens

AROUND = 40
"""Letters of unchanged text before and behind a change that are shown."""
PICTURES = {
    "added": "image added",
    "removed": "image removed",
    "found": "image found",
    "other bytes": "image has other bytes",
}


def whole_lines(difference: Difference) -> Iterator[str]:
    """List what changed: changed paragraphs as `diff -u` writes lines, with one unchanged paragraph around them."""
    for field in difference.fields:
        yield f"{field.name}: {field.before or 'none'} → {field.after or 'none'}"
    yield from _pictures(difference)
    if difference.text:
        yield "body:"
        yield from (f"  {line}" for line in _unified(difference.body))
    yield from _markup(difference)


def marked_lines(difference: Difference) -> Iterator[tuple[Span, ...]]:
    """List what changed: of a paragraph, the words that changed and some around them. Each line is given in spans."""
    for field in difference.fields:
        yield Span("equal", f"{field.name}: "), *shortened(field.marks)
    yield from ((Span("equal", line),) for line in _pictures(difference))
    if difference.text:
        yield (Span("equal", "body:"),)
    for block in difference.body:
        if block.kind != "equal":
            marks = (Span("equal", block.before),) if block.kind == "moved away" else block.marks
            yield Span("equal", f"  {place(block)}: "), *shortened(marks)
    yield from ((Span("equal", line),) for line in _markup(difference))


def place(block: Block) -> str:
    """Say where a block is, and that it came, went or moved."""
    match block.kind:
        case "inserted":
            return f"paragraph {block.new}, new"
        case "deleted":
            return f"old paragraph {block.old}, removed"
        case "moved here":
            return f"paragraph {block.new}, moved from {block.old}"
        case "moved away":
            return f"old paragraph {block.old}, moved to {block.new}"
        case _:
            return f"paragraph {block.new}"


def shortened(marks: Sequence[Span]) -> Iterator[Span]:
    """Spans on one line, with `…` in place of unchanged text that is far from any change."""
    for number, span in enumerate(marks):
        text = span.text.replace(BREAK, " ¶ ")
        if span.kind == "equal":
            first = AROUND if number else 0
            last = AROUND if number < len(marks) - 1 else 0
            text = _without_middle(text, first, last) if len(marks) > 1 else beginning(text)
        yield Span(span.kind, text)


def beginning(text: str) -> str:
    """The first words of a text."""
    return _without_middle(text, AROUND, 0)


def _without_middle(text: str, first: int, last: int) -> str:
    """A text with `…` in place of what follows so many letters and precedes so many; words are left whole."""
    words = tokens(text)
    ends = list(accumulate(map(len, words), initial=0))
    start, end = bisect(ends, first) - 1, bisect_left(ends, ends[-1] - last)
    return "".join((*words[:start], "…", *words[end:])) if end - start > 1 else text


def _pictures(difference: Difference) -> Iterator[str]:
    yield from (f"{PICTURES[picture.kind]}: {picture.url}" for picture in difference.pictures)


def _markup(difference: Difference) -> Iterator[str]:
    """Say that only the markup changed; beside changes of fields or pictures that is left out."""
    if difference.markup and not difference.fields and not difference.pictures:
        yield "body: only the markup changed"


def _unified(body: Sequence[Block]) -> Iterator[str]:
    """Hunks of a unified diff."""
    lines = list(_signed(body))
    old = list(accumulate((sign != "+" for sign, _ in lines), initial=0))
    new = list(accumulate((sign != "-" for sign, _ in lines), initial=0))
    shown = [at for at in range(len(lines)) if any(sign != " " for sign, _ in lines[max(0, at - 1) : at + 2])]
    for _, hunk in groupby(enumerate(shown), lambda pair: pair[1] - pair[0]):
        numbers = [at for _, at in hunk]
        start, end = numbers[0], numbers[-1] + 1
        yield f"@@ -{_range(old[start], old[end])} +{_range(new[start], new[end])} @@"
        yield from (sign + text for sign, text in lines[start:end])


def _range(start: int, end: int) -> str:
    """Lines as a unified diff writes them: the first one and how many, which is left out when it is one."""
    if end - start == 1:
        return f"{start + 1}"
    return f"{start + 1 if end > start else start},{end - start}"


def _signed(body: Sequence[Block]) -> Iterator[tuple[str, str]]:
    """Every block with its sign; between unchanged ones the old blocks come before the new ones."""
    for equal, run in groupby(body, lambda block: block.kind == "equal"):
        blocks = list(run)
        if equal:
            yield from ((" ", block.before) for block in blocks)
            continue
        for sign, texts in (("-", [block.before for block in blocks]), ("+", [block.after for block in blocks])):
            yield from ((sign, line) for text in texts for line in text.split(BREAK) if line)
