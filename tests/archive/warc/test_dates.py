"""Dates as writers of WARC and ARC files write them."""

from datetime import UTC, datetime

import pytest

from archive.warc.dates import parse_date, warc_date

MOMENT = datetime(2026, 8, 21, 10, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-08-21T10:00:05Z",
        "2026-08-21t10:00:05z",
        "2026-08-21 10:00:05Z",
        " 2026-08-21T10:00:05 UTC ",
        "2026-08-21T12:00:05+02:00",
        "2026-08-21T04:30:05.000-0530",
        "2026-08-21T10:00:05",
        "2026-08-21T10:00:05.0000000004Z",
        "20260821100005",
        "20260821T100005Z",
    ],
)
def test_every_spelling_of_a_time_is_read(text: str) -> None:
    assert parse_date(text) == MOMENT


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026", "2026-01-01T00:00:00.000000Z"),
        ("2026-08", "2026-08-01T00:00:00.000000Z"),
        ("2026-08-21", "2026-08-21T00:00:00.000000Z"),
        ("2026-08-21T10", "2026-08-21T10:00:00.000000Z"),
        ("2026082110", "2026-08-21T10:00:00.000000Z"),
        ("2026-08-21T10:00:05.Z", "2026-08-21T10:00:05.000000Z"),
        ("2026-08-21T10:30Z", "2026-08-21T10:30:00.000000Z"),
        ("202608211030", "2026-08-21T10:30:00.000000Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000000Z"),
        ("2026-08-21T10:00:05.123456789Z", "2026-08-21T10:00:05.123456Z"),
        ("2026-08-21T23:30:00-01:00", "2026-08-22T00:30:00.000000Z"),
    ],
)
def test_shorter_dates_offsets_and_leap_seconds(text: str, written: str) -> None:
    assert warc_date(parse_date(text)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-13-01",
        "2026-02-30T00:00:00Z",
        "2026-08-21T10:00:61Z",
        "2026-8-21",
        "99990000000000",
        "0001-01-01T00:00:00+05:00",
        "2026-08-21T10:00:00+99:99:99",
        "\u0662026-08-21",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_date(text)
