"""Imports go one way, as docs/architecture.md lists it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

FORBIDDEN = {
    # who (module or package) → the libraries and packages that it may not import
    "archive": ("crawler", "scrapy", "twisted", "lxml", "trafilatura"),
    "crawler.items": ("archive", "scrapy"),
    "crawler.errors": ("archive", "scrapy", "twisted"),
    "crawler.urls": ("archive", "scrapy", "twisted"),
    "crawler.extractors": ("archive", "scrapy", "twisted", "requests", "urllib.request", "http.client", "sqlite3"),
    "crawler.posts.frontmatter": ("archive", "scrapy", "twisted"),
    "crawler.posts.versions": ("archive", "scrapy", "twisted", "sqlite3"),
    "crawler.store": ("scrapy", "twisted"),
    "crawler.discovery": ("archive", "scrapy", "twisted"),
    "crawler.from_warc": ("scrapy", "twisted"),
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


def floors() -> dict[str, list[list[str]]]:
    """Package → its rows of names, the highest first, as docs/architecture.md lists them."""
    table = (ROOT / "docs/architecture.md").read_text("utf-8").partition("## Who may import whom")[2].split("```")[1]
    found: dict[str, list[list[str]]] = {}
    package = ""
    for line in filter(None, table.splitlines()):
        if line.startswith(" "):
            found[package].append([name.strip() for name in line.split(" · ")])
        else:
            package = line
            found[package] = []
    return found


@pytest.mark.parametrize("package", floors())
def test_files_and_folders_of_a_package_import_only_what_is_below_them(package: str) -> None:
    rows = floors()[package]
    height = {name: -number for number, row in enumerate(rows) for name in row}
    depth = package.count(".") + 1
    upward, seen = [], set()
    for name, path in modules():
        if not below(name, package) or name == package:
            continue
        place = name.split(".")[depth]
        seen.add(place)
        for target in imported(name, path):
            other = target.split(".")[depth] if below(target, package) and target != package else place
            if other in height and other != place and height[other] >= height.get(place, 1):
                upward.append(f"{name} imports {target}")
    assert upward == []
    unlisted = seen - set(height) - {"__main__", "demo"}  # the demo is a whole of its own, on top of everything
    assert unlisted == set() and set(height) <= seen


def test_no_file_outgrows_its_noun() -> None:
    """No file has more than 350 lines."""
    assert [str(path) for _, path in modules() if len(path.read_text("utf-8").splitlines()) > 350] == []


SERVERS = (
    *("http.server", "socketserver", "wsgiref", "xmlrpc.server", "aiohttp.web", "flask", "twisted.web.server"),
    *("uvicorn", "starlette"),
)
SERVING = ("crawler.demo", "crawler.serve")
"""The demo serves its own pages; `warcpress serve` serves posts, and what was captured only without scripts."""


def test_U1_nothing_else_of_ours_serves() -> None:
    """Only the demo and `warcpress serve` answer requests.

    Replay runs other people's scripts, so it is left to other tools on another origin (docs/replay.md).
    """
    found = [
        f"{name} imports {target}"
        for name, path in modules()
        if not any(below(name, place) for place in SERVING)
        for target in imported(name, path)
        for server in SERVERS
        if below(target, server)
    ]
    assert not found
    listens = re.compile(r"\b(?:listen(?:TCP|SSL|UNIX)|start_server|create_server|HTTPServer)\b")
    assert not [
        name
        for name, path in modules()
        if not any(below(name, place) for place in SERVING) and listens.search(path.read_text("utf-8"))
    ]
    replay = (ROOT / "docs/replay.md").read_text("utf-8")
    assert "another host name" in replay and "sandbox" in replay and "cookies" in replay
