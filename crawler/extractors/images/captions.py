"""Container → its captions, each with the box that holds its picture.

A caption is a `<figcaption>`, an element named as one, the text above a line that credits the picture, or, without
these, the few words in the smallest box around a picture. `drop_orphans` removes those whose picture is not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import cast

from lxml.etree import XPath
from lxml.html import HtmlElement

from crawler.extractors.container import hints
from crawler.extractors.container.survey import weigh
from crawler.extractors.dom import names_of, remove, texts_in
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
_SHOWN = "self::img or self::p[@class='embedded-media']"
_is_shown = cast("Callable[[HtmlElement], bool]", XPath(f"boolean(descendant-or-self::*[{_SHOWN}])"))
"""Whether an element holds a picture, or the link to a player."""
_pictures = cast("Callable[[HtmlElement], list[HtmlElement]]", XPath(f"descendant::*[{_SHOWN} or self::picture]"))
"""Those inside an element; a `<picture>` without `<img>` is one that a script loads."""
_ALL = merged()
_CREDIT_LINE = re.compile(
    rf"^\W*(?:{alternatives(_ALL.credit_labels, _ALL.credit_labels_of_line)}s?\s*(?:by|credit)?\s*[:/]|"
    rf"©|\(c\)\s|{alternatives(_ALL.credit_lines)})",
    re.IGNORECASE,
)

Captions = dict[HtmlElement, HtmlElement | None]
"""Caption elements, each with the box that holds its picture or player; None when there is no such box."""


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
    boxes = [_smallest_box(picture, container, sizes) for picture in _pictures(container)]
    captioned = set(found.values())
    for box in dict.fromkeys(boxes):  # a gallery has many pictures in one box
        if box is not None:
            only = captioned.isdisjoint(islice(box.iterancestors(), MAX_LEVELS)) and _is_shown(box)
            for caption in _words_in(box, sizes[box]):
                found.setdefault(caption, box if only else None)
    return found


def drop_orphans(container: HtmlElement, captions: Captions, marked: Captions, players: set[HtmlElement]) -> None:
    """Remove the captions in `marked` that belong to no picture and no player by `captions`, the present ones.

    Scripts load the pictures of some pages without a trace in the markup.
    """
    for caption in marked:
        if captions.get(caption) is None and caption not in players and caption is not container:
            remove(caption)


def _is_short(element: HtmlElement) -> bool:
    """Whether an element holds text, no more than a caption does, and no picture."""
    return 0 < size(element) <= MAX_SIZE and not _holds_media(element)


def _above_credit(element: HtmlElement, text: str) -> HtmlElement | None:
    """Return the caption between a picture and this line that credits it; None when the element is no such line."""
    caption = element.getprevious()
    picture = caption.getprevious() if caption is not None else None
    if caption is None or picture is None or not _CREDIT_LINE.match(text[:200]) or size(element) > CREDIT:
        return None
    return caption if _holds_media(picture) and not size(picture) and size(caption) <= MAX_SIZE else None


def _smallest_box(picture: HtmlElement, container: HtmlElement, sizes: dict[HtmlElement, float]) -> HtmlElement | None:
    """Find the smallest box around a picture that also holds text; `sizes` caches the size of each box."""
    own = size(picture)
    for box in islice(picture.iterancestors(), MAX_LEVELS):
        if box is container or box.tag not in _BOXES:
            break
        if box not in sizes:
            sizes[box] = size(box)
        if sizes[box] > own:
            return box
    return None


def _words_in(box: HtmlElement, characters: float) -> Iterator[HtmlElement]:
    """Yield the children of a picture's box that are its caption, when the box holds little else.

    A box with words of its own beside them is a paragraph with an icon, and one in a list is an item of it.
    """
    named = box.tag == "figure" or hints.is_picture(names_of(box)[:200])
    if characters > (MAX_SIZE if named else MAX_UNNAMED) or not _is_plain(box):
        return
    if named or not (_has_own_text(box) or next(box.iterancestors("li"), None) is not None):
        for child in box:
            if size(child) and not _holds_media(child) and not _is_shown(child):
                yield child


def size(element: HtmlElement) -> float:
    """Count the weighted characters of the text in an element, up to a little more than twice MAX_SIZE."""
    total = 0.0
    for text in texts_in(element):
        total += weigh(" ".join(text.split()))
        if total > 2 * MAX_SIZE:
            break
    return total


def _has_own_text(box: HtmlElement) -> bool:
    return any(text and not text.isspace() for text in (box.text, *(child.tail for child in box)))


def _holds_media(element: HtmlElement) -> bool:
    return next(element.iter(*_MEDIA), None) is not None


def _is_plain(box: HtmlElement) -> bool:
    """Whether a box has no heading, no list and at most two paragraphs: then it is no section of the article."""
    return (
        next(box.iter("h1", "h2", "h3", "h4", "li", "table", "blockquote"), None) is None
        and sum(1 for _ in box.iter("p")) <= 2
    )


def _box(caption: HtmlElement, container: HtmlElement) -> HtmlElement | None:
    """Find the nearest ancestor of a caption that also holds a picture or a player.

    Where it is the text's own box, the picture is in the element before the caption.
    """
    here = caption
    for above in islice(caption.iterancestors(), MAX_LEVELS):
        if _is_shown(above):
            if above is not container and size(above) <= 2 * MAX_SIZE:
                return above
            before = here.getprevious()
            return before if before is not None and _is_shown(before) else None
        if above is container or above.tag == "figure":
            break
        here = above
    return None
