"""Faults and records of one file go in; batches of findings and rows come out."""

from __future__ import annotations

from archive.audit.checks.arc import arc_date
from archive.audit.checks.judge import Verdict
from archive.audit.checks.whole_file import digests_present, holds_a_record, warc_filename, warcinfo_first
from archive.audit.findings import Cause, Finding
from archive.audit.registry import clause_of
from archive.audit.scanning.batch import (
    DAMAGED,
    SOUND,
    Batch,
    Doubt,
    FileCounts,
    Neighbour,
    RecordKey,
    RecordRow,
    RevisitRow,
    SegmentRow,
    http_line,
    record_key,
    sides,
)
from archive.plurals import Counted
from archive.read.arc import ArcRecord
from archive.read.faults import Fault
from archive.read.record import TYPES, ScannedRecord

MAX_FAULTS = 10
"""Faults of one record that are reported; a hostile header could have a million."""
CAPTURES = frozenset({"response", "revisit", "resource"})
MAX_KEYS, MAX_DAYS = 64, 20_000
"""Types and days that are counted apart: a hostile file could name millions."""
ROW_BITS = 40
"""Low bits of a row number that count the records of a file."""


class FileLog:
    """Collects what one file gives.

    `offset` is the place of the member that is being read, or of the record where there are no members.
    """

    def __init__(self, name: str, number: int, size: int) -> None:
        self.name = name
        self.counts = FileCounts(size=size)
        self.offset = 0
        self.span = (0, 0)
        self._batch = Batch()
        self._row = number << ROW_BITS
        self._neighbour: Neighbour | None = None
        """The last record of the batch, when its links are not in the batch yet."""
        self._kinds: list[str] = []
        self._names: set[str] = set()
        """WARC-Filenames, at most three: a file with several is made of files, whose names they are."""
        self._misnamed: tuple[Fault, int, str | None] | None = None
        """Type of the first record, and of the first warcinfo."""
        self._warcinfo: tuple[str, RecordKey] = ("", "")
        self._notes: dict[str, tuple[int, int, Fault]] = {}

    @property
    def waiting(self) -> int:
        """Rows and findings not handed over yet."""
        return len(self._batch.records) + len(self._batch.findings)

    def hand_over(self) -> Batch:
        """The findings and rows since the last call; the last record stays if the next one may be its pair."""
        batch, self._batch = self._batch, Batch()
        if self._neighbour is not None:
            self._batch.records.append(batch.records.pop())
        batch.bytes_read = self.offset
        return batch

    def report(self, fault: Fault, offset: int | None, record_id: str | None = None, url: str | None = None) -> None:
        """Add a finding on this file; a counted fault is added once, at the end of the file."""
        if fault.counted:
            self.note(fault)
            return
        cause = None if fault.caused_by is None else Cause(self.name, offset, fault.caused_by)
        clause = fault.clause or clause_of(fault.check)
        self._batch.findings.append(
            Finding(fault.check, fault.severity, fault.message, clause, self.name, offset, record_id, url, cause)
        )

    def note(self, fault: Fault) -> None:
        """Count a fault that may come for every record; `finish` reports it once."""
        count, offset, _ = self._notes.get(fault.message, (0, self.offset, fault))
        self._notes[fault.message] = (count + 1, offset, fault)

    def unread(self, fault: Fault) -> None:
        """The whole file is not read."""
        self.counts.unread = fault.message
        self.report(fault, None)

    def damage(self, fault: Fault, record: ScannedRecord | None = None) -> None:
        """Add bytes that could not be read; `record` = what could be read of their record."""
        self.counts.damaged += 1
        if self.counts.first_damage is None:
            self.counts.first_damage = (self.offset, fault.check)
        if record is None:
            self.report(fault, self.offset)
        else:
            self._report_on(record, fault)
            self._add_row(record, 0, fault.check)

    def add_judged(self, record: ScannedRecord, verdict: Verdict, length: int) -> None:
        """Add a record and what the checks say about it; `length` = bytes of its member, 0 when not alone in it."""
        counts, header = self.counts, record.header
        check = 0
        for fault in verdict.notes:
            self.note(fault)
        for fault in verdict.faults[:MAX_FAULTS]:
            self._report_on(record, fault)
            if fault.severity == "error" and not check:
                check = fault.check
        counts.records += 1
        counts.types[record.kind if record.kind in TYPES or len(counts.types) < MAX_KEYS else "other"] += 1
        if not self._kinds or record.kind == "warcinfo":
            self._begin(record)
        index = header.names.index
        if "warc-block-digest" not in index and "warc-payload-digest" not in index:
            counts.without_digest += 1
        row = self._add_row(record, length, check)
        self._batch.doubts += [Doubt(row, fault) for fault in verdict.doubts]
        if record.kind in CAPTURES and verdict.sound:
            self._count_day((header.get("warc-date") or "")[:10])

    def add_usual(
        self,
        kind: str,
        length: int,
        record_id: RecordKey,
        uri: str | None,
        date: str,
        digest: str | None,
        http: str | None,
        warcinfo: RecordKey | None,
        links: list[bytes],
        *,
        digested: bool,
    ) -> None:
        """Add a record without any fault; of its references to other records only `links` are looked up."""
        counts, batch = self.counts, self._batch
        counts.records += 1
        counts.types[kind] += 1
        if not digested:
            counts.without_digest += 1
        if kind in CAPTURES:
            self._count_day(date[:10])
        this, before = Neighbour(kind, record_id, uri, date, links), self._neighbour
        paired = 0 if before is None else sides(before, this)
        if paired:
            counts.pairs += 1
            counts.one_sided += paired == 1
            batch.records[-1] = (*batch.records[-1][:-1], 1)  # type: ignore[call-overload]
            self._neighbour = None
        else:
            self._settle()
            self._neighbour = this
        self._row += 1
        row = self._row
        batch.records.append(
            (row, self.offset, length, record_id, kind, uri, date, digest, SOUND, 0, http, warcinfo, paired and 1)  # type: ignore[arg-type]
        )

    def add_arc(self, record: ArcRecord, length: int, fault: Fault | None) -> None:
        """Judge and add a record of an ARC file, which has neither id nor digest."""
        counts, url, date = self.counts, record.url, record.date
        check = 0
        for found in filter(None, (arc_date(record), fault)):
            self.report(found, self.offset, None, url)
            if found.severity == "error":
                check = check or found.check
        counts.records += 1
        kind = "filedesc" if url.startswith("filedesc:") else "arc"
        counts.types[kind] += 1
        if kind == "arc" and not check:
            self._count_day(f"{date[:4]}-{date[4:6]}-{date[6:8]}")
        self._row += 1
        state = DAMAGED if check else SOUND
        row = RecordRow(self._row, self.offset, length, None, kind, url, date, None, state, check, None, None, 0)
        self._batch.records.append(row)

    def _settle(self) -> None:
        """The last record has no pair next to it: look its links up later, among all records."""
        if self._neighbour is not None:
            self._batch.links += [(self._row, link) for link in self._neighbour.links]
            self._neighbour = None

    def _count_day(self, day: str) -> None:
        days = self.counts.days
        if day in days or len(days) < MAX_DAYS:
            days[day] += 1

    def _begin(self, record: ScannedRecord) -> None:
        """Note the type of the first record and of the first warcinfo, and check the file name in that."""
        if record.kind == "warcinfo" and (stated := record.header.get("warc-filename")):
            if not self._names and (fault := warc_filename(stated, self.name)):
                self._misnamed = fault, self.offset, record.header.get("warc-record-id")
            self._names.add(stated if len(self._names) < 2 else "")
        if record.kind not in self._kinds:
            self._kinds.append(record.kind)

    def _report_on(self, record: ScannedRecord, fault: Fault) -> None:
        self.report(fault, self.offset, record.header.get("warc-record-id"), record.header.get("warc-target-uri"))

    def _add_row(self, record: ScannedRecord, length: int, check: int) -> int:
        header, batch, kind = record.header, self._batch, record.kind
        index, values = header.names.index, header.values
        self._settle()
        self._row += 1
        row = self._row
        record_id = uri = date = warcinfo = None
        if "warc-record-id" in index:
            record_id = record_key(values[index["warc-record-id"]])
        if "warc-target-uri" in index:
            uri = values[index["warc-target-uri"]]
        if "warc-date" in index:
            date = values[index["warc-date"]]
        if "warc-warcinfo-id" in index and not header.draft:
            warcinfo = self._warcinfo_key(values[index["warc-warcinfo-id"]])
        digest = None if record.payload_digest is None or kind == "request" else str(record.payload_digest)
        state = DAMAGED if check else SOUND
        http = _http(record)
        batch.records.append(
            RecordRow(row, self.offset, length, record_id, kind, uri, date, digest, state, check, http, warcinfo, 0)
        )
        self._add_references(row, record)
        return row

    def _add_references(self, row: int, record: ScannedRecord) -> None:
        """Add what the record says of other records: links, the original of a revisit, segments."""
        header, batch, index = record.header, self._batch, record.header.names.index
        if "warc-concurrent-to" in index:
            batch.links += [(row, record_key(value)) for value in header.all("warc-concurrent-to")]
        get = header.get
        if record.kind == "revisit":
            refers = get("warc-refers-to")
            batch.revisits.append(
                RevisitRow(
                    row,
                    record_key(refers) if refers else None,
                    get("warc-refers-to-target-uri"),
                    get("warc-refers-to-date"),
                    record.profile,
                )
            )
        if "warc-segment-number" in index:
            self._add_segment(row, record)

    def _warcinfo_key(self, value: str) -> RecordKey | None:
        """The key of a WARC-Warcinfo-ID; the last one is kept, because nearly all records of a file share it."""
        if value != self._warcinfo[0]:
            self._warcinfo = (value, record_key(value))
        return self._warcinfo[1]

    def _add_segment(self, row: int, record: ScannedRecord) -> None:
        get = record.header.get
        origin, number, total = (
            get("warc-segment-origin-id"),
            get("warc-segment-number"),
            get("warc-segment-total-length"),
        )
        self._batch.segments.append(
            SegmentRow(
                row, record_key(origin) if origin else None, _number(number) or 0, _number(total), record.block.length
            )
        )

    def finish(self) -> None:
        """Report what is known once the file was read to its end."""
        self._settle()
        counts = self.counts
        self.offset = counts.size
        if counts.unread:
            return
        if fault := holds_a_record(counts.records, counts.damaged):
            self.report(fault, None)
        if fault := digests_present(counts.without_digest, counts.records):
            self.report(fault, None)
        if not counts.damaged and self._kinds and (fault := warcinfo_first(self._kinds)):
            self.report(fault, None)
        if self._misnamed is not None and len(self._names) == 1:
            self.report(*self._misnamed)
        for count, offset, fault in self._notes.values():
            self.report(fault._replace(message=fault.message.format(count=Counted(count)), counted=False), offset)


def _http(record: ScannedRecord) -> str | None:
    """The method of a request; status and media type of a response."""
    block = record.block
    if record.kind == "request":
        return block.head[:16].split(b" ", 1)[0].decode("latin-1")
    if block.status is None:
        return None
    alone = block.lower.count(b"\ncontent-type:") == 1
    return http_line(block.status, block.field(b"content-type") if alone else None)


def _number(value: str | None) -> int | None:
    return int(value) if value is not None and value.isascii() and value.isdigit() and len(value) < 19 else None
