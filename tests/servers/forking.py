"""Runs commands of warcpress in processes that are forked from one that has imported everything.

A `crawl` then takes 1.0 s of CPU instead of 2.0 s (2026-11): the rest is Python's start and imports.
"""

from __future__ import annotations

import array
import atexit
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile

IMPORTED = ("capture", "discovery", "fetching", "fleet", "from_warc", "pipelines", "run", "search", "spiders", "store")
"""Packages of `crawler` that are imported whole, beside the command line's."""
_LONGEST = 1 << 18
"""Bytes of a request: arguments, folder and environment."""


class Forking:
    """The process that forks; it ends with this one."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LONGEST)
        with theirs:
            command = [sys.executable, "-P", __file__, str(theirs.fileno())]
            null = subprocess.DEVNULL
            # Its own session, so that a command that hangs can be killed with all that it started.
            self._process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], stdin=null, stdout=null, start_new_session=True
            )
        atexit.register(self._end)

    def _end(self) -> None:
        self._control.close()
        self._process.wait()

    def run(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str] = os.environ
    ) -> tuple[int, bytes, bytes]:
        """Run a command in a folder; return its exit code, stdout and stderr. One that takes two minutes is killed."""
        with TemporaryFile() as out, TemporaryFile() as err:
            words = {"arguments": arguments, "folder": str(folder), "environment": dict(environment)}
            files = array.array("i", (out.fileno(), err.fileno()))
            self._control.settimeout(120)
            self._control.sendmsg([json.dumps(words).encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
            try:
                code = int(self._control.recv(100))
            except TimeoutError:  # its exit code, when it came, would be taken for that of the next command
                os.killpg(self._process.pid, signal.SIGKILL)
                forking.cache_clear()
                err.seek(0)
                raise AssertionError(f"{arguments} took two minutes: {err.read()[-3000:]!r}") from None
            out.seek(0)
            err.seek(0)
            return code, out.read(), err.read()


@cache
def forking() -> Forking:
    """The one of this process, which lives as long."""
    return Forking()


def _serve(control: socket.socket) -> None:
    """Fork a child for each request; return in the child. The process ends when nobody can ask any more."""
    while True:
        request, files, _flags, _address = socket.recv_fds(control, _LONGEST, 2)
        if not request:
            raise SystemExit
        if (child := os.fork()) == 0:
            control.close()
            words = json.loads(request)
            for number, file in enumerate(files, 1):
                os.dup2(file, number)
                os.close(file)
            os.chdir(words["folder"])
            os.environ.clear()
            os.environ.update(words["environment"])
            sys.argv = ["warcpress", *words["arguments"]]
            return
        for file in files:
            os.close(file)
        _pid, status = os.waitpid(child, 0)
        control.send(str(os.waitstatus_to_exitcode(status)).encode())


def _import_everything() -> None:
    for name in IMPORTED:
        package = import_module(f"crawler.{name}")
        for module in pkgutil.iter_modules(package.__path__):
            import_module(f"{package.__name__}.{module.name}")
    for name in ("crawler.cli.process", "scrapy.core.engine", "scrapy.core.scraper"):
        import_module(name)
    assert "twisted.internet.reactor" not in sys.modules, "each process needs one of its own"


if __name__ == "__main__":
    _import_everything()
    _serve(socket.socket(fileno=int(sys.argv[1])))
    from crawler.cli import entry

    entry()
