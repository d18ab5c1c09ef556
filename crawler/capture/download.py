"""One Scrapy request on its way: what may be read for it, its signals and meta, and the Response that is made of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

from pydispatch import dispatcher
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import StopDownload
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from archive import Truncation
from crawler.capture.connection import Connection
from crawler.capture.message import Message
from crawler.capture.pressure import Pressure
from crawler.capture.recording import Facts, Recording

logger = logging.getLogger(__name__)

_OF_THE_CONNECTION = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailers", "transfer-encoding", "upgrade"}
)
"""Fields that Scrapy's own handler leaves out of a response's headers: they say nothing about the body it gives."""


class ReadLimits(NamedTuple):
    """What is read of one response at most, in bytes; `meta` may say otherwise."""

    head: int
    """Status line and headers, interim heads included."""
    body: int
    """All that follows the head, framing included; 0 for no limit."""
    warn: int
    """A larger body is logged; 0 for none."""

    @classmethod
    def of(cls, settings: BaseSettings) -> Self:
        return cls(
            settings.getint("DOWNLOAD_MAX_HEADER_BYTES"),
            settings.getint("DOWNLOAD_MAXSIZE"),
            settings.getint("DOWNLOAD_WARNSIZE"),
        )


class Download:
    """A download: given to a Connection, which calls it while it reads."""

    def __init__(
        self, request: Request, crawler: Crawler, clock: Callable[[], datetime], pressure: Pressure, limits: ReadLimits
    ) -> None:
        meta = request.meta
        self.request = request
        self.url = request.url.partition("#")[0]
        self.method = request.method
        self.head_bytes = limits.head
        self.enough_bytes: int = meta.get("enough_bytes", 0)
        self.wire_bytes: int = 0 if self.enough_bytes else meta.get("download_maxsize", limits.body)
        self.recordings: list[Recording] = []
        self._warn_bytes: int = meta.get("download_warnsize", limits.warn)
        self._crawler, self._clock, self._pressure = crawler, clock, pressure
        self._began = time.monotonic()
        self._headers = Headers()
        self._stopped: StopDownload | None = None
        self._without_body = False

    def start(self, request: bytes, facts: Facts) -> Recording:
        """Begin to record a request that is now sent."""
        recording = Recording(self._clock().astimezone(UTC), request, facts)
        self.recordings.append(recording)
        return recording

    def came(self, size: int, transport: Any) -> None:
        """Note bytes received, which may pause the transport."""
        self._pressure.received(self, transport, size)

    def headers_came(self, message: Message) -> Truncation | None:
        """Note the complete head; say why to read no further, if so."""
        self.request.meta["download_latency"] = time.monotonic() - self._began
        self._headers = headers_of(message)
        self._warn(message.length or 0)
        if self._stop(signals.headers_received, headers=self._headers, body_length=message.length):
            self._without_body = True
            return "unspecified"
        return None

    def payload_came(self, message: Message, before: int) -> Truncation | None:
        """Note the payload from byte `before` on; say why to read no further, if so."""
        self._warn(message.received)
        if self.enough_bytes and message.received >= self.enough_bytes:
            self._stopped = StopDownload(fail=False)
            return "length"
        if _anyone_listens(self._crawler, signals.bytes_received) and self._stop(
            signals.bytes_received, data=message.payload(before)
        ):
            return "unspecified"
        return None

    def lost(self, message: Message) -> bool:
        """Whether the body ended before its framing says, and nobody asked to stop there."""
        return not message.ended and self._stopped is None

    def response(self, message: Message, connection: Connection) -> Response:
        """Make the response; StopDownload when an extension asked for it."""
        body = b"" if self._without_body else message.payload()
        response = responsetypes.from_args(headers=self._headers, url=self.url, body=body)(
            url=self.url,
            status=message.parsed.status or 0,
            headers=self._headers,
            body=body,
            flags=self._flags(message),
            certificate=connection.certificate,
            ip_address=connection.address,
            protocol=message.version,
        )
        if self._stopped is not None and self._stopped.fail:
            self._stopped.response = response
            raise self._stopped
        return response

    def _flags(self, message: Message) -> list[str]:
        """The flags that Scrapy's own handler sets."""
        if self._stopped is not None:
            return ["download_stopped"]
        if not message.ended:
            return ["dataloss"]
        return ["partial"] if message.until_close else []

    def _stop(self, signal: object, **arguments: Any) -> bool:
        """Send a signal; tell whether a receiver raised StopDownload."""
        sent = self._crawler.signals.send_catch_log(
            signal, request=self.request, spider=self._crawler.spider, **arguments
        )
        for _, result in sent:
            if isinstance(result, Failure) and isinstance(result.value, StopDownload):
                self._stopped = result.value
                return True
        return False

    def _warn(self, size: int) -> None:
        if 0 < self._warn_bytes < size:
            logger.warning("%s: %d bytes, more than the %d of DOWNLOAD_WARNSIZE", self.url, size, self._warn_bytes)
            self._warn_bytes = 0


def headers_of(message: Message) -> Headers:
    """Make Scrapy's headers of a head: names and values as they came, without those of the connection."""
    fields: dict[str, list[bytes]] = {}
    for name, value in message.parsed.headers:
        if name and (key := name.lower()) not in _OF_THE_CONNECTION:
            fields.setdefault(key, []).append(value.encode("latin-1"))
    return Headers(fields)  # at once: adding them one by one takes twice the time


def _anyone_listens(crawler: Crawler, signal: object) -> bool:
    return any(True for _ in dispatcher.liveReceivers(dispatcher.getAllReceivers(crawler.signals.sender, signal)))
