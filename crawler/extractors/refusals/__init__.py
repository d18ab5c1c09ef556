"""Refuse pages that are not articles: listings, walls, soft 404s, empty shells.

`before` checks the bytes and is called first; `after` checks what was extracted and is called last. Both raise
NotAnArticle with a reason. A page whose metadata says article and that has a text is accepted: what looks like a wall
is then a box beside the text.

candidate.py   what was extracted from a page, and what the rules need to know about it
missing.py     the article is gone, though the status is 200
walls.py       the page asks for something before it shows an article: consent, a log-in, a script, an age
listings.py    the page lists articles, or holds nothing
"""

from __future__ import annotations

import re
from collections.abc import Callable

from crawler.errors import NotAnArticle
from crawler.extractors.refusals import listings, missing, walls
from crawler.extractors.refusals.candidate import LONG, Candidate
from crawler.items import Page

__all__ = ["Candidate", "after", "before"]

FILES = (
    (b"%PDF-", "PDF"), (b"\x89PNG", "PNG"), (b"GIF8", "GIF"), (b"\xff\xd8\xff", "JPEG"), (b"PK\x03\x04", "ZIP"),
    (b"RIFF", "RIFF"), (b"\x1f\x8b", "gzip"), (b"OggS", "Ogg"), (b"ID3", "MP3"), (b"\x00\x00\x00", "MP4"),
    (b"wOF", "font"),
    (b"{", "JSON"), (b"[", "JSON"),
)  # fmt: skip
"""First bytes of files that servers send as text/html by mistake, and their names."""
FEED = re.compile(
    rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:rss|feed|urlset|sitemapindex|rdf:RDF)[\s>]", re.DOTALL
)


def before(page: Page) -> None:
    """Raise NotAnArticle when a page has no bytes, or bytes that are not HTML."""
    start = page.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:4000]
    if not start:
        raise NotAnArticle("empty", "the page has no bytes")
    for magic, name in FILES:
        # UTF-16 and UTF-32 have NULs among their letters.
        if start.startswith(magic) and b"<html" not in start.replace(b"\x00", b"").lower():
            raise NotAnArticle("not-html", name)
    if FEED.match(start):
        raise NotAnArticle("not-html", "a feed or a sitemap")


def after(page: Candidate) -> None:
    """Raise NotAnArticle when what was extracted from a page is not an article."""
    for rule in ANY_LENGTH:
        if refusal := rule(page):
            raise refusal
    if page.weight >= LONG and not page.is_list_of_links:
        return
    for rule in SHORTER:
        if refusal := rule(page):
            raise refusal


ANY_LENGTH: tuple[Callable[[Candidate], NotAnArticle | None], ...] = (
    missing.is_missing,
    walls.is_wall,
    listings.is_products,
    listings.is_teasers,
)
"""The rules for every page, in order; the first refusal counts."""
SHORTER: tuple[Callable[[Candidate], NotAnArticle | None], ...] = (
    walls.needs_javascript,
    walls.is_login_form,
    listings.is_frame,
    listings.is_links,
    listings.is_empty,
)
"""Further rules for pages without a long text."""
