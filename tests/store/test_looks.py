"""The frontier lives through weeks with a publisher: what it notices, how soon, and how many requests that takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from crawler.items import Candidate, Outcome, Reason
from crawler.store.frontier import Frontier
from crawler.store.visits import Visit

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ROBOTS, LAYOUT, MISSING = Reason("robots", "disallowed"), Reason("empty", "no body"), Reason("http-404", "answered 404")


@dataclass
class Page:
    """One article of the publisher: its edits, and the days on which it is away; ages in days."""

    born: datetime
    edits: tuple[float, ...] = ()
    away: tuple[float, float] = (1e9, 1e9)
    listed_for: float = 3.0
    seen: list[tuple[datetime, int | None]] = field(default_factory=list)
    """When it was looked at, and which version was there; None = gone."""

    def version(self, now: datetime) -> int | None:
        age = (now - self.born) / DAY
        return None if self.away[0] <= age < self.away[1] else sum(edit <= age for edit in self.edits)

    def updated(self, now: datetime) -> datetime:
        return self.born + max([0.0, *(edit for edit in self.edits if edit <= (now - self.born) / DAY)]) * DAY

    def noticed(self, version: int | None, since: datetime) -> timedelta:
        """How long after `since` a look found this version for the first time; the longest timedelta = never."""
        return next((at - since for at, found in self.seen if at >= since and found == version), timedelta.max)


class World:
    """Runs of the frontier, one each `step`; tests replace what lists announce, and what goes wrong when."""

    def __init__(self, frontier: Frontier, pages: dict[str, Page]) -> None:
        self.frontier, self.pages = frontier, pages
        self.now, self.step, self.requests = START, HOUR, 0
        self.updates: Callable[[Page, datetime], datetime | None] = lambda page, now: None
        self.refused: Callable[[datetime], bool] = lambda now: False
        self.broken: Callable[[datetime], bool] = lambda now: False
        self.down: Callable[[datetime], bool] = lambda now: False
        self.held: dict[str, int] = {}

    def live(self, days: float) -> None:
        end = self.now + days * DAY
        while self.now < end:
            self.frontier.add(list(self._listed()))
            for visit in self.frontier.due({"s"}, 10_000):
                outcome, reason = self._visited(visit)
                self.frontier.finish(visit, outcome, reason=reason)
            self.now += self.step

    def _listed(self) -> Iterator[Candidate]:
        for url, page in self.pages.items():
            if timedelta(0) <= self.now - page.born < page.listed_for * DAY:
                yield Candidate(url, "s", page.born, via="http://x.test/feed", updated=self.updates(page, self.now))

    def _visited(self, visit: Visit) -> tuple[Outcome, Reason | None]:
        if self.refused(self.now):
            return Outcome.REFUSED, ROBOTS
        self.requests += 1
        if self.down(self.now):
            return Outcome.FAILED, Reason("timeout", "too slow")
        page = self.pages[visit.article]
        if self.broken(self.now):
            return Outcome.NOT_AN_ARTICLE, LAYOUT
        version = page.version(self.now)
        page.seen.append((self.now, version))
        if version is None:
            return Outcome.GONE, MISSING
        before = self.held.get(visit.article)
        self.held[visit.article] = version
        return (Outcome.NEW if before is None else Outcome.CHANGED if before != version else Outcome.NOT_MODIFIED), None


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    lived = World(None, {})  # type: ignore[arg-type]
    with closing(Frontier(tmp_path / "frontier.sqlite", lambda: lived.now, {"s"})) as frontier:
        lived.frontier = frontier
        yield lived


def pages(**keywords: Any) -> dict[str, Page]:
    """31 articles, each published 7 hours after the one before."""
    return {f"http://x.test/{n}": Page(START + n * 7 * HOUR, **keywords) for n in range(31)}


def test_an_unannounced_edit_is_noticed_within_a_day(world: World) -> None:
    world.pages = pages(edits=(2.1, 12.3, 45.6))
    world.live(130)
    delays = {
        edit: [page.noticed(n, page.born + edit * DAY) / DAY for page in world.pages.values()]
        for n, edit in enumerate((2.1, 12.3, 45.6), 1)
    }
    assert median(delays[2.1]) <= 1 and median(delays[12.3]) <= 7 and max(delays[45.6]) <= 31
    assert world.requests / 31 < 60


def test_an_article_that_never_changes_costs_sixteen_requests(world: World) -> None:
    world.pages = pages()
    world.live(365)
    assert world.requests == 31 * 16


def test_an_announced_edit_is_noticed_in_the_next_run(world: World) -> None:
    world.pages = pages(edits=(2.1, 5.01, 9.3), listed_for=20)
    world.updates = Page.updated
    world.live(40)
    for n, edit in enumerate((2.1, 5.01, 9.3), 1):
        assert max(page.noticed(n, page.born + edit * DAY) for page in world.pages.values()) <= HOUR


def test_a_list_that_dates_all_entries_to_its_build_costs_a_few_looks(world: World) -> None:
    world.pages, world.step = pages(listed_for=60), 4 * HOUR
    world.updates = lambda page, now: now
    world.live(60)
    assert world.requests <= 31 * 20


def test_every_return_is_noticed(world: World) -> None:
    world.pages = pages(away=(1, 21))
    world.live(60)
    for page in world.pages.values():
        assert page.noticed(None, page.born) <= 2 * DAY
        assert page.noticed(0, page.born + 21 * DAY) <= 8 * DAY


def test_a_robots_ban_of_ten_days_ends_no_plan(world: World) -> None:
    world.pages = pages(edits=(13.0,))
    world.refused = lambda now: timedelta(days=3) <= now - START < timedelta(days=13)
    world.live(60)
    assert len(world.held) == 31 and set(world.held.values()) == {1}


def test_a_layout_that_gives_nothing_for_two_days_loses_no_article(world: World) -> None:
    world.pages = pages(edits=(10.0,))
    world.broken = lambda now: timedelta(days=3) <= now - START < timedelta(days=5)
    world.live(60)
    assert len(world.held) == 31 and set(world.held.values()) == {1}


def test_an_outage_of_a_month_loses_no_article_that_is_held_or_listed(world: World) -> None:
    world.pages, world.step = pages(edits=(30.0,), listed_for=60), 6 * HOUR
    world.down = lambda now: timedelta(days=3) <= now - START < timedelta(days=33)
    world.live(100)
    assert len(world.held) == 31 and set(world.held.values()) == {1}
