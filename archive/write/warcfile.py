"""One WARC file while it is written: members go in at its end, a sealed file with a known digest comes out.

Until it is sealed its name ends in `.open`. Nothing is ever appended to a file of another run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from archive.disk import Disk
from archive.warc.filenames import OPEN


class WarcFile:
    """A new file in `folder`; every method raises OSError as the disk gives it."""

    def __init__(self, folder: Path, name: str, disk: Disk) -> None:
        self.name = name
        self.path = folder / (name + OPEN)
        self._disk = disk
        self._handle: int | None = disk.create(self.path)
        self._digest = hashlib.sha256()
        self._named = False
        self.size = 0
        self.records = 0

    def append(self, member: Iterable[bytes]) -> tuple[int, int]:
        """Adds one record; returns its offset and length. Not yet durable."""
        assert self._handle is not None
        start = self.size
        for piece in member:
            self._disk.write(self._handle, piece)
            self._digest.update(piece)
            self.size += len(piece)
        self.records += 1
        return start, self.size - start

    def sync(self) -> None:
        """Makes everything appended so far durable, the first time the file's name too."""
        assert self._handle is not None
        self._disk.fsync(self._handle)
        if not self._named:
            self._disk.fsync_folder(self.path.parent)
            self._named = True

    @property
    def sha256(self) -> str:
        """Over all bytes so far, hex."""
        return self._digest.hexdigest()

    def publish(self) -> None:
        """Gives the file its final name, durably. Call `sync` first."""
        self.close()
        self._disk.rename(self.path, self.path.with_name(self.name))
        self._disk.fsync_folder(self.path.parent)

    def close(self) -> None:
        """Lets go of the file as it is."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            self._disk.close(handle)

    def discard(self) -> None:
        """Lets go of the file and removes it, if it has not got its final name."""
        self.close()
        self.path.unlink(missing_ok=True)
