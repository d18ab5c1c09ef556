"""Checks 24 and 25: what a revisit record claims, by itself and against the record that it refers to."""

from __future__ import annotations

import re

from archive.audit.findings import Fault

_PROFILE = re.compile(
    r"<?https?://netpreserve\.org/warc/[0-9.]+/(?:revisit/)?"
    r"(identical-payload-digest|server-not-modified|uri-agnostic-identical-payload-digest)/?>?",
)


def profile_of(value: str) -> str | None:
    """`identical-payload-digest` or `server-not-modified`; None for a profile that the standard does not define."""
    found = _PROFILE.fullmatch(value)
    return found[1].removeprefix("uri-agnostic-") if found else None


def check_24_profile(value: str, has_payload_digest: bool) -> Fault | None:
    """A profile that readers can interpret; identical-payload-digest comes with the digest (6.7.2)."""
    profile = profile_of(value)
    if profile is None:
        return Fault(
            "error",
            f"revisit profile {value[:120]!r} is none of the standard: no reader may interpret the record",
            check=24,
        )
    if profile == "identical-payload-digest" and not has_payload_digest:
        return Fault(
            "error", "an identical-payload-digest revisit without WARC-Payload-Digest", "WARC 1.1, 6.7.2", check=24
        )
    return None
