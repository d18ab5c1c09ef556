"""The application: what a data folder holds goes in, an ASGI application that shows it comes out.

Every request passes a check of its host name, because a page elsewhere can let its own name lead to 127.0.0.1 (DNS
rebinding), and every answer gets headers that let a browser load nothing but our own files.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from archive import ArchiveError
from crawler.errors import WarcpressError
from crawler.serve import article, cdx, front, memento, pictures
from crawler.serve.cards import Cards
from crawler.serve.held import Held
from crawler.serve.rendering import FOLDER, message

POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of our own pages."""
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-cache",
}
"""Headers of every answer that does not set them itself."""
PAGES = (front, article, pictures, cdx, memento)
"""Files with `routes`."""


def make_app(held: Held, names: Collection[str] = ()) -> Starlette:
    """Make the application. `names`: host names under which it may be asked, besides localhost and any IP address."""
    app = Starlette(
        routes=[
            *(route for pages in PAGES for route in pages.routes),
            Mount("/static", StaticFiles(directory=FOLDER / "static")),
        ],
        middleware=[Middleware(Guard, names=frozenset(name.lower() for name in names))],
        exception_handlers={
            HTTPException: _refused,
            ArchiveError: _missing,
            WarcpressError: _missing,
        },
    )
    app.state.held, app.state.cards = held, Cards(held.config)
    return app


class Guard:
    """Refuses requests for unknown host names, and adds HEADERS to every answer."""

    def __init__(self, app: ASGIApp, names: frozenset[str]) -> None:
        self._app, self._names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        host = Headers(scope=scope).get("host", "")
        if is_known(host, self._names):
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
    return True


def _missing(request: Request, error: Exception) -> Response:
    return message(request, "Not here", str(error))


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return message(request, "Not here", f"{request.url.path}: there is no such page")
    return message(request, "Not possible", error.detail, error.status_code)
