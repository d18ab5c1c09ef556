"""Bound the memory of all bodies together: above the limit, large downloads and decoders wait.

Unbounded, thirty hosts that each send 16 MiB at once took 684 MB, and eight pages and three sitemaps that each decode
to their limit 470 MB (2026-11). Above the limit, only the oldest large download continues; the others stop reading from
their connections until it is done. Small downloads never wait.
"""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler
from scrapy.http import Response

SMALL = 1 << 20
"""Bytes up to which a download never waits."""
COLLECT_SECONDS = 1.0
"""How often garbage is collected while bodies take half of the limit, or a decoder waits for room."""


class Pressure:
    """The bytes in memory of all downloads of a run, and who waits for room."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._downloads: dict[object, int] = {}
        """Download → bytes received so far; the oldest download first."""
        self._waiting: dict[object, Any] = {}
        """Download → its paused transport; the one that has waited longest first."""
        self._held: dict[object, int] = {}
        """Bytes of each response that is still referred to."""
        self._decoded: defaultdict[str, set[object]] = defaultdict(set)
        """Queue → keys in `_held` of its large decoded bodies."""
        self._decoding: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._collected = -COLLECT_SECONDS
        """When garbage was collected last."""
        self._loop: asyncio.AbstractEventLoop | None = None
        """The run's loop, once something waits."""
        self._freed = asyncio.Event()
        self._freed.set()

    def received(self, download: object, transport: Any, size: int) -> None:
        """Count `size` more bytes of a download, and pause it if it has to wait."""
        self._downloads[download] = self._downloads.get(download, 0) + size
        if self._downloads[download] > SMALL and self._full() and self._first() is not download:
            self._waiting[download] = transport
            self._loop = asyncio.get_running_loop()
            transport.pause_reading()

    def ended(self, download: object, response: Response | None = None) -> None:
        """Note the end of a download; its bytes count as long as the response is referred to."""
        self._downloads.pop(download, None)
        if (transport := self._waiting.pop(download, None)) is not None:
            transport.resume_reading()  # the next request may find it in the pool
        if response is not None:
            self._hold(response)
        self._go_on()

    @asynccontextmanager
    async def room(self, queue: str, size: int) -> AsyncIterator[None]:
        """Wait until one more body of `size` bytes may be decoded; bodies of one queue take turns.

        A body may be decoded when there is room for it, or when its queue holds no large decoded body that could make
        room. Code must not wait for a queue's next body while it holds one of its bodies: so an article's page and its
        pictures have different queues.
        """
        async with self._decoding[queue]:
            while self._total() + size > self._limit and self._decoded[queue]:
                self._loop = asyncio.get_running_loop()
                self._freed.clear()
                gc.collect()  # an error's traceback may hold its page in a reference cycle
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._freed.wait(), COLLECT_SECONDS)
            yield

    def decoded(self, queue: str, response: Response) -> None:
        """Count a response with a decoded body, as long as it is referred to."""
        key = self._hold(response)
        if len(response.body) > SMALL:
            self._decoded[queue].add(key)

    def _hold(self, response: Response) -> object:
        if self._total() > self._limit // 2 and time.monotonic() - self._collected > COLLECT_SECONDS:
            self._collected = time.monotonic()
            gc.collect()  # the collector runs by the number of objects, and ten of them may hold a body of 16 MB
        key = object()
        self._held[key] = len(response.body)
        weakref.finalize(response, self._let_go, key)
        return key

    def _let_go(self, key: object) -> None:
        self._held.pop(key, None)
        for queue in self._decoded.values():
            queue.discard(key)
        if self._waiting or not self._freed.is_set():
            assert self._loop is not None
            self._loop.call_soon_threadsafe(self._go_on)  # the response may end in any thread

    def _go_on(self) -> None:
        self._freed.set()
        while self._waiting and (not self._full() or self._first() in self._waiting):
            first = self._first()
            chosen = first if first in self._waiting else next(iter(self._waiting))
            self._waiting.pop(chosen).resume_reading()
            if self._full():
                return

    def _full(self) -> bool:
        return self._total() > self._limit

    def _total(self) -> int:
        return sum(self._downloads.values()) + sum(self._held.values())

    def _first(self) -> object:
        """Return the oldest large download, if any; held responses do not count: they may wait for a download."""
        return next((key for key, size in self._downloads.items() if size > SMALL), None)


_pressures: WeakKeyDictionary[Crawler, Pressure] = WeakKeyDictionary()


def pressure_of(crawler: Crawler) -> Pressure:
    """Return the run's Pressure."""
    if crawler not in _pressures:
        _pressures[crawler] = Pressure(crawler.settings.getint("DOWNLOAD_HELD_BYTES"))
    return _pressures[crawler]
