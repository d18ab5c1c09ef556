"""The connections of a run: a Route goes in; an idle Connection that was kept, or a new one, comes out.

Names are resolved by the reactor's resolver, Scrapy's or the address guard's, and only addresses that it returns are
dialled. Those of both families are tried in turn (RFC 8305).
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from typing import Any

from scrapy.exceptions import CannotResolveHostError, DownloadConnectionRefusedError, DownloadTimeoutError
from twisted.internet.interfaces import IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]

from archive import parse_head
from crawler.capture.connection import Connection
from crawler.capture.errors import ConnectionBroken, TlsFailed
from crawler.capture.route import Route, connect_bytes
from crawler.capture.tls import CertificateRefused, Contexts

IDLE_SECONDS = 60.0
"""How long an idle connection is kept; most servers close it earlier."""
NEXT_ATTEMPT = 0.25
"""Seconds after which the next address is tried beside the one that does not answer (RFC 8305, 5)."""
MOST_OF_PROXY = 16384
"""Bytes of the longest answer to CONNECT."""
_NO_LIMIT = 86_400.0
"""The deadline of the download ends a handshake."""


class Pool:
    """Open connections by route."""

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts
        self._idle: defaultdict[Route, list[tuple[Connection, asyncio.TimerHandle]]] = defaultdict(list)

    def idle(self, route: Route) -> Connection | None:
        """Take the idle connection that was used last; None when there is none."""
        waiting = self._idle.get(route)
        while waiting:
            connection, timer = waiting.pop()
            timer.cancel()
            if connection.open:
                return connection
        self._idle.pop(route, None)
        return None

    def keep(self, route: Route, connection: Connection) -> None:
        """Keep a connection for a further request."""
        if connection.open:
            timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._expire, route, connection)
            self._idle[route].append((connection, timer))

    def _expire(self, route: Route, connection: Connection) -> None:
        connection.abort()
        self._idle[route] = [kept for kept in self._idle[route] if kept[0].open]
        if not self._idle[route]:
            del self._idle[route]

    async def close(self) -> None:
        """Close all idle connections."""
        for waiting in self._idle.values():
            for connection, timer in waiting:
                timer.cancel()
                connection.abort()
        self._idle.clear()
        await asyncio.sleep(0)  # transports close their sockets in the loop's next round

    async def connect(self, route: Route) -> Connection:
        """Open a connection; raises the kinds of DownloadFailedError and of CannotResolveHostError."""
        dialled = route.proxy or route.to
        addresses = await resolve(dialled.host, dialled.port)
        if not addresses:
            raise CannotResolveHostError(f"no address for {dialled.host}")
        try:
            reached, ip = await dial(addresses, route.bind)
        except ConnectionRefusedError as error:
            raise DownloadConnectionRefusedError(str(error)) from error
        except TimeoutError as error:
            raise DownloadTimeoutError(str(error)) from error
        except OSError as error:
            raise ConnectionBroken(str(error)) from error
        try:
            if route.tunnelled:
                await open_tunnel(reached, route)
            return await self._speak(reached, ip, route)
        except BaseException:
            reached.close()
            raise

    async def _speak(self, reached: socket.socket, ip: str, route: Route) -> Connection:
        """Make the connection of a socket, with TLS for https."""
        secure: dict[str, Any] = {}
        if route.to.scheme == "https":
            name = route.to.host.rstrip(".")  # a name of TLS has no dot at its end (RFC 6066, 3)
            secure = {
                "ssl": self._contexts.of(route.verify, name),
                "server_hostname": name,
                "ssl_handshake_timeout": _NO_LIMIT,
            }
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(partial(Connection, ip), sock=reached, **secure)
        except CertificateRefused as error:
            raise TlsFailed(str(error)) from error
        except ssl.SSLError as error:
            raise TlsFailed(error.reason or str(error)) from error
        except OSError as error:
            raise ConnectionBroken(f"the connection ended before TLS was agreed: {error}") from error
        except ValueError as error:  # a host that can't be a name of TLS
            raise TlsFailed(str(error)) from error
        return connection


Reached = tuple[socket.socket, str]
"""A connected socket, and the address that it is connected to."""


async def dial(addresses: list[tuple[str, int]], bind: tuple[str, int] | None) -> Reached:
    """Connect to the first address that answers (RFC 8305); the first address's OSError when none does."""
    waiting = in_turn(addresses)
    if len(waiting) == 1:
        return await _attempt(waiting[0], bind)
    tried: list[asyncio.Task[Reached]] = []
    try:
        while True:
            if waiting:
                tried.append(asyncio.create_task(_attempt(waiting.pop(0), bind)))
            running = [task for task in tried if not task.done()]
            if running:
                await asyncio.wait(
                    running, timeout=NEXT_ATTEMPT if waiting else None, return_when=asyncio.FIRST_COMPLETED
                )
            for task in tried:
                if task.done() and task.exception() is None:
                    tried.remove(task)
                    return task.result()
            if not waiting and all(task.done() for task in tried):
                return tried[0].result()  # raises
    finally:
        for task in tried:
            task.add_done_callback(_discard)
            task.cancel()


def in_turn(addresses: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Order addresses so that both families come in turn, that of the first one first (RFC 8305, 4)."""
    families: dict[bool, list[tuple[str, int]]] = {}
    for address in dict.fromkeys(addresses):
        families.setdefault(":" in address[0], []).append(address)
    first, *others = families.values()
    second = others[0] if others else []
    mixed = [address for pair in zip(first, second, strict=False) for address in pair]
    return mixed + first[len(second) :] + second[len(first) :]


async def _attempt(address: tuple[str, int], bind: tuple[str, int] | None) -> Reached:
    reached = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM)
    try:
        reached.setblocking(False)
        if bind is not None:
            reached.bind(bind)
        await asyncio.get_running_loop().sock_connect(reached, address)
    except BaseException:
        reached.close()
        raise
    return reached, address[0]


def _discard(task: asyncio.Task[Reached]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result()[0].close()


async def open_tunnel(reached: socket.socket, route: Route) -> None:
    """Ask a proxy for a tunnel to the server; DownloadConnectionRefusedError when it opens none."""
    loop = asyncio.get_running_loop()
    answer = b""
    try:
        await loop.sock_sendall(reached, connect_bytes(route))
        while b"\n\r\n" not in answer and b"\n\n" not in answer and len(answer) < MOST_OF_PROXY:
            more = await loop.sock_recv(reached, 4096)
            if not more:
                break
            answer += more
    except OSError as error:
        raise ConnectionBroken(f"the proxy ended the connection: {error}") from error
    head = parse_head(answer)
    if head.status is None or head.status // 100 != 2:
        told = f"{head.status} {head.reason}" if head.status else repr(answer[:40])
        raise DownloadConnectionRefusedError(f"the proxy opens no tunnel to {route.to.host}: {told}")


async def resolve(host: str, port: int) -> list[tuple[str, int]]:
    """Ask the reactor's resolver for the addresses that may be dialled for a host, itself an address or not."""
    from twisted.internet import reactor

    resolver: Any = reactor
    answer = _Addresses(asyncio.get_running_loop().create_future())
    resolver.nameResolver.resolveHostName(answer, host, port)
    return await answer.complete


@implementer(IResolutionReceiver)
class _Addresses:
    """Collects the addresses of one look-up."""

    def __init__(self, complete: asyncio.Future[list[tuple[str, int]]]) -> None:
        self.complete = complete
        self._found: list[tuple[str, int]] = []

    def resolutionBegan(self, resolution: object) -> None:
        """Nothing is done then."""

    def addressResolved(self, address: Any) -> None:
        self._found.append((address.host, address.port))

    def resolutionComplete(self) -> None:
        if not self.complete.done():
            self.complete.set_result(self._found)
