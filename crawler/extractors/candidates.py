"""Survey → the element that holds the article, by agreement between several cheap signals.

The signals: how much prose an element holds against how much its parent holds, what its names and `itemprop` say, the
density of links, and (for the start of the descent) `<article>` and `<main>`. Comments, navigation and boxes of teasers do
not count, unless most of the page's prose is in them.
"""

from __future__ import annotations

from lxml.html import HtmlElement

from .hints import Hint
from .survey import Measure, Survey

DESCEND = 0.86
"""A child that holds this part of its parent's prose is the better container."""
BODY_DESCEND = 0.62
"""The same for a child whose names say that it is the article's text."""
DOOMED_SHARE = 0.7
"""Furniture by name that holds more than this part of the page's prose is no furniture."""


def counted(found: Survey) -> dict[HtmlElement, float]:
    """Prose per element, that of furniture left out. Elements without any are absent."""
    total = found.measures[found.root].prose
    spared = {
        element
        for element, measure in found.measures.items()
        if measure.doomed and measure.prose > DOOMED_SHARE * total
    }
    sums: dict[HtmlElement, float] = {}
    under: dict[HtmlElement, bool] = {}

    def excluded(element: HtmlElement | None) -> bool:
        chain = []
        answer = False
        while element is not None:
            if element in under:
                answer = under[element]
                break
            chain.append(element)
            measure = found.measures.get(element)
            if measure is not None and measure.doomed and element not in spared:
                answer = True
                break
            element = element.getparent()
        for link in chain:
            under[link] = answer
        return answer

    for block in found.blocks:
        if block.prose and not excluded(block.element):
            element: HtmlElement | None = block.element
            while element is not None:
                sums[element] = sums.get(element, 0.0) + block.prose
                element = element.getparent() if element is not found.root else None
    return sums


def choose(found: Survey) -> HtmlElement:
    """The smallest element that holds the article."""
    prose = counted(found)
    here = found.root
    while True:
        best: HtmlElement | None = None
        best_share = 0.0
        mass = prose.get(here, 0.0)
        if not mass:
            return here
        for child in here:
            share = prose.get(child, 0.0) / mass
            if share > best_share:
                best, best_share = child, share
        if best is None:
            return here
        measure = found.measures.get(best, Measure())
        if best_share >= (BODY_DESCEND if measure.hint is Hint.BODY else DESCEND):
            here = best
            continue
        return here
