"""Missing pictures are tried again at the right times of a fake clock, once for all articles that show them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.items import Candidate, Outcome, Reason
from crawler.store.frontier import Frontier
from crawler.store.pictures import Picture
from crawler.store.plan import RETRY

A, B, PNG = "http://x.test/a", "http://x.test/b", "http://x.test/late.png"
MISSING = Reason("http-404", "answered 404")


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def frontier(tmp_path: Path, clock: Clock) -> Iterator[Frontier]:
    with closing(Frontier(tmp_path / "frontier.sqlite", clock, {"s"})) as opened:
        opened.add([Candidate(A, "s"), Candidate(B, "s")])
        yield opened


def test_a_picture_of_two_articles_is_tried_once_after_each_wait_and_given_up_once(frontier, clock) -> None:
    given_up = [frontier.pictures.missed(Picture(PNG, article, "s"), MISSING) for article in (A, B)]
    for wait in RETRY:
        assert frontier.pictures.due({"s"}, 10) == []
        clock.now += wait
        [picture] = frontier.pictures.due({"s"}, 10)
        given_up.append(frontier.pictures.missed(picture, MISSING))
    clock.now += timedelta(days=365)
    assert frontier.pictures.due({"s"}, 10) == [] and given_up == [False] * 6 + [True]
    assert sorted(frontier.pictures.found(PNG)) == [A, B]
    assert frontier.pictures.found(PNG) == []


def test_a_spent_budget_is_no_try_and_410_is_final(frontier, clock) -> None:
    for _ in range(20):
        assert not frontier.pictures.missed(Picture(PNG, A, "s"), Reason("budget", "spent", asked=False))
        clock.now += RETRY[0]
        assert frontier.pictures.due({"s"}, 10) == [Picture(PNG, A, "s")]
    assert frontier.pictures.missed(Picture(PNG, A, "s"), Reason("http-410", "answered 410"))


def test_a_look_at_the_article_makes_its_pictures_due_also_those_that_were_given_up(frontier, clock) -> None:
    frontier.pictures.missed(Picture(PNG, A, "s"), Reason("http-410", "answered 410"))
    visit = frontier.known(A)
    frontier.finish(visit, Outcome.NOT_MODIFIED)
    assert frontier.pictures.due({"s"}, 10) == [], "it was tried just now"
    clock.now += timedelta(hours=6)
    frontier.finish(visit, Outcome.NOT_MODIFIED)
    assert frontier.pictures.due({"s"}, 10) == [Picture(PNG, A, "s")] and frontier.has_due({"s"})
    assert frontier.pictures.due({"s"}, 10, {PNG}) == frontier.pictures.due({"s"}, 10, {A}) == []
    assert frontier.pictures.due({"t"}, 10) == []


def test_pictures_follow_their_article_and_go_with_its_page(frontier, clock) -> None:
    frontier.pictures.missed(Picture(PNG, A, "s"), MISSING)
    frontier.finish(frontier.known(A), Outcome.NEW, canonical_url="http://x.test/full")
    clock.now += timedelta(days=1)
    assert frontier.pictures.due({"s"}, 10) == [Picture(PNG, "http://x.test/full", "s")]
    frontier.pictures.shown("http://x.test/full", [PNG])
    assert frontier.pictures.due({"s"}, 10) != []
    frontier.pictures.shown("http://x.test/full", [])
    assert frontier.pictures.due({"s"}, 10) == []
