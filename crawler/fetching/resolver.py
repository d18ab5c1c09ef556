"""The name resolver of a run: host and port go in, only addresses that may be dialled come out.

The download handler asks it for IP literals too, and dials what it returns: there is no second look-up in which a DNS
answer could change (SECURITY.md, S3).
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache, partial
from ipaddress import ip_address
from socket import EAI_NONAME, gaierror, getaddrinfo
from threading import Thread
from typing import Any, Self, cast
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from twisted.internet._resolver import GAIResolver, HostResolution
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IHostnameResolver, IResolutionReceiver
from twisted.python.threadpool import ThreadPool
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.urls.addresses import Policy, literal

KEPT_SECONDS = 300.0
"""How long an answer of the system's resolver is reused; it is judged anew each time."""
KEPT = 10_000
"""Hosts whose answers, and refusals, are kept."""
LOOKUPS = 32
"""Look-ups at once; those of hosts whose name servers do not answer hold up the others."""


@implementer(IHostnameResolver)
class GuardedResolver:
    """Resolve names as Twisted's own resolver does, and drop the addresses that the policy refuses.

    GuardMiddleware installs it on the reactor; TWISTED_DNS_RESOLVER names it too.
    """

    def __init__(self, policy: Policy, reactor: Any, system: IHostnameResolver | None = None) -> None:
        self.policy = policy
        self.refusals: OrderedDict[str, str] = OrderedDict()
        """Host → why its last look-up gave no permitted address; Twisted's interface cannot pass a reason on."""
        self._reactor = reactor
        self._system: Any = system or GAIResolver(reactor, _threads, cast(Any, _getaddrinfo))
        self._kept: OrderedDict[str, tuple[float, list[str]]] = OrderedDict()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        return cls(policy_of(crawler.settings), reactor)

    def install_on_reactor(self) -> None:
        self._reactor.installNameResolver(self)

    def resolveHostName(
        self,
        receiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        """Do what `IHostnameResolver.resolveHostName` asks for."""
        mapped = self.policy.target(hostName, portNumber)
        known = self._known(hostName)
        if mapped is None and literal(hostName) is None and known is None:

            def answered(found: list[str]) -> None:
                if found:
                    self._keep(hostName, found)
                self._answer(receiver, hostName, [(host, portNumber) for host in found])

            collector = _Collector(receiver.resolutionBegan, answered)
            return self._system.resolveHostName(collector, hostName, portNumber, addressTypes, transportSemantics)
        resolution = HostResolution(hostName)
        receiver.resolutionBegan(resolution)
        targets = [mapped] if mapped is not None else [(host, portNumber) for host in known or [hostName]]
        self._answer(receiver, hostName, targets)
        return resolution

    async def refusal(self, host: str, port: int) -> str:
        """Return why a host that a proxy will dial may not be dialled, or an empty text.

        The host must have an address here, and all its addresses must be permitted: the proxy chooses one. The name of
        the proxy itself gets no exemption.
        """
        mapped = self.policy.target(host, port)
        if mapped is not None:
            found = [mapped[0]]
        elif literal(host) is not None:
            found = [host]
        else:
            looked_up: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
            self._system.resolveHostName(_Collector(lambda _: None, looked_up.set_result), host, port)
            found = await looked_up
        if not found:
            return "its name has no address here, so it can't be judged"
        return next(filter(None, (self.policy.refusal(ip_address(address)) for address in found)), "")

    def _answer(self, receiver: Any, name: str, targets: list[tuple[str, int]]) -> None:
        """Pass the permitted addresses to the receiver, in order, and drop the others."""
        refused = ""
        allowed = 0
        for host, port in targets:
            address = literal(host)
            reason = f"{host} is not an address" if address is None else self.policy.refusal(address)
            if reason and name != self.policy.proxy:
                refused = reason
                continue
            allowed += 1
            kind = IPv6Address if ":" in host else IPv4Address
            receiver.addressResolved(kind("TCP", host, port))
        if allowed:
            self.refusals.pop(name, None)
        elif refused:
            self.refusals[name] = refused
            if len(self.refusals) > KEPT:
                self.refusals.popitem(last=False)
        receiver.resolutionComplete()

    def _known(self, name: str) -> list[str] | None:
        at, hosts = self._kept.get(name, (0.0, []))
        return hosts if hosts and time.monotonic() - at < KEPT_SECONDS else None

    def _keep(self, name: str, hosts: list[str]) -> None:
        self._kept[name] = (time.monotonic(), hosts)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)


@implementer(IResolutionReceiver)
class _Collector:
    """Collect the addresses of one look-up and pass them to `done`."""

    def __init__(self, began: Callable[[object], None], done: Callable[[list[str]], None]) -> None:
        self._began, self._done = began, done
        self._found: list[str] = []

    def resolutionBegan(self, resolution: object) -> None:
        self._began(resolution)

    def addressResolved(self, address: Any) -> None:
        self._found.append(address.host)

    def resolutionComplete(self) -> None:
        self._done(self._found)


def _getaddrinfo(host: str, *arguments: Any) -> Any:
    """Call the system's resolver; report a name that it cannot encode as one without an address.

    `a..b` raises UnicodeError, and GAIResolver would then wait for ever (2026-11).
    """
    try:
        return getaddrinfo(host, *arguments)
    except ValueError as error:
        raise gaierror(EAI_NONAME, str(error)) from error


class _Threads(ThreadPool):
    """Threads that the end of a run does not wait for: a look-up that hangs can't be interrupted.

    In the reactor's own threads, one that took 60 s held a run and its lock for 60 s after its last page (2026-11).
    """

    threadFactory = staticmethod(partial(Thread, daemon=True))  # type: ignore[assignment]  # Twisted names a class


@cache
def _threads() -> ThreadPool:
    pool = _Threads(0, LOOKUPS, "resolver")
    pool.start()
    return pool


def policy_of(settings: Any) -> Policy:
    """Make the policy of a run from its settings."""
    proxy = settings.get("CRAWL_PROXY") or ""
    host = urlsplit(proxy if "//" in proxy else f"//{proxy}").hostname or ""
    return Policy.of(settings.getlist("ALLOW_PRIVATE"), settings.getdict("RESOLVE"), host)
