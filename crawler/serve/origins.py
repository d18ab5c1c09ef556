"""The two origins of a server: our own pages, and stored pages of strangers beside them.

By default both have the same host name and a port each; behind a proxy the second one can have a host name of its own.
No cookie is set, so that cookies are the same for all ports of a host does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

_HOST = re.compile(r"([\w.-]+|\[[0-9a-fA-F:.]+\])(?::(\d{1,5}))?", re.ASCII)


@dataclass(frozen=True)
class Origins:
    """Where the two origins are."""

    port: int
    """Port of our own pages."""
    original_port: int
    """Port of stored pages; that of our own pages when these have a name of their own."""
    original_url: str = ""
    """`https://originals.example.org`, for browsers; empty: the name of our own pages with the other port."""

    @property
    def original_name(self) -> str:
        """The host name that stored pages have to themselves; empty = none."""
        return (urlsplit(self.original_url).hostname or "").lower()

    def original_names(self, names: Collection[str]) -> frozenset[str]:
        """The host names under which stored pages are asked for. `names`: those of our own pages."""
        return frozenset({self.original_name} if self.original_name else names)

    def original(self, host: str) -> str:
        """The address of stored pages, without `/` at its end, for a browser that sends this Host header."""
        if self.original_url:
            return self.original_url.rstrip("/")
        found = _HOST.fullmatch(host)
        return f"http://{found[1]}:{self.original_port}" if found else ""

    def own(self, host: str) -> str:
        """The address of our own pages, for a request for a stored page with this Host header; empty = unknown."""
        found = None if self.original_url else _HOST.fullmatch(host)
        return f"http://{found[1]}:{self.port}" if found else ""

    def static(self, host: str) -> str:
        """Our own scripts, as a source of `script-src`; a policy can't name an IPv6 address."""
        return f"{host}/static/" if _HOST.fullmatch(host) and "[" not in host else "'self'"

    def may_frame(self, host: str, names: Collection[str]) -> str:
        """Who may show stored pages in a frame: our own pages, as sources of `frame-ancestors`.

        `host`: the Host header of a request for a stored page. `names`: host names of our own pages.
        """
        if self.original_url:
            return " ".join(f"{name}:*" for name in (*names, "localhost", "127.0.0.1"))
        found = _HOST.fullmatch(host)
        return f"{found[1]}:{self.port}" if found else "'none'"

    def is_original(self, scope: Scope) -> bool:
        """Whether a request is for stored pages."""
        if self.original_name:
            found = _HOST.fullmatch(Headers(scope=scope).get("host", ""))
            return found is not None and found[1].lower().rstrip(".") == self.original_name
        return bool(scope["server"][1] == self.original_port)


class Both:
    """One application for both origins."""

    def __init__(self, own: ASGIApp, original: ASGIApp, origins: Origins) -> None:
        self._own, self._original, self._origins = own, original, origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application of the right origin answer."""
        is_original = scope["type"] == "http" and self._origins.is_original(scope)
        await (self._original if is_original else self._own)(scope, receive, send)
