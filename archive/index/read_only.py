"""Opens SQLite files for reading: a path goes in, a connection comes out, even if the folder can't be written."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

_NO_ACCESS = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


def open_read_only(path: Path, **options: Any) -> sqlite3.Connection:
    """Open a database for reading; raise sqlite3.Error when that is impossible.

    SQLite reads a database in WAL mode only with two files beside it, `-wal` and `-shm`, which it makes in the folder.
    Where it can't make them, the database is opened as immutable. That reads only the one file, so it is refused when a
    log with committed changes lies beside it. `options` are those of `sqlite3.connect`.
    """
    real = path.resolve()  # SQLite looks for the log beside the file that a link leads to
    uri = real.as_uri()  # escapes `?`, `#` and `%`
    try:
        return _tried(f"{uri}?mode=ro", options)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in _NO_ACCESS:
            raise
        if _has_log(real):
            raise _unreadable(real) from error
        return _tried(f"{uri}?mode=ro&immutable=1", options)


def _tried(uri: str, options: dict[str, Any]) -> sqlite3.Connection:
    """Connect and read once: SQLite opens a file only at the first statement."""
    connection: sqlite3.Connection = sqlite3.connect(uri, uri=True, **options)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
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


def _unreadable(path: Path) -> sqlite3.OperationalError:
    reason = f"{path.name}-wal holds changes that only a user who may write in the folder can read"
    error = sqlite3.OperationalError(reason)
    error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_CANTOPEN, "SQLITE_CANTOPEN"
    return error
