"""Checks 6, 19, 27 of a whole file: counts and first records go in after the file was read, faults come out."""

from __future__ import annotations

from collections.abc import Sequence

from archive.audit.registry import check
from archive.plurals import many
from archive.read.faults import Fault
from archive.warc.filenames import OPEN, is_imported


@check(6, "the file holds a record", clause="WARC 1.1, 4")
def holds_a_record(records: int, damaged: int) -> Fault | None:
    """The file has a record; other findings name the damage of a file without one."""
    return None if records or damaged else Fault("error", "no record in this file")


@check(19, "digests present", clause="WARC 1.1, 5.8")
def digests_present(without: int, records: int) -> Fault | None:
    """Each record has a digest; without one an alteration would not show."""
    if not without:
        return None
    who = many(without, f"of {many(records, 'record')} carries", f"of {many(records, 'record')} carry")
    return Fault("warning", f"{who} no digest: nothing would show that they were altered")


@check(27, "warcinfo", clause="WARC 1.1, 5.16, 5.17 and 6.2")
def warcinfo_first(kinds: Sequence[str]) -> Fault | None:
    """The first record is a warcinfo; `kinds` has the types of the first record and of the first warcinfo."""
    if not kinds or kinds[0] == "warcinfo":
        return None
    if "warcinfo" in kinds:
        text = f"the first record is a {kinds[0]}; the warcinfo that describes it comes later"
        return Fault("warning", text, "WARC 1.1, 6.2")
    return Fault("note", "no warcinfo record; the standard recommends to start every file with one", "WARC 1.1, 5.5")


@check(27)
def warc_filename(stated: str, name: str) -> Fault | None:
    """WARC-Filename is the name of the file; files are renamed and unpacked for good reasons, so it is a warning.

    An imported file has a name of ours, and its own is in the manifest.
    """
    stated = stated.strip('"').replace("\\", "/").rpartition("/")[2]
    actual = name.replace("\\", "/").rpartition("/")[2].rpartition("!")[2]
    if _stem(stated) == _stem(actual) or is_imported(actual):
        return None
    return Fault("warning", f"WARC-Filename is {stated[:120]!r}, the file is {actual!r}", "WARC 1.1, 5.17")


def _stem(name: str) -> str:
    for ending in (OPEN, ".gz", ".zst"):
        name = name.removesuffix(ending)
    return name
