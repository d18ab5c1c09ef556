"""The digests file across releases: older files are read, newer files are refused and kept."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from archive import ArchiveError, Reader, StorageError, recover
from archive.index import digests as module
from archive.index.digests import Digests, DigestsDamaged, Location
from archive.write.dedupe import open_digests

FILE = "warcpress-20261122095435-00000-archive.warc.gz"
SCHEMAS = {1: Path(__file__).with_name("digests_schema_1.sql")}
"""A file of every released schema, as SQL: release 0.1.0 wrote schema 1."""


def written(folder: Path, schema: int, version: int | None = None) -> Path:
    """Write the file of an earlier release into a data folder, with another `user_version` if one is given."""
    path = folder / "index" / "digests.sqlite"
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as db:
        db.executescript(SCHEMAS[schema].read_text("utf-8"))
        db.execute("PRAGMA journal_mode=WAL")
        if version is not None:
            db.execute(f"PRAGMA user_version = {version}")
    return path


def locations(digests: Digests) -> list[Location | None]:
    payload = f"sha256:{hashlib.sha256(b'1').hexdigest()}"
    record = "<urn:uuid:00000000-0000-4000-8000-000000000002>"
    return [digests.payload(payload), digests.newest("http://news.example/2"), digests.record(record)]


HELD = [Location(FILE, 1000), Location(FILE, 2000), Location(FILE, 2000)]


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("schema", SCHEMAS)
def test_files_of_every_released_schema_are_read(schema: int, read_only: bool, tmp_path: Path) -> None:
    written(tmp_path, schema)
    with closing(Digests(tmp_path, read_only=read_only)) as digests:
        assert digests.complete
        assert locations(digests) == HELD


def test_a_schema_that_changes_is_upgraded_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, 1)
    monkeypatch.setattr(module, "_UPGRADES", ("ALTER TABLE files ADD COLUMN size INTEGER",))
    with closing(Digests(tmp_path, read_only=True)) as digests:
        assert not digests.complete
    with closing(Digests(tmp_path)) as digests:
        assert digests.complete
        assert locations(digests) == HELD
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT name, size FROM files").fetchall() == [(FILE, None)]


def test_a_file_that_was_never_filled_is_emptied(tmp_path: Path) -> None:
    written(tmp_path, 1, version=0)
    with closing(Digests(tmp_path)) as digests:
        assert not digests.complete
        assert locations(digests) == [None, None, None]


def test_a_file_of_a_newer_release_is_one_clear_error_and_stays(tmp_path: Path) -> None:
    (tmp_path / "warc").mkdir()
    path = written(tmp_path, 1, version=7)
    message = r"digests\.sqlite: schema 7 of a newer release, this one knows 1; install that release again"
    for attempt in (Digests, open_digests, recover):
        with pytest.raises(StorageError, match=message):
            attempt(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (7,)
        assert db.execute("SELECT count(*) FROM payloads").fetchone() == (2,)


def test_a_reader_warns_of_a_newer_file_and_reads_the_warc_files(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "warc").mkdir()
    written(tmp_path, 1, version=7)
    with caplog.at_level(logging.WARNING), pytest.raises(ArchiveError, match="no response or revisit"):
        Reader(tmp_path).response("<urn:uuid:00000000-0000-4000-8000-000000000002>")
    assert "schema 7 of a newer release" in caplog.text


def test_a_closed_file_is_not_taken_for_a_damaged_one(tmp_path: Path) -> None:
    path = written(tmp_path, 1)
    digests = Digests(tmp_path)
    digests.close()
    with pytest.raises(StorageError, match="used after it was closed"):
        digests.payload("sha256:")
    assert path.exists()


def test_damage_is_told_in_one_line(tmp_path: Path) -> None:
    path = written(tmp_path, 1)
    with closing(sqlite3.connect(path)) as db:
        (root,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'records'").fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * size + 8)
        file.write(b"\xff\xff")  # the place of the first row: beyond the page
    with closing(Digests(tmp_path)) as digests, pytest.raises(DigestsDamaged) as told:
        digests.check()
    assert "page" in str(told.value) and "\n" not in str(told.value)
