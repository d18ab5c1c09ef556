"""Takes a WARC file of another tool into an archive: an opened archive and a name go in, a sealed file comes out.

The bytes stay as they were given, in any form that is read (gzip, zstd, none, ARC), under a name made of their sha256.
The order is: hash → copy → fsync → scan → manifest → final name → digests, index. After a kill, `finish_imports` does
the rest, or removes a copy that has no line yet. The file that was given is only read.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from archive.disk import Disk
from archive.errors import BadRecord, StorageError, UsageError
from archive.read.contents import Gap, Gaps, contents
from archive.read.exchanges import captures
from archive.read.reader import Reader
from archive.read.stored_files import ENDINGS
from archive.seal.manifest import Manifest, Signer, sha256_of
from archive.warc.dates import Clock, utc_now
from archive.warc.exchange import Capture
from archive.warc.filenames import IMPORTING, imported_name
from archive.write.dedupe import grouped, open_digests
from archive.write.reindex import index_file

_SIGNATURES = {b"\x1f\x8b": ".warc.gz", b"\x28\xb5": ".warc.zst"}
"""Endings for files whose names have none, by their first two bytes."""


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


class Importer:
    """Takes files into the archive at `folder`, under the caller's lock, after `recover`."""

    def __init__(
        self,
        folder: Path,
        *,
        link: bool = False,
        clock: Clock = utc_now,
        signer: Signer | None = None,
        disk: Disk | None = None,
        progress: Callable[[int], None] = lambda count: None,
    ) -> None:
        """`link`: take files by a hard link. `progress` gets the number of bytes that were read or copied since.

        Raises ManifestError when the chain of the manifest is broken.
        """
        self._folder, self._link, self._clock = folder, link, clock
        self._disk, self._progress = disk or Disk(), progress
        self._manifest = Manifest(folder, self._disk, signer)
        self._known: dict[str, str] = {}
        """File with these bytes, by sha256."""
        for entry in self._manifest.sealed().values():
            if (folder / "warc" / entry.file).exists():
                self._known |= {entry.sha256: entry.file, **{part.sha256: entry.file for part in entry.parts}}

    def take(self, reader: Reader, file: str) -> Imported:
        """Take one file of an archive that was opened. Raises StorageError, and the signer's errors.

        Nothing is taken of a file without a whole record.
        """
        given = _given(reader, file)
        try:
            digest = hashlib.sha256()
            for piece in reader.pieces(file):
                digest.update(piece)
                self._progress(len(piece))
        except BadRecord as error:
            return Imported(given, "", False, 0, (Gap(file, error.offset, 0, error.reason, ""),))
        except OSError as error:
            raise StorageError(f"{given}: can't be read: {error.strerror or error}") from error
        sha256 = digest.hexdigest()
        if sha256 in self._known:
            return Imported(given, self._known[sha256], False, 0, ())
        records, gaps = _scanned(reader, file)
        if not records:
            return Imported(given, "", False, 0, gaps)
        name = imported_name(sha256, _ending(reader, file))
        try:
            self._keep(reader, file, name, sha256, records, given)
        except OSError as error:
            raise StorageError(
                f"{error.filename or name}: can't be imported: {error.strerror or error}", f"{given} is as it was"
            ) from error
        self._known[sha256] = name
        return Imported(given, name, True, records, gaps)

    def _keep(self, reader: Reader, file: str, name: str, sha256: str, records: int, given: str) -> None:
        warc, disk = self._folder / "warc", self._disk
        unnamed = warc / (name + IMPORTING)
        if unnamed.exists():
            disk.remove(unnamed)
        if self._link:
            _hard_link(reader.path(file), reader.size(file), unnamed, given)
        else:
            self._copy(reader, file, unnamed)
        if sha256_of(unnamed) != sha256:
            disk.remove(unnamed)
            raise StorageError(f"{given}: it changed while it was read; import it again when nobody writes to it")
        disk.fsync_folder(warc)
        if name not in self._manifest.sealed([name]):
            size = unnamed.stat().st_size
            note = {"given": given}
            self._manifest.append("imported", name, self._clock(), size=size, sha256=sha256, records=records, note=note)
        disk.rename(unnamed, warc / name)
        disk.fsync_folder(warc)
        register(self._folder, name, disk)

    def _copy(self, reader: Reader, file: str, target: Path) -> None:
        handle = self._disk.create(target)
        try:
            for piece in reader.pieces(file):
                self._disk.write(handle, piece)
                self._progress(len(piece))
            self._disk.fsync(handle)
        finally:
            self._disk.close(handle)


def finish_imports(folder: Path, disk: Disk) -> None:
    """Give its name to a copy that has its line in the manifest; remove others. Lets OSErrors of the disk through."""
    warc = folder / "warc"
    left = [path for path in sorted(warc.iterdir()) if path.name.endswith(IMPORTING)]
    lines = Manifest(folder).imported() if left else {}
    for path in left:
        line = lines.get(path.name.removesuffix(IMPORTING))
        if line is None or (warc / line.file).exists() or sha256_of(path) != line.sha256:
            disk.remove(path)
        else:
            disk.rename(path, warc / line.file)
    if left:
        disk.fsync_folder(warc)


def register(folder: Path, name: str, disk: Disk) -> None:
    """Add every readable capture of an imported file to the digests and the index, in bounded memory."""
    with closing(open_digests(folder)) as digests:

        def added() -> Iterator[Capture]:
            for group in grouped(captures(Reader(folder), name, [])):
                digests.add(group)
                yield from group

        index_file(folder, added(), name, disk)
        digests.make_durable()


def in_order(folder: Path, files: list[str]) -> list[str]:
    """Sort the files of an archive: its own by name, then the imported ones as they came.

    Of captures with one record id, which is a copy that somebody made, the first then counts, also after a rebuild.
    """
    came = {name: place for place, name in enumerate(Manifest(folder).imported(), 1)}
    return sorted(files, key=lambda name: (came.get(name, 0), name))


def _given(reader: Reader, file: str) -> str:
    path = reader.path(file)
    member = file if path == reader.folder else file.partition("!")[2]
    return f"{path}!{member}" if path.name.lower().endswith(".wacz") else str(path)


def _scanned(reader: Reader, file: str) -> tuple[int, tuple[Gap, ...]]:
    """The number of whole records in a file, and the gaps between them."""
    records, gaps = 0, Gaps()
    with reader.source(file) as source:
        for part in contents(source, file):
            if isinstance(part, Gap):
                gaps.add(part)
            else:
                records += 1
    found = gaps.listed()
    return records, found or (() if records else (Gap(file, 0, 0, "no record in this file", ""),))


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
