"""Checks 32 and 33 on small archives; tests/end_to_end/test_provenance.py has every kind of damage."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from holding import BRIDGE, Holding

from archive import Finding, Ledger
from crawler.from_warc.check_posts import PostsCheck
from crawler.store.catalogue import Catalogue


def findings(holding: Holding, catalogue: Catalogue | None, damage: str = "") -> list[Finding]:
    check = PostsCheck(holding.layout, catalogue, damage)
    return list(check(holding.layout.root, Ledger()))


def test_an_untouched_archive_has_no_findings(holding: Holding) -> None:
    with holding.catalogue() as catalogue:
        assert findings(holding, catalogue) == []


def test_another_folder_gives_no_findings(holding: Holding, tmp_path) -> None:
    check = PostsCheck(holding.layout, None)
    assert list(check(tmp_path, Ledger())) == []


def test_without_a_catalogue_posts_are_still_derived(holding: Holding) -> None:
    [finding] = findings(holding, None)
    assert (finding.check, finding.file) == (33, "catalogue.sqlite") and "the catalogue is missing" in finding.message
    [finding] = findings(holding, None, "data/catalogue.sqlite: not a sound database (x); `warcpress rebuild` …")
    assert finding.message == "the catalogue can't be read: not a sound database (x); `warcpress rebuild` …"


def test_a_post_that_somebody_changed_or_removed_is_named(holding: Holding) -> None:
    path = holding.layout.posts / "herald/2026/03/05-bridge.md"
    text = path.read_text("utf-8")

    def found() -> str:
        with holding.catalogue() as catalogue:
            [finding] = findings(holding, catalogue)
        assert (finding.check, finding.severity, finding.url) == (32, "error", BRIDGE)
        assert finding.message.endswith("; `warcpress rebuild` writes it again")
        return finding.message.partition(";")[0]

    path.write_text("mine")
    assert found() == "post herald/2026/03/05-bridge.md differs from the version in the archive"
    path.unlink()
    assert found() == "post herald/2026/03/05-bridge.md can't be read: No such file or directory"
    path.with_name("05-tunnel.md").write_text(text, "utf-8")
    assert found() == "post herald/2026/03/05-bridge.md was renamed to herald/2026/03/05-tunnel.md"


STATEMENTS: dict[str, tuple[str, list[tuple[int, str]]]] = {
    "a wrong date": (
        "UPDATE versions SET captured = converted WHERE number = 2",
        [(33, "the catalogue's row of this version differs or is missing")],
    ),
    "a capture deleted": (
        "DELETE FROM captures WHERE url LIKE '%dam.html'",
        [(33, "the catalogue has no row of this capture")],
    ),
    "a row of no version": (
        "INSERT INTO pages VALUES ('<urn:uuid:0>', 0, '<urn:uuid:1>')",
        [(33, "the catalogue has 1 row in `pages` that belongs to no version; `warcpress rebuild` makes it again")],
    ),
    "a wrong count": (
        "UPDATE counts SET number = 1007 WHERE name = 'posts'",
        [(33, "the catalogue counts 1,007 posts, and has 2; `warcpress rebuild` makes it again")],
    ),
    "text that is no date": (
        "UPDATE captures SET date = 'yesterday' WHERE url LIKE '%dam.html'",
        [(33, "the catalogue's row of this capture differs")],
    ),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_changed_row_is_one_finding(holding: Holding, name: str, execute: Callable[[Holding, str], None]) -> None:
    statement, expected = STATEMENTS[name]
    execute(holding, statement)
    with holding.catalogue() as catalogue:
        assert [(found.check, found.message) for found in findings(holding, catalogue)] == expected


@pytest.fixture
def execute() -> Callable[[Holding, str], None]:
    def run(holding: Holding, statement: str) -> None:
        with closing(sqlite3.connect(holding.layout.catalogue, isolation_level=None)) as database:
            database.execute(statement)

    return run
