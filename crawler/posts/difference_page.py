"""A difference of two posts goes in; HTML for a browser comes out, with insertions and deletions marked.

It is dead, whatever the posts say: elements and classes of ours with escaped text, no script, link or picture. `STYLE`
has the colours, for light and dark; what was deleted is also struck through, what was inserted underlined, and both
have words for a screen reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from archive import printable
from crawler.posts.difference_lines import PICTURES, beginning, place
from crawler.posts.differences import BREAK, Block, Difference
from crawler.posts.marks import Span

UNFOLDED = 2
"""Most unchanged paragraphs in a row that are shown; more of them are folded, but for the ones beside a change."""
ELEMENTS = {"insert": "ins", "delete": "del"}
_DIRECTIONS = ("\u061c", "\u200e", "\u200f")
_DIRECTION = re.compile(f"([{''.join(_DIRECTIONS)}])")

STYLE = """
.difference { --ins: #05461b; --ins-back: #d3f4dc; --del: #82071e; --del-back: #ffdfe2; --quiet: #5c5f63;
  --rule: #c8ccd0; overflow-wrap: anywhere }
@media (prefers-color-scheme: dark) { .difference { --ins: #aef2c0; --ins-back: #11401f; --del: #ffc3c8;
  --del-back: #58161d; --quiet: #a5abb1; --rule: #4a4f54 } }
.difference ins { color: var(--ins); background: var(--ins-back); text-decoration: underline }
.difference del { color: var(--del); background: var(--del-back); text-decoration: line-through }
.difference ins, .difference del { border-radius: .15em; padding: 0 .1em; -webkit-box-decoration-break: clone;
  box-decoration-break: clone }
.difference ins::before { content: "[inserted: " } .difference del::before { content: "[deleted: " }
.difference ins::after, .difference del::after { content: "]" }
.difference ins::before, .difference ins::after, .difference del::before, .difference del::after {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.difference dl { display: grid; grid-template-columns: minmax(5em, max-content) 1fr; gap: .3em .9em; margin: .6em 0 }
.difference dt, .difference .where { color: var(--quiet) } .difference dd { margin: 0; min-width: 0 }
.difference ul { list-style: none; margin: .6em 0; padding: 0 }
.difference p { margin: .3em 0 .9em } .difference .where { display: block; font-size: .8em; margin-top: .9em }
.difference .changed, .difference .inserted, .difference .deleted, .difference .moved {
  border-inline-start: .2em solid var(--rule); padding-inline-start: .7em }
.difference details { margin: .6em 0 } .difference summary { color: var(--quiet); cursor: pointer }
"""
"""Style sheet of what `fragment` gives; everything is below `.difference`."""


def fragment(difference: Difference) -> str:
    """The difference as a `<div class="difference">`: fields, pictures, the whole text with long equal parts folded."""
    parts = ['<div class="difference">', *_fields(difference), *_pictures(difference), *_body(difference.body)]
    if difference.markup:
        parts.append('<p class="where">Only the markup of the text changed.</p>')
    return "\n".join((*parts, "</div>"))


def marked_html(marks: Sequence[Span]) -> str:
    """Spans as HTML, with `<ins>` and `<del>`."""
    return "".join(map(_span, marks))


def _span(span: Span) -> str:
    if span.kind == "equal":
        return "<br>".join(map(text_html, span.text.split(BREAK)))
    element = ELEMENTS[span.kind]
    *lines, last = (escape(printable(line)) for line in span.text.split(BREAK))
    ended = "<br>".join(f"<{element}>{line}¶</{element}>" for line in lines)
    if not last:  # the line goes on where the end of a paragraph was deleted
        return ended + ("<br>" if span.kind == "insert" else "")
    return f"{ended}{'<br>' if ended else ''}<{element}>{last}</{element}>"


def text_html(text: str) -> str:
    """Text for HTML: control characters are shown, markup is not. Marks of direction stay, which Arabic text needs."""
    return escape("".join(part if part in _DIRECTIONS else printable(part) for part in _DIRECTION.split(text)))


def _fields(difference: Difference) -> Iterator[str]:
    if difference.fields:
        rows = (
            f'<dt>{text_html(field.name)}</dt><dd dir="auto">{marked_html(field.marks)}</dd>'
            for field in difference.fields
        )
        yield f"<dl>{''.join(rows)}</dl>"


def _pictures(difference: Difference) -> Iterator[str]:
    if difference.pictures:
        rows = (f"<li>{PICTURES[one.kind]}: <code>{text_html(one.url)}</code></li>" for one in difference.pictures)
        yield f"<ul>{''.join(rows)}</ul>"


def _body(body: Sequence[Block]) -> Iterator[str]:
    runs = [(equal, list(run)) for equal, run in groupby(body, lambda block: block.kind == "equal")]
    for number, (equal, run) in enumerate(runs):
        if not equal:
            yield from map(_changed, run)
            continue
        first, last = (1 if number else 0), (len(run) - 1 if number < len(runs) - 1 else len(run))
        if last - first <= UNFOLDED:
            first, last = len(run), len(run)
        yield from map(_equal, run[:first])
        if folded := run[first:last]:
            yield f"<details><summary>{len(folded):,} unchanged paragraphs</summary>"
            yield from map(_equal, folded)
            yield "</details>"
        yield from map(_equal, run[last:])


def _equal(block: Block) -> str:
    return f'<p dir="auto">{text_html(block.before)}</p>'


def _changed(block: Block) -> str:
    """A block that changed, below a line that says where it is and what happened to it."""
    kind, _, away = block.kind.partition(" ")
    text = text_html(beginning(block.before)) if away == "away" else marked_html(block.marks)
    return f'<div class="{kind}"><span class="where">{place(block)}</span><p dir="auto">{text}</p></div>'
