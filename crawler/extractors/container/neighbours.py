"""Survey and container → the pieces of the article that are outside the container.

`siblings`: text before and after the container, where a publisher cut the article into pieces (blocks of a page
builder, fields of a content system, a first paragraph on its own). `lead_paragraph`: the standfirst between headline
and text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, takewhile

from lxml.html import HtmlElement

from crawler.extractors.container import hints
from crawler.extractors.container.boilerplate import is_in_boilerplate
from crawler.extractors.container.hints import Hint
from crawler.extractors.container.survey import Block, Survey
from crawler.extractors.document import Document
from crawler.extractors.dom import names_of

LEVELS = 4
"""How many ancestors of the container have their siblings read; page builders wrap each piece in three or four."""
LEAST = 80.0
"""Prose of the shortest sibling that is read with the container; characters of the shortest `<h2>` that is a lead."""
LINKED = 0.2
"""Highest link density of a sibling."""
LINKED_ALIKE = 0.5
"""Highest link density of a sibling with the container's tag and class."""
AFTER = 0.1
"""Share of the container's prose that a sibling after it must have."""
ALIKE = 0.75
"""Share of the names of two elements that must be the same for them to be alike."""
MUCH = 500.0
"""Prose from which an element with a doubtful name belongs to the text when it stands between two pieces of it."""

SHORTEST, LONGEST = 40.0, 900.0
"""Weighted characters of the shortest and the longest lead paragraph."""
SAME = 0.7
"""Share of a paragraph's words in the page's description from which it is the lead paragraph."""
REACH = 60
"""How many blocks before the container are searched for the lead paragraph."""

_NUMBER = re.compile(r"\d+")
_WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")


def siblings(
    found: Survey, container: HtmlElement, headline: HtmlElement | None, boilerplate: set[HtmlElement]
) -> tuple[list[HtmlElement], list[HtmlElement]]:
    """Find text before and after the container, each in document order, without boilerplate and headlines.

    A sibling after the container must look like it: biographies, appeals and other stories are there, too.
    """
    before: list[HtmlElement] = []
    after: list[HtmlElement] = []
    here = container
    passed = headline is not None and not _is_above(headline, container, found)  # nothing above it is the article's
    for _ in range(LEVELS):
        if here is found.root or here.tag in ("article", "main") or here in boilerplate:
            break
        if not passed:
            above = list(here.itersiblings(preceding=True))
            new = list(takewhile(lambda sibling: headline is None or headline not in sibling.iter(), above))
            passed = len(new) < len(above)
            before = [
                sibling
                for sibling in reversed(new)
                if _is_text(found, sibling, boilerplate, _is_like(sibling, here, container))
            ] + before
            if passed and headline is not None:
                before = _below_headline(found, above[len(new)], headline, boilerplate) + before
        after += _after(found, here, container, boilerplate)
        here = here.getparent()
    return before, after


def _after(
    found: Survey, here: HtmlElement, container: HtmlElement, boilerplate: set[HtmlElement]
) -> list[HtmlElement]:
    """Find the siblings after `here` that continue the article, and what is between them."""
    below = list(here.itersiblings())
    going_on = [_continues(found, sibling, here, container, boilerplate) for sibling in below]
    if True not in going_on:
        return []
    last = len(below) - going_on[::-1].index(True)
    return [
        sibling
        for sibling, goes_on in zip(below[:last], going_on, strict=False)
        if goes_on or _is_between(found, sibling, boilerplate)
    ]


def _is_between(found: Survey, element: HtmlElement, boilerplate: set[HtmlElement]) -> bool:
    """Whether an element between two pieces of the text belongs to it: a table, pictures, a list of tips."""
    measure = found.measures.get(element)
    return (
        measure is not None
        and element not in boilerplate
        and (measure.hint >= Hint.NONE or measure.prose >= MUCH)
        and measure.linked <= LINKED * measure.size
        and not measure.headline
    )


def _below_headline(
    found: Survey, holder: HtmlElement, headline: HtmlElement, boilerplate: set[HtmlElement]
) -> list[HtmlElement]:
    """Find an introduction of at least two paragraphs right after the headline, in the element that holds it.

    A single paragraph is a summary or somebody's biography.
    """
    below: list[HtmlElement] = []
    here = headline
    while here is not holder:
        below += [sibling for sibling in here.itersiblings() if _is_paragraphs(found, sibling, boilerplate)]
        here = here.getparent()
    return below if sum(found.measures[sibling].blocks for sibling in below) > 1 else []


def _is_paragraphs(found: Survey, element: HtmlElement, boilerplate: set[HtmlElement]) -> bool:
    return _is_text(found, element, boilerplate) and found.measures[element].blocks == sum(1 for _ in element.iter("p"))


def _is_above(headline: HtmlElement, container: HtmlElement, found: Survey) -> bool:
    """Whether the headline begins before the container and neither contains the other."""
    first = next(
        element for element in found.root.iter(headline.tag, container.tag) if element in (headline, container)
    )
    return first is headline and container not in headline.iter()


def _is_named_article(found: Survey, element: HtmlElement) -> bool:
    measure = found.measures.get(element)
    return measure is not None and measure.hint >= Hint.BODY


def _is_like(element: HtmlElement, *others: HtmlElement) -> bool:
    """Whether an element has the tag and most of the classes of one of the others, numbers left out."""
    names = _names(element)
    return bool(names) and any(
        element.tag == other.tag and len(names & (theirs := _names(other))) >= ALIKE * len(names | theirs)
        for other in others
    )


def _names(element: HtmlElement) -> set[str]:
    return set(_NUMBER.sub("", element.get("class") or "").split())


def _is_text(
    found: Survey,
    element: HtmlElement,
    boilerplate: set[HtmlElement],
    alike: bool = False,
    chapters: bool = False,
) -> bool:
    """Whether a sibling is prose; one that is `alike` the container may also hold a table or a list of links.

    It has no headline, unless those are the headings of `chapters`.
    """
    measure = found.measures.get(element)
    return (
        measure is not None
        and element not in boilerplate
        and element.tag not in ("header", "li", "ul", "ol", "figure", "figcaption", "h1", "table", "dl")
        and measure.prose >= LEAST
        and measure.linked <= (LINKED_ALIKE if alike else LINKED) * measure.size
        and (chapters or not measure.headline)
    )


def _continues(
    found: Survey, element: HtmlElement, here: HtmlElement, container: HtmlElement, boilerplate: set[HtmlElement]
) -> bool:
    """Whether a sibling after `here`, the container or an element around it, continues the article.

    It is a paragraph, or a text in a box like the container's or like `here`.
    """
    alike, alike_here = _is_like(element, container), _is_like(element, here)
    chapters = (alike or alike_here) and len(list(islice(container.iter("h1"), 2))) > 1
    if not _is_text(found, element, boilerplate, alike, chapters):
        return False
    near = here is container or _is_named_article(found, container)
    if near and element.tag == "p":
        return True
    like = container if near and alike else here if alike_here else None
    return like is not None and found.measures[element].prose >= AFTER * found.measures[like].prose


def lead_paragraph(
    document: Document, found: Survey, container: HtmlElement, headline: HtmlElement | None
) -> HtmlElement | None:
    """Find the lead paragraph (standfirst) between headline and container; None when there is none.

    It is named as one, it repeats the page's description, or it is a long `<h2>` right below the headline.
    """
    description = set(_WORDS.findall(document.meta("og:description", "description", "twitter:description").casefold()))
    for block in _blocks_before(found, container, headline):
        element = block.element
        listed = element.tag == "li" and element.getparent() is not None
        if listed:  # key points: the whole list
            element = element.getparent()
        if element.tag in ("h1", "figcaption", "td") or is_in_boilerplate(found, element):
            continue
        if _is_named_lead(element) or (not listed and _repeats(block.text, description)):
            return element
        if headline is not None and _is_subheading(block, headline):
            return element
    return None


def _blocks_before(found: Survey, container: HtmlElement, headline: HtmlElement | None) -> Iterator[Block]:
    """Yield the blocks between headline and container that can be a lead paragraph by their size and links.

    Copies of the container's first blocks are left out.
    """
    blocks = found.blocks
    first = next(
        (block.order for block in blocks if block.element is container or container in block.element.iterancestors()),
        0,
    )
    start = max(0, first - REACH)
    for block in blocks[start:first]:
        if headline is not None and (block.element is headline or headline in block.element.iterancestors()):
            start = block.order + 1
    inside = {block.text for block in blocks[first : first + 4]}
    for block in blocks[start:first]:
        if SHORTEST <= block.size <= LONGEST and block.linked <= 0.3 * block.size and block.text not in inside:
            yield block


def _repeats(text: str, description: set[str]) -> bool:
    """Whether most words of a text are in the page's description."""
    words = _WORDS.findall(text.casefold())
    return len(words) > 5 and sum(word in description for word in words) >= SAME * len(words)


def _is_subheading(block: Block, headline: HtmlElement) -> bool:
    """Whether a block is an `<h2>` right below the headline, too long for the heading of a section."""
    before = block.element.getprevious()
    if block.element.tag != "h2" or block.size < LEAST or block.linked or before is None:
        return False
    return before is headline or (before is headline.getparent() and len(before) == 1)


def _is_named_lead(element: HtmlElement) -> bool:
    """Whether an element, or one that wraps it and little else, is named as a lead paragraph."""
    for _ in range(4):
        names = names_of(element, "class", "id", "itemprop")
        if names and hints.is_lead(names[:200]):
            return True
        parent = element.getparent()
        if parent is None or len(parent) > 2:
            return False
        element = parent
    return False
