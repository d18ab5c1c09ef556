"""A run looks whether the data folder is still its own: before each write of a file and each commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pages import PageServer, article
from running import run
from sql_trace import Trace

from archive import Disk
from crawler.store import files
from crawler.store.lock import Lock

URLS = [f"http://herald.test/{number}" for number in range(3)]
SOURCE = f'[[source]]\nname = "herald"\nurls = {URLS}\n'
TEXT = [f"Paragraph {number} of the story, long enough to be one, with a comma." for number in range(5)]


def test_each_write_and_each_commit_reads_the_lock_once(
    tmp_path: Path, server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server["herald.test/0"] = article("The first story", TEXT)
    run(tmp_path, server.port, SOURCE.replace(str(URLS), str(URLS[:1])))  # makes the tables
    counts: Counter[str] = Counter()

    def count(owner: Any, name: str) -> None:
        real: Callable[..., Any] = getattr(owner, name)

        def counted(*words: Any) -> Any:
            counts[name] += 1
            return real(*words)

        monkeypatch.setattr(owner, name, counted)

    count(Lock, "check")
    count(files, "_place")
    for name in ("create", "write", "fsync", "truncate", "rename", "remove"):
        count(Disk, name)
    for url in URLS:
        server[url.removeprefix("http://")] = article(f"The story at {url}", TEXT)
    with Trace() as trace:
        ran = run(tmp_path, server.port, SOURCE)
    assert list(ran.outcomes.values()) == ["new", "new"]
    looks = counts.pop("check")
    assert counts["write"] >= 2 and counts["fsync"] >= 1 and counts["_place"] >= 3
    assert trace.commits["frontier.sqlite"] >= 2 and trace.commits["digests.sqlite"] >= 1
    assert looks >= counts.total() + trace.commits.total()
    assert looks <= 2 * (counts.total() + trace.commits.total())  # 0.004 ms each
