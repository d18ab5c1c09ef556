"""Repairs a WARC file: a damaged file goes in, a new file with its whole records and a list of the gaps come out.

The damaged file is only read. Records are copied as they are stored, byte for byte, behind a warcinfo record that names
their origin.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from archive.disk import Disk
from archive.errors import StorageError, UsageError
from archive.seal.manifest import NAME as MANIFEST
from archive.seal.manifest import Manifest, Signer
from archive.warc.dates import Clock, utc_now
from archive.warc.filenames import OPEN, TORN
from archive.warc.members import GZIP_MAGIC
from archive.warc.records import CONFORMS_TO, FORMAT, Draft, new_record_id, warcinfo_draft
from archive.write.salvage import Gap, Whole, salvage
from archive.write.warcfile import WarcFile

MAX_GAPS = 10_000
"""Gaps that are listed one by one; a file of 100 MB could have a million."""
_PIECE = 1 << 18


@dataclass(frozen=True)
class Repaired:
    """The result of a repair."""

    source: Path
    """The damaged file."""
    target: Path | None
    """The new file; None when there was no whole record."""
    records: int
    """Whole records that were copied."""
    gaps: tuple[Gap, ...]
    """The lost parts; empty when the file was whole. The last of more than `MAX_GAPS` stands for all further ones."""
    size: int = 0
    """Bytes of the new file."""
    sha256: str = ""
    """Digest of the new file, hex."""

    @property
    def lost_bytes(self) -> int:
        """Bytes of all gaps."""
        return sum(gap.length for gap in self.gaps)

    @property
    def lost_urls(self) -> tuple[str, ...]:
        """Target URIs of lost responses, where their headers could be read."""
        return tuple(dict.fromkeys(gap.url for gap in self.gaps if gap.url))


def repair(
    source: Path,
    target: Path | None = None,
    *,
    software: str = "warcpress",
    clock: Clock = utc_now,
    new_id: Callable[[], str] = new_record_id,
    signer: Signer | None = None,
    disk: Disk | None = None,
) -> Repaired:
    """Copy every whole record of `source` into `target` (default: `repaired-NAME` beside it), which must not exist.

    In an archive's warc/ the new file gets a line in the manifest: don't do that during a run. Nothing is written when
    no record is whole. Raises UsageError for an unusable target, and for a signed manifest without a `signer`;
    StorageError when the disk fails.
    """
    disk = disk or Disk()
    target = target or source.with_name(f"repaired-{source.name.removesuffix(OPEN).removesuffix(TORN)}")
    if target.exists():
        raise UsageError(f"{target}: already exists; give another target")
    manifest = _manifest_of(target, disk, signer)
    if manifest is not None and signer is None and (last := manifest.last()) is not None and last.proof:
        raise UsageError(f"{manifest.path}: its lines are signed; give the key, or another folder")
    try:
        with source.open("rb") as file:
            found = _Found()
            for span in salvage(file, source.name):
                found.add(span)
            gaps = found.all_gaps()
            if not found.records:
                return Repaired(source, None, 0, gaps)
            file.seek(found.starts[0])
            compressed = file.read(2) == GZIP_MAGIC
            if compressed != target.name.endswith(".gz"):
                raise UsageError(f"{target}: its name must end like {source.name}: records are not recompressed")
            written = WarcFile(target.parent, target.name, disk)
            try:
                warcinfo = _warcinfo(source, target, gaps, software, clock(), new_id())
                written.append(warcinfo.member() if compressed else warcinfo.plain())
                for start, end in zip(found.starts, found.ends, strict=True):
                    written.append(_bytes(file, start, end - start))
                written.sync()
                result = Repaired(source, target, found.records, gaps, written.size, written.sha256)
                if manifest is not None:
                    _enter(result, target.name, found.records + 1, clock(), manifest)
            except BaseException:
                written.discard()
                raise
            written.publish()
            return result
    except OSError as error:
        raise StorageError(f"{error.filename or target}: {error.strerror}", f"{source} is as it was") from error


@dataclass
class _Found:
    """What a file holds: records that follow each other are one stretch, so that millions of them take no memory."""

    starts: array[int] = field(default_factory=lambda: array("Q"))
    ends: array[int] = field(default_factory=lambda: array("Q"))
    records: int = 0
    gaps: list[Gap] = field(default_factory=list)
    further: int = 0
    """Gaps beyond `MAX_GAPS`."""
    further_bytes: int = 0

    def add(self, span: Whole | Gap) -> None:
        """Add the next record or gap."""
        if isinstance(span, Whole):
            self.records += 1
            if self.ends and self.ends[-1] == span.offset:
                self.ends[-1] += span.length
            else:
                self.starts.append(span.offset)
                self.ends.append(span.offset + span.length)
        elif len(self.gaps) < MAX_GAPS:
            self.gaps.append(span)
        else:
            self.further += 1
            self.further_bytes += span.length

    def all_gaps(self) -> tuple[Gap, ...]:
        """The gaps; those that are not listed are one, behind the last that is."""
        if not self.further:
            return tuple(self.gaps)
        last = self.gaps[-1]
        return (
            *self.gaps,
            Gap(last.offset + last.length, self.further_bytes, f"{self.further} further gaps, not listed", ""),
        )


def _manifest_of(target: Path, disk: Disk, signer: Signer | None) -> Manifest | None:
    """The manifest that gets a line for the new file; None outside of an archive's warc/."""
    folder = target.absolute().parent.parent
    inside = target.absolute().parent.name == "warc" and (folder / MANIFEST).exists()
    return Manifest(folder, disk, signer) if inside else None


def _enter(result: Repaired, name: str, records: int, now: datetime, manifest: Manifest) -> None:
    manifest.append(
        "repaired",
        name,
        now,
        size=result.size,
        sha256=result.sha256,
        records=records,
        note={"source": result.source.name, "gaps": len(result.gaps), "lost_bytes": result.lost_bytes},
    )


def _bytes(file: BinaryIO, start: int, left: int) -> Iterator[bytes]:
    file.seek(start)
    while left:
        piece = file.read(min(left, _PIECE))
        left -= len(piece)
        yield piece


def _warcinfo(source: Path, target: Path, gaps: tuple[Gap, ...], software: str, now: datetime, record_id: str) -> Draft:
    lost = sum(gap.length for gap in gaps)
    pairs = [
        ("software", software),
        FORMAT,
        CONFORMS_TO,
        ("description", f"whole records of {source.name}; {len(gaps)} gaps with {lost} bytes were lost"),
        *(("lost", f"{gap.offset}+{gap.length} {gap.reason} {gap.url}".strip()) for gap in gaps),
    ]
    return warcinfo_draft(target.name, pairs, now, record_id)
