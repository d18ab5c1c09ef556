"""HTTP redirects: a 3xx answer goes in, the next request comes out, judged again by guard, fence, robots and budget.

Nothing that was meant for one host reaches another (THREATS C1): across scheme, host or port only headers that every
request has go on.
"""

from __future__ import annotations

from typing import Self
from urllib.parse import urldefrag, urljoin, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from w3lib.url import safe_url_string

from crawler.fetching.failures import RequestRefused

STATUSES = frozenset({301, 302, 303, 307, 308})
COMMON = frozenset({b"accept", b"accept-encoding", b"accept-language", b"user-agent", b"from"})
"""Headers that go along everywhere; others only to the same origin."""
CONDITIONS = frozenset({b"if-none-match", b"if-modified-since"})
"""They also go along from http to https of one host: no secrets, and they belong to the page at the end of the way."""
OWN = ("capture", "download_slot", "retries", "download_latency")
"""Of the finished hop only."""


class RedirectMiddleware:
    """Follows up to REDIRECT_MAX_TIMES hops, or `meta["max_redirects"]`; `meta["dont_redirect"]` gives the answer
    itself.

    `meta["redirect_urls"]` holds the URLs passed, oldest first.
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
            raise RequestRefused(passed[0], "redirects", f"more than {limit} hops, the last to {request.url}")
        try:
            url = urldefrag(target(request.url, location))[0]
        except ValueError as error:
            raise RequestRefused(request.url, "url", f"redirects to {location[:200]!r}: {error}") from error
        if urlsplit(url).scheme not in (
            "http",
            "https",
        ):  # Scrapy makes no request of `javascript:` for the guard to judge
            raise RequestRefused(request.url, "scheme", f"redirects to {url[:200]}, neither http nor https")
        method, body = request.method, request.body
        if (response.status == 303 and method != "HEAD") or (response.status in (301, 302) and method == "POST"):
            method, body = "GET", b""
        headers = request.headers.copy()
        here, there = origin(request.url), origin(url)
        if there != here:
            kept = COMMON | CONDITIONS if there[1] == here[1] and there[0] == "https" else COMMON
            for name in [name for name in headers if name.lower() not in kept]:
                del headers[name]
        if not body:
            for name in ("Content-Type", "Content-Length"):
                headers.pop(name, None)
        meta = {key: value for key, value in request.meta.items() if key not in OWN}
        meta["redirect_urls"] = passed
        return request.replace(url=url, method=method, body=body, headers=headers, meta=meta, dont_filter=True)


def target(base: str, location: bytes) -> str:
    """The absolute URL that a Location field means (RFC 9110, 10.2.2); its bytes are taken as UTF-8, as browsers do."""
    return urljoin(base, safe_url_string(location.strip()))


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host, port."""
    try:
        parts = urlsplit(url)
        scheme = parts.scheme.lower()
        return scheme, (parts.hostname or "").lower(), parts.port or {"http": 80, "https": 443}.get(scheme, 0)
    except ValueError:
        return "", url, 0  # like no other: the guard refuses it
