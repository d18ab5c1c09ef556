"""Check 26 in files so long that records take the fast path and several batches are handed on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from warctext import BODY, DATE, REQUEST, RESPONSE, fields, findings, members, text, uid, warcinfo

PAIRS = 1500
ODD = 1024
"""The pair that a case changes: beyond the first batch of 2048 records."""
Pair = list[bytes]


def one_pair(number: int, *, asks: int | None, answers: int | None, date: str = DATE, uri: str = "") -> Pair:
    """A request and its response.

    `asks` and `answers`: the ids that they name; `date`: the response's; `uri`: the request's, when it differs.
    """
    first, second = 10 * number, 10 * number + 1
    page = ("WARC-Target-URI", f"http://example.org/{number}")
    sent = [*links(asks), ("WARC-Target-URI", uri) if uri else page]
    got = [*links(answers), page]
    return [
        text(fields("request", first, REQUEST, *sent), REQUEST),
        text(fields("response", second, RESPONSE, *got, payload=BODY, date=date), RESPONSE),
    ]


def links(number: int | None) -> list[tuple[str, str]]:
    return [] if number is None else [("WARC-Concurrent-To", uid(number))]


def both(number: int) -> Pair:
    return one_pair(number, asks=10 * number + 1, answers=10 * number)


def found_in(folder: Path, pairs: list[Pair]) -> list[tuple[str, int | None, str]]:
    """Severity, place among the records, message."""
    path = folder / "x.warc.gz"
    records = [warcinfo(), *(record for pair in pairs for record in pair)]
    path.write_bytes(members(records))
    starts = [0]
    for record in records:
        starts.append(starts[-1] + len(members([record])))
    return [
        (found.severity, None if found.offset is None else starts.index(found.offset), found.message)
        for found in findings(path)
    ]


CASES: dict[str, tuple[Callable[[int], Any], list[Any]]] = {
    "both name each other": (lambda number: both(number), []),
    "the request names": (
        lambda number: one_pair(number, asks=10 * number + 1, answers=None),
        [("note", None, "1 request and response pair is linked on one side only")],
    ),
    "the response names": (
        lambda number: one_pair(number, asks=None, answers=10 * number),
        [("note", None, "1 request and response pair is linked on one side only")],
    ),
    "neither names": (
        lambda number: one_pair(number, asks=None, answers=None),
        [("note", None, "1 response or revisit has no request record")],
    ),
    "the response comes first": (lambda number: both(number)[::-1], []),
    "the response is of another time": (
        lambda number: one_pair(number, asks=10 * number + 1, answers=10 * number, date="2026-11-20T10:00:01Z"),
        [
            (
                "warning",
                2 * ODD - 1,
                f"WARC-Date {DATE} differs from 2026-11-20T10:00:01Z of the response of the same capture",
            )
        ],
    ),
    "the request is of another URI": (
        lambda number: one_pair(number, asks=10 * number + 1, answers=10 * number, uri="http://example.org/other"),
        [
            (
                "error",
                2 * ODD - 1,
                f"WARC-Concurrent-To names a response of another URI: http://example.org/{ODD}",
            )
        ],
    ),
    "the request names one that is not here": (
        lambda number: one_pair(number, asks=99, answers=10 * number),
        [
            (
                "error",
                2 * ODD - 1,
                f"WARC-Concurrent-To names a record that is not here: {uid(99)}",
            ),
        ],
    ),
    "the request names the pair before": (
        lambda number: one_pair(number, asks=10 * number - 9, answers=10 * number),
        [
            (
                "error",
                2 * ODD - 1,
                f"WARC-Concurrent-To names a response of another URI: http://example.org/{ODD - 1}",
            ),
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_one_pair_among_many(tmp_path: Path, case: str) -> None:
    odd, expected = CASES[case]
    pairs = [odd(number) if number == ODD else both(number) for number in range(1, PAIRS)]
    found = found_in(tmp_path, pairs)
    assert [one for one in found if "linked on one side" not in one[2] or one in expected] == expected


def test_every_pair_of_a_file_counts_once(tmp_path: Path) -> None:
    pairs = [one_pair(number, asks=10 * number + 1, answers=None) for number in range(1, PAIRS)]
    assert found_in(tmp_path, pairs) == [
        ("note", None, f"{PAIRS - 1} request and response pairs are linked on one side only"),
    ]


def test_halves_that_are_apart_are_found(tmp_path: Path) -> None:
    pairs = [both(number) for number in range(1, PAIRS)]
    assert found_in(tmp_path, [[one[0] for one in pairs], [one[1] for one in pairs]]) == []
