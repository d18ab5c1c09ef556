"""Container → which of its elements are captions, and of which picture.

`<figcaption>`, names that say so, and, where neither is there, the few words that share the smallest box with a
picture.
"""

from __future__ import annotations

import re
from itertools import islice

from lxml.html import HtmlElement

from crawler.extractors.container import hints
from crawler.extractors.container.survey import weigh

MAX_SIZE = 500.0
"""Weighted characters of a caption; more is text."""
MAX_UNNAMED = 220.0
"""The same for one that only its place tells."""

CREDIT = 120.0
"""The same for a line that says whose the picture is; with it, the line between it and the picture is the caption."""

MAX_LEVELS = 8
"""Elements around a picture in which its caption is looked for."""

_BOXES = frozenset(("a", "picture", "span", "div", "figure", "center", "p", "li"))
_MEDIA = ("img", "picture", "video", "audio", "iframe", "object", "embed")
_CREDIT_LINE = re.compile(
    r"^\W*(?:(?:photo(?:graph)?|image|picture|foto|bild|crédit photo|photo credit|credit|via|fotograf|illustration)s?"
    r"\s*(?:by|credit)?\s*[:/]|"
    r"©|\(c\)\s|图源|图片来源|摄影|写真|사진)",
    re.IGNORECASE,
)


def find(container: HtmlElement) -> dict[HtmlElement, HtmlElement | None]:
    """Caption elements, each with the box that it shares with its picture (None when it stands alone)."""
    found: dict[HtmlElement, HtmlElement | None] = {}
    for element in container.iter():
        if element is container or not isinstance(element.tag, str):
            continue
        if element.tag == "figcaption" or (
            _is_named(element) and size(element) <= MAX_SIZE and not _holds_media(element)
        ):
            found[element] = _box(element, container)
        elif (
            (said := element.text)
            and _CREDIT_LINE.match(said[:200])
            and size(element) <= CREDIT
            and (text := element.getprevious()) is not None
        ):
            above = text.getprevious()
            if above is not None and _holds_media(above) and not size(above) and size(text) <= MAX_SIZE:
                found[element] = found[text] = _box(element, container)
    sizes: dict[HtmlElement, float] = {}
    for picture in container.iter(*_MEDIA):
        for box in islice(picture.iterancestors(), MAX_LEVELS):
            if box is container or box.tag not in _BOXES:
                break
            if box not in sizes:
                sizes[box] = size(box)
                if 0 < sizes[box] <= (MAX_SIZE if box.tag == "figure" else MAX_UNNAMED) and _is_plain(box):
                    for child in box:
                        if size(child) and not _holds_media(child) and child.tag not in _MEDIA:
                            found.setdefault(child, box)
            if sizes[box]:
                break
    return found


def size(element: HtmlElement) -> float:
    """Weighted characters of all text in an element; above MAX_SIZE the rest is not counted."""
    total = 0.0
    for text in element.itertext():
        total += weigh(" ".join(text.split()))
        if total > MAX_SIZE:
            break
    return total


def _is_named(element: HtmlElement) -> bool:
    names = " ".join(filter(None, (element.get("class"), element.get("id"))))
    return bool(names) and hints.is_caption(names[:200])


def _holds_media(element: HtmlElement) -> bool:
    return next(element.iter(*_MEDIA), None) is not None


def _is_plain(box: HtmlElement) -> bool:
    """No heading, no list, and not several paragraphs: nothing that could be an item of the article itself."""
    return (
        next(box.iter("h1", "h2", "h3", "h4", "li", "table", "blockquote"), None) is None
        and sum(1 for _ in box.iter("p")) <= 2
    )


def _box(caption: HtmlElement, container: HtmlElement) -> HtmlElement | None:
    """The nearest element around a caption that holds a picture too."""
    for above in islice(caption.iterancestors(), MAX_LEVELS):
        if above is container:
            return None
        if next(above.iter("img"), None) is not None:
            return above
    return None
