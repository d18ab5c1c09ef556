"""Middleware: refuse requests once the run, or their source in it, has used up its requests, bytes or seconds.

This ends traps such as calendars and endless ids (SECURITY.md, D10). `meta["source"]` names the source; requests
without one count for the run only. Nothing waits for those with `meta["optional"]`: they are refused without a report.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler

from archive import many
from crawler.capture import captured
from crawler.fetching.failures import RequestRefused
from crawler.terminal import ACCOUNTED

logger = logging.getLogger(__name__)

budget_spent = object()
"""Signal with `source` (empty for the whole run) and `message`: nothing more is fetched for it in this run."""


@dataclass(frozen=True)
class Budget:
    """Limits of a run or a source; 0 means no limit."""

    urls: int
    bytes: int
    seconds: float


class BudgetMiddleware:
    """Count every request sent and every byte received, robots.txt, redirects and retries included."""

    def __init__(self, crawler: Crawler) -> None:
        get = crawler.settings.getint
        self._run = Budget(get("RUN_URLS"), get("RUN_BYTES"), crawler.settings.getfloat("RUN_SECONDS"))
        self._source = Budget(get("SOURCE_URLS"), get("SOURCE_BYTES"), crawler.settings.getfloat("SOURCE_SECONDS"))
        self._urls: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._begun: dict[str, float] = {}
        self._reported: set[str] = set()
        self._signals = crawler.signals
        crawler.signals.connect(self._received, captured)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        for owner, budget in self._owners(request):
            if reason := self._spent(owner, budget):
                whose = f"source {owner}" if owner else "this run"
                if owner not in self._reported and not request.meta.get("optional"):
                    self._reported.add(owner)
                    message = f"the budget of {whose} is spent: {reason}; the rest waits for the next run"
                    logger.error("%s", message, extra=ACCOUNTED)
                    self._signals.send_catch_log(budget_spent, source=owner, message=message)
                raise RequestRefused(
                    request.url, "budget", f"{whose} has had {reason}; raise the limit or wait for the next run"
                )
        for owner, _ in self._owners(request):
            self._urls[owner] += 1

    def _owners(self, request: Request) -> list[tuple[str, Budget]]:
        source = request.meta.get("source")
        return [("", self._run), *([(str(source), self._source)] if source else [])]

    def _spent(self, owner: str, budget: Budget) -> str:
        begun = self._begun.setdefault(owner, time.monotonic())
        if budget.urls and self._urls[owner] >= budget.urls:
            return f"{many(budget.urls, 'request')}"
        if budget.bytes and self._bytes[owner] >= budget.bytes:
            return f"{many(budget.bytes, 'byte')}"
        if budget.seconds and time.monotonic() - begun >= budget.seconds:
            return f"{many(round(budget.seconds), 'second')}"
        return ""

    def _received(self, request: Request, received: int) -> None:
        for owner, _ in self._owners(request):
            self._bytes[owner] += received
