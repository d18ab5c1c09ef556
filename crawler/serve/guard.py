"""What every request and answer passes: who may ask, and headers that let a browser load only our files.

A page elsewhere can let its own name lead to 127.0.0.1 (DNS rebinding); it can't let an address do so. It can also ask
for our pages as its pictures or scripts, and keep the server busy with answers that it can't read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Guard:
    """Refuses requests for unknown host names, and adds headers to every answer."""

    def __init__(
        self,
        app: ASGIApp,
        names: Collection[str],
        headers: Callable[[str], Mapping[str, str]],
        shown_as: Collection[str] = ("document",),
    ) -> None:
        """`headers`: Host header → the headers of every answer that does not set them itself.

        `shown_as`: values of Sec-Fetch-Dest of the requests that pages of other origins may cause.
        """
        self._app, self._names, self._headers, self._shown_as = app, names, headers, shown_as

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        hosts = Headers(scope=scope).getlist("host")
        host = hosts[0] if len(hosts) == 1 else ""
        refusal = self._refusal(host, Headers(scope=scope))
        added = self._headers("" if refusal else host)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in added.items():
                    headers.setdefault(name, value)
            await send(message)

        await (refusal or self._app)(scope, receive, send_guarded)

    def _refusal(self, host: str, headers: Headers) -> ASGIApp | None:
        if not is_known(host, self._names):
            text = f"warcpress serve does not know the host name {host[:255]!r}; `--name NAME` lets it in\n"
            return PlainTextResponse(text, 421)
        if is_of_strangers(headers, self._shown_as):
            return PlainTextResponse("refused: a page of another site asked for this; open the address itself\n", 403)
        return None


def is_of_strangers(headers: Headers, shown_as: Collection[str]) -> bool:
    """Whether a page of another origin asks, in a browser that says so, for anything else than to be shown."""
    other = headers.get("sec-fetch-site") in ("cross-site", "same-site")
    return other and headers.get("sec-fetch-dest") not in shown_as


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
