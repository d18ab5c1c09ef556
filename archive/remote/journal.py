"""remote.jsonl: what a store has of a data folder, one JSON line each; written only after it was read back.

A line that was not written whole, or is damaged, counts for nothing: its object is compared with the manifest again.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from archive.disk import Disk, open_regular
from archive.errors import InUse
from archive.remote.store import Place
from archive.warc.dates import warc_date

NAME = "remote.jsonl"


@dataclass(frozen=True)
class Stored:
    """An object that was read back from a store, and had these bytes."""

    key: str
    """`warc/NAME` or `index/NAME`, as in the data folder; or `manifest/FIRST.jsonl`."""
    size: int
    sha256: str
    at: str
    """When it was read back, written as a WARC-Date."""
    url: str
    endpoint: str
    region: str


class Journal:
    """The lines of one data folder about one store."""

    def __init__(self, folder: Path, place: Place, disk: Disk | None = None) -> None:
        self._path, self._place, self._disk = folder / NAME, place, disk or Disk()
        self._stored = {
            one.key: one for one in _lines(self._path) if (one.url, one.endpoint) == (place.name, place.endpoint)
        }

    def has(self, key: str, sha256: str) -> bool:
        """Tell whether the store has an object with these bytes."""
        found = self._stored.get(key)
        return found is not None and found.sha256 == sha256

    def distrust(self) -> None:
        """Take nothing for stored: another disk may be mounted, or the store was emptied."""
        self._stored.clear()

    def size(self, key: str) -> int | None:
        """Bytes of an object that the store has; None when it is not known to have one."""
        found = self._stored.get(key)
        return None if found is None else found.size

    def add(self, key: str, size: int, sha256: str, now: datetime) -> None:
        """Note durably that an object was read back."""
        place = self._place
        one = Stored(key, size, sha256, warc_date(now), place.name, place.endpoint, place.region)
        new = not self._path.exists()
        handle = self._disk.append(self._path)
        try:
            # A line of a push that died may have no end: then this one begins behind a LF.
            start = b"" if new or _ends_whole(self._path) else b"\n"
            line = json.dumps({"v": 1, **asdict(one)}, separators=(",", ":")).encode()
            self._disk.write(handle, start + line + b"\n")
            self._disk.fsync(handle)
        finally:
            self._disk.close(handle)
        if new:
            self._disk.fsync_folder(self._path.parent)
        self._stored[key] = one


@contextmanager
def only_push(folder: Path) -> Iterator[None]:
    """Keep other pushes of this data folder out; InUse when there is one."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(f"{folder}: another push of this folder is under way; wait for its end") from None
        yield
    finally:
        os.close(handle)


def _ends_whole(path: Path) -> bool:
    with open_regular(path) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        return file.read() in (b"", b"\n")


def _lines(path: Path) -> Iterator[Stored]:
    if not path.exists():
        return
    with open_regular(path) as file:
        for line in file:
            with suppress(ValueError, TypeError, AttributeError, RecursionError):
                document = json.loads(line)
                if document.pop("v") == 1 and all(
                    isinstance(document[key], str) for key in ("key", "sha256", "url", "endpoint")
                ):
                    yield Stored(**document)
