"""Commands that are called often import only what they use, because imports slow down each start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from holding import BRIDGE

HEAVY = (
    *("scrapy", "twisted", "lxml", "trafilatura", "requests", "cryptography", "sqlalchemy", "nh3"),
    *("procrastinate", "psycopg"),
    *("archive.audit", "archive.write", "archive.wacz", "crawler.capture", "crawler.extractors", "crawler.sandbox"),
)
PROGRAM = """
import sys
from crawler.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
sys.stderr.write("\\n".join(sys.modules))
"""
ONE_PAGE = """[crawl]
allow_private = ["127.0.0.0/8"]
allow_ports = [9]

[limits]
retries = 0

[[source]]
name = "closed"
urls = ["http://127.0.0.1:9/"]
"""
"""A configuration whose only page is on a port that refuses connections."""


def imported(*words: str) -> set[str]:
    """Return the names of all modules that a command imported; its output is not a terminal."""
    command = [sys.executable, "-c", PROGRAM, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return set(done.stderr.splitlines())


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_neither_stores_nor_heavy_modules(option: str) -> None:
    found = imported(option)
    assert found & {*HEAVY, "pydantic", "sqlite3", "rich", "crawler.config", "crawler.store"} == set()
    assert len([name for name in found if name.startswith(("archive.", "crawler."))]) <= 8


def test_list_imports_neither_scrapy_nor_the_audit_nor_rich(holding) -> None:
    found = imported("list")
    assert found & {*HEAVY, "rich"} == set()
    assert "crawler.store.catalogue" in found


def test_search_imports_neither_scrapy_nor_the_extractors_nor_rich(holding) -> None:
    found = imported("search", "bridge")
    assert found & {"scrapy", "twisted", "trafilatura", "requests", "archive.audit", "rich"} == set()
    assert {"crawler.extractors.generic", "crawler.extractors.dates"} & found == set()


def test_show_and_history_import_neither_scrapy_nor_the_audit(holding) -> None:
    assert imported("show", BRIDGE) & {"scrapy", "twisted", "trafilatura", "requests", "archive.audit"} == set()


def test_a_worker_without_postgresql_imports_no_scrapy_and_no_queue(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("warcpress.toml").write_text("[fleet]\nshards = 1\n" + ONE_PAGE, "utf-8")
    found = imported("worker", "--local", "1", "--once", "-q")
    assert "crawler.fleet.worker" in found and found & {*HEAVY, "rich", "crawler.fleet.queue"} == set()


@pytest.mark.parametrize("command", ["crawl", "refetch"])
def test_the_help_of_a_run_imports_neither_scrapy_nor_the_extractors(command: str) -> None:
    assert imported(command, "--help") & {"scrapy", "twisted", "trafilatura", "requests", "archive.audit"} == set()


def test_a_crawl_leaves_the_extractors_to_its_children_and_imports_no_audit(tmp_path, monkeypatch) -> None:
    """The run goes to its end; the middlewares, the pipelines and the page of the run are imported on the way."""
    monkeypatch.chdir(tmp_path)
    Path("warcpress.toml").write_text(ONE_PAGE, "utf-8")
    found = imported("crawl", "-v")
    assert {"scrapy", "crawler.pipelines.images", "crawler.fetching.robots", "crawler.run.report_page"} <= found
    assert found & {"crawler.extractors.generic", "crawler.extractors.dates", "trafilatura", "htmldate"} == set()
    assert found & {"archive.audit", "archive.wacz.pack"} == set()
    assert found & {"rich", "requests", "rfc3161_client", "prometheus_client", "warcio", "pydantic"} == set()
    assert found & {"scrapy.core.downloader.contextfactory", "twisted.web.client", "aiohttp"} == set()  # 0.1 s


SETTLED = """
import gc, sys
from crawler.cli import main
from crawler.sandbox.forkserver import ForkServer

def started(server, start=ForkServer._start):
    print("scrapy" in sys.modules, "trafilatura" in sys.modules)
    start(server)

ForkServer._start = started
main(sys.argv[1:])
print(gc.isenabled(), gc.get_freeze_count() > 50_000, gc.get_threshold()[0] > 10_000)
"""


@pytest.mark.parametrize("words", [("crawl",), ("refetch", "http://127.0.0.1:9/")])
def test_the_fork_server_starts_before_scrapy_is_imported_and_the_loaded_modules_are_frozen(
    words: tuple[str, ...], tmp_path
) -> None:
    (tmp_path / "warcpress.toml").write_text(ONE_PAGE, "utf-8")
    command = [sys.executable, "-c", SETTLED, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path)
    assert done.stdout.split("\n")[0] == "False False"
    assert done.stdout.split("\n")[-2] == "True True True"
    assert "Traceback" not in done.stderr


def test_a_timers_run_without_pages_starts_no_fork_server(tmp_path) -> None:
    (tmp_path / "warcpress.toml").write_text(ONE_PAGE.replace("urls", "feeds"), "utf-8")
    command = [sys.executable, "-c", SETTLED, "crawl", "--due"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path)
    assert done.stdout == "True True True\n"
