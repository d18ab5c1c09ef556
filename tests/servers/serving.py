"""A `warcpress serve` of its own process on a free port of loopback, for tests that ask it as a browser does."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit


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
