"""Opens SQLite files for writing, in WAL mode: a path goes in, a connection comes out; a full disk is an error.

In WAL mode SQLite maps a file, `-shm`, into memory, and allocates only the last byte of every 4 KiB of it. On a file
system with smaller blocks the first write into the rest then kills the process by SIGBUS when the disk is full: 7 of
40 writers on ext4 with 1 KiB blocks (2026-11). So the room is looked for before SQLite makes that file, and the whole
file is allocated afterwards: 0 of 40. A rollback journal needs no such file, but takes 1.1 ms for a commit instead of
0.35, and any reader stops the writer; exclusive locking keeps readers out.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

from archive.disk import keep_private

_SHARED = 64 * 1024
"""Bytes of `-shm` that are allocated: enough for a log of 33 MB, and SQLite takes logs of more than 4 MB back."""
_ROOM = 2 * _SHARED
"""Bytes that must be free before SQLite opens a file: for `-shm`, and for the first pages of the log."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_OF_THE_DISK = {
    getattr(sqlite3, f"SQLITE_{name}")
    for name in ("BUSY", "CANTOPEN", "FULL", "IOERR", "LOCKED", "NOLFS", "NOMEM", "PERM", "PROTOCOL", "READONLY")
}
"""Errors of disk, memory or locks (sqlite.org/rescode.html); any other one of our statements means a damaged file."""


def of_the_disk(error: sqlite3.Error) -> bool:
    """Tell whether the disk, the memory or a lock failed, and not the content of the file."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _OF_THE_DISK


def sqlite_error(text: str, code: int) -> sqlite3.OperationalError:
    """Make an error as SQLite would raise it, with its primary code."""
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


def open_to_write(path: Path, *, durable: bool, **options: Any) -> sqlite3.Connection:
    """Open or make a database in WAL mode, for its owner only.

    Raises OSError or sqlite3.Error when that is impossible, for instance on a full disk. `durable`: sync every commit.
    `options` are those of `sqlite3.connect`.
    """
    find_room(path)
    keep_private(path)
    connection: sqlite3.Connection = sqlite3.connect(path, isolation_level=None, **options)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # SQLite makes `-shm` at the first read
        allocate_shared(path)
    except BaseException:
        connection.close()
        raise
    return connection


def find_room(path: Path) -> None:
    """Raise sqlite3.OperationalError when the disk of a database has no room for the files that SQLite makes.

    It tries, because free blocks may be reserved for others; the file that it makes has no name.
    """
    if not hasattr(os, "O_TMPFILE") or not hasattr(os, "posix_fallocate"):
        return
    with suppress(OSError):  # not every file system has files without a name; without access, SQLite says so itself
        file = os.open(path.resolve().parent, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            _allocate(file, _ROOM)
        finally:
            os.close(file)


def allocate_shared(path: Path) -> None:
    """Allocate all of the `-shm` of a database that this process has open; sqlite3.OperationalError on a full disk.

    It uses SQLite's own descriptor: when a process closes another one of the same file, it loses all locks on it.
    """
    name = f"{path.resolve()}-shm"
    descriptors = Path("/proc/self/fd")
    for link in list(descriptors.iterdir()) if descriptors.is_dir() else ():
        with suppress(FileNotFoundError):  # the one that read this folder is closed by now
            if str(link.readlink()) == name:
                _allocate(int(link.name), _SHARED)
                return


def _allocate(file: int, size: int) -> None:
    try:
        os.posix_fallocate(file, 0, size)
    except OSError as error:
        if error.errno in _FULL:
            raise sqlite_error("database or disk is full", sqlite3.SQLITE_FULL) from error
