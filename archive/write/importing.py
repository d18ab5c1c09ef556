"""Takes a WARC file of another tool into an archive: an opened archive and a name go in, a sealed file comes out.

The bytes stay as they were given, in any form that is read (gzip, zstd, none, ARC), under a name made of their sha256.
The order is: copy, hashed meanwhile → fsync → scan, hashed again → manifest → final name → digests, index. So a file is
read once, and its copy once. After a kill, `finish_imports` does the rest, or removes a copy that has no line yet. The
file that was given is only read.

A file that has its line already, and that is missing or damaged in warc/, is put back under its own name.
Its final name then comes last, so that no name is left without its digests and index.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile

from archive.disk import Disk
from archive.errors import BadRecord, StorageError, UsageError
from archive.index.digests import Digests
from archive.read.contents import Gap
from archive.read.exchanges import CaptureScan, captures
from archive.read.reader import Reader
from archive.read.source import Source
from archive.read.stored_files import ENDINGS
from archive.seal.manifest import Entry, Manifest, ManifestError, Signer, sha256_of
from archive.warc.dates import Clock, utc_now
from archive.warc.exchange import Capture
from archive.warc.filenames import IMPORTING, imported_name
from archive.write.dedupe import grouped, open_digests
from archive.write.reindex import index_file, mend_index

_SIGNATURES = {b"\x1f\x8b": ".warc.gz", b"\x28\xb5": ".warc.zst"}
"""Endings for files whose names have none, by their first two bytes."""
_COPY = "copy" + IMPORTING
"""Name of a copy, until it has its line in the manifest."""
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Imported:
    """One file that was given."""

    given: str
    """Where it was, as it was named; behind `!` its place in a package."""
    file: str
    """Its name in warc/, or that of the file of ours with the same bytes; empty when it was not taken."""
    is_new: bool
    """False when the archive has its bytes already."""
    records: int
    """Whole records in it; 0 when it was not scanned."""
    gaps: tuple[Gap, ...]
    """What in it can't be read."""
    is_back: bool = False
    """True when the file had its line already, and was lost."""


class Importer:
    """Takes files into the archive at `folder`, under the caller's lock, after `recover`; to be closed by `with`."""

    def __init__(
        self,
        folder: Path,
        *,
        link: bool = False,
        clock: Clock = utc_now,
        signer: Signer | None = None,
        disk: Disk | None = None,
        progress: Callable[[int], None] = lambda count: None,
        stored: Callable[[list[Capture]], None] = lambda captures: None,
    ) -> None:
        """Open the archive.

        `link`: take files by a hard link. `progress` gets the number of bytes that were gone through since, twice those
        of each file. `stored` gets the captures of each new file in groups, when the file has its name.

        Raises ManifestError when the chain of the manifest is broken.
        """
        self._folder, self._link, self._clock = folder, link, clock
        self._disk, self._progress, self._stored = disk or Disk(), progress, stored
        self._manifest = Manifest(folder, self._disk, signer)
        sealed = self._manifest.sealed()
        self._sealed = sealed
        self._known: dict[str, str] = {}
        """File with these bytes, by sha256, as the manifest says."""
        self._lost: dict[str, str] = {}
        """Name of a file that is missing or damaged in warc/, by the sha256 of its line."""
        self._sizes: set[int] = set()
        """Bytes of all of these: a file of another size is new."""
        for entry in sealed.values():
            held = [(entry.sha256, entry.size)]
            if _is_lost(folder, entry):
                self._lost[entry.sha256] = entry.file
            else:
                held += [(part.sha256, part.size) for part in entry.parts]
                self._known |= {sha256: entry.file for sha256, _ in held}
            self._sizes |= {size for _, size in held}
        self._digests = open_digests(folder, self._disk)

    def __enter__(self) -> Importer:
        return self

    def __exit__(self, *_: object) -> None:
        self._digests.close()

    def take(self, reader: Reader, file: str) -> Imported:
        """Take one file of an archive that was opened. Raises StorageError, and the signer's errors.

        Nothing is taken of a file without a whole record.
        """
        given = _given(reader, file)
        try:
            return self._take(reader, file, given)
        except BadRecord as error:
            return Imported(given, "", False, 0, (Gap(file, error.offset, 0, error.reason, ""),))
        except OSError as error:
            where = error.filename or given
            raise StorageError(
                f"{where}: can't be imported: {error.strerror or error}", f"{given} is as it was"
            ) from error

    def _take(self, reader: Reader, file: str, given: str) -> Imported:
        size, state = reader.size(file), _state(reader.path(file))
        sha256 = self._hashed(reader, file) if self._link or size in self._sizes else ""
        if sha256 in self._known and self._is_whole(self._known[sha256]):
            self._progress(size)
            return Imported(given, self._known[sha256], False, 0, ())
        copy = self._folder / "warc" / _COPY
        if copy.exists():
            self._disk.remove(copy)
        if self._link:
            _hard_link(reader.path(file), size, copy, given)
        else:
            sha256 = self._copied(reader, file, copy)
        lost = self._lost.get(sha256, "")
        name = lost or imported_name(sha256, _ending(reader, file))
        with _Spool(self._folder / "index") as spool:
            scan, stored = self._scanned(copy, name, spool)
            if stored != sha256 or _state(reader.path(file)) != state:
                self._disk.remove(copy)
                raise StorageError(f"{given}: it changed while it was read; import it again when nobody writes to it")
            if not scan.records:
                self._disk.remove(copy)
                return Imported(given, "", False, 0, scan.gaps)
            if lost:
                _register(self._folder, name, spool.captures(), self._digests, self._disk, late=True)
                self._place(copy, name, sha256)
            else:
                self._seal(copy, name, sha256, scan.records, given)
                _register(self._folder, name, spool.captures(), self._digests, self._disk, self._stored)
        return Imported(given, name, not lost, scan.records, scan.gaps, is_back=bool(lost))

    def _is_whole(self, name: str) -> bool:
        """Whether a file of ours is as it was sealed; if not, it counts as lost."""
        line = self._sealed.get(name)
        if line is None or sha256_of(self._folder / "warc" / name) == line.sha256:  # None: it was imported just now
            return True
        self._lost[line.sha256] = name
        return False

    def _hashed(self, reader: Reader, file: str) -> str:
        digest = hashlib.sha256()
        for piece in reader.pieces(file):
            digest.update(piece)
            self._progress(len(piece))
        return digest.hexdigest()

    def _copied(self, reader: Reader, file: str, target: Path) -> str:
        """Copy a file durably; return the sha256 of what was read."""
        digest, handle = hashlib.sha256(), self._disk.create(target)
        try:
            for piece in reader.pieces(file):
                digest.update(piece)
                self._disk.write(handle, piece)
                self._progress(len(piece))
            self._disk.fsync(handle)
        except (BadRecord, OSError):
            self._disk.remove(target)
            raise
        finally:
            self._disk.close(handle)
        return digest.hexdigest()

    def _scanned(self, copy: Path, name: str, spool: _Spool) -> tuple[CaptureScan, str]:
        """Scan a copy to its end; put its captures into the spool, and return its sha256 too."""
        scan, at = CaptureScan(name), 0
        with Source(copy, name, hashed=True) as source:
            for capture in scan.of(source):
                spool.add(capture)
                self._progress(max(capture.offset - at, 0))
                at = max(capture.offset, at)
            self._progress(source.size - at)
            return scan, source.digest()

    def _seal(self, copy: Path, name: str, sha256: str, records: int, given: str) -> None:
        size, note = copy.stat().st_size, {"given": given}
        self._disk.fsync_folder(copy.parent)
        self._manifest.append("imported", name, self._clock(), size=size, sha256=sha256, records=records, note=note)
        self._place(copy, name, sha256)
        self._sizes.add(size)

    def _place(self, copy: Path, name: str, sha256: str) -> None:
        """Give a copy its final name."""
        _give_name(copy, name, self._disk)
        self._disk.fsync_folder(copy.parent)
        self._known[sha256] = name
        self._lost.pop(sha256, None)


class _Spool:
    """The captures of a file until it has its line in the manifest: on disk, since there may be a million."""

    def __init__(self, scratch: Path) -> None:
        """`scratch` is the folder of the file, which has no name."""
        self._file = TemporaryFile("w+", encoding="ascii", dir=scratch)  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> _Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, capture: Capture) -> None:
        """Take a capture; its head and the fields of its metadata record are dropped."""
        row = {**vars(capture), "date": capture.date.isoformat(), "head": None, "extra": None}
        self._file.write(json.dumps(row) + "\n")

    def captures(self) -> Iterator[Capture]:
        """Give all captures in order."""
        self._file.seek(0)
        for line in self._file:
            row = json.loads(line)
            yield Capture(**{**row, "date": datetime.fromisoformat(row["date"]), "head": b"", "extra": {}})


def finish_imports(folder: Path, disk: Disk) -> None:
    """Give its name to a copy that has its line in the manifest; remove others. Lets OSErrors of the disk through."""
    left = sorted(path for path in (folder / "warc").iterdir() if path.name.endswith(IMPORTING))
    if not left:
        return
    try:
        lost = [line for line in Manifest(folder).sealed().values() if _is_lost(folder, line)]
    except ManifestError as error:
        logger.warning("%s; %s stays as it is", error, left[0])
        return
    for path in left:
        fitting = [line for line in lost if line.size == path.stat().st_size and line.sha256 == sha256_of(path)]
        if fitting:
            _finish(folder, path, fitting[0].file, disk)
        else:
            disk.remove(path)
    disk.fsync_folder(folder / "warc")


def _finish(folder: Path, copy: Path, name: str, disk: Disk) -> None:
    mend_index(folder, disk)  # if it were made again below, it would lack this file, which has no name yet
    with Source(copy, name) as source, closing(open_digests(folder, disk)) as digests:
        _register(folder, name, CaptureScan(name).of(source), digests, disk, late=True)
    _give_name(copy, name, disk)


def _give_name(copy: Path, name: str, disk: Disk) -> None:
    """Give a copy its final name, in place of a damaged file."""
    if (damaged := copy.with_name(name)).exists():
        disk.remove(damaged)
    disk.rename(copy, copy.with_name(name))


def _is_lost(folder: Path, line: Entry) -> bool:
    """Whether the file of a line is not there, or is another one by its length."""
    path = folder / "warc" / line.file
    return "/" not in line.file and not (path.is_file() and path.stat().st_size == line.size)


def register(folder: Path, name: str, disk: Disk) -> None:
    """Add every readable capture of a file that came late to the digests and the index, in bounded memory."""
    with closing(open_digests(folder, disk)) as digests:
        _register(folder, name, captures(Reader(folder), name, []), digests, disk, late=True)


def _register(
    folder: Path,
    name: str,
    found: Iterable[Capture],
    digests: Digests,
    disk: Disk,
    stored: Callable[[list[Capture]], None] = lambda captures: None,
    *,
    late: bool = False,
) -> None:
    """Add captures of a file to the digests and the index; `late`: others were added after it was written."""

    def added() -> Iterator[Capture]:
        for group in grouped(found):
            digests.add(group, late=late)
            stored(group)
            yield from group
        digests.make_durable()  # before the index, which shows the next start that nothing is left to do

    index_file(folder, added(), name, disk)


def in_order(folder: Path, files: list[str]) -> list[str]:
    """Sort the files of an archive: its own by name, then the imported ones as they came.

    Of captures with one record id, which is a copy that somebody made, the first then counts, also after a rebuild.
    """
    came = {name: place for place, name in enumerate(Manifest(folder).imported(), 1)}
    return sorted(files, key=lambda name: (came.get(name, 0), name))


def _state(path: Path) -> tuple[int, ...]:
    """What changes when somebody writes to a file."""
    now = path.stat()
    return now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns


def _given(reader: Reader, file: str) -> str:
    path = reader.path(file)
    member = file if path == reader.folder else file.partition("!")[2]
    return f"{path}!{member}" if path.name.lower().endswith(".wacz") else str(path)


def _ending(reader: Reader, file: str) -> str:
    """The ending of the name: that of the given one in lower case, else by the first bytes."""
    name = file.lower()
    fits = [ending for ending in ENDINGS if name.endswith(ending)]
    return fits[0] if fits else _SIGNATURES.get(b"".join(reader.pieces(file, 0, 2)), ".warc")


def _hard_link(path: Path, size: int, target: Path, given: str) -> None:
    if path.stat().st_size != size or path.name.lower().endswith(".wacz"):
        raise UsageError(f"{given}: a file in a package can't be linked; import it without --link")
    try:
        os.link(path.resolve(), target)
    except OSError as error:
        raise UsageError(f"{given}: can't be linked: {error.strerror}; import it without --link") from error
    handle = os.open(target, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
