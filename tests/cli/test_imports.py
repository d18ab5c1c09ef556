"""Commands that are called often import only what they use, because imports slow down each start."""

from __future__ import annotations

import subprocess
import sys

import pytest
from holding import BRIDGE

HEAVY = (
    *("scrapy", "twisted", "lxml", "trafilatura", "requests", "cryptography", "sqlalchemy", "nh3"),
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


def imported(*words: str) -> set[str]:
    """Return the names of all modules that a command imported; its output is not a terminal."""
    command = [sys.executable, "-c", PROGRAM, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout
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


def test_show_and_history_import_neither_scrapy_nor_the_audit(holding) -> None:
    assert imported("show", BRIDGE) & {"scrapy", "twisted", "trafilatura", "requests", "archive.audit"} == set()


def test_a_crawl_leaves_the_extractors_to_its_children() -> None:
    program = "import sys, crawler.cli.process; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    found = set(done.stdout.split())
    assert found & {"crawler.extractors.generic", "crawler.extractors.dates", "trafilatura", "htmldate"} == set()
    assert "scrapy" in found
