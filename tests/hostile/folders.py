"""Hostile data folders: each function makes one."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from packages import WARC
from warcs import MB, page, record

LINE = (
    b'org,example)/1 20261101000000 {"date": "2026-11-01T00:00:00.000000Z", "url": "http://example.org/1",'
    b' "length": "1", "offset": "0", "filename": "a.warc.gz"}\n'
)
SCHEMA = (
    "CREATE TABLE files (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE payloads (key BLOB PRIMARY KEY, file INTEGER NOT NULL, offset INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE targets (key BLOB PRIMARY KEY, file INTEGER NOT NULL, offset INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE records (key BLOB PRIMARY KEY, file INTEGER NOT NULL, offset INTEGER NOT NULL) WITHOUT ROWID;"
)
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "


def _data(folder: Path, index: bytes = LINE) -> None:
    (folder / "warc").mkdir()
    (folder / "index").mkdir()
    (folder / "warc" / "a.warc.gz").write_bytes(WARC)
    if index:
        (folder / "index" / "00000001-00000001.cdxj").write_bytes(index)


def _database(script: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        _data(folder)
        base = sqlite3.connect(folder / "index" / "digests.sqlite")
        base.executescript(script + "PRAGMA user_version = 1;")
        base.close()

    return make


def _indexed(pieces: Callable[[], list[bytes]], sparse: int = 0) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        _data(folder, b"")
        with (folder / "index" / "00000001-00000001.cdxj").open("wb") as file:
            file.writelines(pieces())
            if sparse:
                file.truncate(sparse)

    return make


def _manifest(pieces: Callable[[], list[bytes]], sparse: int = 0) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        _data(folder)
        with (folder / "manifest.jsonl").open("wb") as file:
            file.writelines(pieces())
            if sparse:
                file.truncate(sparse)

    return make


def _entries(count: int) -> bytes:
    return b"".join(
        b'{"v":1,"kind":"sealed","file":"w-20261101000000-%05d-h.warc.gz","at":"x","size":1,"sha256":"0","records":1,'
        b'"previous":"%064d"}\n' % (n * 1000, n)
        for n in range(count)
    )


def _special(make_at: Callable[[Path], None], *names: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        _data(folder)
        for name in names:
            (folder / name).unlink(missing_ok=True)
            make_at(folder / name)

    return make


def _warc_sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.write(record(1, page(b"x")))
        file.truncate(2 << 30)


def _same_files(folder: Path) -> None:
    _data(folder)
    for number in range(1500):
        (folder / "warc" / f"w-20261101000000-{number:05d}-h.warc.gz").write_bytes(WARC)
    (folder / "manifest.jsonl").write_bytes(_entries(3))


def folders() -> dict[str, Callable[[Path], None]]:
    """Makers of data folders by name."""
    views = SCHEMA.replace("CREATE TABLE records (", "CREATE TABLE was (")
    devices = ("warc/z.warc.gz", "manifest.jsonl", "index/00000001-00000001.cdxj", "index/digests.sqlite")
    zeros = [(f"zero-{n}", _special(lambda path: path.symlink_to("/dev/zero"), name)) for n, name in enumerate(devices)]
    fifos = [(f"fifo-{n}", _special(lambda path: os.mkfifo(path), name)) for n, name in enumerate(devices)]
    loops = [(f"loop-{n}", _special(lambda path: path.symlink_to(path.name), name)) for n, name in enumerate(devices)]
    return {
        "view": _database(
            views + f"CREATE VIEW records AS {ENDLESS} SELECT cast(i AS BLOB) AS key, 1 AS file, 0 AS offset FROM n;"
        ),
        "view-of-files": _database(
            SCHEMA.replace("CREATE TABLE files (id", "CREATE TABLE was (id")
            + (f"CREATE VIEW files AS {ENDLESS} SELECT 9 AS id, 'x' AS name FROM n;")
        ),
        "generated": _database(
            views
            + (
                "CREATE TABLE records (key BLOB, file INTEGER, offset INTEGER AS (length(hex(zeroblob(400000000)))));"
                "INSERT INTO records (key, file) VALUES (x'00', 1);"
            )
        ),
        "types": _database(
            SCHEMA.replace("offset INTEGER NOT NULL", "offset TEXT NOT NULL")
            + ("INSERT INTO files VALUES (1, '../../etc/passwd');")
        ),
        "no-index": _database(
            views
            + (
                "CREATE TABLE records (key BLOB, file INTEGER, offset INTEGER);"
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000)"
                " INSERT INTO records SELECT i, 1, 1 FROM n;"
            )
        ),
        "schema": _database(SCHEMA + "".join(f"CREATE TABLE t{n} (a);" for n in range(5000))),
        "cdxj-line": _indexed(lambda: [LINE, b"org,example)/1 " + b"x" * 100 * MB, b"\n"]),
        "cdxj-unended": _indexed(lambda: [LINE, b"org,example)/1 " + b"x" * 100 * MB]),
        "cdxj-sparse": _indexed(lambda: [LINE], sparse=4 << 30),
        "cdxj-lines": _indexed(lambda: [LINE * 300_000]),
        "cdxj-empty-lines": _indexed(lambda: [b"\n" * 20_000_000]),
        "cdxj-deep": _indexed(lambda: [b"org,example)/1 20261101000000 " + b'{"a":' * 500_000 + b"\n"]),
        "cdxj-values": _indexed(
            lambda: [
                LINE.replace(b'"0"', b'"' + b"9" * 5000 + b'"'),
                LINE.replace(b'"0"', b"-5"),
                LINE.replace(b'"0"', b"1" + b"0" * 30),
                LINE.replace(b"a.warc.gz", b"../../etc/passwd"),
                LINE.replace(b"a.warc.gz", b"a" * 5000),
                LINE.replace(b"a.warc", b"\\u0000"),
            ]
        ),
        "manifest-line": _manifest(lambda: [b"x" * 300 * MB]),
        "manifest-sparse": _manifest(lambda: [], sparse=4 << 30),
        "manifest-note": _manifest(lambda: [b'{"v":1,"note":' + b'{"a":' * 3_000_000]),
        "manifest-entries": _manifest(lambda: [_entries(60_000)]),
        "manifest-garbage": _manifest(lambda: [b"\n" * 10_000_000]),
        "same-files": _same_files,
        "sparse-warc": _special(_warc_sparse, "warc/z.warc"),
        **dict(zeros + fifos + loops),
    }
