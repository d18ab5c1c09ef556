"""Every byte that a server's sockets received and sent during whole runs is in the archive.

Feeds, robots.txt, redirects, images, errors, conditional requests; http and https, 8 requests at a time.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

from certificates import Authority
from newsroom import Newsroom
from stored import Stored, exchanges, records

ARTICLES = 16


def differences(folder: Path, room: Newsroom) -> list[str]:
    """Return exchanges that only the archive or only the server's log has.

    A revisit counts as the whole answer: its own head and the payload of its original.
    """
    everything = {record["WARC-Record-ID"]: record for record in records(folder)}
    archived = Counter((request.block, _answer(response, everything)) for request, response in exchanges(folder))
    logged = Counter((exchanged.request, bytes(exchanged.response)) for exchanged in room.exchanges)
    return [f"archive {pair!r}" for pair in archived - logged] + [f"server {pair!r}" for pair in logged - archived]


def _answer(response: Stored, everything: dict[str | None, Stored]) -> bytes:
    if response.type == "response" or response.block.startswith(b"HTTP/1.1 304"):
        return response.block
    original = everything[response["WARC-Refers-To"]]
    assert original.type == "response" and original["WARC-Payload-Digest"] == response["WARC-Payload-Digest"]
    return response.block + original.block.partition(b"\r\n\r\n")[2]


def test_no_byte_differs_in_whole_runs(memory_path: Path, authority: Authority) -> None:
    with Newsroom(authority, ARTICLES) as room:
        text = room.configuration().replace("concurrency = 4", "concurrency = 8")
        (memory_path / "warcpress.toml").write_text(text)
        for command in (["crawl"], ["crawl"], ["refetch", "http://farm.test/a/0", "https://farm.test/a/3"]):
            done = subprocess.run(
                [sys.executable, "-m", "crawler.cli", *command], cwd=memory_path, capture_output=True, check=False
            )
            assert done.returncode == 0, done.stderr.decode()
    assert room.asked > 3 * ARTICLES
    assert differences(memory_path / "data", room) == []
    kinds = Counter(response.type for _request, response in exchanges(memory_path / "data"))
    assert kinds["response"] > 2 * ARTICLES and kinds["revisit"] >= 4
