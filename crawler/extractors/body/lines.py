"""Lines of a cleaned container that are not the article's: links elsewhere, notices, labels, headings of nothing.

In: the survey of the container, the title, captions and authors. The lines are removed in place. Lines before the
first and behind the last paragraph are judged harder than lines between.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from dataclasses import dataclass
from itertools import pairwise

from lxml.html import HtmlElement

from crawler.extractors.body import appendix, notices
from crawler.extractors.container.survey import Block, Survey
from crawler.extractors.dom import HEADINGS, remove
from crawler.extractors.text_key import key

_CONTENT_TAGS = frozenset(("td", "th", "li", "dd", "dt", "pre", "blockquote", "figcaption", "code"))
"""Short text in these is content."""
NOTICE = 600.0
"""Weighted characters of a paragraph that may be a notice."""
MOST_LABELS = 12
"""Short lines around the text; more are content, not labels."""
CLOSING = 3
"""Paragraphs at the end that may tell who made the article."""
SHORT = 60.0
"""Weighted characters of a line that may be a date, a name, a label."""
ELSEWHERE = 250.0
"""Weighted characters of a line that may lead elsewhere by its words."""
TEASER = 160
"""Characters of an item in a list of links; a reference to a book has more."""
STAMP = 160.0
"""Weighted characters of a line that says when and by whom, however long the names are."""
LISTED = 3
"""Linked headings of one kind that make a list of things, each with its paragraph."""
SUMMARY = 200.0
"""Prose of such a paragraph; the summary of a teaser has less."""
SAID = 40.0
"""Prose of a line that is surely the article's."""

_SENTENCE_END = re.compile(r"[。！？…，；」”?!।۔؟]$|\w{2}[.,;]$")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+$")
_MARKUP = re.compile(r"^<[a-z]+\s[^>]*>|^\[[A-Z_]+\]$|^\[/?[a-z]+ [^\]]*\]")


@dataclass(frozen=True)
class _Context:
    """What the rules know of the container's blocks; blocks are named by their `order`."""

    title: str
    """The headline's key."""
    first: int
    """The first paragraph of the text."""
    last: int
    """The last one."""
    closing: int
    """The first of the last paragraphs, in which closing remarks may be."""
    labels: frozenset[int]
    """Labels around the text: dates, names, sections."""
    beside: frozenset[int]
    """Lines about the author, and sections behind the text."""
    listed: frozenset[int]
    """Linked headings of a list that is the article's."""


def clean(found: Survey, title: str, captions: Container[HtmlElement], authors: tuple[str, ...]) -> None:
    """Remove such lines in place. `found` was made with `places`; elements may have been taken out since."""
    container = found.root
    blocks = _remaining(found, captions)
    context = _context(blocks, container, title, authors)
    text_follows = False
    for block in reversed(blocks):
        if any(rule(block, context) for rule in RULES) or (not text_follows and _is_heading_after_text(block, context)):
            if notices.leads_elsewhere(block.text):
                _drop_links_below(block, container)
            _drop(block, container)
        else:
            text_follows = True


def _context(blocks: list[Block], container: HtmlElement, title: str, authors: tuple[str, ...]) -> _Context:
    said = [block.order for block in blocks if block.prose >= SAID and block.element.tag not in HEADINGS]
    first, last = (said[0], said[-1]) if said else (0, len(blocks))
    about_from = said[-CLOSING] if len(said) > CLOSING else last
    about = _about([block for block in blocks if block.order >= about_from], authors)
    return _Context(
        title=key(title),
        first=first,
        last=last,
        closing=said[-CLOSING] if len(said) > 2 * CLOSING else last,
        labels=frozenset(_labels(blocks, container, first, last)),
        beside=frozenset(about | appendix.cut(blocks, container)),
        listed=frozenset(_listed(blocks)),
    )


# The rules: each tells whether to remove a block.


def _is_headline_before_text(block: Block, context: _Context) -> bool:
    return block.order < context.first and block.element.tag == "h1"


def _repeats_title(block: Block, context: _Context) -> bool:
    at_place = block.element.tag in HEADINGS or block.order < context.first
    return at_place and bool(context.title) and key(block.text) == context.title


def _leads_elsewhere(block: Block, context: _Context) -> bool:
    element = block.element
    if element.tag in ("td", "th"):
        return False
    if block.linked >= 0.9 * block.size and block.size >= 20 and element.tag != "li":
        if _ADDRESS.match(block.text):
            return False  # a source that is quoted by its address
        if block.order in context.listed:
            return False
        own_anchor = element.tag in HEADINGS and context.first < block.order < context.last and _is_own_anchor(element)
        return not own_anchor
    return block.size < ELSEWHERE and notices.leads_elsewhere(block.text)


def _is_markup(block: Block, _: _Context) -> bool:
    """Tags and shortcodes that a publishing system left as text."""
    return _MARKUP.match(block.text) is not None


def _is_notice(block: Block, _: _Context) -> bool:
    return block.size < NOTICE and notices.is_notice(block.text)


def _is_closing(block: Block, context: _Context) -> bool:
    return block.order >= context.closing and block.size < NOTICE and notices.is_closing(block.text)


def _is_label(block: Block, context: _Context) -> bool:
    return block.order in context.labels


def _is_beside_text(block: Block, context: _Context) -> bool:
    return block.order in context.beside


RULES: tuple[Callable[[Block, _Context], bool], ...] = (
    _is_headline_before_text,
    _repeats_title,
    _leads_elsewhere,
    _is_markup,
    _is_notice,
    _is_closing,
    _is_label,
    _is_beside_text,
)
"""A block for which one of these holds is removed."""


def _is_heading_after_text(block: Block, context: _Context) -> bool:
    """A heading behind the last paragraph; it is removed when nothing that stays is below it."""
    return block.element.tag in HEADINGS and block.order > context.last and block.prose < SAID


# Questions of the rules


def _is_own_anchor(heading: HtmlElement) -> bool:
    """Whether a heading's link leads to the heading itself."""
    links = list(heading.iter("a"))
    return bool(links) and all((link.get("href") or "#").startswith("#") for link in links)


def _listed(blocks: list[Block]) -> set[int]:
    """Linked headings above paragraphs of the text: at least LISTED of one kind, each with more prose than a teaser."""
    kinds: dict[str, list[int]] = {}
    for block, below in pairwise(blocks):
        if block.element.tag in HEADINGS and block.linked >= 0.9 * block.size and below.prose >= SUMMARY:
            kinds.setdefault(block.element.tag, []).append(block.order)
    return {order for orders in kinds.values() if len(orders) >= LISTED for order in orders}


def _about(blocks: list[Block], authors: tuple[str, ...]) -> set[int]:
    """Lines at the end that tell who an author is: `Jane Doe is a …`, or the lines below her name."""
    names = [name.casefold() for name in authors if " " in name]
    found: set[int] = set()
    for place, block in enumerate(blocks):
        text = block.text.lstrip("•*-–—_/ ").casefold()
        if text in names and all(below.size < NOTICE for below in blocks[place:]):
            found.update(below.order for below in blocks[place:])
        elif block.size < NOTICE and any(notices.is_about(text, name) for name in names):
            found.add(block.order)
    return found


def _labels(blocks: list[Block], container: HtmlElement, first: int, last: int) -> set[int]:
    """Lines around the text that are labels: dates, names, sections.

    A short line among the paragraphs (same parent, same tag) is text unless its words say label: of the recorded
    pages' lines outside of paragraphs nine in ten are labels, of those in paragraphs one in three.
    """
    among = {block.kind for block in blocks if block.prose >= SAID}
    around = [block for block in blocks if not first <= block.order <= last]
    labels = {
        block.order
        for block in around
        if _looks_like_label(block, container) and (block.kind not in among or block.linked > 0.5 * block.size)
    }
    if len(labels) > MOST_LABELS:
        labels = set()  # more are a list without the markup of one
    return labels | {block.order for block in around if _reads_like_label(block)}


def _looks_like_label(block: Block, container: HtmlElement) -> bool:
    """Whether a line is short, no sentence, no heading, and in no element whose short text is content."""
    if block.size >= SHORT or block.prose >= 20 or _SENTENCE_END.search(block.text) or block.element.tag in HEADINGS:
        return False
    element = block.element
    while element is not container:
        if element.tag in _CONTENT_TAGS:
            return False
        element = element.getparent()
    return True


def _reads_like_label(block: Block) -> bool:
    """Whether a line's words make it a label or a date stamp."""
    if block.element.tag in _CONTENT_TAGS:
        return False
    return (block.size < SHORT and notices.is_label(block.text)) or (
        block.size < STAMP and notices.is_stamp(block.text)
    )


# Removal of lines


def _drop_links_below(block: Block, container: HtmlElement) -> None:
    """Remove the list under a line that leads elsewhere, when each of its items is a link."""
    element = block.element
    following = element.getnext() if element is not container else None
    if following is not None and following.tag in ("ul", "ol") and not (following.tail or "").strip():
        items = following.findall("li")
        if items and all(item.find(".//a[@href]") is not None and len(item.text_content()) < TEASER for item in items):
            remove(following)


def _drop(block: Block, container: HtmlElement) -> None:
    """Remove a block's element, or only its text where the element holds more."""
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


def _is_whole(block: Block) -> bool:
    """Whether the block is all that its element holds: pictures and further blocks stay."""
    element = block.element
    if next(element.iter("img", "br", "table", "ul", "ol"), None) is not None:
        return False
    return " ".join("".join(element.itertext()).split()) == block.text


def _remaining(found: Survey, captions: Container[HtmlElement]) -> list[Block]:
    """The blocks that are still in the container, and in no caption."""
    inside: dict[HtmlElement, bool] = {found.root: True}
    for block in found.blocks:
        chain = []
        element: HtmlElement | None = block.element
        while element is not None and element not in inside and element not in captions:
            chain.append(element)
            element = element.getparent()
        answer = element is not None and element not in captions and inside[element]
        inside.update(dict.fromkeys(chain, answer))
    return [block for block in found.blocks if inside.get(block.element, False)]
