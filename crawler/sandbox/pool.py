"""Pool of extraction children: a page and its source in, a post, found candidates or an error out.

A hostile page may take a parser minutes or gigabytes, or crash it; only its child ends.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from crawler.config.schema import Limits
from crawler.discovery import EntryPoint, Found
from crawler.errors import ExtractionError, SourceUnreadable, TooComplex
from crawler.items import Page, Post, Source
from crawler.sandbox.forkserver import Child, ForkServer, Gone
from crawler.sandbox.messages import GRACE_SECONDS, WrongAnswer, read_found, read_post, write_request

logger = logging.getLogger(__name__)

PAGES_PER_CHILD = 2_000
"""Pages after which a child is replaced: memory that libraries leak stays bounded."""

T = TypeVar("T")


class Workers:
    """`count` children. Thread-safe; usable from asyncio (also under Twisted's asyncio reactor) and from plain code."""

    def __init__(
        self, count: int, seconds: float = Limits.extract_seconds, memory_bytes: int = Limits.extract_bytes
    ) -> None:
        """`seconds`: wall time for extracting a page. `memory_bytes`: private memory of a child."""
        self.count, self.seconds, self.memory_bytes = count, seconds, memory_bytes
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="extract")
        self._idle: queue.SimpleQueue[Child | None] = queue.SimpleQueue()  # None: to be forked when there is a page
        for _ in range(count):
            self._idle.put(None)
        self._starting = threading.Lock()
        self._server: ForkServer | None = None

    def start(self) -> ForkServer:
        """Start to import the extractors, without waiting; the first page would do it too."""
        with self._starting:
            if self._server is None:
                self._server = ForkServer(self.memory_bytes)
            return self._server

    async def extract(self, page: Page, source: Source | None) -> Post:
        """Extract in a child, as `crawler.extractors.extract` does.

        Raises TooComplex("time" | "memory" | "crash") when the child had to end, ExtractionBroken when none can start.
        """
        answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._extract, page, source)
        try:
            return _post(answer)
        finally:
            del answer  # an error in a frame of its own traceback is a cycle, which would hold the page

    async def discover(self, page: Page, source: Source, entry: EntryPoint, limits: Limits) -> Found:
        """Read a discovery document in a child, as `crawler.discovery.read` does.

        Raises SourceUnreadable also when the child had to end, ExtractionBroken when none can start.
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
        """`extract` for plain code: waits for the answer."""
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
        """Have an idle child do a task; end the child when it gives no answer, or a wrong one."""
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
