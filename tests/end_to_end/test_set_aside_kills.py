"""Kill -9 of `repair --replace` and `remove` at their disk operations: the command again or the next run does the rest.

Some of their operations in each test run, all of them in `make torture`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from faulty import FaultyDisk
from holding import BRIDGE, DAM, LONG, NOON, SHORT, Holding
from running import Inline

from archive import Finding, Manifest, Reader, audit_paths
from crawler.clock import utc_now
from crawler.from_warc import derive
from crawler.from_warc.check_posts import PostsCheck
from crawler.from_warc.rebuild import rebuild
from crawler.from_warc.recovery import recover
from crawler.store.catalogue import Catalogue
from crawler.store.frontier import Frontier

COMMANDS = {"repair": ["--replace"], "remove": ["--reason", "order 7/26 of the court"]}


@pytest.fixture(autouse=True)
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Derive posts in this process."""
    monkeypatch.setattr(derive, "Workers", Inline)


@pytest.fixture
def damaged(memory_path: Path) -> tuple[Path, str]:
    """A data folder of two files, and the name of the first one, in which a byte of the last third is wrong."""
    made = Holding(memory_path / "damaged")
    made.run({BRIDGE: LONG, DAM: LONG})
    made.run({BRIDGE: SHORT}, NOON + timedelta(minutes=20))
    first = Reader(made.layout.root).files()[0]
    path = made.layout.warc / first
    content = bytearray(path.read_bytes())
    content[len(content) * 2 // 3] ^= 0xFF
    path.write_bytes(content)
    return made.layout.root, first


def run(command: str, folder: Path, file: str, environment: dict[str, str]) -> int:
    """Run a command on a file of `folder`; the exit code, -9 when it was killed."""
    arguments = [sys.executable, "-m", "archive", command, str(folder / "warc" / file), *COMMANDS[command]]
    return subprocess.run(arguments, env=environment, capture_output=True, check=False, timeout=120).returncode


def next_run(holding: Holding) -> None:
    with holding.catalogue() as catalogue, closing(Frontier(holding.layout.frontier, utc_now, ["herald"])) as frontier:
        recover(holding.layout, catalogue, frontier)


def kinds(folder: Path) -> list[str]:
    lines = (folder / "manifest.jsonl").read_bytes().split(b"\n")[:-1]
    return [json.loads(line)["kind"] for line in lines]


def assert_killed_at(
    point: int, command: str, damaged: tuple[Path, str], faulty_disk: FaultyDisk, expected: list[tuple[str, str]]
) -> bool:
    """Kill the command before this operation, let it be finished, and look; tell whether it was killed."""
    original, file = damaged
    folder = shutil.copytree(original, original.with_name(f"{command}-{point}"))
    content = (folder / "warc" / file).read_bytes()
    code = run(command, folder, file, faulty_disk.environment(folder, "kill", point))
    holding = Holding(folder)
    if point % 2:
        next_run(holding)
    if "removed" not in kinds(folder) or point % 2 == 0:
        assert run(command, folder, file, dict(os.environ)) in (0, 1)
    next_run(holding)
    assert kinds(folder) == ["sealed", "sealed", *(["repaired"] if command == "repair" else []), "removed"]
    assert {path.name for path in (folder / "warc").iterdir()} == set(Manifest(folder).sealed())
    assert (folder / "set-aside" / file).read_bytes() == content
    assert told(holding) == expected
    rows = holding.rows()
    rebuild(holding.layout)
    assert holding.rows() == rows
    shutil.rmtree(folder)
    return code == -9


def told(holding: Holding) -> list[tuple[str, str]]:
    """What the audit says of the files: no error, and what was lost."""
    with closing(Catalogue(holding.layout.catalogue, read_only=True)) as catalogue:
        found = audit_paths([holding.layout.root], further_checks=[PostsCheck(holding.layout, catalogue)], processes=1)
        findings = [one for one in found if isinstance(one, Finding)]
    assert [one.message for one in findings if one.severity == "error"] == []
    return sorted((one.file or "", one.message.partition(" at ")[0]) for one in findings if one.check == 31)


def expectation(command: str, damaged: tuple[Path, str]) -> list[tuple[str, str]]:
    """What the audit says when nothing came in between."""
    folder, file = damaged
    undisturbed = shutil.copytree(folder, folder.with_name(f"undisturbed-{command}"))
    assert run(command, undisturbed, file, dict(os.environ)) == (1 if command == "repair" else 0)
    holding = Holding(undisturbed)
    next_run(holding)
    found = told(holding)
    lost = "in 1 gap" if command == "repair" else "the file was removed"
    assert any(lost in message for _file, message in found)
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_killed_at_some_operations(command: str, damaged: tuple[Path, str], faulty_disk: FaultyDisk) -> None:
    expected = expectation(command, damaged)
    points = (1, 4, 9, 15, 24)
    assert [assert_killed_at(point, command, damaged, faulty_disk, expected) for point in points][:3] == [True] * 3


@pytest.mark.torture
@pytest.mark.parametrize("command", COMMANDS)
def test_killed_at_each_operation(command: str, damaged: tuple[Path, str], faulty_disk: FaultyDisk) -> None:
    expected, point = expectation(command, damaged), 0
    while assert_killed_at(point, command, damaged, faulty_disk, expected):
        point += 1
    assert point > 30
