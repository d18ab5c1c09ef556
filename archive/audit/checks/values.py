"""Checks 12 to 15: record ids, dates, lengths, URIs and addresses, each as the text of one field."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address

from archive.audit.findings import Fault

SKEW = timedelta(days=1)
"""How far a date may lie ahead of the auditor's clock: a writer's clock, or its zone, may be wrong by that much."""
MAX_LENGTH_DIGITS = 18

CANONICAL_ID = re.compile(r"<urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}>", re.ASCII)
_USUAL_URI = re.compile(r"https?://[A-Za-z0-9.\-]+(?::\d+)?(?:/[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]*)?")
"""What most URIs look like: nothing escaped, nothing wrong; half the cost of looking for each fault."""
_USUAL_DATE = re.compile(
    r"[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?Z", re.ASCII
)
"""A date that needs no calendar."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_LEGAL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
_NEVER = re.compile(r"[\x00-\x20\x7f<>]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_URN_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?:https?|ftp)://([^/?#]*)", re.IGNORECASE)
_PORT = re.compile(r"(?:\[[^\]]*\]|[^:\[\]]*)(?::\d*)?")
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?Z)?)?)?",
    re.ASCII,
)


def check_12_record_id(value: str) -> Fault | None:
    """`<` URI `>`, nothing else."""
    if CANONICAL_ID.fullmatch(value):
        return None
    fault = bracketed_uri(value)
    if fault is not None:
        return Fault("error", f"WARC-Record-ID {value[:100]!r}: {fault}", check=12)
    if value[:10].lower() == "<urn:uuid:" and not _URN_UUID.fullmatch(value[1:-1]):
        return Fault("warning", f"WARC-Record-ID {value[:100]!r} is no UUID as RFC 9562 writes it", check=12)
    return None


def bracketed_uri(value: str) -> str | None:
    """Why this is not `<` URI `>`; None when it is."""
    if not (value.startswith("<") and value.endswith(">")):
        return "not in angle brackets" if value else "empty"
    uri = value[1:-1]
    if not _SCHEME.match(uri):
        return "no URI: it has no scheme"
    if len(uri) == uri.index(":") + 1:
        return "no URI: nothing after the scheme"
    if found := _NEVER.search(uri):
        return f"no URI: it holds {found[0]!r}"
    if uri.lower().endswith(("urn:uuid:", "://")):
        return "no URI: it names nothing"
    return None


def usual_date(value: str, version: str, today: str) -> bool:
    """A date that check 13 has nothing to say about, at a tenth of its cost; `today` as `YYYY-MM-DD`."""
    usual = _USUAL_DATE.fullmatch(value)
    return usual is not None and value[:10] <= today and (usual[1] is None or version != "WARC/1.0")


def check_13_date(name: str, value: str, version: str, now: datetime) -> Fault | None:
    """W3C date of WARC 1.1 (six granularities, UTC), or `YYYY-MM-DDThh:mm:ssZ` in 1.0; a day of the calendar, not
    after `now`."""
    parts = _DATE.fullmatch(value)
    if parts is None:
        return Fault(
            "error", f"{name} {value[:60]!r} is not a UTC date as W3CDTF writes it{_date_hint(value)}", check=13
        )
    year, month, day, hour, minute, second, fraction = parts.groups()
    if fraction is not None and len(fraction) > 9:
        return Fault(
            "error", f"{name} {value[:60]!r} has {len(fraction)} fraction digits, at most 9 are allowed", check=13
        )
    if version == "WARC/1.0" and (second is None or fraction is not None):
        return Fault("error", f"{name} {value!r}: WARC/1.0 knows only YYYY-MM-DDThh:mm:ssZ", "WARC 1.0, 5.4", check=13)
    try:
        instant = datetime(
            int(year),
            int(month or 1),
            int(day or 1),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            tzinfo=now.tzinfo,
        )
    except ValueError as error:
        return Fault("error", f"{name} {value!r} is no date: {error}", check=13)
    if instant > now + SKEW:
        return Fault("error", f"{name} {value!r} lies in the future (now {now:%Y-%m-%dT%H:%M:%SZ})", check=13)
    return None


def _date_hint(value: str) -> str:
    if re.search(r"[+-]\d\d:?\d\d$", value) and "T" in value:
        return "; it has an offset instead of Z"
    if re.fullmatch(r"\d{14}", value):
        return "; this is the form of ARC and CDX files"
    return ""


def check_14_digits(value: str) -> Fault | None:
    """Content-Length is digits."""
    if value.isascii() and value.isdigit() and len(value.lstrip("0")) <= MAX_LENGTH_DIGITS:
        return None
    return Fault("error", f"Content-Length {value[:40]!r} is not a number of bytes", check=14)


def check_15_uri(name: str, value: str, version: str) -> Fault | None:
    """A URI of RFC 3986. What browsers leave unescaped (`|`, `{`, non-ASCII letters) is a warning, a space or no
    scheme an error."""
    if _USUAL_URI.fullmatch(value):
        return None
    uri = value
    if value.startswith("<") and value.endswith(">"):
        if version != "WARC/1.0":
            return Fault("error", f"{name} stands in angle brackets, which WARC 1.1 has dropped", check=15)
        uri = value[1:-1]  # the grammar of 1.0 asks for them; only wget does so
    if not _SCHEME.match(uri):
        return Fault(
            "error", f"{name} {value[:200]!r} is no URI: " + ("it has no scheme" if uri else "it is empty"), check=15
        )
    if found := _NEVER.search(uri):
        return Fault("error", f"{name} {value[:200]!r} is no URI: it holds {found[0]!r}", check=15)
    if authority := _AUTHORITY.match(uri):
        host = authority[1].rpartition("@")[2]
        if not host or host.startswith(":"):
            return Fault("error", f"{name} {value[:200]!r} names no host", check=15)
        if not _PORT.fullmatch(host):
            return Fault("error", f"{name} {value[:200]!r}: {host[:80]!r} is no host and port", check=15)
    elif uri[:5].lower() == "http:" or uri[:6].lower() == "https:":
        return Fault("error", f"{name} {value[:200]!r} names no host", check=15)
    elif not uri.partition(":")[2]:
        return Fault("error", f"{name} {value[:200]!r} is only a scheme", check=15)
    if not _LEGAL.fullmatch(uri):
        return Fault("warning", f"{name} has characters that RFC 3986 wants percent-encoded: {value[:200]!r}", check=15)
    if _BAD_ESCAPE.search(uri):
        return Fault("warning", f"{name} has a % that is no escape: {value[:200]!r}", check=15)
    return None


def check_15_address(value: str) -> Fault | None:
    """Dotted quad or the forms of RFC 4291, 2.2."""
    try:
        if ":" in value:
            if "%" in value:
                raise ValueError("a zone is not part of an address")
            IPv6Address(value)
        else:
            IPv4Address(value)
    except ValueError as error:
        return Fault(
            "error", f"WARC-IP-Address {value[:80]!r} is no numeric address: {error}", "WARC 1.1, 5.10", check=15
        )
    return None
