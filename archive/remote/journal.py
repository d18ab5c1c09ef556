"""remote.jsonl: what a store has of a data folder, one JSON line each; written only after it was read back.

The last line of an object counts. A line that was not written whole, or is damaged, counts for nothing: its object is
compared with the manifest again. `OnlyStored` reads from it which WARC files are only in the store.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from archive.disk import Disk, open_regular
from archive.errors import InUse
from archive.seal.manifest import NAME as MANIFEST
from archive.seal.manifest import Manifest
from archive.warc.dates import parse_date, warc_date
from archive.warc.filenames import OPEN

if TYPE_CHECKING:
    from archive.remote.store import Place

NAME = "remote.jsonl"
_WARC = "warc/"


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
    local: bool = True
    """False: the file here may be gone, since it was removed after this line was written."""


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

    def of(self, key: str) -> Stored | None:
        """The last line of an object; None when the store is not known to have it."""
        return self._stored.get(key)

    def distrust(self) -> None:
        """Take nothing for stored: another disk may be mounted, or the store was emptied."""
        self._stored.clear()

    def size(self, key: str) -> int | None:
        """Bytes of an object that the store has; None when it is not known to have one."""
        found = self._stored.get(key)
        return None if found is None else found.size

    def add(self, key: str, size: int, sha256: str, now: datetime, *, local: bool = True) -> None:
        """Note durably that an object was read back; `local`: False for one that may be only in the store."""
        place = self._place
        one = Stored(key, size, sha256, warc_date(now), place.name, place.endpoint, place.region)
        self._append(one if local else replace(one, local=False))

    def let_go(self, key: str) -> None:
        """Note durably that the file of an object, which the store has, may be removed here."""
        self._append(replace(self._stored[key], local=False))

    def _append(self, one: Stored) -> None:
        new = not self._path.exists()
        handle = self._disk.append(self._path)
        try:
            # A line of a push that died may have no end: then this one begins behind a LF.
            start = b"" if new or _ends_whole(self._path) else b"\n"
            document = {name: value for name, value in asdict(one).items() if (name, value) != ("local", True)}
            line = json.dumps({"v": 1, **document}, separators=(",", ":")).encode()
            self._disk.write(handle, start + line + b"\n")
            self._disk.fsync(handle)
        finally:
            self._disk.close(handle)
        if new:
            self._disk.fsync_folder(self._path.parent)
        self._stored[one.key] = one


class OnlyStored:
    """The WARC files of a data folder that are only in the store: a push has removed the copies here.

    A file that is here is none of them, nor one that the manifest does not name with these bytes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._state: list[tuple[int, int, int]] = []
        self._removed: dict[str, Stored] = {}

    def of(self, name: str) -> Stored | None:
        """Where a WARC file of this name is stored; None when it is here, or nowhere."""
        found = self._all().get(name)
        return None if found is None or _is_here(self._folder, name) else found

    def files(self) -> dict[str, Stored]:
        """All of them, by name."""
        return {name: one for name, one in self._all().items() if not _is_here(self._folder, name)}

    def ever(self) -> set[str]:
        """The names of the files that are or were only in the store, even if they are here again."""
        return {one.key.removeprefix(_WARC) for one in _lines(self._folder / NAME) if not one.local}

    def _all(self) -> dict[str, Stored]:
        """Those that were removed here; read again when remote.jsonl or the manifest has changed."""
        journal = self._folder / NAME
        if (state := [_state(journal), _state(self._folder / MANIFEST)]) != self._state:
            last = {one.key: one for one in _lines(journal)}
            removed = {
                one.key.removeprefix(_WARC): one for one in last.values() if not one.local and one.key.startswith(_WARC)
            }
            # A broken chain is for the audit to tell: the files are in the store all the same.
            sealed = Manifest(self._folder).named(removed) if removed else {}
            self._removed = {
                name: one
                for name, one in removed.items()
                if (entry := sealed.get(name)) and (entry.sha256, entry.size) == (one.sha256, one.size)
            }
            self._state = state
        return self._removed


def _state(path: Path) -> tuple[int, int, int]:
    """What changes when somebody writes to a file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0, 0
    return found.st_ino, found.st_size, found.st_mtime_ns


def _is_here(folder: Path, name: str) -> bool:
    path = folder / _WARC / name
    return path.exists() or path.with_name(name + OPEN).exists()


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
            with suppress(ValueError, TypeError, AttributeError, KeyError, RecursionError):
                document = json.loads(line)
                if document.pop("v") == 1 and all(
                    isinstance(document[key], str) for key in ("key", "sha256", "url", "endpoint")
                ):
                    parse_date(document["at"])
                    if type(document["size"]) is int:
                        yield Stored(**document)
