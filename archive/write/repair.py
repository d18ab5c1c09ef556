"""Repairs a WARC file: a damaged file goes in, a new file with its whole records and a list of the gaps come out.

The damaged file is only read. Behind a warcinfo record that names their origin, each record gets a member of its own:
what is a sound gzip member of one record is copied byte for byte, other records are compressed again. An uncompressed
file stays uncompressed, an ARC file stays one, without a warcinfo.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.disk import Disk
from archive.errors import StorageError, UsageError
from archive.read.arc import ArcRecord
from archive.read.content import Content
from archive.read.contents import Gap, Gaps, Whole, contents
from archive.read.gzip_members import Gap as NoMember
from archive.read.gzip_members import Member, gzip_members
from archive.read.record import Record
from archive.read.scan import Coding, coding_of
from archive.read.source import Source
from archive.read.zstd_frames import zstd_frames
from archive.seal.manifest import NAME as MANIFEST
from archive.seal.manifest import Manifest, Signer
from archive.warc.dates import Clock, utc_now
from archive.warc.filenames import OPEN, TORN
from archive.warc.records import CONFORMS_TO, END, FORMAT, Draft, gzip_member, new_record_id, warcinfo_draft
from archive.write.warcfile import WarcFile

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
    """The lost parts; empty when the file was whole. The last of more than 10,000 stands for all further ones."""
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
    """Copy every whole record of `source` into `target`, which must not exist.

    By default that is `repaired-NAME` beside it, with `.gz` in place of `.zst`.

    In an archive's warc/ the new file gets a line in the manifest: don't do that during a run. Nothing is written when
    no record is whole. Raises UsageError for an unusable target, and for a signed manifest without a `signer`;
    StorageError when the disk fails.
    """
    disk = disk or Disk()
    try:
        with Source(source, source.name) as stored:
            coding = coding_of(stored, source.name)
            name = f"repaired-{_proper_name(source.name, coding)}"
            target = target or source.with_name(name)
            manifest = _manifest_of(target, disk, signer)
            _check(target, name, manifest, signer)
            found = _Found(stored, coding)
            if not found.records:
                return Repaired(source, None, 0, found.gaps)
            written = WarcFile(target.parent, target.name, disk)
            try:
                if not found.is_arc:
                    warcinfo = _warcinfo(source, target, found.gaps, software, clock(), new_id())
                    written.append(warcinfo.member() if found.compressed else warcinfo.plain())
                for record in found.copies():
                    written.append(record)
                written.sync()
                result = Repaired(source, target, found.records, found.gaps, written.size, written.sha256)
                if manifest is not None:
                    _enter(result, target.name, found.records + (not found.is_arc), clock(), manifest)
            except BaseException:
                written.discard()
                raise
            written.publish()
            return result
    except OSError as error:
        raise StorageError(f"{error.filename or target}: {error.strerror}", f"{source} is as it was") from error


def _proper_name(name: str, coding: Coding | str) -> str:
    """The name without what says that the file is open or torn, with the ending of what is written."""
    name = name.removesuffix(OPEN).removesuffix(TORN)
    stem = name[: -len(".zst")] if name.lower().endswith(".zst") else name
    if coding in (Coding.GZIP, Coding.ZSTD):
        return stem if stem.lower().endswith(".gz") else f"{stem}.gz"
    return stem[: -len(".gz")] if stem.lower().endswith(".gz") else stem


def _check(target: Path, name: str, manifest: Manifest | None, signer: Signer | None) -> None:
    if target.exists():
        raise UsageError(f"{target}: already exists; give another target")
    if target.name.lower().endswith(".gz") != name.lower().endswith(".gz"):
        raise UsageError(f"{target}: its name must end like {name}")
    if manifest is not None and signer is None and (last := manifest.last()) is not None and last.proof:
        raise UsageError(f"{manifest.path}: its lines are signed; give the key, or another folder")


class _Found:
    """What a file holds.

    Records that are copied as they are stored and follow each other are one stretch, and the places of others are
    numbers in arrays, so that millions of records take little memory.
    """

    def __init__(self, source: Source, coding: Coding | str) -> None:
        """Scan the file."""
        self._source, self._coding = source, coding
        self.compressed = coding in (Coding.GZIP, Coding.ZSTD)
        """Whether the new file is compressed."""
        self.is_arc = False
        """Whether it is an ARC file."""
        self.records = 0
        """Whole records."""
        self._offsets, self._lengths = array("Q"), array("Q")
        self._inner, self._sizes = array("Q"), array("Q")
        gaps = Gaps()
        for part in contents(source, source.name, self._note):
            if isinstance(part, Gap):
                gaps.add(part)
            else:
                self._add(part)
        self.gaps = gaps.listed()
        """The lost parts."""

    def copies(self) -> Iterator[Iterable[bytes]]:
        """Give all records as they go into the new file."""
        content = _StoredContent(self._source, self._coding)
        places = zip(self._offsets, self._lengths, self._inner, self._sizes, strict=True)
        for offset, length, inner, size in places:
            end = b"" if self.is_arc else END
            if length:
                yield _stored(self._source, offset, length)
            elif self.compressed:
                yield gzip_member(b"", content.read(offset, inner, size), end)
            else:
                yield _ended(_stored(self._source, offset, size), end)

    def _note(self, record: Record | ArcRecord, whole: Whole) -> str:  # noqa: ARG002 - a Take
        self.is_arc = self.is_arc or isinstance(record, ArcRecord)
        return ""

    def _add(self, record: Whole) -> None:
        self.records += 1
        length = 0 if record.split or self._coding is Coding.ZSTD else record.length
        if length and self._lengths and self._lengths[-1] and self._offsets[-1] + self._lengths[-1] == record.offset:
            self._lengths[-1] += length
            return
        self._offsets.append(record.offset)
        self._lengths.append(length)
        self._inner.append(record.inner)
        self._sizes.append(record.size)


class _StoredContent:
    """Reads parts of the content of members, in the order of the file."""

    def __init__(self, source: Source, coding: Coding | str) -> None:
        self._source, self._coding = source, coding
        self._members = zstd_frames(source) if coding is Coding.ZSTD else iter(())
        self._content: Content | None = None

    def read(self, offset: int, inner: int, size: int) -> Iterator[bytes]:
        """Give `size` bytes of the content from the member at `offset` on, behind the first `inner`."""
        content = self._content
        if content is None or content.place()[0].offset != offset or content.place()[1] > inner:
            content = self._content = self._open(offset)
        content.begin()
        content.feed.goes_on = lambda following: True
        for _ in content.feed.take(inner - content.place()[1]):
            pass
        for piece, start, end in content.feed.take(size):
            yield bytes(piece[start:end])

    def _open(self, offset: int) -> Content:
        if self._coding is Coding.GZIP:
            self._members = gzip_members(self._source, offset)
        before = self._content
        member: Member | NoMember | None = before.next if before is not None else None
        while not isinstance(member, Member) or member.offset != offset:
            if isinstance(member, Member):
                member.drain()
            member = next(self._members, None)
            if member is None:
                raise StorageError(f"{self._source.path}: it changed while it was read")
        if before is not None:
            before.close()
        return Content(member, self._members)


def _stored(source: Source, start: int, left: int) -> Iterator[bytes]:
    while left:
        count = min(left, _PIECE)
        position = source.ensure(start, count)
        piece = source.buffer[position : position + count]
        if not piece:
            raise StorageError(f"{source.path}: it became shorter while it was read")
        yield piece
        start, left = start + len(piece), left - len(piece)


def _ended(pieces: Iterator[bytes], end: bytes) -> Iterator[bytes]:
    yield from pieces
    yield end


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
