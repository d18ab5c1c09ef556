"""Pool of extraction children: a page and its source in; a post, candidates or an error out.

A hostile page may take a parser minutes or gigabytes, or crash it; then only its child ends. Importing the extractors
takes 0.4 s of CPU, a fork 1.5 ms (2026-11): so one fork server (child.py) imports them and forks every child. The
children inherit no socket, file or secret of the parent, and end with it: an idle child when its pipe closes, a busy
one by its own alarm. (`multiprocessing`'s fork server would import the main program again in every child.)
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, BinaryIO, TypeVar

from crawler.config.schema import Limits
from crawler.discovery import EntryPoint, Found
from crawler.errors import ExtractionBroken, ExtractionError, SourceUnreadable, TooComplex
from crawler.items import Page, Post, Source
from crawler.sandbox.messages import (
    GRACE_SECONDS,
    MEMORY_EXIT,
    NUMBER,
    WrongAnswer,
    read_found,
    read_post,
    write_request,
)

logger = logging.getLogger(__name__)

PAGES_PER_CHILD = 2_000
"""Pages after which a child is replaced: memory that libraries leak stays bounded."""

PASSED_ON = ("DYLD_LIBRARY_PATH", "HOME", "LANG", "LC_", "LD_LIBRARY_PATH", "PATH", "PYTHON", "SYSTEMROOT", "TMPDIR")
"""Prefixes of environment variables passed to the child; no configured secret matches."""
START_SECONDS = 60.0
"""How long the server may take to import everything before it counts as broken."""
MAX_REPLY = 256 * 2**20
"""Most bytes of an answer; a child that announces more is ended."""

T = TypeVar("T")


class Workers:
    """A pool of `count` children: thread-safe; for asyncio (also under Twisted's asyncio reactor) and plain code."""

    def __init__(
        self, count: int, seconds: float = Limits.extract_seconds, memory_bytes: int = Limits.extract_bytes
    ) -> None:
        """`seconds`: wall time for extracting a page. `memory_bytes`: private memory of a child."""
        self.count, self.seconds, self.memory_bytes = count, seconds, memory_bytes
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="extract")
        self._idle: queue.SimpleQueue[Child | None] = queue.SimpleQueue()  # None: a child that is not forked yet
        for _ in range(count):
            self._idle.put(None)
        self._starting = threading.Lock()
        self._server: ForkServer | None = None

    def start(self) -> ForkServer:
        """Start the fork server without waiting for its imports; else the first page starts it."""
        with self._starting:
            if self._server is None:
                self._server = ForkServer(self.memory_bytes)
            return self._server

    async def extract(self, page: Page, source: Source | None) -> Post:
        """Extract in a child, as `crawler.extractors.extract` does.

        Raises TooComplex("time" | "memory" | "crash") when the child ended, ExtractionBroken when none can start.
        """
        answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._extract, page, source)
        try:
            return _post(answer)
        finally:
            del answer  # an error in a local variable of its own traceback is a cycle that keeps the page in memory

    async def discover(self, page: Page, source: Source, entry: EntryPoint, limits: Limits) -> Found:
        """Read a discovery document in a child, as `crawler.discovery.read` does.

        Raises SourceUnreadable also when the child ended, ExtractionBroken when none can start.
        """
        ask = partial(self._ask, read_found, limits.discover_seconds, "discover", page, source, entry, limits)
        answer = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        try:
            if isinstance(answer, Found):
                return answer
            if isinstance(answer, SourceUnreadable):
                raise answer
            raise SourceUnreadable(page.url, str(answer))
        finally:
            del answer

    def extract_now(self, page: Page, source: Source | None) -> Post:
        """Extract as `extract` does, for plain code: wait for the answer."""
        return _post(self._threads.submit(self._extract, page, source).result())

    def extract_many(self, jobs: Iterable[tuple[Page, Source | None]]) -> Iterator[Post | ExtractionError]:
        """Extract pages with all children at once, in order; at most three pages per child are in memory."""
        pending: deque[Future[Post | ExtractionError]] = deque()
        for page, source in jobs:
            pending.append(self._threads.submit(self._extract, page, source))
            if len(pending) >= 3 * self.count:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()

    def close(self) -> None:
        """End the children, once their pages are finished. May be called again."""
        self._threads.shutdown(wait=True)
        with self._starting:
            server, self._server = self._server, None
        if server is None:
            return
        for _ in range(self.count):
            if (child := self._idle.get()) is not None:
                server.end(child)
        server.close()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _extract(self, page: Page, source: Source | None) -> Post | ExtractionError:
        return self._ask(read_post, self.seconds, "extract", page, source)

    def _ask(
        self,
        read: Callable[[bytes], T],
        seconds: float,
        task: str,
        page: Page,
        source: Source | None,
        *further: Any,
    ) -> T | TooComplex:
        """Give an idle child a task; end the child when it gives no answer, or a wrong one."""
        # No secret enters a process that parses a stranger's bytes.
        source = replace(source, headers={}) if source is not None else None
        server = self.start()
        child = self._idle.get()
        try:
            if child is None:
                child = server.child()
            send = partial(write_request, (seconds, task, page, source, *further))
            answer = read(child.ask(send, seconds + GRACE_SECONDS))
            if child.pages >= PAGES_PER_CHILD:
                server.end(child)
                child = None
            return answer
        except (Gone, WrongAnswer) as error:
            if isinstance(error, WrongAnswer):
                logger.error("%s: %s; the child was ended", page.url, error)
            reason, child = server.end(child) if child is not None else "crash", None
            return TooComplex(reason)
        finally:
            self._idle.put(child)


def _post(answer: Post | ExtractionError) -> Post:
    try:
        if isinstance(answer, ExtractionError):
            raise answer
        return answer
    finally:
        del answer


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
    """The server process: starts children and returns how they ended. Thread-safe.

    The process starts at once; the first child waits until it is ready. A killed process is replaced.
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
