"""Document → the documents of an article that is split over several pages, in order.

A site declares the URLs of further pages (`sites.Parts`). The whole article on one page is requested first; only when
the server does not have it are the pages requested. On other sites `linked_pages` finds further pages by their links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from crawler.errors import NotAnArticle, PartsNeeded, TooComplex
from crawler.extractors.document import Document, parse
from crawler.extractors.dom import text_of
from crawler.extractors.sites import Parts, Site
from crawler.items import READ

MAX_PARTS = 60
"""Most pages of one article; the longest serial known has about thirty."""
UNFOLD = 20
"""Characters of the longest text that offers the whole article."""


def documents(document: Document, site: Site | None) -> tuple[Document, ...]:
    """Parse the documents of an article: the page alone, the one-page form, or the page and its further pages.

    Raises PartsNeeded for pages that `Page.parts` lacks (the one-page form, then 2, 3, …), NotAnArticle("incomplete")
    when a further page did not answer 200, and TooComplex when the article has more than MAX_PARTS.
    """
    page = document.page
    declared, stem = _declared(site, page.url)
    if declared is None or (page.complete and not page.parts):
        return (document,)
    last = _last_part(document, declared, stem)
    whole_url = _resolved(page.url, declared.whole.format(stem=stem)) if declared.whole else ""
    if page.url == whole_url or (last < 2 and not _is_folded(document, declared, whole_url)):
        return (document,)
    received = list(page.parts)
    if whole_url:
        if not received:
            raise PartsNeeded((whole_url,))
        whole = received.pop(0)
        if whole.status in READ:
            return (parse(whole),)
    parsed = [document]
    for number, part in enumerate(received, 2):
        if part.status not in READ:
            raise NotAnArticle("incomplete", f"part {number} answered {part.status}: {part.url}")
        parsed.append(parse(part))
        last = max(last, _last_part(parsed[-1], declared, stem))
    if last > MAX_PARTS:
        raise TooComplex(f"parts ({last}, at most {MAX_PARTS})")
    if last > len(parsed):
        numbers = range(len(parsed) + 1, last + 1)
        raise PartsNeeded(tuple(_resolved(page.url, declared.part.format(stem=stem, n=n)) for n in numbers))
    return tuple(parsed)


def _declared(site: Site | None, url: str) -> tuple[Parts | None, str]:
    """Return how the site splits the article at a URL, and the stem of its pages' URLs."""
    for declared in site.parts if site is not None else ():
        if match := re.search(declared.article, url):
            return declared, match.group("stem")
    return None, ""


def _last_part(document: Document, declared: Parts, stem: str) -> int:
    """Return the highest number of a further page that the page links to; 0 when it links to none."""
    before, after = (re.escape(_without_scheme(piece.format(stem=stem))) for piece in declared.part.split("{n}"))
    pattern = re.compile(rf"{before}(\d{{1,4}}){after}(?=[?&#]|$)")
    found = (pattern.match(link) for link in _links(document))
    return max((int(number[1]) for number in found if number), default=0)


def _is_folded(document: Document, declared: Parts, whole_url: str) -> bool:
    """Tell whether the page shows only the beginning of the text: it links to the whole, or has the words for that."""
    if whole_url and any(link.startswith(_without_scheme(whole_url)) for link in _links(document)):
        return True
    if not declared.unfold:
        return False
    texts = (text_of(element) for element in document.tree.iter("a", "button", "span", "div", "p"))
    return any(re.fullmatch(declared.unfold, text) for text in texts if text and len(text) <= UNFOLD)


def _links(document: Document) -> Iterator[str]:
    for link in document.tree.iter("a"):
        yield _without_scheme(document.absolute(link.get("href") or ""))


def _resolved(url: str, declared: str) -> str:
    """Return a declared URL with the scheme of the page, where it declares none."""
    return urljoin(url, declared)


def _without_scheme(url: str) -> str:
    return re.sub(r"^(?:https?:)?//", "", url)
