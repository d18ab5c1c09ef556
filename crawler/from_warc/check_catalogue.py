"""Check 33 of docs/audit.md: what the WARC files hold goes in, findings on the catalogue's rows come out.

Report a missing or wrong row on its record; report an empty table, or a file without any row, once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from archive import (
    EMPTY_PAYLOAD,
    ArchiveError,
    Capture,
    Cause,
    Fault,
    Finding,
    Ledger,
    Manifest,
    OnlyStored,
    Reader,
    Severity,
    because,
    check,
    is_imported,
    many,
)
from crawler.errors import Unsound
from crawler.from_warc.ingest import date_in
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.stored_version import State, Version

ADVICE = "; `warcpress rebuild` makes it again"
DIFFERS = "the catalogue's row of this capture differs"


class CatalogueCheck:
    """Compare the catalogue with the WARC files: `begin`, then each file's records and `end_file`, then `end`."""

    def __init__(self, layout: Layout, reader: Reader, catalogue: Catalogue | None, damage: str = "") -> None:
        """Take a catalogue; None when it is missing or can't be read (`damage` says why)."""
        self.catalogue, self._damage = catalogue, damage
        self._layout, self._reader = layout, reader
        self._empty: set[str] = set()
        """Tables without a row."""
        self._missed: set[str] = set()
        """Empty tables for which the WARC files have rows."""
        self._file_findings: list[Finding] = []
        """Findings on captures of the file that is being read."""
        self._captures = self._rows = self._unknown = 0
        """Of that file: its captures, those of them that have a row there, those that lack theirs."""
        self.wrong: set[str] = set()
        """Record ids of the versions whose row is missing or wrong."""
        try:
            self._sealed = {name: entry.size for name, entry in Manifest(layout.root).sealed().items()}
        except ArchiveError:
            self._sealed = {}
        names = [entry.file for entry in Manifest(layout.root).removed()]
        self.lost = Cause(f"warc/{names[-1]}", None, 31) if names else None
        """Why records may be missing: a file that was removed, or repaired."""

    @check(33, "catalogue and files agree", clause="warcpress catalogue")
    def begin(self) -> Iterator[Finding]:
        """Report a catalogue that is missing or can't be read; the other methods then do nothing."""
        counts: dict[str, int] = {}
        if self.catalogue is not None:
            try:
                counts = self.catalogue.count()
            except Unsound as error:
                self.catalogue, self._damage = None, str(error)
        if self.catalogue is None:
            name = self._layout.catalogue.name
            if self._damage:
                text = f"the catalogue can't be read: {self._damage.partition(': ')[2]}"
            else:
                text = "whether the post files are the newest versions is not known"
                text = f"the catalogue is {self._layout.no_catalogue}; {text}"
            yield Finding.of(Fault("error", text), name)
            return
        self._empty = {table for table, count in counts.items() if not count}

    def date(self, record_id: str) -> datetime | None:
        """The date that the catalogue has of a capture which is only in the store."""
        with suppress(Unsound):
            return date_in(self.catalogue, record_id) if self.catalogue is not None else None
        return None

    def capture(self, capture: Capture) -> None:
        """Compare the row of a capture of the current file; `end_file` yields the findings."""
        self._captures += 1
        if self.catalogue is None:
            return
        try:
            row = self.catalogue.capture(capture.record_id)
        except Unsound:
            fault, absent = DIFFERS, False
            self._rows += 1
        else:
            if row is None and not any(self.catalogue.captures.referred([capture])):
                return  # no version and no state refers to it
            if "captures" in self._empty:
                self._missed.add("captures")
                return
            absent = row is None or row.file != capture.file
            self._rows += not absent
            if row == capture or (row is not None and is_imported(capture.file)):  # somebody else had a copy of it
                return
            fault = "the catalogue has no row of this capture" if row is None else DIFFERS
        self._file_findings.append(of("error", fault, capture.file, capture.offset, capture.record_id, capture.url))
        self._unknown += absent

    @check(33)
    def version(self, version: Version) -> Finding | None:
        """Compare the row of a version."""
        if self.catalogue is None:
            return None
        if missed := self._empty & {"versions", "posts", "pages"}:
            self._missed |= missed
            return None
        try:
            row = self.catalogue.version(version.record_id)
        except Unsound:
            row = None
        if row == version:
            return None
        self.wrong.add(version.record_id)
        text = "the catalogue's row of this version differs or is missing"
        return of("error", text, version.file, version.offset, version.record_id, version.canonical_url)

    @check(33)
    def state(self, state: State) -> Finding | None:
        """Compare the row of a state."""
        if self.catalogue is None:
            return None
        if "states" in self._empty:
            self._missed.add("states")
            return None
        try:
            row = self.catalogue.states.state(state.record_id)
        except Unsound:
            row = None
        if row == state:
            return None
        text = f"the catalogue's row of the state {state.state} differs or is missing"
        return of("error", text, state.file, state.offset, state.record_id, state.canonical_url)

    @check(33)
    def end_file(self, file: str, made: int | None) -> Iterator[Finding]:
        """Yield the findings on a file.

        `made`: how many versions and states it has, None when it could not be read to its end.
        """
        findings, self._file_findings = self._file_findings, []
        captures, rows, unknown = self._captures, self._rows, self._unknown
        self._captures = self._rows = self._unknown = 0
        if self.catalogue is None:
            return
        if unknown > 1 and not rows:
            text = f"the catalogue has none of the {unknown} captures of this file that it needs{ADVICE}"
            yield of("error", text, file)
        else:
            yield from findings
        if made is None:
            return
        stored, counted = self.catalogue.rows_of(file), self.catalogue.captures_in(file)
        if stored > (rows := rows + made):
            text = f"the catalogue has {many(stored, 'row')} of this file, the file gives {rows}"
            yield because(of("error", text, file), self._altered(file))
        if counted not in (None, captures):
            text = f"the catalogue counts {many(counted, 'capture')} in this file, which has {captures}{ADVICE}"
            yield because(of("error", text, file), self._altered(file))

    @check(33)
    def end(self, ledger: Ledger) -> Iterator[Finding]:
        """After the last file, report empty tables, rows without a version, wrong counts, payloads stored twice."""
        if self.catalogue is None:
            return
        for table in sorted(self._missed):
            text = f"the catalogue has no {table}, which the WARC files have{ADVICE}"
            yield Finding.of(Fault("error", text), self._layout.catalogue.name)
        if not self._missed and not self.wrong:
            for table, count in sorted(self.catalogue.contents.orphans().items()):
                belong = "belongs" if count == 1 else "belong"
                text = f"the catalogue has {many(count, 'row')} in `{table}` that {belong} to no version{ADVICE}"
                finding = Finding.of(Fault("error", text), self._layout.catalogue.name)
                yield because(finding, self.lost) if table == "states" else finding
            for table, (noted, held) in self.catalogue.contents.miscounted().items():
                text = f"the catalogue counts {noted:,} {table}, and has {held:,}{ADVICE}"
                yield Finding.of(Fault("error", text), self._layout.catalogue.name)
        yield from self._unread(ledger)
        yield from self._stored_twice(ledger)

    def _unread(self, ledger: Ledger) -> Iterator[Finding]:
        """Report that rows, or lines of the index, are missing of files that are only in the store and were not read.

        How many captures such a file has, the catalogue tells.
        """
        if self.catalogue is None or not (apart := set(self._reader.files()) - set(self._reader.files_here())):
            return
        known, lines = self.catalogue.files(), ledger.count_lines(self._layout.root)
        without_lines = {file for file in apart if lines.get(file, 0) < (self.catalogue.captures_in(file) or 0)}
        for files, what, place in (
            (apart - known, "the catalogue has no rows of", self._layout.catalogue.name),
            (without_lines, "the index lacks captures of", "index"),
        ):
            if files:
                which = f"{many(len(files), 'file')} only in the store, {min(files)} for one"
                text = f"{what} {which}: `warcpress pull`, then `warcpress rebuild`, make them again"
                yield Finding.of(Fault("error", text), place)

    def _stored_twice(self, ledger: Ledger) -> Iterator[Finding]:
        """Report whole responses that could have been revisits: one written before them has the same payload.

        The earlier one must also be dated earlier, since a revisit refers to the past (WARC 1.1, 6.7), and be here.
        """
        apart = OnlyStored(self._layout.root).ever()
        for digest, places in groupby(ledger.same_payloads(self._layout.root), key=itemgetter(0)):
            dates: list[str] = []
            for _, file, offset, date in places if digest != EMPTY_PAYLOAD else ():
                with suppress(ArchiveError), self._reader.record(file, offset) as record:  # damage has its own findings
                    if record.get("WARC-Truncated"):
                        continue
                    if any(before <= date for before in dates):
                        message = f"the payload {digest} was stored before: a revisit would do"
                        yield of("warning", message, file, offset, record.record_id, record.target_uri)
                    if file not in apart:
                        dates.append(date)

    def newest(self) -> list[Version]:
        """Return the newest versions whose rows are right."""
        if self.catalogue is None:
            return []
        try:
            return [version for version in self.catalogue.newest() if version.record_id not in self.wrong]
        except Unsound:
            return []  # `version` reported that row

    def _altered(self, file: str) -> Cause | None:
        """Name check 31 as the cause when the file's length has changed since it was sealed."""
        size = self._reader.size(file)
        return None if self._sealed.get(file, size) == size else Cause(f"warc/{file}", None, 31)


def of(
    severity: Severity,
    message: str,
    file: str,
    offset: int | None = None,
    record_id: str | None = None,
    url: str | None = None,
) -> Finding:
    """Make a finding on a WARC file of the archive, or on a record in it."""
    return Finding.of(Fault(severity, message), f"warc/{file}", offset, record_id, url)
