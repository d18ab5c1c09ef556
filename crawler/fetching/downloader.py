"""Scrapy's downloader, kept to the concurrency that it was given: a host's queue in, never more than that on the wire.

Scrapy counts a request as under way only once its task runs, so that all requests that wait for a host leave in one
burst when there is no delay: 28 at once with a concurrency of 8, and a new connection for most (2.19, 2026-11).
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from scrapy import Request
from scrapy.core.downloader import Downloader as ScrapyDownloader
from scrapy.core.downloader import Slot
from scrapy.http import Response
from twisted.internet.defer import Deferred


class Downloader(ScrapyDownloader):
    """Put in place by the setting DOWNLOADER."""

    def _wait_for_download(
        self, slot: Slot, request: Request, queue_dfd: Deferred[Response]
    ) -> Coroutine[Any, Any, None]:
        slot.transferring.add(request)  # now, not when the coroutine starts; it takes it out again
        return super()._wait_for_download(slot, request, queue_dfd)
