"""Parent's side of the fork server: start it, get children from it, ask them, end them.

Importing the extractors takes 0.4 s of CPU, a fork 1.5 ms: a run starts one server whatever the number of its children,
and a child that a hostile page ended costs next to nothing (2026-11). The children inherit no socket, file or secret of
the parent, and end with it: an idle child sees its standard input close, a busy one is ended by its own alarm. The
server's side is child.py. (`multiprocessing`'s fork server would import the main program again in every child.)
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import BinaryIO

from crawler.errors import ExtractionBroken
from crawler.sandbox.messages import MEMORY_EXIT, NUMBER

PASSED_ON = ("DYLD_LIBRARY_PATH", "HOME", "LANG", "LC_", "LD_LIBRARY_PATH", "PATH", "PYTHON", "SYSTEMROOT", "TMPDIR")
"""Prefixes of environment variables passed to the child; no configured secret matches."""
START_SECONDS = 60.0
"""How long the server may take to import everything before it counts as broken."""
MAX_REPLY = 256 * 2**20
"""Bytes of an answer; a child that announces more is ended."""


class Gone(Exception):
    """A process ended, or took too long, before its answer was complete."""


class Child:
    """One child process and the pipes to it. One thread uses it at a time."""

    def __init__(self, pid: int, frames: int, answers: int) -> None:
        self.pid = pid
        self.pages = 0
        self._frames, self._answers = os.fdopen(frames, "wb"), answers

    def ask(self, send: Callable[[BinaryIO], None], seconds: float) -> bytes:
        """Send a request and return the answer. Raise Gone when there is none after `seconds`."""
        self.pages += 1
        try:
            send(self._frames)
            self._frames.flush()
        except OSError as error:
            raise Gone from error
        return received(self._answers, seconds)

    def close(self) -> None:
        """Close the pipes, which ends an idle child."""
        os.close(self._answers)
        try:
            self._frames.close()
        except BrokenPipeError:  # bytes for a child that is gone
            return


class ForkServer:
    """The server process: starts children and tells how they ended. Thread-safe.

    It starts at once and is waited for with the first child; when it was killed, another one is started.
    """

    def __init__(self, memory_bytes: int) -> None:
        """`memory_bytes`: private memory of a child."""
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._start()

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "crawler.sandbox.child", str(self._memory_bytes)],
                stdin=theirs.fileno(),
                env={name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)},
                stdout=2,  # what a library prints must not get between the data of the command
                start_new_session=True,  # Ctrl-C on a terminal is for the run, which drains first
            )
        self._ready = False

    def child(self) -> Child:
        """Start a child. Raise ExtractionBroken when extraction does not work on this machine."""
        with self._lock:
            try:
                return self._fork()
            except (Gone, OSError):  # killed, by the kernel for want of memory or by its operator
                self._stop()
                self._start()
                return self._fork()

    def end(self, child: Child) -> str:
        """End a child, busy or not, and return why it had ended: `time`, `memory` or `crash`."""
        child.close()
        with self._lock:
            try:
                code = self._call(child.pid)
            except (Gone, OSError):
                return "crash"  # and its server too; the alarm ends what is still at work
        if code in (-signal.SIGALRM, -signal.SIGKILL):
            return "time"
        return "memory" if code == MEMORY_EXIT else "crash"

    def close(self) -> None:
        """End the server; idle children end with it."""
        with self._lock:
            self._stop()

    def _stop(self) -> None:
        self._control.close()
        self._process.kill()
        self._process.wait()

    def _fork(self) -> Child:
        if not self._ready:
            self._wait_until_ready()
        theirs_in, frames = os.pipe()
        answers, theirs_out = os.pipe()
        try:
            pid = self._call(0, theirs_in, theirs_out)
        except BaseException:
            os.close(frames)
            os.close(answers)
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        return Child(pid, frames, answers)

    def _call(self, number: int, *descriptors: int) -> int:
        socket.send_fds(self._control, [number.to_bytes(NUMBER, "big", signed=True)], descriptors)
        return int.from_bytes(
            _read(self._control.fileno(), NUMBER, time.monotonic() + START_SECONDS), "big", signed=True
        )

    def _wait_until_ready(self) -> None:
        try:
            fault = received(self._control.fileno(), START_SECONDS).decode(errors="replace")
        except Gone:
            self._process.kill()
            fault = f"its process ended (exit code {self._process.wait()}) or was not ready in {START_SECONDS:.0f} s"
        if fault:
            raise ExtractionBroken(
                f"the extractor does not start: {fault}; install warcpress and its dependencies again"
            )
        self._ready = True


def received(descriptor: int, seconds: float) -> bytes:
    """Read one frame. Raise Gone when it is not complete after `seconds`."""
    deadline = time.monotonic() + seconds
    size = int.from_bytes(_read(descriptor, NUMBER, deadline), "big")
    if size > MAX_REPLY:
        raise Gone
    return _read(descriptor, size, deadline)


def _read(descriptor: int, size: int, deadline: float) -> bytes:
    pieces: list[bytes] = []
    while size:
        waiter = select.poll()  # select() takes no descriptor above 1,023
        waiter.register(descriptor, select.POLLIN)
        if not waiter.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise Gone
        piece = os.read(descriptor, min(size, 1 << 20))
        if not piece:
            raise Gone
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
