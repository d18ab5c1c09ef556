"""W3: power is lost after each disk operation of a whole crawl, and nothing that was reported as stored is missing.

The operations are recorded; then what was not fsynced is dropped, and the next start recovers (docs/warc.md, order of
writing).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from aftermath import assert_recovers
from certificates import Authority
from faulty import FaultyDisk
from newsroom import Newsroom
from operations import Operation, read_operations
from power import LOSSES, Disk, moments

CRAWL = Path(__file__).parent.parent / "faults" / "reporting_crawl.py"


@pytest.fixture
def operations(memory_path: Path, authority: Authority, faulty_disk: FaultyDisk) -> list[Operation]:
    """Operations of two crawls into `memory_path/data`, with the reports of stored captures (file `reports`)."""
    with Newsroom(authority, 4) as room:
        (memory_path / "warcpress.toml").write_text(room.configuration())
        environment = faulty_disk.environment(memory_path, log=memory_path.with_name(memory_path.name + ".log"))
        for _ in range(2):
            command = [sys.executable, str(CRAWL), str(memory_path / "reports"), "crawl"]
            run = subprocess.run(
                command, cwd=memory_path, env=environment, capture_output=True, timeout=120, check=False
            )
            assert run.returncode == 0, run.stderr.decode()[-3000:]
            room.count += 3
    log = memory_path.with_name(memory_path.name + ".log")
    try:
        return list(read_operations(log))
    finally:
        log.unlink()


def lose_power(folder: Path, operations: Sequence[Operation], chosen: Sequence[int]) -> int:
    """Lose power after each of the chosen operations; return how many states were checked."""
    disk, reported, looked = Disk(str(folder / "data")), b"", 0
    wanted = set(chosen)
    for number, operation in enumerate(operations, 1):
        if operation.path == str(folder / "reports"):
            reported += operation.content
        elif operation.path.startswith(str(folder / "data")):
            disk.apply(operation)
        if number in wanted:
            for loss in LOSSES:
                left = folder / "left"
                left.mkdir()
                disk.leave(left / "data", loss, seed=number)
                try:
                    assert_recovers(left / "data", reported.decode().split())
                except BaseException as error:
                    error.add_note(
                        f"after operation {number} of {len(operations)}, {operation.kind} of {operation.path}: {loss}"
                    )
                    raise
                subprocess.run(["rm", "-rf", str(left)], check=True)
                looked += 1
    return looked


def test_W3_power_lost_during_a_whole_crawl(memory_path: Path, operations: list[Operation]) -> None:
    assert lose_power(memory_path, operations, moments(operations, 24)) > 60


@pytest.mark.torture
def test_W3_power_lost_after_every_operation_of_a_crawl(memory_path: Path, operations: list[Operation]) -> None:
    assert lose_power(memory_path, operations, range(1, len(operations) + 1)) > 2000
