"""Runs `extract` in child processes that can be killed: a page and its source in, a post or an ExtractionError out.

A hostile page may take a parser minutes or gigabytes, or crash it. The children are started once, keep the libraries
warm, inherit no socket, file or secret of the parent, and end with it: an idle child sees its standard input close, a
busy one is ended by its own alarm (worker_child.py).
"""

from __future__ import annotations

import asyncio
import io
import os
import pickle
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from crawler.errors import ExtractionBroken, ExtractionError, TooComplex
from crawler.items import Page, Post, Source

PASSED_ON = ("DYLD_LIBRARY_PATH", "HOME", "LANG", "LC_", "LD_LIBRARY_PATH", "PATH", "PYTHON", "SYSTEMROOT", "TMPDIR")
"""How names of the environment begin that a child gets: a key or a token that a configuration names is no such one."""
START_SECONDS = 60.0
"""For a child to import everything (0.6 s on an idle machine), before it counts as broken."""
GRACE_SECONDS = 1.0
"""Beyond a page's seconds, before the parent kills a child whose own alarm did not."""
PAGES_PER_CHILD = 2_000
"""Then it is replaced: what libraries leak stays bounded."""
MAX_REPLY = 256 * 2**20

_TRUSTED = {
    "crawler.items": {"Post", "Image"},
    "crawler.errors": {"ExtractionError", "NotAnArticle", "Elsewhere", "PartsNeeded", "TooComplex"},
    "datetime": {"datetime", "timezone", "timedelta"},
}


class _Reply(pickle.Unpickler):
    """Reads nothing but posts and errors: the child has handled a stranger's bytes."""

    def find_class(self, module: str, name: str) -> type:
        if name in _TRUSTED.get(module, ()):
            found = super().find_class(module, name)
            assert isinstance(found, type)
            return found
        raise pickle.UnpicklingError(f"an extraction child sent {module}.{name}")


class _Gone(Exception):
    """The child ended, or was ended, before its answer was complete."""


class _Child:
    """One process and the pipe to it. Used by one thread at a time."""

    def __init__(self, seconds: float, memory_bytes: int) -> None:
        self.seconds = seconds
        self.pages = 0
        self.process = subprocess.Popen(
            [sys.executable, "-m", "crawler.worker_child", repr(seconds), str(memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)},
            start_new_session=True,  # Ctrl-C on a terminal is for the run, which drains first
        )
        self.ready = False

    def call(self, page: Page, source: Source | None) -> Post | ExtractionError:
        """The child's answer. Raises _Gone when there is none, ExtractionBroken when the child never got ready."""
        assert self.process.stdin is not None
        if not self.ready:
            self._wait_until_ready()
        self.pages += 1
        try:
            pickle.dump((page, source), self.process.stdin, protocol=5)  # a large body goes as it is, without a copy
            self.process.stdin.flush()
        except OSError as error:
            raise _Gone from error
        answer = _Reply(io.BytesIO(self._receive(self.seconds + GRACE_SECONDS))).load()
        assert isinstance(answer, Post | ExtractionError)
        return answer

    def _wait_until_ready(self) -> None:
        try:
            fault = self._receive(START_SECONDS).decode(errors="replace")
        except _Gone:
            fault = f"its process ended (exit code {self.process.wait()}) or was not ready in {START_SECONDS:.0f} s"
        if fault:
            raise ExtractionBroken(f"the extractor does not start: {fault}; install warcpress again with what it needs")
        self.ready = True

    def _receive(self, seconds: float) -> bytes:
        deadline = time.monotonic() + seconds
        size = int.from_bytes(self._read(8, deadline), "big")
        if size > MAX_REPLY:
            raise _Gone
        return self._read(size, deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        assert self.process.stdout is not None
        descriptor = self.process.stdout.fileno()
        pieces: list[bytes] = []
        while size:
            waiter = select.poll()  # select() takes no descriptor above 1,023
            waiter.register(descriptor, select.POLLIN)
            if not waiter.poll(max(0.0, deadline - time.monotonic()) * 1000):
                self.process.kill()
                raise _Gone
            piece = os.read(descriptor, min(size, 1 << 20))
            if not piece:
                raise _Gone
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def why(self) -> str:
        """After _Gone: `time`, `memory` or `crash`."""
        try:
            code = self.process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        if code in (-signal.SIGALRM, -signal.SIGKILL):
            return "time"
        return "memory" if code == MEMORY_EXIT else "crash"

    def end(self) -> None:
        """Ends the process, whatever it does."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except BrokenPipeError:  # bytes for a child that is gone
                continue


MEMORY_EXIT = 77
"""Exit code of a child that ran out of memory_bytes."""


class Workers:
    """`count` children. Thread-safe; usable from asyncio (also under Twisted's asyncio reactor) and from plain code."""

    def __init__(self, count: int, seconds: float = 5.0, memory_bytes: int = 500 * 2**20) -> None:
        """`seconds` of wall time and `memory_bytes` of private memory for each page."""
        self.count, self.seconds, self.memory_bytes = count, seconds, memory_bytes
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="extract")
        self._idle: queue.SimpleQueue[_Child] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._started = self._closed = False

    def start(self) -> None:
        """Starts the children, without waiting for them. The first page does it too."""
        with self._starting:
            if not self._started:
                self._started = True
                for _ in range(self.count):
                    self._idle.put(_Child(self.seconds, self.memory_bytes))

    async def extract(self, page: Page, source: Source | None) -> Post:
        """As `crawler.extractors.extract`, and TooComplex("time" | "memory" | "crash") for a child that had to go,
        ExtractionBroken where none can start."""
        loop = asyncio.get_running_loop()
        return _given(await loop.run_in_executor(self._threads, self._answer, page, source))

    def extract_now(self, page: Page, source: Source | None) -> Post:
        """`extract`, waiting."""
        return _given(self._threads.submit(self._answer, page, source).result())

    def extract_many(self, jobs: Iterable[tuple[Page, Source | None]]) -> Iterator[Post | ExtractionError]:
        """One answer per job, in order; all children at work, never more than three jobs per child in memory."""
        pending: deque[Future[Post | ExtractionError]] = deque()
        for page, source in jobs:
            pending.append(self._threads.submit(self._answer, page, source))
            if len(pending) >= 3 * self.count:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()

    def close(self) -> None:
        """Ends the children; pages under way are finished first."""
        if self._closed:
            return
        self._closed = True
        self._threads.shutdown(wait=True)
        for _ in range(self.count if self._started else 0):
            self._idle.get().end()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answer(self, page: Page, source: Source | None) -> Post | ExtractionError:
        # No secret enters a process that handles a stranger's bytes.
        source = replace(source, headers={}) if source is not None else None
        self.start()
        child = self._idle.get()
        try:
            try:
                return child.call(page, source)
            except (_Gone, pickle.UnpicklingError):
                reason = child.why()
                child.pages = PAGES_PER_CHILD
                return TooComplex(reason)
        finally:
            if child.pages >= PAGES_PER_CHILD:
                child.end()
                child = _Child(self.seconds, self.memory_bytes)
            self._idle.put(child)


def _given(answer: Post | ExtractionError) -> Post:
    if isinstance(answer, ExtractionError):
        raise answer
    return answer
