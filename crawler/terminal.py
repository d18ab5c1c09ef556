"""Write lines to stdout and stderr, the log of a run, and a progress bar.

Control characters are escaped, so text from a page can neither move the cursor nor forge another line.
"""

from __future__ import annotations

import logging
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from archive import Redactor, printable
from crawler.errors import StorageFailed

if TYPE_CHECKING:
    from rich.console import Console

ACCOUNTED = {"accounted": True}
"""`extra` of a log line that the run's summary repeats; a terminal shows it only in the summary."""


def on_terminal() -> bool:
    """Return whether stderr is a terminal, not a file or a journal."""
    return sys.stderr.isatty()


def say(text: str) -> None:
    """Write a message to stderr; stdout is for data."""
    sys.stderr.write(printable(text) + "\n")


def put(text: str) -> None:
    """Write a line of data to stdout."""
    sys.stdout.write(printable(text) + "\n")


class OneLine(logging.Formatter):
    """Format an event, exceptions included, as one line without the operator's secrets."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """One line: time, level, text."""
        return printable(self._redactor.text(super().format(record)).replace("\n", " ⏎ "))


def log_to_stderr(level: int, redactor: Redactor) -> None:
    """Send the log of a run to stderr: UTC time, level, text; on a terminal without lines that the summary repeats."""
    formatter = OneLine(redactor)
    formatter.converter = time.gmtime
    handler = _ToStderr(level, summed_up=on_terminal())
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("scrapy", "twisted", "asyncio", "py.warnings"):
        logging.getLogger(name).setLevel(logging.WARNING)  # we log each event ourselves
    # Its warning about a response that is too large repeats our own line.
    logging.getLogger("scrapy.core.downloader.handlers").setLevel(logging.ERROR)


class _ToStderr(logging.Handler):
    """Write to `sys.stderr` as it is at that moment: a progress bar replaces it."""

    def __init__(self, level: int, *, summed_up: bool) -> None:
        super().__init__(level)
        self._summed_up = summed_up

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, StorageFailed) and record.name.startswith("scrapy"):
            return  # logged once by capture; Scrapy repeats it with a traceback for each request under way
        if self._summed_up and getattr(record, "accounted", False):
            return
        sys.stderr.write(self.format(record) + "\n")


class Meter:
    """Count the finished articles of a run in a progress bar; without a terminal it shows nothing."""

    def __init__(self, total: int | None, console: Console | None = None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        console = console or Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[counts]}", markup=False),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("", total=total, counts="")
        self._counts: dict[str, int] = {}

    def settled(self, outcome: str, _url: str) -> None:
        """Count an article."""
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
