"""Hourly runs over simulated sites, each compared with what the server was asked and what it answered.

A run of the product goes in, with a clock of its own; Lived has what all of them saw. `expected` is a second, simple
account of what a run must report, made from the server's log alone.
"""

from __future__ import annotations

import asyncio
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawling import loop
from running import HEAD, Ran, run
from world import AWAY, BROKEN, GONE, HOME, LIST, NOTHING, PICTURE, ROBOTS, Shown, World

from crawler.config import load
from crawler.errors import StorageFailed
from crawler.items import Outcome
from crawler.run.idle import is_idle
from crawler.run.job import RunOptions

UNASKED = {Outcome.REFUSED, Outcome.FAILED, Outcome.GIVEN_UP}
"""Ends of a visit that was not made: robots.txt forbids it, or the host is left alone."""
POSTS = 'images = "local"\n'


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
    """CPU of the thread that ran it; the servers have threads of their own."""
    requests: int
    idle: bool


@dataclass
class Lived:
    """What the runs so far saw, found and reported."""

    held: dict[str, str] = field(default_factory=dict)
    """URL → mark of the edition that was shown last."""
    first_shown: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """URL and mark → when a run was first shown it."""
    unsure: set[str] = field(default_factory=set)
    """URLs that a killed run fetched: whether it stored them shows only later."""
    states: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    """Source → time and state of each of its looks."""
    changed_states: list[tuple[datetime, str, str]] = field(default_factory=list)
    """Time, URL and state of each withdrawn, suspect or returned article."""
    costs: list[tuple[datetime, Cost]] = field(default_factory=list)
    codes: Counter[int] = field(default_factory=Counter)
    stopped: list[datetime] = field(default_factory=list)
    """Times of the runs that the disk ended."""
    faults: list[str] = field(default_factory=list)
    """What differed from what was expected; a test that lives a month tells all of it at once."""

    def expect(self, condition: bool, fault: str) -> None:
        """Note a fault unless the condition holds."""
        if not condition:
            self.faults.append(fault)

    def looks(self, source: str, since: datetime, until: datetime) -> list[str]:
        """States of a source's looks in a time, oldest first."""
        return [state for at, state in self.states.get(source, []) if since <= at < until]


class Living:
    """One data folder through time."""

    def __init__(self, folder: Path, world: World, start: datetime) -> None:
        self.folder, self.world, self.start = folder, world, start
        self.clock, self.lived = SimulatedClock(start), Lived()
        self.posts, self.limits, self.most_bytes = POSTS, "", 0

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def sources(self) -> str:
        """The `[[source]]` tables of all sites."""
        return "\n".join(site.source() for site in self.world.sites)

    def hours(self, first: int, last: int, before: Callable[[int], None] = lambda hour: None) -> None:
        """Let the sites live, and run once an hour. `before` is called before each run."""
        for hour in range(first, last):
            now = self.start + timedelta(hours=hour)
            for site in self.world.sites:
                site.live(hour, now)
            self.clock.now = now + timedelta(minutes=7, seconds=hour / 3)  # so that six hours ago is six hours ago
            before(hour)
            self.run()

    def run(self) -> None:
        """Make one run as a timer starts it, and check its report."""
        with full_disk(self.most_bytes) if self.most_bytes else nullcontext():
            try:
                self._run()
            except StorageFailed as error:
                self.lived.codes[error.exit_code] += 1
                self.lived.stopped.append(self.clock.now)
                self.lost(self.world.shown())

    def _run(self) -> None:
        text = HEAD.format(port=self.world.server.port, posts=self.posts, limits=self.limits, sources=self.sources())
        (self.folder / "warcpress.toml").write_text(text, encoding="utf-8")
        at, options = self.clock.now, RunOptions(due=True)
        began = time.thread_time()
        if is_idle(load(self.folder / "warcpress.toml"), options, self.clock):
            assert self.world.shown() == []
            self.lived.costs.append((at, Cost(time.thread_time() - began, 0, idle=True)))
            return
        began = reactor_time()
        ran = run(
            self.folder,
            self.world.server.port,
            self.sources(),
            posts=self.posts,
            limits=self.limits,
            options=options,
            clock=self.clock,
            WARC_CLOCK=self.clock,
            RETRY_BACKOFF=0.00001,  # real seconds
        )
        cost = Cost(reactor_time() - began, len(shown := self.world.shown()), idle=False)
        self.lived.costs.append((at, cost))
        if ran.report.fatal is not None:
            assert isinstance(ran.report.fatal, StorageFailed), ran.report.fatal
            self.lost(shown)
            self.lived.codes[ran.report.exit_code] += 1
            self.lived.stopped.append(at)
            return
        self.check(at, ran, shown)

    def die(self) -> None:
        """Make one run in a process of its own, which is killed among its visits."""
        script = [sys.executable, str(Path(__file__).with_name("killed_run.py"))]
        arguments = [str(self.folder), str(self.world.server.port), self.clock.now.isoformat()]
        died = subprocess.run([*script, *arguments], input=self.sources().encode(), capture_output=True, check=False)
        assert died.returncode == -signal.SIGKILL, died.stderr.decode()[-3000:]
        self.lost(self.world.shown())

    def lost(self, shown: list[Shown]) -> None:
        """Note what a run was shown that died before it reported: it may be stored or not."""
        self.lived.unsure |= {_url(one) for one in shown if self.is_article(one)}

    # -- the second account

    def check(self, at: datetime, ran: Ran, shown: list[Shown]) -> None:
        """Compare a run's report with the server's log, and remember what it saw."""
        report, lived = ran.report, self.lived
        lived.codes[report.exit_code] += 1
        lived.stopped += [at] if report.exit_code == StorageFailed.exit_code else []
        lived.expect(report.exchanges == len(shown), f"{at}: {report.exchanges} captures, {len(shown)} answers")
        visited = [one for one in shown if self.is_article(one)]
        asked = {_url(one) for one in visited}
        lived.expect(asked <= ran.outcomes.keys(), f"{at}: asked and not ended: {asked - ran.outcomes.keys()}")
        unasked = {url: outcome for url, outcome in ran.outcomes.items() if url not in asked}
        lived.expect(set(unasked.values()) <= UNASKED, f"{at}: ended and never asked: {unasked}")
        for one in visited:
            if _url(one) in ran.outcomes:
                self.judge(at, one, Outcome(ran.outcomes[_url(one)]))
        counts = Counter(Outcome(outcome) for outcome in ran.outcomes.values())
        lived.expect(+report.outcomes == counts, f"{at}: {report.outcomes} reported, {counts} happened")
        for name, judged in report.sources.items():
            lived.states.setdefault(name, []).append((at, judged.health.state.value))
        lived.changed_states += [(at, row.url, row.state) for row in report.changed_states]

    def judge(self, at: datetime, one: Shown, outcome: Outcome) -> None:
        """Compare how one visit ended with what it was shown."""
        url, lived = _url(one), self.lived
        allowed = self.expected(one)
        told = f"{at}: {url} shown {one.means!r} ({one.status}) is {outcome}, not {'|'.join(allowed)}"
        lived.expect(outcome in allowed, told)
        if one.status == 200 and is_edition(one.means):
            lived.held[url] = one.means
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
        known = self.lived.held.get(_url(one))
        if _url(one) in self.lived.unsure:
            return {Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED}
        if known is None:
            return {Outcome.NEW}
        return {Outcome.UNCHANGED if known == one.means else Outcome.CHANGED}

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
            f"requests in each of {len(working)} runs, {_mean(idle):.0f} ms in each of {len(idle)} idle ones, "
            f"{len(list((self.data / 'warc').iterdir()))} WARC files now"
        )


def is_edition(means: str) -> bool:
    """Whether an answer was the page of an article."""
    return means.startswith("This is edition ")


def _mean(costs: list[Cost]) -> float:
    return 1000 * sum(cost.seconds for cost in costs) / max(len(costs), 1)


def _url(one: Shown) -> str:
    return f"http://{one.host}{one.path}"


def reactor_time() -> float:
    """CPU seconds of the reactor's thread, in which runs and their extraction are."""

    async def spent() -> float:
        return time.thread_time()

    return asyncio.run_coroutine_threadsafe(spent(), loop()).result()


@contextmanager
def full_disk(most: int) -> Iterator[None]:
    """Let no file of this process grow beyond `most` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def utc(year: int, month: int, day: int, hour: int = 0) -> datetime:
    """An aware time."""
    return datetime(year, month, day, hour, tzinfo=UTC)
