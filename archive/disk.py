"""Durable file operations: the writer, the manifest, the index and repair change files only through a Disk.

Tests replace it to make any single operation fail, or to lose everything that was not fsynced.
"""

from __future__ import annotations

import errno
import fcntl
import math
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path

LOCK = ".lock"
"""File of an archive's folder that whoever writes in it locks."""
_POLL = 0.1
"""Seconds between two tries to get a lock."""


def open_regular(path: Path) -> BufferedReader:
    """Open a file for reading; OSError for anything else under its name.

    A FIFO would make the reader wait for ever, and a device may have no end.
    """
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK))  # noqa: SIM115
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return file


@contextmanager
def kept_together(folder: Path, *, alone: bool = False, wait: float = math.inf) -> Iterator[bool]:
    """Keep the WARC files of an archive where they are while many of them are read; yield whether that is so.

    `alone`: of the merger, which removes files, and waits for those who read. `wait`: at most so many seconds.
    """
    place = folder / "warc" if (folder / "warc").is_dir() else folder
    handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield _locked(handle, fcntl.LOCK_EX if alone else fcntl.LOCK_SH, wait)
    finally:
        os.close(handle)


@contextmanager
def only_writer(folder: Path) -> Iterator[bool]:
    """Keep other writers out of an archive; yield whether there is none. A run of warcpress takes the same lock.

    Then the file no longer says who held it before, and for how long: others go by that.
    """
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        if is_alone := _locked(handle, fcntl.LOCK_EX, 0):
            os.truncate(handle, 0)
        yield is_alone
    finally:
        os.close(handle)


def _locked(handle: int, kind: int, wait: float) -> bool:
    """Lock an open file or folder, within `wait` seconds."""
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(handle, kind if wait == math.inf else kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL)
        else:
            return True


class Disk:
    """File operations; each lets the system's OSError through."""

    def confirm(self) -> None:
        """Do nothing. It is called before each change of a file: a disk for a locked folder looks after its lock."""

    def create(self, path: Path) -> int:
        """Open a new file for writing; FileExistsError when the name is taken, even by a symbolic link."""
        self.confirm()
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)

    def append(self, path: Path) -> int:
        """Open a file for writing at its end, and make it if it is missing; a symbolic link is refused."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)

    def write(self, file: int, content: bytes) -> None:
        """Write all of the content."""
        self.confirm()
        view = memoryview(content)
        while view:
            view = view[os.write(file, view) :]

    def fsync(self, file: int) -> None:
        """Make everything written to the file durable."""
        self.confirm()
        os.fsync(file)

    def close(self, file: int) -> None:
        """Close an open file."""
        os.close(file)

    def truncate(self, path: Path, size: int) -> None:
        """Cut a file to `size` bytes, durably."""
        self.confirm()
        file = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            os.ftruncate(file, size)
            os.fsync(file)
        finally:
            os.close(file)

    def rename(self, old: Path, new: Path) -> None:
        """Rename within one folder; FileExistsError when the new name is taken. The caller holds the folder's lock."""
        self.confirm()
        if new.exists() or new.is_symlink():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new))
        old.rename(new)

    def remove(self, path: Path) -> None:
        """Remove a file; FileNotFoundError when it is missing."""
        self.confirm()
        path.unlink()

    def make_folder(self, folder: Path) -> None:
        """Make a folder and the missing folders above it, durably."""
        above = folder.absolute().parent
        if folder.is_dir():
            return
        if not above.exists():
            self.make_folder(above)
        folder.mkdir(exist_ok=True)
        self.fsync_folder(above)

    def fsync_folder(self, folder: Path) -> None:
        """Make the names in a folder durable."""
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def keep_private(path: Path) -> None:
    """Let only the owner read and write a database, which is made if it is missing, and its logs.

    SQLite gives its logs the mode of the database. An existing file is not opened here: closing it would give up the
    locks that this process has on it (sqlite.org/howtocorrupt.html, 2.2).
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        close_to_others(file)


def close_to_others(path: Path) -> None:
    """Let only the owner read and write a file of an earlier release; nothing happens if it is missing or no file."""
    with suppress(FileNotFoundError, PermissionError):  # PermissionError: somebody else's file, or a disk without modes
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode) and mode & 0o077:
            path.chmod(0o600)
