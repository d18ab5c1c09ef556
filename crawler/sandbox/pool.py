"""Pool of extraction children: a page and its source in; a post, candidates or an error out.

A hostile page may take a parser minutes or gigabytes, or crash it; then only its child ends. Importing the extractors
takes 0.4 s of CPU, a fork 1.5 ms (2026-11): so one fork server (child.py) imports them and forks every child. The
children inherit no socket, file or secret of the parent, and end with it: an idle child when its pipe closes, a busy
one by its own alarm. What they answer is checked (messages.py), since a page may have taken a child over.
(`multiprocessing`'s fork server would import the main program again in every child.)
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
from typing import Literal, Self, TypeVar

from crawler.config.schema import Limits
from crawler.discovery import EntryPoint, Found
from crawler.errors import ExtractionError, SourceUnreadable, TooComplex
from crawler.items import Page, Post, Source
from crawler.original.view import View
from crawler.sandbox.forkserver import Child, ForkServer, Gone
from crawler.sandbox.messages import Request, WrongAnswer, read_found, read_post, read_view

logger = logging.getLogger(__name__)

PAGES_PER_CHILD = 2_000
"""Pages after which a child is replaced: memory that libraries leak stays bounded."""

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

    @classmethod
    def of(cls, limits: Limits) -> Self:
        """Make the workers of a run: one for each of two pages at once."""
        return cls(2, seconds=limits.extract_seconds, memory_bytes=limits.extract_bytes)

    def start(self) -> ForkServer:
        """Start the fork server without waiting for its imports; else the first page starts it.

        A command starts it before it imports Scrapy: each takes 0.5 s, on two processors both together no longer.
        """
        with self._starting:
            if self._server is None:
                self._server = ForkServer(self.memory_bytes)
            return self._server

    @property
    def confinement(self) -> list[str] | None:
        """What confines the children (`landlock`, `seccomp`); None before the first one starts and after `close`."""
        return self._server.confinement if self._server else None

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
        request = Request("discover", limits.discover_seconds, page, _bare(source), entry, limits)
        ask = partial(self._ask, request, read_found)
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

    def view_now(self, page: Page, task: Literal["page", "style"]) -> View:
        """Make the view of a page or style sheet in a child, for plain code: wait for it.

        Raises ExtractionError when it gives none, TooComplex("time" | "memory" | "crash") when the child ended.
        """
        answer = self._threads.submit(self._ask, Request(task, self.seconds, page), read_view).result()
        try:
            if isinstance(answer, View):
                return answer
            raise answer
        finally:
            del answer

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

    def kill(self) -> None:
        """End the children at once, with what they work at: those who wait for it get TooComplex("crash")."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._starting:
            if self._server is not None:
                self._server.kill()
        self.close()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _extract(self, page: Page, source: Source | None) -> Post | ExtractionError:
        return self._ask(Request("extract", self.seconds, page, _bare(source)), read_post)

    def _ask(self, request: Request, read: Callable[[bytes, Request], T]) -> T | TooComplex:
        """Give an idle child a task; end the child when it gives no answer, or a wrong one."""
        server = self.start()
        child = self._idle.get()
        try:
            if child is None:
                child = server.child()
            answer = read(child.ask(request), request)
            if child.pages >= PAGES_PER_CHILD:
                server.end(child)
                child = None
            return answer
        except (Gone, WrongAnswer) as error:
            reason, child = server.end(child) if child is not None else "crash", None
            if isinstance(error, WrongAnswer):
                logger.error("%s: %s; the child was ended", request.page.url, error)
                reason = "crash"
            return TooComplex(reason)
        finally:
            self._idle.put(child)


def _bare(source: Source | None) -> Source | None:
    """The source without its headers: no secret enters a process that parses a stranger's bytes."""
    return replace(source, headers={}) if source is not None else None


def _post(answer: Post | ExtractionError) -> Post:
    try:
        if isinstance(answer, ExtractionError):
            raise answer
        return answer
    finally:
        del answer
