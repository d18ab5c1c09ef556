"""One document of a source → what it leads to, by its kind. Run in a child that can be killed (workers.py): feed, XML,
HTML and JSON parsers meet a stranger's bytes."""

from __future__ import annotations

from crawler.config.schema import Limits
from crawler.discovery import feeds, listings, sections, sitemaps
from crawler.discovery.found import EntryPoint, Found
from crawler.items import Page, Source


def read(page: Page, source: Source, entry: EntryPoint, limits: Limits | None = None) -> Found:
    """What the document of `entry` leads to; `page` is what answered. SourceUnreadable, with a plain reason, when it is
    not the kind of document that it should be."""
    limits = limits or Limits()
    most, body, url, headers = limits.discovered_urls, page.body, page.url, page.headers
    if entry.kind == "feed":
        return feeds.read(body, url, source, headers, most=most)
    if entry.kind == "sitemap":
        return sitemaps.read(body, url, source, entry, headers, most=most, most_bytes=limits.sitemap_bytes)
    if entry.kind == "section":
        return sections.read(body, url, source, entry, headers, most=most)
    if entry.listing is None:
        raise ValueError(f"{entry.url}: an entry point of kind listing needs its Listing")
    return listings.read(body, url, source, entry.listing, headers, most=most)
