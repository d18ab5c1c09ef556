"""Page → Post, as a pure function: no Scrapy, no network, no clock; the same page gives the same post on any machine.

In the order in which a page goes through them (`generic.read` calls them):

charset/     bytes → text, by header, byte order mark, markup and statistics of letters
document     text → the lxml tree that all later steps read          jsonld       its JSON-LD scripts → objects
pagination   the further pages of an article that is split
metadata     title/, bylines/, dates/, language, section, tags       statements   the JSON-LD object of the article
container/   which element of the tree holds the article
body/        container → cleaned HTML and text                       sanitise     the allow-list, applied last
images/      the article's pictures, captions and lead image
refusals     pages that are no article
generic      all of these in order → Post                            version      the version that a post records

sites/       what a publisher declares about its pages               dom          functions on lxml trees
languages/   what is known of each language, one file each           text_key     title or name → its key
"""

from __future__ import annotations

from crawler.items import Page, Post, Source

__all__ = ["extract"]


def extract(page: Page, source: Source | None = None) -> Post:
    """The article of a page.

    Raises `NotAnArticle` (a listing, a login wall, an empty body …), `Elsewhere` (the article has another URL),
    `PartsNeeded` (call again with these pages in `page.parts`) or `TooComplex` (a limit); all are ExtractionErrors.
    """
    # Imported here, as this takes 0.6 s and discovery only needs the charset.
    from crawler.extractors import generic, sites

    return generic.read(page, source, sites.of(page.url, source))
