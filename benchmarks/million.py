"""Measure commands beside a million held articles: rows made by SQL go in, CPU seconds of each command come out.

    python benchmarks/idle.py FOLDER [ROWS]        default: 1000000 articles, 3 GB

`crawl --due` finds nothing due; `list` is read up to its tenth line. Cold: without the files in the page cache. The
modules are compiled beforehand, as pip does when it installs them.
"""

from __future__ import annotations

import argparse
import os
import resource
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from crawler.clock import utc_now
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.frontier import Frontier

ROUNDS = 3
CONFIGURATION = '[crawl]\n[[source]]\nname = "herald"\nfeeds = ["http://127.0.0.1:9/feed"]\n'
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :rows)"
URL = "printf('https://news.example/2026/11/%08d.html', i)"
ID = "printf('<urn:uuid:%08x-0000-4000-8000-000000000000>', i * 2654435761 % 4294967296)"
CAPTURE = "printf('<urn:uuid:%08x-1111-4000-8000-000000000000>', i * 2654435761 % 4294967296)"
PATH = "printf('herald/2026/%02d/%02d-article-%08d.md', i % 12 + 1, i % 28 + 1, i)"
FILE = "printf('warcpress-20261128000000-%05d-archive.warc.gz', i / 1000)"
DATE = "'2026-11-28T00:00:00.000000Z'"
DIGEST = "printf('sha256:%064x', i * 2654435761 % 4294967296)"
ROWS = {
    "captures": f"""(record_id, kind, url, date, file, "offset", length, status, mime, payload_digest)
        SELECT {CAPTURE}, 'response', {URL}, {DATE}, {FILE}, i % 1000 * 20000, 20000, 200, 'text/html', {DIGEST}""",
    "posts": f"(canonical_url, path, key) SELECT {URL}, {PATH}, {PATH}",
    "versions": f"""(record_id, canonical_url, number, source, converted, title, published, digest, extractor, file,
        "offset", length, shown, captured, path)
        SELECT {ID}, {URL}, 1, 'herald', {DATE}, 'Article number ' || i || ' about the harvest', {DATE}, {DIGEST},
        'warcpress', {FILE}, i % 1000 * 20000, 8000, 1, {DATE}, {PATH}""",
    "pages": f"(version, position, capture) SELECT {ID}, 0, {CAPTURE}",
}
ARTICLES = f"""(url, fetch_url, source, section, via, discovered, next_look, looks, etag, last_modified, failures,
    failure, failure_text, state, held, tried, looked)
    SELECT {URL}, {URL}, 'herald', '', '', :now, iif(i % 10, NULL, :now + 86400),
    3, '', '', 0, '', '', 'unchanged', 1, :now - 86400, :now - 86400"""


def fill(folder: Path, rows: int) -> Layout:
    """Make the configuration and a data folder with that many articles."""
    layout = Layout(folder / "data")
    (folder / "warcpress.toml").write_text(CONFIGURATION)
    layout.prepare()
    Catalogue(layout.catalogue).close()
    frontier = Frontier(layout.frontier, utc_now, ["herald"])
    subprocess.run([sys.executable, "-m", "crawler.cli", "crawl"], cwd=folder, capture_output=True, check=False)
    frontier.close()
    values = {"rows": rows, "now": utc_now().timestamp()}
    for path, tables in ((layout.catalogue, ROWS), (layout.frontier, {"articles": ARTICLES})):
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA synchronous=OFF")
            for table, columns in tables.items():
                db.execute(f"INSERT INTO {table} " + columns.replace("SELECT", f"{NUMBERS} SELECT") + " FROM n", values)
            # The entry point counts as read now.
            if path == layout.frontier:
                entry = "('herald', 'http://127.0.0.1:9/feed', '', :now, '', '', 0, :now)"
                db.execute(f"INSERT OR REPLACE INTO entries VALUES {entry}", values)
            db.commit()
    return layout


def forget(layout: Layout) -> None:
    """Drop the databases from the page cache."""
    for path in (layout.catalogue, layout.frontier):
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)


def measure(folder: Path, lines: int | None, *command: str) -> tuple[float, float, str]:
    """Run a command, up to its line number `lines`; return CPU seconds, seconds and its last words."""
    compiled = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "crawler.cli", *command],
        cwd=folder,
        env=compiled,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for _ in range(lines or 0):
            process.stdout.readline()
        seconds = time.perf_counter() - begun
        process.stdout.close()
        said = process.stderr.read().decode()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, seconds if lines else time.perf_counter() - begun, said.strip().rpartition("\n")[2][:60]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("rows", nargs="?", type=int, default=1_000_000)
    options = parser.parse_args()
    if not (options.folder / "data").exists():
        options.folder.mkdir(parents=True, exist_ok=True)
        fill(options.folder, options.rows)
    layout = Layout(options.folder / "data")
    size = sum(path.stat().st_size for path in (layout.catalogue, layout.frontier))
    print(f"{options.rows:,} articles, databases of {size / 1e6:,.0f} MB")  # noqa: T201
    for name, lines, command in (("crawl --due", None, ("crawl", "--due")), ("list, ten lines", 10, ("list",))):
        measure(options.folder, lines, *command)  # compiles the modules
        for state in ("cold", "warm", "warm")[:ROUNDS]:
            if state == "cold":
                forget(layout)
            cpu, seconds, said = measure(options.folder, lines, *command)
            print(f"{name:16} {state}  {cpu:6.2f} s CPU  {seconds:6.2f} s  {said}")  # noqa: T201


if __name__ == "__main__":
    main()
