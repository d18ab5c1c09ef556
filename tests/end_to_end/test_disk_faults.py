"""R1: the disk fails at any write of a whole crawl: code 4, one line that tells what is safe, and the next run goes on.

The writes are those of WARC files, manifest, index, digests, catalogue, frontier, posts, copies and run file. No file
is left half written.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aftermath import assert_recovers
from certificates import Authority
from faulty import FaultyDisk
from newsroom import Newsroom
from pages import PNG
from small_disk import ext4
from wire_server import Answer, body

COMMAND = [sys.executable, "-m", "crawler.cli"]
POINTS = (
    "write:LAYOUT", "mkdir:/warc", "create:/index/", "write:/.lock", "write:/catalogue.sqlite-wal@30",
    "write:/index/digests", "write:/frontier.sqlite-wal@20", "create:.open", "write:.open", "write:.open@14",
    "write:/frontier.sqlite-wal@26", "write:/frontier.sqlite-wal@40", "write:/catalogue.sqlite-wal@60", "sync:.open@2",
    "mkdir:/posts/farm", "create:/posts/", "write:/posts/@1", "sync:/posts/", "rename:/posts/", "write:/media/",
    "write:/manifest", "sync:/manifest", "rename:.open", "write:/index/unfinished", "rename:/index/", "write:/runs/",
    "rename:/runs/", "create:/search.sqlite", "write:/search.sqlite-wal@4",
)  # fmt: skip
"""Disk operations as KIND:TEXT@NUMBER (disk.c explains them), in the order of a first run."""
GROWING = ("write", "create", "mkdir")


def crawl_into_fault(folder: Path, faulty_disk: FaultyDisk, point: str, fault: str) -> None:
    """Run a crawl that fails at the disk fault; check its messages and what it left."""
    match, _, at = point.partition("@")
    environment = faulty_disk.environment(folder / "data", fault, int(at or 0), match)
    done = subprocess.run(
        [*COMMAND, "crawl"], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr and " ⏎ " not in done.stderr, done.stderr
    last = [line for line in done.stderr.splitlines() if line.startswith(("stopped: ", "warcpress crawl: "))]
    assert len(last) == 1, done.stderr
    assert str(folder / "data") in last[0], done.stderr
    assert last[0].startswith("warcpress") or "\nsafe: " in done.stderr, done.stderr
    assert_recovers(folder / "data")


def goes_on(folder: Path, count: int) -> None:
    """Run the next crawl, with a sound disk."""
    done = subprocess.run([*COMMAND, "crawl"], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert len(list((folder / "data" / "posts").rglob("*.md"))) == count
    assert_recovers(folder / "data")


@pytest.fixture
def faults(memory_path: Path, authority: Authority, faulty_disk: FaultyDisk) -> Callable[..., None]:
    """Return faults(kind, *points): one run into the fault at each point, then one to the end, all in one folder."""

    def run(fault: str, *points: str) -> None:
        with Newsroom(authority, 4) as room:
            (memory_path / "warcpress.toml").write_text(room.configuration())
            for point in points:
                crawl_into_fault(memory_path, faulty_disk, point, fault)
            goes_on(memory_path, 4)

    return run


def test_R1_a_full_disk_at_one_write_after_the_other(faults: Callable[..., None]) -> None:
    faults(
        "full", "write:LAYOUT", "write:/frontier.sqlite-wal@26", "write:.open@14", "write:/posts/@1", "write:/manifest"
    )


def test_R1_one_operation_fails_after_the_other(faults: Callable[..., None]) -> None:
    faults("EIO", "sync:.open", "rename:/posts/")


@pytest.mark.torture
@pytest.mark.parametrize(
    ("fault", "point"),
    [("full", point) for point in POINTS if point.startswith(GROWING)]
    + [(fault, point) for fault in ("EIO", "EDQUOT") for point in POINTS],
)
def test_R1_the_disk_fails_at_any_write(faults: Callable[..., None], fault: str, point: str) -> None:
    faults(fault, point)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 2 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_R1_a_real_small_disk_fills_up_and_is_enlarged(tmp_path: Path, small_disk: Path, authority: Authority) -> None:
    class Pictures(Newsroom):
        """A site with large pictures."""

        def _plain_answer(self, target: str, request: bytes) -> Answer:
            if target.startswith("/i/"):
                return body(PNG + target.encode() * 20_000, b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n")
            return super()._plain_answer(target, request)

    with Pictures(authority, 12) as room:
        (small_disk / "warcpress.toml").write_text(room.configuration())
        done = subprocess.run([*COMMAND, "crawl"], cwd=small_disk, capture_output=True, text=True, check=False)
        assert done.returncode == 4, done.stderr
        assert "No space left" in done.stderr or "disk is full" in done.stderr
        assert "\nsafe: " in done.stderr and "Traceback" not in done.stderr
        subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
        assert_recovers(small_disk / "data")
        goes_on(small_disk, 12)


@pytest.mark.torture
def test_R1_a_real_disk_of_small_blocks_fills_up_in_a_crawl(tmp_path: Path, authority: Authority) -> None:
    """Forty crawls on an ext4 of 1 KiB blocks with 100 to 500 KB free: each ends with code 4, none by a signal."""
    chance = random.Random(17)
    with Newsroom(authority, 12) as room:
        for _ in range(40):
            with ext4(tmp_path, 3 << 20, chance.randrange(100, 500) << 10) as place:
                (tmp_path / "warcpress.toml").write_text(room.configuration(f'data = "{place}/data"'))
                done = subprocess.run([*COMMAND, "crawl"], cwd=tmp_path, capture_output=True, text=True, check=False)
                assert done.returncode in (0, 4) and "Traceback" not in done.stderr, (done.returncode, done.stderr)
                assert done.returncode == 0 or "No space left" in done.stderr or "full" in done.stderr, done.stderr
