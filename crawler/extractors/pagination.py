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

MAX_PARTS = 60
"""Most pages of one article; the longest serial known has about thirty."""


def documents(document: Document, site: Site | None) -> tuple[Document, ...]:
    """The documents that hold the article: the page itself, the whole on one page, or the page and its further pages.

    Raises PartsNeeded for the pages that `Page.parts` lacks (the whole, then 2, 3, …), NotAnArticle("incomplete") when
    one of them did not answer 200, and TooComplex when the article has more than MAX_PARTS.
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
        if whole.status == 200:
            return (parse(whole),)
    documents = [document]
    for number, part in enumerate(received, 2):
        if part.status != 200:
            raise NotAnArticle("incomplete", f"part {number} answered {part.status}: {part.url}")
        documents.append(parse(part))
        last = max(last, _last_part(documents[-1], declared, stem))
    if last > MAX_PARTS:
        raise TooComplex(f"parts ({last}, at most {MAX_PARTS})")
    if last > len(documents):
        raise PartsNeeded(tuple(declared.part.format(stem=stem, n=n) for n in range(len(documents) + 1, last + 1)))
    return tuple(documents)


def _last_part(document: Document, declared: Parts, stem: str) -> int:
    """The highest number of a further page that the page links to; 0 when it links to none."""
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
