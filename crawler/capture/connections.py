"""Record every byte that Twisted's HTTP/1.1 client writes to and reads from a connection.

A `Tie` (one Scrapy request) goes in with `TiedPool`; `Tie.recordings` then has a `Recording` for each request on the
wire, a retry on a stale keep-alive connection included. This relies on private names of Scrapy and Twisted:
`missing_names` looks for each before a run starts, because a silent change would let pages be fetched uncaptured.
"""

# mypy: disable-error-code="no-untyped-call"
# Twisted's HTTP client has no annotations; `missing_names` checks the names used here.

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

from scrapy.core.downloader.handlers.http11 import (
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from scrapy.exceptions import DownloadCancelledError
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web._newclient import BODY, DONE, HEADER, HTTP11ClientProtocol
from twisted.web._newclient import Request as TxRequest
from twisted.web.client import HTTPConnectionPool
from twisted.web.iweb import IResponse

from archive import Truncation
from crawler.capture.pressure import Pressure
from crawler.capture.tls import Connection, connection_of

IN_MEMORY = 1 << 20
"""Bytes of one response that are held in memory; a longer one moves to an unnamed file."""

_PRIVATE_NAMES = (
    ("scrapy.core.downloader.handlers.http11", "_ScrapyAgent"),
    ("scrapy.core.downloader.handlers.http11", "_LenientHTTP11ClientFactory"),
    ("scrapy.core.downloader.handlers.http11", "_LenientHTTP11ClientProtocol"),
    ("scrapy.core.downloader.handlers.http11", "_LenientHTTPClientParser"),
    ("scrapy.core.downloader.handlers.http11", "HTTP11DownloadHandler"),
    ("scrapy.core.downloader.contextfactory", "_ScrapyClientContextFactory.creatorForNetloc"),
    ("scrapy.core.downloader.contextfactory", "_ScrapyClientContextFactory._get_cert_options_kwargs"),
    ("scrapy.utils._download_handlers", "wrap_twisted_exceptions"),
    ("twisted.web._newclient", "HTTP11ClientProtocol._finishResponse"),
    ("twisted.web._newclient", "HTTP11ClientProtocol._giveUp"),
    ("twisted.web._newclient", "HTTP11ClientProtocol._disconnectParser"),
    ("twisted.web._newclient", "HTTP11ClientProtocol._parser"),
    ("twisted.web._newclient", "HTTP11ClientProtocol._currentRequest"),
    ("twisted.web._newclient", "HTTP11ClientProtocol.dataReceived"),
    ("twisted.web._newclient", "HTTPClientParser.allHeadersReceived"),
    ("twisted.web._newclient", "HTTPClientParser.headerReceived"),
    ("twisted.web._newclient", "HTTPClientParser.lineReceived"),
    ("twisted.web._newclient", "HTTPClientParser.statusReceived"),
    ("twisted.web._newclient", "Request.writeTo"),
    ("twisted.web._newclient", "BODY"),
    ("twisted.web._newclient", "DONE"),
    ("twisted.web.client", "HTTPConnectionPool._factory"),
    ("twisted.web.client", "HTTPConnectionPool.getConnection"),
)


def missing_names() -> list[str]:
    """List the private names that capture needs and the installed Scrapy and Twisted lack."""
    missing = []
    for module, path in _PRIVATE_NAMES:
        try:
            found: Any = import_module(module)
            for name in path.split("."):
                found = getattr(found, name)
        except (ImportError, AttributeError):
            missing.append(f"{module}.{path}")
    return missing


_STATUS = re.compile(rb"(HTTP/\d+\.\d+|HTTP/\d+|HTTP|ICY)[ \t]+(\d{3})(?:[ \t]+(.*))?$", re.IGNORECASE | re.DOTALL)
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class WireLimit(DownloadCancelledError):
    """A response was cut at a limit of ours; the bytes received until then are archived, marked truncated."""

    def __init__(self, url: str, limit: int, what: str) -> None:
        super().__init__(f"{url}: more than {limit} bytes of {what}; raise the limit to fetch it")
        self.url, self.limit = url, limit


class Recording:
    """One request as written to a connection, and all bytes received until the end of its response."""

    def __init__(self, started_at: datetime) -> None:
        self.started_at = started_at
        self.request = bytearray()
        self.response = cast(BinaryIO, SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115 - the recorder closes it
        self.received = 0
        self.connection: Connection | None = None
        self.truncated: Truncation | None = None
        self.ended = False
        self.duration_ms = 0
        self._begin = time.monotonic()

    def add(self, data: bytes) -> None:
        self.response.write(data)
        self.received += len(data)

    def end(self, truncated: Truncation | None, surplus: int = 0) -> None:
        """Note the end of the response; the last `surplus` bytes received do not belong to it."""
        if self.ended:
            return
        self.ended, self.truncated = True, truncated
        self.duration_ms = round((time.monotonic() - self._begin) * 1000)
        if surplus:
            self.received -= surplus
            self.response.truncate(self.received)


class Tie:
    """One Scrapy request, tied to the recordings that its download makes."""

    def __init__(
        self, url: str, head_bytes: int, wire_bytes: int, clock: Callable[[], datetime], pressure: Pressure
    ) -> None:
        self.url = url
        self.pressure = pressure
        self.head_bytes = head_bytes
        """Limit in bytes of status line and headers, interim heads included."""
        self.wire_bytes = wire_bytes
        """Limit in bytes of all that follows the head, framing included; 0 for none."""
        self.recordings: list[Recording] = []
        self.cut: WireLimit | None = None
        """The limit at which we stopped reading, if we did."""
        self._clock = clock

    def start(self) -> Recording:
        recording = Recording(self._clock().astimezone(UTC))
        self.recordings.append(recording)
        return recording


class TiedPool:
    """The connection pool for one Scrapy request: every request sent through it carries the tie."""

    persistent = True

    def __init__(self, pool: HTTPConnectionPool, tie: Tie, variant: object) -> None:
        self._pool, self._tie, self._variant = pool, tie, variant

    def getConnection(self, key: tuple[Any, ...], endpoint: Any) -> Deferred[Any]:
        """Return a connection as the pool does; verified and unverified TLS (`variant`) never share one."""
        _admit(endpoint)
        found = self._pool.getConnection((*key, self._variant), endpoint)
        return found.addCallback(lambda connection: _TiedConnection(connection, self._tie))


def _admit(endpoint: Any) -> None:
    """Let an endpoint dial names that IDNA 2008 does not register and DNS has: `a_b.example`, `☃.net`, `r3---sn.test`.

    Twisted would refuse them unasked; the address guard has judged the name.
    """
    inner = getattr(endpoint, "_wrappedEndpoint", endpoint)
    if isinstance(inner, HostnameEndpoint):
        inner._badHostname = False


class _TiedConnection:
    def __init__(self, connection: Any, tie: Tie) -> None:
        self._connection, self._tie = connection, tie

    def request(self, request: Any) -> Deferred[IResponse]:
        request.tie = self._tie
        return cast("Deferred[IResponse]", self._connection.request(request))


class _Tee:
    """A transport that also records the bytes written to it."""

    def __init__(self, transport: Any, recording: Recording) -> None:
        self._transport, self._recording = transport, recording

    def write(self, data: bytes) -> None:
        self._recording.request += data
        self._transport.write(data)

    def writeSequence(self, pieces: list[bytes]) -> None:
        self.write(b"".join(pieces))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class WireParser(_LenientHTTPClientParser):
    """Scrapy's response parser, as lenient as browsers and as the archive's own (`archive.parse_head`)."""

    def lineReceived(self, line: bytes) -> None:
        if self.state == HEADER and self._partialHeader is None and line[:1] in (b" ", b"\t"):
            return  # a folded line without a field before it
        super().lineReceived(line)

    def statusReceived(self, status: bytes) -> None:
        if (found := _STATUS.match(status)) is not None:
            version = found[1].upper() if b"." in found[1] else b"HTTP/1.1"
            status = b"%s %s %s" % (version, found[2], (found[3] or b"").strip(b" \t"))
        super().statusReceived(status)

    def headerReceived(self, name: bytes, value: bytes) -> None:
        # Browsers remove the space of `Content-Type : …`, which a server must not send (RFC 9112, 5.1).
        name = name.rstrip(b" \t")
        if _NAME.fullmatch(name):
            super().headerReceived(name, value)

    def allHeadersReceived(self) -> None:
        if (fields := self.connHeaders.getRawHeaders(b"Transfer-Encoding")) is not None:
            self._frame(b",".join(fields))
        super().allHeadersReceived()

    def _frame(self, value: bytes) -> None:
        """Keep what frames the body: `identity` means no coding, and no sender may apply chunked twice (RFC 9112, 6.1).

        Twisted only compares the first field with `chunked`.
        """
        names = (name.partition(b";")[0].strip().lower() for name in value.split(b","))
        codings = list(dict.fromkeys(name for name in names if name not in (b"", b"identity")))
        if codings:
            self.connHeaders.setRawHeaders(b"Transfer-Encoding", [b", ".join(codings)])
        else:
            self.connHeaders.removeHeader(b"Transfer-Encoding")


class WireProtocol(_LenientHTTP11ClientProtocol):
    """Scrapy's client protocol, which also records each request and response."""

    _recording: Recording | None = None
    _connection: Connection | None = None
    _tie: Tie
    _loss: Failure | None = None
    transport: Any

    def request(self, request: Any) -> Deferred[IResponse]:
        self._tie = request.tie
        recording = self._recording = self._tie.start()
        recording.connection = self._connection
        request.writeTo = lambda transport: TxRequest.writeTo(request, _Tee(transport, recording))
        waiting = super().request(request)
        if self._parser is not None:
            self._parser.__class__ = WireParser  # as Scrapy puts its own class there
            self._parser.MAX_LENGTH = self._tie.head_bytes  # one line may fill the head; Twisted's own limit is 16 KB
        return waiting

    def dataReceived(self, data: bytes) -> None:
        recording = self._recording
        if recording is None or recording.ended:
            super().dataReceived(data)  # bytes without a request: the base class gives the connection up
            return
        if self._connection is None:
            # Only now are address and TLS known: request() may run before the handshake is over.
            self._connection = recording.connection = connection_of(self.transport)
        tie = self._tie
        while data and not recording.ended:
            in_head = self._parser is not None and self._parser.state not in (BODY, DONE)
            limit = tie.head_bytes if in_head else tie.head_bytes + tie.wire_bytes
            if in_head or tie.wire_bytes:
                room = limit - recording.received
                if room <= 0:
                    what = "headers" if in_head else "body"
                    self._cut(recording, WireLimit(tie.url, tie.head_bytes if in_head else tie.wire_bytes, what))
                    return
                piece, data = data[:room], data[room:]
            else:
                piece, data = data, b""
            recording.add(piece)
            tie.pressure.received(tie, self.transport, len(piece))
            super().dataReceived(piece)
        if data and self._parser is None:
            self.transport.loseConnection()  # bytes after the response's end: the server is out of step

    def _cut(self, recording: Recording, error: WireLimit) -> None:
        self._tie.cut = error
        recording.end("length")
        self.transport.abortConnection()
        self._disconnectParser(Failure(error))

    def _giveUp(self, reason: Failure) -> None:
        if self._recording is not None:
            self._recording.end("unspecified")  # Twisted cannot parse it, though the server may have sent all
        super()._giveUp(reason)

    def _finishResponse(self, rest: bytes) -> None:
        if self._recording is not None and not self._aborted():
            # Without a length, the body ends with the connection: after a reset, some of it may be lost.
            reset = self._loss is not None and not self._loss.check(ConnectionDone)
            self._recording.end("disconnect" if reset else None, surplus=len(rest))
        if rest and self._currentRequest is not None:
            self._currentRequest.persistent = False  # client and server are out of step: do not reuse the connection
        super()._finishResponse(rest)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._loss = reason
        HTTP11ClientProtocol.connectionLost(self, reason)
        if self._recording is not None and not self._aborted():
            self._recording.end("disconnect")

    def _aborted(self) -> bool:
        """Whether we ended the connection; the handler knows why (too large, too slow)."""
        return self._loss is not None and self._loss.check(ConnectionAborted) is not None


class WireFactory(_LenientHTTP11ClientFactory):
    """Build the recording protocol for the connection pool."""

    def buildProtocol(self, addr: IAddress | None) -> WireProtocol:  # noqa: ARG002 - Twisted's signature
        return WireProtocol(self._quiescentCallback)
