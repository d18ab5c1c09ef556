"""The application: what a data folder holds goes in, an ASGI application that shows it comes out.

Stored pages of strangers are not here: they have an origin of their own (original.py).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from archive import ArchiveError, StoreFailed
from crawler.errors import WarcpressError
from crawler.extractors.languages import known
from crawler.serve import api, article, audits, cdx, feeds, front, memento, pictures, proofs, runs, sources
from crawler.serve.cards import Cards
from crawler.serve.guard import Guard
from crawler.serve.held import Held
from crawler.serve.origins import Origins
from crawler.serve.problem import answer
from crawler.serve.rendering import FOLDER, compile_templates, message

POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src {static}; form-action 'self'; "
    "frame-src {frames}; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of our own pages: scripts come from /static/ alone, as stored ones may be served as bytes."""
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-cache",
}
"""Headers of our own pages, besides their policy."""
PAGES = (front, article, proofs, pictures, sources, runs, audits, feeds, cdx, memento, api)
"""Files with `routes`."""
FOR_PROGRAMS = ("/api/", "/feeds/", "/cdx", "/web/", "/timegate/", "/timemap/")
"""Beginnings of the paths at which faults are told as problem+json."""


def make_app(held: Held, origins: Origins, names: Collection[str] = ()) -> Starlette:
    """Make the application. `names`: host names under which it may be asked, besides localhost and any IP address.

    What the first pages would pay for is done here. Close `state.proofs` at the end.
    """
    compile_templates()
    known()
    app = Starlette(
        routes=[
            *(route for pages in PAGES for route in pages.routes),
            Mount("/static", StaticFiles(directory=FOLDER / "static")),
        ],
        middleware=[Middleware(Guard, names=names, headers=partial(_headers, origins))],
        exception_handlers={
            HTTPException: _refused,
            ArchiveError: _missing,
            WarcpressError: _missing,
            StoreFailed: _not_now,
        },
    )
    app.state.held, app.state.cards, app.state.origins = held, Cards(held.config), origins
    app.state.proofs = proofs.Proofs()
    return app


def _headers(origins: Origins, host: str) -> Mapping[str, str]:
    """The headers of an answer, by the Host header of its request."""
    policy = POLICY.format(static=origins.static(host), frames=origins.original(host) or "'none'")
    return {"content-security-policy": policy, **HEADERS}


def _missing(request: Request, error: Exception) -> Response:
    return message(request, "Not here", str(error))


def _not_now(request: Request, error: Exception) -> Response:
    return message(request, "Not now", str(error), 503)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path, status = request.url.path, error.status_code
    text = f"{path}: there is no such page" if status == 404 else f"{path}: {error.detail}"
    if status == 405:
        text = f"{path}: nothing can be sent there, since nothing is ever changed; ask with GET"
    if path.startswith(FOR_PROGRAMS):
        found = answer(request, status, text)
    else:
        found = message(request, "Not here" if status == 404 else "Not possible", text, status)
    found.headers.update(error.headers or {})
    return found
