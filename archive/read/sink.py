"""What a scan finds goes in: the protocol that the scanners of a file talk to."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from archive.read.arc import ArcRecord
from archive.read.faults import Fault
from archive.read.record import ScannedRecord
from archive.read.source import Bytes


class End(Enum):
    """How a record ends."""

    RIGHT = "two line ends follow its block"
    SHORT = "some or all of these line ends are missing"
    WRONG = "its block could not be read to its end, or other bytes follow it"


class Sink(Protocol):
    """Takes the records and the damage of one file, in the order of their bytes."""

    offset: int
    """First byte of the member that the next calls are about, or of the record where there are no members."""
    span: tuple[int, int]
    """The record of the next call: its place in the content from its member on; bytes of its header and block."""

    def accept(self, member: Bytes, length: int) -> bool:
        """Take a sound member as it is; False leaves it to the scan. `length` = its bytes as stored."""
        ...

    def judge(self, record: ScannedRecord) -> bool:
        """Judge the header of a record that `add` or `damage` comes for; False when it has an error."""
        ...

    def add(self, record: ScannedRecord, length: int, fault: Fault | None = None, end: End = End.RIGHT) -> None:
        """Add the record that was judged last.

        `length` = its bytes as stored, 0 when it is not alone in its member. `fault` = what is wrong with its length or
        end, or with how it is stored.
        """
        ...

    def add_arc(self, record: ArcRecord, length: int, fault: Fault | None) -> None:
        """Add a record of an ARC file; `length` and `fault` as in `add`."""
        ...

    def damage(self, fault: Fault, record: ScannedRecord | None = None) -> None:
        """Note that no record can be read here; `record` = what could be read of it."""
        ...

    def report(self, fault: Fault, offset: int) -> None:
        """Note a fault beside the records: nothing is lost by it."""
        ...

    def unread(self, fault: Fault) -> None:
        """Note that the whole file is not read."""
        ...
