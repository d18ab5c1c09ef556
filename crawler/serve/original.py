"""The second origin: stored pages as they were, without anything that runs.

A page is made into a view by a child (crawler/original); its pictures, fonts and style sheets are those of the archive
that were captured nearest in time. What is not in the archive is left out: nothing is ever fetched.

`/page/STAMP/URL` is a page. `/SECRET/style/…` and `/SECRET/picture/…` are what it shows. Browsers take a page under
`sandbox` for one of a foreign origin, so these answers must be open to all origins (Chromium 150 blocks them
otherwise); the secret, another one at each start, keeps strangers' pages from asking what the archive holds.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from archive import ArchiveError, StoreFailed
from crawler.errors import ExtractionError, WarcpressError
from crawler.extractors.charset import content_type
from crawler.from_warc.publish import LARGEST_IMAGE
from crawler.from_warc.show import LARGEST_PAGE
from crawler.original.view import Place, View, page_path, resource_path, written
from crawler.posts.media import copy_flaw, picture_of
from crawler.sandbox.pool import Workers
from crawler.serve import raw
from crawler.serve.guard import Guard, is_of_strangers
from crawler.serve.held import Held
from crawler.serve.memento import Places, memento_headers
from crawler.serve.origins import Origins
from crawler.serve.rendering import rendered
from crawler.serve.stored import REDIRECTS, Found, Missing, Stored, moment

POLICY = (
    "sandbox; default-src 'none'; img-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)
"""Content-Security-Policy of every answer of this origin."""
MOST_ADDRESSES = 600
"""Addresses of a page that are looked up in the index; what is named behind them is shown as missing."""
MOST_LINKS = 500
"""Links of a page that are looked up, in one statement; those behind them are not marked."""
OUTSIDE = ' data-outside="" title="Not in the archive"'
"""Attributes of a link to what the archive does not have."""
PAGES = ("", "text/html", "application/xhtml+xml", "application/xml", "text/xml", "application/vnd.wap.xhtml+xml")
"""Media types that are shown as pages; empty: none was sent."""
FONTS = {b"wOF2": "font/woff2", b"wOFF": "font/woff", b"OTTO": "font/otf", b"\0\1\0\0": "font/ttf", b"true": "font/ttf"}
"""First bytes of fonts → media type."""
OPEN = {"cross-origin-resource-policy": "cross-origin", "access-control-allow-origin": "*"}
"""Headers of what a page shows; fonts need the second one."""


def make_original(held: Held, workers: Workers, origins: Origins, names: Collection[str] = ()) -> Starlette:
    """Make the application of the second origin. `names`: host names of our own pages."""
    app = Starlette(
        routes=[
            Route("/page/{stamp}/{url:path}", page),
            *raw.routes,
            Route("/{secret}/style/{stamp}/{url:path}", style),
            Route("/{secret}/picture/{stamp}/{url:path}", picture),
            Route("/favicon.ico", lambda _: Response(status_code=204, headers=OPEN)),
        ],
        middleware=[
            Middleware(
                Guard,
                names=origins.original_names(names),
                headers=partial(_headers, origins, names),
                shown_as=("document", "iframe", "image", "style", "font"),
            ),
        ],
        exception_handlers={
            HTTPException: _refused,
            ArchiveError: _missing,
            StoreFailed: _not_now,
            WarcpressError: _missing,
        },
    )
    app.state.held, app.state.workers, app.state.secret = held, workers, secrets.token_urlsafe(16)
    app.state.origins = origins
    return app


def _headers(origins: Origins, names: Collection[str], host: str) -> Mapping[str, str]:
    return {
        "content-security-policy": POLICY.format(ancestors=origins.may_frame(host, names)),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "x-dns-prefetch-control": "off",
        "cache-control": "no-cache",
    }


@dataclass
class _Count:
    """How many things of one kind a page names, and how many of them are in the archive."""

    named: int = 0
    held: int = 0


class _Filling:
    """Fills the places of a view from the archive."""

    def __init__(self, view: View, stored: Stored, at: datetime, secret: str) -> None:
        self._view, self._stored, self._at, self._secret = view, stored, at, secret
        self._known: dict[str, bool] = {}
        links = list(dict.fromkeys(place.urls[0] for place in view.places if place.form == "page"))[:MOST_LINKS]
        self._links = stored.pages_held(links)
        self.counts = {
            "picture": _Count(),
            "style": _Count(),
            "link": _Count(len(self._links), sum(self._links.values())),
        }
        self._written = {place: self._fill(place) for place in dict.fromkeys(view.places)}

    def text(self, ours: Mapping[str, str]) -> str:
        """The whole text. `ours`: form → text of the places that show nothing of the archive."""
        return self._view.filled(lambda place: ours.get(place.form) or self._written[place])

    def _fill(self, place: Place) -> str:
        if place.form == "page":
            [url] = place.urls
            return written(place, page_path(url, self._at)) + ("" if self._links.get(url, True) else OUTSIDE)
        kind: Literal["style", "picture"] = "style" if place.form in ("href", "import") else "picture"
        url = next(filter(self._holds, place.urls), "")
        if place.urls:
            self.counts[kind].named += 1
            self.counts[kind].held += bool(url)
        return written(place, resource_path(self._secret, kind, url, self._at) if url else "")

    def _holds(self, url: str) -> bool:
        if url not in self._known:
            self._known[url] = len(self._known) < MOST_ADDRESSES and self._stored.shows(url, self._at)
        return self._known[url]


def page(request: Request) -> Response:
    """Show a stored page."""
    url, at = _asked(request)
    with request.app.state.held.opened() as opened:
        stored = Stored(opened)
        found = stored.read(url, at, LARGEST_PAGE)
        answer = _shown(request, stored, found)
        answer.headers.update(memento_headers(Places.of(request), found.url, found.date, opened.index))
    return answer


def _shown(request: Request, stored: Stored, found: Found) -> Response:
    facts: dict[str, Any] = {"url": found.url, "captured": found.date, "status": found.status}
    if found.status in REDIRECTS and found.location:
        link = page_path(found.location, found.date)
        return _message(request, f"It led to {found.location}.", link=link, **facts)
    kind = content_type(found.headers).essence
    if picture_of(found.body) is not None:
        address = resource_path(request.app.state.secret, "picture", found.url, found.date)
        return _message(request, "", picture=address, **facts)
    if kind not in PAGES:
        return _message(request, f"What was captured is not a page, but {kind}.", **facts)
    try:
        view = request.app.state.workers.view_now(found.page, "page")
    except ExtractionError as error:
        return _message(request, f"It can't be shown: {error}.", **facts)
    filling = _Filling(view, stored, found.date, request.app.state.secret)
    counts = filling.counts
    sheets = counts["style"]
    readable = sheets.held < sheets.named or not (sheets.named or any("<style" in text for text in view.texts))
    ours = {
        "line": rendered("original_line.html", counts=counts, text="", readable=readable, **facts),
        "defaults": rendered("original_styles.html", readable=readable),
    }
    return HTMLResponse(filling.text(ours).encode("utf-8", "replace"))


def style(request: Request) -> Response:
    """Give a stored style sheet, rewritten."""
    url, at = _asked(request, secret=True)
    with request.app.state.held.opened() as opened:
        stored = Stored(opened)
        found = stored.followed(url, at, LARGEST_PAGE)
        view = request.app.state.workers.view_now(found.page, "style")
        text = _Filling(view, stored, at, request.app.state.secret).text({})
    return Response(text.encode("utf-8", "replace"), media_type="text/css", headers=OPEN)


def picture(request: Request) -> Response:
    """Give a stored picture or font; only its bytes say what it is, never its server."""
    url, at = _asked(request, secret=True)
    held = request.app.state.held
    with held.opened() as opened:
        found = Stored(opened).followed(url, at, LARGEST_IMAGE)
    known = picture_of(found.body)
    kind = known.media_type if known else FONTS.get(found.body[:4], "")
    if not kind:
        raise Missing(f"{found.url}: what was captured is no picture and no font")
    if known and (flaw := copy_flaw(found.body, held.config.limits.image_pixels)):
        raise Missing(f"{found.url}: not shown: {flaw}")
    return Response(found.body, media_type=kind, headers=OPEN)


def _asked(request: Request, *, secret: bool = False) -> tuple[str, datetime]:
    """The URL and the time in the path of a request."""
    if secret and not secrets.compare_digest(request.path_params["secret"].encode(), request.app.state.secret.encode()):
        raise HTTPException(404)
    if not secret and is_of_strangers(request.headers, ("document", "iframe")):
        raise HTTPException(403)
    url = request.path_params["url"]
    if query := request.url.query:  # a person wrote the URL as it is
        url += "?" + query
    return url, moment(request.path_params["stamp"])


def _message(request: Request, text: str, status_code: int = 200, **values: Any) -> Response:
    """Say in our own words what there is in place of a page."""
    absent = {"url": "", "captured": None, "status": None, "link": "", "picture": "", "live": ""}
    if request.headers.get("sec-fetch-dest") == "iframe":
        values["live"] = ""  # our own pages let no frame lead elsewhere
    content = rendered("original_message.html", text=text, counts={}, **{**absent, **values})
    return HTMLResponse(content, status_code)


def _missing(request: Request, error: Exception) -> Response:
    url = request.path_params.get("url", "")
    live = url if isinstance(error, Missing) and url.lower().startswith(("http://", "https://")) else ""
    return _message(request, f"Not here: {error}", 404, live=live)


def _not_now(request: Request, error: Exception) -> Response:
    return _message(request, f"Not now: {error}", 503)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _message(request, f"Not here: {request.url.path}: there is no such page", error.status_code)
