"""`push` is killed with -9 at one request after the other: while it puts, reads back, and removes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from holding import DAM, NOON, SHORT, Holding
from storing import Bucket, configure, spoiled

ROOT = Path(__file__).parents[2]
WORDS = [sys.executable, "-m", "crawler.cli", "push"]


@pytest.mark.parametrize("kills", [6, pytest.param(30, marks=pytest.mark.torture)])
def test_killed_pushes_put_each_object_once_and_lose_nothing(
    bucket: Bucket, holding: Holding, warcpress, kills: int
) -> None:
    versions = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    assert bucket.request("PUT", "?versioning", versions)[0] == 200
    running: list[subprocess.Popen[bytes]] = []
    left: list[int] = []
    """Numbers of the requests up to that at which the process dies, backwards."""

    def fault(number: int, _method: str, _path: str) -> str:
        if not left or left.pop(0):
            return ""
        os.kill(running[-1].pid, signal.SIGKILL)
        return "refuse" if number % 2 else ""  # not done, or done without anybody who learns it

    codes = []
    with spoiled(bucket.port, fault) as (port, _):
        configure(f"s3://{bucket.name}", f"http://127.0.0.1:{port}", keep="0.000001s")
        for kill in range(kills):
            if kill % 5 == 4:
                holding.run({DAM: SHORT}, NOON + timedelta(days=2 + kill))
            kept = {path.name: path.read_bytes() for path in holding.layout.warc.iterdir()}
            left[:] = list(range(2 + kill * 2 % 11, -1, -1))
            environ = {**os.environ, "PYTHONPATH": str(ROOT)}
            running.append(subprocess.Popen(WORDS, env=environ, stderr=subprocess.PIPE))
            running[-1].communicate(timeout=120)
            codes.append(running[-1].returncode)
            for name, content in kept.items():
                path = holding.layout.warc / name
                assert path.exists() or bucket.request("GET", f"warc/{name}") == (200, content)
        left.clear()
        assert warcpress("push").code == 0
    assert codes.count(-signal.SIGKILL) > kills // 3, codes
    assert list(holding.layout.warc.iterdir()) == []
    keys = re.findall(rb"<Key>([^<]+)</Key>", bucket.request("GET", "?versions")[1])
    assert len(keys) == len(set(keys)) > 3, "each object was put once"
    configure(f"s3://{bucket.name}", bucket.endpoint)
    assert warcpress("verify", "--remote").code == 0
    assert warcpress("pull").code == 0
    assert warcpress("audit").code == 0
