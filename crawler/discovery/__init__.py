"""Find what is new at a source: its feeds, sitemaps, section pages and listings → candidates. Pure; the spider fetches.

`entry_points(source)` are the documents to fetch, `direct(source)` the single URLs that need no document;
`reading.read(page, …)` turns a fetched document into candidates and further documents; `to_read` chooses among those.
"""

from __future__ import annotations

from crawler.discovery.found import EntryPoint, Found, to_read
from crawler.items import Candidate, Source

__all__ = ["EntryPoint", "Found", "direct", "entry_points", "to_read"]


def entry_points(source: Source) -> list[EntryPoint]:
    """List the documents that `source` names: feeds, sitemaps, sections, listings, each in the configured order."""
    return [
        *(EntryPoint("feed", url) for url in source.feeds),
        *(EntryPoint("sitemap", url) for url in source.sitemaps),
        *(EntryPoint("section", section.url, section=section) for section in source.sections),
        *(EntryPoint("listing", listing.url, listing=listing) for listing in source.listings),
    ]


def direct(source: Source) -> list[Candidate]:
    """List the single pages that `source` names; `allow` and `deny` do not apply to them."""
    return [Candidate(url, source.name) for url in dict.fromkeys(source.urls)]
