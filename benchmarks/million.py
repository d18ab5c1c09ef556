"""Measure commands and hot statements beside a million held articles: CPU, memory and rows that are read come out.

    python benchmarks/million.py FOLDER [--articles 1000000] [--files 2000] [--sources 100]      4 GB, made once

The archive has `--files` small sealed WARC files, written by the archive's writer without fsync, with the articles that
`history` shows. The rows of the others are made by SQL: four captures, three pictures and one or two versions each.
Cold: without the databases in the page cache. The modules are compiled beforehand, as pip does when it installs them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from archive import ArchiveWriter, Disk, Exchange
from crawler.clock import utc_now
from crawler.items import Candidate
from crawler.posts.conversion import CONTENT_TYPE, digest_of
from crawler.store.catalogue import Catalogue
from crawler.store.catalogue_tables import COUNTED
from crawler.store.data_folder import Layout
from crawler.store.frontier import Frontier
from crawler.store.stored_version import Version

DUE = 100_000
FOLLOWED = (10, 1_000, 5_000)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
HEAD = "[crawl]\n[limits]\nretries = 0\n[archive]\nmerge_below = 0\n"
SOURCE = '[[source]]\nname = "s{0}"\nfeeds = ["http://127.0.0.1:9/{0}"]\n'
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :articles)"
MIXED = "i * 2654435761 % 4294967296"
URL = "printf('https://news.example/2026/11/%08d.html', i)"
PICTURE = "printf('https://news.example/pictures/%08d-%d.jpg', i, part)"
SOURCE_OF = "'s' || (i % :sources)"
VERSION = f"printf('<urn:uuid:%08x-000%d-4000-8000-000000000000>', {MIXED}, number)"
CAPTURE = f"printf('<urn:uuid:%08x-111%d-4000-8000-000000000000>', {MIXED}, part)"
DIGEST = f"printf('sha256:%056x%08d', {MIXED}, part)"
PATH = "printf('s%d/2026/%02d/%02d-article-%08d.md', i % :sources, i % 12 + 1, i % 28 + 1, i)"
FILE = "(SELECT name FROM names WHERE place = i % :files)"
DATE = "strftime('%Y-%m-%dT%H:%M:%S.000000Z', 1767225600 + i * 30, 'unixepoch')"
PARTS = "(SELECT value AS part FROM json_each(:parts)) JOIN n"
PICTURES = PARTS.replace("(:parts)", "(:parts) WHERE value > 0")
VERSIONS = "n JOIN (SELECT 1 AS number UNION SELECT 2) ON number = 1 OR i % 20 = 0"
ROWS = {
    "captures": f"""(record_id, kind, url, date, file, "offset", length, status, mime, payload_digest)
        SELECT {CAPTURE} AS id, 'response', iif(part, {PICTURE}, {URL}), {DATE}, {FILE}, i % 1000 * 20000, 20000, 200,
        iif(part, 'image/jpeg', 'text/html'), {DIGEST} FROM {PARTS} ORDER BY id""",
    "posts": f"(canonical_url, path, key) SELECT {URL}, {PATH}, {PATH} FROM n",
    "versions": f"""(record_id, canonical_url, number, source, converted, title, published, digest, extractor, file,
        "offset", length, shown, captured, path, date)
        SELECT {VERSION} AS id, {URL}, number, {SOURCE_OF}, {DATE}, 'Article number ' || i || ' about the harvest',
        {DATE}, printf('sha256:%064x', {MIXED}), 'warcpress', {FILE}, i % 1000 * 20000, 8000, 1, {DATE}, {PATH}, {DATE}
        FROM {VERSIONS} ORDER BY id""",
    "pages": f"""(version, position, capture)
        SELECT {VERSION} AS id, 0, {CAPTURE} FROM {VERSIONS} JOIN (SELECT 0 AS part) ORDER BY id""",
    "images": f"""(version, position, url, capture, digest) SELECT {VERSION} AS id, part, {PICTURE}, {CAPTURE}, {DIGEST}
        FROM {PICTURES} JOIN (SELECT 1 AS number) ORDER BY id, part""",
    "states": f"""(record_id, canonical_url, number, state, reason, text, capture, date, file, "offset", length)
        SELECT {CAPTURE}, {URL}, 1, iif(i % 100, 'suspect', 'withdrawn'), 'http-404', '', {CAPTURE}, {DATE}, {FILE}, 0,
        9 FROM n JOIN (SELECT 9 AS part) WHERE i % 50 = 0""",
}
ARTICLES = f"""(url, fetch_url, source, section, via, discovered, next_look, looks, etag, last_modified, failures,
    failure, failure_text, state, held, tried, looked) SELECT {URL}, {URL}, {SOURCE_OF}, '', '', :now,
    iif(i % 10, NULL, :now + 86400), 3, '', '', 0, '', '', 'unchanged', 1, :now - 86400, :now - 86400 FROM n"""
CAPTURES = """UPDATE files SET captures = 9 * counted.number / 4
    FROM (SELECT file, count(*) AS number FROM captures GROUP BY file) AS counted WHERE counted.file = files.name"""
LOOK_AGAIN = "UPDATE articles SET next_look = 1000000000 + rowid % 1000 WHERE rowid / 100 % ? = 0"


class Unsynced(Disk):
    """Leaves the syncing to the system, because the whole folder can be made again."""

    def fsync(self, handle: int) -> None:
        pass

    def fsync_folder(self, folder: Path) -> None:
        pass


# -- making the archive


def fill(folder: Path, articles: int, pictures: int, files: int, sources: int) -> None:
    """Make the configuration and a data folder with that many articles, each with that many pictures."""
    names = [f"s{number}" for number in range(sources)]
    (folder / "warcpress.toml").write_text(HEAD + "".join(SOURCE.format(number) for number in range(sources)))
    layout = Layout(folder / "data")
    layout.prepare()
    with closing(Catalogue(layout.catalogue)) as catalogue, closing(Frontier(layout.frontier, utc_now, names)):
        real = seal(layout, catalogue, files)
    subprocess.run([sys.executable, "-m", "crawler.cli", "crawl"], cwd=folder, capture_output=True, check=False)
    now = utc_now().timestamp()
    numbers = {"first": real, "articles": articles, "files": files, "sources": sources, "now": now}
    values: dict[str, float | str] = {**numbers, "parts": json.dumps(list(range(pictures + 1)))}
    insert(layout.catalogue, ROWS, values, sorted(path.name for path in layout.warc.iterdir()))
    with closing(sqlite3.connect(layout.catalogue)) as database:
        database.execute(CAPTURES)
        for table in COUNTED:
            database.execute(f"UPDATE counts SET number = (SELECT count(*) FROM {table}) WHERE name = '{table}'")
        database.commit()
    insert(layout.frontier, {"articles": ARTICLES}, values, [])
    with closing(sqlite3.connect(layout.frontier)) as database:
        entry = "(?1, replace('http://127.0.0.1:9/#', '#', substr(?1, 2)), '', ?2, '', '', 0, ?2)"
        database.executemany(f"INSERT OR REPLACE INTO entries VALUES {entry}", [(name, now) for name in names])
        database.commit()


def seal(layout: Layout, catalogue: Catalogue, files: int) -> int:
    """Write the sealed files, each with a capture or the version that was made of it; return how many articles."""
    ticks = iter(range(10 * files))
    captures, versions = [], []
    writer = ArchiveWriter(
        layout.root, rollover_bytes=1, clock=lambda: BEGIN + timedelta(minutes=next(ticks)), disk=Unsynced()
    )
    with writer:
        for number in range(files // 2):
            url, body = f"https://news.example/2026/11/{number:08}.html", f"<p>Article {number}</p>".encode()
            answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            asked = b"GET / HTTP/1.1\r\nHost: news.example\r\n\r\n"
            capture = writer.write(Exchange(url, "GET", BEGIN, asked, BytesIO(answer), "192.0.2.1"))
            text = f"---\ntitle: Article {number}\ndate: 2026-11-01 00:00:00\n---\n\n<p>Article {number}</p>\n"
            record = writer.write_conversion(capture, text.encode(), CONTENT_TYPE)
            captures.append(capture)
            versions.append(version(number, url, text, capture.record_id, record.record_id, record.file, record.offset))
    catalogue.store(captures, versions)
    catalogue.mark_shown(one.record_id for one in versions)
    catalogue.knows(path.name for path in layout.warc.iterdir())
    return len(versions)


def version(number: int, url: str, text: str, page: str, record_id: str, file: str, offset: int) -> Version:
    return Version(
        record_id=record_id,
        canonical_url=url,
        number=1,
        captured=BEGIN,
        converted=BEGIN,
        title=f"Article {number}",
        published=BEGIN,
        updated=None,
        dated=None,
        digest=digest_of(text.encode()),
        extractor="warcpress",
        file=file,
        offset=offset,
        length=1,
        source="s0",
        path=f"s0/{number:08}.md",
        pages=(page,),
        images=(),
    )


def insert(path: Path, tables: dict[str, str], values: Mapping[str, float | str], names: list[str]) -> None:
    """Add rows to tables; their indexes are made afterwards, which is faster."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-500000; BEGIN;")
        database.execute("CREATE TEMP TABLE names (place INTEGER PRIMARY KEY, name TEXT)")
        database.executemany("INSERT INTO names VALUES (?, ?)", enumerate(names))
        indexes = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > ''").fetchall()
        for name, _ in indexes:
            database.execute(f"DROP INDEX {name}")
        for table, columns in tables.items():
            database.execute(f"INSERT INTO {table} " + columns.replace("SELECT", f"{NUMBERS} SELECT", 1), values)
        for _, statement in indexes:
            database.execute(statement)
        database.execute("COMMIT")


# -- measuring


@dataclass(frozen=True)
class Cost:
    """The cost of one command."""

    cpu: float
    seconds: float
    peak: int
    """Bytes."""
    said: str
    """The end of its last line."""


def forget(layout: Layout) -> None:
    """Drop the databases from the page cache."""
    for path in (layout.catalogue, layout.frontier):
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)


def cost(folder: Path, *command: str, lines: int = 0) -> Cost:
    """Run a command, and stop it after so many lines; 0 = run it to its end."""
    compiled = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    begun = time.perf_counter()
    with (folder / "said").open("w+") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "crawler.cli", *command],
            cwd=folder,
            env=compiled,
            stdout=subprocess.PIPE if lines else said,
            stderr=said,
            text=True,
        )
        first = ""
        if process.stdout is not None:
            first, *_ = [process.stdout.readline() for _ in range(lines)]
            process.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        last = first.strip() or said.read().strip().rpartition("\n")[2]
    seconds = time.perf_counter() - begun
    return Cost(usage.ru_utime + usage.ru_stime, seconds, usage.ru_maxrss * 1024, last[-60:])


def commands(folder: Path, layout: Layout) -> None:
    """Print what each command costs: cold, then the least of two runs."""
    asked: list[tuple[int, tuple[str, ...]]] = [
        (0, ("crawl", "--due")),
        (0, ("status",)),
        (10, ("list",)),
        (10, ("list", "--source", "s7")),
        (10, ("list", "--since", "2026-03-01", "--until", "2026-03-02")),
        (10, ("list", "--changed")),
        (10, ("list", "--withdrawn")),
        (10, ("list", "--title", "number 12345 ")),
        (10, ("list", "--json", "-")),
        (2, ("history", "https://news.example/2026/11/00000007.html")),
    ]
    for lines, command in asked:
        cost(folder, *command, lines=1 if lines else 0)  # compiles the modules
        forget(layout)
        cold, *warm = (cost(folder, *command, lines=lines) for _ in range(3))
        least = min(warm, key=lambda one: one.cpu)
        told = f"{cold.cpu:6.2f} s cold {least.cpu:6.2f} s warm {least.peak / 2**20:5.0f} MB"
        print(f"{' '.join(command)[:52]:52} {told}  {least.said}")  # noqa: T201


def start(folder: Path) -> None:
    """Print what a run that reads one source which does not answer costs, here and in an empty folder."""
    empty = folder / "empty"
    shutil.rmtree(empty, ignore_errors=True)
    empty.mkdir()
    shutil.copy(folder / "warcpress.toml", empty)
    pairs = [(cost(empty, "crawl", "s0"), cost(folder, "crawl", "s0")) for _ in range(4)][1:]
    without, held = (min(costs, key=lambda one: one.cpu) for costs in zip(*pairs, strict=True))
    told = f"{held.cpu:6.2f} s {held.peak / 2**20:5.0f} MB, in an empty folder {without.cpu:6.2f} s"
    print(f"{'a run whose source does not answer':52} {told} {without.peak / 2**20:5.0f} MB")  # noqa: T201


def per_call(action: Callable[[], object], times: int = 20) -> float:
    """CPU seconds of one call, the least of three rounds."""
    action()
    rounds = []
    for _ in range(3):
        begun = time.process_time()
        for _ in range(times):
            action()
        rounds.append((time.process_time() - begun) / times)
    return min(rounds)


def merge(catalogue: Catalogue, layout: Layout) -> None:
    """Let the rows of a file lead into a merged one, and back."""
    name = min(path.name for path in layout.warc.iterdir())
    for file, part in (("merged.warc.gz", name), (name, "merged.warc.gz")):
        catalogue.move(file, {part: 0})
        catalogue.knows([file])


def statements(folder: Path, layout: Layout, articles: int, sources: int) -> None:
    """Print what the hot statements cost, with 100,000 visits due."""
    with closing(Catalogue(layout.catalogue)) as catalogue:
        print(f"{'newest versions that are not shown':52} {1000 * per_call(catalogue.not_shown):6.2f} ms")  # noqa: T201
        print(f"{'names of the sealed files':52} {1000 * per_call(catalogue.files):6.2f} ms")  # noqa: T201
        spent = per_call(lambda: merge(catalogue, layout), 1)
        print(f"{'the rows of a merged file, and back':52} {1000 * spent:6.2f} ms")  # noqa: T201
    copy = folder / "due.sqlite"
    shutil.copy(layout.frontier, copy)
    with closing(sqlite3.connect(copy)) as database:
        database.execute(LOOK_AGAIN, (max(articles // DUE, 1),))
        database.commit()
    names = [f"s{number}" for number in range(sources)]
    with closing(Frontier(copy, utc_now, names)) as frontier:
        under_way = {visit.article for visit in frontier.due(names, 64)}
        for which in (names, names[:1]):
            spent = per_call(lambda: frontier.due(which, 64, under_way))  # noqa: B023 - called at once
            print(f"{f'64 of {DUE:,} due visits, {len(which)} sources':52} {1000 * spent:6.2f} ms")  # noqa: T201
        spent = per_call(lambda: frontier.count_due(names), 3)
        print(f"{'count of the due visits':52} {1000 * spent:6.2f} ms")  # noqa: T201
    for followed in FOLLOWED:
        with closing(Frontier(copy, utc_now, [f"s{number}" for number in range(followed)])) as frontier:
            new = (Candidate(f"https://news.example/{followed}/{number}", "s1") for number in range(10**6))
            known = Candidate("https://news.example/2026/11/00500000.html", "s1")
            first, again = (per_call(lambda: frontier.add([next(new)])), per_call(lambda: frontier.add([known])))  # noqa: B023
            told = f"{1000 * first:6.2f} ms new, {1000 * again:.2f} ms known"
            print(f"{f'a candidate, {followed:,} sources followed':52} {told}")  # noqa: T201


def prepared(description: str | None, fill: Callable[..., None], **numbers: int) -> tuple[Path, dict[str, int]]:
    """Read FOLDER and the numbers, each an option, from the command line; fill the folder with them when it is new."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    options = vars(parser.parse_args())
    folder: Path = options.pop("folder").resolve()
    if not (folder / "data").exists():
        folder.mkdir(parents=True, exist_ok=True)
        begun = time.process_time()
        fill(folder, **options)
        print(f"made in {time.process_time() - begun:.0f} s of CPU", flush=True)  # noqa: T201
        os.execv(sys.executable, [sys.executable, *sys.argv])  # the peak of a child is at least what this process has
    return folder, options


def main() -> None:
    folder, numbers = prepared(__doc__, fill, articles=1_000_000, pictures=3, files=2_000, sources=100)
    layout = Layout(folder / "data")
    with closing(Catalogue(layout.catalogue, read_only=True)) as catalogue:
        print(", ".join(f"{count:,} {table}" for table, count in catalogue.count().items()))  # noqa: T201
    size = sum(path.stat().st_size for path in (layout.catalogue, layout.frontier))
    print(f"databases of {size / 1e6:,.0f} MB")  # noqa: T201
    commands(folder, layout)
    start(folder)
    statements(folder, layout, numbers["articles"], numbers["sources"])


if __name__ == "__main__":
    main()
