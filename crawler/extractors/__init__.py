"""Page → Post, as a pure function: no Scrapy, no network, no clock; the same page gives the same post on any machine.

`generic` calls the steps in this order:

charset/     bytes → text, by header, byte order mark, markup and letter statistics
document     text → the lxml tree that all later steps read
misreading   finds pages that libxml2 nests otherwise than browsers do
tags         writes the tags of such a page anew
placing      moves shadow roots and streamed content to where they are shown
jsonld       the page's JSON-LD scripts → objects
pagination   an article that is split over several pages → its documents
metadata     title/, bylines/, dates/, language, section and tags
statements   the JSON-LD object that describes the article
container/   finds the element that holds the article
body/        container → cleaned HTML and text
images/      pictures, captions and the lead image
sanitise     applies the allow-list of HTML, last
style_sheets the addresses of the page's style sheets, for the archive
redirections raises Elsewhere for redirect stubs, NotAnArticle for front pages that answer for a withdrawn article
refusals     raises NotAnArticle for listings, walls and empty pages

The steps share these:

sites/       one file per publisher: where its pages keep what
languages/   one file per language: its words and letters
dom          functions on lxml trees
elements     which elements a parser treats alike
regex        many regular expressions → one
text_key     compares titles and names
version      the version that each post records
"""

from __future__ import annotations

from crawler.items import Page, Post, Source

__all__ = ["extract"]


def extract(page: Page, source: Source | None = None) -> Post:
    """Extract the article of a page.

    Raises `NotAnArticle` (a listing, a login wall, an empty body …), `Elsewhere` (the article has another URL),
    `PartsNeeded` (call again with these pages in `page.parts`) or `TooComplex` (a limit); all are ExtractionErrors.
    """
    # Imported here, as this takes 0.6 s and discovery only needs the charset.
    from crawler.extractors import generic, sites

    return generic.read(page, source, sites.of(page.url, source))
