"""Check 34: the frames of a .warc.zst file (the WARC zstd specification 1.0); what a frame says of itself goes in,
faults come out."""

from __future__ import annotations

from archive.audit.findings import Fault


def check_34_frame(sized: bool, checksum: bool) -> Fault | None:
    """Frame_Content_Size and Content_Checksum must be there."""
    missing = [name for name, there in (("Frame_Content_Size", sized), ("Content_Checksum", checksum)) if not there]
    if not missing:
        return None
    return Fault(
        "warning", "{count} frames without " + " and ".join(missing) + ", which the specification demands", check=34
    )


def check_34_damaged(reason: str, resumed: str) -> Fault:
    """Data or checksum are wrong."""
    return Fault("error", f"zstd frame is damaged: {reason}{resumed}", check=34)


def check_34_dictionary(size: int) -> Fault:
    """Whoever loses the first frame loses every record."""
    return Fault("note", f"the records need the dictionary of {size} bytes at the start of the file", check=34)


def check_34_no_dictionary(wanted: int) -> Fault:
    """The dictionary is missing, or another one."""
    return Fault("error", f"frames need the dictionary {wanted}, which the file does not begin with", check=34)
