"""Opens SQLite files for reading: a path goes in, a connection comes out, even if the folder can't be written."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from archive.index.write_ahead import allocate_shared, find_room, sqlite_error

_UNWRITABLE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY)


def open_read_only(path: Path, *, unused: bool = False, **options: Any) -> sqlite3.Connection:
    """Open a database for reading; raise sqlite3.Error when that is impossible.

    SQLite reads a database in WAL mode only with two files beside it, `-wal` and `-shm`, which it makes in the folder,
    and which a reader leaves there. Where it can't make them, also on a full disk, the database is opened as immutable.
    That reads only the one file, so it is refused when a log with committed changes lies beside it. `unused`: do so at
    once, since no process has it open; the caller opens it again when one does. `options` are those of
    `sqlite3.connect`.
    """
    if not path.is_file():  # SQLite would wait for a FIFO for ever
        raise sqlite_error("unable to open database file", sqlite3.SQLITE_CANTOPEN)
    real = path.resolve()  # SQLite looks for the log beside the file that a link leads to
    uri = real.as_uri()  # escapes `?`, `#` and `%`
    if unused:
        return _tried(f"{uri}?mode=ro&immutable=1", options)
    try:
        if not real.with_name(real.name + "-shm").exists():
            find_room(real)
        return _tried(f"{uri}?mode=ro", options, shared=real)
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _UNWRITABLE:
            raise
        if _has_log(real):
            raise _unreadable(real, error) from error
        return _tried(f"{uri}?mode=ro&immutable=1", options)


def _tried(uri: str, options: dict[str, Any], shared: Path | None = None) -> sqlite3.Connection:
    """Connect and read once: SQLite opens a file only at the first statement. `shared`: whose `-shm` it maps.

    The schema of a stranger's file may call functions, so it is not trusted.
    """
    connection: sqlite3.Connection = sqlite3.connect(uri, uri=True, **options)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if shared is not None:
            allocate_shared(shared)
    except BaseException:
        connection.close()
        raise
    return connection


def _has_log(path: Path) -> bool:
    log = path.with_name(path.name + "-wal")
    try:
        return log.stat().st_size > 0
    except OSError:
        return False


def _unreadable(path: Path, error: sqlite3.OperationalError) -> sqlite3.OperationalError:
    if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL:
        return sqlite_error(f"the disk is full, and {path.name}-wal holds changes", sqlite3.SQLITE_FULL)
    reason = f"{path.name}-wal holds changes that only a user who may write in the folder can read"
    return sqlite_error(reason, sqlite3.SQLITE_CANTOPEN)
