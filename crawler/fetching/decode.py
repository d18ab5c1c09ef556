"""Middleware: remove content codings from a response, within a limit, as the audit does with the stored bytes.

The page that is extracted live is therefore the page that the archive gives back. A body that does not decode, or
exceeds the limit, is already archived; its fetch ends with RequestRefused. A fault that leaves the data whole, such as
a wrong checksum, is logged, once a run for each host.
"""

from __future__ import annotations

import logging
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from archive import Capture, CodingError, TooLarge, content_codings, decode_entity
from crawler.capture import CaptureRefused, Pressure, pressure_of
from crawler.capture.pressure import SMALL
from crawler.fetching.failures import RequestRefused

logger = logging.getLogger(__name__)

ACCEPTED = b"gzip, deflate, br, zstd"
_SAMPLE = b"warcpress"
_SAMPLES = {
    "gzip": "1f8b08000000000002032b4f2c4a2e284a2d2e0600c12dfb2009000000",
    "deflate": "789c2b4f2c4a2e284a2d2e0600133003db",
    "br": "0b048077617263707265737303",
    "zstd": "28b52ffd2009490000776172637072657373",
}


class DecodeMiddleware:
    """Request compressed responses and return decoded ones.

    `meta["decoded_maxsize"]` replaces the limit, in bytes. A large body with a `meta["decode_queue"]` is decoded once
    there is room for it in memory.
    """

    def __init__(self, limit: int, pressure: Pressure) -> None:
        """Raise CaptureRefused when a library cannot decode: brotlipy also installs as `brotli` (SECURITY.md, U4)."""
        self._limit, self._pressure = limit, pressure
        self._told: set[tuple[str, str]] = set()  # hosts and faults
        if broken := broken_codings():
            raise CaptureRefused(
                f"this installation cannot decode {', '.join(broken)}; "
                "install the versions in requirements.lock, with their hashes"
            )

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.settings.getint("DECODED_MAXSIZE"), pressure_of(crawler))

    def process_request(self, request: Request) -> None:
        request.headers.setdefault("Accept-Encoding", ACCEPTED)

    async def process_response(self, request: Request, response: Response) -> Response:
        capture: Capture | None = request.meta.get("capture")
        if capture is None or request.method == "HEAD" or not response.body:
            return response
        limit = request.meta.get("decoded_maxsize", self._limit)
        try:
            if not content_codings(capture.head):
                return response
            faults: list[str] = []
            plain = await self._decoded(response, capture.head, limit, request.meta.get("decode_queue", ""), faults)
            self._tell(request.url, faults)
            return plain
        except TooLarge as error:
            raise RequestRefused(request.url, "too-large", str(error)) from error
        except CodingError as error:
            raise RequestRefused(request.url, "coding", str(error)) from error

    def _tell(self, url: str, faults: list[str]) -> None:
        for fault in faults:
            host = urlsplit(url).netloc
            level = logging.DEBUG if (host, fault) in self._told else logging.WARNING
            self._told.add((host, fault))
            logger.log(level, "%s: %s; read all the same", url, fault)

    async def _decoded(self, response: Response, head: bytes, limit: int, queue: str, faults: list[str]) -> Response:
        head = _without_transfer_coding(head)
        try:
            body = decode_entity(head, response.body, min(limit, SMALL) if queue else limit, note=faults.append)
        except TooLarge:
            if not queue or limit <= SMALL:
                raise
            async with self._pressure.room(queue, limit):
                faults.clear()
                return self._plain(response, decode_entity(head, response.body, limit, note=faults.append), queue)
        return self._plain(response, body, queue)

    def _plain(self, response: Response, body: bytes, queue: str) -> Response:
        headers = response.headers.copy()
        headers.pop("Content-Encoding", None)
        headers.pop("Content-Length", None)
        kind = responsetypes.from_args(headers=headers, url=response.url, body=body)
        plain = response.replace(body=body, headers=headers, cls=kind)
        self._pressure.decoded(queue, plain)
        return plain


def broken_codings() -> list[str]:
    """List the codings that are requested but do not decode on this machine."""
    broken = []
    for coding, packed in _SAMPLES.items():
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n\r\n".encode()
        try:
            sound = decode_entity(head, bytes.fromhex(packed), len(_SAMPLE)) == _SAMPLE
        except Exception:  # noqa: BLE001 - a wrong library may raise anything
            sound = False
        if not sound:
            broken.append(coding)
    return broken


def _without_transfer_coding(head: bytes) -> bytes:
    kept, skipping = [], False
    for line in head.splitlines(keepends=True):
        folded = line[:1] in (b" ", b"\t")
        skipping = skipping if folded else line.lower().startswith(b"transfer-encoding")
        if not skipping:
            kept.append(line)
    return b"".join(kept)
