"""Imports go one way (docs/architecture.md): the table of what is forbidden, held against the code."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

FORBIDDEN = {
    # who (module or package) → what it may not import
    "archive": ("crawler", "scrapy", "twisted", "sqlalchemy", "lxml", "trafilatura"),
    "crawler.items": ("crawler", "archive", "scrapy"),
    "crawler.errors": ("crawler", "archive", "scrapy", "twisted"),
    "crawler.urls": ("archive", "scrapy", "twisted", "crawler.config", "crawler.extractors", "crawler.fetching"),
    "crawler.extractors": (
        "archive",
        "scrapy",
        "twisted",
        "requests",
        "urllib.request",
        "http.client",
        "sqlalchemy",
        "crawler.cli",
        "crawler.config",
        "crawler.discovery",
        "crawler.fetching",
        "crawler.posts",
        "crawler.pipelines",
        "crawler.settings",
        "crawler.spiders",
        "crawler.store",
    ),
    "crawler.posts.frontmatter": (
        "archive",
        "scrapy",
        "twisted",
        "crawler.store",
        "crawler.fetching",
        "crawler.spiders",
    ),
    "crawler.store": ("scrapy", "twisted", "crawler.fetching", "crawler.pipelines", "crawler.spiders"),
    "crawler.discovery": ("archive", "scrapy", "twisted", "crawler.fetching", "crawler.pipelines", "crawler.spiders"),
    "crawler.from_warc": ("scrapy", "twisted", "crawler.fetching", "crawler.pipelines", "crawler.spiders"),
    "crawler.fetching": ("crawler.cli", "crawler.spiders", "crawler.pipelines", "crawler.store"),
    "crawler.pipelines": ("crawler.cli",),
    "crawler.spiders": ("crawler.cli",),
}


def modules() -> Iterator[tuple[str, Path]]:
    for package in ("archive", "crawler"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imported(name: str, path: Path) -> Iterator[str]:
    """Every module that a file imports at any depth, `from x import y` as x and x.y."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            whole = ".".join(filter(None, (base, node.module)))
            yield whole
            yield from (f"{whole}.{alias.name}" for alias in node.names)


def below(name: str, root: str) -> bool:
    return name == root or name.startswith(root + ".")


@pytest.mark.parametrize("who", FORBIDDEN)
def test_nothing_forbidden_is_imported(who: str) -> None:
    found = [
        f"{name} imports {target}"
        for name, path in modules()
        if below(name, who)
        for target in imported(name, path)
        for root in FORBIDDEN[who]
        if below(target, root) and not below(target, who)
    ]
    assert found == []


def test_only_the_archives_public_surface_is_used_outside() -> None:
    found = [
        f"{name} imports {target}"
        for name, path in modules()
        if below(name, "crawler")
        for target in imported(name, path)
        if below(target, "archive") and target.count(".") > 1
    ]
    assert found == []


@pytest.mark.parametrize("package", ["archive", "archive.audit", "crawler", "crawler.extractors"])
def test_files_and_folders_side_by_side_import_one_way(package: str) -> None:
    """A file or folder of a package never leads back to itself through the others. CycleError names the circle."""
    depth = package.count(".") + 2
    arrows = defaultdict(set)
    for name, path in modules():
        for target in imported(name, path):
            place, other = (".".join(whole.split(".")[:depth]) for whole in (name, target))
            if place != other and all(below(whole, package) and whole != package for whole in (place, other)):
                arrows[place].add(other)
    assert len(list(TopologicalSorter(arrows).static_order())) > 8


def test_no_file_outgrows_its_noun() -> None:
    """No file has more than 350 lines."""
    assert [str(path) for _, path in modules() if len(path.read_text("utf-8").splitlines()) > 350] == []


SERVERS = ("http.server", "socketserver", "wsgiref", "xmlrpc.server", "aiohttp.web", "flask", "twisted.web.server")


def test_U1_nothing_of_ours_serves_what_was_captured() -> None:
    """Replay runs other people's scripts: it is left to other tools on another origin (docs/replay.md). Only the demo
    serves, and what it serves is its own."""
    found = [
        f"{name} imports {target}"
        for name, path in modules()
        if not below(name, "crawler.demo")
        for target in imported(name, path)
        for server in SERVERS
        if below(target, server)
    ]
    assert not found
    listens = re.compile(r"\b(?:listen(?:TCP|SSL|UNIX)|start_server|create_server|HTTPServer)\b")
    assert not [
        name for name, path in modules() if not below(name, "crawler.demo") and listens.search(path.read_text("utf-8"))
    ]
    replay = (ROOT / "docs/replay.md").read_text("utf-8")
    assert "another host name" in replay and "sandbox" in replay and "cookies" in replay
