"""The fence: a request stays within what its source may fetch, whatever led to it (redirects, dont_filter requests,
images).

`meta["fence"]` says where the request and all its redirects may go; without one it is refused. Spiders take it from
`entry_fence`, `article_fence` or `ANYWHERE`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler

from crawler.fetching.failures import RequestRefused
from crawler.items import Source
from crawler.urls.canonical import canonicalise, origin, same_site


@dataclass(frozen=True)
class Fence:
    """Where a request may go."""

    name: str
    """Of the source, for the message."""
    sites: tuple[str, ...] = ()
    """URLs: a URL on the site of one of them passes."""
    allow: tuple[str, ...] = ()
    """Regular expressions, searched in the canonical URL."""
    deny: tuple[str, ...] = ()
    """As `allow`; deny wins."""

    def refusal(self, url: str) -> str:
        """Why `url` is outside; empty when it is not. Without `sites` and `allow` everything is inside but `deny`."""
        canonical = canonicalise(url)
        for pattern in self.deny:
            if re.search(pattern, canonical):
                return f"deny pattern {pattern!r} of source {self.name}"
        if not self.sites and not self.allow:
            return ""
        if any(re.search(pattern, canonical) for pattern in self.allow):
            return ""
        if any(same_site(site, url) for site in self.sites):
            return ""
        where = "no allow pattern matches" if self.allow else f"{urlsplit(url).hostname} is another site"
        return f"outside of source {self.name}: {where}"


_ORIGIN = re.compile(r"\^https?://(?:[A-Za-z0-9-]|\\[.-])+(?::\d+)?/")
"""The start of a pattern that fixes scheme, host and port; a dot without a backslash would stand for any character."""

ANYWHERE = Fence("images")
"""For images: any public host. The address guard stays."""


def entry_fence(source: Source) -> Fence:
    """For feeds, sitemaps, sections, listings and their redirects: the sites of the source's own URLs, and what it
    allows."""
    return Fence(source.name, source.entries, source.allow)


def article_fence(source: Source, url: str = "") -> Fence:
    """For articles, their parts and redirects: what the source allows; without patterns, wherever an entry point leads.

    `url`, of the article asked for, is itself inside: it came from an entry point or from the command line.
    """
    sites = (url,) if url and source.allow and Fence(source.name, (), source.allow).refusal(url) else ()
    return Fence(source.name, sites, source.allow, source.deny)


def own_headers(source: Source, url: str) -> dict[str, str]:
    """The source's configured headers, for a URL that they are meant for: its values are secrets (THREATS C1).

    That is a URL of the very origin (scheme, host, port) of one of the source's entry points, or of one that an allow
    pattern spells out from its start (`^https://www\\.example\\.org/…`). Other patterns say which articles are wanted,
    wherever they are; a feed may name any host, and a page may send us anywhere.
    """
    meant = {origin(entry) for entry in source.entries} | {spelt_out(pattern) for pattern in source.allow}
    return dict(source.headers) if origin(url) in meant else {}


def spelt_out(pattern: str) -> tuple[str, str, int] | None:
    """The origin that an allow pattern names literally; None when it names none."""
    found = _ORIGIN.match(pattern)
    return origin(re.sub(r"\\([.-])", r"\1", found[0].lstrip("^"))) if found else None


class FenceMiddleware:
    """Judges each request, redirects too, since those come through here again."""

    def __init__(self, required: bool) -> None:
        self._required = required

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.settings.getbool("FENCE_REQUIRED"))

    def process_request(self, request: Request) -> None:
        fence = request.meta.get("fence")
        if fence is None:
            if self._required:
                raise RequestRefused(request.url, "fence", 'the request has no meta["fence"]')
            return
        if reason := fence.refusal(request.url):
            raise RequestRefused(request.url, "fence", reason)
