"""Scrapy's scheduler queue and downloader, replaced so that each host's pauses and concurrency hold.

`settings.py` names them as SCHEDULER_PRIORITY_QUEUE and DOWNLOADER.
"""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Coroutine
from typing import Any

from scrapy import Request
from scrapy.core.downloader import Downloader as ScrapyDownloader
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.pqueues import DownloaderAwarePriorityQueue
from scrapy.utils.asyncio import call_later
from twisted.internet.defer import Deferred

from crawler.fetching.hosts import host_of, hosts_of
from crawler.fetching.turns import Turns


class HostQueue(DownloaderAwarePriorityQueue):
    """The scheduler's queue: a request leaves it only when its host is not paused and has none waiting.

    Scrapy's own queue fills the downloader with the requests of one slow host, and then all hosts wait for it.
    """

    def __init__(self, crawler: Crawler, *arguments: Any, **more: Any) -> None:
        super().__init__(crawler, *arguments, **more)
        self._hosts = hosts_of(crawler)

    def pop(self) -> Request | None:
        """Return the next request that may leave; None while all requests must wait for their hosts."""
        downloader = self.crawler.engine.downloader
        active = Counter(downloader.get_slot_key(request) for request in downloader.active)
        waiting = {slot: queue for slot, queue in self.pqueues.items() if not self._free(slot, active[slot])}
        if not waiting:
            return super().pop()
        everything = self.pqueues
        self.pqueues = {slot: queue for slot, queue in everything.items() if slot not in waiting}
        try:
            return super().pop() if self.pqueues else None
        finally:
            self.pqueues = {**waiting, **self.pqueues}

    def _free(self, slot: str, active: int) -> bool:
        downloader = self.crawler.engine.downloader
        concurrency = downloader.per_slot_settings.get(slot, {}).get("concurrency", downloader.domain_concurrency)
        return active <= concurrency and not self._hosts.held(slot)


class Downloader(ScrapyDownloader):
    """Scrapy's downloader, which never has more requests of a host in flight than its concurrency.

    Scrapy counts a request as in flight only once its task runs. Without a delay, all requests that wait for a host
    leave in one burst: 28 at once with a concurrency of 8, most on a new connection (Scrapy 2.19, 2026-11).

    A request with `meta["in_turn"]` also waits for the turn of this shard.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._turns, self._crawl_delays = Turns.of_settings(crawler.settings), hosts_of(crawler).crawl_delays

    def _process_queue(self, slot: Slot) -> None:
        if self._turns is not None and slot.queue and not slot.latercall and slot.queue[0][0].meta.get("in_turn"):
            host = host_of(slot.queue[0][0])
            wait = self._turns.wait(time.time(), self._crawl_delays.get(host, 0.0))
            if wait > 0 and slot.free_transfer_slots() > 0:
                slot.latercall = call_later(wait, self._latercall, slot)
                return
        super()._process_queue(slot)

    def _wait_for_download(
        self, slot: Slot, request: Request, queue_dfd: Deferred[Response]
    ) -> Coroutine[Any, Any, None]:
        slot.transferring.add(request)  # now, not when the coroutine starts; the coroutine removes it again
        return super()._wait_for_download(slot, request, queue_dfd)
