"""Middleware: try a request again after a transient failure; heed Retry-After; leave hosts alone that do not answer.

A failure pauses its host, not the run. A request that still fails after RETRY_TIMES further tries goes to the
spider.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.clock import Clock, from_http, utc_now
from crawler.errors import Refused
from crawler.fetching.failures import RETRYABLE_STATUSES, classify
from crawler.fetching.hosts import host_of, hosts_of

logger = logging.getLogger(__name__)

AGAIN = frozenset({"dns", "refused-connection", "reset", "timeout", "truncated", "no-answer"})
"""Classes of failures that are tried again in this run."""
UNREACHED = frozenset({"dns", "refused-connection", "reset", "timeout", "tls", "no-answer"})
"""Classes of failures that count towards a host's breaker."""
WITH_RETRY_AFTER = frozenset({429, 503})
"""Statuses whose Retry-After is heeded."""


class RetryMiddleware:
    """Count further tries in `meta["retries"]`; with `meta["dont_retry"]`, try only once."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self._crawler = crawler
        self._times = settings.getint("RETRY_TIMES")
        self._cap = settings.getfloat("RETRY_AFTER_MAX")
        self._clock: Clock = settings.get("WARC_CLOCK") or utc_now
        # A signal, because the downloader sends the host's next request before any middleware sees this response.
        crawler.signals.connect(self._answered, signals.response_downloaded)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        hosts = hosts_of(self._crawler)
        if refused := hosts.refusal(request):
            raise refused
        hosts.asked(host_of(request))

    def _answered(self, response: Response, request: Request) -> None:
        hosts, host = hosts_of(self._crawler), host_of(request)
        hosts.answered(host)
        if response.status not in RETRYABLE_STATUSES:
            hosts.recovered(host)
            return
        asked = retry_after(response, self._clock()) if response.status in WITH_RETRY_AFTER else None
        if asked is None:
            hosts.back_off(host)
        else:
            hosts.pause(host, min(asked, self._cap))

    def process_response(self, request: Request, response: Response) -> Request | Response:
        if response.status not in RETRYABLE_STATUSES or hosts_of(self._crawler).refusal(request):
            return response
        return self._again(request, f"answered {response.status}") or response

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        found = classify(exception)
        hosts, host = hosts_of(self._crawler), host_of(request)
        if found.cls in UNREACHED:
            hosts.failed(host)
        elif not isinstance(exception, Refused):
            hosts.answered(host)
        if found.cls not in AGAIN:
            return None
        hosts.back_off(host)
        return self._again(request, found.message)

    def _again(self, request: Request, reason: str) -> Request | None:
        tries = request.meta.get("retries", 0)
        if tries >= self._times or request.meta.get("dont_retry"):
            return None
        logger.info("%s: tried again (%d of %d): %s", request.url, tries + 1, self._times, reason)
        again = request.copy()
        again.meta["retries"] = tries + 1
        again.meta.pop("capture", None)
        again.dont_filter = True
        again.priority -= 1
        return again


def retry_after(response: Response, now: datetime) -> float | None:
    """Return the seconds that Retry-After asks for (RFC 9110, 10.2.3); None when it is absent or unreadable."""
    value = (response.headers.get(b"Retry-After") or b"").decode("latin-1").strip()
    if value.isascii() and value.isdigit():
        return float(value[:12])
    date = from_http(value)
    return max(0.0, (date - now).total_seconds()) if date else None
