"""Scrapy's download handler for http and https: a request goes in, its response comes out, every exchange is recorded.

Scrapy's own HTTP/1.1 handler does the work, with our connections (`connections.py`) and trust policy (`tls.py`).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urldefrag
from weakref import WeakKeyDictionary

from scrapy import Request, signals
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler, _ScrapyAgent
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    StopDownload,
)
from scrapy.http import Response
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future

from archive import Truncation
from crawler.capture.connections import Tie, TiedPool, WireFactory, WireLimit
from crawler.capture.pressure import pressure_of
from crawler.capture.recorder import recorder_of
from crawler.capture.tls import TrustPolicy


class WireHandler(HTTP11DownloadHandler):
    """Fetch as Scrapy does, and give each exchange to the run's recorder before the response goes on."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._recorder = recorder_of(crawler)
        self._pool._factory = WireFactory
        settings = crawler.settings
        self._head_bytes = settings.getint("DOWNLOAD_MAX_HEADER_BYTES")
        self._verify = settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES")
        ca_file = settings.get("DOWNLOAD_CA_FILE") or ""
        self._trust = {verify: TrustPolicy(crawler, ca_file, verify) for verify in (True, False)}
        self._pressure = pressure_of(crawler)
        self._received: WeakKeyDictionary[Request, int] = WeakKeyDictionary()
        """Request in flight with `enough_bytes` → bytes received so far."""

    async def download_request(self, request: Request) -> Response:
        """Download `request`; set `meta["capture"]` if any byte of a response arrived, even when the download fails.

        Reads from `meta`: `download_timeout` (seconds of the whole download), `download_maxsize` (bytes),
        `enough_bytes` (bytes to read; they count as the whole response), `verify_tls` (False: the certificate is
        not checked), `warc_metadata`. Raises what Scrapy's handler raises, `WireLimit`, or `StorageFailed`.
        """
        self._recorder.check()
        meta = request.meta
        meta.pop("capture", None)
        maxsize = 0 if "enough_bytes" in meta else meta.get("download_maxsize", self._default_maxsize)
        tie = Tie(urldefrag(request.url)[0], self._head_bytes, maxsize, self._recorder.clock, self._pressure)
        response: Response | None = None
        self._count_bytes(request)
        try:
            with wrap_twisted_exceptions():
                response = await maybe_deferred_to_future(self._agent(tie, maxsize, meta).download_request(request))
        except BaseException as error:
            self._record(request, tie, _reason(error))
            better = _to_raise(error, tie, maxsize)
            if better is error:
                raise
            raise better from error
        finally:
            self._pressure.ended(tie, response)
            self._count_no_more(request)
        # Still open after a response: `_enough` ended it, or an extension that raised StopDownload.
        self._record(request, tie, "length" if "enough_bytes" in meta else "unspecified")
        if tie.cut is not None:
            raise tie.cut
        lost = bool(tie.recordings) and tie.recordings[-1].truncated == "disconnect"
        if lost and meta.get("download_fail_on_dataloss", self._fail_on_dataloss):
            # Scrapy takes a body without a length for whole even when its connection was reset.
            raise ResponseDataLossError(f"{tie.url}: the connection was reset before the body's end")
        return response

    def _agent(self, tie: Tie, maxsize: int, meta: dict[str, Any]) -> _ScrapyAgent:
        verify = bool(meta.get("verify_tls", self._verify))
        pool: Any = TiedPool(self._pool, tie, variant=verify)
        trust: Any = self._trust[verify]
        return _ScrapyAgent(
            contextFactory=trust,
            bindAddress=self._bind_address,
            pool=pool,
            maxsize=maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
            tls_verbose_logging=self._tls_verbose_logging,
        )

    def _count_bytes(self, request: Request) -> None:
        if "enough_bytes" in request.meta:
            self._received[request] = 0
            self._crawler.signals.connect(self._enough, signals.bytes_received)

    def _count_no_more(self, request: Request) -> None:
        if self._received.pop(request, None) is not None and not self._received:
            # The signal costs 5 µs for each piece of every response (2026-11): connected only while it is needed.
            self._crawler.signals.disconnect(self._enough, signals.bytes_received)

    def _enough(self, data: bytes, request: Request) -> None:
        if request in self._received:
            self._received[request] += len(data)
            if self._received[request] >= request.meta["enough_bytes"]:
                raise StopDownload(fail=False)

    def _record(self, request: Request, tie: Tie, truncated: Truncation) -> None:
        """Write the request's exchanges; `truncated` says why one that is still open was not read to its end."""
        for recording in tie.recordings:
            recording.end(truncated)
            self._recorder.record(request, recording)


def _to_raise(error: BaseException, tie: Tie, maxsize: int) -> BaseException:
    """Return the exception to raise for a failed download: WireLimit for a limit of ours, else with the URL in it."""
    if tie.cut is None and isinstance(error, DownloadCancelledError) and maxsize:
        tie.cut = WireLimit(tie.url, maxsize, "body")  # Scrapy's own message lacks the URL
    if tie.cut is not None:
        return tie.cut
    reason = _unreadable(error)
    better = DownloadFailedError(f"{tie.url}: {reason}") if reason else error
    better.url = tie.url  # type: ignore[attr-defined]  # read by failures.classify
    return better


def _unreadable(error: BaseException) -> str:
    """Return what Twisted could not parse in a response; empty where its own message says that."""
    if isinstance(error, UnicodeError):
        return f"not an HTTP response: {error}"
    for reason in getattr(error.__cause__, "reasons", ()):
        if isinstance(reason.value, ValueError):  # of a Content-Length
            return f"not an HTTP response: {str(reason.value).removeprefix('Invalid response: ')}"
        for name in reason.value.args if isinstance(reason.value, KeyError) else ():
            if isinstance(name, bytes):  # of a transfer coding for which its parser has no decoder
                return f"its Transfer-Encoding is not chunked but {name.decode('latin-1')!r}"
    return ""


def _reason(error: BaseException) -> Truncation:
    """Return why a failed download left its exchange incomplete."""
    if isinstance(error, DownloadTimeoutError):
        return "time"
    if isinstance(error, DownloadCancelledError):
        return "length"
    if isinstance(error, DownloadFailedError | ResponseDataLossError | CannotResolveHostError):
        return "disconnect"
    return "unspecified"
