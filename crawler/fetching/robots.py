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
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from archive import Capture, StorageError
from crawler.capture import captures_stored, storing
from crawler.clock import Clock, from_http, utc_now
from crawler.errors import StorageFailed
from crawler.fetching.failures import RequestRefused, classify
from crawler.fetching.fence import ANYWHERE
from crawler.fetching.hosts import host_of, hosts_of
from crawler.fetching.kept import kept_of
from crawler.fetching.robotstxt import RobotsTxt
from crawler.store.robots import KeptRobots

logger = logging.getLogger(__name__)

HOPS = 5
"""Redirects that are followed to a robots.txt (RFC 9309, 2.3.1.2)."""
LONGEST_DELAY = 30.0
"""Seconds of the longest Crawl-delay that is heeded, an extension of the RFC; a longer one counts as this.

A site that does not want to be crawled at all has Disallow."""
MOST_PARSED = 1000
"""Texts of robots.txt whose parsed rules are kept in memory."""
ALLOWED_BY = "robots-txt"
"""Field of an exchange's metadata record: the record id of the robots.txt that allowed the request."""


class RobotsMiddleware:
    """Refuse what robots.txt disallows; with `meta["obey_robots"] = False`, do not even fetch it.

    The metadata record of each exchange that robots.txt allowed names the capture of that robots.txt, and so does each
    refusal: an auditor can check both, also where the file was fetched by an earlier run.
    """

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self._crawler = crawler
        self._obey = settings.getbool("OBEY_ROBOTS")
        self._limit = settings.getint("ROBOTS_MAX_BYTES")
        self._holds = settings.getfloat("ROBOTS_SECONDS")
        self._again = settings.getfloat("ROBOTS_RETRY_SECONDS")
        self._agent = product_token(settings.get("USER_AGENT") or "")
        self._clock: Clock = settings.get("WARC_CLOCK") or utc_now
        self._rules: dict[str, asyncio.Future[KeptRobots]] = {}
        self._parsed = lru_cache(MOST_PARSED)(lambda body: RobotsTxt(body, self._agent))
        self._kept = kept_of(crawler)
        self._unstored: dict[str, tuple[str, KeptRobots]] = {}
        """Record id → origin and robots.txt, kept once that record is on disk."""
        crawler.signals.connect(self._stored, captures_stored)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        meta = request.meta
        if meta.get("robots_txt") or not meta.get("obey_robots", self._obey):
            return
        parts = urlsplit(request.url)
        rules = await self._rules_of(f"{parts.scheme}://{parts.netloc}", request)
        seen = f" (record {rules.capture})" if rules.capture else ""
        if rules.unreachable:
            text = f"without robots.txt nothing is allowed: {rules.unreachable}{seen}"
            raise RequestRefused(request.url, "robots-unreachable", text)
        if rules.body is not None and not self._parsed(rules.body).allows(request.url):
            raise RequestRefused(request.url, "robots", f"robots.txt disallows it{seen}")
        if rules.capture:
            others = [pair for pair in meta.get("warc_metadata", ()) if pair[0] != ALLOWED_BY]
            meta["warc_metadata"] = [*others, (ALLOWED_BY, rules.capture)]

    async def _rules_of(self, origin: str, request: Request) -> KeptRobots:
        """Return the rules of an origin; requests that come while they are fetched wait for the same fetch."""
        waiting = self._rules.get(origin)
        if waiting is not None and waiting.done() and waiting.result().until >= time.monotonic():
            return waiting.result()
        if waiting is None or waiting.done():
            waiting = self._rules[origin] = asyncio.ensure_future(self._find(origin, request))
        return await asyncio.shield(waiting)

    async def _find(self, origin: str, request: Request) -> KeptRobots:
        """Take the rules that an earlier run has kept, or fetch them."""
        found = self._kept.robots.find(origin) if self._kept is not None else None
        if found is None or (found.unreachable and self._kept is not None and self._kept.afresh):
            found = await self._fetch(origin, request)
            # A site may want its robots.txt fetched each time; within a run that would double its requests.
            found = replace(found, until=max(found.until, time.monotonic() + self._again))
        if found.body is not None and (delay := self._parsed(found.body).delay):
            hosts_of(self._crawler).crawl_delay(host_of(request), min(delay, LONGEST_DELAY))
        return found

    async def _fetch(self, origin: str, request: Request) -> KeptRobots:
        own = self._request(origin, request)
        try:
            response = await self._crawler.engine.download_async(own)
        except (StorageError, StorageFailed):
            raise  # not the host's failure; the run stops
        except Exception as error:  # noqa: BLE001 - every failure means the same; each refusal gives its reason
            failure = classify(error)
            if failure.cls == "redirects":
                return KeptRobots(time.monotonic() + self._holds)  # 2.3.1.2: as if there were none
            return self._keep(origin, self._unreachable(failure.message))
        capture = response.meta["capture"].record_id if "capture" in response.meta else ""
        if response.status == 429 or response.status >= 500 or response.status < 200:
            found = self._unreachable(f"{own.url} answered {response.status}", capture)
        else:
            # 2.3.1.3: a status from 300 means that the host has no robots.txt, so everything is allowed
            body = _whole_lines(response.body, self._limit) if response.status < 300 else None
            fresh = freshness(response, self._holds, self._clock())
            found = KeptRobots(time.monotonic() + fresh, body, capture=capture)
        return self._keep(origin, found)

    def _keep(self, origin: str, robots: KeptRobots) -> KeptRobots:
        """Keep it for later runs, as soon as its capture is on disk."""
        if self._kept is not None and robots.capture:
            self._unstored[robots.capture] = origin, robots
        elif self._kept is not None:
            with storing(self._crawler):
                self._kept.robots.keep(origin, robots)
        return robots

    def _stored(self, captures: Iterable[Capture]) -> None:
        for capture in captures:
            if self._kept is not None and (found := self._unstored.pop(capture.record_id, None)):
                self._kept.robots.keep(*found)

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

    def _unreachable(self, reason: str, capture: str = "") -> KeptRobots:
        """Allow nothing for a while (2.3.1.4)."""
        logger.warning("robots.txt unreachable: %s", reason)
        return KeptRobots(time.monotonic() + self._again, unreachable=reason, capture=capture)


def freshness(response: Response, longest: float, now: datetime) -> float:
    """Return the seconds for which a response may be used (RFC 9111, 4.2), at most `longest` (RFC 9309, 2.4).

    Without Cache-Control and Expires, that is `longest`.
    """
    text = {name.lower(): b", ".join(values).decode("latin-1") for name, values in response.headers.items()}
    cached = dict(re.findall(r"([a-z-]+)(?:\s*=\s*\"?(\d+))?", text.get(b"cache-control", "").lower()))
    age = text.get(b"age", "").strip()
    if "no-store" in cached or "no-cache" in cached:
        return 0.0
    if cached.get("max-age"):
        fresh = float(cached["max-age"][:12])
    elif b"expires" in text:
        expires = from_http(text[b"expires"])
        fresh = (expires - (from_http(text.get(b"date", "")) or now)).total_seconds() if expires else 0.0
    else:
        return longest
    return min(max(0.0, fresh - (float(age[:12]) if age.isascii() and age.isdigit() else 0.0)), longest)


def _whole_lines(body: bytes, limit: int) -> bytes:
    """Cut a long robots.txt at a line's end: half a line would be another rule."""
    return body if len(body) < limit else body[: max(body.rfind(b"\n", 0, limit), body.rfind(b"\r", 0, limit)) + 1]


def product_token(user_agent: str) -> str:
    """Return the name that robots.txt is read for: the first word of the user agent (RFC 9309, 2.2.1)."""
    found = re.match(r"[A-Za-z_-]+", user_agent)
    return found[0] if found else user_agent
