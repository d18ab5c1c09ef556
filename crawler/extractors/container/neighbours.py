"""Survey and container → what of the article stands beside the container, where a publisher cut it into pieces.

Blocks of a page builder, fields of a content system, a first paragraph set apart: they stand beside the container or
beside one of the elements around it, and read like text. Before the container less is asked than behind it, where
biographies, appeals and other stories stand.
"""

from __future__ import annotations

from itertools import takewhile

from lxml.html import HtmlElement

from crawler.extractors.container.hints import Hint
from crawler.extractors.container.survey import Survey

LEVELS = 4
"""Elements around the container beside which is looked; a page builder wraps each of its pieces in three or four."""
LEAST = 80.0
"""Prose of a neighbour."""
LINKED = 0.2
"""Part of its size inside links …"""
LINKED_ALIKE = 0.5
"""… and that of one with the container's names."""
BEHIND = 0.1
"""Part of the container's prose that a neighbour behind it has."""


def find(
    found: Survey, container: HtmlElement, headline: HtmlElement | None, gone: set[HtmlElement]
) -> tuple[list[HtmlElement], list[HtmlElement]]:
    """The neighbours before and those behind, each in document order; none is furniture (`gone`), holds a headline or
    another neighbour."""
    named = _is_named(found, container)
    before: list[HtmlElement] = []
    behind: list[HtmlElement] = []
    here = container
    passed = headline is not None and not _is_above(headline, container, found)
    for level in range(LEVELS):
        if here is found.root or here.tag in ("article", "main") or here in gone:
            break
        if not passed:
            above = list(here.itersiblings(preceding=True))
            new = list(takewhile(lambda beside: headline is None or headline not in beside.iter(), above))
            passed = len(new) < len(above)
            before = [
                beside for beside in reversed(new) if _is_text(found, beside, gone, _is_like(beside, container))
            ] + before
            if passed and headline is not None:
                before = _below_headline(found, above[len(new)], headline, gone) + before
        if level == 0 or named:
            behind += [beside for beside in here.itersiblings() if _goes_on(found, beside, container, gone)]
        here = here.getparent()
    return before, behind


def _below_headline(
    found: Survey, holder: HtmlElement, headline: HtmlElement, gone: set[HtmlElement]
) -> list[HtmlElement]:
    """The introduction behind the headline in the element that holds it: at least two paragraphs, and nothing but
    paragraphs; one alone is a summary or somebody's biography."""
    below: list[HtmlElement] = []
    here = headline
    while here is not holder:
        below += [beside for beside in here.itersiblings() if _is_paragraphs(found, beside, gone)]
        here = here.getparent()
    return below if sum(found.measures[beside].blocks for beside in below) > 1 else []


def _is_paragraphs(found: Survey, element: HtmlElement, gone: set[HtmlElement]) -> bool:
    return _is_text(found, element, gone) and found.measures[element].blocks == sum(1 for _ in element.iter("p"))


def _is_above(headline: HtmlElement, container: HtmlElement, found: Survey) -> bool:
    """Whether the headline begins before the container and is not in it."""
    first = next(
        element for element in found.root.iter(headline.tag, container.tag) if element in (headline, container)
    )
    return first is headline and container not in headline.iter()


def _is_named(found: Survey, element: HtmlElement) -> bool:
    measure = found.measures.get(element)
    return measure is not None and measure.hint >= Hint.BODY


def _is_like(element: HtmlElement, container: HtmlElement) -> bool:
    names = element.get("class")
    return bool(names) and names == container.get("class") and element.tag == container.tag


def _is_text(found: Survey, element: HtmlElement, gone: set[HtmlElement], alike: bool = False) -> bool:
    """With `alike`, for a sister of the container: it may hold a table or a list of links too."""
    measure = found.measures.get(element)
    return (
        measure is not None
        and element not in gone
        and element.tag not in ("header", "li", "ul", "ol", "figure", "figcaption", "h1", "table", "dl")
        and measure.prose >= LEAST
        and measure.linked <= (LINKED_ALIKE if alike else LINKED) * measure.size
        and not measure.headline
    )


def _goes_on(found: Survey, element: HtmlElement, container: HtmlElement, gone: set[HtmlElement]) -> bool:
    alike = _is_like(element, container)
    if not _is_text(found, element, gone, alike):
        return False
    if element.tag == "p":
        return True
    return alike and found.measures[element].prose >= BEHIND * found.measures[container].prose
