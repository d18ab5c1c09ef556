"""Hourly runs, unattended for a month or a year: nothing that was shown is lost, and everything that broke is named."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from living import Living, utc
from pages import PageServer
from phases import PERIOD, PHASES
from running import inline as inline
from world import World

from crawler.store.catalogue import Catalogue

RELEASE = Path(__file__).parents[1] / "end_to_end/releases/0.2.0.tar.gz"
OLD = ("bridge", "dam", "ferry")
"""Articles in the data folder of the release."""


def live(folder: Path, days: int) -> Living:
    """Live that many days, in a data folder that an earlier release made."""
    with PageServer() as server:
        world = World(server)
        phases = [phase(server) for phase in PHASES]
        world.sites += phases
        living = Living(folder, world, utc(2024, 3, 5))
        with tarfile.open(RELEASE) as archive:
            archive.extractall(folder / "data", filter="data")
        living.lived.unsure |= {f"http://chronicle.test/{name}.html" for name in OLD}

        def trouble(hour: int) -> None:
            day = hour // 24 % PERIOD
            living.most_bytes = 65_536 if day == 18 else 0  # the disk is full for a day
            living.limits = "disk_reserve = 1_000_000_000_000_000\n" if day == 22 else ""  # nearly full
            if hour % (12 * 24) == 8 * 24:
                living.die()

        living.hours(0, days * 24, trouble)
        assert living.lived.faults == []
        for phase in phases:
            phase.check(living)
    return living


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


def assert_proven(folder: Path) -> None:
    """The audit is clean, and the WARC files alone give the same posts and rows."""
    lines = [json.loads(line) for line in warcpress(folder, "audit", "--json", "-").splitlines()]
    assert [line for line in lines if line.get("severity") in ("error", "warning")] == []
    before = rows(folder), posts(folder)
    for path in (folder / "data").glob("catalogue.sqlite*"):
        path.unlink()
    shutil.rmtree(folder / "data/posts")
    warcpress(folder, "rebuild")
    assert (rows(folder), posts(folder)) == before


@pytest.mark.torture  # 100 s of CPU
def test_a_month_unattended(memory_path: Path) -> None:
    live(memory_path, 30)
    assert_proven(memory_path)


@pytest.mark.torture
def test_a_year_unattended(memory_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    living = live(memory_path, 365)
    with capsys.disabled():
        sys.stdout.write(f"\n{living.cost(10)}\n{living.cost(365)}\n")
    assert_proven(memory_path)
