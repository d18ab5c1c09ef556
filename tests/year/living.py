"""Hourly runs over simulated sites, each compared with what the server was asked and what it answered.

A run of the product goes in, with a clock of its own; Lived has what all of them saw. `expected` is a second, simple
account of what a run must report, made from the server's log alone.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from crawling import loop
from running import Ran, run_file
from world import AWAY, BROKEN, GONE, HOME, LIST, NOTHING, PICTURE, ROBOTS, Shown, World

from crawler.config import load
from crawler.errors import ConfigError, StorageFailed
from crawler.items import Outcome
from crawler.run.idle import is_idle
from crawler.run.job import RunOptions

UNASKED = {Outcome.REFUSED, Outcome.FAILED, Outcome.GIVEN_UP}
"""Ends of a visit that was not made: robots.txt forbids it, or the host is left alone."""
HEAD = """[crawl]
user_agent = "warcpress (+https://reader.test/bot)"
allow_private = ["127.0.0.0/8"]
delay = 0
concurrency = 4
resolve = {{ "*:80" = "127.0.0.1:{port}", "*:443" = "127.0.0.1:{tls_port}" }}
ca_file = "{ca_file}"
[posts]
images = "local"
[limits]
retries = 0
{sources}
"""


@dataclass
class SimulatedClock:
    """A clock that a test sets; each call takes a millisecond."""

    now: datetime

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@dataclass
class Cost:
    """What one run cost."""

    seconds: float
    """CPU of the thread that ran it, and answered its requests."""
    requests: int
    idle: bool


@dataclass
class Lived:
    """What the runs so far saw, found and reported."""

    shown: dict[str, list[str]] = field(default_factory=dict)
    """URL → marks of the editions that runs were shown, oldest first."""
    first_shown: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """URL and mark → when a run was first shown it."""
    perhaps: set[tuple[str, str]] = field(default_factory=set)
    """URL and mark of what a run fetched that died: whether it is stored shows only later."""
    unsure: set[str] = field(default_factory=set)
    """Their URLs, until a run has visited them again."""
    read: dict[str, list[datetime]] = field(default_factory=dict)
    """Host → times of the runs that got its feed, whole or as a 304."""
    states: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    """Source → time and state of each of its looks."""
    changed_states: list[tuple[datetime, str, str]] = field(default_factory=list)
    """Time, URL and state of each withdrawn, suspect or returned article."""
    given_up: set[str] = field(default_factory=set)
    """URLs of the pictures that were given up."""
    costs: list[tuple[datetime, Cost]] = field(default_factory=list)
    codes: list[tuple[datetime, int]] = field(default_factory=list)
    """Time and exit code of each run that was not idle, nor killed."""
    deaths: int = 0
    """Runs that were killed."""
    faults: list[str] = field(default_factory=list)
    """What differed from what was expected; a test that lives a month tells all of it at once."""

    def expect(self, condition: bool, fault: str) -> None:
        """Note a fault unless the condition holds."""
        if not condition:
            self.faults.append(fault)

    def looks(self, source: str, since: datetime, until: datetime) -> list[str]:
        """States of a source's looks in a time, oldest first."""
        return [state for at, state in self.states.get(source, []) if since <= at < until]

    def stopped(self, since: datetime, until: datetime) -> list[datetime]:
        """Times of the runs that the disk ended."""
        return [at for at, code in self.codes if code == StorageFailed.exit_code and since <= at <= until]


class Living:
    """One data folder through time."""

    def __init__(self, folder: Path, world: World, start: datetime) -> None:
        self.folder, self.world, self.start = folder, world, start
        self.clock, self.lived = SimulatedClock(start), Lived()
        self.path = folder / "warcpress.toml"
        self.disk: Callable[[], AbstractContextManager[None]] = nullcontext
        """State of the disk during a run."""
        self.pictures: set[str] = set()
        """URLs of the pictures that the last run got."""

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def configure(self) -> None:
        """Write warcpress.toml as somebody would have it now."""
        world = self.world
        text = HEAD.format(
            port=world.port,
            tls_port=world.tls_port,
            ca_file=world.ca_file,
            sources="\n".join(site.source() for site in world.sites.values()),
        )
        self.path.write_text(text, encoding="utf-8")

    def hours(self, first: int, last: int, before: Callable[[int], None] = lambda hour: None) -> None:
        """Let the sites live, and run once an hour. `before` is called before each run."""
        for hour in range(first, last):
            now = self.start + timedelta(hours=hour)
            for site in self.world.sites.values():
                site.live(hour, now)
            self.clock.now = now + timedelta(minutes=7, seconds=hour / 3)  # so that six hours ago is six hours ago
            before(hour)
            self.configure()
            self.run()

    def run(self) -> None:
        """Make one run as a timer starts it, and check its report."""
        at = self.clock.now
        with self.disk():
            try:
                self._run(at)
            except StorageFailed as error:
                self.ended_early(at, error)

    def _run(self, at: datetime) -> None:
        options = RunOptions(due=True)
        began = time.thread_time()
        if is_idle(load(self.path), options, self.clock):
            assert self.world.shown() == []
            self.lived.costs.append((at, Cost(time.thread_time() - began, 0, idle=True)))
            return
        began = reactor_time()
        seconds = 0.00001  # real ones, before a second try
        ran = run_file(self.path, options, self.clock, WARC_CLOCK=self.clock, RETRY_BACKOFF=seconds)
        if ran.report.fatal is not None:
            self.ended_early(at, ran.report.fatal)
            return
        shown = self.world.shown()
        self.lived.costs.append((at, Cost(reactor_time() - began, len(shown), idle=False)))
        self.check(at, ran, shown)

    def die(self) -> None:
        """Make one run in a process of its own, which is killed among its visits."""
        self.configure()
        script = [sys.executable, str(Path(__file__).with_name("killed_run.py"))]
        command = [*script, str(self.path), self.clock.now.isoformat()]
        died = subprocess.run(command, capture_output=True, check=False)
        assert died.returncode == -signal.SIGKILL, died.stderr.decode()[-3000:]
        self.lived.deaths += 1
        self.lost()

    def refuse(self) -> None:
        """Start a run with a warcpress.toml that somebody has spoiled."""
        self.configure()
        with self.path.open("a", encoding="utf-8") as file:
            file.write('[[source]]\nname = "spoiled"\nfeed = "http://spoiled.test/"\n')
        with pytest.raises(ConfigError, match=r"warcpress\.toml:\d+: .*unknown key 'feed'"):
            load(self.path)

    def ended_early(self, at: datetime, error: BaseException) -> None:
        """Note a run that the full disk ended."""
        assert isinstance(error, StorageFailed), error
        self.lived.codes.append((at, error.exit_code))
        self.lost()

    def lost(self) -> None:
        """Note what a run was shown that ended before it could report."""
        for one in filter(self.is_article, self.world.shown()):
            self.lived.unsure.add(one.url)
            self.lived.perhaps.add((one.url, one.means))

    # -- the second account

    def check(self, at: datetime, ran: Ran, shown: list[Shown]) -> None:
        """Compare a run's report with the server's log, and remember what it saw."""
        report, lived = ran.report, self.lived
        lived.codes.append((at, report.exit_code))
        lived.expect(report.exchanges == len(shown), f"{at}: {report.exchanges} captures, {len(shown)} answers")
        for host in {one.host for one in shown if one.means == LIST and one.status in (200, 304)}:
            lived.read.setdefault(host, []).append(at)
        visits: dict[str, list[Shown]] = {}
        for one in filter(self.is_article, shown):
            visits.setdefault(one.url, []).append(one)
        ends: dict[str, list[Outcome]] = {}
        for url, outcome in ran.ended:
            ends.setdefault(url, []).append(Outcome(outcome))
        self.pictures = {one.url for one in shown if one.means == PICTURE and one.status == 200}
        for url in visits.keys() | ends.keys():
            self.judge(at, url, visits.get(url, []), ends.get(url, []))
        counts = Counter(Outcome(outcome) for _, outcome in ran.ended)
        lived.expect(+report.outcomes == counts, f"{at}: {report.outcomes} reported, {counts} happened")
        for name, judged in report.sources.items():
            if judged.look.asked:
                lived.states.setdefault(name, []).append((at, judged.health.state.value))
        lived.given_up |= {row.url for row in report.missing_images if "given up" in row.message}
        lived.changed_states += [(at, row.url, row.state) for row in report.changed_states]

    def judge(self, at: datetime, url: str, shown: list[Shown], ends: list[Outcome]) -> None:
        """Compare how the visits of one article ended with what they were shown."""
        lived = self.lived
        if not shown:
            lived.expect(set(ends) <= UNASKED, f"{at}: {url} has ended as {ends} and was never asked for")
            return
        lived.expect(len(ends) == len(shown), f"{at}: {url} was asked for {len(shown)} times and has ended as {ends}")
        for one, outcome in zip(shown, ends, strict=False):
            allowed = self.expected(one)
            told = f"{at}: {url} shown {one.means!r} ({one.status}) is {outcome}, not {'|'.join(allowed)}"
            lived.expect(outcome in allowed, told)
            if one.status == 200 and is_edition(one.means):
                marks = lived.shown.setdefault(url, [])
                marks += [] if marks[-1:] == [one.means] else [one.means]
                lived.first_shown.setdefault((url, one.means), at)
                lived.unsure.discard(url)

    def expected(self, one: Shown) -> set[Outcome]:
        """The outcomes that fit an answer."""
        if one.status == 304:
            return {Outcome.NOT_MODIFIED}
        if one.means == GONE:
            return {Outcome.GONE}
        if one.means == NOTHING:
            return {Outcome.NOT_AN_ARTICLE}
        if one.means == AWAY:  # to a page that the source's `allow` refuses
            return {Outcome.REFUSED}
        if one.means == BROKEN:
            return {Outcome.FAILED, Outcome.GIVEN_UP}
        if one.url in self.lived.unsure:
            return {Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED}
        known = self.lived.shown.get(one.url)
        if known is None:
            return {Outcome.NEW}
        came = f"{one.url.rpartition('/')[0]}/i/{one.url.rpartition('/')[2]}.png" in self.pictures
        return {Outcome.UNCHANGED if known[-1] == one.means and not came else Outcome.CHANGED}

    def is_article(self, one: Shown) -> bool:
        """Whether an article was asked for, and not a list, a picture or what a redirect led to."""
        return one.means not in (LIST, ROBOTS, PICTURE, HOME, "")

    def cost(self, day: int) -> str:
        """What the runs of a day and the nine before it cost, on average."""
        first, last = self.start + timedelta(days=day - 10), self.start + timedelta(days=day)
        costs = [cost for at, cost in self.lived.costs if first <= at < last]
        working, idle = [cost for cost in costs if not cost.idle], [cost for cost in costs if cost.idle]
        return (
            f"day {day}: {_mean(working):.0f} ms CPU and {sum(c.requests for c in costs) / max(len(working), 1):.1f} "
            f"requests in each of {len(working)} runs, {_mean(idle):.1f} ms in each of {len(idle)} idle ones"
        )


def is_edition(means: str) -> bool:
    """Whether an answer was the page of an article."""
    return means.startswith("This is edition ")


def _mean(costs: list[Cost]) -> float:
    return 1000 * sum(cost.seconds for cost in costs) / max(len(costs), 1)


def reactor_time() -> float:
    """CPU seconds of the reactor's thread, in which runs and their extraction are."""

    async def spent() -> float:
        return time.thread_time()

    return asyncio.run_coroutine_threadsafe(spent(), loop()).result()


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file of this process grow beyond 64 KB."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def nearly_full_disk() -> Iterator[None]:
    """Let the system say that no block is free, while every write still succeeds."""
    with patch.object(os, "statvfs", lambda _path: os.statvfs_result((4096, 4096, 10**6, 0, 0, 0, 0, 0, 0, 255))):
        yield


def utc(year: int, month: int, day: int, hour: int = 0) -> datetime:
    """An aware time."""
    return datetime(year, month, day, hour, tzinfo=UTC)
