"""Reads pages in child processes that can be killed: a page and its source in, a post, what a document leads to, or an
error out.

A hostile page may take a parser minutes or gigabytes, or crash it. How children start and end: forkserver.py.
"""

from __future__ import annotations

import asyncio
import io
import pickle
import queue
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

from crawler.config.schema import Limits
from crawler.discovery import EntryPoint, Found
from crawler.errors import ExtractionError, SourceUnreadable, TooComplex
from crawler.items import Page, Post, Source
from crawler.sandbox.child import GRACE_SECONDS
from crawler.sandbox.forkserver import Child, ForkServer, Gone

PAGES_PER_CHILD = 2_000
"""Then it is replaced: what libraries leak stays bounded."""

Answer = Post | Found | ExtractionError | SourceUnreadable

_TRUSTED = {
    "crawler.items": {"Post", "Image", "Candidate", "Section", "Listing"},
    "crawler.discovery.found": {"Found", "EntryPoint"},
    "crawler.errors": {"ExtractionError", "NotAnArticle", "Elsewhere", "PartsNeeded", "TooComplex", "SourceUnreadable"},
    "datetime": {"datetime", "timezone", "timedelta"},
}


class _Reply(pickle.Unpickler):
    """Reads nothing but answers: the child has handled a stranger's bytes."""

    def find_class(self, module: str, name: str) -> type:
        if name in _TRUSTED.get(module, ()):
            found = super().find_class(module, name)
            assert isinstance(found, type)
            return found
        raise pickle.UnpicklingError(f"an extraction child sent {module}.{name}")


class Workers:
    """`count` children. Thread-safe; usable from asyncio (also under Twisted's asyncio reactor) and from plain code."""

    def __init__(
        self, count: int, seconds: float = Limits.extract_seconds, memory_bytes: int = Limits.extract_bytes
    ) -> None:
        """`seconds` of wall time for extracting a page, and `memory_bytes` of private memory for a child."""
        self.count, self.seconds, self.memory_bytes = count, seconds, memory_bytes
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="extract")
        self._idle: queue.SimpleQueue[Child | None] = queue.SimpleQueue()  # None: to be forked when there is a page
        for _ in range(count):
            self._idle.put(None)
        self._starting = threading.Lock()
        self._server: ForkServer | None = None

    def start(self) -> ForkServer:
        """Has the extractor imported, without waiting for it. The first page does it too."""
        with self._starting:
            if self._server is None:
                self._server = ForkServer(self.memory_bytes)
            return self._server

    async def extract(self, page: Page, source: Source | None) -> Post:
        """As `crawler.extractors.extract`, and TooComplex("time" | "memory" | "crash") for a child that had to go,
        ExtractionBroken where none can start."""
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._threads, self._answer, self.seconds, "extract", page, source)
        try:
            return _post(answer)
        finally:
            del (
                answer
            )  # an error in a frame of its own traceback is a circle: it would hold the page until a collection

    async def discover(self, page: Page, source: Source, entry: EntryPoint, limits: Limits) -> Found:
        """As `crawler.discovery.read`; SourceUnreadable for a child that had to go too, ExtractionBroken where
        none can start."""
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(
            self._threads, self._answer, limits.discover_seconds, "discover", page, source, entry, limits
        )
        try:
            if isinstance(answer, Found):
                return answer
            if isinstance(answer, SourceUnreadable):
                raise answer
            raise SourceUnreadable(page.url, str(answer))
        finally:
            del answer

    def extract_now(self, page: Page, source: Source | None) -> Post:
        """`extract`, waiting."""
        return _post(self._threads.submit(self._answer, self.seconds, "extract", page, source).result())

    def extract_many(self, jobs: Iterable[tuple[Page, Source | None]]) -> Iterator[Post | ExtractionError]:
        """One answer per job, in order; all children at work, never more than three jobs per child in memory."""
        pending: deque[Future[Answer]] = deque()
        for page, source in jobs:
            pending.append(self._threads.submit(self._answer, self.seconds, "extract", page, source))
            if len(pending) >= 3 * self.count:
                yield _post_or_error(pending.popleft().result())
        while pending:
            yield _post_or_error(pending.popleft().result())

    def close(self) -> None:
        """Ends the children; pages under way are finished first. May be called again."""
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

    def _answer(self, seconds: float, task: str, page: Page, source: Source | None, *further: Any) -> Answer:
        # No secret enters a process that handles a stranger's bytes.
        source = replace(source, headers={}) if source is not None else None
        server = self.start()
        child = self._idle.get()
        try:
            if child is None:
                child = server.child()
            # Without a copy: a large body goes as it is.
            send = partial(pickle.dump, (seconds, task, page, source, *further), protocol=5)
            answer = _Reply(io.BytesIO(child.ask(send, seconds + GRACE_SECONDS))).load()
            assert isinstance(answer, Post | Found | ExtractionError | SourceUnreadable)
            if child.pages >= PAGES_PER_CHILD:
                server.end(child)
                child = None
            return answer
        except (Gone, pickle.UnpicklingError):
            reason, child = server.end(child) if child is not None else "crash", None
            return TooComplex(reason)
        finally:
            self._idle.put(child)


def _post(answer: Answer) -> Post:
    found = _post_or_error(answer)
    try:
        if isinstance(found, ExtractionError):
            raise found
        return found
    finally:
        del answer, found


def _post_or_error(answer: Answer) -> Post | ExtractionError:
    assert isinstance(answer, Post | ExtractionError)
    return answer
