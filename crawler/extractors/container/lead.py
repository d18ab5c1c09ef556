"""Document and container → the sentences between headline and text, where the page keeps them outside the container.

Many publishers print a summary as a block of its own. It is the article's when its names say so or when it is what the
page gives as its description.
"""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from crawler.extractors.container import hints
from crawler.extractors.container.survey import Survey
from crawler.extractors.document import Document

SHORTEST, LONGEST = 40.0, 900.0
"""Weighted characters."""
SAME = 0.7
"""Part of a block's words that must stand in the description."""
REACH = 60
"""Blocks before the container (or behind the headline) that are looked at."""

_WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")


def find(document: Document, found: Survey, container: HtmlElement, headline: HtmlElement | None) -> HtmlElement | None:
    """The element of the lead, None when there is none outside the container."""
    description = set(_WORDS.findall(document.meta("og:description", "description", "twitter:description").casefold()))
    first = next(
        (
            block.order
            for block in found.blocks
            if block.element is container or container in block.element.iterancestors()
        ),
        None,
    )
    if first is None:
        return None
    start = max(0, first - REACH)
    for block in found.blocks[start:first]:
        if headline is not None and (block.element is headline or headline in block.element.iterancestors()):
            start = block.order + 1
    inside = {line.text for line in found.blocks[first : first + 4]}
    for block in found.blocks[start:first]:
        if not SHORTEST <= block.size <= LONGEST or block.linked > 0.3 * block.size or block.text in inside:
            continue
        element = block.element
        if element.tag == "li" and element.getparent() is not None:
            element = element.getparent()
            if not _is_named(element):
                continue
        if element.tag in ("h1", "figcaption", "td") or _is_furniture(found, element):
            continue
        words = _WORDS.findall(block.text.casefold())
        if (len(words) > 5 and sum(word in description for word in words) >= SAME * len(words)) or _is_named(element):
            return element
    return None


def _is_named(element: HtmlElement) -> bool:
    for _ in range(4):
        names = " ".join(filter(None, (element.get("class"), element.get("id"), element.get("itemprop"))))
        if names and hints.is_lead(names[:200]):
            return True
        parent = element.getparent()
        if parent is None or len(parent) > 2:
            return False
        element = parent
    return False


def _is_furniture(found: Survey, element: HtmlElement) -> bool:
    for above in (element, *element.iterancestors()):
        measure = found.measures.get(above)
        if measure is not None and measure.doomed and measure.prose < 0.4 * found.measures[found.root].prose:
            return True
    return False
