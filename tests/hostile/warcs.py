"""Hostile WARC files: each function gives the bytes of one, made to cost its reader time, memory or disk."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Iterable

import brotli
import zstandard

DATE = "2026-11-01T00:00:00Z"
HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
MB = 1 << 20


def record(
    number: int, block: bytes = b"", *, kind: str = "response", more: bytes = b"", length: str = "", url: str = ""
) -> bytes:
    """A record with a regular header."""
    head = (
        f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: {record_id(number)}\r\nWARC-Date: {DATE}\r\n"
        f"WARC-Target-URI: {url or f'http://example.org/{number}'}\r\nContent-Type: application/http;msgtype={kind}\r\n"
        f"Content-Length: {length or len(block)}\r\n"
    )
    return head.encode() + more + b"\r\n" + block + b"\r\n\r\n"


def record_id(number: int) -> str:
    """The id of a record."""
    return f"<urn:uuid:00000000-0000-4000-8000-{number:012x}>"


def page(body: bytes, more: bytes = b"") -> bytes:
    """An HTTP response."""
    return HTTP + more + b"\r\n" + body


def member(*parts: bytes, level: int = 6) -> bytes:
    """A gzip member."""
    return gzip.compress(b"".join(parts), level, mtime=0)


def _stack(content: bytes, times: int) -> bytes:
    for _ in range(times):
        content = gzip.compress(content, 9, mtime=0)
    return content


def _members(records: Iterable[bytes]) -> bytes:
    return b"".join(map(member, records))


def _folded(count: int, name: bytes = b"X: a") -> bytes:
    return name + b"\r\n" + b" b\r\n" * count


def _codings(names: str, body: bytes) -> bytes:
    return page(body, f"Content-Encoding: {names}\r\n".encode())


def _zstd(size: int, window: int) -> bytes:
    """A zstd frame with a stated window and one block of zeros per 128 KiB."""
    blocks = (size >> 17) - 1
    run = (1 << 17 << 3 | 1 << 1).to_bytes(3, "little") + b"\0"
    return (
        b"\x28\xb5\x2f\xfd\x00"
        + bytes([(window - 10) << 3])
        + run * blocks
        + ((1 << 17 << 3 | 1 << 1 | 1).to_bytes(3, "little") + b"\0")
    )


def _bomb() -> bytes:
    """A member of 64 KB that holds a record of 64 MB."""
    return member(record(1, page(bytes(64 * MB))), level=9)


def _empty_member() -> bytes:
    return gzip.compress(b"", mtime=0)


def _brotli_bomb(size: int) -> bytes:
    return bytes(brotli.compress(bytes(size), quality=5))


def _revisit(number: int, target: int, more: str = "") -> bytes:
    fields = (
        f"WARC-Refers-To: {record_id(target)}\r\nWARC-Profile: http://netpreserve.org/warc/1.1/revisit/{PROFILE}\r\n"
    )
    return record(number, page(b""), kind="revisit", more=(fields + more).encode())


PROFILE = "identical-payload-digest"
DIGEST = "WARC-Payload-Digest: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\r\n"
_START = b"WARC/1.0\r\nA: b\r\n"


def plain() -> dict[str, Callable[[], bytes]]:
    """Uncompressed files by name."""
    many = 20_000
    links = "".join(f"WARC-Concurrent-To: {record_id(number)}\r\n" for number in range(15_000)).encode()
    return {
        "long-lengths": lambda: b"".join(record(n, page(b"x"), length="99999999") for n in range(10_000)),
        "long-lengths-in-bounds": lambda: b"".join(record(n, page(b"x"), length="1000000") for n in range(10_000)),
        "short-lengths": lambda: b"".join(record(n, page(b"x" * 80), length="20") for n in range(10_000)),
        "huge-lengths": lambda: b"".join(
            record(n, page(b"x"), length=length)
            for n, length in enumerate(
                ["-1", "1" + "0" * 30, "9" * 5000, "+5", "1_0", "٣", "0x10", "1e3", "9" * 18] * 50
            )
        ),
        "heads-without-end": lambda: _START * 200_000,
        "heads-of-1-mb": lambda: (b"WARC/1.0\r\n" + b"A: b\r\n" * 170_000 + b"\r\n") * 6,
        "names-without-type": lambda: b"a:\n" * 2_000_000,
        "names-garbage": lambda: (b"a:\n" * 20 + b"\0\n") * 60_000,
        "no-lengths": lambda: b"WARC/1.0\r\nX: y\r\n\r\n" * 200_000,
        "empty-records": lambda: b"".join(record(n) for n in range(30_000)),
        "line-of-64-mb": lambda: record(1, more=b"X: " + b"a" * 64 * MB + b"\r\n"),
        "folded": lambda: b"".join(record(n, more=_folded(250_000)) for n in range(5)),
        "folded-http": lambda: b"".join(record(n, HTTP + _folded(250_000) + b"\r\n") for n in range(5)),
        "fields": lambda: b"".join(record(n, more=b"a:\r\n" * 250_000) for n in range(8)),
        "fields-http": lambda: b"".join(record(n, HTTP + b"a:\r\n" * 250_000 + b"\r\n") for n in range(8)),
        "fields-metadata": lambda: b"".join(
            record(2 * n, page(b"x"))
            + record(
                2 * n + 1,
                b"a: b\r\n" + b" c\r\n" * 250_000,
                kind="metadata",
                more=f"WARC-Concurrent-To: {record_id(2 * n)}\r\n".encode(),
            )
            for n in range(5)
        ),
        "digests": lambda: b"".join(record(n, page(b""), more=DIGEST.encode() * 10_000) for n in range(10)),
        "concurrent": lambda: b"".join(record(n, page(b"x"), more=links) for n in range(12)),
        "concurrent-request": lambda: b"".join(
            record(2 * n, page(b"x"), more=links)
            + record(2 * n + 1, b"GET / HTTP/1.1\r\n\r\n", kind="request", more=links)
            for n in range(6)
        ),
        "one-id": lambda: b"".join(
            record(7, page(b"x"), more=f"WARC-Concurrent-To: {record_id(7)}\r\n".encode()) for n in range(many)
        ),
        "one-id-revisits": lambda: (
            b"".join(record(7, page(b""), more=DIGEST.encode()) for n in range(many // 4))
            + b"".join(_revisit(n + 10, 7, DIGEST) for n in range(many // 4))
        ),
        "one-url": lambda: (
            b"".join(record(n, page(b""), more=DIGEST.encode(), url="http://a.org/") for n in range(many // 4))
            + b"".join(
                record(
                    many + n,
                    page(b""),
                    kind="revisit",
                    url="http://a.org/",
                    more=(
                        DIGEST + f"WARC-Refers-To-Target-URI: http://a.org/\r\nWARC-Refers-To-Date: {DATE}\r\n"
                        f"WARC-Profile: http://netpreserve.org/warc/1.1/revisit/{PROFILE}\r\n"
                    ).encode(),
                )
                for n in range(many // 4)
            )
        ),
        "revisit-chain": lambda: b"".join(_revisit(n, n + 1, DIGEST) for n in range(many)),
        "revisit-cycle": lambda: b"".join(_revisit(n, (n + 1) % many, DIGEST) for n in range(many)),
        "segments": lambda: b"".join(
            record(
                n,
                b"x",
                kind="continuation",
                more=(f"WARC-Segment-Origin-ID: {record_id(0)}\r\nWARC-Segment-Number: {1 + n % 9}\r\n").encode(),
            )
            for n in range(many)
        ),
        "chunks": lambda: record(
            1, page(b"1\r\nx\r\n" * 1_000_000 + b"0\r\n\r\n", b"Transfer-Encoding: chunked\r\n"), more=DIGEST.encode()
        ),
        "chunk-lines": lambda: record(
            1,
            page((b"1;" + b"e" * 60_000 + b"\r\nx\r\n") * 100, b"Transfer-Encoding: chunked\r\n"),
            more=DIGEST.encode(),
        ),
        "chunk-trailer": lambda: record(1, page(b"0\r\n" + b"a:b\r\n" * 1_000_000, b"Transfer-Encoding: chunked\r\n")),
        "http-head-of-64-mb": lambda: record(1, HTTP + b"X: " + b"a" * 64 * MB + b"\r\n\r\n"),
        "interim-heads": lambda: record(1, b"HTTP/1.1 100 \r\n\r\n" * 300_000 + page(b"x")),
        "codings-50": lambda: record(1, _codings(", ".join(["gzip"] * 50), _stack(b"x" * 1000, 50))),
        "codings-bomb": lambda: b"".join(
            record(n, _codings("gzip, gzip", _stack(bytes(1000 * MB), 2))) for n in range(1)
        ),
        "gzip-bomb": lambda: record(1, _codings("gzip", _stack(bytes(1000 * MB), 1))),
        "gzip-tiny-members": lambda: record(1, _codings("gzip", _empty_member() * 200_000)),
        "brotli-bomb": lambda: record(1, _codings("br", _brotli_bomb(1000 * MB))),
        "brotli-behind": lambda: record(1, _codings("br", _brotli_bomb(1000 * MB) + b"x")),
        "zstd-window": lambda: record(1, _codings("zstd", _zstd(2000 * MB, 31))),
        "zstd-bomb": lambda: record(1, _codings("zstd", _zstd(4000 * MB, 20))),
        "long-url": lambda: b"".join(record(n, page(b"x"), url="http://a.org/?" + "%25" * 300_000) for n in range(5)),
        "url-queries": lambda: b"".join(record(n, page(b"x"), url="http://a.org/?" + "&" * 900_000) for n in range(5)),
        "url-dots": lambda: b"".join(
            record(n, page(b"x"), url="http://" + "a." * 450_000 + "/" + "../" * 10) for n in range(5)
        ),
        "url-sessions": lambda: b"".join(
            record(n, page(b"x"), url="http://a.org/" + "jsessionid=" * 80_000) for n in range(5)
        ),
        "many-findings": lambda: b"".join(record(n, b"HTTP/9 x", more=b"X:y\r\nX-Bad\r\n") for n in range(many)),
        "arc-long-lengths": lambda: (
            b"filedesc://a 0.0.0.0 20261101000000 text/plain 77\n1 0 a\n\n"
            + b"".join(b"http://a/%d 1.1.1.1 20261101000000 text/html 99999999\nx\n" % n for n in range(30_000))
        ),
    }


def compressed() -> dict[str, Callable[[], bytes]]:
    """Gzip files by name."""
    named = b"\x1f\x8b\x08\x08aaaaaa"
    return {
        "bombs": lambda: _bomb() * 80,
        "bombs-of-zeros": lambda: member(record(1, page(b"x"))) + member(bytes(64 * MB), level=9) * 80,
        "bombs-of-header": lambda: member(record(1, more=b"X: " + b"a" * 64 * MB + b"\r\n"), level=9) * 40,
        "bombs-of-heads": lambda: member(_START * (4 * MB)) * 12,
        "bombs-of-records": lambda: member(record(1) * 200_000, level=9) * 10,
        "bombs-of-lines": lambda: member(record(1, page(b"x")) + b"\r\n" * (32 * MB), level=9) * 20,
        "bombs-cut": lambda: (_bomb()[:-8] + b"\0" * 8) * 40,
        "bombs-short": lambda: (_bomb()[:-20] + b"\1\1\1") * 40,
        "folded": lambda: _members(record(n, more=_folded(250_000)) for n in range(20)),
        "folded-http": lambda: _members(record(n, HTTP + _folded(250_000) + b"\r\n") for n in range(20)),
        "fields": lambda: _members(record(n, more=b"a:\r\n" * 250_000) for n in range(20)),
        "empty-members": lambda: _empty_member() * 300_000,
        "empty-members-behind": lambda: member(record(1, page(b"x"))) + _empty_member() * 300_000,
        "magic": lambda: member(record(1, page(b"x"))) + b"\x1f\x8b\x08\0" * 1_000_000,
        "magic-names": lambda: member(record(1, page(b"x"))) + named * 400_000,
        "magic-extra": lambda: member(record(1, page(b"x"))) + (b"\x1f\x8b\x08\x04" + b"a" * 6 + b"\xff\xff") * 400_000,
        "magic-crc": lambda: (
            member(record(1, page(b"x"))) + (b"\x1f\x8b\x08\x0a" + b"a" * 6) * 100_000 + b"\0" * 70_000
        ),
        "magic-deflate": lambda: (
            member(record(1, page(b"x"))) + (b"\x1f\x8b\x08\0" + b"\0" * 6 + struct.pack("<BHH", 0, 5, 65530)) * 300_000
        ),
        "broken-ends": lambda: b"".join(member(record(n, page(b"x")))[:-4] + b"\0\0\0\0" for n in range(20_000)),
        "stored-magic": lambda: member(record(1, page(b"\x1f\x8b\x08\0" * (2 * MB))), level=0),
        "continued": lambda: member(b"WARC/1.0\r\n") + member(b"x" * 100) * 100_000,
    }


def zstd() -> dict[str, Callable[[], bytes]]:
    """Zstd files by name."""
    frame = zstandard.ZstdCompressor(level=1).compress(record(1, page(b"x")))
    return {
        "window": lambda: frame + _zstd(2000 * MB, 31),
        "bomb": lambda: zstandard.ZstdCompressor(level=3).compress(record(1, page(bytes(1000 * MB)))),
        "bombs": lambda: zstandard.ZstdCompressor(level=3).compress(record(1, page(bytes(64 * MB)))) * 80,
        "skippable": lambda: frame + b"\x50\x2a\x4d\x18\0\0\0\0" * 500_000,
        "magic": lambda: frame + b"\x28\xb5\x2f\xfd" * 500_000,
    }
