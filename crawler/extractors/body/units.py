"""Find runs of units after the text: readers' comments, with a name and a date, and other stories, with a headline.

In: the blocks of a container. Out: where a run may begin, and its marks: the lines with a date and a time of day, or
the linked headlines. Class names are only compared, as boxes often have none; appendix.py decides what is removed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, islice, pairwise

from lxml.html import HtmlElement

from crawler.extractors.body import notices
from crawler.extractors.container.survey import Block, weigh
from crawler.extractors.dom import HEADINGS, has_address, is_on_host, is_sentence
from crawler.extractors.languages import merged

FEWEST = 3
"""Fewest units of a run."""
MARK = 160.0
"""Weighted characters of the longest line with a name and a date, and of the longest headline."""
HEADLINE = 15.0
"""Weighted characters of the shortest headline."""
SUMMARY = 300.0
"""Weighted characters of the longest summary; the paragraphs of a round-up of the article's own are longer."""
SAID = 30.0
"""Weighted characters, links left out, of the shortest comment or summary; every other unit may have less."""
NAME = 25.0
"""Weighted characters of the longest name, and of the longest line with only a name."""
TEXT = 250.0
"""Prose before a run, at least."""
MOST_LINES = 20
"""How many lines of a unit are searched for a link to reply."""
MOST_RUNS = 20
"""How many runs are looked at."""

_MONTHS = merged().months
_REPLY = re.compile(r"repl(?:y|ies)|respond(?![a-z])", re.IGNORECASE)
"""In the address of a link: `newreply.php?p=7`, `?replytocom=7#respond`, `javascript:reply(7)`."""
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class Run:
    """Marks that look alike, with a text between most of them."""

    marks: list[int]
    """Their places among the blocks."""
    dated: bool
    """Whether the marks are dates; otherwise they are headlines."""


def find(blocks: list[Block], page: str) -> dict[int, Run]:
    """Find runs by the places where each may begin; `page` is the page's URL."""
    before = [0.0, *accumulate(block.prose for block in blocks)]
    found: dict[int, Run] = {}
    for run in islice(_runs(blocks, before, page), MOST_RUNS):
        for start in _starts(blocks, run.marks):
            if before[start] >= TEXT:
                found.setdefault(start, run)
    return found


def _runs(blocks: list[Block], before: list[float], page: str) -> Iterator[Run]:
    alike: dict[tuple[bool, str, str | None], list[int]] = {}
    for place, block in enumerate(blocks):
        if block.size < MARK:
            dated = _is_stamp(block)
            if dated or _is_headline(block, page):
                alike.setdefault((dated, block.element.tag, block.element.get("class")), []).append(place)
    for (dated, *_), places in alike.items():
        if len(places) >= FEWEST:
            for marks in [places] if dated else _split(blocks, places):
                yield from _told(blocks, [place for place in marks if before[place] >= TEXT], dated, page)


def _is_stamp(block: Block) -> bool:
    return block.element.tag not in HEADINGS and notices.has_moment(block.text)


def _is_headline(block: Block, page: str) -> bool:
    """Whether a line leads, as a whole, to another page of the same host."""
    if block.size < HEADLINE or block.linked < 0.9 * block.size:
        return False
    link = next(block.element.iter("a"), None)
    if link is None:
        link = next(block.element.iterancestors("a"), None)
    return link is not None and has_address(link, page) and is_on_host(link.get("href") or "", page)


def _split(blocks: list[Block], places: list[int]) -> Iterator[list[int]]:
    """Split headlines where more than a summary is between two."""
    ends = [
        place
        for place, (one, other) in enumerate(pairwise(places), 1)
        if sum(block.size for block in blocks[one + 1 : other]) > SUMMARY
    ]
    for start, end in pairwise([0, *ends, len(places)]):
        yield places[start:end]


def _told(blocks: list[Block], marks: list[int], dated: bool, page: str) -> Iterator[Run]:
    """Yield the run from the first mark with a text below it; of dates, also the runs from later marks.

    A comment has no heading, and most have a name that others lack, or a link to reply; entries of timelines and live
    tickers have neither.
    """
    between = [blocks[one + 1 : other] for one, other in pairwise(marks)]
    if dated and any(block.element.tag in HEADINGS for inside in between for block in inside):
        return
    told = [any(block.size - block.linked >= SAID for block in inside) for inside in between]
    enough = _is_half_from_here(told)
    if dated:
        told_of_readers = list(map(max, _named(blocks, marks), _answerable(blocks, marks, page)))
        enough = list(map(min, enough, _is_half_from_here(told_of_readers)))
    for first in range(len(marks) - FEWEST + 1):
        if told[first] and enough[first]:
            yield Run(marks[first:], dated)
            if not dated:
                return


def _named(blocks: list[Block], marks: list[int]) -> list[bool]:
    """Tell for each mark whether its line, or a short line before or after it, has a name: words of no other mark."""
    words = [
        {
            word
            for place in range(mark - 1, min(mark + 2, len(blocks)))
            if place == mark or (blocks[place].size < NAME and not is_sentence(blocks[place].text))
            for word in _WORD.findall(blocks[place].text.lower())
            if word not in _MONTHS
        }
        for mark in marks
    ]
    times = Counter(word for each in words for word in each)
    return [0 < weigh("".join(word for word in each if times[word] == 1)) <= NAME for each in words]


def _answerable(blocks: list[Block], marks: list[int], page: str) -> list[bool]:
    """Tell for each mark whether there is a link to reply below it, before the next one, or in its line."""
    return [
        any(
            _REPLY.search(href) and ("://" not in href or is_on_host(href, page))
            for block in blocks[one : min(other, one + MOST_LINES)]
            if block.linked
            for link in block.element.iter("a")
            if (href := link.get("href") or "")
        )
        for one, other in pairwise([*marks, len(blocks)])
    ]


def _is_half_from_here(flags: list[bool]) -> list[bool]:
    """Tell for each place whether at least half of the flags from there on are set."""
    sums = accumulate(reversed(flags))
    return [2 * found >= number for number, found in enumerate(sums, 1)][::-1]


def _starts(blocks: list[Block], marks: list[int]) -> Iterator[int]:
    """Yield where a run may begin: with the element around all units, if little is before them; with the first unit.

    The first unit is the largest element with the first mark and no other.
    """
    unit, following = (blocks[place].element for place in marks[:2])
    others = {following, *following.iterancestors()}
    flat = unit in others
    while not flat and unit.getparent() is not None and unit.getparent() not in others:
        unit = unit.getparent()
    start = _beginning(blocks, marks[0], unit if flat else unit.getparent())
    longest = max(sum(block.prose for block in blocks[one:other]) for one, other in pairwise(marks))
    if sum(block.prose for block in blocks[start : marks[0]]) <= 2 * longest:
        yield start
    yield marks[0] if flat else _beginning(blocks, marks[0], unit)


def _beginning(blocks: list[Block], place: int, element: HtmlElement) -> int:
    """Return the place of an element's first block, given that of one inside it."""
    inside = set(element.iter())
    while place and blocks[place - 1].element in inside:
        place -= 1
    return place
