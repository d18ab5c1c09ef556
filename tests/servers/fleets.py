"""A fleet on loopback: its configuration, its hosts, and commands run as a person runs them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from forking import forking
from pages import Answer, PageServer, article

from crawler.config import load
from crawler.fleet.shards import divide

TEXT = [f"Paragraph {number} of the story, long enough to be one, with a comma." for number in range(5)]
HEAD = """[crawl]
user_agent = "tests (+https://archive.test/bot)"
contact = "archive@archive.test"
allow_private = ["127.0.0.0/8"]
delay = 0
resolve = {{ "*:80" = "127.0.0.1:{port}" }}
[limits]
retries = 0
[fleet]
shards = {shards}
"""
HURRIED = str(Path(__file__).with_name("hurried.py"))
DATABASE = 'database = "env:FLEET_DATABASE"\n'
HOSTS = ("alder.test", "birch.test", "cedar.test", "elder.test", "hazel.test", "maple.test")


class Fleet:
    """A folder with the configuration of a fleet, one source for each host."""

    def __init__(
        self, folder: Path, server: PageServer, shards: int = 3, hosts: Sequence[str] = HOSTS, database: str = ""
    ) -> None:
        self.folder, self.server = folder, server
        self.environment: Mapping[str, str] = {**os.environ, "FLEET_DATABASE": database}
        sources = "".join(f'[[source]]\nname = "{host[:-5]}"\nurls = ["http://{host}/1"]\n' for host in hosts)
        head = HEAD.format(port=server.port, shards=shards) + (DATABASE if database else "")
        (folder / "warcpress.toml").write_text(head + sources, "utf-8")
        division = divide(load(folder / "warcpress.toml").sources, shards or 1)
        self.shard = {host: division.domains[host] for host in hosts}
        for host in hosts:
            server[f"{host}/1"] = article(f"The story of {host}", TEXT)
        self._started: list[subprocess.Popen[str]] = []

    def start(self, *words: str, pace: float = 0) -> subprocess.Popen[str]:
        """Start a command as a person does; with a `pace`, one whose waits are divided by it."""
        program = [HURRIED, str(pace)] if pace else ["-P", "-m", "crawler.cli"]
        self._started.append(
            subprocess.Popen(
                [sys.executable, *program, *words],
                cwd=self.folder,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return self._started[-1]

    def end(self) -> None:
        """Kill what a test that failed has left, frozen or not."""
        for process in self._started:
            process.kill()
            process.communicate()

    def run(self, *words: str) -> tuple[int, list[str]]:
        """Run a command to its end in a forked process; return its exit code and the lines of its stderr."""
        code, _out, err = forking().run(words, self.folder, self.environment)
        return code, err.decode().splitlines()

    def name(self, host: str) -> str:
        """Return the name of a host's shard."""
        return f"shard-{self.shard[host]}"

    def hold(self, host: str) -> threading.Event:
        """Hold the page of a host back until the event."""
        released = threading.Event()
        page = article(f"The story of {host}", TEXT).encode()
        self.server[f"{host}/1"] = Answer(page, headers={"Content-Type": "text/html"}, until=released)
        return released

    def asked(self) -> Counter[str]:
        """How often each host was asked for its article."""
        return Counter(one.host for one in self.server.asked if one.path == "/1")

    def child(self, host: str) -> int:
        """Process of the run that has the shard of a host."""
        return int((self.folder / f"data/shard-{self.shard[host]}/.lock").read_text().split()[0])

    def posts(self) -> list[str]:
        return sorted(path.parent.name for path in self.folder.glob("data/shard-*/posts/*/**/*.md"))


def wait(happened: Callable[[], object]) -> None:
    """Wait for something that will happen soon; fail after three minutes."""
    for _ in range(3600):
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError("did not happen within three minutes")


def said(process: subprocess.Popen[str], text: str) -> str:
    """Wait for a line on stderr with this text; return all lines up to it. Kill the process after a minute without."""
    assert process.stderr is not None
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    lines = ""
    try:
        for line in process.stderr:
            lines += line
            if text in line:
                return lines
    finally:
        watchdog.cancel()
    raise AssertionError(f"it did not say {text!r} but\n{lines}")
