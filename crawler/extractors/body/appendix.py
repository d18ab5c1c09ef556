"""Find sections after the text that are not the article's: about the author, other stories, readers' comments.

In: the survey of a container and the blocks that are left in it. Out: the blocks of such sections, which are recognised
by their headings, or by their form (units.py).
"""

from __future__ import annotations

from lxml.html import HtmlElement

from crawler.extractors.body import notices, units
from crawler.extractors.container.survey import Block, Survey
from crawler.extractors.dom import HEADINGS, remove

BEFORE = 0.6
"""Share of the container's prose that must come before such a section."""
HEADING = 60.0
"""Weighted characters of its heading, at most."""
STORIES = 0.45
"""Share of the container's prose that other stories without a heading may have."""

_Kinds = set[tuple[HtmlElement | None, str]]
"""Parent and tag of the paragraphs before a section."""


def cut(survey: Survey, blocks: list[Block]) -> set[int]:
    """Find the blocks of such sections, headings included, by their `order`; remove their pictures from the container.

    The survey must be one with `places=True`.
    """
    whole = sum(block.prose for block in blocks)
    before = 0.0
    text: _Kinds = set()
    runs = units.find(blocks, survey.page)
    found: set[int] = set()
    begins: set[HtmlElement] = set()
    ends: set[HtmlElement] = set()
    for place, block in enumerate(blocks):
        if block.order not in found:
            end = place
            if before >= BEFORE * whole and block.size < HEADING:
                end = _section_end(blocks, place, text)
            if end == place and place in runs:
                end = _run_end(blocks, place, runs[place], text, whole)
            if end > place:
                found.update(below.order for below in blocks[place:end])
                # Not the block's element: lines between line breaks share one.
                begins.add(block.places[0][0])
                ends.update(below.places[0][0] for below in blocks[end : end + 1])
        before += block.prose
        if block.prose and block.order not in found:
            text.add(block.kind)
    if begins:
        _drop_pictures(survey.root, begins, ends)
    return found


def _section_end(blocks: list[Block], place: int, text: _Kinds) -> int:
    """Return where the section ends that the block at `place` opens; `place` when it opens none."""
    block = blocks[place]
    if notices.opens_people(block.text):
        return _next_heading(blocks, place)
    if block.element.tag in HEADINGS and notices.opens_stories(block.text):
        return _text_again(blocks, place, text)
    return place


def _run_end(blocks: list[Block], place: int, run: units.Run, text: _Kinds, whole: float) -> int:
    """Return where a run of units ends; `place` when it belongs to the text.

    Comments may be longer than the text. Other stories are not, and have nothing below them.
    """
    end = _text_again(blocks, place, text)
    if end <= run.marks[units.FEWEST - 1]:
        return place
    if run.dated:
        return end
    last = sum(block.size for block in blocks[run.marks[-1] + 1 :])
    much = sum(block.prose for block in blocks[place:end]) > STORIES * whole
    return place if much or end < len(blocks) or last > 2 * units.SUMMARY else end


def _next_heading(blocks: list[Block], place: int) -> int:
    """Return where the next heading of the same or a higher level is; the end when there is none."""
    tag = blocks[place].element.tag
    deepest = tag if tag in HEADINGS else HEADINGS[-1]
    for after in range(place + 1, len(blocks)):
        if blocks[after].element.tag in HEADINGS and blocks[after].element.tag <= deepest:
            return after
    return len(blocks)


def _text_again(blocks: list[Block], place: int, text: _Kinds) -> int:
    """Return where the text goes on, with the headings right before it: teasers have other parents than paragraphs."""
    for after in range(place + 1, len(blocks)):
        if blocks[after].kind in text:
            while after > place + 1 and blocks[after - 1].element.tag in HEADINGS:
                after -= 1
            return after
    return len(blocks)


def _drop_pictures(container: HtmlElement, begins: set[HtmlElement], ends: set[HtmlElement]) -> None:
    """Remove pictures between the elements in `begins` and those in `ends`."""
    inside = False
    for element in list(container.iter()):
        if element in begins or element in ends:
            inside = element in begins
        elif inside and element.tag in ("figure", "picture", "img"):
            remove(element)
