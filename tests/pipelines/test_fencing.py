"""A run looks whether the data folder is still its own: once before each write to the archive and each commit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pages import PageServer, article
from running import run
from sql_trace import Trace

from archive import Disk
from crawler.store.lock import FencedDisk, Lock

URLS = [f"http://herald.test/{number}" for number in range(3)]
SOURCE = f'[[source]]\nname = "herald"\nurls = {URLS}\n'
TEXT = [f"Paragraph {number} of the story, long enough to be one, with a comma." for number in range(5)]


def test_each_write_and_each_commit_reads_the_lock_once(
    tmp_path: Path, server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server["herald.test/0"] = article("The first story", TEXT)
    run(tmp_path, server.port, SOURCE.replace(str(URLS), str(URLS[:1])))  # makes the tables
    counts = {"check": 0, "write": 0, "fsync": 0, "remove": 0}

    def count(owner: type[Lock] | type[Disk], name: str) -> None:
        real = getattr(owner, name)

        def counted(self: Any, *words: Any) -> Any:
            counts[name] += isinstance(self, Lock | FencedDisk)
            return real(self, *words)

        monkeypatch.setattr(owner, name, counted)

    for owner, name in ((Lock, "check"), (Disk, "write"), (Disk, "fsync"), (Disk, "remove")):
        count(owner, name)
    for url in URLS:
        server[url.removeprefix("http://")] = article(f"The story at {url}", TEXT)
    with Trace() as trace:
        ran = run(tmp_path, server.port, SOURCE)
    assert list(ran.outcomes.values()) == ["new", "new"]
    commits = sum(text == "COMMIT" for name, text in trace.statements if name != "digests.sqlite")
    assert counts["check"] == counts["write"] + counts["fsync"] + counts["remove"] + commits
    assert counts["write"] >= 2 and counts["fsync"] >= 1 and commits >= 2
