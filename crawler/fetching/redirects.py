"""Middleware: follow HTTP redirects. A 3xx response goes in, the next request comes out.

The next request passes fence, guard, budget and robots again. Nothing that was meant for one origin (scheme, host and
port) reaches another (SECURITY.md, C1): only headers that every request has go along to another origin.
"""

from __future__ import annotations

from typing import Any, Self
from urllib.parse import urldefrag, urljoin, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.headers import Headers
from w3lib.url import safe_url_string

from archive import many
from crawler.fetching.failures import RequestRefused
from crawler.urls.canonical import DEFAULT_PORTS, origin
from crawler.urls.host_names import with_ascii_host

STATUSES = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
COMMON = frozenset({b"accept", b"accept-encoding", b"accept-language", b"user-agent", b"from"})
"""Headers sent to every origin; all others are sent only to the origin that redirected."""
CONDITIONS = frozenset({b"if-none-match", b"if-modified-since"})
"""Headers also sent after a redirect from http to https on one host: no secrets, and the answer depends on them."""
OF_ONE_HOP = ("capture", "download_slot", "retries", "download_latency")
"""Keys of `meta` that only concern the finished hop."""


class RedirectMiddleware:
    """Follow up to REDIRECT_MAX_TIMES hops, or `meta["max_redirects"]`; none with `meta["dont_redirect"]`.

    `meta["redirect_urls"]` lists the URLs that redirected, oldest first; `meta["redirected_by"]` has the capture of the
    last one. `meta["moved_to"]` is the last URL that permanent redirects alone have led to.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.settings.getint("REDIRECT_MAX_TIMES"))

    def process_response(self, request: Request, response: Response) -> Request | Response:
        location = response.headers.get(b"Location")
        if response.status not in STATUSES or not location or request.meta.get("dont_redirect"):
            return response
        passed = [*request.meta.get("redirect_urls", ()), request.url]
        limit = request.meta.get("max_redirects", self._limit)
        if len(passed) > limit:
            raise RequestRefused(passed[0], "redirects", f"more than {many(limit, 'hop')}, the last to {request.url}")
        url = _next_url(request.url, location)
        method, body = _method_and_body(request, response.status)
        meta: dict[str, Any] = {key: value for key, value in request.meta.items() if key not in OF_ONE_HOP}
        if response.status in PERMANENT and (len(passed) == 1 or meta.get("moved_to") == request.url):
            meta["moved_to"] = url
        return request.replace(
            url=url,
            method=method,
            body=body,
            headers=_headers(request, url, with_body=bool(body)),
            meta={**meta, "redirect_urls": passed, "redirected_by": request.meta.get("capture")},
            dont_filter=True,
        )


def _next_url(base: str, location: bytes) -> str:
    try:
        url = urldefrag(target(base, location))[0]
    except ValueError as error:
        raise RequestRefused(base, "url", f"redirects to {location[:200]!r}: {error}") from error
    if urlsplit(url).scheme not in DEFAULT_PORTS:
        # Scrapy cannot make a request of `javascript:`, so the guard would not see it.
        raise RequestRefused(base, "scheme", f"redirects to {url[:200]}, neither http nor https")
    return url


def _method_and_body(request: Request, status: int) -> tuple[str, bytes]:
    """303 turns every method but HEAD into GET; 301 and 302 do so for POST, as browsers do (RFC 9110, 15.4)."""
    becomes_get = request.method != "HEAD" if status == 303 else request.method == "POST" and status in (301, 302)
    return ("GET", b"") if becomes_get else (request.method, request.body)


def _headers(request: Request, url: str, with_body: bool) -> Headers:
    headers = request.headers.copy()
    here, there = origin(request.url), origin(url)
    if there != here:
        to_https = there[1] == here[1] and there[0] == "https"
        kept = COMMON | CONDITIONS if to_https else COMMON
        for name in [name for name in headers if name.lower() not in kept]:
            del headers[name]
    if not with_body:
        for name in ("Content-Type", "Content-Length"):
            headers.pop(name, None)
    return headers


def target(base: str, location: bytes) -> str:
    """Resolve a Location field (RFC 9110, 10.2.2); its bytes are read as UTF-8, as browsers do."""
    # Invalid UTF-8 becomes escapes, which have their place in paths; as a host it is refused.
    text = location.strip().decode("utf-8", "surrogateescape")
    return urljoin(base, safe_url_string(with_ascii_host(text).encode("utf-8", "surrogateescape")))
