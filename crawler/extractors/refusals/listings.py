"""Pages that list articles, and pages that hold nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from lxml.html import HtmlElement

from crawler.errors import NotAnArticle
from crawler.extractors.container.survey import weigh
from crawler.extractors.document import Document
from crawler.extractors.dom import has_address, is_sentence, texts_in
from crawler.extractors.refusals.candidate import (
    HEADLINE,
    LONG,
    MOSTLY_LINKS,
    NOTHING,
    SENTENCE,
    SHORT,
    Candidate,
    collapsed,
)

NEARLY_ALL = 0.95
"""Share of lines in teasers from which even a long text, or a page that calls itself an article, is a listing."""
MANY_LINKS = 15
"""Fewest links with the length of headlines that make a page without a text a listing."""
TEASERS = 5
"""Fewest boxes with teasers that make a listing."""
TEASER = 500.0
"""Size of the largest teaser under its headline."""
_PRODUCTS = re.compile(r"products?[.:_]group")
TEASER_LINES = 60
"""How many lines of a text are compared with teasers."""


def is_teasers(page: Candidate) -> NotAnArticle | None:
    """Nearly all lines are in small boxes with linked headlines, as on a section page."""
    share = NEARLY_ALL if page.calls_itself_article or page.weight >= LONG else MOSTLY_LINKS
    lines = [collapsed(line) for line in page.text.split("\n")[:TEASER_LINES] if line]
    boxes = [collapsed(box) for box in _headed_boxes(page.document)] if len(lines) > 2 else []
    if len(boxes) < TEASERS:
        return None
    whole = "\n".join(boxes)
    if sum(line in whole for line in lines) < share * len(lines):
        return None
    return NotAnArticle("listing", "the page is a list of teasers")


def is_products(page: Candidate) -> NotAnArticle | None:
    """The page states that it lists products: what shops call `product.group`."""
    stated = _PRODUCTS.fullmatch(page.document.meta("og:type").lower())
    return NotAnArticle("listing", "the page says that it lists products") if stated else None


def is_frame(page: Candidate) -> NotAnArticle | None:
    """The text's first line is in the page's header, navigation or footer."""
    if page.calls_itself_article or page.weight >= SHORT / 2 or page.pictures:
        return None
    first = collapsed(page.text.partition("\n")[0])
    frames = page.document.tree.xpath(
        "//footer | //nav | //body/header | //*[@id='footer' or @id='header' or @id='nav']"
    )
    if not first or not any(first in collapsed(" ".join(texts_in(frame))) for frame in frames[:20]):
        return None
    return NotAnArticle("empty", "only the page's header, navigation or footer holds text")


def is_links(page: Candidate) -> NotAnArticle | None:
    """The text is a list of links, or a page with little text has many links to articles."""
    if page.calls_itself_article:
        return None
    beside = page.weight < SHORT and _headline_links(page.document) >= MANY_LINKS and not _is_short_news(page)
    if not page.is_list_of_links and not beside:
        return None
    return NotAnArticle("listing", "the page is a list of links")


def is_empty(page: Candidate) -> NotAnArticle | None:
    """The page has neither text nor picture."""
    return (
        NotAnArticle("empty", "no text and no picture found") if page.weight < NOTHING and not page.pictures else None
    )


def _is_short_news(page: Candidate) -> bool:
    """Tell whether a short text is news: sentences that are no teaser, on a dated page with a headline."""
    if not page.headed or weigh(page.title) < HEADLINE or page.document.meta("og:type"):
        return False
    teasers = "\n".join(box for box in map(collapsed, _headed_boxes(page.document)) if page.title not in box)
    own = sum(weigh(line) for line in page.lines if is_sentence(line) and collapsed(line) not in teasers)
    return own >= max(SENTENCE, page.weight / 2)


def _headed_boxes(document: Document) -> Iterator[str]:
    """Yield the texts of boxes around linked headlines that are marked up as headings."""
    known: _Known = {}
    for heading in islice(document.tree.iter("h2", "h3", "h4", "h5"), 200):
        above = heading.getparent()
        links = (*heading.iter("a"), *(() if above is None or above.tag != "a" else (above,)))
        if any(has_address(link, document.page.url) and _is_most_of(link, heading) for link in links):
            yield from _box(heading, known)


def _is_most_of(link: HtmlElement, heading: HtmlElement) -> bool:
    return 2 * len("".join(texts_in(link))) > len("".join(texts_in(heading)))


def teaser_boxes(document: Document) -> Iterator[str]:
    """Yield the texts of boxes around headlines and links with the length of headlines, and of what follows them."""
    known: _Known = {}
    for headline in islice(document.tree.iter("h2", "h3", "h4", "h5", "a"), 500):
        if headline.tag == "a" and not has_address(headline, document.page.url):
            continue
        box = list(_box(headline, known))
        yield from box
        for element in (headline, headline.getparent()) if box else ():
            following = element.getnext() if element is not None else None
            if following is not None and weigh(text := " ".join(islice(following.itertext(), 100))) <= TEASER:
                yield text


_Known = dict[HtmlElement, tuple[str, float]]
"""The text and size of elements around headlines, which the headlines of one list share."""


def _box(headline: HtmlElement, known: _Known) -> Iterator[str]:
    """Yield the text of the largest teaser-sized box around a headline, up to three levels above."""
    text, box = " ".join(texts_in(headline)), ""
    size = weigh(text)
    if size < HEADLINE:
        return
    for ancestor in islice(headline.iterancestors(), 3):
        if ancestor not in known:
            whole = " ".join(_first_texts(ancestor))
            known[ancestor] = whole, weigh(whole)
        if known[ancestor][1] - size > TEASER:
            break
        box = known[ancestor][0]
    if box:
        yield box


def _first_texts(element: HtmlElement) -> Iterable[str]:
    """Return at most the first 100 texts inside an element; `itertext` takes ten times as long for a small one."""
    small = next(islice(element.iter(), 50, None), None) is None
    return texts_in(element) if small else islice(element.itertext(), 100)


def _headline_links(document: Document) -> int:
    """Count the links with a text as long as a headline."""
    return sum(
        HEADLINE <= weigh(" ".join(texts_in(link))) < 4 * SENTENCE
        for link in document.tree.iter("a")
        if has_address(link, document.page.url)
    )
