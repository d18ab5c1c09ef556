"""Puts a data folder into a store: sealed files, then the lines of the manifest that seal them, then the index.

What the store has is read back and compared with its sha256 before remote.jsonl says so. An interrupted push is done
by the next one.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path

from archive.disk import Disk, open_regular
from archive.errors import StorageError
from archive.index.merged_files import is_ours
from archive.remote.journal import Journal, only_push
from archive.remote.lines import check_lines, entries_of, local_lines, put_lines
from archive.remote.store import Store
from archive.seal.manifest import Entry, in_force
from archive.warc.dates import Clock, utc_now
from archive.warc.filenames import UNFINISHED


@dataclass
class Pushed:
    """The result of a push."""

    files: int = 0
    """WARC files that were put now, or were found in the store and compared."""
    bytes: int = 0
    """Bytes of those files."""
    before: int = 0
    """Files that earlier pushes have put."""
    lines: int = 0
    """Lines of the manifest that were put now."""
    index: int = 0
    """Files of the index that were put now."""
    problems: list[str] = field(default_factory=list)
    """What was not put, and why; one line each."""


def push(
    folder: Path,
    store: Store,
    *,
    clock: Clock = utc_now,
    disk: Disk | None = None,
    told: Callable[[str], None] = lambda line: None,
) -> Pushed:
    """Put what the store lacks of a data folder; a run may go on meanwhile.

    Raises InUse during another push, ManifestError when the manifest's chain is broken, OtherManifest when the place is
    another archive's, StoreFailed when the store fails; StorageError when the disk does. `told` is called with the name
    of each file that is put.
    """
    pushed = Pushed()
    try:
        with only_push(folder):
            lines = local_lines(folder)
            entries = entries_of(lines)
            journal = Journal(folder, store.place, disk)
            check_lines(store, journal, lines, clock())
            one = _Push(folder, store, journal, clock, pushed, told)
            for entry in in_force(entries).values():
                one.file(entry)
            pushed.lines = put_lines(store, journal, lines, clock())
            for path in sorted((folder / "index").rglob("*.cdxj")):
                one.index(path)
    except OSError as error:
        raise StorageError(f"{error.filename or folder}: {error.strerror or error}", "nothing is lost") from error
    return pushed


class _Push:
    def __init__(
        self, folder: Path, store: Store, journal: Journal, clock: Clock, pushed: Pushed, told: Callable[[str], None]
    ) -> None:
        self._folder, self._store, self._journal, self._clock = folder, store, journal, clock
        self._pushed, self._told = pushed, told

    def file(self, entry: Entry) -> None:
        """Put a sealed file, if it has the bytes of its line."""
        key = f"warc/{entry.file}"
        if self._journal.has(key, entry.sha256):
            self._pushed.before += 1
            return
        file = _opened(self._folder / key)
        if file is None:  # a run may have merged or removed it since the manifest was read
            if in_force(entries_of(local_lines(self._folder))).get(entry.file) == entry:
                self._problem(f"{key}: missing, and not in the store either: `audit` has the details")
            return
        with file:  # it stays readable when a merger removes it
            if hashlib.file_digest(file, "sha256").hexdigest() != entry.sha256:
                self._problem(f"{key}: not as it was sealed, so not put: `audit` has the details")
                return
            self._told(entry.file)
            self._store.put_file(key, file, entry.size)
        if self._is_there(key, entry.size, entry.sha256):
            self._pushed.files += 1
            self._pushed.bytes += entry.size

    def index(self, path: Path) -> None:
        """Put a file of the index; its name has its checksum, so another one has another name."""
        key = path.relative_to(self._folder).as_posix()
        if not is_ours(path.name):
            return
        try:
            file = open_regular(path)
        except FileNotFoundError:
            return  # a run merged it
        with file:
            size, sha256 = os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()
            if not self._journal.has(key, sha256):
                self._store.put_file(key, file, size)
                self._pushed.index += self._is_there(key, size, sha256)

    def _problem(self, text: str) -> None:
        self._pushed.problems.append(text)

    def _is_there(self, key: str, size: int, sha256: str) -> bool:
        """Compare an object with what was put, and note that it is right."""
        if difference := self._store.difference(key, size, sha256):
            url = self._store.place.name
            text = f"{key}: what {url} has under this name is wrong: {difference}; nothing is overwritten there"
            self._problem(text)
            return False
        self._journal.add(key, size, sha256, self._clock())
        return True


def _opened(path: Path) -> BufferedReader | None:
    """Open a sealed file; it gets its name after its line, and until then has an ending. None when it is missing."""
    for ending in ("", *UNFINISHED, ""):
        with suppress(FileNotFoundError):
            return open_regular(path.with_name(path.name + ending))
    return None
