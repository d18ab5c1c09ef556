"""The lock that lets one run at a time write in a folder: a data folder, or the archive of the capture add-on."""

from __future__ import annotations

import fcntl
import os
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from crawler.errors import Locked, StorageFailed


class Lock(AbstractContextManager["Lock"]):
    """An exclusive flock on a file in the folder; it ends with its process, even after kill -9."""

    def __init__(self, folder: Path) -> None:
        """Prepare the lock of an existing folder; nothing is locked yet."""
        self.path = folder / ".lock"
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Take the lock; Locked when another process holds it, StorageFailed when the file can't be made."""
        try:
            descriptor = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.truncate(descriptor, 0)
                os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            except BlockingIOError:
                holder = os.pread(descriptor, 64, 0).decode("ascii", "replace").strip() or "unknown"
                os.close(descriptor)
                raise Locked(
                    f"{self.path.parent}: another run holds this folder (process {holder}); wait for its end"
                ) from None
            except OSError:
                os.close(descriptor)
                raise
        except OSError as error:
            raise StorageFailed(f"{self.path}: can't be locked: {error.strerror}") from error
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def held_elsewhere(self) -> bool:
        """Return whether a run holds the lock now; needs no write access.

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
            return True
        finally:
            os.close(descriptor)
        return False
