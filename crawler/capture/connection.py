"""One connection to a server or proxy: it sends one request at a time, and records what comes until its response ends.

A `Download` says what may be read; `ask` gives the `Message` that came.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, Protocol

from archive import Truncation
from crawler.capture.errors import BadResponse, ConnectionBroken, NoAnswer, WireLimit
from crawler.capture.message import Message
from crawler.capture.recording import Facts, Recording
from crawler.capture.tls import VerifiedTls, facts_of

if TYPE_CHECKING:
    from twisted.internet.ssl import Certificate


class Asking(Protocol):
    """The download for which a connection reads a response."""

    url: str
    method: str
    head_bytes: int
    """Limit in bytes of status line and headers, interim heads included."""
    wire_bytes: int
    """Limit in bytes of all that follows the head, framing included; 0 for none."""

    def start(self, request: bytes, facts: Facts) -> Recording:
        """Begin to record a request that is now sent."""

    def came(self, size: int, transport: Any) -> None:
        """Note bytes received, which may pause the transport."""

    def headers_came(self, message: Message) -> Truncation | None:
        """Note the complete head; say why to read no further, if so."""

    def payload_came(self, message: Message, before: int) -> Truncation | None:
        """Note the payload from byte `before` on; say why to read no further, if so."""


@dataclass(frozen=True)
class _Asked:
    """A request that was sent and whose response has not ended."""

    asking: Asking
    message: Message
    recording: Recording
    answer: asyncio.Future[Message]


class Connection(asyncio.Protocol):
    """A connection that is open, or was."""

    def __init__(self, ip: str) -> None:
        self.facts = Facts(ip)
        self._transport: Any = None
        self._tls: VerifiedTls | None = None
        self._asked: _Asked | None = None
        self._clean = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._tls = transport.get_extra_info("ssl_object")
        self.facts = facts_of(self.facts.ip, self._tls)

    @property
    def open(self) -> bool:
        """Whether a request may be sent."""
        return self._transport is not None and not self._transport.is_closing() and not self._clean

    @cached_property
    def address(self) -> IPv4Address | IPv6Address:
        """The dialled address."""
        return ip_address(self.facts.ip)

    @cached_property
    def certificate(self) -> Certificate | None:
        """The server's certificate, as Scrapy's own handler gives it; None without TLS."""
        if self._tls is None:
            return None
        from twisted.internet.ssl import Certificate

        sent = self._tls.getpeercert(binary_form=True)
        return Certificate.loadPEM(ssl.DER_cert_to_PEM_cert(sent).encode()) if sent else None

    def ask(self, request: bytes, asking: Asking) -> asyncio.Future[Message]:
        """Send a request; the future gives its response once that has ended or may be read no further.

        It raises NoAnswer, ConnectionBroken, BadResponse, WireLimit; a response whose body was cut short is given, with
        `ended` False.
        """
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._asked = _Asked(asking, Message(asking.method), asking.start(request, self.facts), answer)
        self._transport.write(request)
        return answer

    def abort(self) -> None:
        """Close at once; nothing more is read."""
        self._asked = None
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        while data and (asked := self._asked) is not None:
            asking, recording, in_head = asked.asking, asked.recording, asked.message.in_head
            piece, data = data, b""
            if in_head or asking.wire_bytes:
                limit = asking.head_bytes if in_head else asking.head_bytes + asking.wire_bytes
                room = limit - recording.received
                if room <= 0:
                    self._cut(asking, "headers" if in_head else "body")
                    return
                if len(piece) > room:
                    piece, data = piece[:room], piece[room:]
            recording.add(piece)
            asking.came(len(piece), self._transport)
            self._read(asked, piece)
        if data:
            self.abort()  # bytes that nobody asked for: client and server are out of step

    def eof_received(self) -> None:
        # Without close_notify, the end of a TLS connection may be an attacker's (RFC 9112, 9.8).
        self._clean = self._tls is None or self._tls.said_goodbye

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._asked is None:
            return
        asking, message = self._asked.asking, self._asked.message
        whole = message.close(clean=self._clean and error is None)
        if message.fault:
            self._fail(BadResponse(f"{asking.url}: {message.fault}"), "unspecified")
        elif whole or not message.in_head:
            self._end(None if whole else "disconnect")
        elif message.begun:
            self._fail(ConnectionBroken("the connection ended within the headers"), "disconnect")
        else:
            self._fail(NoAnswer(str(error or "the connection was closed")), "disconnect")

    def _read(self, asked: _Asked, piece: bytes) -> None:
        asking, message = asked.asking, asked.message
        in_head, before = message.in_head, message.received
        message.take(piece)
        if message.fault:
            self._fail(BadResponse(f"{asking.url}: {message.fault}"), "unspecified")
        elif in_head and (message.length or 0) > asking.wire_bytes > 0:
            self._cut(asking, "body")
        elif not message.in_head:
            stop = asking.headers_came(message) if in_head else None
            if stop is None and message.received > before:
                stop = asking.payload_came(message, before)
            if message.ended:
                self._end(None, message.surplus)
            elif stop is not None:
                self._end(stop)
                self.abort()

    def _cut(self, asking: Asking, what: str) -> None:
        limit = asking.head_bytes if what == "headers" else asking.wire_bytes
        self._fail(WireLimit(asking.url, limit, what), "length")

    def _end(self, truncated: Truncation | None, surplus: int = 0) -> None:
        answer, message = self._settle(truncated, surplus)
        if not answer.done():
            answer.set_result(message)

    def _fail(self, error: Exception, truncated: Truncation) -> None:
        answer, _ = self._settle(truncated, 0)
        self.abort()
        if not answer.done():
            answer.set_exception(error)

    def _settle(self, truncated: Truncation | None, surplus: int) -> tuple[asyncio.Future[Message], Message]:
        """Note the end of the response, and keep none of it: the connection may be idle for a minute."""
        assert self._asked is not None
        asked, self._asked = self._asked, None
        asked.recording.end(truncated, surplus)
        return asked.answer, asked.message
