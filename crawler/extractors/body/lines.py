"""Remove lines that are not the article's: links elsewhere, notices, labels, headings without text below.

In: the survey of the cleaned container, the title, captions and authors. The container is changed in place. The rules
are stricter before the first paragraph and after the last than between.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from dataclasses import dataclass
from itertools import pairwise

from lxml.html import HtmlElement

from crawler.extractors.body import appendix, notices
from crawler.extractors.container.survey import Block, Survey
from crawler.extractors.dom import HEADINGS, has_address, is_on_host, is_sentence, one_line, raw_text, remove
from crawler.extractors.text_key import key

_CONTENT_TAGS = frozenset(("td", "th", "caption", "li", "dd", "dt", "pre", "blockquote", "figcaption", "code"))
"""Elements in which short text is content."""
NOTICE = 600.0
"""Weighted characters of the longest notice."""
MOST_LABELS = 12
"""Most labels around the text; more short lines are content."""
CLOSING = 3
"""How many paragraphs at the end may tell who made the article."""
SHORT = 60.0
"""Weighted characters from which a line is no date, name or label."""
ELSEWHERE = 250.0
"""Weighted characters from which the words of a line cannot show that it leads elsewhere."""
TEASER = 160
"""Characters from which a list item with a link is no teaser; a reference to a book has more."""
STAMP = 160.0
"""Weighted characters of the longest line with date and byline."""
LISTED = 3
"""Fewest linked headings of one level, each above a paragraph, that are a list of the article."""
SUMMARY = 200.0
"""Prose of the shortest such paragraph; the summary of a teaser has less."""
SURE = 40.0
"""Prose of the shortest line that is surely the article's."""

_SENTENCE_END = re.compile(r"[。！？…，；」”?!।۔؟]$|\w{2}[.,;]$")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+$")
_MARKUP = re.compile(
    r"<[a-z]+\s[^>]*>|\[[A-Z]+_[A-Z_]+\]$|\[/?[a-z]+ [^\]=]*=[^\]]*\]|1\d{9}(?:\d{3})?$|"
    r"(?=\W*?(?:\{[{%]|\$\{|<%))(?:\{\{[^{}]*\}\}|\$\{[^{}]*\}|<%[^%]*%>|\{%[^%]*%\}|\W)++$"
)


@dataclass(frozen=True)
class _Context:
    """Facts about the container for the rules; blocks are identified by their `order`."""

    title: str
    """The headline's key."""
    first: int
    """The first paragraph of the text."""
    last: int
    """The last paragraph of the text."""
    closing: int
    """The paragraph from which on closing remarks may be."""
    labels: frozenset[int]
    """Labels around the text: dates, names, sections."""
    beside: frozenset[int]
    """Lines about the author, and sections after the text."""
    listed: frozenset[int]
    """Linked headings of a list that belongs to the article."""
    linked: frozenset[int]
    """Sentences among the paragraphs that are links as a whole."""
    page: str
    """The page's URL."""


def clean(found: Survey, title: str, captions: Container[HtmlElement], authors: tuple[str, ...]) -> None:
    """Remove such lines. `found` must be a survey with `places=True`; elements may have been removed since."""
    container = found.root
    blocks = _remaining(found, captions)
    context = _context(blocks, found, title, authors)
    text_follows = False
    for block in reversed(blocks):
        if any(rule(block, context) for rule in RULES) or (not text_follows and _is_after_text(block, context)):
            if notices.leads_elsewhere(block.text):
                _drop_links_below(block, container)
            _drop(block, container)
        else:
            text_follows = True


def _context(blocks: list[Block], found: Survey, title: str, authors: tuple[str, ...]) -> _Context:
    container = found.root
    cut = appendix.cut(found, blocks)
    rest = [block for block in blocks if block.order not in cut]
    paragraphs = [block.order for block in rest if block.prose >= SURE and block.element.tag not in HEADINGS]
    first, last = (paragraphs[0], paragraphs[-1]) if paragraphs else (0, len(blocks))
    about_from = paragraphs[-CLOSING] if len(paragraphs) > CLOSING else last
    about = _about([block for block in rest if block.order >= about_from], authors)
    return _Context(
        title=key(title),
        first=first,
        last=last,
        closing=paragraphs[-CLOSING] if len(paragraphs) > 2 * CLOSING else last,
        labels=frozenset(_labels(rest, container, first, last)),
        beside=frozenset(about | cut),
        listed=frozenset(_listed(blocks, found.page)),
        linked=frozenset(_linked_sentences(blocks)),
        page=found.page,
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
    if block.linked >= 0.9 * block.size and block.size >= 20 and not _is_item(element):
        if _ADDRESS.match(block.text):
            return False  # a source quoted by its address
        if block.order in context.listed or block.order in context.linked:
            return False
        inside = element.tag in HEADINGS and context.first < block.order < context.last
        return not (inside and _is_own_anchor(element, context.page))
    return block.size < ELSEWHERE and notices.leads_elsewhere(block.text)


def _is_markup(block: Block, _: _Context) -> bool:
    """A tag, a shortcode, a template or the seconds of a clock that a publishing system left as text."""
    return _MARKUP.match(block.text) is not None and block.element.tag not in _CONTENT_TAGS


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
"""A block is removed when one of these is true."""


def _is_after_text(block: Block, context: _Context) -> bool:
    """A closing remark below which nothing is kept, or such a heading after the last paragraph."""
    if block.size < NOTICE and notices.is_closing(block.text):
        return True
    return block.element.tag in HEADINGS and block.order > context.last and block.prose < SURE


# How the rules classify blocks


def _is_own_anchor(heading: HtmlElement, page: str) -> bool:
    """Whether a heading's link leads to the heading itself."""
    links = list(heading.iter("a"))
    return bool(links) and not any(has_address(link, page) for link in links)


def _is_item(element: HtmlElement) -> bool:
    """Whether an element is an item of a list, or a line of one that has further lines."""
    parent = element.getparent()
    return element.tag in ("li", "dt") or (parent is not None and parent.tag == "li" and len(parent) > 1)


def _linked_sentences(blocks: list[Block]) -> set[int]:
    """Find sentences that are links as a whole, with paragraphs before and after them.

    The title of another story has no full stop; a question, or what a colon ends, may be one.
    """
    found: set[int] = set()
    run: list[Block] = []
    before = False
    for block in blocks:
        if block.linked >= 0.9 * block.size and block.size >= 20:
            run.append(block)
            continue
        if before and block.prose >= SURE:
            found.update(one.order for one in run if _is_statement(one))
        before = block.prose >= SURE
        run = []
    return found


def _is_statement(block: Block) -> bool:
    return (
        block.element.tag not in HEADINGS
        and is_sentence(block.text)
        and not block.text.endswith(("?", "？", ":", "："))
        and not notices.leads_elsewhere(block.text)
    )


def _listed(blocks: list[Block], page: str) -> set[int]:
    """Find linked headings of a list, at least LISTED of one level: above paragraphs, or of texts on other sites."""
    kinds: dict[str, list[int]] = {}
    for block, below in pairwise(blocks):
        linked = block.element.tag in HEADINGS and block.linked >= 0.9 * block.size
        if linked and (below.prose >= SUMMARY or not _is_on_site(block.element, page)):
            kinds.setdefault(block.element.tag, []).append(block.order)
    return {order for orders in kinds.values() if len(orders) >= LISTED for order in orders}


def _is_on_site(element: HtmlElement, page: str) -> bool:
    return any(is_on_host(link.get("href") or "", page) for link in element.iter("a"))


def _about(blocks: list[Block], authors: tuple[str, ...]) -> set[int]:
    """Find lines at the end that tell who an author is: `Jane Doe is a …`, or the lines below her name."""
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
    """Find labels around the text: dates, names, sections.

    A short line with the parent and tag of paragraphs is text unless its words mark a label: on the recorded pages one
    in three of such lines is a label, of other short lines nine in ten.
    """
    among = {block.kind for block in blocks if block.prose >= SURE}
    around = [block for block in blocks if not first <= block.order <= last]
    labels = {
        block.order
        for block in around
        if _looks_like_label(block, container) and (block.kind not in among or block.linked > 0.5 * block.size)
    }
    if len(labels) > MOST_LABELS:
        labels = set()  # a list without list markup
    return labels | {block.order for block in around if _reads_like_label(block)}


def _looks_like_label(block: Block, container: HtmlElement) -> bool:
    """Whether a line is short, no sentence, no heading, and not in an element whose short text is content."""
    if block.size >= SHORT or block.prose >= 20 or _SENTENCE_END.search(block.text) or block.element.tag in HEADINGS:
        return False
    element = block.element
    while element is not container:
        if element.tag in _CONTENT_TAGS:
            return False
        element = element.getparent()
    return True


def _reads_like_label(block: Block) -> bool:
    """Whether the words of a line mark a label or a date."""
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
        if items and all(item.find(".//a[@href]") is not None and len(raw_text(item)) < TEASER for item in items):
            remove(following)


def _drop(block: Block, container: HtmlElement) -> None:
    """Remove a block's element, or only its text where the element holds more."""
    if block.element is not container and _is_whole(block):
        remove(block.element)
        return
    for element, in_tail in block.places:
        if in_tail:
            element.tail = None
        else:
            element.text = None
    for element, in_tail in reversed(block.places):
        if not in_tail and element is not container and not len(element) and not element.text:
            remove(element)


def _is_whole(block: Block) -> bool:
    """Whether an element holds nothing but the block: pictures and further blocks are kept."""
    element = block.element
    if next(element.iter("img", "br", "table", "ul", "ol"), None) is not None:
        return False
    return one_line(element) == block.text


def _remaining(found: Survey, captions: Container[HtmlElement]) -> list[Block]:
    """Select the blocks that are still in the container and not in a caption."""
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
