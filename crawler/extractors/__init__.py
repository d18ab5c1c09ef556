"""Page → Post: no Scrapy, no network, no clock. The same page gives the same post on any machine, in any year.

charset/    bytes → text
document    text → tree, parsed once     streamed  pieces that scripts would put in their places
sites/      what a publisher declares about its pages
metadata    title/ · bylines/ · dates/, language, categories, identity   statements (jsonld)   what is said for machines
container/  where the article stands
body/       container → the article's own markup      images/  its pictures      sanitise   the allow-list, last
refusals    what is no article                        parts    its further pages
generic     all of it in order → Post                 version  who made it
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
    from crawler.extractors import (  # 0.6 s to import: only who extracts pays for it, not who asks for a charset
        generic,
        sites,
    )

    return generic.read(page, source, sites.of(page.url, source))
