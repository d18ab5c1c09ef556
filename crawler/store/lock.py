"""The lock that lets one run at a time write in a folder: a data folder, or the archive of the capture add-on.

A network file system may give the lock of a machine that was frozen to another one. So the holder of a data folder's
lock also leaves a token in the lock's file, and looks before each write of a file and each commit whether it is still
there (`still_held`).
"""

from __future__ import annotations

import fcntl
import os
import secrets
import sys
import time
from contextlib import AbstractContextManager, suppress
from logging import ERROR
from pathlib import Path
from types import TracebackType
from typing import Self

from archive import LOCK, Disk, close_to_others
from crawler.clock import from_rfc3339, rfc3339, utc_now
from crawler.errors import Locked, StorageFailed
from crawler.terminal import say

MOST_REFUSALS = 3
"""Starts in a row that find the folder locked before that is a problem: with a timer, a run may well take two turns."""
_LONGEST = 1 << 16
"""Bytes of the list of refused starts; later ones are not counted."""
PATIENCE = 60.0
"""Most seconds that a start waits for a lock that is held briefly."""
_POLL = 0.02
GAP = 0.1
"""Seconds between two brief holds of one process, in which those who wait get their turn."""
_BRIEFLY = "briefly"


class Lock(AbstractContextManager["Lock"]):
    """An exclusive flock on a file in the folder; it ends with its process, even after kill -9.

    The file has the process, the time when it took the lock, a token, and whether it gives it back within seconds.
    `.refused` beside it has a line for each start that a run refused since then.
    """

    def __init__(self, folder: Path, *, briefly: bool = False) -> None:
        """Prepare the lock of an existing folder; nothing is locked yet.

        `briefly`: for seconds, not for a run, so others wait for it. Who takes it again leaves them `GAP` seconds.
        """
        self.path = folder / LOCK
        self._briefly = briefly
        self._words = b""
        self._refused = folder / ".refused"
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Take the lock; Locked when a run holds it, StorageFailed when the file can't be made."""
        try:
            descriptor = _open(self.path, os.O_RDWR)
            try:
                self._take(descriptor)
                close_to_others(self.path)
                how = f" {_BRIEFLY}" if self._briefly else ""
                self._words = f"{os.getpid()} {rfc3339(utc_now())} {secrets.token_hex(8)}{how}\n".encode()
                # Written before it is cut, so that at no time a brief hold looks like a run's.
                os.pwrite(descriptor, self._words, 0)
                os.truncate(descriptor, len(self._words))
                if not self._briefly:
                    self._refused.unlink(missing_ok=True)
            except BaseException:
                os.close(descriptor)
                raise
        except OSError as error:
            raise StorageFailed(f"{self.path}: can't be locked: {error.strerror}") from error
        self._descriptor = descriptor
        _held.add(self)
        return self

    def _take(self, descriptor: int) -> None:
        deadline, is_first = time.monotonic() + PATIENCE, True
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                held = _words(descriptor)
                # At first the file may still be of the holder before: it is written after the lock is taken.
                if not is_first and (_BRIEFLY not in held or time.monotonic() > deadline):
                    told = _told(os.pread(descriptor, 100, 0))
                    raise Locked(
                        f"{self.path.parent}: another run holds this folder ({told}); wait for its end"
                    ) from None
                is_first = False
                time.sleep(_POLL)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            _held.discard(self)
            os.close(self._descriptor)
            self._descriptor = None

    def check(self) -> None:
        """StorageFailed unless the lock's file has this holder's token.

        It is opened anew, since only then a network file system asks its server.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                found = os.pread(descriptor, 100, 0)
            finally:
                os.close(descriptor)
        except FileNotFoundError:
            raise StorageFailed(f"{self.path}: somebody removed this file while a run went on; {_ENDED}") from None
        except OSError as error:
            raise StorageFailed(f"{self.path}: can't be read: {error.strerror}; {_ENDED}") from error
        if found != self._words:
            raise StorageFailed(f"{self.path.parent}: another run has taken this folder ({_told(found)}); {_ENDED}")

    def refused(self, error: Locked, longest: float) -> Locked:
        """Count a refused start; return the error with the count, and whether the lock is held for too long.

        That is so from the third refusal in a row on, or after `longest` seconds.
        """
        try:
            descriptor = _open(self._refused, os.O_RDWR | os.O_APPEND)
            try:
                if os.fstat(descriptor).st_size < _LONGEST:
                    os.write(descriptor, f"{rfc3339(utc_now())}\n".encode())
                count = os.pread(descriptor, _LONGEST + 100, 0).count(b"\n")
            finally:
                os.close(descriptor)
        except OSError as fault:
            raise StorageFailed(f"{self._refused}: can't be written: {fault.strerror}") from fault
        text = f"{error}; {count} starts in a row were refused" if count > 1 else str(error)
        counted = Locked(text)
        counted.too_long = count >= MOST_REFUSALS or self._age() > longest
        return counted

    def _age(self) -> float:
        """Seconds for which the lock has been held; 0 where its file does not say."""
        with suppress(OSError, ValueError, IndexError):
            since = self.path.read_bytes()[:100].decode("ascii").split()[1]
            return (utc_now() - from_rfc3339(since)).total_seconds()
        return 0.0

    def held_elsewhere(self) -> bool:
        """Return whether a run holds the lock now, for longer than briefly; needs no write access.

        The audit does not read the `.open` file of such a run.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StorageFailed(f"{self.path}: can't be read: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _BRIEFLY not in _words(descriptor)
        finally:
            os.close(descriptor)
        return False


_held: set[Lock] = set()
"""The locks that this process has."""
_ENDED = "this one ends at once and writes nothing more"


def still_held() -> None:
    """End this process when another one has taken a folder that this one has locked.

    Call it before each write: the other run has sealed our open file, and what we append would damage it. That takes
    0.004 ms (2026-11). One line says so, and the exit code is 4. No error is raised, because an ordinary end writes:
    SQLite takes its log back into the database when it is closed, also over what the other run has written meanwhile.
    """
    for lock in tuple(_held):
        try:
            lock.check()
        except StorageFailed as error:
            say(f"warcpress: {error}", ERROR)
            sys.stderr.flush()
            os._exit(error.exit_code)


class FencedDisk(Disk):
    """The disk of an archive whose folder this process has locked."""

    def confirm(self) -> None:
        """Look whether the folder is still ours."""
        still_held()


def _open(path: Path, flags: int) -> int:
    """Open or make a file that only its owner may read and write; a link or a FIFO is refused."""
    return os.open(path, flags | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)


def _words(descriptor: int) -> list[str]:
    """What the holder wrote: its process, since when, its token, and how."""
    return os.pread(descriptor, 100, 0).decode("ascii", "replace").split()


def _told(written: bytes) -> str:
    """Name a holder by what it wrote."""
    process, since = (*written.decode("ascii", "replace").split(), "", "")[:2]
    return f"process {process or 'unknown'}" + (f", since {since}" if since else "")
