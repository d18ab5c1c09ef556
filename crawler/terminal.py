"""What a person sees: lines whose text from outside can neither move the cursor nor forge another line (THREATS L1,
L2), a progress bar on a terminal and plain lines elsewhere."""

from __future__ import annotations

import logging
import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from archive import Redactor, printable
from crawler.errors import StorageFailed

ACCOUNTED = {"accounted": True}
"""`extra` of a log line that the summary of the run says again: on a terminal it is said there alone."""


def on_terminal() -> bool:
    """Whether a person looks on; what goes into a file or a journal keeps its times instead."""
    return Console(stderr=True).is_terminal


def say(text: str) -> None:
    """A line for the person, on stderr: stdout is for what was asked for."""
    sys.stderr.write(printable(text) + "\n")


def put(text: str) -> None:
    """A line of what was asked for, on stdout."""
    sys.stdout.write(printable(text) + "\n")


class OneLine(logging.Formatter):
    """One event is one line, exceptions included, without the operator's secrets (THREATS C3)."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        return printable(self._redactor.text(super().format(record)).replace("\n", " ⏎ "))


def log_to_stderr(level: int, redactor: Redactor) -> None:
    """The log of a run: time in UTC, level, text; on a terminal without what the summary will say."""
    formatter = OneLine(redactor)
    formatter.converter = time.gmtime
    handler = _ToStderr(level, summed_up=on_terminal())
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("scrapy", "twisted", "asyncio", "py.warnings"):
        logging.getLogger(name).setLevel(logging.WARNING)  # one event, one line, and it is ours
    logging.getLogger("scrapy.core.downloader.handlers").setLevel(logging.ERROR)  # too large: the fetch says it


class _ToStderr(logging.Handler):
    """Writes to what stderr is at the moment: a progress bar puts itself before it."""

    def __init__(self, level: int, *, summed_up: bool) -> None:
        super().__init__(level)
        self._summed_up = summed_up

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, StorageFailed) and record.name.startswith("scrapy"):
            return  # capture said it once; Scrapy tells it again for whatever was under way, with tracebacks
        if self._summed_up and getattr(record, "accounted", False):
            return
        sys.stderr.write(self.format(record) + "\n")


class Meter:
    """Articles of a run as they are settled: a bar on a terminal, nothing elsewhere (the log then speaks)."""

    def __init__(self, total: int | None, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[counts]}", markup=False),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._progress.add_task("", total=total, counts="")
        self._counts: dict[str, int] = {}

    def settled(self, outcome: str, _url: str) -> None:
        self._counts[outcome] = self._counts.get(outcome, 0) + 1
        counts = ", ".join(f"{count} {name}" for name, count in sorted(self._counts.items()))
        self._progress.update(self._task, advance=1, counts=counts)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
