"""State of each host: when it may be asked again, and how its requests failed. `kept.py` says where it is kept.

A pause holds back one host's requests, never the whole run. `HostQueue` in `scheduling.py` holds those that are still
in the scheduler; `Hosts` holds or ends the few that have reached the downloader.
"""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.utils.asyncio import call_later
from twisted.python.failure import Failure

from crawler.capture import storing
from crawler.fetching.failures import RequestRefused
from crawler.fetching.kept import kept_of
from crawler.store.hosts import KeptHost


@dataclass
class Host:
    """State of one host during the run."""

    until: float = 0.0
    """Monotonic seconds before which nothing is sent."""
    backoffs: int = 0
    """Transient failures in a row; each doubles the next pause."""
    broken: int = 0
    """Failed connections in a row."""
    trial: bool = False
    """Whether the breaker is half open: one request is in flight to try the host."""
    open_until: float = 0.0
    """Monotonic seconds until which the breaker is open; 0 when it is closed."""


class Hosts:
    """All hosts of a run: pauses, back-off, and a breaker for hosts that do not answer."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self._crawler = crawler
        self._hosts: dict[str, Host] = {}
        self.crawl_delays: dict[str, float] = {}
        """Seconds that the robots.txt of a host asks for between two requests, by host."""
        self._base = settings.getfloat("RETRY_BACKOFF")
        self._limit = settings.getint("BREAKER_FAILURES")
        self._rest = settings.getfloat("BREAKER_SECONDS")
        self._wait = settings.getfloat("RETRY_AFTER_WAIT")
        self._kept = kept_of(crawler)
        if self._kept is not None:
            afresh = self._kept.afresh
            self._hosts.update((host, self._loaded(kept, afresh=afresh)) for host, kept in self._kept.hosts.all())

    def _loaded(self, kept: KeptHost, *, afresh: bool) -> Host:
        """Return the state that an earlier run left; a breaker whose time is over lets one request through."""
        now = time.monotonic()
        if afresh:
            return Host(until=now + kept.pause)
        return Host(
            until=now + kept.pause,
            backoffs=kept.backoffs,
            broken=kept.broken,
            open_until=now + kept.rest if kept.broken >= self._limit else 0.0,
        )

    def _keep(self, host: str) -> None:
        """Keep the state of a host for the next run; a store that can't be written stops this one."""
        if self._kept is None:
            return
        state, rest = self[host], self[host].open_until - time.monotonic()
        with storing(self._crawler):
            self._kept.hosts.keep(host, KeptHost(self.paused(host), max(0.0, rest), state.backoffs, state.broken))

    def __getitem__(self, host: str) -> Host:
        return self._hosts.setdefault(host, Host())

    def paused(self, host: str) -> float:
        """Return the seconds until the host may be asked again; 0 for now."""
        state = self._hosts.get(host)
        return max(0.0, state.until - time.monotonic()) if state else 0.0

    def _resting(self, host: str) -> float:
        """Return the seconds until the breaker lets a request through; 0 when it does now."""
        state = self._hosts.get(host)
        if state is None or not state.open_until:
            return 0.0
        return max(state.open_until - time.monotonic(), 1.0 if state.trial else 0.0)

    def asked(self, host: str) -> None:
        """Note that a request is sent; with an open breaker, it is the trial."""
        state = self._hosts.get(host)
        if state is not None and state.open_until:
            state.trial = True

    def held(self, host: str) -> bool:
        """Whether the host's requests wait for the trial, or for a pause that ends within this run."""
        state = self._hosts.get(host)
        return state is not None and (state.trial or 0 < self.paused(host) <= self._wait)

    def refusal(self, request: Request) -> RequestRefused | None:
        """Return the refusal of a request whose host has a long pause or an open breaker; None when it may be sent."""
        host = host_of(request)
        if (seconds := self.paused(host)) > self._wait:
            return RequestRefused(request.url, "paused", f"{host} asked to be left alone for {seconds:.0f} s more")
        if seconds := self._resting(host):
            return RequestRefused(request.url, "breaker", f"{host} did not answer; left alone for {seconds:.0f} s more")
        return None

    def pause(self, host: str, seconds: float) -> None:
        """Send nothing to the host for that many seconds."""
        state = self[host]
        state.until = max(state.until, time.monotonic() + seconds)
        self._keep(host)
        slot = self._crawler.engine.downloader.slots.get(host)
        if seconds > self._wait:
            self._refuse_queued(host)
        elif slot is not None:
            # The slot waits until lastseen + delay, but only if it has a delay at all.
            slot.delay = max(slot.delay, 0.001)
            slot.lastseen = max(slot.lastseen, state.until - slot.delay)
            call_later(seconds, self._wake)

    def _refuse_queued(self, host: str) -> None:
        """Refuse the few requests that have left the scheduler and are not sent yet."""
        slot = self._crawler.engine.downloader.slots.get(host)
        while slot is not None and slot.queue:
            request, waiting = slot.queue.popleft()
            refused = self.refusal(request)
            waiting.errback(Failure(refused or RequestRefused(request.url, "breaker", f"{host} did not answer")))

    def back_off(self, host: str) -> float:
        """Pause the host after a transient failure, for 2, 4, 8 … seconds, at most a minute; return the seconds."""
        state = self[host]
        state.backoffs += 1
        seconds = min(60.0, self._base * 2.0 ** min(state.backoffs - 1, 10))
        self.pause(host, seconds)
        return seconds

    def failed(self, host: str) -> None:
        """Note a failed connection; BREAKER_FAILURES in a row open the breaker."""
        state = self[host]
        state.broken += 1
        if state.broken >= self._limit:
            state.open_until, state.trial = time.monotonic() + self._rest, False
            self._refuse_queued(host)
        self._keep(host)

    def answered(self, host: str) -> None:
        """Note that the host answered, with any status: the breaker closes."""
        state = self[host]
        failed, state.broken = state.broken, 0
        state.open_until, state.trial = 0.0, False
        if failed:
            self._keep(host)

    def end_trial(self, host: str) -> None:
        """Note that a request ended without showing whether the host answers: the next one may be the trial."""
        self[host].trial = False

    def recovered(self, host: str) -> None:
        """Note a response that is not a transient failure: the next back-off starts at its shortest."""
        state = self._hosts.get(host)
        if state is not None and state.backoffs:
            state.backoffs = 0
            self._keep(host)

    def pace(self, host: str, delay: float | None, concurrency: int | None) -> None:
        """Set the host's delay (seconds) and concurrency; the longest delay and the lowest concurrency win."""
        downloader = self._crawler.engine.downloader
        own = downloader.per_slot_settings.setdefault(host, {})
        if delay is not None and delay > own.get("delay", -1.0):
            own["delay"] = delay
        if concurrency is not None and concurrency < own.get("concurrency", 1 << 30):
            own["concurrency"] = concurrency
        slot = downloader.slots.get(host)
        if slot is not None:
            slot.delay = max(own.get("delay", slot.delay), 0.001 if self.paused(host) else 0.0)
            slot.concurrency = own.get("concurrency", slot.concurrency)

    def crawl_delay(self, host: str, seconds: float) -> None:
        """Note the Crawl-delay of a host's robots.txt; of those for http and https the longer one wins."""
        self.crawl_delays[host] = max(seconds, self.crawl_delays.get(host, 0.0))
        self.pace(host, seconds, None)

    def _wake(self) -> None:
        """Have the engine look at the scheduler again; its own heartbeat comes only every 5 s."""
        running = self._crawler.engine._slot
        if running is not None:
            running.nextcall.schedule()


_HOSTS = "warcpress_hosts"
"""Attribute of a crawler with its Hosts, so that they are freed together."""


def hosts_of(crawler: Crawler) -> Hosts:
    """Return the hosts of this run, which all middlewares share."""
    found: Hosts | None = getattr(crawler, _HOSTS, None)
    if found is None:
        found = Hosts(crawler)
        setattr(crawler, _HOSTS, found)
    return found


def host_of(request: Request) -> str:
    """Return the key of the request's host: its name in lower case, whatever the scheme and port."""
    return (urlsplit(request.url).hostname or "").lower()
