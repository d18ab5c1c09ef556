"""Brings a data folder back from a store: lines of the manifest that it lacks, and sealed files that are missing.

A file gets its name only when it has the sha256 of its line. What a killed pull leaves, the next start of a run or the
next pull finishes or removes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from archive.disk import Disk, only_writer
from archive.errors import InUse, StorageError, StoreFailed, UsageError
from archive.remote.journal import Journal
from archive.remote.lines import OtherManifest, entries_of, local_lines, stored_lines
from archive.remote.store import LOOKS, Store
from archive.seal.manifest import NAME as MANIFEST
from archive.seal.manifest import Entry, Manifest, in_force, sha256_of
from archive.warc.dates import Clock, utc_now
from archive.warc.filenames import IMPORTING


@dataclass
class Pulled:
    """The result of a pull."""

    files: int = 0
    bytes: int = 0
    lines: int = 0
    """Lines that were added to the manifest."""
    problems: list[str] = field(default_factory=list)
    """What could not be brought, and why; one line each."""


def pull(
    folder: Path,
    store: Store,
    names: Collection[str] = (),
    *,
    clock: Clock = utc_now,
    disk: Disk | None = None,
    told: Callable[[str], None] = lambda line: None,
) -> Pulled:
    """Bring what a data folder lacks, or only the files with these `names`: those are also compared byte for byte.

    Raises UsageError for a name that no line has, InUse during a run, OtherManifest when the place is another
    archive's, ManifestError and StoreFailed when the store has no whole manifest, StorageError when the disk fails.
    """
    pulled, disk = Pulled(), disk or Disk()
    try:
        disk.make_folder(folder / "warc")
        with only_writer(folder) as is_alone:
            if not is_alone:
                raise InUse(f"{folder}: a run holds this folder; wait for its end")
            lines, pulled.lines = _with_lines(folder, store, disk)
            files = in_force(entries_of(lines))
            if unknown := sorted(set(names) - files.keys()):
                raise UsageError(f"{unknown[0]}: no line of the manifest says that such a file should be there")
            journal = Journal(folder, store.place, disk)
            for name, entry in files.items():
                if (name in names or not names) and _bring(
                    folder, store, entry, pulled, disk, told, compare=bool(names)
                ):
                    journal.add(f"warc/{name}", entry.size, entry.sha256, clock())
    except OSError as error:
        raise StorageError(f"{error.filename or folder}: {error.strerror or error}", "nothing is lost") from error
    return pulled


def _with_lines(folder: Path, store: Store, disk: Disk) -> tuple[Sequence[bytes], int]:
    """Give the manifest the lines that only the store has; return all lines, and how many were added."""
    there, here = stored_lines(store), local_lines(folder)
    if not there and not here:
        raise StoreFailed(f"{store.place.name}: there is no archive; `warcpress push` puts one")
    if here[: len(there)] != there[: len(here)]:
        raise OtherManifest(
            f"{store.place.name}: has the manifest of another archive than {folder}; nothing was changed"
        )
    entries_of(there)
    new = there[len(here) :]
    if new:
        path = folder / MANIFEST
        is_first = not path.exists()
        Manifest(folder, disk).cut_unfinished()
        handle = disk.append(path)
        try:
            disk.write(handle, b"".join(line + b"\n" for line in new))
            disk.fsync(handle)
        finally:
            disk.close(handle)
        if is_first:
            disk.fsync_folder(folder)
    return here + new, len(new)


def _bring(
    folder: Path,
    store: Store,
    entry: Entry,
    pulled: Pulled,
    disk: Disk,
    told: Callable[[str], None],
    *,
    compare: bool,
) -> bool:
    """Bring a file that is missing here, or has other bytes; tell whether it was brought."""
    if "/" in entry.file:
        raise UsageError(f"{entry.file}: not the name of a WARC file")
    path = folder / "warc" / entry.file
    if path.is_file() and path.stat().st_size == entry.size and not (compare and sha256_of(path) != entry.sha256):
        return False
    told(entry.file)
    copy, key = path.with_name(path.name + IMPORTING), f"warc/{entry.file}"
    wrong = ""
    for _ in range(LOOKS):
        if (size := store.size(key)) == entry.size:
            if _copied(store, key, entry, copy, disk):
                if path.exists():  # it does not have the bytes of its line
                    disk.remove(path)
                disk.rename(copy, path)
                disk.fsync_folder(path.parent)
                pulled.files += 1
                pulled.bytes += entry.size
                return True
            wrong = "it has other bytes there: its sha256 is another"
        else:
            wrong = "it is not there" if size is None else f"it has {size} bytes there, not {entry.size}"
    pulled.problems.append(f"{key}: not brought from {store.place.name}: {wrong}")
    return False


def _copied(store: Store, key: str, entry: Entry, copy: Path, disk: Disk) -> bool:
    """Copy an object into a new file, durably; no file and False when it does not have the bytes of its line."""
    with suppress(FileNotFoundError):  # of a pull that was killed
        disk.remove(copy)
    handle, digest = disk.create(copy), hashlib.sha256()
    try:
        for piece in store.pieces(key, entry.size):
            disk.write(handle, piece)
            digest.update(piece)
        disk.fsync(handle)
        is_right = digest.hexdigest() == entry.sha256
    except BaseException:
        is_right = False
        raise
    finally:
        disk.close(handle)
        if not is_right:
            disk.remove(copy)
    return is_right
