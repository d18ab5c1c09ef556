"""What every request and answer passes: a check of the host name, and headers that let a browser load only our files.

A page elsewhere can let its own name lead to 127.0.0.1 (DNS rebinding); it can't let an address do so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Guard:
    """Refuses requests for unknown host names, and adds headers to every answer."""

    def __init__(self, app: ASGIApp, names: Collection[str], headers: Callable[[str], Mapping[str, str]]) -> None:
        """`headers`: Host header → the headers of every answer that does not set them itself."""
        self._app, self._names, self._headers = app, names, headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        hosts = Headers(scope=scope).getlist("host")
        host = hosts[0] if len(hosts) == 1 else ""
        known = is_known(host, self._names)
        added = self._headers(host if known else "")

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in added.items():
                    headers.setdefault(name, value)
            await send(message)

        if known:
            await self._app(scope, receive, send_guarded)
            return
        text = f"warcpress serve does not know the host name {host[:255]!r}; `--name NAME` lets it in\n"
        await PlainTextResponse(text, 421)(scope, receive, send_guarded)


def is_known(host: str, names: Collection[str]) -> bool:
    """Whether a Host header is localhost, an IP address, or one of `names`; the port does not matter.

    An attacker who lets a name lead to this machine can't let an address do so.
    """
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() and not host.endswith("]") else host
    name = name.lower().rstrip(".")
    if name == "localhost" or name in names:
        return True
    try:
        ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return "%" not in name  # an IPv6 zone can be any text
