"""Scrapy's download handler for http and https: a request goes in, its response comes out, every exchange is recorded.

It speaks HTTP/1.1 over asyncio itself: what is read from the socket is what is recorded.
"""

from __future__ import annotations

import asyncio
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    DownloadCancelledError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Response

from archive import Truncation
from crawler.capture.connection import Connection
from crawler.capture.download import Download, ReadLimits
from crawler.capture.errors import NoAnswer
from crawler.capture.message import Message
from crawler.capture.pool import Pool
from crawler.capture.pressure import pressure_of
from crawler.capture.recorder import recorder_of
from crawler.capture.route import Route, request_bytes, route_of
from crawler.capture.tls import Contexts

_ASKED_AGAIN = frozenset({"GET", "HEAD", "OPTIONS", "DELETE", "TRACE"})
"""Methods that may be sent again when a kept connection turns out to be closed (RFC 9110, 9.2.2)."""


class WireHandler:
    """Fetch, and give each exchange to the run's recorder before the response goes on."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self._crawler = crawler
        self._recorder = recorder_of(crawler)
        self._limits = ReadLimits.of(settings)
        self._seconds = settings.getfloat("DOWNLOAD_TIMEOUT")
        self._verify = settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES")
        self._fail_on_dataloss = settings.getbool("DOWNLOAD_FAIL_ON_DATALOSS")
        self._bind = settings.get("DOWNLOAD_BIND_ADDRESS")
        self._pressure = pressure_of(crawler)
        self._pool = Pool(Contexts(settings))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.close()

    async def download_request(self, request: Request) -> Response:
        """Download `request`; set `meta["capture"]` if any byte of a response arrived, even when the download fails.

        Reads from `meta`: `download_timeout` (seconds of the whole download), `download_maxsize` (bytes),
        `download_warnsize`, `download_fail_on_dataloss`, `bindaddress`, `proxy`, `enough_bytes` (bytes to read; they
        count as the whole response), `verify_tls` (False: the certificate is not checked), `warc_metadata`. Raises
        Scrapy's DownloadFailedError and the like, `WireLimit`, or `StorageFailed`.
        """
        self._recorder.check()
        request.meta.pop("capture", None)
        download = Download(request, self._crawler, self._recorder.clock, self._pressure, self._limits)
        response: Response | None = None
        try:
            response = await self._within_deadline(download)
        except BaseException as error:
            self._record(download, _reason(error))
            error.url = download.url  # type: ignore[attr-defined]  # read by failures.classify
            raise
        finally:
            self._pressure.ended(download, response)
        self._record(download, "unspecified")
        return response

    async def _within_deadline(self, download: Download) -> Response:
        meta = download.request.meta
        seconds = meta.get("download_timeout") or self._seconds
        try:
            async with asyncio.timeout(seconds) as deadline:
                message, connection = await self._exchange(download)
        except TimeoutError as error:
            if not deadline.expired():
                raise
            text = f"Getting {download.url} took longer than {seconds} seconds."
            raise DownloadTimeoutError(text) from error
        if download.lost(message) and meta.get("download_fail_on_dataloss", self._fail_on_dataloss):
            raise ResponseDataLossError(f"{download.url}: the connection ended before the body did")
        return download.response(message, connection)

    async def _exchange(self, download: Download) -> tuple[Message, Connection]:
        """Send the request on a kept connection, or on a new one also when the server has closed the kept one."""
        request = download.request
        verify = bool(request.meta.get("verify_tls", self._verify))
        route = route_of(request, verify, request.meta.get("bindaddress") or self._bind)
        sent = request_bytes(request, route)
        if (kept := self._pool.idle(route)) is not None:
            try:
                return await self._ask(kept, route, sent, download), kept
            except NoAnswer:
                if download.recordings[-1].received or request.method not in _ASKED_AGAIN:
                    raise
        connection = await self._pool.connect(route)
        return await self._ask(connection, route, sent, download), connection

    async def _ask(self, connection: Connection, route: Route, sent: bytes, download: Download) -> Message:
        try:
            message = await connection.ask(sent, download)
        except BaseException:
            connection.abort()
            raise
        if message.keeps_connection:
            self._pool.keep(route, connection)
        else:
            connection.abort()
        return message

    def _record(self, download: Download, truncated: Truncation) -> None:
        """Write the request's exchanges; `truncated` says why one that is still open was not read to its end."""
        for recording in download.recordings:
            recording.end(truncated)
            self._recorder.record(download.request, recording)


def _reason(error: BaseException) -> Truncation:
    """Return why a failed download left its exchange incomplete."""
    if isinstance(error, DownloadTimeoutError):
        return "time"
    if isinstance(error, DownloadCancelledError):
        return "length"
    return "disconnect" if isinstance(error, DownloadFailedError) else "unspecified"
