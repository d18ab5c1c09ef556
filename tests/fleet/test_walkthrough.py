"""The walkthrough from one machine to three in docs/fleet.md is true: its commands run, in their order."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from fleets import HOSTS, Fleet
from pages import PageServer
from postgres import Postgres
from storing import ID, SECRET, Bucket, moto

TEXT = (Path(__file__).parents[2] / "docs/fleet.md").read_text("utf-8")
SECTION = TEXT.partition("## From one machine to three\n")[2].partition("\n## ")[0]
BLOCKS = [block.partition("```")[0] for block in SECTION.split("```sh\n")[1:]]
COMMANDS = [line.split("warcpress ", 1)[1] for block in BLOCKS for line in block.splitlines() if "warcpress " in line]


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    with Postgres() as postgres, moto() as port, PageServer() as server:
        fleet = Fleet(tmp_path, server, shards=2, hosts=HOSTS[:2], database=postgres.url)
        fleet.environment = {**fleet.environment, "AWS_ACCESS_KEY_ID": ID, "AWS_SECRET_ACCESS_KEY": SECRET}
        bucket = Bucket(port, "fleet")
        with (tmp_path / "warcpress.toml").open("a") as file:
            file.write(f'[remote]\nurl = "s3://{bucket.name}"\nendpoint = "{bucket.endpoint}"\n')
        yield fleet
        fleet.end()


def test_each_command_of_the_walkthrough_runs(fleet: Fleet) -> None:
    services = [command for command in COMMANDS if command.startswith("worker") and "--local" not in command]
    assert services == ["worker --once --at-once 2", "worker --at-once 2"]
    workers = []
    for command in COMMANDS:
        if command == services[1]:
            workers = [fleet.start(*shlex.split(command)) for _ in range(2)]
            continue
        code, lines = fleet.run(*shlex.split(command))
        assert code == 0, (command, lines)
    assert len(fleet.posts()) == 2
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    told = "".join(worker.communicate(timeout=120)[1] for worker in workers)
    assert [worker.returncode for worker in workers] == [143, 143] and "Traceback" not in told, told
