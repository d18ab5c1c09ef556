"""What is new at a source: its feeds, sitemaps, section pages and listings → candidates. Pure; the spider fetches.

`entry_points(source)` are the documents to look at, `read(entry, …)` makes one document's body into candidates and
further documents, `direct(source)` are the single URLs that need no document.
"""

from __future__ import annotations

from collections.abc import Iterable

from crawler.config.schema import Limits
from crawler.discovery import feeds, listings, sections, sitemaps
from crawler.discovery.found import EntryPoint, Found
from crawler.items import Candidate, Source

__all__ = ["EntryPoint", "Found", "direct", "entry_points", "read"]


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


def read(
    entry: EntryPoint,
    body: bytes,
    headers: Iterable[tuple[str, str]],
    url: str,
    source: Source,
    limits: Limits | None = None,
) -> Found:
    """What the document of `entry` leads to.

    `body` has its content coding removed; `headers` are the response's; `url` is the one that answered, against which
    links are resolved. SourceUnreadable, with a plain reason, when it is not the kind of document that it should be.
    """
    limits = limits or Limits()
    most, headers = limits.discovered_urls, list(headers)
    if entry.kind == "feed":
        return feeds.read(body, url, source, headers, most=most)
    if entry.kind == "sitemap":
        return sitemaps.read(body, url, source, entry, headers, most=most, most_bytes=limits.sitemap_bytes)
    if entry.kind == "section":
        return sections.read(body, url, source, entry, headers, most=most)
    if entry.listing is None:
        raise ValueError(f"{entry.url}: an entry point of kind listing needs its Listing")
    return listings.read(body, url, source, entry.listing, headers, most=most)
