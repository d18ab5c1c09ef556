"""The state of a source follows from its looks: what is broken is named, what only looks odd is healthy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.items import Section, Source
from crawler.run.health import SILENT_DAYS
from crawler.run.judgement import judge
from crawler.run.sources import Judged, judged_by
from crawler.store.database import Database
from crawler.store.frontier_tables import SCHEMA
from crawler.store.looks import Listed, Look, Looks, Past, Unread

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
FEED, OTHER, PAGE = "https://h.test/feed", "https://h.test/world.xml", "https://h.test/news/"
HERALD = Source("herald", feeds=(FEED, OTHER), sections=(Section(PAGE, "h2 a"),))
HOUR = timedelta(hours=1)


def look(at: datetime, new: int = 0, **facts: Any) -> Look:
    """A look that read both feeds and found `new` posts that lack nothing."""
    made = Look(
        "herald", at.timestamp(), read={FEED: Listed(30), OTHER: Listed(12)}, outcomes={"new": new} if new else {}
    )
    made.lengths = [3000 + 100 * number for number in range(new)]
    for name, value in facts.items():
        setattr(made, name, value)
    return made


class History:
    """A source with its stored looks, each judged as at the end of a run."""

    def __init__(self, folder: Path, source: Source = HERALD) -> None:
        self.source = source
        self._looks = Looks(Database(folder / "frontier.sqlite", SCHEMA, "", durable=False))

    def judge(self, made: Look) -> Judged:
        past, days = self._looks.past("herald"), self._looks.days("herald", SILENT_DAYS)
        return judged_by(self.source, made, past, days, datetime.fromtimestamp(made.at, UTC))

    def add(self, made: Look) -> str:
        state = self.judge(made).health.state
        self._looks.add(made, state)
        return state.value


@pytest.fixture
def new(tmp_path: Path) -> History:
    """A source that no run has looked at."""
    return History(tmp_path)


@pytest.fixture
def usual(tmp_path: Path) -> History:
    """A source that was looked at each hour for more than a day, with two new posts at each look."""
    history = History(tmp_path)
    for hour in range(30):
        assert history.add(look(START + hour * HOUR, new=2)) == "healthy"
    return history


LATER = START + 30 * HOUR


def seen(new: int = 0, **facts: Any) -> Callable[[datetime], Look]:
    return lambda at: look(at, new, **facts)


EMPTY = Unread(f"{FEED}: a feed without any entry", fetched=True)
DOWN = Unread(f"{FEED}: answered 503", fetched=False)
WITHOUT_FEED: dict[str, Any] = {"read": {OTHER: Listed(12)}}


@pytest.mark.parametrize(
    ("looks", "states"),
    [
        # its lists
        ([seen(2, **WITHOUT_FEED, unread={FEED: EMPTY})] * 3, ["healthy", "failing", "failing"]),
        ([seen(2, **WITHOUT_FEED, unread={FEED: DOWN})] * 2, ["healthy", "failing"]),
        ([seen(2, **WITHOUT_FEED, unread={FEED: DOWN}), seen(2), seen(2)], ["healthy"] * 3),
        ([seen(2, unread={PAGE: Unread(f"{PAGE}: no link matches 'h2 a'", True)})] * 2, ["healthy", "misconfigured"]),
        ([seen(1, read={FEED: Listed(2), OTHER: Listed(12)})] * 2, ["healthy", "suspect"]),
        ([seen(1, read={FEED: Listed(0, 30, "https://h.test/live/1")})] * 2, ["healthy", "suspect"]),
        ([seen(1, read={FEED: Listed(15), OTHER: Listed(6)})] * 3, ["healthy"] * 3),
        ([seen(1, read={FEED: Listed(2), OTHER: Listed(12)}), seen(2)], ["healthy"] * 2),
        ([seen(moved={FEED: "https://new.test/feed"})], ["moved"]),
        ([seen(faults=1)] * 3, ["healthy"] * 3),
        ([seen(read={}, confirmed=3)] * 24, ["healthy"] * 24),  # all lists answer 304
        # its pages
        ([seen(not_articles={"empty": 2})] * 2, ["healthy", "suspect"]),
        ([seen(1, not_articles={"listing": 1})] * 4, ["healthy"] * 4),
        ([seen(2, undated=2)] * 2, ["healthy", "suspect"]),
        ([seen(2, unsigned=2)] * 2, ["healthy", "suspect"]),
        ([seen(2, unpictured=2)] * 2, ["healthy", "suspect"]),
        ([seen(2, unpictured=1)] * 4, ["healthy"] * 4),
        ([seen(2, lengths=[300, 200])] * 2, ["healthy", "suspect"]),
        ([seen(2, lengths=[300, 2900])] * 2, ["healthy"] * 2),
        ([seen(unfetched={"robots": 2})] * 3, ["healthy", "failing", "failing"]),
        ([seen(unfetched={"http-404": 1})] * 2, ["healthy"] * 2),
        # nothing new
        ([seen()] * 48, ["healthy"] * 48),  # two days: too little is known of its pauses
        ([seen(read={})], ["healthy"]),  # a run that was stopped before it read a list
    ],
)
def test_a_source_that_was_well(usual: History, looks: list[Callable[[datetime], Look]], states: list[str]) -> None:
    assert [usual.add(made(LATER + hour * HOUR)) for hour, made in enumerate(looks)] == states


@pytest.mark.parametrize(
    ("source", "looks", "states"),
    [
        (Source("herald"), [seen(read={})], ["misconfigured"]),
        (Source("herald", urls=(FEED,)), [seen(1, read={})] * 2, ["healthy"] * 2),
        (HERALD, [seen(30), seen(2), seen(0)], ["healthy"] * 3),
        (HERALD, [seen(read={}, unread={FEED: EMPTY})] * 2, ["healthy", "misconfigured"]),
        (HERALD, [seen(read={}, unread={FEED: DOWN})] * 2, ["healthy", "failing"]),
        (HERALD, [seen(read={FEED: Listed(0, 40, "https://h.test/x")})] * 2, ["healthy", "misconfigured"]),
        (
            HERALD,
            [seen(read={FEED: Listed(0, 40, "https://h.test/x")}), seen(read={}, confirmed=1)],
            ["healthy", "misconfigured"],
        ),
        (
            HERALD,
            [seen(read={FEED: Listed(0)}, further=Listed(0, 9, "https://h.test/x"))] * 2,
            ["healthy", "misconfigured"],
        ),
        (HERALD, [seen(1, read={FEED: Listed(1, 40, "https://h.test/x")})] * 2, ["healthy"] * 2),
        (HERALD, [seen(not_articles={"needs-javascript": 1})], ["misconfigured"]),
        (HERALD, [seen(not_articles={"empty": 3})], ["misconfigured"]),
        (HERALD, [seen(not_articles={"empty": 1}), seen(3)], ["healthy"] * 2),
        (HERALD, [seen(2, undated=2)] * 3, ["healthy"] * 3),
        (HERALD, [seen(3, unmatched={"author": 3})] * 2, ["misconfigured"] * 2),
        (HERALD, [seen(3, unmatched={"author": 2})] * 2, ["healthy"] * 2),
    ],
)
def test_a_new_source(new: History, source: Source, looks: list[Callable[[datetime], Look]], states: list[str]) -> None:
    new.source = source
    assert [new.add(made(START + hour * HOUR)) for hour, made in enumerate(looks)] == states


def weekdays(at: datetime) -> bool:
    return at.weekday() < 5 and 7 <= at.hour < 19


@pytest.mark.parametrize(
    ("publishes", "step", "weeks", "silent"),
    [
        (weekdays, 1, 5, 5.1),  # Friday evening to Monday morning is its usual pause; a long weekend is none
        (lambda at: True, 1, 3, 0.1),  # each hour, day and night: after three hours
        (lambda at: at.hour == 9, 3, 3, 3.0),
        (lambda at: at.weekday() == 4 and at.hour == 12, 12, 8, 21.0),
        (lambda at: at.day == 1 and at.hour == 12, 12, 28, None),  # one article a month: not within these 30 days
        (lambda at: at.hour == 9, 3, 1, 14.0),  # a week does not show its pauses
        (lambda at: at < START + 9 * HOUR, 3, 1, None),  # three looks say nothing
    ],
)
def test_a_source_is_silent_after_three_times_its_interval_and_twice_its_pauses(
    new: History, publishes: Callable[[datetime], bool], step: int, weeks: int, silent: float | None
) -> None:
    last = at = START
    end = START + timedelta(weeks=weeks)
    while at < end:
        assert new.add(look(at, int(publishes(at)))) == "healthy", at
        last = at if publishes(at) else last
        at += step * HOUR
    while at < end + timedelta(days=30) and new.add(look(at)) == "healthy":
        at += step * HOUR
    assert (None if at >= end + timedelta(days=30) else round((at - last) / timedelta(days=1), 1)) == silent


def dated(*ages: float, now: datetime = START) -> Listed:
    """A feed whose articles are so many days old."""
    return Listed(len(ages), dates=tuple(sorted((now - timedelta(days=age)).timestamp() for age in ages)))


@pytest.mark.parametrize(
    ("feeds", "state"),
    [
        ([dated(*range(52, 72))], "silent"),  # frozen when the source was added
        ([dated(*range(0, 80, 8))], "healthy"),  # an article each week or so
        ([dated(*range(40, 340, 30))], "healthy"),  # one article a month
        ([dated(*range(52, 57))], "healthy"),  # too few
        ([dated(*range(52, 72)), dated(*range(0, 80, 8))], "healthy"),  # another feed goes on
        ([dated(*range(52, 72)), Listed(20)], "healthy"),  # another feed has no dates
    ],
)
def test_a_feed_that_was_frozen_from_the_start_is_silent_after_two_weeks(
    new: History, feeds: list[Listed], state: str
) -> None:
    urls = (FEED, OTHER)[: len(feeds)]
    new.source = Source("herald", feeds=urls)
    assert new.add(look(START, 20, read=dict(zip(urls, feeds, strict=True)))) == "healthy"
    for day in (1, 7, 13):
        assert new.add(look(START + timedelta(days=day), read={}, confirmed=len(urls))) == "healthy"
    assert new.add(look(START + timedelta(days=14), read={}, confirmed=len(urls))) == state


def test_one_outage_makes_no_long_pause_usual_and_a_source_that_writes_again_is_well(new: History) -> None:
    state, at = "", START
    for hour in range(0, 24 * 60, 3):
        at = START + hour * HOUR
        state = new.add(look(at, int(at.hour == 9 and not 20 <= hour / 24 < 32)))
    assert state == "healthy"
    assert [new.add(look(at + timedelta(days=n))) for n in range(2, 5)] == ["healthy", "silent", "silent"]
    assert new.add(look(at + timedelta(days=6), 1)) == "healthy"


def test_a_suspect_source_stays_so_until_its_manner_has_lasted_a_month(usual: History) -> None:
    states = [usual.add(look(LATER + hour * HOUR, 2, undated=2)) for hour in range(0, 24 * 32, 2)]
    assert states[0] == "healthy" and set(states[1 : 12 * 27]) == {"suspect"} and states[-1] == "healthy"


def test_after_a_change_of_the_file_nothing_is_usual(usual: History) -> None:
    fewer = {"read": {FEED: Listed(2, 28, "https://h.test/x")}, "settings": "other"}
    assert [usual.add(look(LATER + hour * HOUR, 1, **fewer)) for hour in range(4)] == ["healthy"] * 4


@pytest.mark.parametrize(
    ("old", "advice"),
    [
        (FEED, '[[source]] herald: write feeds = ["https://new.test/x", "https://h.test/world.xml"]'),
        (PAGE, '[[source]] herald: write url = "https://new.test/x" in place of "https://h.test/news/"'),
    ],
)
def test_a_move_is_proposed_as_a_line_of_the_file(old: str, advice: str) -> None:
    made = look(START, moved={old: "https://new.test/x"})
    health = judge(HERALD, [Past(made, "")], (), START)
    assert (health.state, health.advice) == ("moved", advice)
    assert health.reason == f"{old} has moved for good to https://new.test/x"


def test_a_state_is_news_at_first_and_then_once_a_day_and_so_is_its_end(usual: History) -> None:
    news = []
    for hour in range(50):
        made = look(LATER + hour * HOUR, moved={FEED: "https://new.test/x"})
        judged = usual.judge(made)
        news += [hour] if judged.news else []
        usual.add(made)
    assert news == [0, 24, 48] and judged.since == LATER
    assert usual.judge(look(LATER + 50 * HOUR)).news


def test_a_source_that_is_well_again_tells_since_when_it_was_not(usual: History) -> None:
    down = seen(**WITHOUT_FEED, unread={FEED: DOWN})
    assert [usual.add(down(LATER + n * HOUR)) for n in range(3)] == ["healthy", "failing", "failing"]
    back = look(LATER + 3 * HOUR, new=2)
    assert usual.judge(back).unwell == LATER + HOUR
    usual.add(back)
    assert usual.judge(look(LATER + 4 * HOUR)).unwell is None
