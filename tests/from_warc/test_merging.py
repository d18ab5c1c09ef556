"""The catalogue follows WARC files that were merged, also when the merger was killed before it did."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from holding import BRIDGE, DAM, LONG, NOON, SHORT, Holding

import archive
from archive import Ledger, StorageError
from crawler.clock import utc_now
from crawler.from_warc import recovery
from crawler.from_warc.check_posts import PostsCheck
from crawler.from_warc.rebuild import rebuild
from crawler.from_warc.show import stored
from crawler.store.frontier import Frontier

BELOW = 1 << 20


@pytest.fixture
def day(tmp_path) -> Holding:
    """Three files of one day: an article in two versions, another one in one."""
    made = Holding(tmp_path / "data")
    made.run({BRIDGE: LONG})
    made.run({DAM: LONG}, NOON + timedelta(minutes=10))
    made.run({BRIDGE: SHORT}, NOON + timedelta(minutes=20))
    return made


def tomorrow() -> datetime:
    return NOON + timedelta(days=1)


def told(holding: Holding) -> list[str]:
    """The texts of all parts, and what the checks of posts and catalogue find."""
    with holding.catalogue() as catalogue:
        texts = [
            b"".join(stored(name, part, None, holding.layout, catalogue).pieces).decode("utf-8", "replace")
            for name in (BRIDGE, DAM)
            for part in ("post", "page", "response", "request")
        ]
        found = PostsCheck(holding.layout, catalogue, "")(holding.layout.root, Ledger())
        assert [finding.message for finding in found if finding.severity != "note"] == []
    return texts


def is_equal_when_made_again(holding: Holding) -> None:
    rows = holding.rows()
    holding.layout.catalogue.unlink()
    rebuild(holding.layout)
    assert holding.rows() == rows


def test_all_that_is_shown_and_made_again_stays_the_same(day: Holding) -> None:
    before = told(day)
    with day.catalogue() as catalogue:
        recovery.merge(day.layout, catalogue, BELOW, tomorrow, None)
        [name] = catalogue.files()
    assert [path.name for path in day.layout.warc.iterdir()] == [name]
    assert told(day) == before
    is_equal_when_made_again(day)


@pytest.mark.parametrize("where", ["before the catalogue", "before the parts are removed", "after them"])
def test_a_merger_that_was_killed_is_finished_by_the_next_start(day: Holding, where: str) -> None:
    before = told(day)

    def moved(line: archive.Entry) -> None:
        if where != "after them":
            with day.catalogue() as catalogue:
                if where == "before the parts are removed":
                    catalogue.move(line.file, line.starts)
            raise StorageError("killed")

    try:
        archive.merge(day.layout.root, BELOW, clock=tomorrow, moved=moved)
    except StorageError:
        assert len(list(day.layout.warc.iterdir())) == 4
    frontier = Frontier(day.layout.frontier, utc_now, ())
    with day.catalogue() as catalogue:
        assert recovery.recover(day.layout, catalogue, frontier) == []
    frontier.close()
    assert len(list(day.layout.warc.iterdir())) == 1
    assert told(day) == before
    is_equal_when_made_again(day)
