"""Checks 12–15: record ids, dates, lengths, URIs and addresses, each as the text of one field."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

from archive.audit.registry import FIELD_VALUES, check
from archive.read.faults import Fault
from archive.read.header import Header
from archive.read.record import CANONICAL_ID, ScannedRecord

SKEW = timedelta(days=1)
"""How far a date may lie ahead of the auditor's clock: a writer's clock, or its zone, may be wrong by that much."""
KEPT = 8192
"""Size of the caches of dates and addresses: the records of a crawl share them."""
_USUAL_URI = re.compile(r"https?://[A-Za-z0-9.\-]+(?::\d+)?(?:/[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]*)?")
"""Most URIs: without escapes or faults; matching it takes half the time of looking for each fault."""
_USUAL_DATE = re.compile(
    r"[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?Z", re.ASCII
)
"""Most dates: valid in every month, so the calendar is not needed."""

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


@check(12, "record id: a URI in <>, unique", clause="WARC 1.1, 5.2", judges=FIELD_VALUES)
def record_id(record: ScannedRecord, now: datetime) -> Fault | None:  # noqa: ARG001 - stage API
    """The record id is `<`, a URI, `>`, and nothing else."""
    value = record.header.get("warc-record-id")
    if value is None or CANONICAL_ID.fullmatch(value):
        return None
    reason = _not_bracketed_uri(value)
    if reason is not None:
        return Fault("error", f"WARC-Record-ID {value[:100]!r}: {reason}")
    if value[:10].lower() == "<urn:uuid:" and not _URN_UUID.fullmatch(value[1:-1]):
        return Fault("warning", f"WARC-Record-ID {value[:100]!r} is not a UUID as RFC 9562 writes it")
    return None


def _not_bracketed_uri(value: str) -> str | None:
    """Why a value is not `<`, a URI, `>`; None when it is."""
    if not (value.startswith("<") and value.endswith(">")):
        return "not in angle brackets" if value else "empty"
    uri = value[1:-1]
    if not _SCHEME.match(uri):
        return "not a URI: it has no scheme"
    if len(uri) == uri.index(":") + 1:
        return "not a URI: nothing after the scheme"
    if found := _NEVER.search(uri):
        return f"not a URI: it contains {found[0]!r}"
    if uri.lower().endswith(("urn:uuid:", "://")):
        return "not a URI: it names nothing"
    return None


@check(13, "date: grammar, calendar, not in the future", clause="WARC 1.1, 5.4", judges=FIELD_VALUES)
def date(record: ScannedRecord, now: datetime) -> Fault | None:
    """WARC-Date is a valid UTC date, at most a day after `now`."""
    return _judge_date(record.header, "warc-date", now)


@check(13, judges=FIELD_VALUES)
def original_date(record: ScannedRecord, now: datetime) -> Fault | None:
    """WARC-Refers-To-Date is a valid UTC date, at most a day after `now`."""
    return _judge_date(record.header, "warc-refers-to-date", now)


def _judge_date(header: Header, key: str, now: datetime) -> Fault | None:
    at = header.names.index.get(key)
    if at is None:
        return None
    value = header.values[at]
    usual = _USUAL_DATE.fullmatch(value)  # a tenth of the cost
    if usual and value[:10] <= _day(now) and (usual[1] is None or header.version != "WARC/1.0"):
        return None
    return _date_fault(header.names.as_written[at], value, header.version, now)


@lru_cache(4)
def _day(now: datetime) -> str:
    return f"{now:%Y-%m-%d}"


@lru_cache(KEPT)
def _date_fault(name: str, value: str, version: str, now: datetime) -> Fault | None:
    """The fault of a date: WARC 1.1 allows six granularities, in UTC; 1.0 only `YYYY-MM-DDThh:mm:ssZ`."""
    parts = _DATE.fullmatch(value)
    if parts is None:
        return Fault("error", f"{name} {value[:60]!r} is not a UTC date as W3CDTF writes it{_date_hint(value)}")
    year, month, day, hour, minute, second, fraction = parts.groups()
    if fraction is not None and len(fraction) > 9:
        return Fault("error", f"{name} {value[:60]!r} has {len(fraction)} fraction digits, at most 9 are allowed")
    if version == "WARC/1.0" and (second is None or fraction is not None):
        return Fault("error", f"{name} {value!r}: WARC/1.0 allows only YYYY-MM-DDThh:mm:ssZ", "WARC 1.0, 5.4")
    numbers = (int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0))
    try:
        instant = datetime(*numbers, tzinfo=now.tzinfo)
    except ValueError as error:
        return Fault("error", f"{name} {value!r} is not a date: {error}")
    if instant > now + SKEW:
        return Fault("error", f"{name} {value!r} lies in the future (now {now:%Y-%m-%dT%H:%M:%SZ})")
    return None


def _date_hint(value: str) -> str:
    if re.search(r"[+-]\d\d:?\d\d$", value) and "T" in value:
        return "; it has an offset instead of Z"
    if re.fullmatch(r"\d{14}", value):
        return "; this is the form of ARC and CDX files"
    return ""


@check(14, "Content-Length is a number and fits the block", clause="WARC 1.1, 5.3", judges=FIELD_VALUES)
def length_is_a_number(record: ScannedRecord, now: datetime) -> Fault | None:  # noqa: ARG001 - stage API
    """Content-Length is digits."""
    if record.length is None and (value := record.header.get("content-length")) is not None:
        return Fault("error", f"Content-Length {value[:40]!r} is not a number of bytes")
    return None


@check(15, "target URI legal, IP address numeric", clause="WARC 1.1, 5.10 and 5.14", judges=FIELD_VALUES)
def target_uri(record: ScannedRecord, now: datetime) -> Fault | None:  # noqa: ARG001 - stage API
    """WARC-Target-URI is a URI of RFC 3986.

    Characters that browsers leave unescaped (`|`, `{`, non-ASCII letters) are a warning; a space or a missing scheme is
    an error.
    """
    return _judge_uri(record.header, "warc-target-uri")


@check(15, judges=FIELD_VALUES)
def original_uri(record: ScannedRecord, now: datetime) -> Fault | None:  # noqa: ARG001 - stage API
    """WARC-Refers-To-Target-URI is a URI of RFC 3986."""
    return _judge_uri(record.header, "warc-refers-to-target-uri")


def _judge_uri(header: Header, key: str) -> Fault | None:
    at = header.names.index.get(key)
    if at is None or _USUAL_URI.fullmatch(header.values[at]):
        return None
    return _uri_fault(header.names.as_written[at], header.values[at], header.version)


def _uri_fault(name: str, value: str, version: str) -> Fault | None:
    uri = value
    if value.startswith("<") and value.endswith(">"):
        if version != "WARC/1.0":
            return Fault("error", f"{name} is in angle brackets, which WARC 1.1 no longer has")
        uri = value[1:-1]  # the grammar of 1.0 asks for them; only wget does so
    if reason := _not_a_uri(uri):
        return Fault("error", f"{name} {value[:200]!r}{reason}")
    if not _LEGAL.fullmatch(uri):
        return Fault("warning", f"{name} has characters that RFC 3986 wants percent-encoded: {value[:200]!r}")
    if _BAD_ESCAPE.search(uri):
        return Fault("warning", f"{name} has a % that does not begin an escape: {value[:200]!r}")
    return None


def _not_a_uri(uri: str) -> str | None:
    """Why this URI can't be fetched; None when its parts are present."""
    if not _SCHEME.match(uri):
        return " is not a URI: " + ("it has no scheme" if uri else "it is empty")
    if found := _NEVER.search(uri):
        return f" is not a URI: it contains {found[0]!r}"
    if authority := _AUTHORITY.match(uri):
        host = authority[1].rpartition("@")[2]
        if not host or host.startswith(":"):
            return " names no host"
        return None if _PORT.fullmatch(host) else f": {host[:80]!r} is not a host and port"
    if uri[:5].lower() == "http:" or uri[:6].lower() == "https:":
        return " names no host"
    return None if uri.partition(":")[2] else " is only a scheme"


@check(15, judges=FIELD_VALUES)
def address(record: ScannedRecord, now: datetime) -> Fault | None:  # noqa: ARG001 - stage API
    """WARC-IP-Address is a dotted quad, or a form of RFC 4291, 2.2."""
    value = record.header.get("warc-ip-address")
    if value is not None and (reason := not_an_address(value)):
        return Fault("error", f"WARC-IP-Address {value[:80]!r} is not a numeric address: {reason}", "WARC 1.1, 5.10")
    return None


@lru_cache(KEPT)
def not_an_address(value: str) -> str | None:
    """Why a value is not an IP address; None when it is one."""
    try:
        if ":" in value:
            if "%" in value:
                raise ValueError("a zone is not part of an address")
            IPv6Address(value)
        else:
            IPv4Address(value)
    except ValueError as error:
        return str(error)
    return None
