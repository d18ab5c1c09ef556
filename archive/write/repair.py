"""Repairs a WARC file: a damaged file goes in, a new file with its whole records and a list of the gaps come out.

The damaged file is only read. Behind a warcinfo record that names their origin, each record gets a member of its own:
what is a sound gzip member of one record is copied byte for byte, other records are compressed again. An uncompressed
file stays uncompressed, an ARC file stays one, without a warcinfo.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate
from pathlib import Path

from archive.disk import Disk, only_writer
from archive.errors import ArchiveError, InUse, StorageError, UsageError
from archive.index.index import Index
from archive.plurals import many
from archive.read.contents import Gap
from archive.read.scan import Coding, coding_of
from archive.read.source import Source
from archive.seal.manifest import NAME as MANIFEST
from archive.seal.manifest import Manifest, Signer, sha256_of
from archive.warc.dates import Clock, utc_now
from archive.warc.filenames import MERGING, OPEN, TORN
from archive.warc.records import CONFORMS_TO, FORMAT, Draft, new_record_id, warcinfo_draft
from archive.write.warcfile import WarcFile
from archive.write.whole_records import WholeRecords

SOFTWARE = "warcpress"
"""`software` of the warcinfo record of a mended file."""
MOST_LISTED = 64 << 10
"""Most characters of lost URLs that a line of the manifest lists; a line has at most 1 MiB."""
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Repaired:
    """The result of a repair."""

    source: Path
    """The damaged file."""
    target: Path | None
    """The new file; None when nothing was written: the file is whole, or has no whole record."""
    records: int
    """Whole records."""
    gaps: tuple[Gap, ...]
    """The lost parts; empty when the file was whole. The last of more than 10,000 stands for all further ones."""
    size: int = 0
    """Bytes of the new file."""
    sha256: str = ""
    """Digest of the new file, hex."""
    lost_urls: tuple[str, ...] = ()
    """Target URIs of the captures that are lost, as the archive's index, or what is left of their headers, says."""
    set_aside: Path | None = None
    """Where the damaged file is now, if the new one has taken its place."""

    @property
    def is_whole(self) -> bool:
        """Whether there was nothing to repair."""
        return self.target is None and not self.gaps

    @property
    def lost_bytes(self) -> int:
        """Bytes of all gaps."""
        return sum(gap.length for gap in self.gaps)


def repair(
    source: Path,
    target: Path | None = None,
    *,
    software: str = SOFTWARE,
    clock: Clock = utc_now,
    new_id: Callable[[], str] = new_record_id,
    signer: Signer | None = None,
    disk: Disk | None = None,
) -> Repaired:
    """Copy every whole record of `source` into `target`, which must not exist.

    By default that is `repaired-NAME` beside it, with `.gz` in place of `.zst`.

    In an archive's warc/ the new file gets a line in the manifest; InUse during a run. Nothing is written when the file
    is whole, or when none of its records is. Raises UsageError for an unusable target, and for a signed manifest
    without a `signer`; StorageError when the disk fails.
    """
    mender = Mender(software, clock, new_id, disk or Disk())
    folder = archive_of(target or source)
    if folder is None:
        return mender.mend(source, target)
    with writing(folder):
        return mender.mend(source, target, Manifest(folder, mender.disk, signer))


def archive_of(file: Path) -> Path | None:
    """The archive in whose warc/ the file is; None when it is in none that has a manifest."""
    warc = file.absolute().parent
    return warc.parent if warc.name == "warc" and (warc.parent / MANIFEST).exists() else None


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Keep runs out of an archive; InUse when one goes on."""
    with only_writer(folder) as is_alone:
        if not is_alone:
            raise InUse(f"{folder}: a run writes in this archive; try again when it has ended")
        yield


def refuse_unsigned(manifest: Manifest, signed: bool) -> None:
    """Raise UsageError when the lines of the manifest are signed, and the next one would not be."""
    if not signed and (last := manifest.last()) is not None and last.proof:
        raise UsageError(f"{manifest.path}: its lines are signed; give the key (--sign)")


@dataclass(frozen=True)
class Mender:
    """Makes the mended file of a damaged one."""

    software: str
    clock: Clock
    new_id: Callable[[], str]
    disk: Disk

    def mend(
        self, source: Path, target: Path | None = None, manifest: Manifest | None = None, replaces: str = ""
    ) -> Repaired:
        """Write the whole records of a file into a new one, which gets a line in the manifest, if given.

        `replaces`: where the file is put once the new one is in its place, relative to the archive's folder. Then one
        is written too when no record is whole, or when all are but the file is not as it was sealed.
        """
        try:
            with Source(source, source.name) as stored:
                coding = coding_of(stored, source.name)
                name = f"repaired-{_proper_name(source.name, coding)}"
                while replaces and manifest is not None and name in manifest.names():
                    name = f"repaired-{name}"
                target = target or source.with_name(name)
                _check(target, name)
                if manifest is not None:
                    refuse_unsigned(manifest, manifest.signs)
                found = WholeRecords(stored, coding, strict=bool(replaces))
                lost = _lost_urls(found, source, manifest)
                result = Repaired(source, target, found.records, found.gaps, lost_urls=lost)
                has_changed = bool(replaces and manifest) and not _is_as_sealed(source, manifest)
                is_whole = found.is_whole and name.endswith(f"repaired-{source.name}")
                if (is_whole and not has_changed) or not (found.records or replaces):
                    return replace(result, target=None)
                return self._write(result, found, manifest, replaces)
        except OSError as error:
            raise StorageError(f"{error.filename or target}: {error.strerror}", f"{source} is as it was") from error

    def _write(self, result: Repaired, found: WholeRecords, manifest: Manifest | None, replaces: str) -> Repaired:
        source, target = result.source, result.target
        assert target is not None
        written = WarcFile(target.parent, target.name, self.disk, MERGING)
        try:
            if not found.is_arc:
                warcinfo = _warcinfo(source, target, found.gaps, self.software, self.clock(), self.new_id())
                written.append(warcinfo.member() if found.compressed else warcinfo.plain())
            for record in found.copies():
                written.append(record)
            written.sync()
            result = replace(result, size=written.size, sha256=written.sha256)
            if manifest is not None:
                _enter(result, found.records + (not found.is_arc), self.clock(), manifest, replaces)
        except BaseException:
            last = manifest.last() if manifest is not None else None
            if last is None or last.file != target.name:  # else the next start gives it its name
                written.discard()
            raise
        written.publish()
        return result


def _proper_name(name: str, coding: Coding | str) -> str:
    """The name without what says that the file is open or torn, with the ending of what is written."""
    name = name.removesuffix(OPEN).removesuffix(TORN)
    stem = name[: -len(".zst")] if name.lower().endswith(".zst") else name
    if coding in (Coding.GZIP, Coding.ZSTD):
        return stem if stem.lower().endswith(".gz") else f"{stem}.gz"
    return stem[: -len(".gz")] if stem.lower().endswith(".gz") else stem


def _check(target: Path, name: str) -> None:
    if target.exists():
        raise UsageError(f"{target}: already exists; give another target, or remove it first")
    if target.name.lower().endswith(".gz") != name.lower().endswith(".gz"):
        raise UsageError(f"{target}: its name must end like {name}")


def _is_as_sealed(source: Path, manifest: Manifest | None) -> bool:
    """Whether the file has the bytes of its line, or has none."""
    entry = manifest.sealed([source.name]).get(source.name) if manifest is not None else None
    return entry is None or (source.stat().st_size == entry.size and sha256_of(source) == entry.sha256)


def _lost_urls(found: WholeRecords, source: Path, manifest: Manifest | None) -> tuple[str, ...]:
    """The URLs of the captures that are lost: what the headers of the lost records say, and the archive's index."""
    urls = [gap.url for gap in found.gaps if gap.url]
    if manifest is not None and found.gaps:
        try:
            lines = Index(manifest.path.parent).containing([source.name])
            urls += [line.url for line in lines if line.file == source.name and line.record_id not in found.captured]
        except ArchiveError as error:
            logger.warning("%s; lost URLs are only named where their headers can be read", error)
    return tuple(dict.fromkeys(urls))


def _enter(result: Repaired, records: int, now: datetime, manifest: Manifest, replaces: str) -> None:
    assert result.target is not None
    note: dict[str, object] = {"source": result.source.name, "gaps": len(result.gaps), "lost_bytes": result.lost_bytes}
    if result.lost_urls:
        ends = accumulate(len(url) for url in result.lost_urls)
        listed = [url for url, end in zip(result.lost_urls, ends, strict=True) if end <= MOST_LISTED]
        note |= {"lost_urls": len(result.lost_urls), "lost": listed}
    if replaces:
        note["set_aside"] = replaces
    manifest.append(
        "repaired", result.target.name, now, size=result.size, sha256=result.sha256, records=records, note=note
    )


def _warcinfo(source: Path, target: Path, gaps: tuple[Gap, ...], software: str, now: datetime, record_id: str) -> Draft:
    lost = sum(gap.length for gap in gaps)
    pairs = [
        ("software", software),
        FORMAT,
        CONFORMS_TO,
        (
            "description",
            f"whole records of {source.name}; lost: {many(len(gaps), 'gap')} with {many(lost, 'byte')}",
        ),
        *(("lost", f"{gap.offset}+{gap.length} {gap.reason} {gap.url}".strip()) for gap in gaps),
    ]
    return warcinfo_draft(target.name, pairs, now, record_id)
