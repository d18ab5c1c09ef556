"""One WARC file that is being written: records are appended, a file with a known digest comes out.

Its name ends in `.open` until it is sealed, or in `.merging` when it is made of others. Nothing is ever appended to a
file of another run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from archive.disk import Disk
from archive.warc.filenames import OPEN


class WarcFile:
    """A new file in `folder`; every method lets OSErrors of the disk through."""

    def __init__(self, folder: Path, name: str, disk: Disk, ending: str = OPEN) -> None:
        """`ending`: behind the name, until `publish`."""
        self.name = name
        self.path = folder / (name + ending)
        self._disk = disk
        self._handle: int | None = disk.create(self.path)
        self._digest = hashlib.sha256()
        self._named = False
        self.size = 0
        """Bytes written so far."""
        self.records = 0
        """Records written so far."""

    def append(self, member: Iterable[bytes]) -> tuple[int, int]:
        """Add one record, not yet durable; return its offset and length."""
        assert self._handle is not None
        start = self.size
        for piece in member:
            self._disk.write(self._handle, piece)
            self._digest.update(piece)
            self.size += len(piece)
        self.records += 1
        return start, self.size - start

    def sync(self) -> None:
        """Make everything so far durable, the first time also the name of the file."""
        assert self._handle is not None
        self._disk.fsync(self._handle)
        if not self._named:
            self._disk.fsync_folder(self.path.parent)
            self._named = True

    @property
    def sha256(self) -> str:
        """Digest of all bytes so far, hex."""
        return self._digest.hexdigest()

    def publish(self) -> None:
        """Give the file its final name, durably. Call `sync` first."""
        self.close()
        self._disk.rename(self.path, self.path.with_name(self.name))
        self._disk.fsync_folder(self.path.parent)

    def close(self) -> None:
        """Close the file as it is."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            self._disk.close(handle)

    def discard(self) -> None:
        """Close the file, and remove it unless it has its final name."""
        self.close()
        self.path.unlink(missing_ok=True)
