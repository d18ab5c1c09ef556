"""Middleware: give each host the delay and concurrency of the source that its requests belong to.

Reads `meta["delay"]` (seconds) and `meta["concurrency"]`. The key of the downloader's slot is always the host: Scrapy
keeps the key of the first request, so a redirect to another host would wait in the old host's slot. In a shard, a host
that is not its own gets at least the delay of the fleet, and `meta["in_turn"]` lets the downloader wait for its turn.
"""

from __future__ import annotations

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler

from crawler.fetching.hosts import host_of, hosts_of
from crawler.fetching.turns import Turns


class PaceMiddleware:
    """Keep the delay between two requests to a host, whatever sends them."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._turns = crawler, Turns.of_settings(crawler.settings)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        host = request.meta["download_slot"] = host_of(request)
        delay, concurrency = request.meta.get("delay"), request.meta.get("concurrency")
        request.meta["in_turn"] = self._turns is not None and self._turns.binds(request.url)
        if self._turns is not None and request.meta["in_turn"]:
            delay = max(delay or 0.0, self._turns.delay)
        if delay is not None or concurrency is not None:
            hosts_of(self._crawler).pace(host, delay, concurrency)
