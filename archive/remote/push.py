"""Puts a data folder into a store: sealed files, then the lines of the manifest that seal them, then the index.

What the store has is read back and compared with its sha256 before remote.jsonl says so. An interrupted push is done
by the next one. Last, files that the store has had for long enough are removed here; nothing else removes them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BufferedReader
from pathlib import Path

from archive.disk import Disk, kept_together, only_writer, open_regular
from archive.errors import StorageError
from archive.index.merged_files import is_ours
from archive.remote.journal import Journal, OnlyStored, only_push
from archive.remote.lines import check_lines, entries_of, local_lines, put_lines
from archive.remote.store import Store
from archive.seal.manifest import Entry, in_force
from archive.warc.dates import Clock, parse_date, utc_now
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
    removed: int = 0
    """WARC files that were removed here, since the store has them."""
    freed: int = 0
    """Bytes of those files."""
    waiting: str = ""
    """Why no file was removed although `keep` says so, and the next push may; else empty."""
    needed: int = 0
    """WARC files that stay although `keep` says otherwise, since they are still needed here."""
    problems: list[str] = field(default_factory=list)
    """What was not put, and why; one line each."""


def push(
    folder: Path,
    store: Store,
    *,
    keep: timedelta | None = None,
    is_needed: Callable[[str], bool] = lambda name: False,
    clock: Clock = utc_now,
    disk: Disk | None = None,
    told: Callable[[str], None] = lambda line: None,
) -> Pushed:
    """Put what the store lacks of a data folder; a run may go on meanwhile.

    `keep`: for how long WARC files stay here after they were read back from the store; None = for ever. `is_needed`:
    whether the file with this name must stay longer; it is asked while no run can begin.

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
            one = _Push(folder, store, journal, clock, pushed, told, keeps_all=keep is None)
            for entry in in_force(entries).values():
                one.file(entry)
            pushed.lines = put_lines(store, journal, lines, clock())
            for path in sorted((folder / "index").rglob("*.cdxj")):
                one.index(path)
            if keep is not None:
                _remove(folder, store, journal, clock() - keep, is_needed, pushed, disk or Disk())
    except OSError as error:
        raise StorageError(f"{error.filename or folder}: {error.strerror or error}", "nothing is lost") from error
    return pushed


class _Push:
    def __init__(
        self,
        folder: Path,
        store: Store,
        journal: Journal,
        clock: Clock,
        pushed: Pushed,
        told: Callable[[str], None],
        *,
        keeps_all: bool,
    ) -> None:
        self._folder, self._store, self._journal, self._clock = folder, store, journal, clock
        self._pushed, self._told = pushed, told
        self._only_stored, self._keeps_all = OnlyStored(folder), keeps_all

    def file(self, entry: Entry) -> None:
        """Put a sealed file, if it has the bytes of its line."""
        key = f"warc/{entry.file}"
        if self._journal.has(key, entry.sha256):
            self._pushed.before += 1
            return
        file = _opened(self._folder / key)
        if file is None:  # a run may have merged or removed it since the manifest was read
            if in_force(entries_of(local_lines(self._folder))).get(entry.file) == entry:
                self._missing(key, entry)
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

    def _missing(self, key: str, entry: Entry) -> None:
        """Look for a file in the store that is missing here, and that remote.jsonl does not say to be there."""
        stored, url = self._only_stored.of(entry.file), self._store.place.name
        was_removed = not self._keeps_all or stored is not None
        if (difference := self._store.difference(key, entry.size, entry.sha256)) == "missing":
            if stored is not None and stored.url != url:
                self._problem(f"{key}: not put: it is only in {stored.url}: `warcpress pull` from there first")
            else:
                self._problem(f"{key}: missing, and not in the store either: `audit` has the details")
        elif difference:
            self._wrong(key, difference)
        elif was_removed:
            self._journal.add(key, entry.size, entry.sha256, self._clock(), local=False)
            self._pushed.before += 1
        else:
            self._problem(f"{key}: missing here; {url} has it: `warcpress pull` brings it back")

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
            self._wrong(key, difference)
            return False
        self._journal.add(key, size, sha256, self._clock())
        return True

    def _wrong(self, key: str, difference: str) -> None:
        url = self._store.place.name
        text = f"{key}: what {url} has under this name is wrong: {difference}; nothing is overwritten there"
        self._problem(text)


def _remove(
    folder: Path,
    store: Store,
    journal: Journal,
    until: datetime,
    is_needed: Callable[[str], bool],
    pushed: Pushed,
    disk: Disk,
) -> None:
    """Remove the WARC files here that were read back from the store before `until`, and are still there.

    remote.jsonl says so first: after a crash a file may be here that it says is gone, never the other way round.
    """
    with ExitStack() as stack:
        if not stack.enter_context(only_writer(folder)):
            pushed.waiting = "a run holds the folder"
            return
        if not stack.enter_context(kept_together(folder, alone=True, wait=0)):
            pushed.waiting = "somebody audits or packs the archive"
            return
        for entry in in_force(entries_of(local_lines(folder))).values():
            if not _is_due(folder, entry, journal, until):
                continue
            if is_needed(entry.file):
                pushed.needed += 1
                continue
            key = f"warc/{entry.file}"
            if (size := store.size(key)) != entry.size:
                there = "it is missing" if size is None else f"it has {size} bytes, not {entry.size},"
                pushed.problems.append(f"{key}: not removed here: {there} in {store.place.name}")
                continue
            journal.let_go(key)
            disk.remove(folder / key)
            disk.fsync_folder(folder / "warc")
            pushed.removed += 1
            pushed.freed += entry.size


def _is_due(folder: Path, entry: Entry, journal: Journal, until: datetime) -> bool:
    """Whether a file is here as it was sealed, as far as its length shows, and the store has had it for long enough."""
    path, stored = folder / "warc" / entry.file, journal.of(f"warc/{entry.file}")
    if stored is None or (stored.sha256, stored.size) != (entry.sha256, entry.size) or parse_date(stored.at) > until:
        return False
    # A merger that died may have left parts of this file, and the next run needs it here to finish.
    left = any((folder / "warc" / name).exists() for name in entry.starts)
    return path.is_file() and path.stat().st_size == entry.size and not left


def _opened(path: Path) -> BufferedReader | None:
    """Open a sealed file; it gets its name after its line, and until then has an ending. None when it is missing."""
    for ending in ("", *UNFINISHED, ""):
        with suppress(FileNotFoundError):
            return open_regular(path.with_name(path.name + ending))
    return None
