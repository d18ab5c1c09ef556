"""Single lines of a cleaned container that are not the article's: what leads elsewhere, notices, bylines, lone
headings.

What stands before the first and behind the last paragraph is judged harder than what stands between.
"""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import pairwise

from lxml.html import HtmlElement

from crawler.extractors.body import appendix, notices
from crawler.extractors.container.survey import Block, Survey
from crawler.extractors.dom import HEADINGS, remove

_STANDING = frozenset(("td", "th", "li", "dd", "dt", "pre", "blockquote", "figcaption", "code"))
"""Short text in these is content."""
NOTICE = 600.0
"""Weighted characters of a paragraph that may be a notice."""
MOST_LABELS = 12
"""Short lines around the text, of which more are no labels but content."""
CLOSING = 3
"""Paragraphs at the end that may tell who made the article."""
SHORT = 60.0
"""Weighted characters of a line that may be a date, a name, a label."""
TEASER = 160
"""Characters of an item of such a list; a reference to a book has more."""
STAMP = 160.0
"""The same of a line that says when and by whom, however long the names are."""
LISTED = 3
"""Linked headings of one kind that make a list of things, each with its paragraph."""
SUMMARY = 200.0
"""Prose of such a paragraph; the summary of a teaser has less."""
SAID = 40.0
"""Prose of a line that is surely the article's."""

_SENTENCE_END = re.compile(r"[。！？…，；」”?!।۔؟]$|\w{2}[.,;]$")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+$")
_MARKUP = re.compile(r"^<[a-z]+\s[^>]*>|^\[[A-Z_]+\]$|^\[/?[a-z]+ [^\]]*\]")


def clean(found: Survey, title: str, captions: Container[HtmlElement], authors: tuple[str, ...]) -> None:
    """Drops such lines in place. `found` was made with `places`; elements may have been taken out since."""
    container = found.root
    blocks = _standing(found, captions)
    said = [block.order for block in blocks if block.prose >= SAID and block.element.tag not in HEADINGS]
    first, last = (said[0], said[-1]) if said else (0, len(blocks))
    wanted = key(title)
    closing = said[-CLOSING] if len(said) > 2 * CLOSING else last
    labels = _labels(blocks, container, first, last)
    end = said[-CLOSING] if len(said) > CLOSING else last
    about = _about([block for block in blocks if block.order >= end], authors) | appendix.cut(blocks, container)
    listed = _listed(blocks)
    behind = True  # nothing that stays stands behind the block
    for block in reversed(blocks):
        heading = block.element.tag in HEADINGS
        if (
            (block.order < first and block.element.tag == "h1")
            or ((heading or block.order < first) and wanted and key(block.text) == wanted)
            or _leads_elsewhere(block, first, last, listed)
            or _MARKUP.match(block.text)
            or (block.size < NOTICE and notices.is_notice(block.text))
            or (block.order >= closing and block.size < NOTICE and notices.is_closing(block.text))
            or block.order in labels
            or block.order in about
            or (behind and heading and block.order > last and block.prose < SAID)
        ):
            if notices.leads_elsewhere(block.text):
                _drop_links_below(block, container)
            _drop(block, container)
        else:
            behind = False


def _about(blocks: list[Block], authors: tuple[str, ...]) -> set[int]:
    """Orders of the lines at the end that tell who an author is: `Jane Doe is a …`, or what stands below the name."""
    names = [name.casefold() for name in authors if " " in name]
    found: set[int] = set()
    for place, block in enumerate(blocks):
        text = block.text.lstrip("•*-–—_/ ").casefold()
        if text in names and all(below.size < NOTICE for below in blocks[place:]):
            found.update(below.order for below in blocks[place:])
        elif block.size < NOTICE and any(notices.is_about(text, name) for name in names):
            found.add(block.order)
    return found


def _drop_links_below(block: Block, container: HtmlElement) -> None:
    """The list under a line that leads elsewhere, when each of its items does so."""
    element = block.element
    following = element.getnext() if element is not container else None
    if following is not None and following.tag in ("ul", "ol") and not (following.tail or "").strip():
        items = following.findall("li")
        if items and all(item.find(".//a[@href]") is not None and len(item.text_content()) < TEASER for item in items):
            remove(following)


def _labels(blocks: list[Block], container: HtmlElement, first: int, last: int) -> set[int]:
    """Orders of the lines around the text that are labels: dates, names, sections.

    A short line that stands among the paragraphs as one of them (same parent, same tag) is text, unless it says
    otherwise: of the recorded pages' lines outside of paragraphs nine in ten are labels, of those in paragraphs one in
    three.
    """
    among = {block.kind for block in blocks if block.prose >= SAID}
    around = [block for block in blocks if not first <= block.order <= last]
    labels = {
        block.order
        for block in around
        if _is_label(block, container) and (block.kind not in among or block.linked > 0.5 * block.size)
    }
    if len(labels) > MOST_LABELS:
        labels = set()  # a list without the markup of one
    return labels | {block.order for block in around if _says_it_is_a_label(block)}


def _says_it_is_a_label(block: Block) -> bool:
    if block.element.tag in _STANDING:
        return False
    return (block.size < SHORT and notices.is_label(block.text)) or (
        block.size < STAMP and notices.is_stamp(block.text)
    )


def _drop(block: Block, container: HtmlElement) -> None:
    if block.element is not container and _is_whole(block):
        remove(block.element)
        return
    for element, behind in block.places:
        if behind:
            element.tail = None
        else:
            element.text = None
    for element, behind in reversed(block.places):
        if not behind and element is not container and not len(element) and not element.text:
            remove(element)


def key(text: str) -> str:
    """What is left of a headline when spaces, marks and case do not count."""
    return re.sub(r"[\W_]+", "", text).casefold()


def _is_whole(block: Block) -> bool:
    """Whether the block is all that its element holds: pictures and further blocks stay."""
    element = block.element
    if next(element.iter("img", "br", "table", "ul", "ol"), None) is not None:
        return False
    return " ".join("".join(element.itertext()).split()) == block.text


def _leads_elsewhere(block: Block, first: int, last: int, listed: set[int]) -> bool:
    element = block.element
    if element.tag in ("td", "th"):
        return False
    if block.linked >= 0.9 * block.size and block.size >= 20 and element.tag != "li":
        if _ADDRESS.match(block.text):
            return False  # a source that is quoted by its address
        if block.order in listed:
            return False
        return not (element.tag in HEADINGS and first < block.order < last and _leads_here(element))
    return block.size < 250 and notices.leads_elsewhere(block.text)


def _listed(blocks: list[Block]) -> set[int]:
    """Orders of linked headings that head paragraphs of the text: at least LISTED of one kind, each with more to say
    than a teaser."""
    kinds: dict[str, list[int]] = {}
    for block, below in pairwise(blocks):
        if block.element.tag in HEADINGS and block.linked >= 0.9 * block.size and below.prose >= SUMMARY:
            kinds.setdefault(block.element.tag, []).append(block.order)
    return {order for orders in kinds.values() if len(orders) >= LISTED for order in orders}


def _leads_here(heading: HtmlElement) -> bool:
    """Whether a heading's link is its own anchor."""
    links = list(heading.iter("a"))
    return bool(links) and all((link.get("href") or "#").startswith("#") for link in links)


def _is_label(block: Block, container: HtmlElement) -> bool:
    if block.size >= SHORT or block.prose >= 20 or _SENTENCE_END.search(block.text) or block.element.tag in HEADINGS:
        return False
    element = block.element
    while element is not container:
        if element.tag in _STANDING:
            return False
        element = element.getparent()
    return True


def _standing(found: Survey, captions: Container[HtmlElement]) -> list[Block]:
    """The blocks that are still in the container, and in no caption."""
    stands: dict[HtmlElement, bool] = {found.root: True}
    for block in found.blocks:
        chain = []
        element: HtmlElement | None = block.element
        while element is not None and element not in stands and element not in captions:
            chain.append(element)
            element = element.getparent()
        answer = element is not None and element not in captions and stands[element]
        stands.update(dict.fromkeys(chain, answer))
    return [block for block in found.blocks if stands.get(block.element, False)]
