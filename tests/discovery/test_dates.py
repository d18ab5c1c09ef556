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
