"""The few file operations that durability rests on: what the writer, the manifest and repair do to the disk goes
through here.

One object, so that a test can make any single operation fail, or forget what was not fsynced.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path


class Disk:
    """Durable file operations; each raises OSError as the system gives it."""

    def create(self, path: Path) -> int:
        """Opens a new file for writing; FileExistsError when the name is taken, a symbolic link included."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)

    def append(self, path: Path) -> int:
        """Opens a file for writing at its end, made if it is missing; a symbolic link is refused."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)

    def write(self, file: int, content: bytes) -> None:
        """Writes all of it."""
        view = memoryview(content)
        while view:
            view = view[os.write(file, view) :]

    def fsync(self, file: int) -> None:
        os.fsync(file)

    def close(self, file: int) -> None:
        os.close(file)

    def truncate(self, path: Path, size: int) -> None:
        """Cuts a file to `size` bytes, durably."""
        file = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            os.ftruncate(file, size)
            os.fsync(file)
        finally:
            os.close(file)

    def rename(self, old: Path, new: Path) -> None:
        """Renames within one folder; FileExistsError rather than replacing anything (whoever renames holds the
        lock).
        """
        if new.exists() or new.is_symlink():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new))
        old.rename(new)

    def remove(self, path: Path) -> None:
        path.unlink()

    def make_folder(self, folder: Path) -> None:
        """Makes a folder and those above it that are missing; the names of the new ones are durable."""
        above = folder.absolute().parent
        if folder.is_dir():
            return
        if not above.exists():
            self.make_folder(above)
        folder.mkdir(exist_ok=True)
        self.fsync_folder(above)

    def fsync_folder(self, folder: Path) -> None:
        """Makes the names in a folder durable."""
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
