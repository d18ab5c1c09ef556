"""The waits between visits, as a table: what a visit found, and the days after which the next one comes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.items import Outcome, Reason
from crawler.store.plan import RETRY, Past, Plan, wait_after, wait_after_vain

DAY = timedelta(days=1)
DEFAULT, FOR_EVER = Plan.of(("6h", "1d", "7d", "30d")), Plan.of(("6h", "1d", "7d", "30d*"))


def looks(plan: Plan, first: float = 0.0, most: int = 40) -> list[float]:
    """Ages in days at which an article that never changes is looked at, the first time at `first`."""
    ages, age, since = [first], first * DAY, None
    while len(ages) < most:
        past = Past(age, since, held=True, looks=len(ages), failures=0)
        wait = wait_after(Outcome.NOT_MODIFIED, None, past, plan)
        if wait is None:
            break
        age, since = age + wait, wait
        ages.append(age / DAY)
    return ages


@pytest.mark.parametrize(
    ("waits", "first", "ages"),
    [
        (("6h", "1d", "7d", "30d"), 0, [0, 0.25, 0.5, 0.75, 1, 2, 3, 4, 5, 6, 7, 14, 21, 28, 35, 65]),
        (("6h", "1d", "7d", "30d"), 400, [400, 430]),
        (("6h", "1d", "7d", "30d"), 2.5, [2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 14.5, 21.5, 28.5, 35.5, 65.5]),
        (("6h", "1d", "7d", "30d"), -0.5, [-0.5, -0.25, 0, 0.25, 0.5, 0.75, 1, 2, 3, 4, 5, 6, 7, 14, 21, 28, 35, 65]),
        (("1d", "7d"), 0, [0, 1, 2, 3, 4, 5, 6, 7, 14]),
        (("12h",), 0, [0, 0.5, 1]),
        ((), 0, [0]),
        (("1w", "2w"), 0, [0, 7, 14, 28]),
    ],
)
def test_an_article_that_never_changes_is_looked_at_less_and_less_often(waits, first, ages) -> None:
    assert looks(Plan.of(waits), first) == ages


def test_a_last_wait_with_a_star_is_repeated_for_ever() -> None:
    assert looks(FOR_EVER)[:16] == looks(DEFAULT)
    assert looks(FOR_EVER)[15:] == [65 + 30 * n for n in range(25)]
    assert looks(Plan.of(("1d*",)), most=5) == [0, 1, 2, 3, 4]


HELD = Past(age=10 * DAY, since_look=7 * DAY, held=True, looks=9, failures=0)
OLD = Past(age=100 * DAY, since_look=40 * DAY, held=True, looks=16, failures=0)
NEVER = Past(age=10 * DAY, since_look=None, held=False, looks=1, failures=0)


def reason(error_class: str) -> Reason:
    return Reason(error_class, error_class)


@pytest.mark.parametrize(
    ("outcome", "why", "past", "days"),
    [
        (Outcome.UNCHANGED, None, OLD, None),
        (Outcome.GONE, reason("http-404"), HELD, 7),
        (Outcome.GONE, reason("http-410"), HELD, 7),
        (Outcome.GONE, reason("http-404"), OLD, None),
        (Outcome.NOT_AN_ARTICLE, reason("empty"), OLD, 30),
        (Outcome.REFUSED, reason("robots"), OLD, 1),
        (Outcome.REFUSED, reason("robots"), NEVER, 1),
        (Outcome.GONE, reason("http-410"), NEVER, None),
        (Outcome.GIVEN_UP, reason("timeout"), NEVER, None),
    ],
)
def test_only_a_look_that_shows_the_article_ends_the_plan_of_a_stored_post(outcome, why, past, days) -> None:
    assert wait_after(outcome, why, past, DEFAULT) == (None if days is None else days * DAY)


@pytest.mark.parametrize("outcome", [Outcome.GONE, Outcome.NOT_AN_ARTICLE])
def test_a_page_that_never_gave_an_article_is_asked_for_five_times(outcome) -> None:
    pasts = (Past(n * DAY, None, held=False, looks=n, failures=0) for n in range(1, 6))
    waits = [wait_after(outcome, reason("http-404"), past, DEFAULT) for past in pasts]
    assert waits == [0.25 * DAY, DAY, 7 * DAY, 30 * DAY, None]


def test_failures_are_tried_again_soon_and_then_with_the_plan_of_a_stored_post() -> None:
    pasts = [Past(10 * DAY, None, held=True, looks=3, failures=n) for n in range(9)]
    waits = [wait_after(Outcome.FAILED, reason("timeout"), past, DEFAULT) for past in pasts]
    assert waits == [RETRY[0], *RETRY, *[7 * DAY] * 3]


def test_announced_looks_that_find_nothing_come_less_and_less_often() -> None:
    assert [wait_after_vain(n) / DAY for n in range(7)] == [0, 0.25, 1, 7, 30, 30, 30]
