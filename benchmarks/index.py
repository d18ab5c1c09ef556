"""Measure the CDXJ index of a year and of ten million captures: `python benchmarks/index.py FOLDER [RUNS] [LINES…]`.

Adds RUNS files (default 17,500: half-hourly for a year) of 40 captures each, and prints the cost and the number of
index files; then looks up random URLs in one sorted file of LINES lines (default 1,000,000 and 10,000,000). FOLDER must
be empty; it takes 400 bytes per line.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.index.index import Index
from archive.warc.exchange import Capture

START = datetime(2026, 1, 1, tzinfo=UTC)
PER_RUN = 40
LOOKUPS = 2000


def captures(number: int, file: str) -> Iterator[Capture]:
    """Make the captures of a run: the front page, three sections, and new articles."""
    for n in range(PER_RUN):
        path = ("", "politics", "economy", "world")[n] if n < 4 else f"politics/{number:06d}_{n:03d}.shtml"
        yield Capture(
            record_id=f"<urn:uuid:{number:08x}-{n:04x}-4000-8000-{number * n:012x}>",
            kind="response",
            url=f"https://www.news.example/{path}",
            date=START + number * timedelta(minutes=30) + n * timedelta(microseconds=1_234_567),
            file=file,
            offset=n * 12_345,
            length=12_345,
            status=200,
            mime="text/html",
            payload_digest=f"sha256:{number:032x}{n:032x}",
        )


def additions(folder: Path, runs: int) -> None:
    index = Index(folder)
    start, cpu, most = time.perf_counter(), time.process_time(), 0
    slowest = 0.0
    for number in range(runs):
        file = f"bench-{number:06d}.warc.gz"
        began = time.perf_counter()
        index.add_file(captures(number, file), file)
        slowest = max(slowest, time.perf_counter() - began)
        most = max(most, sum(1 for _ in index.folder.glob("*.cdxj")))
    sizes = sorted((path.stat().st_size for path in index.folder.glob("*.cdxj")), reverse=True)
    took, used = time.perf_counter() - start, time.process_time() - cpu
    print(  # noqa: T201
        f"{runs} additions, {runs * PER_RUN} lines: {took:.1f} s, {used:.1f} s CPU, slowest {slowest:.2f} s; "
        f"at most {most} files, now {len(sizes)}: {sizes}"
    )
    url = "https://www.news.example/politics"
    middle = START + runs // 2 * timedelta(minutes=30)
    timed(f"  latest of {runs} captures of one URL, half a year back", lambda _: index.latest(url, middle))


def lookups(folder: Path, lines: int) -> None:
    index = Index(folder)
    index.folder.mkdir(parents=True)
    with (index.folder / "00000001-00000001.cdxj").open("w", encoding="ascii") as out:
        for n in range(lines):
            out.write(
                f"example,news)/politics/{n:09d}.shtml 20260101000000 "
                '{"date": "2026-01-01T00:00:00.000000Z", '
                f'"url": "https://www.news.example/politics/{n:09d}.shtml", "mime": "text/html", "status": "200", '
                f'"digest": "sha256:{n:064x}", "length": "12345", "offset": "{n}", '
                f'"filename": "bench.warc.gz", "id": "<urn:uuid:{n:036x}>"}}\n'
            )
    numbers = random.Random(lines)
    timed(
        f"{lines} lines",
        lambda _: index.latest(f"https://www.news.example/politics/{numbers.randrange(lines):09d}.shtml"),
    )


def timed(what: str, call: Callable[[int], object]) -> None:
    times = []
    for n in range(LOOKUPS):
        start = time.perf_counter()
        assert call(n) is not None
        times.append(time.perf_counter() - start)
    times.sort()
    print(  # noqa: T201
        f"{what}: median {times[LOOKUPS // 2] * 1e3:.2f} ms, 99 % below {times[LOOKUPS * 99 // 100] * 1e3:.2f} ms;"
        f" peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB"
    )


def main(arguments: list[str]) -> None:
    folder, runs, *lines = Path(arguments[0]), *map(int, arguments[1:] or ["17500", "1000000", "10000000"])
    additions(folder / "additions", runs)
    for count in lines:
        lookups(folder / str(count), count)


if __name__ == "__main__":
    main(sys.argv[1:])
