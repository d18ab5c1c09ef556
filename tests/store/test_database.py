"""SQLite files: opened by users without write access, upgraded from every released schema, refused when unsound."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from holding import of_schema
from nobody import as_nobody, give, let_through
from sql_trace import Trace

from crawler.errors import StorageFailed, Unsound
from crawler.store import catalogue_tables, database, frontier_tables
from crawler.store.catalogue import Catalogue
from crawler.store.database import Database, Schema
from crawler.store.frontier import Frontier

FIXTURES = Path(__file__).parent / "fixtures"
RELEASES = ["0.1.0"]
SCHEMA = Schema(table="t", tables="CREATE TABLE t (a)", upgrades=("",))
FERRY = "http://www.harbourpost.example/harbour/2026/03/night-ferry-returns.html"


def released(name: str, release: str, path: Path) -> Path:
    """Make the database that a release wrote, from its dump."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.executescript((FIXTURES / f"{name}-{release}.sql").read_text("utf-8"))
    return path


def columns(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return name, NOT NULL and key position of each column, by table, and the columns of each index."""
    with closing(sqlite3.connect(path)) as database:
        tables = [str(name) for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found: dict[str, list[tuple[object, ...]]] = {}
        for table in tables:
            rows = database.execute(f"PRAGMA table_info({table})").fetchall()
            found[table] = [(column, required, key) for _, column, _, required, _, key in rows]
            for _, index, unique, _, partial in database.execute(f"PRAGMA index_list({table})").fetchall():
                parts = [row[2] for row in database.execute(f"PRAGMA index_info({index})")]
                found[f"{table}: {index if 'autoindex' not in index else parts}"] = [(unique, partial, *parts)]
        return found


@pytest.fixture
def closed(memory_path: Path) -> Iterator[Path]:
    """A folder that every user may enter; a test makes it read-only."""
    folder = memory_path / "100% #1?" / "data"
    folder.mkdir(parents=True)
    let_through(folder)
    yield folder
    folder.chmod(0o755)


def test_a_database_is_read_in_a_folder_that_cannot_be_written(closed: Path) -> None:
    path = closed / "catalogue.sqlite"
    Catalogue(path).close()
    give(path)
    closed.chmod(0o555)

    def read() -> None:
        with pytest.raises(sqlite3.OperationalError, match=r"readonly|unable"):
            sqlite3.connect(path).execute("CREATE TABLE probe (a)")  # this user may really not write
        catalogue = Catalogue(path, read_only=True)
        assert catalogue.count()["versions"] == 0
        catalogue.close()

    as_nobody(read)
    assert [found.name for found in closed.iterdir()] == ["catalogue.sqlite"]


def test_a_log_that_only_the_owner_can_read_is_reported_and_never_left_out(closed: Path) -> None:
    """Opening the file as immutable would leave out what was committed last, or mix old pages and new ones."""
    path = closed / "x.sqlite"
    database = Database(path, SCHEMA, "delete it", durable=True)
    database.run("INSERT INTO t VALUES (1)")
    shutil.copy(path, closed / "copy.sqlite")
    shutil.copy(closed / "x.sqlite-wal", closed / "copy.sqlite-wal")
    database.close()
    give(closed / "copy.sqlite", closed / "copy.sqlite-wal")
    closed.chmod(0o555)

    def read() -> None:
        with pytest.raises(
            StorageFailed, match=r"copy\.sqlite: copy\.sqlite-wal holds changes that only a user"
        ) as said:
            Database(closed / "copy.sqlite", SCHEMA, "delete it", durable=True, read_only=True)
        assert not isinstance(said.value, Unsound) and "\n" not in str(said.value)

    as_nobody(read)


def test_a_database_that_is_missing_or_closed_to_the_user_is_one_error(closed: Path) -> None:
    Catalogue(closed / "catalogue.sqlite").close()
    (closed / "catalogue.sqlite").chmod(0o000)
    closed.chmod(0o555)

    def read() -> None:
        for name in ("catalogue.sqlite", "none.sqlite"):
            with pytest.raises(StorageFailed, match=f"{name}: unable to open database file; make room or give access"):
                Catalogue(closed / name, read_only=True)

    as_nobody(read)
    assert not (closed / "none.sqlite").exists()


@pytest.mark.parametrize("folder", ["a#b", "a?b", "a%23b", "a b", "ä"])
def test_uri_characters_in_a_path_are_part_of_its_name(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "x.sqlite"
    path.parent.mkdir()
    database = Database(path, SCHEMA, "delete it", durable=True)
    database.run("INSERT INTO t VALUES ('here')")
    database.close()
    reader = Database(path, SCHEMA, "delete it", durable=True, read_only=True)
    reader.copy_to(tmp_path / "copy.sqlite")
    reader.close()
    with closing(sqlite3.connect(tmp_path / "copy.sqlite")) as copy:
        assert copy.execute("SELECT a FROM t").fetchall() == [("here",)]
    assert sorted(found.name for found in tmp_path.iterdir()) == sorted([folder, "copy.sqlite"])


# -- schema versions


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", ["catalogue", "frontier"])
def test_a_database_of_each_release_is_upgraded_to_the_present_schema(tmp_path: Path, name: str, release: str) -> None:
    def open_and_close(path: Path) -> None:
        if name == "catalogue":
            Catalogue(path).close()
        else:
            Frontier(path, lambda: datetime.now(UTC), ()).close()

    schema = {"catalogue": catalogue_tables.SCHEMA, "frontier": frontier_tables.SCHEMA}[name]
    old = released(name, release, tmp_path / "old.sqlite")
    for path in (old, tmp_path / "new.sqlite"):
        for _ in range(2):
            open_and_close(path)
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("PRAGMA user_version").fetchone() == (schema.version,)
    assert columns(old) == columns(tmp_path / "new.sqlite")


def test_a_catalogue_of_0_1_0_gets_the_dates_of_captures_and_keeps_its_rows(tmp_path: Path) -> None:
    path = released("catalogue", "0.1.0", tmp_path / "catalogue.sqlite")
    present = catalogue_tables.SCHEMA.version
    for read_only, expected in ((True, 0), (False, present), (True, present)):
        catalogue = Catalogue(path, read_only=read_only)
        rows = {"captures": 17, "files": 3, "images": 10, "pages": 9, "posts": 8, "states": 0, "versions": 9}
        assert catalogue.count() == rows and catalogue.count_captures() == 40
        assert catalogue.totals() == {"posts": 8, "versions": 9, "images": 10}
        for version in (version for post in catalogue.newest() for version in catalogue.versions(post.canonical_url)):
            page = catalogue.capture(version.pages[0])
            assert page is not None and version.captured == page.date
            assert timedelta(0) < version.converted - version.captured < timedelta(seconds=10)
        first, second = catalogue.versions(FERRY)
        assert f"{first.captured:%T} {first.converted:%T} {second.captured:%T}" == "21:24:09 21:24:09 21:24:25"
        catalogue.close()
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("PRAGMA user_version").fetchone() == (expected,)


def test_a_catalogue_that_only_lacks_indexes_is_read_as_it_is(tmp_path: Path) -> None:
    """A copy of 5 GB would take minutes, and each request of `serve` that finds no open catalogue would make one."""
    path = released("catalogue", "0.1.0", tmp_path / "catalogue.sqlite")
    Catalogue(path).close()
    of_schema(path, 3)
    before = path.read_bytes()
    with Trace() as trace, closing(Catalogue(path, read_only=True)) as catalogue:
        assert len(catalogue.arrivals.new("", None, 50)) == 8 and len(catalogue.arrivals.changes("", None, 50)) == 1
        assert catalogue.count_captures() == 17 and catalogue.totals() == {"posts": 8, "versions": 9, "images": 10}
    assert {name for name, _ in trace.statements} == {path.name} and path.read_bytes() == before
    Catalogue(path).close()
    with closing(sqlite3.connect(path)) as database:
        [(made,)] = database.execute("SELECT count(*) FROM sqlite_master WHERE name LIKE 'versions_arrived%'")
        assert (made, *database.execute("PRAGMA user_version").fetchone()) == (2, catalogue_tables.SCHEMA.version)


def test_waiting_articles_of_a_frontier_of_0_1_0_are_still_due(tmp_path: Path) -> None:
    path = released("frontier", "0.1.0", tmp_path / "frontier.sqlite")
    later = datetime(2026, 12, 30, tzinfo=UTC)
    found = Frontier(path, lambda: later, ("harbour-post", "haigang"))
    try:
        due = found.due(["harbour-post", "haigang"], 100)
        known = found.known("http://www.harbourpost.example/city/bread-dispute")
    finally:
        found.close()
    assert len(due) == 11 and FERRY in {visit.article for visit in due}
    assert known is not None and known.article == known.url, "a page that another one was taken for is looked at again"


@pytest.mark.parametrize("read_only", [True, False])
def test_a_newer_schema_is_one_clear_error_and_the_file_stays(tmp_path: Path, read_only: bool) -> None:
    path = tmp_path / "catalogue.sqlite"
    Catalogue(path).close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 7")
    before = path.read_bytes()
    expected = rf"catalogue\.sqlite: schema 7 of a newer warcpress, this one knows {catalogue_tables.SCHEMA.version}; "
    with pytest.raises(StorageFailed, match=expected) as said:
        Catalogue(path, read_only=read_only)
    assert not isinstance(said.value, Unsound)
    assert path.read_bytes() == before


def test_an_upgrade_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    Database(path, SCHEMA, "delete it", durable=True).close()
    broken = Schema(table="t", tables="", upgrades=("", "ALTER TABLE t ADD COLUMN b; SELECT a FROM nowhere"))
    with pytest.raises(Unsound, match="no such table: nowhere"):
        Database(path, broken, "delete it", durable=True)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (1,)
        assert len(database.execute("PRAGMA table_info(t)").fetchall()) == 1


# -- unsound files


def test_R4_a_large_file_is_read_whole_only_after_an_unclean_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "CHECKED", 0)
    path = tmp_path / "x.sqlite"
    schema = Schema("t", "CREATE TABLE t (a); CREATE INDEX i ON t (a)", ())
    opened = Database(path, schema, "delete it", durable=True)
    opened.run_many("INSERT INTO t VALUES (?)", [(f"{number:0100d}",) for number in range(2000)])
    root = opened.value("SELECT rootpage FROM sqlite_master WHERE name = 'i'")
    opened.close()
    content = bytearray(path.read_bytes())
    content[(root - 1) * 4096 : (root - 1) * 4096 + 64] = b"\xff" * 64
    path.write_bytes(content)
    opened = Database(path, schema, "delete it", durable=True)
    assert opened.value("SELECT count(*) FROM t NOT INDEXED") == 2000
    with pytest.raises(Unsound, match="delete it"):
        opened.value("SELECT a FROM t WHERE a = 'x'")  # the damaged page is met
    with pytest.raises(Unsound, match="delete it"):
        opened.check()
    opened.close()
    path.with_name("x.sqlite-wal").write_bytes(b"left by a kill")
    with pytest.raises(Unsound, match="delete it"):
        Database(path, schema, "delete it", durable=True)


def test_R4_a_file_that_opens_and_is_not_sound_is_found_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            "CREATE TABLE t (a); INSERT INTO t VALUES (NULL); PRAGMA writable_schema = ON;"
            "UPDATE sqlite_master SET sql = 'CREATE TABLE t (a NOT NULL)'"
        )
    with pytest.raises(Unsound, match=r"not a sound database \(NULL value in t\.a\); delete it"):
        Database(path, SCHEMA, "delete it", durable=False)


def test_R4_a_file_without_our_tables_is_not_read_as_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    path.write_bytes(b"")
    with pytest.raises(Unsound, match=r"not a sound database.*`warcpress rebuild`"):
        Catalogue(path, read_only=True)


def test_a_failed_transaction_is_undone_and_the_next_one_works(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.sqlite", SCHEMA, "delete it", durable=False)
    with pytest.raises(ValueError, match="ours"), database.transaction():
        database.run("INSERT INTO t VALUES (1)")
        raise ValueError("ours")
    with database.transaction():
        database.run_many("INSERT INTO t VALUES (?)", [(2,), (3,)])
    assert [tuple(row) for row in database.rows("SELECT a FROM t")] == [(2,), (3,)]
    database.close()
