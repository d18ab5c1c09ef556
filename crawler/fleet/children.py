"""Run commands of warcpress in child processes that die with this one."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from archive import LOCK, printable
from crawler.config import Shard
from crawler.errors import exit_code_of
from crawler.fleet.commands import Command
from crawler.terminal import voice

PROGRAM = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); os.getppid() == int(sys.argv.pop(1)) or os._exit(137); "
    "from crawler.cli import entry; entry()"
)
"""What a child runs. First it asks the kernel for a SIGKILL (9) when its parent dies (PR_SET_PDEATHSIG, 1); the parent
may have died before that. It needs `-P`: else Python would import a `crawler/` or `json.py` of the working folder."""
LONGEST = 1 << 24
"""Most bytes of a line of a child's output."""
LAST_WORDS = 5.0
"""Seconds for what a child has written before its end; a process that it started may keep its output open."""


class Children:
    """The children that are running."""

    def __init__(self, options: Sequence[str]) -> None:
        """`options`: global ones of `warcpress`, for every child."""
        self._options = options
        self._running: set[asyncio.subprocess.Process] = set()
        self._signal = 0

    async def run(self, command: Command) -> int:
        """Run a command; return its exit code, as a shell has it: 128 and the signal that killed it.

        Its lines on stderr get its name in front, those of JSON as the key `shard` or `file`. Call this in the main
        thread: a child dies with the thread that started it.
        """
        shard = ("--shard", str(command.shard)) if command.shard else ()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-c", PROGRAM, str(os.getpid()), *self._options, *shard, *command.words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # so that Ctrl-C reaches only the worker, which passes it on once
            limit=LONGEST,
        )
        self._running.add(process)
        if self._signal:  # it came after the last child was told, as procrastinate takes one more job while it stops
            os.kill(process.pid, self._signal)
        key = "file" if command.is_for_file else "shard"
        is_json = voice().format == "json"
        name = f'{{"{key}": {json.dumps(command.name)}, ' if is_json else f"{printable(command.name)}: "
        assert process.stdout is not None and process.stderr is not None
        forwarding = [
            asyncio.create_task(_forward(process.stdout, sys.stdout.buffer)),
            asyncio.create_task(_forward(process.stderr, sys.stderr.buffer, name.encode())),
        ]
        try:
            code = await process.wait()
        finally:
            self._running.discard(process)
        done, late = await asyncio.wait(forwarding, timeout=LAST_WORDS)
        for task in late:
            task.cancel()
        lost = max((exit_code_of(fault) for task in done if (fault := task.result())), default=0)
        return (code or lost) if code >= 0 else 128 - code

    def stop(self, number: int) -> int:
        """Send a signal to all children, and to each further one; return how many there are.

        Not by `process.send_signal`: that asks first whether the child has ended, and takes its exit code away from
        asyncio, which then reports 255.
        """
        self._signal = number
        for process in self._running:
            with suppress(ProcessLookupError):
                os.kill(process.pid, number)
        return len(self._running)


async def _forward(stream: asyncio.StreamReader, out: BinaryIO, name: bytes = b"") -> OSError | None:
    """Pass on whole lines, so that those of two children do not mix; return why some were not written.

    What can't be written is read all the same: a child waits for ever while its pipe is full.
    """
    fault = None
    while line := await _line(stream):
        if name.startswith(b"{"):
            line = name + line[1:] if line.startswith(b"{") else line
        else:
            line = name + line
        try:
            if fault is None:
                sys.stderr.flush()
                out.write(line)
                out.flush()
        except OSError as error:
            fault = error
    return fault


async def _line(stream: asyncio.StreamReader) -> bytes:
    """Read a line; a part of one that is longer than LONGEST; nothing at the end."""
    try:
        return await stream.readuntil()
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError as part:
        return await stream.readexactly(part.consumed)


def kill_stopped(folders: Iterable[Path], shard: Shard) -> int:
    """Kill the child of another worker of this machine that has the lock of a shard's folder and is stopped (SIGSTOP).

    `folders`: where it may have begun. Return its process; 0 when nothing was killed: a child that is not stopped comes
    to its end.
    """
    for folder in folders:
        with suppress(OSError, ValueError, IndexError):
            process = int((folder / LOCK).read_text("ascii").split()[0])
            words = Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace").split("\0")
            state = Path(f"/proc/{process}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[0]
            if state == "T" and PROGRAM in words and str(shard) in words:
                os.kill(process, signal.SIGKILL)
                return process
    return 0
