"""WARC records as text for the audit's tests: ids and dates are fixed, and any part can be made wrong."""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from archive import audit_paths
from archive.audit.findings import Finding, Summary

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DATE = "2026-11-20T10:00:00Z"
URI = "http://example.org/page"
Fields = list[tuple[str, str]]

REQUEST = b"GET /page HTTP/1.1\r\nHost: example.org\r\n\r\n"
BODY = b"<html><p>Hello</p></html>"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 25\r\n\r\n" + BODY


def uid(number: int) -> str:
    return f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>"


def label(data: bytes, algorithm: str = "sha1", encoding: str = "base32") -> str:
    value = hashlib.new(algorithm, data).digest()
    text = value.hex() if encoding == "hex" else base64.b32encode(value).decode()
    return f"{algorithm}:{text}"


def text(fields: Iterable[tuple[str, str]], block: bytes, version: str = "WARC/1.1") -> bytes:
    """A record with these fields and this block, right or wrong."""
    lines = [version, *(f"{name}: {value}" for name, value in fields)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def fields(
    kind: str, number: int, block: bytes, *more: tuple[str, str], payload: bytes | None = None, date: str = DATE
) -> Fields:
    """The fields of a sound record."""
    result = [("WARC-Type", kind), ("WARC-Record-ID", uid(number)), ("WARC-Date", date)]
    if kind in ("request", "response", "revisit"):
        result.append(("Content-Type", "application/http;msgtype=" + ("request" if kind == "request" else "response")))
    elif kind == "warcinfo":
        result.append(("Content-Type", "application/warc-fields"))
    elif block:
        result.append(("Content-Type", "text/plain"))
    if kind not in ("warcinfo", "metadata") and not any(name == "WARC-Target-URI" for name, _ in more):
        result.append(("WARC-Target-URI", URI))
    result.append(("WARC-Block-Digest", label(block)))
    if payload is not None:
        result.append(("WARC-Payload-Digest", label(payload)))
    return [*result, *more, ("Content-Length", str(len(block)))]


def without(fields: Fields, *names: str) -> Fields:
    return [(name, value) for name, value in fields if name not in names]


def changed(fields: Fields, name: str, value: str) -> Fields:
    assert any(key == name for key, _ in fields)
    return [(key, value if key == name else old) for key, old in fields]


def warcinfo(filename: str = "", number: int = 1) -> bytes:
    block = b"software: test\r\nformat: WARC File Format 1.1\r\n"
    more = [("WARC-Filename", filename)] if filename else []
    return text(fields("warcinfo", number, block, *more), block)


def request(number: int = 2, concurrent: int = 3, block: bytes = REQUEST) -> bytes:
    return text(fields("request", number, block, ("WARC-Concurrent-To", uid(concurrent))), block)


def response_fields(number: int = 3, concurrent: int = 2, block: bytes = RESPONSE, payload: bytes = BODY) -> Fields:
    more = [("WARC-Concurrent-To", uid(concurrent)), ("WARC-IP-Address", "93.184.216.34")]
    return fields("response", number, block, *more, payload=payload)


def response(number: int = 3, concurrent: int = 2, block: bytes = RESPONSE, payload: bytes = BODY) -> bytes:
    return text(response_fields(number, concurrent, block, payload), block)


def pair(block: bytes = RESPONSE, payload: bytes = BODY, *, sent: bytes = REQUEST) -> list[bytes]:
    """A warcinfo, a request and a response with this block."""
    return [warcinfo(), request(block=sent), response(block=block, payload=payload)]


def gz(data: bytes, *, extra: bytes | None = None, flags: int = 0) -> bytes:
    """One gzip member."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    head = b"\x1f\x8b\x08" + bytes([flags | (4 if extra is not None else 0)]) + b"\0\0\0\0\0\xff"
    if extra is not None:
        head += struct.pack("<H", len(extra)) + extra
    return head + deflate.compress(data) + deflate.flush() + struct.pack("<II", zlib.crc32(data), len(data))


def members(records: Iterable[bytes]) -> bytes:
    return b"".join(gz(record) for record in records)


def findings(*paths: Path, **options: object) -> list[Finding]:
    """All findings of an audit on a fixed day."""
    return [item for item in audit_paths(paths, clock=lambda: NOW, **options) if isinstance(item, Finding)]  # type: ignore[arg-type]


def summary(*paths: Path, **options: object) -> Summary:
    *_, last = audit_paths(paths, clock=lambda: NOW, **options)  # type: ignore[arg-type]
    assert isinstance(last, Summary)
    return last


def errors(found: list[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.severity == "error"]


def one_error(path: Path, check: int) -> Finding:
    """The one error of an audit: one defect, one error."""
    found = errors(findings(path))
    assert [finding.check for finding in found] == [check], [finding.as_json() for finding in found]
    return found[0]


def no_error(path: Path) -> list[Finding]:
    """The findings on a valid file, none of which is an error."""
    found = findings(path)
    assert errors(found) == [], [finding.as_json() for finding in found]
    return found
