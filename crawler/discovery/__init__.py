"""What is new at a source: its feeds, sitemaps, section pages and listings → candidates. Pure; the spider fetches.

`entry_points(source)` are the documents to look at, `direct(source)` the single URLs that need no document;
`reading.read(page, …)` makes a document into candidates and further documents.
"""

from __future__ import annotations

from crawler.discovery.found import EntryPoint, Found
from crawler.items import Candidate, Source

__all__ = ["EntryPoint", "Found", "direct", "entry_points"]


def entry_points(source: Source) -> list[EntryPoint]:
    """The documents that `source` names, in the order of its configuration."""
    return [
        *(EntryPoint("feed", url) for url in source.feeds),
        *(EntryPoint("sitemap", url) for url in source.sitemaps),
        *(EntryPoint("section", section.url, section=section) for section in source.sections),
        *(EntryPoint("listing", listing.url, listing=listing) for listing in source.listings),
    ]


def direct(source: Source) -> list[Candidate]:
    """The single pages that `source` names; `allow` and `deny` do not apply to what was named."""
    return [Candidate(url, source.name) for url in dict.fromkeys(source.urls)]
