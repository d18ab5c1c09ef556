"""Middleware: refuse a URL that its source may not fetch, wherever the URL came from.

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
from crawler.urls.allowed import sites
from crawler.urls.canonical import canonicalise, origin, same_site


@dataclass(frozen=True)
class Fence:
    """Where a request may go."""

    name: str
    """Name of the source, for the message."""
    sites: tuple[str, ...] = ()
    """URLs; every URL on one of their sites is inside the fence."""
    allow: tuple[str, ...] = ()
    """Regular expressions searched in the canonical URL; a match is inside the fence."""
    deny: tuple[str, ...] = ()
    """Regular expressions as in `allow`; a match is outside the fence, even if `allow` matches too."""
    moves: bool = False
    """Whether permanent redirects alone may lead to another site."""

    def refusal(self, url: str) -> str:
        """Return why `url` is outside, or an empty text; without `sites` and `allow`, only `deny` puts it outside."""
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
"""Start of a pattern that fixes scheme, host and port; a dot without a backslash would match any character."""

ANYWHERE = Fence("images")
"""Fence of images, style sheets and robots.txt: any host that the address guard lets through."""


def entry_fence(source: Source, *, named: bool = False) -> Fence:
    """Fence of feeds, sitemaps, sections and listings: the source's own sites, and what it allows.

    A document that the source names may move for good to another site (`named`): the publisher says so.
    """
    return Fence(source.name, sites(source), source.allow, moves=named)


def article_fence(source: Source, url: str = "") -> Fence:
    """Fence of articles and their parts: what the source allows; without `allow`, wherever an entry point leads.

    The site of `url`, the requested article, is inside: the URL came from an entry point or from the command line.
    """
    sites = (url,) if url and source.allow and Fence(source.name, (), source.allow).refusal(url) else ()
    return Fence(source.name, sites, source.allow, source.deny)


def own_headers(source: Source, url: str) -> dict[str, str]:
    """Return the source's configured headers if they are meant for `url`: they are secrets (SECURITY.md, C1).

    They are meant for the origins (scheme, host, port) of the source's entry points, and for those that an allow
    pattern spells out from its start (`^https://www\\.example\\.org/…`). Other patterns say which articles are wanted,
    on any host; a feed may name any host, and a page may redirect to any.
    """
    meant = {origin(entry) for entry in source.entries} | {spelt_out(pattern) for pattern in source.allow}
    return dict(source.headers) if origin(url) in meant else {}


def spelt_out(pattern: str) -> tuple[str, str, int] | None:
    """Return the origin that an allow pattern names literally, if it names one."""
    found = _ORIGIN.match(pattern)
    return origin(re.sub(r"\\([.-])", r"\1", found[0].lstrip("^"))) if found else None


class FenceMiddleware:
    """Judge each request; redirects pass here again."""

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
        if fence.moves and request.meta.get("moved_to") == request.url:
            return
        if reason := fence.refusal(request.url):
            raise RequestRefused(request.url, "fence", reason)
