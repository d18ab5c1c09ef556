"""Recovers the files of a dead run: a data folder goes in, a list of kept and lost captures comes out.

Runs before the next writer. Every whole exchange of an `.open` file is kept and the file sealed; the torn rest is moved
to a `.torn` file, and its URLs are named so that they are fetched again. The next run repeats a recovery that is cut
short.
"""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.disk import Disk
from archive.errors import BadRecord, StorageError
from archive.index.cdxj import BadLine
from archive.index.index import Index
from archive.index.merged_files import IndexDamaged
from archive.plurals import many
from archive.read.contents import Gap, Whole, contents
from archive.read.exchanges import captures
from archive.read.reader import Reader
from archive.read.source import Source
from archive.seal.manifest import Manifest, Signer, sha256_of
from archive.warc.dates import Clock, utc_now
from archive.warc.exchange import Capture
from archive.warc.filenames import OPEN, TORN, is_imported
from archive.write.dedupe import open_digests
from archive.write.importing import finish_imports, register
from archive.write.merging import finish_mergers
from archive.write.reindex import index_file, index_is_lost, make_cdxj
from archive.write.set_aside import finish_removal

_PIECE = 1 << 20
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recovered:
    """One file of a dead run, after its recovery."""

    file: str
    """Final name of the WARC file."""
    records: int
    """Whole records that were kept; 0 when nothing was captured and the file was removed."""
    captures: tuple[Capture, ...]
    """Captures that were kept."""
    torn: Path | None
    """The file with the torn rest; None when the last record was whole."""
    torn_bytes: int
    """Bytes of the torn rest."""
    lost_urls: tuple[str, ...]
    """Target URIs of responses that are not whole."""

    @property
    def message(self) -> str:
        """One line for a report."""
        kept = f"{many(self.records, 'record')} kept" if self.records else "nothing was captured"
        rest = f", {many(self.torn_bytes, 'byte')} of a torn tail set aside in {self.torn.name}" if self.torn else ""
        lost = f", lost: {' '.join(self.lost_urls)}" if self.lost_urls else ""
        return f"{self.file}: left open by a run that died; {kept}{rest}{lost}"


def recover(
    folder: Path,
    *,
    clock: Clock = utc_now,
    signer: Signer | None = None,
    disk: Disk | None = None,
) -> list[Recovered]:
    """Seal the files that dead runs left open, and make a lost index and lost or damaged digests again.

    Call it under the data folder's lock, before an ArchiveWriter. Raises StorageError.
    """
    if not (folder / "warc").is_dir():
        return []
    disk = disk or Disk()
    manifest = Manifest(folder, disk, signer)
    try:
        finish_removal(folder, manifest, disk, clock)
        finish_mergers(folder, disk)
        finish_imports(folder, disk)
        open_digests(folder, disk).close()
        lost = index_is_lost(folder)
        _finish_last(folder, manifest, disk)
        if lost:
            _make_index(folder, disk)
        return [
            _recover(folder, path, manifest, disk, clock)
            for path in sorted((folder / "warc").iterdir())
            if path.name.endswith(OPEN)
        ]
    except OSError as error:
        where = error.filename or folder / "warc"
        raise StorageError(f"{where}: recovering the files of a dead run failed: {error.strerror}") from error


def _make_index(folder: Path, disk: Disk) -> None:
    made = make_cdxj(folder, disk=disk)
    logger.warning("%s: the index was incomplete and was made again: %d captures", folder, made.captures)
    for gap in made.damaged:
        logger.warning("%s; its readable records are indexed; `audit` has the details", gap.error)


def _recover(folder: Path, path: Path, manifest: Manifest, disk: Disk, clock: Clock) -> Recovered:
    name = path.name.removesuffix(OPEN)
    torn = path.with_name(name + TORN)
    whole, gap = _walk(path)
    lost = (gap.url,) if gap is not None and gap.url else ()
    if gap is not None:
        _set_aside(path, gap.offset, torn, disk)
    # Even when nothing is cut: this makes the bytes of the dead run durable before they are sealed.
    disk.truncate(path, path.stat().st_size if gap is None else gap.offset)
    if all(record.type == "warcinfo" for record in whole):
        disk.remove(path)
        disk.fsync_folder(path.parent)
        return Recovered(name, 0, (), torn if torn.exists() else None, _size(torn), lost)
    found = tuple(captures(Reader(folder), name))
    note: dict[str, Any] = {"torn": {"file": torn.name, "bytes": _size(torn)}} if torn.exists() else {}
    manifest.append(
        "sealed",
        name,
        clock(),
        size=path.stat().st_size,
        sha256=sha256_of(path),
        records=len(whole),
        note={"recovered": True, **note},
    )
    disk.rename(path, path.with_name(name))
    disk.fsync_folder(path.parent)
    _register(folder, name, found, disk)
    return Recovered(name, len(whole), found, torn if torn.exists() else None, _size(torn), lost)


def _walk(path: Path) -> tuple[list[Whole], Gap | None]:
    """The whole records from the start, and the rest if there is any.

    Records behind the first torn one are not looked for: they were not reported as stored and are fetched again.
    """
    whole: list[Whole] = []
    gap: Gap | None = None
    with Source(path, path.name) as source:
        for found in contents(source, path.name):
            if isinstance(found, Gap) or not found.length:
                gap = found if isinstance(found, Gap) else _gap(found, "a record that shares its member")
                break
            whole.append(found)
    if whole and whole[-1].type in ("response", "revisit"):
        # Its request, which comes right behind it, is not whole: half of an exchange.
        gap = _gap(whole.pop(), "a response without its request")
    return whole, gap


def _gap(record: Whole, reason: str) -> Gap:
    return Gap(record.file, record.offset, record.length, reason, record.url)


def _set_aside(path: Path, start: int, torn: Path, disk: Disk) -> None:
    """Copy everything from `start` on, durably; replaces the unfinished copy of an earlier recovery."""
    if torn.exists():
        disk.remove(torn)
    handle = disk.create(torn)
    try:
        with path.open("rb") as file:
            file.seek(start)
            while piece := file.read(_PIECE):
                disk.write(handle, piece)
        disk.fsync(handle)
    finally:
        disk.close(handle)
    disk.fsync_folder(torn.parent)


def _finish_last(folder: Path, manifest: Manifest, disk: Disk) -> None:
    """Finish the sealing of the last entry; its three steps are manifest, final name, index."""
    last = manifest.last()
    if last is None or last.kind in ("removed", "merged"):
        return
    path = folder / "warc" / last.file
    unnamed = path.with_name(path.name + OPEN)
    if unnamed.exists():
        for name in filter(Path.exists, (unnamed, path)):
            if name.stat().st_size != last.size or sha256_of(name) != last.sha256:
                raise StorageError(
                    f"{name}: is not the file that the last line of {manifest.path.name} sealed",
                    "nothing was changed; `python -m archive repair` recovers its records, then move it away",
                )
        if path.exists():  # a disk without a journal may keep both names of a rename that the power cut short
            disk.remove(unnamed)
        else:
            disk.rename(unnamed, path)
        disk.fsync_folder(path.parent)
    try:
        if path.exists() and not _indexed(folder, last.file):
            if last.kind == "imported":
                register(folder, last.file, disk)
            else:
                _register(folder, last.file, tuple(captures(Reader(folder), last.file)), disk)
    except BadRecord as error:
        logger.warning("%s; the file stays as it is; `audit` has the details", error)


def _indexed(folder: Path, name: str) -> bool:
    first = next(captures(Reader(folder), name, [] if is_imported(name) else None), None)
    if first is None:
        return True
    try:
        return Index(folder).holds(first)
    except (BadLine, IndexDamaged):
        return False  # adding the file makes the index again


def index_late(folder: Path, name: str, disk: Disk | None = None) -> None:
    """Add the captures of a file that somebody copied into warc/ to the digests and the index, if they lack it."""
    if not _indexed(folder, name):
        register(folder, name, disk or Disk())


def _register(folder: Path, name: str, found: tuple[Capture, ...], disk: Disk) -> None:
    with closing(open_digests(folder, disk)) as digests:
        digests.add(found)
        digests.make_durable()
    index_file(folder, found, name, disk)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
