"""A damaged WARC file's whole records in a new file; in: a file, out: another one and the account of what was lost.

The damaged file is only read. Records go over as they are stored, byte for byte, behind a warcinfo that says where they
come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from archive.disk import Disk
from archive.errors import StorageError, UsageError
from archive.seal.manifest import NAME as MANIFEST
from archive.seal.manifest import Manifest, Signer
from archive.warc.dates import Clock, utc_now
from archive.warc.records import CONFORMS_TO, FORMAT, Draft, new_record_id, warcinfo_draft
from archive.write.salvage import Gap, Whole, salvage
from archive.write.warcfile import WarcFile

_PIECE = 1 << 18


@dataclass(frozen=True)
class Repaired:
    """What a repair gave."""

    source: Path
    target: Path | None
    """The new file; None when there was no whole record."""
    records: int
    """Whole records taken over."""
    gaps: tuple[Gap, ...]
    """What was lost; empty when the file was whole."""
    size: int = 0
    sha256: str = ""

    @property
    def lost_bytes(self) -> int:
        return sum(gap.length for gap in self.gaps)

    @property
    def lost_urls(self) -> tuple[str, ...]:
        """Target URIs of lost responses whose headers could still be read."""
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
    """Copies every whole record of `source` into `target` (default: `repaired-NAME` beside it), which must not exist.

    In an archive's warc/ the new file gets its line in the manifest, so not during a run. Nothing is written when
    nothing is whole. Raises UsageError for a target that makes no sense, or without a `signer` where the manifest is
    signed; StorageError when the disk fails.
    """
    disk = disk or Disk()
    target = target or source.with_name(f"repaired-{source.name.removesuffix('.open').removesuffix('.torn')}")
    if target.exists():
        raise UsageError(f"{target}: exists already; name another target")
    manifest = _manifest_of(target, disk, signer)
    if manifest is not None and signer is None and (last := manifest.last()) is not None and last.proof:
        raise UsageError(f"{manifest.path}: its lines are signed; name the key, or a target outside of this archive")
    try:
        with source.open("rb") as file:
            spans = list(salvage(file, source.name))
            whole = [span for span in spans if isinstance(span, Whole)]
            gaps = tuple(span for span in spans if isinstance(span, Gap))
            if not whole:
                return Repaired(source, None, 0, gaps)
            file.seek(whole[0].offset)
            compressed = file.read(2) == b"\x1f\x8b"
            if compressed != target.name.endswith(".gz"):
                raise UsageError(f"{target}: records go over as they are stored, so it must end as {source.name} does")
            written = WarcFile(target.parent, target.name, disk)
            try:
                warcinfo = _warcinfo(source, target, gaps, software, clock(), new_id())
                written.append(warcinfo.member() if compressed else warcinfo.plain())
                for span in whole:
                    written.append(_bytes(file, span))
                written.sync()
                result = Repaired(source, target, len(whole), gaps, written.size, written.sha256)
                if manifest is not None:
                    _enter(result, written.records, clock(), manifest)
            except BaseException:
                written.discard()
                raise
            written.publish()
            return result
    except OSError as error:
        raise StorageError(f"{error.filename or target}: {error.strerror}", f"{source} is as it was") from error


def _manifest_of(target: Path, disk: Disk, signer: Signer | None) -> Manifest | None:
    """A new file in an archive's warc/ gets its line in this manifest."""
    folder = target.absolute().parent.parent
    inside = target.absolute().parent.name == "warc" and (folder / MANIFEST).exists()
    return Manifest(folder, disk, signer) if inside else None


def _enter(result: Repaired, records: int, now: datetime, manifest: Manifest) -> None:
    assert result.target is not None
    manifest.append(
        "repaired",
        result.target.name,
        now,
        size=result.size,
        sha256=result.sha256,
        records=records,
        note={"source": result.source.name, "gaps": len(result.gaps), "lost_bytes": result.lost_bytes},
    )


def _bytes(file: BinaryIO, span: Whole) -> Iterator[bytes]:
    file.seek(span.offset)
    left = span.length
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
