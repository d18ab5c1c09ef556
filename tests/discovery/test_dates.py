"""Dates of feeds, sitemaps and listings are the same instant on every machine."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from crawler.discovery.dates import instant

SEED = datetime(2022, 3, 18, 9, 54, 35, tzinfo=UTC)
MINUTE = SEED.replace(second=0)
SHANGHAI_MIDNIGHT = datetime(2022, 3, 17, 16, tzinfo=UTC)


@pytest.fixture(params=["UTC", "America/Chicago", "Asia/Shanghai", "Australia/Lord_Howe"], autouse=True)
def machine_zone(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Fri, 18 Mar 2022 09:54:35 GMT", SEED),
        ("Fri, 18 Mar 2022 17:54:35 +0800", SEED),
        ("18 Mar 2022 04:54:35 EST", SEED),
        ("Fri, 18 Mar 2022 18:54:35 JST", SEED),
        ("Fri, 18 Mar 2022 17:54:35 CST", SEED),  # China's, for a source in Shanghai
        ("2022-03-18 17:54:35 CST", SEED),
        ("Fri, 18 Mar 2022 17:54:35", SEED),  # the source's zone where none is named
        ("2022-03-18 17:54:35", SEED),
        ("2022-03-18T17:54:35+08:00", SEED),
        ("2022-03-18T17:54:35+0800", SEED),
        ("2022-03-18T17:54:35+08", SEED),
        ("2022-03-18T09:54:35Z", SEED),
        ("2022-03-18T09:54:35.123456789Z", SEED),
        ("2022-03-18T09:54:35 Z", SEED),
        ("2022-03-18T17:54+08:00", MINUTE),
        ("2022/03/18 17:54", MINUTE),
        ("2022.3.18 17:54", MINUTE),
        ("2022年3月18日 17:54", MINUTE),
        ("2022年3月18日17时54分35秒", SEED),
        ("20220318T175435", SEED),
        ("20220318175435", SEED),
        ("2022-03-18", SHANGHAI_MIDNIGHT),
        ("2022年03月18日", SHANGHAI_MIDNIGHT),
        ("March 18, 2022 5:54 PM", MINUTE),
        ("18. March 2022 17:54", MINUTE),
        ("  1647597275 ", SEED),
        (1647597275, SEED),
        (1647597275000, SEED),
    ],
)
def test_one_instant_whatever_the_machines_zone(value: object, expected: datetime) -> None:
    assert instant(value, "Asia/Shanghai") == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "17:54",
        "Friday",
        "2022-03",
        "18 March",
        "2022-02-30",
        "Mar 2022",
        "25:61",
        "2022-03-18T25:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "1970-01-01T00:00:00Z",
        "0",
        "1" * 81,
        "\ud800",
        "2022-13-01",
        True,
        None,
        [],
        {},
        0,
        -5,
        1e30,
        float("nan"),
        float("inf"),
        10**400,
        5,
    ],
)
def test_incomplete_and_impossible_dates_are_none(value: object) -> None:
    assert instant(value, "Asia/Shanghai") is None


def test_a_zone_name_is_read_as_in_the_sources_zone() -> None:
    text = "Fri, 18 Mar 2022 12:00:00 CST"
    assert instant(text, "Asia/Shanghai") == datetime(2022, 3, 18, 4, tzinfo=UTC)
    assert instant(text, "UTC") == datetime(2022, 3, 18, 18, tzinfo=UTC)
    assert instant("Fri, 18 Mar 2022 12:00:00 IST", "Asia/Jerusalem") == datetime(2022, 3, 18, 10, tzinfo=UTC)
    assert instant("Fri, 18 Mar 2022 12:00:00 IST", "UTC") == datetime(2022, 3, 18, 6, 30, tzinfo=UTC)


def test_summer_time_depends_on_the_day() -> None:
    assert instant("2022-07-01 12:00", "Europe/London") == datetime(2022, 7, 1, 11, tzinfo=UTC)
    assert instant("2022-01-01 12:00", "Europe/London") == datetime(2022, 1, 1, 12, tzinfo=UTC)


NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
BEIJING = [
    "Mon, 09 Mar 2026 20:00:00 +08:00",
    "Mon, 09 Mar 2026 20:00:00 GMT+08:00",
    "Mon, 09 Mar 2026 20:00:00 UTC +8",
    "Mon, 09 Mar 2026 20:00:00 (UTC+8)",
    "Mon, 09 Mar 2026 20:00:00 +800",
    "Mon, 09 Mar 2026 20:00:00 +0800 CST",
    "Mon, 09 Mar 2026 20:00:00 +0800 (China Standard Time)",
    "Mon, 09 Mar 2026 20:00:00 北京时间",
    "Mon Mar 09 20:00:00 GMT+08:00 2026",
    "Mon Mar 09 2026 20:00:00 GMT+0800 (中国标准时间)",
    "2026-03-09 20:00:00 Asia/Shanghai",
    "2026-03-09T20:00[asia/shanghai]",  # RFC 9557
    "2026-03-09T20:00:00+08:00[Asia/Shanghai][u-ca=chinese]",
    "2026-03-09T12:00:00Z[!Asia/Shanghai]",
    "20260309T200000+0800",
]
ELSEWHERE = [
    # names of zones
    ("Mon, 09 Mar 2026 08:00:00 ET", "UTC"),
    ("Mon, 09 Mar 2026 07:00:00 EST", "UTC"),  # as written, though it is summer there (RFC 5322, 4.3)
    ("Mon, 09 Mar 2026 13:00:00 CET", "UTC"),
    ("Mon, 09 Mar 2026 13:00:00 mez", "UTC"),
    ("Mon, 09 Mar 2026 12:00:00 -0000", "Asia/Shanghai"),
    ("Mon Mar 09 20:00:00 CST 2026", "Asia/Shanghai"),
    ("Mon Mar  9 20:00:00 CST 2026", "Asia/Hong_Kong"),
    ("Mon Mar 09 06:00:00 CST 2026", "America/Chicago"),
    ("Mon, 09 Mar 2026 18:00:00 BST", "Asia/Dhaka"),
    # other languages, wrong weekdays, years of two digits
    ("lun., 09 mars 2026 13:00:00 +0100", "UTC"),
    ("Montag, 9. März 2026, 13:00 Uhr", "Europe/Berlin"),
    ("понедельник, 9 марта 2026 15:00:00 +0300", "UTC"),
    ("Sun, 09 Mar 2026 12:00:00 GMT", "UTC"),
    ("Monday, 09-Mar-26 12:00:00 GMT", "UTC"),
    ("2026年3月9日（月） 21:00", "Asia/Tokyo"),
    # ISO 8601
    ("2026-03-09t12:00:00,25z", "UTC"),
    ("2026-W11-1T12:00:00Z", "UTC"),
    ("2026W111T120000Z", "UTC"),
    ("2026-068T12:00:00Z", "UTC"),
    # the order of day and month
    ("09.03.2026 13:00", "Europe/Berlin"),
    ("09.03.2026 12:00", "UTC"),
    ("09/03/2026 13:00", "Europe/Paris"),
    ("3/9/2026 8:00:00 AM", "America/New_York"),
    ("26-03-09 20:00", "Asia/Shanghai"),
    (1773057600.25, "UTC"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "zone"), [*((text, "UTC") for text in BEIJING), *ELSEWHERE])
def test_a_written_zone_counts_in_every_form(value: object, zone: str) -> None:
    found = instant(value, zone)
    assert found is not None and found.replace(microsecond=0) == NOON


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 09 Mar 2026 20:00:00 XYZ",
        "Mon, 09 Mar 2026 20:00:00 J",
        "Mon, 09 Mar 2026 20:00:00 +2500",
        "Mon, 09 Mar 2026 20:00:00 +0800 or so",
        "2026-03-09T20:00[Mars/Olympus]",
        "2026-03-09T20:00:00+08:00[!America/New_York]",
        "2026-03-09T20:00:00+08:00[!weather=fair]",
        "9 Mar 2026 to 12 Mar 2026",
        "2026-03-09 24:30",
        "2026-W60-1T12:00:00Z",
        "2026-400T12:00:00Z",
        "Mon, 01 Jan 0001 00:00:00 +0000",
        "Mon, 32 Mar 2026 12:00:00 GMT",
        "09/03/2026 12:00",  # 9 March or 3 September?
        "26-03-09 20:00",
    ],
)
def test_what_is_not_understood_is_not_passed_over(text: str) -> None:
    assert instant(text, "UTC") is None


def test_midnight_can_end_a_day() -> None:
    assert instant("2026-03-08T24:00:00Z", "UTC") == datetime(2026, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "language", "month"),
    [
        ("05.11.2026", "UTC", "de", 11),
        ("05.11.2026", "America/New_York", "de-AT", 11),
        ("05/11/2026", "UTC", "fr-FR", 11),
        ("05/11/2026", "Europe/Berlin", "en-US", 5),
        ("05/11/2026", "Europe/London", "en", 11),
        ("05/11/2026", "America/New_York", "en", 5),
        ("05.11.2026", "America/New_York", "", None),
    ],
)
def test_the_order_of_day_and_month_follows_language_and_zone(
    text: str, zone: str, language: str, month: int | None
) -> None:
    found = instant(f"{text} 12:00", zone, language)
    assert (found and found.month) == month
