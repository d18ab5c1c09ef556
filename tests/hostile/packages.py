"""Hostile WACZ packages: each function gives the bytes of one."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable

from warcs import MB, member, page, record

WARC = member(record(1, page(b"x")))
STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED


def _zip(entries: list[tuple[str, bytes, int]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, content, method in entries:
            package.writestr(name, content, method, 9 if method else None)
    return out.getvalue()


class Zip:
    """Writes a zip entry by entry, with every number as it is told."""

    def __init__(self) -> None:
        self.body = bytearray()
        self._directory: list[bytes] = []

    def put(self, packed: bytes, name: bytes = b"a") -> int:
        """Add a local entry; give its offset."""
        at = len(self.body)
        self.body += (
            struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 0, 0, len(packed), 0, len(name), 0) + name + packed
        )
        return at

    def list(
        self, name: bytes, at: int, packed: int, size: int, crc: int = 0, method: int = 8, extra: bytes = b""
    ) -> None:
        """Add an entry to the directory."""
        self._directory.append(
            struct.pack(
                "<4sHHHHHHIIIHHHHHII",
                b"PK\1\2",
                20,
                20,
                0,
                method,
                0,
                33,
                crc,
                packed,
                size,
                len(name),
                len(extra),
                0,
                0,
                0,
                0,
                at,
            )
            + name
            + extra
        )

    def end(self, count: int | None = None) -> bytes:
        """The whole file."""
        directory = b"".join(self._directory)
        count = len(self._directory) if count is None else count
        tail = struct.pack(
            "<4sHHHHIIH", b"PK\5\6", 0, 0, count & 0xFFFF, count & 0xFFFF, len(directory), len(self.body), 0
        )
        return bytes(self.body) + directory + tail


def _deflated(content: bytes) -> bytes:
    made = zlib.compressobj(9, zlib.DEFLATED, -15)
    return made.compress(content) + made.flush()


def _names(count: int, size: int, ending: str = ".warc.gz", folder: str = "archive") -> bytes:
    content = bytes(size)
    packed, crc = _deflated(content), zlib.crc32(content)
    made = Zip()
    at = made.put(packed)
    for number in range(count):
        made.list(f"{folder}/{number}{ending}".encode(), at, len(packed), size, crc)
    return made.end()


def _one_name(count: int, size: int) -> bytes:
    content = bytes(size)
    packed, crc = _deflated(content), zlib.crc32(content)
    made = Zip()
    at = made.put(packed)
    for _ in range(count):
        made.list(b"archive/a.warc.gz", at, len(packed), size, crc)
    return made.end()


def _stored_overlap(count: int) -> bytes:
    """Stored entries that all have the same 2 MB."""
    made = Zip()
    content = WARC * (2 * MB // len(WARC))
    at = made.put(content)
    for number in range(count):
        made.list(f"archive/{number}.warc.gz".encode(), at, len(content), len(content), zlib.crc32(content), 0)
    return made.end()


def _directory(count: int) -> bytes:
    """A directory of more bytes than are read."""
    made = Zip()
    at = made.put(WARC)
    for number in range(count):
        made.list(b"archive/%d.warc.gz" % number, at, len(WARC), len(WARC), method=0)
    return made.end()


def _nested(depth: int, width: int) -> bytes:
    """Packages in packages, `width` names for each."""
    inner = _zip([("archive/a.warc.gz", WARC, STORED)])
    for _ in range(depth):
        made = Zip()
        at = made.put(inner)
        for number in range(width):
            made.list(f"{number}.wacz".encode(), at, len(inner), len(inner), zlib.crc32(inner), 0)
        inner = made.end()
    return inner


def _index(lines: bytes, idx: bytes = b"", method: int = STORED) -> bytes:
    return _zip(
        [
            ("archive/a.warc.gz", WARC, STORED),
            ("indexes/index.cdx.gz", lines, method),
            ("indexes/index.idx", idx, DEFLATED),
        ]
    )


def _description(document: bytes) -> bytes:
    return _zip([("archive/a.warc.gz", WARC, STORED), ("datapackage.json", document, DEFLATED)])


def _resources(count: int) -> bytes:
    """Listed files that are missing, and as many others of the same size."""
    listed = [
        {"name": f"{n}", "path": f"archive/m{n}.warc", "hash": f"sha256:{n:064x}", "bytes": 9} for n in range(count)
    ]
    entries = [("datapackage.json", json.dumps({"profile": "data-package", "resources": listed}).encode(), DEFLATED)]
    return _zip([*entries, *((f"archive/s{n}.warc", b"123456789", STORED) for n in range(count))])


def packages() -> dict[str, Callable[[], bytes]]:
    """WACZ files by name."""
    block = '{"offset": %d, "length": 1, "digest": "sha256:00"}'
    return {
        "800-names": lambda: _names(800, 64 * MB // 2),
        "800-names-of-index": lambda: _names(800, 32 * MB, ".cdx", "indexes"),
        "800-names-of-pages": lambda: _names(800, 32 * MB, ".jsonl", "pages"),
        "800-names-of-wacz": lambda: _names(800, 32 * MB, ".wacz"),
        "one-name-800-times": lambda: _one_name(800, 32 * MB),
        "stored-overlap": lambda: _stored_overlap(1000),
        "nested": lambda: _nested(4, 40),
        "bomb": lambda: _zip(
            [("archive/a.warc.gz", member(bytes(2000 * MB)), DEFLATED), ("archive/b.warc", bytes(2000 * MB), DEFLATED)]
        ),
        "bomb-4-gb": _bomb_of_4_gb,
        "names": lambda: _zip(
            [
                (name, WARC, STORED)
                for name in (
                    "archive/../../../etc/x.warc.gz",
                    "/archive/x.warc.gz",
                    "archive/a.warc.gz",
                    "archive//b.warc.gz",
                    "archive/.warc.gz",
                    "archive/" + "n" * 60_000 + ".warc.gz",
                    "archive/\n\x1b[2J.warc.gz",
                    "C:\\x.warc.gz",
                    "archive/" + "d/" * 9000 + "a.warc.gz",
                    "archive/deflated" + "n" * 400 + ".warc.gz",
                )
            ]
            + [("archive/" + "p" * 400 + ".warc.gz", WARC, DEFLATED)]
        ),
        "lying-sizes": _lying,
        "many-entries": lambda: _zip([(f"x/{n}", b"", STORED) for n in range(60_000)]),
        "directory": lambda: _directory(400_000),
        "index-line": lambda: _index(member(b"a 2026 " + b"x" * 300 * MB), b"x"),
        "index-bomb": lambda: _index(member(b"a 2026 {}\n" * 30_000_000)),
        "index-deflated": lambda: _index(
            bytes(30 * MB), b"".join(f"a 2026 {block % n}\n".encode() for n in range(20_000)), DEFLATED
        ),
        "idx-lines": lambda: _index(b"", b"!meta 0 {}\n" * 3_000_000),
        "deep-json": lambda: _description(b'{"a":' * 1_000_000),
        "deep-lists": lambda: _description(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        "many-resources": lambda: _description(
            b'{"resources": [' + b",".join([b'{"path": "archive/a.warc.gz"}'] * 200_000) + b"]}"
        ),
        "wide-json": lambda: _description(b'{"a": [' + b"{}," * 2_000_000 + b"0]}"),
        "long-number": lambda: _description(b'{"a": ' + b"9" * 7_000_000 + b"}"),
        "renamed": lambda: _resources(3000),
        "pages": lambda: _zip(
            [("archive/a.warc.gz", WARC, STORED), ("pages/pages.jsonl", b'{"url":"http://a/"}\n' * 3_000_000, DEFLATED)]
        ),
        "pages-line": lambda: _zip(
            [("archive/a.warc.gz", WARC, STORED), ("pages/pages.jsonl", b"[" * 300 * MB, DEFLATED)]
        ),
        "no-directory": lambda: b"PK\3\4" + bytes(5 * MB),
        "comment": lambda: _zip([("archive/a.warc.gz", WARC, STORED)])[:-2] + b"\xff\xff" + b"PK\5\6" * 16000,
    }


def _bomb_of_4_gb() -> bytes:
    made, size = zlib.compressobj(9, zlib.DEFLATED, -15), 4096 * MB - 1
    packed = b"".join(made.compress(bytes(MB)) for _ in range(4095)) + made.compress(bytes(MB - 1)) + made.flush()
    built = Zip()
    built.list(b"archive/a.warc", built.put(packed), len(packed), size)
    return built.end()


def _lying() -> bytes:
    made, packed = Zip(), _deflated(bytes(200 * MB))
    at = made.put(packed)
    big = struct.pack("<HHQQQ", 1, 24, 1 << 62, 1 << 61, at)
    made.list(b"archive/a.warc.gz", at, len(packed), 10)
    made.list(b"archive/b.warc.gz", at, 0xFFFFFFFF, 0xFFFFFFFF, extra=big)
    made.list(b"archive/c.warc", at, 0xFFFFFFFF, 0xFFFFFFFF, method=0, extra=big)
    made.list(b"archive/d.warc", at, 0xFFFFFFF0, 0xFFFFFFF0, method=0)
    made.list(b"datapackage.json", at, len(packed), 10)
    return made.end()
