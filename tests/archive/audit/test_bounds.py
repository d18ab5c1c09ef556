"""Memory and time stay bounded for large and hostile files."""

from __future__ import annotations

import gzip
import json
import sqlite3
import subprocess
import sys
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from warctext import (
    DATE,
    NOW,
    RESPONSE,
    Fields,
    errors,
    fields,
    findings,
    gz,
    members,
    pair,
    request,
    response,
    text,
    uid,
    warcinfo,
)

from archive import Finding, audit_paths
from archive.cli import main


def stream(path: Path, pieces: Iterator[bytes]) -> None:
    """One member, written piece by piece."""
    with path.open("ab") as file:
        deflate = zlib.compressobj(1, zlib.DEFLATED, 31)
        for piece in pieces:
            file.write(deflate.compress(piece))
        file.write(deflate.flush())


def long_record(size: int) -> Iterator[bytes]:
    header = without_length(fields("resource", 7, b"x", ("WARC-Target-URI", "urn:test:long")))
    yield text([*header, ("Content-Length", str(size))], b"").removesuffix(b"\r\n\r\n")
    piece = bytes(1 << 20)
    for _ in range(size >> 20):
        yield piece
    yield b"\r\n\r\n"


def without_length(some: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in some if name not in ("Content-Length", "WARC-Block-Digest")]


def peak(path: Path) -> int:
    """Peak of the memory of Python objects during an audit, in bytes."""
    tracemalloc.start()
    try:
        for _ in audit_paths([path], clock=lambda: NOW):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_large_record_is_streamed(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(gz(warcinfo()))
    stream(path, long_record(256 << 20))
    assert peak(path) < 40 << 20
    assert not errors(findings(path))


def test_a_large_record_is_streamed_in_a_plain_file(tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    with path.open("wb") as file:
        file.write(warcinfo())
        file.writelines(long_record(64 << 20))
        file.write(request())
    assert peak(path) < 40 << 20
    assert not errors(findings(path))


def test_a_header_without_end_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(gz(warcinfo()))
    stream(path, iter([b"WARC/1.1\r\n", *[b"X-Long: " + b"x" * (1 << 20)] * 100]))
    path.write_bytes(path.read_bytes() + members([request(), response()]))
    assert peak(path) < 40 << 20
    assert [finding.check for finding in errors(findings(path))] == [8]


def test_a_million_fields_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(gz(b"WARC/1.1\r\n" + b"a\r\n" * 300_000 + b"\r\n"))
    found = findings(path)
    assert len(found) < 50
    assert {finding.check for finding in errors(found)} == {8}


def test_an_http_head_without_end_is_bounded(tmp_path: Path) -> None:
    block = b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * (24 << 20)
    path = tmp_path / "x.warc.gz"
    path.write_bytes(members(pair(block, b"")))
    assert peak(path) < 60 << 20
    assert [(found.check, found.severity) for found in findings(path)] == [(20, "warning")]


def test_one_chunk_size_without_end_is_bounded(tmp_path: Path) -> None:
    block = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * (8 << 20)
    path = tmp_path / "x.warc.gz"
    path.write_bytes(members(pair(block, b"")))
    started = time.monotonic()
    assert [(found.check, found.severity) for found in findings(path)] == [(22, "warning")]
    assert time.monotonic() - started < 20


@pytest.mark.torture
def test_ten_gigabytes_and_a_million_members_stay_under_200_mb(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(gz(warcinfo()))
    stream(path, long_record(10 << 30))
    many = tmp_path / "many.warc.gz"
    with many.open("wb") as file:
        file.write(gz(warcinfo()))
        for number in range(1_000_000):
            block = b"%d" % number
            record = text(fields("resource", 1000 + number, block, ("WARC-Target-URI", f"urn:test:{number}")), block)
            file.write(gzip.compress(record, 1))
    code = (
        "import re, sys\nfrom pathlib import Path\nfrom archive import audit_paths\n"
        "*_, last = audit_paths([Path(sys.argv[1])])\nprint(last.as_json())\n"
        "print(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])"  # ru_maxrss: the parent's too
    )
    for file_path, records in ((path, 2), (many, 1_000_001)):
        done = subprocess.run([sys.executable, "-c", code, str(file_path)], capture_output=True, text=True, check=True)
        report, kilobytes = done.stdout.splitlines()
        assert json.loads(report)["summary"]["records"] == records
        assert json.loads(report)["summary"]["errors"] == 0
        assert int(kilobytes) < 200_000


@pytest.mark.parametrize("named", ["nothing", "uri and date", "id"])
def test_revisits_of_one_digest_take_linear_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    """Four times as many revisits of a payload that is not here take about four times as many steps in SQLite."""
    few, many = (_sql_steps(tmp_path / f"{count}.warc", count, named, monkeypatch) for count in (100, 400))
    assert few < many < 6 * few


def _sql_steps(path: Path, count: int, named: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Audit revisits that share a payload digest; return the steps of SQLite, in tens."""
    refers = {
        "nothing": [],
        "uri and date": [("WARC-Refers-To-Target-URI", "https://e.example/"), ("WARC-Refers-To-Date", DATE)],
        "id": [("WARC-Refers-To", uid(1 << 20))],
    }[named]
    profile = ("WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest")
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    revisits = (fields("revisit", number, head, profile, *refers, payload=b"x") for number in range(2, count + 2))
    path.write_bytes(b"".join([warcinfo(), *(text(revisit, head) for revisit in revisits)]))
    steps, found = _counted(path, monkeypatch)
    assert any(finding.check == 25 for finding in found)
    return steps


def test_an_index_takes_linear_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times as many captures in one file, and in its index, take about four times as many steps in SQLite."""
    steps = []
    for count in (100, 400):
        warc = tmp_path / str(count) / "warc"
        warc.mkdir(parents=True)
        pages = (
            [("WARC-Target-URI", f"http://e.example/{number}"), *without_uri(fields("response", number, RESPONSE))]
            for number in range(2, count + 2)
        )
        (warc / "a.warc").write_bytes(b"".join([warcinfo(), *(text(page, RESPONSE) for page in pages)]))
        assert main(["index", str(warc.parent)]) == 0
        taken, found = _counted(warc.parent, monkeypatch)
        assert [finding for finding in found if finding.check == 29] == []
        steps.append(taken)
    assert steps[0] < steps[1] < 6 * steps[0]


def without_uri(given: Fields) -> Fields:
    return [(name, value) for name, value in given if name != "WARC-Target-URI"]


def _counted(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[Finding]]:
    """Audit a file or folder; return the steps of SQLite, in tens, and the findings."""
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    def connect(*args: Any, **options: Any) -> sqlite3.Connection:
        base: sqlite3.Connection = plain(*args, **options)
        base.set_progress_handler(step, 10)
        return base

    plain = sqlite3.connect
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", connect)
        found = findings(path)
    return steps, found
