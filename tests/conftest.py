"""Fixtures that several folders share.

Their servers are in `tests/servers`, attacks in `tests/hostile`, disks that fail in `tests/faults`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from certificates import Authority
from crawling import Crawled, Listed, crawl
from faulty import FaultyDisk

import crawler.settings

pytest.register_assert_rewrite("aftermath")  # its asserts say what differs, as those of a test do

FAILURES = Path(__file__).parent.parent / "build" / "torture-failures.txt"
"""Reports of long tests that failed, of all runs; `make clean` removes it."""
HAS_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Append a failure of `make torture` to a file at once: pytest shows it at the end, which may be hours away."""
    report = yield
    if report.failed:
        item.stash[HAS_FAILED] = True
        if item.get_closest_marker("torture"):
            FAILURES.parent.mkdir(exist_ok=True)
            with FAILURES.open("a") as file:
                file.write(f"{item.nodeid} ({report.when})\n{report.longreprtext}\n\n")
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest test: as the last one it would run while the other worker of `make test` has no more."""
    items.sort(key=lambda item: item.path.name != "test_year.py")


@pytest.fixture
def memory_path(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder in memory where the machine has one: for tests with thousands of fsyncs (4 ms each on a disk).

    After a failure `tmp_path`, which pytest keeps, has a copy.
    """
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir=memory, prefix="warcpress-") as folder:
        yield Path(folder)
        if request.node.stash.get(HAS_FAILED, False):
            shutil.copytree(folder, tmp_path / "memory", symlinks=True)


@pytest.fixture(scope="session")
def faulty_disk(tmp_path_factory: pytest.TempPathFactory) -> FaultyDisk:
    """What makes a command's disk fail."""
    return FaultyDisk(tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Signs the certificates of this session's servers; `authority.ca_file` is what clients trust."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def foreign(tmp_path: Path) -> Callable[..., Crawled]:
    """Crawls as somebody else's project does: the ADDONS line, Scrapy's own settings otherwise."""

    def run(requests: Any, **settings: Any) -> Crawled:
        own = {
            "ADDONS": {"crawler.capture.Capture": 100},
            "WARC_FOLDER": str(tmp_path / "archive"),
            "LOG_ENABLED": False,
        }
        return crawl(requests, {"TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False, **own, **settings})

    return run


@pytest.fixture
def ours(tmp_path: Path) -> Callable[..., Crawled]:
    """Crawl with the project's own settings, but loopback allowed, no delay, no fence and no robots.txt.

    `servers`: those whose ports are allowed.
    """

    def run(requests: Any, servers: Any = (), spider: type[Listed] = Listed, **settings: Any) -> Crawled:
        project = {name: value for name, value in vars(crawler.settings).items() if name.isupper()}
        own = {
            "WARC_FOLDER": str(tmp_path / "archive"),
            "ALLOW_PRIVATE": ["127.0.0.0/8"],
            "ALLOW_PORTS": [80, 443, *(server.port for server in servers)],
            "DOWNLOAD_DELAY": 0,
            "RETRY_BACKOFF": 0.01,
            "OBEY_ROBOTS": False,
            "FENCE_REQUIRED": False,
            "ITEM_PIPELINES": {},
            "SPIDER_MODULES": [],
            "LOG_ENABLED": False,
        }
        return crawl(requests, {**project, **own, **settings}, spider)

    return run
