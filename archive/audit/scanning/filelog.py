"""What was found in one file: faults and records go in, batches for the audit come out."""

from __future__ import annotations

from archive.audit.checks import CLAUSES
from archive.audit.checks.digests import check_19_coverage
from archive.audit.checks.fields import TYPES
from archive.audit.checks.grammar import DRAFTS
from archive.audit.checks.members import check_06_records
from archive.audit.checks.revisits import profile_of
from archive.audit.checks.warcinfo import check_27_filename, check_27_first
from archive.audit.findings import Cause, Fault, Finding
from archive.audit.scanning.batch import (
    DAMAGED,
    SOUND,
    Batch,
    Doubt,
    FileCounts,
    RecordKey,
    RecordRow,
    RevisitRow,
    SegmentRow,
    http_line,
    record_key,
)
from archive.audit.scanning.pairing import Neighbour, sides
from archive.audit.scanning.record import MAX_FAULTS, Record

CAPTURES = frozenset({"response", "revisit", "resource"})
MAX_KEYS, MAX_DAYS = 64, 20_000
"""Types and days that are counted apart: a hostile file could name millions."""
ROW_BITS = 40
"""Low bits of a row number that count the records of a file."""


class FileLog:
    """`offset` is where the reading stands: the member, or the record where there are no members."""

    def __init__(self, name: str, number: int, size: int) -> None:
        self.name = name
        self.counts = FileCounts(size=size)
        self.offset = 0
        self._batch = Batch()
        self._row = number << ROW_BITS
        self._neighbour: Neighbour | None = None
        """The last record of the batch, when its links are not in the batch yet."""
        self._kinds: list[str] = []
        """Type of the first record, and of the first warcinfo."""
        self._warcinfo: tuple[str, RecordKey] = ("", "")
        self._notes: dict[str, tuple[int, int, Fault]] = {}

    @property
    def waiting(self) -> int:
        """Rows and findings not handed over yet."""
        return len(self._batch.records) + len(self._batch.findings)

    def hand_over(self) -> Batch:
        """What came since the last time; the last record stays where the next may be its pair."""
        batch, self._batch = self._batch, Batch()
        if self._neighbour is not None:
            self._batch.records.append(batch.records.pop())
        batch.bytes_read = self.offset
        return batch

    def report(self, fault: Fault, offset: int | None, record_id: str | None = None, url: str | None = None) -> None:
        """One finding on this file."""
        clause = fault.clause or CLAUSES[fault.check]
        cause = None if fault.caused_by is None else Cause(self.name, offset, fault.caused_by)
        self._batch.findings.append(
            Finding(fault.check, fault.severity, fault.message, clause, self.name, offset, record_id, url, cause)
        )

    def note(self, fault: Fault) -> None:
        """A finding that may come for every record: counted, and reported once for the file; `{count}` in its text is
        filled in."""
        count, offset, _ = self._notes.get(fault.message, (0, self.offset, fault))
        self._notes[fault.message] = (count + 1, offset, fault)

    def unread(self, fault: Fault) -> None:
        """The whole file is left out."""
        self.counts.unread = fault.message
        self.report(fault, None)

    def damage(self, fault: Fault, record: Record | None = None) -> None:
        """Bytes that could not be read; `record` = what is known of the record that they belong to."""
        self.counts.damaged += 1
        if self.counts.first_damage is None:
            self.counts.first_damage = (self.offset, fault.check)
        if record is None:
            self.report(fault, self.offset)
        else:
            self._report_on(record, fault)
            self._add_row(record, 0, fault.check)

    def add(self, record: Record, length: int, doubts: tuple[Fault, ...] = ()) -> None:
        """A record that was read to its end, with all its faults; `length` = bytes of its member, 0 when it has none
        of its own."""
        counts, header = self.counts, record.header
        check = 0
        for fault in record.notes:
            self.note(fault)
        if record.faults:
            for fault in record.faults[:MAX_FAULTS]:
                self._report_on(record, fault)
                if fault.severity == "error" and not check:
                    check = fault.check
        counts.records += 1
        counts.types[record.kind if record.kind in TYPES or len(counts.types) < MAX_KEYS else "other"] += 1
        if not self._kinds or record.kind == "warcinfo":
            self._begin(record)
        index = header.shape.index
        if "warc-block-digest" not in index and "warc-payload-digest" not in index:
            counts.without_digest += 1
        row = self._add_row(record, length, check)
        self._batch.doubts += [Doubt(row, fault) for fault in doubts]
        if record.kind in CAPTURES and record.sound:
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
        refers: RecordKey | None,
        *,
        digested: bool,
    ) -> None:
        """A record that has no fault at all and refers to others by `links` and `refers` only."""
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
        if refers is not None:
            batch.refers.append((row, refers))

    def add_arc(self, url: str, date: str, length: int, faults: list[Fault]) -> None:
        """A record of an ARC file, which has neither id nor digest."""
        counts = self.counts
        check = 0
        for fault in faults:
            self.report(fault, self.offset, None, url)
            check = check or fault.check
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
        """The last record has no pair in the one after it: its links are looked up later, among all records."""
        if self._neighbour is not None:
            self._batch.links += [(self._row, link) for link in self._neighbour.links]
            self._neighbour = None

    def _count_day(self, day: str) -> None:
        days = self.counts.days
        if day in days or len(days) < MAX_DAYS:
            days[day] += 1

    def _begin(self, record: Record) -> None:
        """The first record, or a warcinfo."""
        if record.kind == "warcinfo" and "warcinfo" not in self._kinds:
            stated = record.header.get("warc-filename")
            if stated and (fault := check_27_filename(stated, self.name)):
                self._report_on(record, fault)
        if record.kind not in self._kinds:
            self._kinds.append(record.kind)

    def _report_on(self, record: Record, fault: Fault) -> None:
        self.report(fault, self.offset, record.header.get("warc-record-id"), record.header.get("warc-target-uri"))

    def _add_row(self, record: Record, length: int, check: int) -> int:
        header, batch, kind = record.header, self._batch, record.kind
        index, values = header.shape.index, header.values
        self._settle()
        self._row += 1
        row = self._row
        record_id = uri = date = warcinfo = http = None
        if "warc-record-id" in index:
            record_id = record_key(values[index["warc-record-id"]])
        if "warc-target-uri" in index:
            uri = values[index["warc-target-uri"]]
        if "warc-date" in index:
            date = values[index["warc-date"]]
        if "warc-warcinfo-id" in index and header.version not in DRAFTS:
            warcinfo = self._warcinfo_key(values[index["warc-warcinfo-id"]])
        block = record.block
        if kind == "request":
            http = block.head[:16].split(b" ", 1)[0].decode("latin-1")
        elif block.status is not None:
            alone = block.lower.count(b"\ncontent-type:") == 1
            http = http_line(block.status, block.field(b"content-type") if alone else None)
        digest = None if record.payload_digest is None or kind == "request" else str(record.payload_digest)
        state = DAMAGED if check else SOUND
        batch.records.append(
            RecordRow(row, self.offset, length, record_id, kind, uri, date, digest, state, check, http, warcinfo, 0)
        )
        if "warc-concurrent-to" in index:
            batch.links += [(row, record_key(value)) for value in header.all("warc-concurrent-to")]
        get = header.get
        refers = get("warc-refers-to")
        if kind == "revisit":
            batch.revisits.append(
                RevisitRow(
                    row,
                    record_key(refers) if refers else None,
                    get("warc-refers-to-target-uri"),
                    get("warc-refers-to-date"),
                    profile_of(get("warc-profile") or ""),
                )
            )
        elif refers:
            batch.refers.append((row, record_key(refers)))
        if "warc-segment-number" in index:
            self._add_segment(row, record)
        return row

    def _warcinfo_key(self, value: str) -> RecordKey | None:
        """The key of a WARC-Warcinfo-ID: nearly all records of a file have the same."""
        if value != self._warcinfo[0]:
            self._warcinfo = (value, record_key(value))
        return self._warcinfo[1]

    def _add_segment(self, row: int, record: Record) -> None:
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
        """The file was read to its end."""
        self._settle()
        counts = self.counts
        self.offset = counts.size
        if counts.unread:
            return
        if fault := check_06_records(counts.records, counts.damaged):
            self.report(fault, None)
        if fault := check_19_coverage(counts.without_digest, counts.records):
            self.report(fault, None)
        if not counts.damaged and self._kinds and (fault := check_27_first(self._kinds)):
            self.report(fault, None)
        for count, offset, fault in self._notes.values():
            self.report(fault._replace(message=fault.message.format(count=count)), offset)


def _number(value: str | None) -> int | None:
    return int(value) if value is not None and value.isascii() and value.isdigit() and len(value) < 19 else None
