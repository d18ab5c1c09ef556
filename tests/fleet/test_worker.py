"""`warcpress worker --local N`: all shards, N at once, in children that finish at a signal and die with the worker."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fleets import HOSTS, Fleet, said, wait
from pages import PageServer

from crawler.config import Shard
from crawler.fleet import children
from crawler.fleet import worker as loop
from crawler.fleet.children import Children
from crawler.fleet.commands import CRAWL, Command
from crawler.fleet.worker import Worker, worst


@pytest.fixture
def server() -> Iterator[PageServer]:
    with PageServer() as running:
        yield running


def test_every_shard_has_its_turn_and_one_line(tmp_path: Path, server: PageServer) -> None:
    fleet = Fleet(tmp_path, server)
    code, lines = fleet.run("worker", "--local", "2", "--once")
    assert fleet.asked() == dict.fromkeys(HOSTS, 1), lines
    counts = Counter(fleet.shard.values())
    told = {line.partition(": ")[0]: line for line in lines}
    assert code == 0 and sorted(told) == ["shard-1", "shard-2", "shard-3"] and len(lines) == 3
    for number in (1, 2, 3):
        did = f"{counts[number]} new" if counts[number] else "nothing was due"
        assert told[f"shard-{number}"].startswith(f"shard-{number}: {did}; code 0, ")
    code, lines = fleet.run("worker", "--local", "2", "--once")
    assert code == 0 and all(": nothing was due; code 0, " in line for line in lines) and len(lines) == 3
    assert len(server.asked) == 2 * len(HOSTS)  # a page and a robots.txt each, and nothing the second time
    code, lines = fleet.run(
        *("worker", "--data", "data", "--local", "2"), *("audit", "--json", str(tmp_path / "{shard}.json"))
    )
    folders = {path.name for path in tmp_path.glob("data/shard-*")}
    assert code == 0 and {path.stem for path in tmp_path.glob("shard-*.json")} == folders
    assert any(f"{fleet.folder}/shard-" in line for line in lines) and len(lines) == len(folders)


def test_the_exit_code_is_the_worst_one(tmp_path: Path, server: PageServer) -> None:
    fleet = Fleet(tmp_path, server)
    (tmp_path / "data/shard-2").mkdir(parents=True)
    (tmp_path / "data/shard-2/warc").touch()
    code, lines = fleet.run("worker", "--local", "3", "--once")
    assert code == 4 and sum("; code 4, " in line for line in lines) == 1
    assert worst([0, 6, 1, 3]) == 1 and worst([0, 4, 137]) == 137 and worst([]) == 0 and worst([6, 0]) == 6


def test_a_worker_that_is_killed_takes_its_children_with_it(tmp_path: Path, server: PageServer) -> None:
    fleet = Fleet(tmp_path, server)
    released = fleet.hold("cedar.test")
    process = fleet.start("worker", "--local", "1", "--once")
    wait(lambda: "/1" in server.paths("cedar.test"))
    lock = tmp_path / f"data/shard-{fleet.shard['cedar.test']}/.lock"
    child = int(lock.read_text().split()[0])
    assert child != process.pid
    process.kill()
    process.communicate()
    wait(lambda: not Path(f"/proc/{child}").exists())
    released.set()
    code, lines = fleet.run("worker", "--local", "2", "--once")
    assert code == 0 and len(fleet.posts()) == len(HOSTS), lines


def test_the_first_signal_lets_the_children_finish_and_begins_nothing(tmp_path: Path, server: PageServer) -> None:
    fleet = Fleet(tmp_path, server)
    shard = fleet.shard["cedar.test"]
    released = [fleet.hold(host) for host in HOSTS if fleet.shard[host] == shard]
    process = fleet.start("worker", "--local", "1", "--once")
    wait(lambda: "/1" in server.paths("cedar.test"))
    process.send_signal(signal.SIGTERM)
    err = said(process, "SIGTERM: waiting for 1 command to finish; once more to stop at once")
    for one in released:
        one.set()
    err += process.communicate(timeout=60)[1]
    assert process.returncode == 143 and "; code 143, " in err
    assert "cedar" in "".join(map(str, tmp_path.glob("data/shard-*/posts/*")))
    assert not list(tmp_path.glob("data/shard-*/warc/*.open"))
    begun = {path.name for path in tmp_path.glob("data/shard-*")}
    assert begun <= {f"shard-{number}" for number in range(1, shard + 1)}


def test_the_second_signal_ends_everything_at_once(tmp_path: Path, server: PageServer) -> None:
    fleet = Fleet(tmp_path, server)
    released = fleet.hold("cedar.test")
    process = fleet.start("worker", "--local", "1", "--once")
    wait(lambda: "/1" in server.paths("cedar.test"))
    child = int((tmp_path / f"data/shard-{fleet.shard['cedar.test']}/.lock").read_text().split()[0])
    process.send_signal(signal.SIGINT)
    said(process, "once more to stop at once")
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 130
    wait(lambda: not Path(f"/proc/{child}").exists())
    released.set()
    process.communicate()


class Counted(Children):
    """Children that only count how many run at once."""

    def __init__(self) -> None:
        super().__init__([])
        self.now = self.most = 0
        self.turns: list[int] = []

    async def run(self, command: Command) -> int:
        assert command.shard is not None
        self.now += 1
        self.most = max(self.most, self.now)
        self.turns.append(command.shard.number)
        if len(self.turns) == 12:
            os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.001)
        self.now -= 1
        return 0


def test_shards_take_turns_until_a_signal_comes(monkeypatch: pytest.MonkeyPatch, capfd: object) -> None:
    monkeypatch.setattr(loop, "PAUSE", 0.001)
    counted = Counted()

    async def work() -> int:
        worker = Worker(counted, lambda ended: None)
        worker.listen()
        await worker.take_turns([Command.for_shard(Shard(number, 4), CRAWL) for number in range(1, 5)], 2, once=False)
        return worker.exit_code

    assert asyncio.run(work()) == 143
    assert (
        counted.most == 2
        and counted.turns[:4] == [1, 2, 3, 4]
        and Counter(counted.turns[:12]) == dict.fromkeys(range(1, 5), 3)
    )


def test_what_lies_in_the_working_folder_is_no_program(tmp_path: Path, server: PageServer) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('not this one')")
    (tmp_path / "crawler").mkdir()
    (tmp_path / "crawler/__init__.py").touch()
    fleet = Fleet(tmp_path, server, hosts=HOSTS[:1])
    process = fleet.start("worker", "--local", "2", "--once")
    told = process.communicate(timeout=60)[1]
    assert process.returncode == 0 and len(fleet.posts()) == 1, told
    _code, lines = fleet.run("worker", "--local", "1", "--once", "-v", "--log-format", "json")
    shards = [line["shard"] for line in map(json.loads, lines) if line["message"] == "nothing is due"]
    assert shards == [f"shard-{fleet.shard[HOSTS[0]]}"], lines


def test_a_child_ends_also_when_nobody_reads_its_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """A megabyte is more than a pipe holds, and a line may be longer than the limit."""
    program = "import sys\nfor _ in range(10): sys.stdout.write('x' * 100_000 + '\\n'); sys.stderr.write('{}\\n')"
    monkeypatch.setattr(children, "PROGRAM", program)
    monkeypatch.setattr(children, "LONGEST", 1 << 16)
    read, write = os.pipe()
    os.close(read)
    for path, code in ((f"/dev/fd/{write}", 0), ("/dev/full", 4)):
        with Path(path).open("wb", buffering=0) as out:
            monkeypatch.setattr("sys.stdout", SimpleNamespace(buffer=out, flush=out.flush))
            ended = asyncio.run(asyncio.wait_for(Children([]).run(Command.for_shard(Shard(2, 3), ["export"])), 30))
        assert ended == code
    os.close(write)


def test_a_child_that_starts_as_the_signal_comes_gets_it_too() -> None:
    async def work() -> int:
        children = Children([])
        starting = asyncio.create_task(children.run(Command.for_shard(Shard(1, 2), ("status",))))
        await asyncio.sleep(0)
        assert children.stop(signal.SIGTERM) == 0
        return await starting

    assert asyncio.run(work()) == 143


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("worker", "--local", "1"), "[fleet] shards is 0"),
        (("worker", "--local", "1", "--shard", "1/2"), "this is for every shard; leave --shard out"),
        (("worker", "--local", "1", "audit"), "no shard has a data folder there; a crawl makes them"),
    ],
)
def test_a_worker_needs_a_fleet(tmp_path: Path, server: PageServer, words: tuple[str, ...], told: str) -> None:
    code, lines = Fleet(tmp_path, server, shards=0 if "[fleet]" in told else 2).run(*words)
    assert code == 2 and told in lines[-1] and len(lines) == 1
