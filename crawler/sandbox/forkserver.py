"""The run's side of the fork server (child.py): start it; start, ask and end its children."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import ClassVar

from crawler.errors import ExtractionBroken
from crawler.sandbox.confinement import hide_memory
from crawler.sandbox.messages import (
    GRACE_SECONDS,
    MAX_ANSWER,
    MEMORY_EXIT,
    NUMBER,
    Request,
    WrongAnswer,
    request_frame,
)

PASSED_ON = ("DYLD_LIBRARY_PATH", "HOME", "LANG", "LC_", "LD_LIBRARY_PATH", "PATH", "PYTHON", "SYSTEMROOT", "TMPDIR")
"""Prefixes of environment variables passed to the child; no configured secret matches."""
START_SECONDS = 60.0
"""How long the server may take to import everything before it counts as broken."""


class Gone(Exception):
    """A process ended, or took too long, before its answer was complete."""


class Child:
    """One child process and the pipes to it. One thread uses it at a time."""

    def __init__(self, pid: int, frames: int, answers: int) -> None:
        self.pid = pid
        self.pages = 0
        self._frames, self._answers = frames, answers
        os.set_blocking(frames, False)

    def ask(self, request: Request) -> bytes:
        """Send a request and return the answer. Raise Gone when there is none in time.

        Raise WrongAnswer when the child has sent bytes before it was asked, or more than one answer.
        """
        self.pages += 1
        self._refuse_further("before it was asked")
        seconds = request.seconds + GRACE_SECONDS
        _write(self._frames, request_frame(request), seconds)
        answer = received(self._answers, seconds)
        self._refuse_further("behind its answer")
        return answer

    def _refuse_further(self, when: str) -> None:
        waiter = select.poll()
        waiter.register(self._answers, select.POLLIN)
        if any(events & select.POLLIN for _, events in waiter.poll(0)):
            raise WrongAnswer(f"an extraction child sent bytes {when}")

    def close(self) -> None:
        """Close the pipes, which ends an idle child."""
        os.close(self._answers)
        os.close(self._frames)


class ForkServer:
    """The server process: starts children and returns how they ended. Thread-safe.

    The process starts at once; the first child waits until it is ready. A killed process is replaced.
    """

    PROGRAM: ClassVar[tuple[str, ...]] = (
        "-P",  # else Python would import a `crawler/` or `json.py` of the working folder
        "-c",
        "import gc; gc.disable(); from crawler.sandbox.child import main; main()",
    )
    """Arguments of Python that start the server. Its imports make no garbage: looking for it took 0.05 of 0.6 s."""

    def __init__(self, memory_bytes: int) -> None:
        """`memory_bytes`: private memory of a child."""
        self._memory_bytes = memory_bytes
        self.confinement: list[str] | None = None
        """Names of what confines the children; None until the first one is started."""
        self._lock = threading.Lock()
        self._is_over = False
        self._start()

    def _start(self) -> None:
        hide_memory()
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, *self.PROGRAM, str(self._memory_bytes)],
                stdin=theirs.fileno(),
                env={name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)},
                stdout=2,  # a library that prints must not spoil the output of the command
                start_new_session=True,  # so that Ctrl-C reaches only the run, which finishes its pages first
            )
        self._ready = False

    def child(self) -> Child:
        """Start a child. Raise ExtractionBroken when extraction does not work on this machine."""
        with self._lock:
            try:
                return self._fork()
            except (Gone, OSError):  # killed, by the kernel when memory ran out or by a person
                if self._is_over:
                    raise Gone from None
                self._stop()
                self._start()
                return self._fork()

    def end(self, child: Child) -> str:
        """End a child, busy or not, and return why it gave no answer: `time`, `memory` or `crash`."""
        child.close()
        with self._lock:
            try:
                code = self._call(child.pid)
            except (Gone, OSError):
                return "crash"  # the server has crashed too; its alarm ends a child that still works
        if code in (-signal.SIGALRM, -signal.SIGKILL):
            return "time"
        return "memory" if code == MEMORY_EXIT else "crash"

    def kill(self) -> None:
        """End the server and all its children at once; no other child is started. `close` it afterwards."""
        self._is_over = True
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # it began a session, which its children are in

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
        self.confinement = received(self._control.fileno(), START_SECONDS).decode().split()
        self._ready = True


def received(descriptor: int, seconds: float) -> bytes:
    """Read one frame. Raise Gone when it is not complete after `seconds`."""
    deadline = time.monotonic() + seconds
    size = int.from_bytes(_read(descriptor, NUMBER, deadline), "big")
    if size > MAX_ANSWER:
        raise Gone
    return _read(descriptor, size, deadline)


def _write(descriptor: int, content: bytearray, seconds: float) -> None:
    """Write to a pipe that does not block. Raise Gone when it does not take everything within `seconds`."""
    deadline = time.monotonic() + seconds
    waiter = select.poll()
    waiter.register(descriptor, select.POLLOUT)
    rest = memoryview(content)
    while rest:
        if not waiter.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise Gone
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:  # less room than os.write wants in one piece
            continue
        except OSError as error:
            raise Gone from error


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
