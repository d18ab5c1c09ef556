"""Survey → the article's container: the smallest element of the page that holds the article.

`choose` descends from the top by cheap signals: how much of its parent's prose a child holds, what its names and
`itemprop` say, and which `<article>` has the headline. `from_trafilatura` uses trafilatura where these signals find
next to nothing.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

from lxml.html import HtmlElement
from trafilatura import extract

from crawler.extractors.container.boilerplate import ENOUGH
from crawler.extractors.container.hints import Hint
from crawler.extractors.container.survey import Survey, weigh
from crawler.extractors.document import Document
from crawler.extractors.dom import INLINE

DESCEND = 0.86
"""A child that holds this share of its parent's prose is the better candidate."""
DESCEND_IN_TEXT = 0.97
"""The same share inside an element named as the article's text."""
ALL = 0.9999
"""The same share for an inline element inside one with the same name."""
BODY_SHARE = 0.2
"""Share of a candidate's prose from which descendants named as the article's text are followed."""
BODY_SHARE_AGAIN = 0.7
"""The same share inside an element that is named as strongly."""
BODY_DESCEND = 0.8
"""A child that holds this share of the named prose is the better candidate."""
LINES = frozenset(("p", "blockquote", "h1", "h2", "h3", "h4", "pre", "figure"))
"""Elements that are one piece of a text, never its container."""
LITTLE = 200.0
"""Weighted characters of prose in our own container below which trafilatura is run."""
MOST = 0.9
"""Share of the text found by trafilatura that the container must hold."""


def choose(found: Survey, boilerplate: set[HtmlElement], headline: HtmlElement | None) -> tuple[HtmlElement, float]:
    """Choose the container; return it and how much prose it holds, not counting boilerplate."""
    prose = _prose_without(found, boilerplate)
    descent = _Descent(
        found, prose, [(least, _named_prose(found, prose, least)) for least in (Hint.TEXT, Hint.BODY)], headline
    )
    here = found.root
    while prose.get(here, 0.0) and (better := descent.step(here)) is not None:
        here = better
    return here, prose.get(here, 0.0)


def _prose_without(found: Survey, boilerplate: set[HtmlElement]) -> dict[HtmlElement, float]:
    """Sum the prose of each element without that of boilerplate; elements without any are absent."""
    sums: dict[HtmlElement, float] = {}
    excluded: dict[HtmlElement, bool] = {found.root: False}
    for element in found.measures:  # in document order: parents before children
        if element is not found.root:
            above = element.getparent()
            while above not in excluded:
                above = above.getparent()
            excluded[element] = excluded[above] or element in boilerplate
    for block in found.blocks:
        if block.prose and not excluded[block.element]:
            element = block.element
            while element is not None:
                sums[element] = sums.get(element, 0.0) + block.prose
                element = element.getparent() if element is not found.root else None
    return sums


def _named_prose(found: Survey, prose: dict[HtmlElement, float], least: Hint) -> dict[HtmlElement, float]:
    """Sum for each element the part of `prose` inside descendants with at least this hint."""
    below: dict[HtmlElement, float] = {}
    for element in reversed(found.measures):
        part = prose.get(element, 0.0) if found.measures[element].hint >= least else below.get(element, 0.0)
        if part and element is not found.root:
            above = element.getparent()
            while above not in found.measures:
                above = above.getparent()
            below[above] = below.get(above, 0.0) + part
    return below


@dataclass
class _Descent:
    """The way from the top of the page down to the container."""

    found: Survey
    prose: dict[HtmlElement, float]
    named: list[tuple[Hint, dict[HtmlElement, float]]]
    """Named prose per element, for each hint that is followed, the strongest first."""
    headline: HtmlElement | None
    named_as: Hint = Hint.NONE
    """The strongest hint of an element on the way."""

    def step(self, here: HtmlElement) -> HtmlElement | None:
        """Return the better candidate inside `here`; None when there is none."""
        heaviest = max(here, key=lambda child: self.prose.get(child, 0.0), default=None)
        if heaviest is None or heaviest.tag in LINES:
            return None
        self.named_as = max(self.named_as, self._hint(here))
        if self.prose.get(heaviest, 0.0) >= self._share(here, heaviest) * self.prose[here]:
            return heaviest
        named = self._named_child(here)
        return named if named is not None else self._own_article(here)

    def _share(self, here: HtmlElement, child: HtmlElement) -> float:
        """Return the share of its parent's prose from which a child is the better candidate.

        Inline elements of one name in each other were never closed: each holds the rest of the text, less a paragraph.
        """
        if child.tag == here.tag and child.tag in INLINE:
            return ALL
        return DESCEND_IN_TEXT if self.named_as is Hint.TEXT else DESCEND

    def _named_child(self, here: HtmlElement) -> HtmlElement | None:
        """Find the child with most of the prose named as the article's text, or as the article."""
        for least, below in self.named:
            share = BODY_SHARE_AGAIN if self.named_as >= least else BODY_SHARE
            if below.get(here, 0.0) >= share * self.prose[here]:
                held = {child: self._held(child, least, below) for child in here}
                heaviest = max(here, key=held.__getitem__)
                if held[heaviest] >= BODY_DESCEND * below[here]:
                    return heaviest
        return None

    def _held(self, child: HtmlElement, least: Hint, below: dict[HtmlElement, float]) -> float:
        return (self.prose if self._hint(child) >= least else below).get(child, 0.0)

    def _hint(self, element: HtmlElement) -> Hint:
        measure = self.found.measures.get(element)
        return Hint.NONE if measure is None else measure.hint

    def _own_article(self, here: HtmlElement) -> HtmlElement | None:
        """Find the `<article>` with the headline, when most of the other prose is in other articles beside it.

        Some pages load one article after the other; some mark up teasers as articles.
        """
        if self.headline is None:
            return None
        around = {here, *here.iterancestors()}
        outermost = [
            element
            for element in here.iter("article")
            if element is not here and next(element.iterancestors("article"), here) in around
        ]
        own = next((element for element in outermost if element in set(self.headline.iterancestors())), None)
        if own is None or self.prose.get(own, 0.0) < ENOUGH:
            return None
        others = sum(self.prose.get(element, 0.0) for element in outermost if element is not own)
        return own if others > 0.5 * (self.prose[here] - self.prose[own]) else None


def from_trafilatura(document: Document, found: Survey, prose: float) -> HtmlElement | None:
    """Find the smallest element with most of the text that trafilatura extracts, if that is more than `prose`.

    Only the words of its result are used, not its markup, and none that are links: it takes menus for texts. It is run
    only where `choose` finds little: with link words counted, on the recorded pages (2026-11), it agreed with `choose`
    on nine of ten; where they differed, `choose` was right on 41 of 45.
    """
    if prose >= LITTLE:
        return None
    extracted = extract(deepcopy(document.tree), fast=True, include_comments=False, include_formatting=False) or ""
    if weigh(extracted) < 2 * max(prose, LITTLE):
        return None
    lines = {" ".join(line.split()) for line in extracted.split("\n")}
    held: dict[HtmlElement, float] = {}
    for block in found.blocks:
        if block.text in lines:
            element: HtmlElement | None = block.element
            while element is not None:
                held[element] = held.get(element, 0.0) + block.size - block.linked
                element = element.getparent() if element is not found.root else None
    total = held.get(found.root, 0.0)
    here = found.root if total > prose else None
    while here is not None:
        child = max(here, key=lambda element: held.get(element, 0.0), default=None)
        if child is None or held.get(child, 0.0) < MOST * total:
            return here
        here = child
    return None
