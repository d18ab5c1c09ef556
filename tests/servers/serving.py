"""A `warcpress serve` of its own process on a free port of loopback, for tests that ask it as a browser does."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from holding import BRIDGE, DAM, LONG, NOON, SHORT, Holding
from starlette.types import ASGIApp, Message

from crawler.from_warc.indexing import index_all
from crawler.posts.states import Change

CONFIG = '[[source]]\nname = "herald"\nsite = "The Herald"\nallow = ["^http://herald\\\\.test/a/"]\n'
FLEET = '[crawl]\ndata = "data"\n\n[fleet]\nshards = 2\n\n' + CONFIG
CANAL = "http://herald.test/a/canal.html"
LATER = [*LONG[:2], "The work will cost five million, says the quarterly report."]


def hold(folder: Path) -> Holding:
    """Two articles: the bridge in two versions, the dam, which its publisher withdrew."""
    (folder / "warcpress.toml").write_text(CONFIG, "utf-8")
    made = Holding(folder / "data")
    made.run({BRIDGE: LONG, DAM: LONG})
    made.run({BRIDGE: SHORT}, NOON + timedelta(days=1))
    made.look(Change(DAM, 1, "withdrawn", "http-404"), NOON + timedelta(days=2))
    with made.catalogue() as catalogue:
        index_all(made.layout, catalogue)
    return made


def hold_two(folder: Path) -> list[Holding]:
    """A fleet of two shards: the bridge has two versions in the first one, and its third in the second."""
    hold(folder)
    (folder / "data").rename(folder / "shard-1")
    (folder / "data").mkdir()
    (folder / "shard-1").rename(folder / "data/shard-1")
    second = Holding(folder / "data/shard-2")
    second._ids, second._numbers = count(1000), {BRIDGE: 2}
    second.run({BRIDGE: LATER, CANAL: LONG}, NOON + timedelta(days=3))
    with second.catalogue() as catalogue:
        index_all(second.layout, catalogue)
    (folder / "warcpress.toml").write_text(FLEET)
    return [Holding(folder / "data/shard-1"), second]


@dataclass
class Answer:
    """What the server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Served:
    """A running server."""

    url: str
    """With the `/` at its end."""
    process: subprocess.Popen[str]

    @cached_property
    def original(self) -> str:
        """The origin of stored pages, without `/` at its end."""
        policy = self.get("/nothing").headers["content-security-policy"]
        return next(part.split()[1] for part in policy.split("; ") if part.startswith("frame-src"))

    def get(self, path: str, method: str = "GET", *, at: str = "", **headers: str) -> Answer:
        """Ask for a path of our own pages, or of the origin `at`; no redirect is followed."""
        connection = HTTPConnection(urlsplit(at or self.url).netloc, timeout=30)
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the server with a signal; return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(30)


def ask(app: ASGIApp, path: str) -> Answer:
    """Ask an application in this process, as a browser on this machine does."""
    place, _, query = path.removeprefix("http://localhost:8420").partition("?")
    scope: dict[str, Any] = {"type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "root_path": ""}
    scope |= {"path": unquote(place), "raw_path": place.encode(), "query_string": query.encode()}
    scope |= {"headers": [(b"host", b"localhost:8420")], "server": ("localhost", 8420), "client": ("127.0.0.1", 9)}
    said: list[Message] = []

    async def receive() -> Message:
        await asyncio.Event().wait()  # a GET has no body, and this client does not go away
        raise AssertionError

    async def send(message: Message) -> None:
        said.append(message)

    async def answer() -> None:
        await app(scope, receive, send)

    asyncio.run(answer())
    headers = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return Answer(said[0]["status"], headers, b"".join(one.get("body", b"") for one in said[1:]))


@contextmanager
def serving(folder: Path, *words: str, more: Sequence[str] = ()) -> Iterator[Served]:
    """Serve the data folder of the configuration in `folder`."""
    command = [sys.executable, "-m", "crawler.cli", "serve", "--port", "0", *words, *more]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stderr is not None
    try:
        url = process.stdout.readline().strip()
        assert url, process.stderr.read()
        yield Served(url, process)
    finally:
        process.kill()
        process.communicate()
