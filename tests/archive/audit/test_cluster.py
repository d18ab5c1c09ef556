"""`audit --executor dask`: the report is that of this machine, whatever happens to the workers; or there is none."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
import test_archive
from test_archive import files
from test_controls import CONTROLS
from test_defects import DEFECTS, SOFT, flip
from wacztext import WARC, build, describe, parts
from warctext import NOW

from archive import StorageError, UsageError, audit_paths
from archive.audit.findings import Progress
from archive.audit.scanning import cluster
from archive.audit.scanning.cluster import packed, read_whole
from archive.audit.scanning.files import Target, read_file
from archive.cli import main

folder = test_archive.folder


class Dask:
    """A scheduler and two workers on loopback, each a process that can be killed."""

    def __init__(self, place: Path) -> None:
        pytest.importorskip("distributed", reason="`pip install distributed`")
        self._place, self._file = place, place / "scheduler.json"
        local = ("--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")
        self._scheduler = self._start("scheduler", *local, "--port", "0")
        self.workers = [self._start("worker", *local, "--nthreads", "1", "--no-nanny") for _ in range(2)]
        _wait(lambda: self._file.exists())
        self.address: str = json.loads(self._file.read_text())["address"]

    def _start(self, what: str, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--scheduler-file", str(self._file), *words]
        return subprocess.Popen(
            command, cwd=self._place, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def close(self) -> None:
        for process in (*self.workers, self._scheduler):
            process.kill()
            process.wait()


def _wait(happened: Callable[[], object]) -> None:
    for _ in range(1200):
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError("did not happen within a minute")


@pytest.fixture
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    running = Dask(tmp_path_factory.mktemp("dask"))
    yield running
    running.close()


@pytest.fixture
def paths(folder: Path, tmp_path: Path) -> list[Path]:
    """An archive with a damaged file, a package with a packed member, and a file for each defect and each habit."""
    damaged = files(folder)[0]
    damaged.write_bytes(flip(damaged.read_bytes(), damaged.stat().st_size // 2))
    loose = tmp_path / "loose"
    made = [(name, make()) for _check, name, make in DEFECTS.values()]
    made += [("x.warc.gz", make()) for make in (*CONTROLS.values(), *(one[-1] for one in SOFT.values()))]
    for number, (name, data) in enumerate(made):
        path = loose / str(number) / name
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
    return [folder, build(tmp_path / "packed.wacz", describe(parts()), deflated=(WARC,)), loose]


def report(paths: list[Path], address: str = "") -> list[str]:
    items = audit_paths(paths, clock=lambda: NOW, cluster=address)
    return [item.as_json() for item in items if not isinstance(item, Progress)]


def test_the_report_is_the_same_when_a_worker_is_killed(
    dask: Dask, paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the workers have another working folder
    paths = [path.relative_to(tmp_path) if path.is_relative_to(tmp_path) else path for path in paths]
    assert not all(path.is_absolute() for path in paths)
    here = report(paths)
    assert len(here) > 200 and '"check": 16' in "".join(here)
    assert report(paths, dask.address) == here
    dask.workers[0].send_signal(signal.SIGSTOP)  # it is given files, and reads none of them
    threading.Timer(1, dask.workers[0].kill).start()
    assert report(paths, dask.address) == here


def test_without_workers_there_is_no_report(
    dask: Dask, paths: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(cluster, "CONNECTION", 2)
    for worker in dask.workers:
        worker.send_signal(signal.SIGSTOP)
        threading.Timer(3, worker.kill).start()
    assert main(["audit", *map(str, paths), "--executor", f"dask={dask.address}", "--json", "-"]) == 4
    out, err = capsys.readouterr()
    assert "summary" not in out
    [line] = err.splitlines()
    assert f"the Dask cluster at {dask.address} does not answer, or has no worker" in line
    dask.close()
    with pytest.raises(StorageError, match="does not answer"):
        report(paths, dask.address)


def test_what_is_wrong_with_a_cluster_is_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [path, *_] = files(folder)
    target = Target(path, path.name, 1)
    [told] = [read_whole(target, NOW, "0.0.1")]
    assert isinstance(told, str) and told.endswith(", and this is 0.0.1: install the same")
    release = version("warcpress")
    told = read_whole(replace(target, path=path.parent / "missing"), NOW, release)
    assert isinstance(told, str)
    assert told.startswith("on a worker of the Dask cluster: ") and "can't be read: No such file" in told
    assert read_whole(target, NOW, release) == [packed(part) for part in read_file(target, NOW)]
    for wrong in ("ray", "dask", "dask=host:8786"):
        with pytest.raises(SystemExit, match="2"):
            main(["audit", str(path), "--executor", wrong])
        assert f"'{wrong}': write dask=ADDRESS, such as dask=tcp://10.0.0.7:8786" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(
        UsageError, match=r"distributed is not installed; `pip install 'warcpress\[dask\]'` installs it"
    ):
        report([path], "tcp://127.0.0.1:1")
