"""Document → the documents of an article that is split over several pages, in order.

A site declares the URLs of further pages (`sites.Parts`). The whole article on one page is requested first; only when
the server does not have it are the pages requested one after the other.
"""

from __future__ import annotations

import re
from urllib.parse import urldefrag, urlsplit, urlunsplit

from crawler.errors import NotAnArticle, PartsNeeded, TooComplex
from crawler.extractors.document import Document, parse
from crawler.extractors.sites import Parts, Site
from crawler.items import READ

MAX_PARTS = 60
"""Most pages of one article; the longest serial known has about thirty."""


def documents(document: Document, site: Site | None) -> tuple[Document, ...]:
    """Parse the documents of an article: the page alone, the one-page form, or the page and its further pages.

    Raises PartsNeeded for pages that `Page.parts` lacks (the one-page form, then 2, 3, …), NotAnArticle("incomplete")
    when a further page did not answer 200, and TooComplex when the article has more than MAX_PARTS.
    """
    declared = site.parts if site is not None else None
    page = document.page
    match = re.search(declared.article, _bare(page.url)) if declared is not None else None
    if declared is None or match is None:
        return (document,)
    stem = match.group("stem")
    last = _last_part(document, declared, stem)
    if last < 2:
        return (document,)
    received = list(page.parts)
    if declared.whole:
        if not received:
            raise PartsNeeded((declared.whole.format(stem=stem),))
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
        raise PartsNeeded(tuple(declared.part.format(stem=stem, n=n) for n in range(len(parsed) + 1, last + 1)))
    return tuple(parsed)


def _last_part(document: Document, declared: Parts, stem: str) -> int:
    """Return the highest number of a further page that the page links to; 0 when it links to none."""
    before, after = declared.part.split("{n}")
    pattern = re.compile(re.escape(before.format(stem=stem)) + r"(\d{1,4})" + re.escape(after.format(stem=stem)))
    last = 0
    for link in document.tree.iter("a"):
        found = pattern.fullmatch(_bare(document.absolute(link.get("href") or "")))
        if found:
            last = max(last, int(found.group(1)))
    return last


def _bare(url: str) -> str:
    """The URL without query and fragment."""
    return urlunsplit(urlsplit(urldefrag(url).url)._replace(query=""))
