"""States of held articles: read from the WARC files alone, and compared with the catalogue by check 33."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from holding import BRIDGE, NOON, Holding

from archive import ArchiveWriter, Capture, Finding, Reader, audit_paths
from crawler.errors import Unsound
from crawler.from_warc.check_posts import PostsCheck
from crawler.from_warc.ingest import BadConversion, read
from crawler.from_warc.rebuild import rebuild
from crawler.from_warc.recovery import recover
from crawler.posts.states import Change
from crawler.store.frontier import Frontier


def test_states_are_made_again_row_by_row(holding: Holding) -> None:
    first = holding.look(Change(BRIDGE, 1, "withdrawn", "http-404"), NOON + timedelta(days=2))
    second = holding.look(Change(BRIDGE, 2, "suspect", "shrunk", "sha256:00"), NOON + timedelta(days=3))
    with holding.catalogue() as catalogue:
        catalogue.mark_shown(catalogue.unmarked())
    rows, posts = holding.rows(), holding.posts()
    holding.layout.catalogue.unlink()
    rebuild(holding.layout)
    assert holding.rows() == rows and holding.posts() == posts
    with holding.catalogue() as catalogue:
        assert catalogue.states.of(BRIDGE) == [first, second]
    assert findings(holding) == []


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DELETE FROM states", "the catalogue has no states, which the WARC files have"),
        ("DELETE FROM states WHERE number = 1", "the catalogue's row of the state withdrawn differs or is missing"),
        ("UPDATE states SET reason = 'x'", "the catalogue's row of the state withdrawn differs or is missing"),
        ("UPDATE states SET state = 'x'", "the catalogue's row of the state withdrawn differs or is missing"),
        (
            "INSERT INTO states SELECT '<urn:x>', canonical_url, 3, state, reason, text, capture, date, file, offset, "
            "length FROM states WHERE number = 1",
            "the catalogue has 3 rows of this file, the file gives 2",
        ),
    ],
)
def test_the_audit_reports_a_row_of_a_state_that_is_wrong(holding: Holding, statement: str, message: str) -> None:
    holding.look(Change(BRIDGE, 1, "withdrawn", "http-404"), NOON + timedelta(days=2))
    holding.look(Change(BRIDGE, 2, "present", "withdrawn"), NOON + timedelta(days=3))
    with holding.catalogue() as catalogue:
        catalogue._database.run(statement)
    first = findings(holding)[0]
    assert first.message.startswith(message) and (first.check, first.severity) == (33, "error")


@pytest.mark.parametrize("rows", [False, True])
def test_a_run_that_died_after_the_record_is_finished_by_the_next(holding: Holding, rows: bool) -> None:
    """It died before the row was written, or before the post file was removed."""
    path = holding.layout.posts / "herald/2026/03/05-bridge.md"
    state = holding.look(Change(BRIDGE, 1, "withdrawn", "http-410"), NOON + timedelta(days=2), rows=rows)
    layout = replace(holding.layout, withdrawn="unpublish")
    assert path.exists()
    with holding.catalogue() as catalogue:
        frontier = Frontier(layout.frontier, lambda: NOON, ())
        recover(layout, catalogue, frontier)
        frontier.close()
        assert catalogue.states.of(BRIDGE) == [state] and catalogue.not_shown() == []
    assert not path.exists()


def findings(holding: Holding) -> list[Finding]:
    with holding.catalogue() as catalogue:
        check = PostsCheck(holding.layout, catalogue)
        found = audit_paths([holding.layout.root], further_checks=[check])
        return [one for one in found if isinstance(one, Finding) and one.severity == "error"]


@pytest.mark.parametrize(
    "fields",
    [
        [("post-state", "lost"), ("state-number", "1"), ("canonical-url", BRIDGE), ("reason", "x")],
        [("post-state", "withdrawn"), ("state-number", "0"), ("canonical-url", BRIDGE), ("reason", "x")],
        [("post-state", "withdrawn"), ("state-number", "1"), ("reason", "x")],
    ],
)
def test_a_state_that_we_never_wrote_is_one_clear_error(holding: Holding, fields: list[tuple[str, str]]) -> None:
    reader = Reader(holding.layout.root)
    capture = next(found for found in read(reader, reader.files()[0]) if isinstance(found, Capture))
    with ArchiveWriter(holding.layout.root, clock=lambda: NOON + timedelta(days=9)) as writer:
        writer.write_metadata(capture, fields)
    with pytest.raises(BadConversion, match="no state of an article"):
        list(read(reader, reader.files()[-1]))


def test_a_metadata_record_about_something_else_is_no_state(holding: Holding) -> None:
    reader = Reader(holding.layout.root)
    capture = next(found for found in read(reader, reader.files()[0]) if isinstance(found, Capture))
    with ArchiveWriter(holding.layout.root, clock=lambda: NOON + timedelta(days=9)) as writer:
        writer.write_metadata(capture, [("note", "a person looked at this")])
    assert list(read(reader, reader.files()[-1])) == []


def test_an_unknown_state_in_the_catalogue_makes_it_unsound(holding: Holding) -> None:
    holding.look(Change(BRIDGE, 1, "withdrawn", "http-404"), NOON + timedelta(days=2))
    with holding.catalogue() as catalogue:
        catalogue._database.run("UPDATE states SET state = 'x'")
        with pytest.raises(Unsound, match="unknown state x"):
            catalogue.states.latest(BRIDGE)
