"""search.sqlite follows what is stored: by each publication, after kills, losses, damage and removals."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from holding import BRIDGE, DAM, LONG, NOON, Holding

from archive import Reader
from archive.index.write_ahead import sqlite_error
from archive.write.set_aside import remove as take_out
from crawler.clock import utc_now
from crawler.errors import Locked, StorageFailed
from crawler.from_warc import indexing, recovery
from crawler.from_warc.indexing import index_all, lacking, make_again, prepare
from crawler.from_warc.publish import Publisher
from crawler.from_warc.rebuild import rebuild
from crawler.posts.states import Change
from crawler.search.finding import find
from crawler.search.index import SearchIndex
from crawler.search.query import parse
from crawler.store.catalogue import Catalogue
from crawler.store.database import Database
from crawler.store.frontier import Frontier
from crawler.store.stored_version import Version

NEXT = NOON + timedelta(days=1)
NEW = ["The flood took the old bridge away, and nobody was hurt, says the mayor of the town. " * 4] * 2


def searched(holding: Holding, text: str) -> list[tuple[str, int, bool]]:
    """Each article that is found, the number of the version that fits, and whether that is an old one."""
    with holding.catalogue() as catalogue, closing(SearchIndex(holding.layout.search, read_only=True)) as index:
        found = find(parse(text), index, catalogue)
        return [(one.version.canonical_url, one.version.number, one.is_old) for one in found]


def missing(holding: Holding) -> int:
    with holding.catalogue() as catalogue:
        return lacking(holding.layout, catalogue)


def prepared(holding: Holding) -> str:
    with holding.catalogue() as catalogue:
        return prepare(holding.layout, catalogue)


def start(holding: Holding) -> None:
    """What the start of each run, render and import does."""
    with holding.catalogue() as catalogue, closing(Frontier(holding.layout.frontier, utc_now, ["herald"])) as frontier:
        recovery.recover(holding.layout, catalogue, frontier)


def spoil(path: Path) -> None:
    path.with_name(path.name + "-wal").unlink(missing_ok=True)
    path.write_bytes(b"spoilt" * 1000)


def test_each_publication_is_indexed_and_an_old_version_is_found(holding: Holding) -> None:
    assert missing(holding) == 0
    assert searched(holding, "engineers") == [(BRIDGE, 2, False), (DAM, 1, False)]
    assert searched(holding, "floods") == [(BRIDGE, 2, False), (DAM, 1, False)]
    assert searched(holding, "million") == [(BRIDGE, 2, False)]
    assert searched(holding, "council engineers NOT million") == [(DAM, 1, False), (BRIDGE, 1, True)]
    holding.run({BRIDGE: NEW}, NEXT + timedelta(days=1))
    assert searched(holding, "million") == [(BRIDGE, 2, True)]
    assert searched(holding, "flood") == [(BRIDGE, 3, False)]
    assert searched(holding, "bridge source:herald after:2026-03-05 before:2026-03-06") == [
        (BRIDGE, 3, False),
        (DAM, 1, False),
    ]
    assert searched(holding, "bridge source:tribune") == searched(holding, "bridge after:2026-03-06") == []


def test_an_article_is_read_once_however_many_versions_fit(holding: Holding, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(2, 6):
        holding.run({BRIDGE: [*LONG, f"Day {day}."]}, NOON + timedelta(days=day))
    asked: list[str] = []
    beside = Catalogue.versions_beside

    def counted(self: Catalogue, record_id: str) -> list[Version]:
        asked.append(record_id)
        return beside(self, record_id)

    monkeypatch.setattr(Catalogue, "versions_beside", counted)
    assert searched(holding, "engineers") == [(BRIDGE, 6, False), (DAM, 1, False)]
    assert len(asked) == 2


def test_a_withdrawn_article_is_still_found(holding: Holding) -> None:
    holding.look(Change(DAM, 1, "withdrawn", "http-404", ""), NEXT)
    start(holding)
    assert (missing(holding), searched(holding, "dam")) == (0, [(DAM, 1, False)])


def killed(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("moment", ["before the index", "after the index"])
def test_a_kill_between_the_catalogue_and_the_index_heals_at_the_next_start(
    holding: Holding, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(SearchIndex, "add", killed) if moment == "before the index" else patch.setattr(
            Catalogue, "mark_shown", killed
        )
        with pytest.raises(KeyboardInterrupt):
            holding.run({DAM: NEW}, NEXT + timedelta(days=1))
    assert missing(holding) == (moment == "before the index")
    start(holding)
    assert (missing(holding), searched(holding, "flood")) == (0, [(DAM, 2, False)])


def test_rows_without_a_mark_of_all_versions_are_indexed_at_a_start(tmp_path: Path) -> None:
    holding = Holding(tmp_path / "data")
    holding.run({BRIDGE: LONG}, publish=False)
    holding.run({BRIDGE: NEW}, NEXT, rows=False)
    start(holding)
    assert (missing(holding), searched(holding, "winter")) == (0, [(BRIDGE, 1, True)])


def test_what_the_index_lacks_is_added_before_a_search(holding: Holding) -> None:
    """An archive of an earlier release, a file from a backup, and runs of an earlier release in between."""
    early = holding.layout.search.read_bytes()
    holding.layout.search.unlink()
    assert missing(holding) == 3
    assert (prepared(holding), missing(holding)) == ("", 0)
    assert searched(holding, "million") == [(BRIDGE, 2, False)]
    holding.run({DAM: NEW}, NEXT + timedelta(days=1))
    holding.layout.search.write_bytes(early)
    assert missing(holding) == 1
    assert (prepared(holding), searched(holding, "flood")) == ("", [(DAM, 2, False)])


def test_while_a_run_holds_the_folder_what_is_there_is_searched(holding: Holding) -> None:
    early = holding.layout.search.read_bytes()
    holding.run({DAM: NEW}, NEXT + timedelta(days=1))
    holding.layout.search.write_bytes(early)
    with holding.layout.lock():
        assert prepared(holding).startswith("not searched: 1 version of posts that the index lacks (")
        assert searched(holding, "million") == [(BRIDGE, 2, False)]
        holding.layout.search.unlink()
        with pytest.raises(Locked, match=r"^the posts can't be indexed, which a search needs: "):
            prepared(holding)


def test_a_search_reads_while_a_run_writes(holding: Holding) -> None:
    with closing(SearchIndex(holding.layout.search)) as writes, writes._database.transaction():
        writes._database.run("INSERT INTO versions VALUES (1, 'x')")
        assert searched(holding, "million") == [(BRIDGE, 2, False)]


def test_a_damaged_index_is_made_again(holding: Holding, caplog: pytest.LogCaptureFixture) -> None:
    spoil(holding.layout.search)
    assert (missing(holding), prepared(holding), missing(holding)) == (3, "", 0)
    spoil(holding.layout.search)
    holding.run({DAM: NEW}, NEXT + timedelta(days=1))  # the run goes on without it
    assert not holding.layout.search.exists() and "the next `warcpress search` makes it again" in caplog.text
    holding.run({DAM: LONG}, NEXT + timedelta(days=2))
    assert (missing(holding), prepared(holding)) == (4, "")
    assert searched(holding, "flood") == [(DAM, 2, True)]
    with holding.catalogue() as catalogue:
        make_again(holding.layout, catalogue)
    assert missing(holding) == 0


def of_a_newer_schema(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 9")


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "fault"),
    [(a_folder, "unable to open database file"), (of_a_newer_schema, "schema 9 of a newer warcpress")],
)
def test_a_run_goes_on_with_one_warning_when_the_index_cannot_be_used(
    holding: Holding, caplog: pytest.LogCaptureFixture, make: Callable[[Path], None], fault: str
) -> None:
    path = holding.layout.search
    make(path)
    holding.run({DAM: NEW}, NEXT + timedelta(days=1))
    with holding.catalogue() as catalogue, closing(Publisher(holding.layout, catalogue)) as publisher:
        assert not catalogue.unmarked()
        caplog.clear()
        publisher.publish_stored(catalogue.newest())
    [warning] = caplog.messages
    assert warning.startswith(f"the run goes on, but its posts are not searched until this is mended: {path}: {fault}")
    assert warning.endswith("remove it: `warcpress search` makes it again")
    with pytest.raises(StorageFailed, match="remove it: `warcpress search` makes it again"):
        prepared(holding)
    path.rmdir() if path.is_dir() else path.unlink()
    assert (prepared(holding), searched(holding, "flood")) == ("", [(DAM, 2, False)])


def test_a_full_disk_under_the_index_stops_a_run(holding: Holding, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Database, statement: str, *values: Any) -> int:
        if self._path != holding.layout.search:
            return run(self, statement, *values)
        raise self.failed(sqlite_error("database or disk is full", sqlite3.SQLITE_FULL))

    run = Database.run
    monkeypatch.setattr(Database, "run", full)
    with pytest.raises(StorageFailed, match=r"search\.sqlite: database or disk is full; make room"):
        holding.run({DAM: NEW}, NEXT + timedelta(days=1))


def test_a_rebuild_names_a_folder_in_place_of_the_index_and_a_start_leaves_it(holding: Holding) -> None:
    a_folder(holding.layout.search)
    post = next(holding.layout.posts.rglob("*.md"))
    post.unlink()
    with pytest.raises(StorageFailed, match=r"search\.sqlite: unable to open database file; .*; or remove it: "):
        rebuild(holding.layout)
    assert post.exists()
    take_out(holding.layout.warc / Reader(holding.layout.root).files()[0], "order 7/26 of the court")
    start(holding)
    assert list(holding.layout.search.iterdir()) == []


def test_a_removed_file_takes_its_words_along(holding: Holding) -> None:
    take_out(holding.layout.warc / Reader(holding.layout.root).files()[0], "order 7/26 of the court")
    start(holding)
    with closing(SearchIndex(holding.layout.search, read_only=True)) as index:
        assert index.count() == 1 and index.newest(parse("dam"), 9) == []
    assert (prepared(holding), searched(holding, "million"), searched(holding, "dam")) == ("", [(BRIDGE, 2, False)], [])


def test_versions_that_are_stored_no_more_make_the_index_again(holding: Holding) -> None:
    with holding.catalogue() as catalogue:
        catalogue.removal.forget(Reader(holding.layout.root).files()[0])
    assert (missing(holding), searched(holding, "dam")) == (2, [])  # an article that is not there is not found
    assert (prepared(holding), missing(holding)) == ("", 0)


def test_a_rebuild_makes_the_index_again(holding: Holding) -> None:
    before = [searched(holding, query) for query in ("bridge", "million", "council NOT million")]
    for path in holding.layout.root.glob("*.sqlite*"):
        path.unlink()
    rebuild(holding.layout)
    assert missing(holding) == 0
    assert [searched(holding, query) for query in ("bridge", "million", "council NOT million")] == before


def test_a_version_that_cannot_be_read_is_told_and_left_out(holding: Holding) -> None:
    holding.layout.search.unlink()
    path = holding.layout.warc / Reader(holding.layout.root).files()[1]
    path.chmod(0o600)
    path.write_bytes(b"\0" * path.stat().st_size)
    assert prepared(holding) == "not searched: 1 version of posts that can't be read"
    assert searched(holding, "million") == [] and searched(holding, "dam") == [(DAM, 1, False)]
    with holding.catalogue() as catalogue:
        assert index_all(holding.layout, catalogue) == 1  # that nothing is missing but this is no reason to start again
    assert holding.layout.search.exists()


def test_of_an_index_that_lacks_one_version_only_that_one_is_read(
    holding: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    those = Catalogue.those
    with holding.catalogue() as catalogue:
        lost = replace(catalogue.versions(DAM)[0], record_id="<urn:uuid:lost>", file="gone.warc.gz", derivation=1)
        catalogue.store([], [lost])

        def spied(self: Catalogue, record_ids: Iterable[str]) -> Iterator[Version]:
            read.extend(record_ids)
            return those(self, read)

        monkeypatch.setattr(Catalogue, "those", spied)
        assert prepare(holding.layout, catalogue) == "not searched: 1 version of posts that can't be read"
    assert read == ["<urn:uuid:lost>"]


def test_progress_is_told_of_each_version(holding: Holding) -> None:
    told: list[tuple[str, str]] = []
    holding.layout.search.unlink()
    with holding.catalogue() as catalogue:
        prepare(holding.layout, catalogue, lambda outcome, name: told.append((outcome, name)))
        assert told == [("indexed", record_id) for record_id in catalogue.record_ids()] and len(told) == 3


def test_rendering_is_indexed_by_its_publication(holding: Holding) -> None:
    """A derivation is one more version with the same number; its text is found, and the old one is old."""
    with holding.catalogue() as catalogue, closing(Publisher(holding.layout, catalogue)) as publisher:
        publisher.publish_stored(catalogue.newest())
    assert missing(holding) == 0


def at_the_lock(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process has the lock file open."""
    opened = Path(f"/proc/{process.pid}/fd")
    with suppress(OSError):
        return any(one.readlink().name == ".lock" for one in opened.iterdir())
    return False


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc to see that the crawl waits")
def test_a_crawl_that_starts_while_the_index_is_made_is_not_refused(
    holding: Holding, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holding.layout.search.unlink()
    monkeypatch.setattr(indexing, "GROUP", 1)
    monkeypatch.setattr(indexing, "HELD", 0.0)
    (tmp_path / "warcpress.toml").write_text('[[source]]\nname = "herald"\nurls = ["http://herald.test/"]\n')
    crawls: list[subprocess.Popen[bytes]] = []

    def progress(_outcome: str, _record_id: str) -> None:
        if not crawls:
            command = [sys.executable, "-m", "crawler.cli", "--data", str(holding.layout.root), "crawl", "--due"]
            crawls.append(subprocess.Popen([*command, "--limit", "1"], cwd=tmp_path, stderr=subprocess.PIPE))
            while crawls[0].poll() is None and not at_the_lock(crawls[0]):
                time.sleep(0.01)
            assert crawls[0].poll() is None  # it waits for the lock that is held here

    with holding.catalogue() as catalogue:
        prepare(holding.layout, catalogue, progress)
    _, said = crawls[0].communicate(timeout=60)
    assert crawls[0].returncode == 0, said
    assert (prepared(holding), missing(holding)) == ("", 0)


def test_what_was_indexed_before_a_kill_or_a_run_stays(holding: Holding, monkeypatch: pytest.MonkeyPatch) -> None:
    holding.layout.search.unlink()
    monkeypatch.setattr(indexing, "GROUP", 1)
    monkeypatch.setattr(indexing, "HELD", 0.0)
    with holding.catalogue() as catalogue:
        with pytest.raises(KeyboardInterrupt):
            prepare(holding.layout, catalogue, killed)
        assert missing(holding) == 2
        with ExitStack() as run:
            monkeypatch.setattr(indexing, "sleep", lambda _: run.enter_context(holding.layout.lock()))
            told = prepare(holding.layout, catalogue)
        assert told.startswith("not searched: 2 versions of posts that the index lacks (")
        monkeypatch.undo()
        done: list[str] = []
        assert prepare(holding.layout, catalogue, lambda outcome, _: done.append(outcome)) == ""
    assert done == ["known", "indexed", "indexed"] and missing(holding) == 0


def test_what_a_run_takes_away_meanwhile_is_made_again(holding: Holding, monkeypatch: pytest.MonkeyPatch) -> None:
    def taken_away(_: float) -> None:
        monkeypatch.undo()
        holding.layout.search.unlink()

    holding.layout.search.unlink()
    monkeypatch.setattr(indexing, "GROUP", 1)
    monkeypatch.setattr(indexing, "HELD", 0.0)
    monkeypatch.setattr(indexing, "sleep", taken_away)
    assert (prepared(holding), missing(holding)) == ("", 0)
