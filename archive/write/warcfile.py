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

_TOGETHER = 1 << 18
"""Bytes from which on what was gathered is written: one call for most exchanges, in place of six (2026-11)."""


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

    def append(self, *members: Iterable[bytes]) -> list[tuple[int, int]]:
        """Add records, not yet durable; return the offset and length of each."""
        places, waiting, end = [], [], self.size
        for member in members:
            start = end
            for piece in member:
                waiting.append(piece)
                end += len(piece)
                if end - self.size >= _TOGETHER:
                    self._write(b"".join(waiting))
                    waiting = []
            places.append((start, end - start))
        if waiting:
            self._write(b"".join(waiting))
        self.records += len(members)
        return places

    def _write(self, content: bytes) -> None:
        assert self._handle is not None
        self._disk.write(self._handle, content)
        self._digest.update(content)
        self.size += len(content)

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
