"""Checks 7 and 8: the version line, and the lines of a WARC header (WARC 1.1, 4)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.audit.findings import Fault

KNOWN = ("WARC/1.0", "WARC/1.1")
DRAFTS = ("WARC/0.9", "WARC/0.10", "WARC/0.12", "WARC/0.13", "WARC/0.16", "WARC/0.17", "WARC/0.18")
"""Drafts that crawlers wrote before ISO 28500:2009 (ClueWeb09 is 0.18)."""

_PRINTABLE = bytes({9, *range(32, 256)} - {127})
"""What a field value may hold: no control characters but the tab."""
_TOKEN = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z|~]+")


def check_07_version(version: str) -> Fault | None:
    """The first line of a record is a version that readers know."""
    if version in KNOWN:
        return None
    if version in DRAFTS:
        return Fault("warning", f"{version} is a draft from before the standard", check=7)
    if version.upper() in KNOWN:  # literals of the standard's grammar have no case (RFC 2616, 2.1), most readers do
        return Fault(
            "warning", f"the version line is {version!r}, where most readers look for {version.upper()}", check=7
        )
    if ":" in version:
        return Fault("error", f"no version line: the header starts with {version[:60]!r}", check=7)
    return Fault("error", f"unknown version line {version[:60]!r}; known are {' and '.join(KNOWN)}", check=7)


def check_08_characters(raw: bytes, lines: int, draft: bool) -> Fault | None:
    """`raw` (a header of so many lines, without the empty one) has only CRLF line ends and no control characters, and
    is UTF-8."""
    controls = raw.translate(None, _PRINTABLE)
    if controls != b"\r\n" * (lines - 1):
        left = controls.replace(b"\r\n", b"")
        if not left.strip(b"\n"):
            return check_08_ends_in_lf(DRAFTS[0] if draft else KNOWN[0])
        return Fault(
            "error",
            f"control characters in the header: {', '.join(sorted({f'0x{byte:02x}' for byte in left}))}",
            check=8,
        )
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return Fault("error", f"the header is not UTF-8: byte 0x{raw[error.start]:02x} at {error.start}", check=8)
    return None


def check_08_ended(start: bytes) -> Fault:
    """A header that no empty line ends, in its member or within the bytes that a header may take; or no header at all
    (7)."""
    if start[:5].upper() != b"WARC/"[: len(start)]:
        return Fault("error", f"no WARC record: it starts with {start[:40]!r}", check=7)
    return Fault("error", "the record's header is not ended by an empty line", check=8)


def check_08_blank_lines() -> Fault:
    """More line ends than two after a record."""
    return Fault("warning", "empty lines after the record", check=8)


def check_08_ends_in_lf(version: str) -> Fault:
    """LF alone ends a header line; the drafts had not settled that yet."""
    return Fault("warning" if version in DRAFTS else "error", "header lines end in LF instead of CRLF", check=8)


def check_08_names(names: tuple[str, ...]) -> Iterator[Fault]:
    """Field names are tokens; a line without a colon, or with nothing before it, is no field."""
    for name in names:
        if not name:
            yield Fault("error", "a header line without a field name", check=8)
        elif not _TOKEN.fullmatch(name):
            what = "a space before the colon" if _TOKEN.fullmatch(name.rstrip(" \t")) else "it is no token"
            yield Fault("error", f"field name {name[:60]!r}: {what}", check=8)
