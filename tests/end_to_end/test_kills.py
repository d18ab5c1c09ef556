"""W2: kill -9 at random moments of whole crawls, again and again on one folder, loses nothing that was stored.

The kills come by the clock, at requests and at operations on the disk. Everything reported as stored is there, no post
lacks its capture, and in the end everything is fetched.
"""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from aftermath import assert_recovers
from certificates import Authority
from faulty import FaultyDisk
from newsroom import Newsroom
from operations import read_operations

CRAWL = Path(__file__).parent.parent / "faults" / "reporting_crawl.py"
SEED = 10
MORE = 4
"""Articles that appear between two runs."""
LEAST = 2 + 2 * MORE
"""Requests that every run sends: for its two feeds, and for a page and a picture of each new article."""


def crawl(folder: Path, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(CRAWL), str(folder / "reports"), "crawl"]
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )


def reported(folder: Path) -> list[str]:
    path = folder / "reports"
    return [line for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")] if path.exists() else []


def kill_one(folder: Path, room: Newsroom, chance: random.Random) -> None:
    """Start a run and kill it at a random moment, of the clock or between two of its requests."""
    if chance.random() < 0.3:
        run = crawl(folder)
        time.sleep(chance.uniform(0.3, 2.0))  # also while it starts and recovers, or after its end
        run.kill()
        run.communicate(timeout=60)
        return
    room.hold(chance.randint(1, LEAST))  # the run can't end before it is killed
    run = crawl(folder)
    for _ in range(6000):
        if room.holds or run.poll() is not None:
            break
        time.sleep(0.01)
    time.sleep(chance.uniform(0, 0.3))
    run.kill()
    _out, err = run.communicate(timeout=60)
    assert run.returncode == -signal.SIGKILL, err.decode()[-3000:]


def go_on(folder: Path, room: Newsroom, count: int) -> None:
    """Let the next run end: it fetches everything that is published, and the audit with posts finds no error."""
    run = crawl(folder)
    _out, err = run.communicate(timeout=120)
    assert run.returncode == 0, err.decode()[-3000:]
    posts = {path.name for path in (folder / "data" / "posts").rglob("*.md")}
    assert posts == {f"05-{number}.md" for number in range(count)}
    audit = subprocess.run([sys.executable, "-m", "crawler.cli", "audit"], cwd=folder, capture_output=True, check=False)
    assert audit.returncode == 0, audit.stdout.decode()[-3000:] + audit.stderr.decode()[-1000:]
    assert_recovers(folder / "data", map(str.strip, reported(folder)))


def chain(folder: Path, authority: Authority, seed: int, kills: int) -> None:
    """Kill runs on one folder, then let one run to its end."""
    chance = random.Random(seed)
    with Newsroom(authority, MORE, wait=0.02) as room:
        (folder / "warcpress.toml").write_text(room.configuration(archive="rollover_bytes = 1_048_576"))
        for _ in range(kills):
            kill_one(folder, room, chance)
            assert_recovers(folder / "data", map(str.strip, reported(folder)))
            room.count += MORE
        go_on(folder, room, room.count)


def test_W2_ten_kills_of_whole_crawls_lose_nothing(memory_path: Path, authority: Authority) -> None:
    chain(memory_path, authority, SEED, 10)


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(20))
def test_W2_two_hundred_kills_of_whole_crawls_lose_nothing(memory_path: Path, authority: Authority, seed: int) -> None:
    chain(memory_path, authority, 1000 + seed, 10)


POINTS = (
    "create:/warc/", "write:/warc/@9", "write:/warc/@14", "sync:/warc/@3", "write:/catalogue.sqlite-wal@40",
    "sync:/catalogue.sqlite-wal@4", "write:/frontier.sqlite-wal@30", "write:/index/digests.sqlite-wal@12",
    "create:/search.sqlite", "write:/search.sqlite-wal@4",
    "create:/posts/@1", "write:/posts/", "rename:/posts/", "sync:/posts/", "rename:/media/", "write:/manifest",
    "sync:/manifest", "rename:/warc/", "write:/index/unfinished", "rename:/index/", "rename:/runs/", "rename:LAYOUT",
)  # fmt: skip
"""Disk operations as KIND:TEXT@NUMBER (disk.c explains them): each step of a run's order of writing."""


@pytest.mark.torture
@pytest.mark.parametrize("point", POINTS)
def test_W2_a_kill_at_each_step_of_the_order_of_writing(
    memory_path: Path, authority: Authority, faulty_disk: FaultyDisk, point: str
) -> None:
    match, _, at = point.partition("@")
    with Newsroom(authority, MORE) as room:
        (memory_path / "warcpress.toml").write_text(room.configuration())
        environment = faulty_disk.environment(memory_path / "data", "kill", int(at or 0), match)
        run = crawl(memory_path, environment)
        _out, err = run.communicate(timeout=60)
        assert run.returncode == -signal.SIGKILL, err.decode()[-3000:]
        assert_recovers(memory_path / "data", map(str.strip, reported(memory_path)))
        go_on(memory_path, room, room.count)


@pytest.mark.torture
def test_W2_a_kill_at_each_step_of_the_next_start(
    memory_path: Path, authority: Authority, faulty_disk: FaultyDisk
) -> None:
    """A run left an open file with a torn end and posts without a file; the next one is killed while it recovers."""
    left, again, log = memory_path / "left", memory_path / "again", memory_path / "operations"
    with Newsroom(authority, MORE) as room:
        left.mkdir()
        (left / "warcpress.toml").write_text(room.configuration())
        crawl(left, faulty_disk.environment(left / "data", "kill", 1, "write:/posts/")).communicate(timeout=60)
        (unsealed,) = (left / "data" / "warc").glob("*.open")
        unsealed.write_bytes(unsealed.read_bytes() + unsealed.read_bytes()[:200])
        shutil.copytree(left, again)
        crawl(again, faulty_disk.environment(again / "data", log=log)).communicate(timeout=60)
        points = steps(log)
        assert len(points) > 100
        for point in points:
            shutil.rmtree(again)
            shutil.copytree(left, again)
            run = crawl(again, faulty_disk.environment(again / "data", "kill", point))
            _out, err = run.communicate(timeout=60)
            assert run.returncode == -signal.SIGKILL, (point, err.decode()[-3000:])
            assert_recovers(again / "data", map(str.strip, reported(again)))
        go_on(again, room, room.count)


def steps(log: Path) -> list[int]:
    """Numbers of a run's disk operations until it opens a file of its own, without those that leave nothing behind."""
    operations = list(read_operations(log))
    end = next(n for n, one in enumerate(operations) if one.kind == "create" and one.path.endswith(".open"))
    return [n for n in range(end) if not operations[n].path.endswith("-shm") and "/.probe-" not in operations[n].path]
