"""Hourly runs, unattended for a month or a year: nothing that was shown is lost, and everything that broke is named."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from archived import Archived, read_back, unlike_the_run_files, unlike_the_sites
from certificates import Authority
from living import Living, full_disk, nearly_full_disk, utc
from phases import HOSTS, PERIOD
from running import inline as inline
from stories import STORIES, Chronicle
from world import World

from crawler.store.catalogue import Catalogue

RELEASE = Path(__file__).parents[1] / "end_to_end/releases/0.2.0.tar.gz"
FULL, NEARLY_FULL, SPOILED = 18, 22, 6
"""Days on which the disk is full, has less than its reserve, and on which somebody spoils warcpress.toml."""


def live(folder: Path, days: int) -> tuple[Living, Archived]:
    """Live that many days, in a data folder that an earlier release made; check what came of it."""
    phases = [phase() for phase in (*HOSTS, *STORIES)]
    with tarfile.open(RELEASE) as archive:
        archive.extractall(folder / "data", filter="data")
    with World(phases, Authority(folder)) as world:
        living = Living(folder, world, utc(2024, 3, 5))
        living.lived.unsure |= {f"http://{Chronicle.host}/{name}" for name in Chronicle.old}
        living.hours(0, days * 24, lambda hour: trouble(living, hour))
    archived = read_back(living.data)
    faults = [*living.lived.faults, *unlike_the_sites(archived, living.lived)]
    died = living.lived.deaths + len(living.lived.stopped(living.start, living.clock.now))
    assert [*faults, *unlike_the_run_files(archived, living.data, died)] == []
    for phase in phases:
        phase.check(living, archived)
    check_disk(living, days)
    return living, archived


def trouble(living: Living, hour: int) -> None:
    """What happens to the machine before a run."""
    day = hour // 24 % PERIOD
    living.disk = {FULL: full_disk, NEARLY_FULL: nearly_full_disk}.get(day, nullcontext)
    if hour % (12 * 24) == 8 * 24:
        living.die()
    if day == SPOILED and hour % 24 == 1:
        living.refuse()


def check_disk(living: Living, days: int) -> None:
    """Every run ends with code 4 on a day without a disk, also one that had nothing to do; no other run does."""
    stopped = living.lived.stopped(living.start, living.clock.now)
    of_day = [(at - living.start).days % PERIOD for at in stopped]
    assert set(of_day) == {FULL, NEARLY_FULL}, f"runs on the days {of_day} ended with code 4"
    full = sum(day % PERIOD == FULL for day in range(days))
    assert of_day.count(FULL) == 24 * full, "a run on a full disk did not say so"


def warcpress(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "crawler.cli", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return done.stdout.decode()


def rows(folder: Path) -> list[tuple[str, tuple[Any, ...]]]:
    catalogue = Catalogue(folder / "data/catalogue.sqlite")
    try:
        return list(catalogue.rows())
    finally:
        catalogue.close()


def posts(folder: Path) -> dict[Path, str]:
    return {path: path.read_text("utf-8") for path in (folder / "data/posts").rglob("*.md")}


def prove(folder: Path, archived: Archived) -> str:
    """Check that the audit is clean, that `list` has each article, and that WARC files alone give the same rows."""
    lines = [json.loads(line) for line in warcpress(folder, "audit", "--json", "-").splitlines()]
    assert [line for line in lines if line.get("severity") in ("error", "warning")] == []
    listed = [json.loads(line)["url"] for line in warcpress(folder, "list", "--json", "-").splitlines()]
    assert sorted(listed) == sorted(archived.versions)
    before = rows(folder), posts(folder)
    for path in (folder / "data").glob("catalogue.sqlite*"):
        path.unlink()
    shutil.rmtree(folder / "data/posts")
    warcpress(folder, "rebuild")
    assert (rows(folder), posts(folder)) == before
    return f"audit: {lines[-1]['summary']}; {len(before[0])} rows, {len(before[1])} posts, equal after rebuild"


def test_a_month_unattended(memory_path: Path) -> None:
    _, archived = live(memory_path, 30)
    prove(memory_path, archived)


@pytest.mark.torture
def test_a_year_unattended(memory_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    living, archived = live(memory_path, 365)
    files = list((living.data / "warc").iterdir())
    told = [
        f"{len(living.lived.costs)} runs, {sum(cost.idle for _, cost in living.lived.costs)} of them idle",
        f"{len(files)} files of {sum(path.stat().st_size for path in files):,} bytes in warc/",
        living.cost(10),
        living.cost(365),
        prove(memory_path, archived),
    ]
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(told) + "\n")
