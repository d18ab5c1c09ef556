"""Page → Post: no Scrapy, no network, no clock. The same page gives the same post on any machine, in any year.

charset    bytes → text (encodings, plausibility, letters)
document   text → tree, parsed once
sites      what a publisher declares about its pages
metadata   title, people, dates, language, identity
           title (headings, titleparts)   bylines (shown, zh, ja, ko; names)   dates/   statements (jsonld)
survey     tree → what weighs how much        candidates   survey → the article's container
clean      container → the article's own markup   images   its pictures   sanitise   the allow-list
generic    all of it in order → Post
"""

from __future__ import annotations

from crawler.items import Page, Post, Source

__all__ = ["extract"]


def extract(page: Page, source: Source | None = None) -> Post:
    """The article of a page.

    Raises `NotAnArticle` (a listing, a login wall, an empty body …), `Elsewhere` (the page leads to the article at
    another URL), `PartsNeeded` (call again with these pages in `page.parts`), `TooComplex` (a limit), all of them
    ExtractionErrors.
    """
    from . import generic, sites  # 0.6 s to import: only who extracts pays for it, not who asks for a charset

    return generic.read(page, source, sites.of(page.url, source))
