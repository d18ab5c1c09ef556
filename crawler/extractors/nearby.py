"""What stands near the headline, in the order of nearness: where dates and bylines are looked for.

In: an element. Out: elements after and before it; texts of elements.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from lxml.html import HtmlElement

LONGEST = 400
"""Characters of a text that may be a byline or a date line."""
_NEAR = 400
"""Elements after the headline in which the date stands when it is near it; measured on the recorded pages."""

_LONG = 1500
"""Characters from which an element with headings is the article and not a teaser."""
SUBHEADINGS = ("h2", "h3", "h4", "h5")


def text_of(element: HtmlElement) -> str:
    """Visible text, spaces collapsed."""
    if next(element.iter("script", "style", "noscript"), None) is None:
        return " ".join(element.text_content().split())
    pieces = element.xpath(".//text()[not(parent::script or parent::style or parent::noscript)]")
    return " ".join(" ".join(pieces).split())


def own_text(element: HtmlElement) -> str:
    """Text of the element and its inline children, when that is all that it holds."""
    if len(element) > 8 or any(len(child) > 4 for child in element):
        return ""
    text = text_of(element)
    return text if len(text) <= LONGEST else ""


def around(headline: HtmlElement) -> Iterator[HtmlElement]:
    """Elements close to the headline: those after it in document order, then the few before it."""
    for element in headline.iter():
        if element is not headline:
            yield element
    for element in chain(islice(behind(headline), _NEAR), islice(ahead(headline), 30)):
        if isinstance(element.tag, str) and element.tag not in ("script", "style", "noscript", "option", "svg", "path"):
            yield element


def behind(start: HtmlElement) -> Iterator[HtmlElement]:
    """following::*, one by one: for the axis libxml2 builds and sorts everything (0.35 s among 24,000 elements)."""
    element: HtmlElement | None = start
    while element is not None:
        for beside in element.itersiblings():
            yield from beside.iter()
        element = element.getparent()


def ahead(start: HtmlElement) -> Iterator[HtmlElement]:
    """preceding::*, nearest first."""
    element: HtmlElement | None = start
    while element is not None:
        beside = element.getprevious()
        if beside is None:
            element = element.getparent()
        else:
            yield from _backwards(beside)
            element = beside


def _backwards(root: HtmlElement) -> Iterator[HtmlElement]:
    """An element and all below it, last first."""
    node = root
    while len(node):
        node = node[-1]
    while True:
        yield node
        if node is root:
            return
        beside = node.getprevious()
        if beside is None:
            node = node.getparent()
            continue
        node = beside
        while len(node):
            node = node[-1]


def belongs(element: HtmlElement, headline: HtmlElement | None) -> bool:
    """Whether nothing between the element and the page's headline has a heading of its own."""
    if headline is None:
        return True
    common, title = set(headline.iterancestors()), text_of(headline)
    node = element
    while node is not None and node not in common:
        for heading in node.iter("h1", *SUBHEADINGS):
            if element not in heading.iterancestors() and heading is not element and text_of(heading) != title:
                return heading in element.iterancestors() or len(text_of(node)) > _LONG
        node = node.getparent()
    return True
