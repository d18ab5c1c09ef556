"""One record while it is read: its header goes through checks 7 to 15 and 18, its block is made ready to be read."""

from __future__ import annotations

from datetime import datetime

from archive.audit.blocks.block import Block
from archive.audit.checks.digests import Digest, check_18_label
from archive.audit.checks.grammar import DRAFTS
from archive.audit.checks.revisits import profile_of
from archive.audit.checks.values import (
    check_12_record_id,
    check_13_date,
    check_14_digits,
    check_15_address,
    check_15_uri,
    usual_date,
)
from archive.audit.findings import Fault
from archive.audit.scanning.header import Header

MAX_FAULTS = 10
"""Faults of one record that are reported; a hostile header could have a million."""


class Known:
    """The clock, and what was said about dates and addresses before: the records of a crawl share them."""

    __slots__ = ("_addresses", "_dates", "_today", "now")
    LIMIT = 8192

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._today = f"{now:%Y-%m-%d}"
        self._dates: dict[tuple[str, str, str], Fault | None] = {}
        self._addresses: dict[str, Fault | None] = {}

    def date(self, name: str, value: str, version: str) -> Fault | None:
        """Check 13."""
        if usual_date(value, version, self._today):
            return None
        key = (name, value, version)
        if key not in self._dates:
            if len(self._dates) >= self.LIMIT:
                self._dates.clear()
            self._dates[key] = check_13_date(name, value, version, self.now)
        return self._dates[key]

    def address(self, value: str) -> Fault | None:
        """Check 15 on an address."""
        if value not in self._addresses:
            if len(self._addresses) >= self.LIMIT:
                self._addresses.clear()
            self._addresses[value] = check_15_address(value)
        return self._addresses[value]


class Record:
    """A record while it is read. `faults` grows from check 7 upward; `sound` = none of the envelope (7–15) is an
    error."""

    __slots__ = (
        "block",
        "block_digest",
        "faults",
        "header",
        "kind",
        "length",
        "notes",
        "payload_digest",
        "profile",
        "sound",
        "truncated",
    )

    def __init__(self, header: Header, known: Known) -> None:
        self.header = header
        index, values = header.shape.index, header.values
        self.kind = values[index["warc-type"]].lower() if "warc-type" in index else ""
        self.faults = faults = header.faults
        self.notes: list[Fault] = []
        """Faults that come for many records of a file: `{count}` in their text is filled in once."""
        self.length: int | None = None
        self.sound = True
        """No error in the envelope: the content can be judged."""
        if faults and faults[0].check == 7 and not header.names_warc():
            del faults[1:]  # no WARC record at all: its other lines need no findings
        else:
            self._check_envelope(known)
        if faults:
            self.sound = not any(one.severity == "error" for one in faults)
        self.truncated = header.get("warc-truncated")
        self.profile = profile_of(values[index["warc-profile"]]) if "warc-profile" in index else None
        self.block_digest = block = self._label("WARC-Block-Digest", "warc-block-digest")
        self.payload_digest = payload = self._label("WARC-Payload-Digest", "warc-payload-digest")
        here = payload is not None and self.payload_here()
        self.block = Block(self._http(), block.new if block else None, payload.new if payload and here else None)

    def _check_envelope(self, known: Known) -> None:
        """Checks 8 to 15 on the header."""
        header, faults = self.header, self.faults
        length = None
        stated = header.get("content-length")
        if stated is not None:
            length = check_14_digits(stated)
            if length is None:
                self.length = int(stated)
        names = header.shape.faults(self.kind or None, self.length == 0)
        broken = any(one.check == 8 and one.severity == "error" for one in (*faults, *names))
        if names and self.kind == "warcinfo" and header.get("warc-warcinfo-id") == header.get("warc-record-id"):
            names = tuple(map(_of_wpull, names))
        if names:
            faults += [one for one in names if not (broken and one.check == 9)]
        if not broken:
            self._check_values(known)
            if length is not None:
                faults.append(length)
        if faults and header.version in DRAFTS:
            faults[:] = [_of_a_draft(fault) for fault in faults]

    def _check_values(self, known: Known) -> None:
        header, faults = self.header, self.faults
        values, names = header.values, header.shape.names
        for key, at in header.shape.index.items():
            fault = None
            if key == "warc-record-id":
                fault = check_12_record_id(values[at])
            elif key in ("warc-date", "warc-refers-to-date"):
                fault = known.date(names[at], values[at], header.version)
            elif key in ("warc-target-uri", "warc-refers-to-target-uri"):
                fault = check_15_uri(names[at], values[at], header.version)
            elif key == "warc-ip-address":
                fault = known.address(values[at])
            if fault is not None:
                faults.append(fault)

    def _label(self, name: str, key: str) -> Digest | None:
        at = self.header.shape.index.get(key)
        if at is None:
            return None
        digest = check_18_label(name, self.header.values[at])
        if isinstance(digest, Digest):
            return digest
        if self.sound:
            self.faults.append(digest)
        return None

    def _http(self) -> str | None:
        kind = self.kind
        if kind not in ("response", "request", "revisit"):
            return None
        media = self.header.get("content-type")
        if media is None:
            uri = self.header.get("warc-target-uri") or ""
            http = uri[:4].lower() == "http"
        else:
            http = media[:16].lower() == "application/http"
        if not http or (self.header.get("warc-segment-number") or "1") != "1":
            return None
        return "request" if kind == "request" else "response"

    def payload_here(self) -> bool:
        """The payload digest is over bytes of this record: not in a revisit, nor in a segment of a longer record
        (5.9)."""
        return self.kind != "revisit" and "warc-segment-number" not in self.header.shape.index


def _of_wpull(fault: Fault) -> Fault:
    """wpull, which wrote much of Archive Team's files, has each warcinfo name itself."""
    return fault._replace(severity="warning") if fault.clause == "WARC 1.1, 5.16" else fault


def _of_a_draft(fault: Fault) -> Fault:
    """What the standard says of fields was not settled in the drafts: no error there."""
    return fault._replace(severity="warning") if fault.check != 14 and fault.severity == "error" else fault
