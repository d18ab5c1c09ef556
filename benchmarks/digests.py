"""Measure deduplication as an archive grows: synthetic rows go in, microseconds per lookup and addition come out.

    python benchmarks/digests.py FOLDER [ROWS …]        default: 10000 1000000 10000000

The databases go into FOLDER (1.1 GB at ten million rows per table), which should be on the kind of disk that an archive
would be on.
"""

from __future__ import annotations

import argparse
import hashlib
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from archive import Capture
from archive.index.digests import NAME, Digests

LOOKUPS = 5000
GROUP = 64
"""Captures of one group commit."""


def captures(count: int, name: str) -> Iterator[Capture]:
    for number in range(count):
        digest = hashlib.sha256(f"{name}{number}".encode()).hexdigest()
        yield Capture(
            record_id=f"<urn:uuid:{digest[:32]}>",
            kind="response",
            url=f"https://news.example/{digest[:20]}",
            date=datetime(2026, 11, 22, tzinfo=UTC),
            file="synthetic.warc.gz",
            offset=number * 20_000,
            length=20_000,
            status=200,
            mime="text/html",
            payload_digest=f"sha256:{digest}",
        )


def fill(folder: Path, rows: int) -> float:
    """Fill the tables with random keys in key order; return the seconds that it took."""
    with closing(Digests(folder)) as digests:
        digests.add(captures(1, "first"))
        digests.set_complete()
    start = time.perf_counter()
    with closing(sqlite3.connect(folder / "index" / NAME)) as db:
        db.execute("PRAGMA synchronous=OFF")
        for table in ("payloads", "targets", "records"):
            db.execute(
                f"INSERT OR IGNORE INTO {table} "
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                "SELECT randomblob(16), 1, i * 20000 FROM n ORDER BY 1",
                (rows,),
            )
            db.commit()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description="deduplication as the archive grows")
    parser.add_argument("folder", type=Path)
    parser.add_argument("rows", type=int, nargs="*", default=[10_000, 1_000_000, 10_000_000])
    args = parser.parse_args()
    sys.stdout.write(
        "rows per table | file MB | lookup, absent us | lookup, present us | add, per capture us | quick_check s\n"
    )
    for rows in args.rows:
        folder = args.folder / str(rows)
        fill(folder, rows)
        with closing(Digests(folder)) as digests:
            added = list(captures(GROUP * 40, "added"))
            start = time.perf_counter()
            for first in range(0, len(added), GROUP):
                digests.add(added[first : first + GROUP])
            adding = (time.perf_counter() - start) / len(added)
            start = time.perf_counter()
            assert not any(digests.payload(f"sha256:absent{number}") for number in range(LOOKUPS))
            absent = (time.perf_counter() - start) / LOOKUPS
            start = time.perf_counter()
            assert all(digests.payload(capture.payload_digest) for capture in added)
            present = (time.perf_counter() - start) / len(added)
            start = time.perf_counter()
            digests.check()
            checking = time.perf_counter() - start
        size = (folder / "index" / NAME).stat().st_size / 1e6
        times = f"{absent * 1e6:17.1f} | {present * 1e6:18.1f} | {adding * 1e6:19.1f} | {checking:.2f}"
        sys.stdout.write(f"{rows:14} | {size:7.0f} | {times}\n")


if __name__ == "__main__":
    main()
