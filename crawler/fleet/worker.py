"""The loop of `warcpress worker`: several commands at once, each in a child, until all is done or a signal comes."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from logging import WARNING

from archive import many
from crawler.fleet.children import Children
from crawler.fleet.commands import Command
from crawler.terminal import say

PAUSE = 60.0
"""Seconds after the end of a shard's crawl until the next one begins.

One that finds nothing due takes 0.5 s of CPU (2026-11).
"""
_BEST_FIRST = (0, 6, 3, 1, 5, 2, 4)
"""Exit codes of commands; what a signal has killed is worse than all of them."""


@dataclass(frozen=True)
class Ended:
    """A command that a child has run to its end."""

    command: Command
    started: float
    """POSIX seconds."""
    seconds: float
    code: int


def worst(codes: Iterable[int]) -> int:
    """Return the exit code that most needs somebody to look; 0 without any."""
    return max(codes, default=0, key=lambda code: (*_BEST_FIRST, code).index(code))


class Worker:
    """Runs commands, and stops at a signal: the first lets the children finish, the second kills them."""

    def __init__(self, children: Children, tell: Callable[[Ended], None]) -> None:
        """`tell` is called at the end of each command."""
        self._children, self._tell = children, tell
        self.stopping = asyncio.Event()
        """Set once a signal has come: nothing new begins."""
        self._signal = 0
        self.codes: Counter[int] = Counter()
        """How many commands have ended with each exit code."""

    @property
    def exit_code(self) -> int:
        """Exit code of the worker: of the signal that stopped it, else the worst of its commands."""
        return 128 + self._signal if self._signal else worst(self.codes)

    async def run(self, command: Command) -> int:
        """Run a command; return its exit code."""
        started = time.time()
        code = await self._children.run(command)
        self.codes[code] += 1
        self._tell(Ended(command, started, time.time() - started, code))
        return code

    async def take_turns(self, commands: Sequence[Command], at_once: int, *, once: bool) -> None:
        """Run commands, `at_once` at a time; unless `once`, each of them again and again with a pause."""
        free = asyncio.Semaphore(at_once)  # which is fair: all others have had their turn before a command's next one
        locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

        async def turns(command: Command) -> None:
            while not self.stopping.is_set():
                async with locks[command.lock], free:
                    if not self.stopping.is_set():
                        await self.run(command)
                if once:
                    return
                await self.sleep(PAUSE)

        await asyncio.gather(*map(turns, commands))

    async def sleep(self, seconds: float) -> None:
        """Wait, but not longer than until a signal comes."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)

    def listen(self) -> None:
        """Handle SIGINT and SIGTERM from now on."""
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._stop, number)

    def _stop(self, number: int) -> None:
        if self._signal:
            os._exit(128 + number)  # the kernel kills the children
        self._signal = number
        self.stopping.set()
        running = self._children.stop(number)
        name = signal.Signals(number).name
        if running:
            say(f"{name}: waiting for {many(running, 'command')} to finish; once more to stop at once", WARNING)
