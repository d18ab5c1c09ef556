"""Merges small sealed files of a day into one: file names go in, a sealed file with the same bytes comes out.

A timer makes 17,500 files a year, most of them of 30 KB. No byte of a record changes, and the line in the manifest has
name, size and digest of each part, so that the chain still proves each of them.

The order is: bytes → fsync → line in the manifest → final name → digests, index, the caller's catalogue → the parts are
removed. Before the line, a dead merger leaves nothing but a `.merging` file; after it, the next start finishes.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from archive.disk import Disk, kept_together, open_regular
from archive.errors import StorageError
from archive.index.index import Index
from archive.index.merged_files import IndexDamaged
from archive.read.reader import Reader
from archive.seal.manifest import Entry, Manifest, ManifestError, Part, Signer, sha256_of
from archive.warc.dates import Clock, utc_now
from archive.warc.filenames import MERGING, WarcName, age
from archive.write.dedupe import open_digests
from archive.write.reindex import make_cdxj

MOST_BYTES = 128 << 20
"""Bytes that are merged at once and in one call: a second of work. The rest comes with the next calls."""
MOST_PARTS = 1000
"""Parts of one merged file: a line of the manifest has 200 bytes for each."""
MOST_FILES = 20
"""Files made by one call."""
_PIECE = 1 << 20
logger = logging.getLogger(__name__)

Moved = Callable[[Entry], None]
"""Called with the manifest's line of each merged file, while its parts are still there too."""


def merge(
    folder: Path,
    below: int,
    *,
    moved: Moved = lambda entry: None,
    clock: Clock = utc_now,
    signer: Signer | None = None,
    disk: Disk | None = None,
) -> list[Entry]:
    """Merge sealed files of fewer than `below` bytes, when their day (UTC) is over; return the lines of the new ones.

    Call it under the data folder's lock, after the writer is closed. A file that is not as it was sealed stays as it
    is, for the audit; nothing is merged while somebody audits or packs the archive, or when the manifest's chain is
    broken. Raises StorageError, and the signer's errors.
    """
    disk = disk or Disk()
    manifest = Manifest(folder, disk, signer)
    made: list[Entry] = []
    try:
        with kept_together(folder, alone=True, wait=False) as is_alone:
            if is_alone:
                _merge(folder, below, manifest, disk, clock, moved, made)
    except ManifestError as error:
        logger.warning("%s: no files are merged; `audit` has the details", error)
    except OSError as error:
        raise StorageError(f"{error.filename or folder / 'warc'}: merging files failed: {error.strerror}") from error
    return made


def _merge(
    folder: Path, below: int, manifest: Manifest, disk: Disk, clock: Clock, moved: Moved, made: list[Entry]
) -> None:
    left = MOST_BYTES
    for parts in _groups(folder, manifest, below, clock()):
        size = sum(part.size for part in parts)
        if size > left or len(made) == MOST_FILES:
            break
        left -= size
        if (entry := _write(folder, parts, manifest, disk, clock())) is not None:
            _finish(folder, entry, disk, moved)
            made.append(entry)


def finish_mergers(folder: Path, disk: Disk) -> None:
    """Finish or undo what a dead merger left; lets OSErrors of the disk through."""
    warc = folder / "warc"
    names = {path.name for path in warc.iterdir()}
    unfinished = [
        entry
        for entry in Manifest(folder).merged().values()
        if entry.file + MERGING in names or not names.isdisjoint(entry.starts)
    ]
    if unfinished:
        with kept_together(folder, alone=True):  # an audit that goes on needs the parts
            for entry in unfinished:
                _finish_merger(folder, entry, names, disk)
    for path in list(warc.iterdir()):
        if path.name.endswith(MERGING):
            disk.remove(path)


def _finish_merger(folder: Path, entry: Entry, names: set[str], disk: Disk) -> None:
    warc = folder / "warc"
    unnamed, path = warc / (entry.file + MERGING), warc / entry.file
    if not path.exists():
        # A copy that was made meanwhile may have the line and the parts, but not the file.
        if not _is_as_sealed(unnamed, entry) and names.issuperset(entry.starts):
            unnamed.unlink(missing_ok=True)
            _put_together(warc, entry.parts, unnamed, disk)
        if _is_as_sealed(unnamed, entry):
            disk.rename(unnamed, path)
            disk.fsync_folder(warc)
    if not names.isdisjoint(entry.starts) and _is_as_sealed(path, entry):
        _finish(folder, entry, disk, lambda entry: None)


def _groups(folder: Path, manifest: Manifest, below: int, now: datetime) -> Iterator[list[Part]]:
    """The parts of each new file: neighbours in the order of age, of one day, prefix and host."""
    sealed, today = manifest.sealed(), now.astimezone(UTC).strftime("%Y%m%d")
    files = sorted((name for name in Reader(folder).files() if name in sealed), key=age)

    def series(name: str) -> tuple[str, ...] | None:
        parsed, entry = WarcName.parse(name), sealed[name]
        if parsed is None or entry.kind != "sealed" or entry.size >= below or parsed.timestamp[:8] >= today:
            return None
        return parsed.prefix, parsed.host, parsed.timestamp[:8]

    for key, names in groupby(files, series):
        if key is not None:
            entries = [sealed[name] for name in names]
            parts = [Part(entry.file, entry.size, entry.sha256, entry.records) for entry in entries]
            yield from (some for some in _bounded(parts) if len(some) > 1)


def _bounded(parts: list[Part]) -> Iterator[list[Part]]:
    some: list[Part] = []
    for part in parts:
        if some and (len(some) == MOST_PARTS or sum(one.size for one in some) + part.size > MOST_BYTES):
            yield some
            some = []
        some.append(part)
    yield some


def _write(folder: Path, parts: list[Part], manifest: Manifest, disk: Disk, now: datetime) -> Entry | None:
    """Write the bytes of the parts, seal them under a new name; None when a part is not as it was sealed."""
    warc, first = folder / "warc", WarcName.parse(parts[0].file)
    assert first is not None
    taken = [*Reader(folder).files(), *manifest.names()]
    # The time of the first part: the new file takes the place of its parts in the order of age.
    began = datetime.strptime(first.timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    name = str(WarcName.next(first.prefix, first.host, taken, began))
    unnamed = warc / (name + MERGING)
    whole = _put_together(warc, parts, unnamed, disk)
    if whole is None:
        return None
    size, records = sum(part.size for part in parts), sum(part.records for part in parts)
    note = {"parts": [asdict(part) for part in parts]}
    entry = manifest.append("merged", name, now, size=size, sha256=whole.hexdigest(), records=records, note=note)
    disk.rename(unnamed, warc / name)
    disk.fsync_folder(warc)
    return entry


def _put_together(warc: Path, parts: list[Part], unnamed: Path, disk: Disk) -> hashlib._Hash | None:
    """Write the bytes of the parts into one file, durably; no file and None when a part is not as it was sealed."""
    handle, whole = disk.create(unnamed), hashlib.sha256()
    try:
        sound = all(_copy(warc / part.file, part, handle, disk, whole) for part in parts)
        disk.fsync(handle)
    finally:
        disk.close(handle)
    if not sound:
        disk.remove(unnamed)
        return None
    disk.fsync_folder(warc)
    return whole


def _copy(path: Path, part: Part, handle: int, disk: Disk, whole: hashlib._Hash) -> bool:
    """Append the bytes of a part; tell whether they are those that were sealed."""
    digest = hashlib.sha256()
    with open_regular(path) as file:
        while piece := file.read(_PIECE):
            disk.write(handle, piece)
            digest.update(piece)
            whole.update(piece)
    if digest.hexdigest() == part.sha256:
        return True
    logger.warning("%s: is not as it was sealed, and is not merged; `audit` has the details", path)
    return False


def _finish(folder: Path, entry: Entry, disk: Disk, moved: Moved) -> None:
    """Let everything lead to the merged file, and remove its parts; doing it again does the rest."""
    damaged = False
    with closing(open_digests(folder)) as digests:
        digests.relocate(entry.file, entry.starts)
        digests.make_durable()
    try:
        Index(folder, disk).relocate(entry.file, entry.starts)
    except IndexDamaged as error:
        logger.warning("%s; it is made again now", error)
        damaged = True
    moved(entry)
    for name in entry.starts:
        if (path := folder / "warc" / name).exists():
            disk.remove(path)
    disk.fsync_folder(folder / "warc")
    if damaged:
        make_cdxj(folder)


def _is_as_sealed(path: Path, entry: Entry) -> bool:
    return path.exists() and path.stat().st_size == entry.size and sha256_of(path) == entry.sha256
