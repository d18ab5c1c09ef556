"""Read one document of a source by its kind: a fetched page → candidates and further documents.

Runs in a child process that can be killed (`crawler/sandbox/child.py`), because feed, XML, HTML and JSON parsers meet a
stranger's bytes. Only that child imports this file: the parsers take half a second to load.
"""

from __future__ import annotations

from crawler.config.schema import Limits
from crawler.discovery import feeds, listings, sections, site, sitemaps
from crawler.discovery.found import EntryPoint, Found
from crawler.items import Page, Source


def read(page: Page, source: Source, entry: EntryPoint, limits: Limits) -> Found:
    """Read `page`, the response to the URL of `entry`. SourceUnreadable, with the reason, when it is another kind."""
    most, body, url, headers = limits.discovered_urls, page.body, page.url, page.headers
    if entry.kind == "feed":
        return feeds.read(body, url, source, headers, most=most)
    if entry.kind == "sitemap":
        return sitemaps.read(body, url, source, entry, headers, most=most, most_bytes=limits.sitemap_bytes)
    if entry.kind == "site":
        return site.read(body, url, source, entry, headers, most=most, most_bytes=limits.sitemap_bytes)
    if entry.kind == "section":
        return sections.read(body, url, source, entry, headers, most=most)
    if entry.listing is None:
        raise ValueError(f"{entry.url}: an entry point of kind listing needs its Listing")
    return listings.read(body, url, source, entry.listing, headers, most=most)
