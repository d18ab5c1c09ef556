"""Container → its captions, each with the box that it shares with its picture.

A caption is a `<figcaption>`, an element named as one, the text above a line that credits the picture, or, without
these, the few words in the smallest box around a picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from crawler.extractors.container import hints
from crawler.extractors.container.survey import weigh
from crawler.extractors.dom import names_of, texts_in
from crawler.extractors.languages import alternatives, merged

MAX_SIZE = 500.0
"""Weighted characters of the longest caption."""
MAX_UNNAMED = 220.0
"""Weighted characters of the longest caption that only its position marks."""
CREDIT = 120.0
"""Weighted characters of the longest line that credits a picture."""
MAX_LEVELS = 8
"""How many ancestors of a picture are searched for its caption."""

_BOXES = frozenset(("a", "picture", "span", "div", "figure", "center", "p", "li"))
_MEDIA = ("img", "picture", "video", "audio", "iframe", "object", "embed")
_ALL = merged()
_CREDIT_LINE = re.compile(
    rf"^\W*(?:{alternatives(_ALL.credit_labels, _ALL.credit_labels_of_line)}s?\s*(?:by|credit)?\s*[:/]|"
    rf"©|\(c\)\s|{alternatives(_ALL.credit_lines)})",
    re.IGNORECASE,
)

Captions = dict[HtmlElement, HtmlElement | None]
"""Caption elements, each with the box that it shares with its picture; None when there is no such box."""


def find(container: HtmlElement) -> Captions:
    """Find the captions in a container: those marked by tag, name or credit, then those recognised by position."""
    found: Captions = {}
    for element in container.iterdescendants("*"):
        names = names_of(element)
        if element.tag == "figcaption" or (names and hints.is_caption(names[:200]) and _is_short(element)):
            found[element] = _box(element, container)
        elif element.text and (caption := _above_credit(element, element.text)) is not None:
            found[element] = found[caption] = _box(element, container)
    sizes: dict[HtmlElement, float] = {}
    boxes = [_smallest_box(picture, container, sizes) for picture in container.iter(*_MEDIA)]
    for box in dict.fromkeys(boxes):  # a gallery has many pictures in one box
        if box is not None:
            for caption in _words_in(box, sizes[box]):
                found.setdefault(caption, box)
    return found


def _is_short(element: HtmlElement) -> bool:
    """Whether an element holds no more text than a caption, and no picture."""
    return size(element) <= MAX_SIZE and not _holds_media(element)


def _above_credit(element: HtmlElement, text: str) -> HtmlElement | None:
    """Return the caption between a picture and this line that credits it; None when the element is no such line."""
    caption = element.getprevious()
    picture = caption.getprevious() if caption is not None else None
    if caption is None or picture is None or not _CREDIT_LINE.match(text[:200]) or size(element) > CREDIT:
        return None
    return caption if _holds_media(picture) and not size(picture) and size(caption) <= MAX_SIZE else None


def _smallest_box(picture: HtmlElement, container: HtmlElement, sizes: dict[HtmlElement, float]) -> HtmlElement | None:
    """Find the smallest box around a picture that also holds text; `sizes` caches the size of each box."""
    for box in islice(picture.iterancestors(), MAX_LEVELS):
        if box is container or box.tag not in _BOXES:
            break
        if box not in sizes:
            sizes[box] = size(box)
        if sizes[box]:
            return box
    return None


def _words_in(box: HtmlElement, characters: float) -> Iterator[HtmlElement]:
    """Yield the children of a picture's box that are its caption, when the box holds little else."""
    if characters <= (MAX_SIZE if box.tag == "figure" else MAX_UNNAMED) and _is_plain(box):
        for child in box:
            if size(child) and not _holds_media(child) and child.tag not in _MEDIA:
                yield child


def size(element: HtmlElement) -> float:
    """Count the weighted characters of the text in an element, up to a little more than MAX_SIZE."""
    total = 0.0
    for text in texts_in(element):
        total += weigh(" ".join(text.split()))
        if total > MAX_SIZE:
            break
    return total


def _holds_media(element: HtmlElement) -> bool:
    return next(element.iter(*_MEDIA), None) is not None


def _is_plain(box: HtmlElement) -> bool:
    """Whether a box has no heading, no list and at most two paragraphs: then it is no section of the article."""
    return (
        next(box.iter("h1", "h2", "h3", "h4", "li", "table", "blockquote"), None) is None
        and sum(1 for _ in box.iter("p")) <= 2
    )


def _box(caption: HtmlElement, container: HtmlElement) -> HtmlElement | None:
    """Find the nearest ancestor of a caption that also holds a picture."""
    for above in islice(caption.iterancestors(), MAX_LEVELS):
        if above is container:
            return None
        if next(above.iter("img"), None) is not None:
            return above
    return None
