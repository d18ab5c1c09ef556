"""The registry of checks: one number, title and clause for each, in the reports and in docs/audit.md."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from warctext import findings, members, request, response, warcinfo

from archive.audit.findings import Finding
from archive.audit.registry import CONTENT, FIELD_NAMES, FIELD_VALUES, HEADER_TEXT, LABELS, Stage, check, checks
from archive.audit.scanning.fast_path import COVERED
from archive.read.faults import Fault
from archive.read.record import ScannedRecord

ROOT = Path(__file__).parents[3]
EVERYWHERE = ("archive.audit.audit", "crawler.from_warc.check_posts", "crawler.from_warc.check_catalogue")
"""The modules that bring all checks with them, those of the crawler included."""


def test_the_table_of_the_documentation_has_the_registered_checks() -> None:
    """Number, title and clause of docs/audit.md are those of the registry."""
    for module in EVERYWHERE:
        importlib.import_module(module)
    rows = [line.split(" | ") for line in (ROOT / "docs/audit.md").read_text("utf-8").splitlines()]
    table = [tuple(row[:3]) for row in rows if row[0].removeprefix("| ").isdigit()]
    registered = [(f"| {one.number}", one.title.replace("<>", "`<>`"), one.clause) for one in checks().values()]
    assert table == registered
    assert list(checks()) == list(range(1, len(checks()) + 1))


def test_a_check_adds_its_number_and_clause() -> None:
    """A registered function names neither; a clause that the fault names stays."""

    @check(16)
    def two_faults() -> Iterator[Fault]:
        yield Fault("error", "first")
        yield Fault("note", "second", "WARC 1.1, 5.9")

    @check(16)
    def one_fault(wrong: bool) -> Fault | None:
        return Fault("error", "wrong") if wrong else None

    assert list(two_faults()) == [
        Fault("error", "first", "WARC 1.1, 5.8", 16),
        Fault("note", "second", "WARC 1.1, 5.9", 16),
    ]
    assert one_fault(True) == Fault("error", "wrong", "WARC 1.1, 5.8", 16)
    assert one_fault(False) is None
    assert one_fault.finding("error", "text", "a.warc") == Finding(16, "error", "text", "WARC 1.1, 5.8", "a.warc")


def test_a_number_has_one_title() -> None:
    """A second title for a number, or a title without a clause, is refused."""
    with pytest.raises(ValueError, match="check 16 has two titles"):
        check(16, "another title", clause="WARC 1.1, 5.8")
    with pytest.raises(ValueError, match="needs a clause"):
        check(99, "a title")


def test_a_stage_calls_its_checks_in_the_order_of_their_numbers() -> None:
    """The order of registration does not matter."""
    stage: Stage[[str], Fault] = Stage()

    @check(17, judges=stage)
    def later(word: str) -> Iterator[Fault]:
        yield Fault("error", f"{word} seventeen")

    @check(16, judges=stage)
    def earlier(word: str) -> Iterator[Fault]:
        yield Fault("error", f"{word} sixteen")

    assert [(fault.check, fault.message) for fault in stage.judge("a")] == [(16, "a sixteen"), (17, "a seventeen")]
    assert later.number == 17


def test_a_new_check_sees_every_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that the fast path does not know turns it off, so that no record passes without it."""
    monkeypatch.setattr(CONTENT, "checks", list(CONTENT.checks))
    monkeypatch.setattr(CONTENT, "functions", CONTENT.functions)
    seen: list[str | None] = []

    @check(16, judges=CONTENT)
    def every_record(record: ScannedRecord) -> Iterator[Fault]:
        seen.append(record.header.get("warc-record-id"))
        yield from ()

    path = tmp_path / "forty.warc.gz"
    pairs = [(request(number, number + 1), response(number + 1, number)) for number in range(2, 42, 2)]
    path.write_bytes(members([warcinfo(), *chain.from_iterable(pairs)]))
    assert not findings(path)
    assert len(set(seen)) == len(seen) == 41
    assert every_record.number == 16


def test_the_fast_path_is_on() -> None:
    """`COVERED` names every check of single records; without one of them the audit would take the slow path."""
    stages = (HEADER_TEXT, FIELD_NAMES, FIELD_VALUES, LABELS, CONTENT)
    assert {one for stage in stages for one in stage.checks} == COVERED
