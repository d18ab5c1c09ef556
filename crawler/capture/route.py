"""Where a request is sent and with which bytes: a Scrapy request goes in, its Route and its bytes on the wire come out.

Pure. The address guard judges what `origin_of` reads in a URL, and that is what is dialled.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from scrapy import Request

from crawler.urls.canonical import DEFAULT_PORTS

_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PRINTABLE = re.compile(r"[!-~]+")
_FRAMING = frozenset({b"Content-Length", b"Transfer-Encoding"})
"""Fields that follow from the body."""
_WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})
"""Methods whose requests say that they have no body (RFC 9110, 8.6)."""


class Origin(NamedTuple):
    """What a URL says about the server."""

    scheme: str
    host: str
    """In lower case, an IPv6 address without brackets."""
    port: int


class Route(NamedTuple):
    """The way of a request; requests of one route may share a connection."""

    to: Origin
    """The server of the URL; with a proxy and http the proxy, which connects to all servers."""
    proxy: Origin | None = None
    """The proxy that is dialled, if any."""
    authorization: bytes = b""
    """Proxy-Authorization of the request that opens a tunnel."""
    verify: bool = True
    """Whether the certificate is checked."""
    bind: tuple[str, int] | None = None
    """Address and port on this machine."""

    @property
    def tunnelled(self) -> bool:
        """Whether the proxy is asked to open a tunnel to the server."""
        return self.proxy is not None and self.proxy != self.to


@lru_cache(maxsize=16)
def origin_of(url: str) -> Origin:
    """Return scheme, host and port of an absolute URL; ValueError when it has none that can be dialled."""
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), parts.hostname
    if not host or scheme not in DEFAULT_PORTS:
        raise ValueError(f"{url} is not a URL of a web server")
    return Origin(scheme, host, DEFAULT_PORTS[scheme] if parts.port is None else parts.port)


def route_of(request: Request, verify: bool, bind: str | tuple[str, int] | None) -> Route:
    """Return the way of a request; its `meta` may name a proxy, as Scrapy's HttpProxyMiddleware sets it.

    `bind` is an address of this machine, or a pair of address and port, as in DOWNLOAD_BIND_ADDRESS.
    """
    to, named = origin_of(request.url), request.meta.get("proxy")
    here = (bind, 0) if isinstance(bind, str) else (bind[0], bind[1]) if bind else None
    if not named:
        return Route(to, None, b"", verify, here)
    proxy = origin_of(named if "://" in named else f"http://{named}")
    if to.scheme == "http":
        return Route(proxy, proxy, b"", verify, here)
    if proxy.scheme == "https":
        raise ValueError(f"{request.url}: an https proxy is not used for https URLs; name an http proxy")
    return Route(to, proxy, request.headers.get("Proxy-Authorization") or b"", verify, here)


def request_bytes(request: Request, route: Route) -> bytes:
    """Compose a request as it is sent; ValueError where its method or URL can't stand in a request line."""
    origin = origin_of(request.url)
    target = _target(request.url)
    host, password, fields = _netloc(origin).encode(), b"", []
    for name, values in dict.items(request.headers):  # Scrapy's own `items` looks each name up again: 2 us each
        if name == b"Host":
            host = values[-1]
        elif name == b"Proxy-Authorization":
            password = values[-1]
        elif name not in _FRAMING:
            fields += [name + b": " + value for value in values]
    if route.proxy is not None and not route.tunnelled:
        target = f"{origin.scheme}://{_netloc(origin)}{target}"
        if password:
            fields.append(b"Proxy-Authorization: " + password)
    if not _METHOD.fullmatch(request.method) or not _PRINTABLE.fullmatch(target):
        raise ValueError(f"{request.method} {request.url} can't stand in a request line")
    lines = [f"{request.method} {target} HTTP/1.1".encode(), b"Host: " + host, *fields]
    if request.body or request.method in _WITH_LENGTH:
        lines.append(b"Content-Length: %d" % len(request.body))
    head = b"\r\n".join(lines)
    if not head.count(b"\n") == head.count(b"\r") == len(lines) - 1:
        head = b"\r\n".join(map(_one_line, lines))
    return head + b"\r\n\r\n" + request.body


def _target(url: str) -> str:
    """Return path and query of a URL as they stand in it."""
    target = url.partition("#")[0].partition("://")[2]
    place = min((at for at in (target.find("/"), target.find("?")) if at >= 0), default=len(target))
    return target[place:] if target[place : place + 1] == "/" else f"/{target[place:]}"


def connect_bytes(route: Route) -> bytes:
    """Compose the request that asks a proxy for a tunnel (RFC 9110, 9.3.6)."""
    host = f"[{route.to.host}]" if ":" in route.to.host else route.to.host
    lines = [f"CONNECT {host}:{route.to.port} HTTP/1.1", f"Host: {host}:{route.to.port}"]
    head = "\r\n".join(lines).encode()
    if route.authorization:
        head += b"\r\nProxy-Authorization: " + _one_line(route.authorization)
    return head + b"\r\n\r\n"


def _netloc(origin: Origin) -> str:
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return host if origin.port == DEFAULT_PORTS[origin.scheme] else f"{host}:{origin.port}"


def _one_line(line: bytes) -> bytes:
    """Keep a line break in a value from beginning another field."""
    return b" ".join(line.splitlines())
