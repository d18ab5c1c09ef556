"""Open one SQLite file, bring it to the present schema, query it; catalogue and frontier use this."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Row
from typing import Any

from archive import of_the_disk, open_read_only, open_to_write
from crawler.errors import StorageFailed, Unsound, Unusable
from crawler.store.lock import still_held

Values = Sequence[Any] | Mapping[str, Any]

_UNUSABLE = {getattr(sqlite3, f"SQLITE_{name}") for name in ("BUSY", "CANTOPEN", "LOCKED", "PERM", "READONLY")}
"""Errors of rights and locks."""
_OUR_FAULT = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.NotSupportedError)

CHECKED = 8 << 20
"""Largest file, in bytes, that is read whole at each start: 30 ms (2026-11)."""


@dataclass(frozen=True)
class Schema:
    """The tables of one database file and how to make them from those of earlier releases."""

    table: str
    """A table that every release had; a file without it is new."""
    tables: str
    """SQL that makes the present tables."""
    upgrades: tuple[str, ...]
    """SQL from schema version 0 (release 0.1.0, which wrote no version) to 1, from 1 to 2, and so on."""
    readable: int = 0
    """The first version that is read as it is, since queries can do without what later ones add; 0 = only today's."""

    @property
    def version(self) -> int:
        """The present version, stored as `PRAGMA user_version`."""
        return len(self.upgrades)


class Database:
    """An open SQLite file; methods raise StorageFailed when it can't be read or written, Unsound when it is damaged."""

    def __init__(self, path: Path, schema: Schema, advice: str, *, durable: bool, read_only: bool = False) -> None:
        """Make or upgrade the file, unless `read_only`.

        `advice` tells the user how to replace a damaged file. `durable`: sync every commit (1 ms), so that a power loss
        loses none; a kill loses none in either case (30 kills, 2026-11). `read_only` needs no write access: a file of
        an earlier release is upgraded in a temporary copy.
        """
        self._path, self._schema, self._advice, self._read_only = path, schema, advice, read_only
        self._named = _Named(self)
        with self._named:
            self._synchronous = "FULL" if durable else "NORMAL"
            suspect = _size(path) <= CHECKED or (not read_only and _size(_log_of(path)) > 0)
            self._connection = _open_to_read(path) if read_only else _open_to_write(path, durable)
            try:
                if suspect:
                    self.check()
                self._upgrade(read_only)
            except BaseException:
                self._connection.close()
                raise

    def close(self) -> None:
        """Close the file, and take the write-ahead log back into it, also while others have it open for reading.

        A log that stays looks like that of a process that was killed.
        """
        if not self._read_only:
            still_held()
            with suppress(sqlite3.Error):  # what is committed is in the log, which the next process takes back
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    def rows(self, statement: str, values: Values = ()) -> Iterator[Row]:
        """Yield the rows of a query, read one by one."""
        with self._named:
            yield from self._connection.execute(statement, values)

    def row(self, statement: str, values: Values = ()) -> Row | None:
        """The first row of a query."""
        with self._named:
            row: Row | None = self._connection.execute(statement, values).fetchone()
            return row

    def value(self, statement: str, values: Values = ()) -> Any:
        """The first column of a query's first row; None when there is no row."""
        row = self.row(statement, values)
        return None if row is None else row[0]

    def run(self, statement: str, values: Values = ()) -> int:
        """Run a statement; return how many rows it changed."""
        self._before_commit()
        with self._named:
            return self._connection.execute(statement, values).rowcount

    def run_many(self, statement: str, rows: Iterable[Values]) -> int:
        """Run a statement once for each of `rows`; return how many rows of the table it changed."""
        self._before_commit()
        with self._named:
            return self._connection.executemany(statement, rows).rowcount

    def _before_commit(self) -> None:
        """Look after the lock, since outside of a transaction each statement commits."""
        if not self._connection.in_transaction:
            still_held()

    @contextmanager
    def unsynced(self) -> Iterator[None]:
        """Make one transaction of all statements inside, which a power loss may undo, as long as no other follows it.

        That saves an fsync (1 ms).
        """
        self.run("PRAGMA synchronous=NORMAL")
        try:
            with self.transaction():
                yield
        finally:
            self.run(f"PRAGMA synchronous={self._synchronous}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all statements inside, or none of them; within another transaction they are part of that one."""
        if self._connection.in_transaction:
            yield
            return
        with self._named:
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            still_held()
            with self._named:
                self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # the first error is the one to report, and nothing was committed
                self._connection.execute("ROLLBACK")
            raise

    def repair_indexes(self) -> None:
        """Make all indexes again from the tables; `quick_check` does not see a rotten byte that hides a row."""
        self.run("REINDEX")

    def copy_to(self, path: Path) -> None:
        """Write a copy of the whole database to another file."""
        with self._named, closing(sqlite3.connect(path)) as copy:
            self._connection.backup(copy)

    def unsound(self, reason: object) -> Unsound:
        """Make the error for a damaged file or for content that warcpress can't have written."""
        error = Unsound(f"{self._path}: not a sound database ({reason}); {self._advice}")
        error.path = self._path
        return error

    def check(self) -> None:
        """Read all of the file; Unsound when its structure is damaged.

        That takes 18 s of CPU for 5 GB (2026-11), so a large file is read when the last process that wrote it did not
        close it, and by the audit. Other damage is told when a query meets it.
        """
        verdict = self.value("PRAGMA quick_check(1)")
        if verdict != "ok":
            raise self.unsound(" ".join(verdict.split()))  # it has a heading with a line of its own

    def _upgrade(self, read_only: bool) -> None:
        version = self.value("PRAGMA user_version")
        if version > self._schema.version:
            raise Unusable(
                f"{self._path}: schema {version} of a newer warcpress, this one knows {self._schema.version}; "
                "install that version again"
            )
        new = self.value("SELECT 1 FROM sqlite_master WHERE name = ?", (self._schema.table,)) is None
        if new and read_only:
            raise self.unsound(f"no table {self._schema.table}")
        if not new and version == self._schema.version:
            return
        if read_only and version >= self._schema.readable > 0:
            return
        if read_only:
            self._connection = _temporary_copy(self._connection)
        steps = [self._schema.tables] if new else self._schema.upgrades[version:]
        with self._named:
            script = ";".join(("BEGIN IMMEDIATE", *steps, f"PRAGMA user_version = {self._schema.version}", "COMMIT"))
            self._connection.executescript(script)

    def failed(self, error: sqlite3.DatabaseError) -> StorageFailed:
        """Make our error for one of SQLite."""
        if of_the_disk(error):
            kind = Unusable if error.sqlite_errorcode & 0xFF in _UNUSABLE else StorageFailed
            return kind(f"{self._path}: {error}; make room or give access, then run again")
        return self.unsound(error)


class _Named:
    """Turns errors of SQLite into ours. A class: it takes 1 µs less than a generator, 50 times for each article."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, _OUR_FAULT):
            raise self._database.failed(error) from error


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _size(path: Path) -> int:
    """Bytes of a file; 0 when it is missing."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _open_to_write(path: Path, durable: bool) -> sqlite3.Connection:
    try:
        connection = open_to_write(path, durable=durable)
    except OSError as error:
        raise StorageFailed(f"{path}: {error.strerror}; make room or give access, then run again") from error
    connection.row_factory = Row
    return connection


def _open_to_read(path: Path) -> sqlite3.Connection:
    # Serving lends a connection to one thread after the other.
    connection = open_read_only(path, isolation_level=None, check_same_thread=False)
    connection.row_factory = Row
    return connection


def _temporary_copy(original: sqlite3.Connection) -> sqlite3.Connection:
    """Copy into a temporary file, which SQLite removes on close; close the original."""
    copy = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    copy.row_factory = Row
    with closing(original):
        original.backup(copy)
    return copy
