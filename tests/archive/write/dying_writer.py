"""A script that test_kill.py kills: it writes exchanges without end into a folder and prints each stored capture.

One line for each capture that `commit` has returned: record id, target URI, payload digest.
"""

from __future__ import annotations

import io
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from archive import ArchiveWriter, Exchange, recover

folder, seed = Path(sys.argv[1]), int(sys.argv[2])
chance = random.Random(seed)
recover(folder)
writer = ArchiveWriter(folder, rollover_bytes=40_000)
number = 0
while True:
    body = chance.randbytes(chance.choice((10, 300, 3000, 30_000)))
    if chance.random() < 0.2:
        body = b"the same every time"
    writer.write(
        Exchange(
            url=f"http://news.example/{seed}/{number}",
            method="GET",
            started_at=datetime.now(UTC),
            request=b"GET / HTTP/1.1\r\n\r\n",
            response=io.BytesIO(b"HTTP/1.1 200 OK\r\n\r\n" + body),
            metadata=(("source", "example"),),
        )
    )
    number += 1
    if chance.random() < 0.3:
        for capture in writer.commit():
            sys.stdout.write(f"{capture.record_id} {capture.url} {capture.payload_digest}\n")
        sys.stdout.flush()
