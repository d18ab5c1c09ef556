"""How much of all bodies is in memory at once: bytes as they come go in, transports are told to wait or to go on.

Thirty hosts that each send 16 MiB at once took 684 MB (2026-11). Above the limit only the oldest of the large downloads
reads on; the others leave their bytes to the network until it is done. Small ones never wait.
"""

from __future__ import annotations

import weakref
from typing import Any

SMALL = 1 << 20
"""Bytes that every download may have."""


class Pressure:
    """Shared by all downloads of a run."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: dict[object, int] = {}
        """By download, oldest first, and by response that somebody still holds."""
        self._waiting: dict[object, Any] = {}
        """Transports that were told to wait, the longest first."""

    def came(self, download: object, transport: Any, size: int) -> None:
        """`size` more bytes of a download are here."""
        self._held[download] = self._held.get(download, 0) + size
        if self._held[download] > SMALL and self._full() and self._first() is not download:
            self._waiting[download] = transport
            transport.pauseProducing()

    def ended(self, download: object, response: Any = None) -> None:
        """The download is over; its bytes count as long as somebody holds the response."""
        held = self._held.pop(download, 0)
        if (transport := self._waiting.pop(download, None)) is not None:
            transport.resumeProducing()  # the next request may find it in the pool
        if response is not None and held > SMALL:
            key = object()
            self._held[key] = held
            weakref.finalize(response, self._let_go, key)
        self._go_on()

    def _let_go(self, key: object) -> None:
        self._held.pop(key, None)
        self._go_on()

    def _go_on(self) -> None:
        while self._waiting and (not self._full() or self._first() in self._waiting):
            first = self._first()
            chosen = first if first in self._waiting else next(iter(self._waiting))
            self._waiting.pop(chosen).resumeProducing()
            if self._full():
                return

    def _full(self) -> bool:
        return sum(self._held.values()) > self._limit

    def _first(self) -> object:
        """The oldest large download; what is held beyond its download does not count, it may be waiting for us."""
        return next((key for key, size in self._held.items() if size > SMALL and type(key) is not object), None)
