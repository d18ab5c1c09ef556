"""Check 27 within a file: the warcinfo record comes first and names the file (WARC 1.1, 5.17 and 6.2)."""

from __future__ import annotations

from archive.audit.findings import Fault
from archive.warc.filenames import OPEN


def check_27_first(kinds: list[str]) -> Fault | None:
    """`kinds` = types of the first record and, when one comes later, of the first warcinfo."""
    if not kinds or kinds[0] == "warcinfo":
        return None
    if "warcinfo" in kinds:
        return Fault(
            "warning",
            f"the first record is a {kinds[0]}; the warcinfo that describes it comes later",
            "WARC 1.1, 6.2",
            check=27,
        )
    return Fault(
        "note", "no warcinfo record; the standard recommends to start every file with one", "WARC 1.1, 5.5", check=27
    )


def check_27_filename(stated: str, name: str) -> Fault | None:
    """WARC-Filename is the name of the file. Files are renamed and unpacked for good reasons, so this is no error."""
    stated = stated.strip('"').replace("\\", "/").rpartition("/")[2]
    actual = name.replace("\\", "/").rpartition("/")[2].rpartition("!")[2]
    if _stem(stated) == _stem(actual):
        return None
    return Fault("warning", f"WARC-Filename is {stated[:120]!r}, the file is {actual!r}", "WARC 1.1, 5.17", check=27)


def _stem(name: str) -> str:
    for ending in (OPEN, ".gz", ".zst"):
        name = name.removesuffix(ending)
    return name
