"""Middleware: decide by robots.txt (RFC 9309) whether a request may be sent; `robotstxt.py` reads its rules.

Numbers are clauses of the RFC. Each origin's robots.txt is fetched once, and captured like everything else, however
many requests wait for it. Scrapy lets the second and later waiting requests through, and takes status 500 or a dropped
connection for "all allowed" (measured with 2.19).
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler

from archive import StorageError
from crawler.errors import StorageFailed
from crawler.fetching.failures import RequestRefused, classify
from crawler.fetching.fence import ANYWHERE
from crawler.fetching.hosts import host_of, hosts_of
from crawler.fetching.robotstxt import RobotsTxt

logger = logging.getLogger(__name__)

HOPS = 5
"""Redirects that are followed to a robots.txt (RFC 9309, 2.3.1.2)."""
LONGEST_DELAY = 30.0
"""Seconds of the longest Crawl-delay that is heeded, an extension of the RFC; a longer one counts as this.

A site that does not want to be crawled at all has Disallow."""


@dataclass(frozen=True)
class Rules:
    """The robots.txt of one origin, and how long it is used."""

    until: float
    """Monotonic seconds after which it is fetched again."""
    parsed: RobotsTxt | None = None
    """None when there is no robots.txt: then everything is allowed, unless it is unreachable."""
    unreachable: str = ""
    """Why robots.txt could not be fetched: then nothing is allowed (RFC 9309, 2.3.1.4)."""


class RobotsMiddleware:
    """Refuse what robots.txt disallows; with `meta["obey_robots"] = False`, do not even fetch it."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self._crawler = crawler
        self._obey = settings.getbool("OBEY_ROBOTS")
        self._limit = settings.getint("ROBOTS_MAX_BYTES")
        self._holds = settings.getfloat("ROBOTS_SECONDS")
        self._again = settings.getfloat("ROBOTS_RETRY_SECONDS")
        self._agent = product_token(settings.get("USER_AGENT") or "")
        self._rules: dict[str, asyncio.Future[Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        meta = request.meta
        if meta.get("robots_txt") or not meta.get("obey_robots", self._obey):
            return
        parts = urlsplit(request.url)
        rules = await self._rules_of(f"{parts.scheme}://{parts.netloc}", request)
        if rules.unreachable:
            raise RequestRefused(
                request.url, "robots-unreachable", f"without robots.txt nothing is allowed: {rules.unreachable}"
            )
        if rules.parsed is not None and not rules.parsed.allows(request.url):
            raise RequestRefused(request.url, "robots", "robots.txt disallows it")

    async def _rules_of(self, origin: str, request: Request) -> Rules:
        """Return the rules of an origin; requests that come while they are fetched wait for the same fetch."""
        waiting = self._rules.get(origin)
        if waiting is not None and waiting.done() and waiting.result().until >= time.monotonic():
            return waiting.result()
        if waiting is None or waiting.done():
            waiting = self._rules[origin] = asyncio.ensure_future(self._fetch(origin, request))
        return await asyncio.shield(waiting)

    async def _fetch(self, origin: str, request: Request) -> Rules:
        own = self._request(origin, request)
        try:
            response = await self._crawler.engine.download_async(own)
        except (StorageError, StorageFailed):
            raise  # not the host's failure; the run stops
        except Exception as error:  # noqa: BLE001 - every failure means the same; each refusal gives its reason
            failure = classify(error)
            if failure.cls == "redirects":
                return Rules(time.monotonic() + self._holds)  # 2.3.1.2: as if there were none
            return self._unreachable(failure.message)
        if response.status == 429 or response.status >= 500 or response.status < 200:
            return self._unreachable(f"{own.url} answered {response.status}")
        if response.status >= 300:
            return Rules(time.monotonic() + self._holds)  # 2.3.1.3: unavailable, so everything is allowed
        parsed = RobotsTxt(_whole_lines(response.body, self._limit), self._agent)
        if parsed.delay:
            hosts_of(self._crawler).pace(host_of(request), min(parsed.delay, LONGEST_DELAY), None)
        return Rules(time.monotonic() + self._holds, parsed)

    def _request(self, origin: str, request: Request) -> Request:
        """Make the request for the robots.txt of `origin`, on behalf of `request`."""
        inherited: dict[str, Any] = {
            key: request.meta[key] for key in ("verify_tls", "delay", "source") if key in request.meta
        }
        return Request(
            origin + "/robots.txt",
            meta={
                **inherited,
                "robots_txt": True,
                "decode_queue": "robots",
                "fence": ANYWHERE,
                "max_redirects": HOPS,
                "enough_bytes": self._limit,
                "warc_metadata": [("via", request.url)],
            },
            headers={"Accept-Encoding": "identity"},  # its first bytes must be readable without the rest
            dont_filter=True,
        )

    def _unreachable(self, reason: str) -> Rules:
        """Allow nothing for a while (2.3.1.4)."""
        logger.warning("robots.txt unreachable: %s", reason)
        return Rules(time.monotonic() + self._again, unreachable=reason)


def _whole_lines(body: bytes, limit: int) -> bytes:
    """Cut a long robots.txt at a line's end: half a line would be another rule."""
    return body if len(body) < limit else body[: max(body.rfind(b"\n", 0, limit), body.rfind(b"\r", 0, limit)) + 1]


def product_token(user_agent: str) -> str:
    """Return the name that robots.txt is read for: the first word of the user agent (RFC 9309, 2.2.1)."""
    found = re.match(r"[A-Za-z_-]+", user_agent)
    return found[0] if found else user_agent
