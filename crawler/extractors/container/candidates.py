"""Survey → the element that holds the article, by agreement between several cheap signals.

The signals: how much prose an element holds against how much its parent holds, what its names and `itemprop` say, the
density of links, and (for the start of the descent) `<article>` and `<main>`. What `furniture` names does not count.
"""

from __future__ import annotations

from lxml.html import HtmlElement

from crawler.extractors.container.furniture import ENOUGH
from crawler.extractors.container.hints import Hint
from crawler.extractors.container.survey import Survey

DESCEND = 0.86
"""A child that holds this part of its parent's prose is the better container …"""
DESCEND_IN_TEXT = 0.97
"""… and when the parent calls itself the article's text, only one with this part."""
BODY_SHARE = 0.2
"""What elements named as the article's text must hold of a container's prose, to be followed …"""
BODY_SHARE_IN_TEXT = 0.7
BODY_DESCEND = 0.8
"""… to a child that has this part of it."""
LINES = frozenset(("p", "blockquote", "h1", "h2", "h3", "h4", "pre", "figure"))
"""Elements that are one piece of a text, never its container."""


def counted(found: Survey, gone: set[HtmlElement]) -> dict[HtmlElement, float]:
    """Prose per element, that of furniture (`gone`) left out. Elements without any are absent."""
    sums: dict[HtmlElement, float] = {}
    excluded: dict[HtmlElement, bool] = {found.root: False}
    for element in found.measures:  # in document order: above before below
        if element is not found.root:
            above = element.getparent()
            while above not in excluded:
                above = above.getparent()
            excluded[element] = excluded[above] or element in gone
    for block in found.blocks:
        if block.prose and not excluded[block.element]:
            element = block.element
            while element is not None:
                sums[element] = sums.get(element, 0.0) + block.prose
                element = element.getparent() if element is not found.root else None
    return sums


def named(found: Survey, prose: dict[HtmlElement, float], least: Hint) -> dict[HtmlElement, float]:
    """Of `prose`, the part that stands in (or, for an element so named itself, below) elements with such a hint."""
    below: dict[HtmlElement, float] = {}
    for element in reversed(found.measures):
        part = prose.get(element, 0.0) if found.measures[element].hint >= least else below.get(element, 0.0)
        if part and element is not found.root:
            above = element.getparent()
            while above not in found.measures:
                above = above.getparent()
            below[above] = below.get(above, 0.0) + part
    return below


def choose(found: Survey, gone: set[HtmlElement], headline: HtmlElement | None) -> tuple[HtmlElement, float]:
    """The smallest element that holds the article, and how much prose of the article's kind is in it; `gone` is the
    page's furniture."""
    prose = counted(found, gone)
    levels = [(least, named(found, prose, least)) for least in (Hint.TEXT, Hint.BODY)]
    here = found.root
    inside = False
    while mass := prose.get(here, 0.0):
        heaviest = max(here, key=lambda child: prose.get(child, 0.0), default=None)
        if heaviest is None or heaviest.tag in LINES:
            return here, mass
        if here in found.measures and found.measures[here].hint is Hint.TEXT:
            inside = True
        if prose.get(heaviest, 0.0) >= (DESCEND_IN_TEXT if inside else DESCEND) * mass:
            here = heaviest
            continue
        for least, below in levels:
            if below.get(here, 0.0) >= (BODY_SHARE_IN_TEXT if inside else BODY_SHARE) * mass:
                called = {child: _called(found, prose, below, child, least) for child in here}
                heaviest = max(here, key=called.__getitem__)
                if called[heaviest] >= BODY_DESCEND * below[here]:
                    here = heaviest
                    break
        else:
            own = _own_article(here, headline, prose) if headline is not None else None
            if own is None:
                return here, mass
            here = own
    return here, 0.0


def _own_article(here: HtmlElement, headline: HtmlElement, prose: dict[HtmlElement, float]) -> HtmlElement | None:
    """The `<article>` with the headline, where most of what else `here` says is in others beside it: a stream of
    articles, each loaded behind the one before, or teasers that are called articles."""
    around = {here, *here.iterancestors()}
    outermost = [
        element
        for element in here.iter("article")
        if element is not here and next(element.iterancestors("article"), here) in around
    ]
    own = next((element for element in outermost if element in set(headline.iterancestors())), None)
    if own is None or prose.get(own, 0.0) < ENOUGH:
        return None
    others = sum(prose.get(element, 0.0) for element in outermost if element is not own)
    return own if others > 0.5 * (prose[here] - prose[own]) else None


def _called(
    found: Survey, prose: dict[HtmlElement, float], below: dict[HtmlElement, float], child: HtmlElement, least: Hint
) -> float:
    measure = found.measures.get(child)
    return prose.get(child, 0.0) if measure is not None and measure.hint >= least else below.get(child, 0.0)
