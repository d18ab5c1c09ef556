"""A run whose folder another run has taken (a network file system gave away its lock) ends and writes nothing more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pages import Answer, PageServer, article

from crawler.store.data_folder import Layout
from crawler.store.lock import Lock

SOURCE = '[[source]]\nname = "herald"\nurls = ["http://herald.test/1", "http://herald.test/2"]\n'
TEXT = [f"Paragraph {number} of the story, long enough to be one, with a comma." for number in range(5)]


def everything(folder: Path) -> dict[str, bytes]:
    """Path of each file → its bytes, without what SQLite shares between processes, which readers change too."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-shm"))
    return {str(path): path.read_bytes() for path in files}


def settle(folder: Path) -> None:
    """Wait until the run, whose only page is held back, writes nothing any more."""
    before: dict[str, bytes] = {}
    while (now := everything(folder)) != before:
        before = now
        time.sleep(0.7)  # longer than a group of captures waits for its commit


@pytest.mark.parametrize("is_held", [True, False])
def test_a_run_whose_folder_was_taken_says_so_and_writes_nothing_more(
    place: Any, server: PageServer, until: Callable[[Callable[[], bool]], None], is_held: bool
) -> None:
    released = threading.Event()
    page = article("The second story today", TEXT).encode()
    server["herald.test/1"] = article("The first story today", TEXT)
    server["herald.test/2"] = Answer(page, headers={"Content-Type": "text/html"}, until=released)
    place.configure(SOURCE)
    run = place.start("crawl", "-q")
    until(lambda: bool(list(place.data.rglob("*.md"))) and "/2" in server.paths("herald.test"))
    settle(place.data)
    (place.data / ".lock").unlink()  # now the lock that the run has is on no file that others see
    other: Lock | None = None
    if is_held:
        other = Layout(place.data).lock().__enter__()
    before = everything(place.data)
    released.set()
    _out, err = run.communicate(timeout=60)
    assert everything(place.data) == before
    if other is not None:
        other.__exit__(None, None, None)
    assert run.returncode == 4
    told = "another run has taken this folder (process" if is_held else "somebody removed this file while a run went on"
    last = err.decode().splitlines()[-1]
    assert told in last and err.decode().count("\n") == 2  # the other one says that the configuration names nobody
    place.run("crawl")
    place.run("audit")
    assert len(place.posts()) == 2
