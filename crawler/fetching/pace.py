"""Middleware: give each host the delay and concurrency of the source that its requests belong to.

Reads `meta["delay"]` (seconds) and `meta["concurrency"]`. The key of the downloader's slot is always the host: Scrapy
keeps the key of the first request, so a redirect to another host would wait in the old host's slot.
"""

from __future__ import annotations

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler

from crawler.fetching.hosts import host_of, hosts_of


class PaceMiddleware:
    """Keep the delay between two requests to a host, whatever sends them."""

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
