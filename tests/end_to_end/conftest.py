"""A folder in which tests use the command line as a person does, and a server on loopback."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from forking import forking
from pages import PageServer
from running import Inline

from crawler.cli import main
from crawler.from_warc import derive

HEAD = """[crawl]
allow_private = ["127.0.0.0/8"]
delay = 0
concurrency = 8
resolve = {{ "*:80" = "127.0.0.1:{port}", "*:443" = "127.0.0.1:{tls_port}" }}
ca_file = "{ca_file}"
"""

READING = ("audit", "rebuild")
"""Commands that run in the test process, pages included: to start Python, imports and children takes 1.4 s of CPU."""


@dataclass
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str


@dataclass
class Workplace:
    """An empty folder with a warcpress.toml."""

    folder: Path
    port: int
    tls_port: int = 9
    ca_file: str = ""
    tables: list[str] = field(default_factory=list)

    def configure(self, sources: str, *, crawl: str = "", posts: str = "", limits: str = "") -> None:
        head = HEAD.format(port=self.port, tls_port=self.tls_port, ca_file=self.ca_file)
        text = f"{head}{crawl}\n[posts]\n{posts}\n[limits]\nretries = 0\n{limits}\n{sources}"
        (self.folder / "warcpress.toml").write_text(text, encoding="utf-8")

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "crawler.cli", *arguments]

    def run(self, *arguments: str, code: int | None = 0, process: bool = False, **options: Any) -> Done:
        """Run a command to its end; its exit code must be `code` (None = any). `process`: in one of its own."""
        if process or options:
            ended = subprocess.run(
                self.command(*arguments), cwd=self.folder, capture_output=True, timeout=120, check=False, **options
            )
            done = Done(ended.returncode, ended.stdout.decode(), ended.stderr.decode())
        elif arguments[0] in READING:
            done = self._here(*arguments)
        else:
            number, out, err = forking().run(arguments, self.folder)
            done = Done(number, out.decode(), err.decode())
        assert code is None or done.code == code, done.err[-3000:] + done.out[-3000:]
        return done

    def _here(self, command: str, *arguments: str) -> Done:
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        words = ("--processes", "1") if command == "audit" else ()
        with pytest.MonkeyPatch.context() as patch, chdir(self.folder), redirect_stdout(out), redirect_stderr(err):
            patch.setattr(derive, "Workers", Inline)
            code = main((command, *words, *arguments))
        return Done(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(*arguments), cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def posts(self) -> dict[str, str]:
        """Path below the posts folder → text."""
        root = self.data / "posts"
        return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in sorted(root.rglob("*.md"))}

    def warcs(self) -> list[Path]:
        return sorted((self.data / "warc").iterdir())

    def last_run(self) -> dict[str, Any]:
        files = (self.data / "runs").glob("2*.json")  # not audit.json; names of runs of one second have no order
        found: dict[str, Any] = json.loads(max(files, key=lambda file: file.stat().st_mtime_ns).read_text("utf-8"))
        return found

    def catalogue(self) -> list[tuple[str, tuple[Any, ...]]]:
        from crawler.store.catalogue import Catalogue

        catalogue = Catalogue(self.data / "catalogue.sqlite")
        try:
            return list(catalogue.rows())
        finally:
            catalogue.close()


@pytest.fixture
def server() -> Iterator[PageServer]:
    with PageServer() as running:
        yield running


@pytest.fixture(scope="session")
def workplace() -> type[Workplace]:
    """For tests that need a folder for longer than one test, or two folders."""
    return Workplace


@pytest.fixture
def place(tmp_path: Path, server: PageServer) -> Workplace:
    return Workplace(tmp_path, server.port)


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Wait for something that will happen soon; fail after a minute."""

    def wait(happened: Callable[[], bool]) -> None:
        for _ in range(1200):
            if happened():
                return
            time.sleep(0.05)
        raise AssertionError("did not happen within a minute")

    return wait
