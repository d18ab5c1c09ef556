"""Every command of `python -m archive` on hostile files: a clock and a bound of memory for each."""

from __future__ import annotations

import pytest
from measure import Measured, cases, measured

CASES = cases()
CPU = 20
"""Seconds of CPU that a command may take for any file of the set; most take less than one."""
PEAK = 200
"""Megabytes that a command may have resident."""

SOME = ("audit", "own lookup", "own show id", "own pack", "verify", "repair")


def bad(case: str, *only: str) -> list[Measured]:
    """The commands that took too much for a case, or ended in another way than by a documented code."""
    return [
        one
        for one in measured(case, CASES[case], *only)
        if one.cpu > CPU or one.peak > PEAK or one.code not in (0, 1, 2, 4) or "Traceback" in one.error
    ]


@pytest.mark.parametrize("case", ["long-lengths.warc", "heads-without-end.warc", "folded.warc"])
def test_D11_records_that_lie_are_not_read_again_and_again(case: str) -> None:
    assert bad(case, *SOME) == []


@pytest.mark.parametrize("case", ["one-id.warc"])
def test_D11_records_that_name_each_other_are_not_compared_each_with_each(case: str) -> None:
    assert bad(case, *SOME) == []


@pytest.mark.parametrize("case", ["fields.warc", "fields-http.warc", "gzip-tiny-members.warc"])
def test_D11_what_one_record_may_cost_has_a_bound(case: str) -> None:
    assert bad(case, *SOME) == []


@pytest.mark.parametrize(
    "case", ["800-names.wacz", "lying-sizes.wacz", "index-deflated.wacz", "pages.wacz", "directory.wacz"]
)
def test_D12_a_package_unpacks_to_a_bounded_size(case: str) -> None:
    assert bad(case, *SOME) == []


@pytest.mark.parametrize("case", ["view/", "types/"])
def test_D13_a_strangers_database_is_data(case: str) -> None:
    assert bad(case, *SOME) == []


@pytest.mark.parametrize("case", ["cdxj-values/", "manifest-garbage/", "manifest-sparse/"])
def test_D13_lines_have_a_bound(case: str) -> None:
    assert bad(case, *SOME) == []


@pytest.mark.parametrize("case", [case for case in CASES if case.startswith("fifo-")])
def test_D13_what_is_no_file_is_not_read(case: str) -> None:
    assert bad(case, *SOME) == []


@pytest.mark.torture
@pytest.mark.parametrize("case", CASES)
def test_D11_no_command_takes_long_for_any_hostile_file(case: str) -> None:
    assert bad(case) == []
