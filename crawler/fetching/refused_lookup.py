"""Middleware: report a host whose addresses the guard refused as "guard", not as "no address".

Twisted's resolver interface can only say that a name has no address; `GuardedResolver` remembers why.
"""

from __future__ import annotations

from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError

from crawler.fetching.failures import RequestRefused
from crawler.fetching.hosts import host_of, hosts_of
from crawler.fetching.resolver import GuardedResolver


class RefusedLookupMiddleware:
    """Closest to the downloader, so its exception handler runs first."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_exception(self, request: Request, exception: Exception) -> None:
        from twisted.internet import reactor

        resolver = reactor.nameResolver
        if isinstance(exception, CannotResolveHostError) and isinstance(resolver, GuardedResolver):
            reason = resolver.refusals.get(urlsplit(request.url).hostname or "")
            if reason:
                hosts_of(self._crawler).end_trial(host_of(request))  # RetryMiddleware does not see this exception
                raise RequestRefused(request.url, "guard", reason) from exception
