"""Per-host pace: `meta["delay"]` (seconds) and `meta["concurrency"]` of a request's source become its host's.

The host is the key of the downloader's slot whatever came before: a redirect to another host takes that host's turn,
not the old one's (Scrapy copies the key along).
"""

from __future__ import annotations

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler

from crawler.fetching.hosts import host_of, hosts_of


class PaceMiddleware:
    """Keeps the delay between two requests to a host, whatever the concurrency and whoever asks."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        host = request.meta["download_slot"] = host_of(request)
        delay, concurrency = request.meta.get("delay"), request.meta.get("concurrency")
        if delay is not None or concurrency is not None:
            hosts_of(self._crawler).pace(host, delay, concurrency)
