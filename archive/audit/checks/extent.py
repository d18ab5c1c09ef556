"""What stands after a record's block: two line ends and then the next record, or signs of a wrong Content-Length
(checks 3, 8, 14)."""

from __future__ import annotations

import re

from archive.audit.findings import Fault

END = b"\r\n\r\n"
RECORD_START = re.compile(rb"WARC/\d+\.\d+\r?\n[!-9;-~]+:")
"""What a reader that lost its place looks for."""
NAMED_FIELDS = re.compile(rb"(?:[^\r\n:]{0,80}\r?\n)?(?:[!-9;-~]+:[^\n]*\n)*?(?i:WARC-(?:Type|Record-ID|Date)):")
"""A header whose version line is damaged, or not there."""


def check_14_end(before: bytes, tail: bytes, length_holds: bool | None, draft: bool) -> Fault:
    """The block has its stated length, but END does not follow: is it the end that is wrong (8) or the length (14)?

    `before` = the last bytes of the block, up to four, `tail` = up to four bytes after it. `length_holds`: the block
    digest or HTTP's own framing says that the length is right, or wrong; None when nothing tells.
    """
    if length_holds is None:
        early = END in before + tail[:3]
        length_holds = not early and (END.startswith(tail) or tail[:2] in (b"\n\n", b"\r\n") or tail[:4] == b"WARC")
    if not length_holds:
        return Fault("error", "Content-Length does not fit: the block does not end where it says", check=14)
    if tail[:2] == b"\n\n":
        return Fault("warning" if draft else "error", "the record ends in bare LF instead of CRLF CRLF", check=8)
    return Fault("error", f"the record is not ended by CRLF CRLF: {tail or 'nothing'!r} follows its block", check=8)


def check_14_short(stated: int, found: int) -> Fault:
    """The bytes end before the block does."""
    return Fault("error", f"Content-Length says {stated} bytes, {found} are there", check=14)


def check_14_left_over(count: int, zeros: bool, ends_well: bool, digest_holds: bool | None) -> Fault:
    """Bytes after a record's END that are no record."""
    if digest_holds is not True and ends_well and not zeros:
        return Fault(
            "error", f"Content-Length does not fit: {count} bytes follow the record that belong to it", check=14
        )
    return Fault("error", f"{count} {'zero ' if zeros else ''}bytes after the record that are no record", check=3)
