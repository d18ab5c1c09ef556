"""Write lines to stdout and stderr, the log, and a progress line.

Control characters are escaped, so text from a page can neither move the cursor nor forge another line.
"""

from __future__ import annotations

import logging
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from archive import Redactor, json_text, printable
from crawler.errors import StorageFailed

if TYPE_CHECKING:
    from rich.progress import Progress

ACCOUNTED = {"accounted": True}
"""`extra` of a log line that the run's summary repeats; a terminal shows it only in the summary."""
OURS = ("crawler.", "archive.")
"""Beginnings of our loggers' names; others are heard only when they warn."""
LogFormat = Literal["text", "json"]


@dataclass(frozen=True)
class Voice:
    """What stderr gets, and in which form: the options -q, -v and --log-format."""

    verbosity: int = 0
    """-1: only problems. 0: what happened. 1: also each visit, and articles that have not changed."""
    format: LogFormat = "text"

    @property
    def watched(self) -> bool:
        """Whether a person watches: a progress line is drawn, and the summary lists failures that no line told."""
        return self.verbosity >= 0 and self.format == "text" and sys.stderr.isatty()

    @property
    def level(self) -> int:
        """Least level of the log; a terminal has the progress line in place of a line for each article."""
        if self.verbosity > 0:
            return logging.DEBUG
        return logging.WARNING if self.verbosity < 0 or self.watched else logging.INFO


_voice = Voice()


def speak(voice: Voice) -> None:
    """Take the options of the command line; until then those of a command without options hold."""
    global _voice
    _voice = voice


def voice() -> Voice:
    """The present options."""
    return _voice


def fields(**values: str) -> dict[str, Any]:
    """`extra` of a log line: keys that it has in JSON besides its text."""
    return {"fields": values}


def say(text: str, level: int = logging.INFO) -> None:
    """Write a message to stderr; stdout is for data. With -q, only problems (WARNING and above) are written."""
    if level < logging.WARNING and _voice.verbosity < 0:
        return
    line = printable(text) if _voice.format == "text" else _json_line(time.time(), level, text)
    sys.stderr.write(line + "\n")


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


class JsonLine(logging.Formatter):
    """Format an event as one JSON object: time, level, message, logger, traceback, and the event's own fields."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """One line; secrets are cut out of the values, since JSON may escape some of their characters."""
        own = {**getattr(record, "fields", {}), "logger": record.name}
        if record.exc_info:
            own["traceback"] = self.formatException(record.exc_info)
        clean = {name: self._redactor.text(value) for name, value in own.items()}
        return _json_line(record.created, record.levelno, self._redactor.text(record.getMessage()), clean)


def _json_line(seconds: float, level: int, message: str, more: dict[str, str] | None = None) -> str:
    time = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json_text({"time": time, "level": logging.getLevelName(level).lower(), "message": message, **(more or {})})


def log_to_stderr(redactor: Redactor, level: int | None = None) -> None:
    """Send the log to stderr.

    `level`: None = by the options, and on a terminal without lines that the summary repeats.
    """
    formatter = OneLine(redactor) if _voice.format == "text" else JsonLine(redactor)
    formatter.converter = time.gmtime
    handler = _ToStderr(
        _voice.level if level is None else level,
        summed_up=level is None and _voice.watched and _voice.verbosity == 0,
    )
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(handler.level)
    # Its warning about a response that is too large repeats our own line.
    logging.getLogger("scrapy.core.downloader.handlers").setLevel(logging.ERROR)


class _ToStderr(logging.Handler):
    """Write to `sys.stderr` as it is at that moment: a progress bar replaces it."""

    def __init__(self, level: int, *, summed_up: bool) -> None:
        super().__init__(level)
        self._summed_up = summed_up

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno < logging.WARNING and not record.name.startswith(OURS):
            return  # we log each event ourselves
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, StorageFailed) and record.name.startswith("scrapy"):
            return  # logged once by capture; Scrapy repeats it with a traceback for each request under way
        if self._summed_up and getattr(record, "accounted", False):
            return
        sys.stderr.write(self.format(record) + "\n")


class Meter:
    """Count the finished articles of a run in one line that is drawn again and again; nothing without a terminal."""

    def __init__(self, total: int | None) -> None:
        """`total`: how many articles there will be; None = that is known once lists are read."""
        self._counts: dict[str, int] = {}
        self._progress: Progress | None = None
        if not _voice.watched:
            return
        from rich.console import Console  # 0.06 s of CPU (2026-11)
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            SpinnerColumn(),
            TimeElapsedColumn(),
            BarColumn(bar_width=10),
            MofNCompleteColumn(),
            TextColumn("{task.description}", markup=False),  # the last one, since a narrow terminal cuts its end
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("reading lists" if total is None else "", total=total)

    def expect(self, total: int) -> None:
        """Take the number of articles that are finished, under way or due."""
        if self._progress is not None:
            self._progress.update(self._task, total=total)

    def settled(self, outcome: str, _url: str) -> None:
        """Count an article."""
        if self._progress is None:
            return
        self._counts[outcome] = self._counts.get(outcome, 0) + 1
        counts = ", ".join(f"{count} {name}" for name, count in sorted(self._counts.items()))
        self._progress.update(self._task, advance=1, description=counts)

    def __enter__(self) -> Self:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()
