"""A fleet under everything that may happen to it at once: nothing is lost, doubled, hurried or left wrong.

Workers are killed and frozen, PostgreSQL stops and starts, S3 spoils half of its answers, WARC files that are in the
store are removed here at once, and pages appear all the while. The short form is for each change; `make torture` runs
the one with 8 shards, 40 hosts and 50 kills.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import chdir, redirect_stdout, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import pytest
from fleets import TEXT, Fleet
from pages import PNG, Answer, PageServer, article, feed
from postgres import PASSWORD, Postgres
from storing import ID, SECRET, Bucket, moto, spoiled

from archive import Manifest, OnlyStored
from crawler.cli import main
from crawler.store.lock import Lock

HURRIED = Path(__file__).parents[1] / "servers/hurried.py"
FAULTS = ("500", "503", "refuse", "lost", "late", "cut", "wrong")
"""What the proxy does to every second answer of S3, one after the other, until it is told to stop."""
REMOTE = """[remote]
url = "s3://{bucket}/news"
endpoint = "http://127.0.0.1:{port}"
keep_local = "0.001s"
"""
PICTURES = "pictures.test"
"""Host of pictures that all papers show; no shard has it."""
SLACK = 0.2
"""Seconds by which the machine may delay a request between two that are a delay apart."""


@dataclass(frozen=True)
class Size:
    """How large a trial is."""

    workers: int
    shards: int
    hosts: int
    articles: int
    """Of each host in the end."""
    kills: int
    stops: int
    """Times that PostgreSQL is stopped."""
    pushes: int
    """Times that pushes of all shards are queued, before one more in the end."""
    pace: float
    """By how much the waits of the queue are shorter than a user's: its lease is 60 s."""
    delay: float
    calm: float
    """Longest seconds between two blows."""


SHORT = Size(workers=2, shards=2, hosts=5, articles=3, kills=3, stops=1, pushes=2, pace=8, delay=0.4, calm=3)
FULL = Size(workers=3, shards=8, hosts=40, articles=8, kills=50, stops=5, pushes=20, pace=2, delay=1.0, calm=12)


class Papers(Fleet):
    """A fleet whose sources have feeds that grow, and some pictures at one host."""

    def __init__(self, folder: Path, server: PageServer, size: Size, database: str, remote: str) -> None:
        self.papers = [f"paper{number:02}.test" for number in range(size.hosts)]
        super().__init__(folder, server, size.shards, self.papers, database)
        self.environment = {**self.environment, "AWS_ACCESS_KEY_ID": ID, "AWS_SECRET_ACCESS_KEY": SECRET}
        text = (folder / "warcpress.toml").read_text()
        text = text.replace("delay = 0\n", f"delay = {size.delay}\n")
        text = re.sub(r'urls = \["http://(.*)/1"\]', r'feeds = ["http://\1/feed"]\nevery = "2s"', text)
        (folder / "warcpress.toml").write_text(text + remote)
        self._size, self.published = size, Counter[str]()
        server.answers.clear()
        for host in self.papers:
            self.publish(host)

    def publish(self, host: str) -> None:
        """Publish one more article of a paper. The first one of every third paper has a shared picture."""
        number = self.published[host] = self.published[host] + 1
        images = (f"http://{PICTURES}/{host}.png",) if number == 1 and self.papers.index(host) % 3 == 0 else ()
        self.server[f"{PICTURES}/{host}.png"] = PNG + host.encode()
        page = article(f"Number {number} of {host}", [f"Story {number} of {host}.", *TEXT], images=images)
        kind = {"Content-Type": "text/html"}
        self.server[f"{host}/{number}"] = Answer(page.encode(), headers=kind, wait=0.02)
        self.server[f"{host}/feed"] = feed(*(f"http://{host}/{one}" for one in range(1, number + 1)))

    def more(self, chance: random.Random, share: float) -> None:
        """Publish an article of a share of the papers, but not the last one of any.

        That is left for `all_out`, so that after the last kill each shard has a run that seals what was left open.
        """
        open_ones = [host for host in self.papers if self.published[host] < self._size.articles - 1]
        for host in chance.sample(open_ones, round(len(open_ones) * share)):
            self.publish(host)

    def all_out(self) -> None:
        """Publish all that is left."""
        for host in self.papers:
            while self.published[host] < self._size.articles:
                self.publish(host)

    def have_all_sealed(self) -> bool:
        """Whether each shard has a file that a push can put and remove."""
        return all((self.folder / f"data/shard-{number}/manifest.jsonl").exists() for number in self.shard.values())

    def here(self, *words: str) -> bytes:
        """Run a command in this process, which spares the start of another one; return what it prints."""
        out = io.TextIOWrapper(io.BytesIO())
        with chdir(self.folder), patch.dict(os.environ, self.environment), redirect_stdout(out):
            code = main(words)
        out.flush()
        printed = out.buffer.getvalue()
        assert code == 0, (words, code, printed)
        return printed

    def folders(self) -> list[Path]:
        """The data folders of the shards."""
        return sorted(self.folder.glob("data/shard-*"))

    def stored(self) -> Counter[str]:
        """The number of the newest version of each article, summed over all shards that have it."""
        versions: Counter[str] = Counter()
        for number in sorted(set(self.shard.values())):
            for line in self.here("list", "--shard", f"{number}/{self._size.shards}", "--json", "-").splitlines():
                row = json.loads(line)
                versions[row["url"]] += row["version"]
        return versions


def relatives() -> dict[int, list[int]]:
    """Children of all processes of this machine, by parent."""
    found: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = path.read_text("ascii", "replace").rpartition(") ")[2].split()[:2]
            if state not in "ZX":
                found.setdefault(int(parent), []).append(int(path.parent.name))
    return found


def descendants(process: int) -> list[int]:
    """All processes below one."""
    families = relatives()
    below = list(families.get(process, []))
    for one in below:
        below += families.get(one, [])
    return below


def within(seconds: float, happened: Callable[[], object], what: str) -> None:
    """Wait for something; fail and say what did not happen when it has not in time."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            pytest.fail(what, pytrace=False)
        time.sleep(0.1)


class Workers:
    """Workers that are started again when they are killed, as systemd does it."""

    def __init__(self, fleet: Papers, size: Size) -> None:
        self._fleet, self._pace = fleet, size.pace
        self.log = fleet.folder / "workers.log"
        self.running = [self._start() for _ in range(size.workers)]

    def _start(self) -> subprocess.Popen[bytes]:
        words = [sys.executable, str(HURRIED), str(self._pace), "worker", "--at-once", "2"]
        with self.log.open("ab") as log:
            return subprocess.Popen(words, cwd=self._fleet.folder, env=self._fleet.environment, stdout=log, stderr=log)

    def count(self, pattern: str) -> int:
        """How many lines of the workers have a pattern."""
        return len(re.findall(pattern, self.log.read_text(), re.MULTILINE))

    def are_running(self) -> bool:
        """Whether all of them live, which they do until they are killed."""
        codes = [worker.poll() for worker in self.running]
        assert set(codes) == {None}, codes
        return True

    def kill(self, chance: random.Random) -> None:
        """Kill a worker; what runs below it dies with it; start another one."""
        one = chance.choice(self.running)
        below = descendants(one.pid)
        one.kill()
        one.wait()
        within(
            20, lambda: not [pid for pid in below if state(pid) not in "ZX"], "what a killed worker ran dies with it"
        )
        self.running[self.running.index(one)] = self._start()

    def freeze(self, chance: random.Random) -> tuple[int, int]:
        """Freeze a worker and a run of it that holds the lock of its folder; return their processes."""
        frozen: list[tuple[int, int]] = []

        def one_is_frozen() -> bool:
            families = relatives()
            locks = [(path.read_text().split(), path.parent) for path in self._fleet.folder.glob("data/shard-*/.lock")]
            runs = {int(words[0]): folder for words, folder in locks if words}
            busy = [(one.pid, child) for one in self.running for child in families.get(one.pid, ()) if child in runs]
            if not busy:
                return False
            _worker, child = both = chance.choice(busy)
            send(signal.SIGSTOP, both)
            within(20, lambda: state(child) in "TZX", "a signal does not stop a process")
            if state(child) == "T" and Lock(runs[child]).held_elsewhere():
                frozen.append(both)
            else:  # it has given the lock back, and is about to end
                send(signal.SIGCONT, both)
            return bool(frozen)

        within(120, one_is_frozen, "no worker has a run")
        return frozen[0]

    def stop(self) -> None:
        """Stop all; each lets its runs finish."""
        for worker in self.running:
            worker.terminate()
        codes = [worker.wait(300) for worker in self.running]
        assert codes == [143] * len(codes), codes

    def end(self) -> None:
        """End what is left after a failure."""
        for worker in self.running:
            worker.kill()
            worker.wait()


def send(number: int, processes: Iterable[int]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def state(pid: int) -> str:
    """The letter of a process's state: T is stopped; X for one that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(") ")[2][0]
    except OSError:
        return "X"


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with Postgres() as running:
        yield running


@dataclass
class Store:
    """A bucket that keeps all versions of its objects, behind a proxy that spoils every second answer."""

    bucket: Bucket
    proxy: int = 0
    """Port of the proxy."""
    is_sound: bool = False
    """Whether the proxy passes all on as it is."""

    def fault(self, number: int, *_: str) -> str:
        return "" if self.is_sound or number % 2 == 0 else FAULTS[number // 2 % len(FAULTS)]

    def versions(self, shard: str) -> Counter[str]:
        """How many versions each object of a shard has; those that were deleted count too."""
        status, listed = self.bucket.request("GET", f"?versions&prefix=news/{shard}/")
        assert status == 200 and b"<IsTruncated>false" in listed
        return Counter(re.findall(r"<Key>news/([^<]+)</Key>", listed.decode()))


@pytest.fixture
def store() -> Iterator[Store]:
    with moto() as port:
        store = Store(Bucket(port, "fleet"))
        status, _body = store.bucket.request(
            "PUT", "?versioning", b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        )
        assert status == 200
        with spoiled(port, store.fault) as (store.proxy, _made):
            yield store


def trial(folder: Path, postgres: Postgres, store: Store, size: Size, seed: int) -> Papers:
    """Let a fleet suffer and recover; return it with what is to be seen in it."""
    chance = random.Random(seed)
    remote = REMOTE.format(bucket=store.bucket.name, port=store.proxy)
    with PageServer() as server:
        fleet = Papers(folder, server, size, postgres.url, remote)
        workers = Workers(fleet, size)
        try:
            within(300, lambda: workers.are_running() and fleet.have_all_sealed(), "not every shard begins")
            suffer(fleet, workers, postgres, size, chance)
            recover(fleet, workers, postgres, size)
        finally:
            workers.end()
            print(workers.log.read_text())  # noqa: T201 - shown when the test fails
        told = workers.log.read_text()
        assert "Traceback" not in told and not re.search(f"{PASSWORD}|{SECRET}", told), told
        store.is_sound = True
        for number in range(1, size.shards + 1):  # what was sealed after its shard's last push
            fleet.here("push", "--shard", f"{number}/{size.shards}")
        assert_polite(fleet, size.delay)
        assert_pushed_once(fleet, store)
        assert_whole(fleet, size)
    return fleet


def suffer(fleet: Papers, workers: Workers, postgres: Postgres, size: Size, chance: random.Random) -> None:
    """Kill workers, freeze one, stop PostgreSQL, and queue pushes, while pages appear."""
    blows = ["kill"] * size.kills + ["stop"] * size.stops + ["push"] * size.pushes
    chance.shuffle(blows)
    blows.insert(len(blows) // 2, "freeze")
    for blow in blows:
        time.sleep(chance.uniform(0.1, size.calm))
        fleet.more(chance, size.articles / len(blows))
        if blow == "kill":
            workers.kill(chance)
        elif blow == "stop":
            postgres.stop("immediate")
            time.sleep(chance.uniform(0.1, size.calm))
            postgres.start()
        elif blow == "push":
            fleet.here("enqueue", "push")
        else:
            freeze(workers, size, chance)


def freeze(workers: Workers, size: Size, chance: random.Random) -> None:
    """Freeze a worker and its run until another one has given it up, and has killed the run; thaw the worker."""
    _worker, child = both = workers.freeze(chance)
    killed = f": killed process {child}, which was stopped"
    try:
        within(240 / size.pace + 120, lambda: workers.count(killed), "a frozen run is not killed")
    finally:
        send(signal.SIGCONT, both)


def recover(fleet: Papers, workers: Workers, postgres: Postgres, size: Size) -> None:
    """Let the workers end what is left: all articles stored, and each queued push ended."""
    fleet.all_out()
    fleet.here("enqueue", "push")
    count = size.hosts * size.articles
    within(900 / size.pace + 120, lambda: len(fleet.posts()) == count, "not every article gets its post")
    pushes = (
        "SELECT count(*) FROM procrastinate_jobs "
        "WHERE status IN ('todo', 'doing') AND args->'command'->'words'->>0 = 'push'"
    )
    within(600 / size.pace + 120, lambda: postgres.rows(pushes) == [(0,)], "not every push ends")
    workers.stop()
    assert any(OnlyStored(folder).files() for folder in fleet.folders()), "no push has removed a file here"


def assert_whole(fleet: Papers, size: Size) -> None:
    """Each article is stored once, in one version, and is shown as it was sent, though it is only in the store.

    All audits are clean: of what is here, of what is only in the store, and of all that is there.
    """
    articles = {f"http://{host}/{number}": 1 for host in fleet.papers for number in range(1, size.articles + 1)}
    assert fleet.stored() == articles
    assert len(fleet.posts()) == len(articles)
    for url in articles:
        assert fleet.here("show", url, "--part", "page") == fleet.server.answers[url.removeprefix("http://")].body
    files = sum(len(Manifest(folder).sealed()) for folder in fleet.folders())
    for words, unread in (("audit", files), ("audit --sample 100%", 0)):
        *findings, last = map(json.loads, fleet.here(*words.split(), "--json", "-").splitlines())
        assert [found for found in findings if found["severity"] != "note"] == []
        assert (last["summary"]["files"], len(last["summary"]["not_read"])) == (files - unread, unread)
    for number in range(1, size.shards + 1):
        fleet.here("verify", "--remote", "--shard", f"{number}/{size.shards}")


def assert_polite(fleet: Papers, delay: float) -> None:
    """No host is asked by two at once or faster than its delay."""
    asked = sorted(fleet.server.asked, key=lambda one: one.at)
    for host in (*fleet.papers, PICTURES):
        of_host = [one for one in asked if one.host == host]
        for one, later in pairwise(of_host):
            assert later.at - one.at >= delay - SLACK, (host, one, later)
            assert later.at >= one.ended > 0, (host, one, later)
    assert any(one.host == PICTURES for one in asked)


def assert_pushed_once(fleet: Papers, store: Store) -> None:
    """Each object was put once, and every sealed file is there with its sha256; so all of them are removed here.

    What is there in the end was there before it was removed here, since nothing else had these bytes.
    """
    for folder in fleet.folders():
        shard, manifest = folder.name, Manifest(folder)
        versions = store.versions(shard)
        assert set(versions.values()) == {1}, versions
        sealed = {f"{shard}/warc/{name}": entry.sha256 for name, entry in manifest.sealed().items()}
        ever = {f"{shard}/warc/{entry.file}" for entry in manifest.entries()}  # with the parts of merged files
        assert sealed.keys() <= {key for key in versions if "/warc/" in key} <= ever
        for key, sha256 in sealed.items():
            status, content = store.bucket.request("GET", f"news/{key}")
            assert (status, hashlib.sha256(content).hexdigest()) == (200, sha256), key
    assert [path for path in fleet.folder.glob("data/*/warc/*") if path.suffix != ".torn"] == []


def test_a_fleet_under_every_fault_at_once(tmp_path: Path, postgres: Postgres, store: Store) -> None:
    trial(tmp_path, postgres, store, SHORT, seed=23)


@pytest.mark.torture
@pytest.mark.parametrize("seed", [1])
def test_a_large_fleet_under_fifty_kills(memory_path: Path, postgres: Postgres, store: Store, seed: int) -> None:
    fleet = trial(memory_path, postgres, store, FULL, seed)
    code, lines = fleet.run("worker", "--local", "2", "audit")
    assert code == 0 and len(lines) == FULL.shards, lines
