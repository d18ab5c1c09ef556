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
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from archive.disk import Disk, kept_together, open_regular
from archive.errors import InUse, StorageError
from archive.index.index import Index
from archive.index.merged_files import IndexDamaged
from archive.read.reader import Reader
from archive.seal.manifest import Entry, Manifest, ManifestError, Part, Signer, sha256_of
from archive.seal.signing import SigningError
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
LONGEST_WAIT = 60
"""Seconds for which a start waits for an audit or pack before it gives up: the next one of a timer tries again."""
IN_USE = (
    "somebody still audits or packs the archive, so the files of a dead run can't be put in place; "
    "start again when that has ended (`fuser -v` of the folder warc/ names the process)"
)
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
    broken. Raises StorageError, and the signer's error: the files then stay as they are, and the next call merges them.
    """
    disk = disk or Disk()
    manifest = Manifest(folder, disk, signer)
    made: list[Entry] = []
    try:
        with kept_together(folder, alone=True, wait=0) as is_alone:
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
    names: list[str] = []
    for parts in _groups(folder, manifest, below, clock()):
        size = sum(part.size for part in parts)
        if size > left or len(made) == MOST_FILES:
            break
        left -= size
        names = names or [*Reader(folder).files(), *manifest.names()]
        if (entry := _write(folder, parts, names, manifest, disk, clock())) is not None:
            _finish(folder, entry, disk, moved)
            names.append(entry.file)
            made.append(entry)


def finish_mergers(folder: Path, disk: Disk) -> None:
    """Finish or undo what a dead merger left; lets OSErrors of the disk through.

    InUse when somebody has audited or packed the archive for longer than LONGEST_WAIT: that needs the parts.
    """
    warc = folder / "warc"
    names = {path.name for path in warc.iterdir()}

    def is_unfinished(of_line: list[str]) -> bool:
        merged, *parts = of_line
        return merged + MERGING in names or not names.isdisjoint(parts)

    if unfinished := Manifest(folder).merged(is_unfinished):
        with alone(folder):
            for entry in unfinished.values():
                _finish_merger(folder, entry, names, disk)
    for path in list(warc.iterdir()):
        if path.name.endswith(MERGING):
            disk.remove(path)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep readers of the whole archive away; say so when one must be waited for."""
    with ExitStack() as stack:
        if not stack.enter_context(kept_together(folder, alone=True, wait=0)):
            logger.warning(
                "%s: somebody audits or packs the archive, and files of a dead run must first be put in place: "
                "waiting for at most %d s",
                folder,
                LONGEST_WAIT,
            )
            if not stack.enter_context(kept_together(folder, alone=True, wait=LONGEST_WAIT)):
                raise InUse(f"{folder}: {IN_USE}")
        yield


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
    """The parts of each new file: neighbours in the order of age, of one day, prefix and host.

    Names and sizes show in most runs that there are none; else only the lines of the manifest that name them are
    parsed. A year of half-hourly runs has 17,500 lines, and parsing all of them takes 0.9 s (2026-11).
    """
    files, today = sorted(Reader(folder).files_here(), key=age), now.astimezone(UTC).strftime("%Y%m%d")

    def series(name: str) -> tuple[str, ...] | None:
        parsed = WarcName.parse(name)
        if parsed is None or parsed.timestamp[:8] >= today or (folder / "warc" / name).stat().st_size >= below:
            return None
        return parsed.prefix, parsed.host, parsed.timestamp[:8]

    groups = [list(names) for key, names in groupby(files, series) if key is not None]
    groups = [names for names in groups if len(names) > 1]
    sealed = manifest.sealed([name for names in groups for name in names]) if groups else {}
    for names in groups:
        entries = [sealed[name] for name in names if name in sealed]
        for is_small, some in groupby(entries, lambda entry: entry.kind == "sealed" and entry.size < below):
            if is_small:
                parts = [Part(entry.file, entry.size, entry.sha256, entry.records) for entry in some]
                yield from (few for few in _bounded(parts) if len(few) > 1)


def _bounded(parts: list[Part]) -> Iterator[list[Part]]:
    some: list[Part] = []
    for part in parts:
        if some and (len(some) == MOST_PARTS or sum(one.size for one in some) + part.size > MOST_BYTES):
            yield some
            some = []
        some.append(part)
    yield some


def _write(
    folder: Path, parts: list[Part], taken: list[str], manifest: Manifest, disk: Disk, now: datetime
) -> Entry | None:
    """Write the bytes of the parts, seal them under a new name; None when a part is not as it was sealed.

    `taken`: all names that were ever given. Without a proof from the signer nothing is left.
    """
    warc, first = folder / "warc", WarcName.parse(parts[0].file)
    assert first is not None
    # The time of the first part: the new file takes the place of its parts in the order of age.
    began = datetime.strptime(first.timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    name = str(WarcName.next(first.prefix, first.host, taken, began))
    unnamed = warc / (name + MERGING)
    whole = _put_together(warc, parts, unnamed, disk)
    if whole is None:
        return None
    size, records = sum(part.size for part in parts), sum(part.records for part in parts)
    note = {"parts": [asdict(part) for part in parts]}
    try:
        entry = manifest.append("merged", name, now, size=size, sha256=whole.hexdigest(), records=records, note=note)
    except SigningError:
        disk.remove(unnamed)
        raise
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
    with closing(open_digests(folder, disk)) as digests:
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
        make_cdxj(folder, disk=disk)


def _is_as_sealed(path: Path, entry: Entry) -> bool:
    return path.exists() and path.stat().st_size == entry.size and sha256_of(path) == entry.sha256
