"""Kill -9 at random moments, run after run on one folder: every capture that was reported stored is whole."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archive import Finding, Index, Manifest, Reader, audit_paths, captures, recover

WRITER = Path(__file__).with_name("dying_writer.py")


def _kill_one(folder: Path, seed: int) -> list[list[str]]:
    """Start a writer and kill it at some moment; return the captures that it reported stored."""
    moment = random.Random(seed)
    process = subprocess.Popen(
        [sys.executable, str(WRITER), str(folder), str(seed)], stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(moment.random() * 0.15)
    process.kill()
    lines = [first, *process.stdout.read().splitlines(keepends=True)]
    process.wait()
    process.stdout.close()
    return [line.split() for line in lines if line.endswith("\n")]


def _check(folder: Path, stored: list[list[str]]) -> None:
    recover(folder)
    reader = Reader(folder)
    held = {capture.record_id: capture for file in reader.files() for capture in captures(reader, file)}
    assert not list((folder / "warc").glob("*.open"))
    assert set(Manifest(folder).sealed()) == set(reader.files())
    assert {line.record_id for line in Index(folder).iterate()} == set(held)
    for record_id, url, digest in stored:
        assert held[record_id].url == url
        assert digest == f"sha256:{hashlib.sha256(reader.entity(record_id, 100_000)).hexdigest()}"
    findings = (item for item in audit_paths([folder]) if isinstance(item, Finding))
    assert [finding.message for finding in findings if finding.severity == "error"] == []
    for capture in held.values():
        assert capture.refers_to is None or held[capture.refers_to].kind == "response"


def test_W2_ten_kills_lose_nothing_stored(tmp_path) -> None:
    stored = [line for seed in range(10) for line in _kill_one(tmp_path, seed)]
    _check(tmp_path, stored)


@pytest.mark.torture
def test_W2_two_hundred_kills_lose_nothing_stored(tmp_path) -> None:
    for folder in range(20):
        stored = []
        for seed in range(10):
            stored += _kill_one(tmp_path / str(folder), folder * 1000 + seed)
            _check(tmp_path / str(folder), stored)
