"""What a person at a terminal sees: lines on stdout and stderr, with control characters escaped, and a progress bar."""

from __future__ import annotations

import os
import sys
from io import BufferedWriter, FileIO, TextIOWrapper
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING, TextIO

from archive.escaping import printable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from rich.progress import Progress as Bar


class _Lossy(FileIO):
    """A file whose writing never fails: what can't be written is lost."""

    def write(self, data: ReadableBuffer, /) -> int:
        size = memoryview(data).nbytes
        try:
            return super().write(data) or size  # None: a pipe that doesn't block is full
        except OSError:
            return size


def open_stderr() -> None:
    """Make stderr one that loses what can't be written (a full disk, a pipe that is closed): no run ends by its log.

    A program calls this before it writes its first line. A stderr that is closed (`2>&-`) becomes /dev/null.
    """
    number = 2
    if sys.stderr is None:
        number = os.open(os.devnull, os.O_WRONLY)
        os.set_inheritable(number, True)  # or a child takes the free number for something else
    sys.stderr = TextIOWrapper(
        BufferedWriter(_Lossy(number, "w", closefd=False)),
        encoding=getattr(sys.stderr, "encoding", "utf-8"),
        errors="backslashreplace",
        line_buffering=True,
    )


def put(line: str) -> None:
    """Write a line of data to stdout; tabs between its columns stay."""
    sys.stdout.write("\t".join(map(printable, line.split("\t"))) + "\n")


def put_statement(line: str) -> None:
    """Write a long line of words to stdout; on a terminal it is wrapped between them, further lines indented."""
    if not sys.stdout.isatty():
        put(line)
        return
    text = printable(line)
    indent = " " * (len(text) - len(text.lstrip()) + 4)
    width = max(get_terminal_size().columns, 2 * len(indent))
    for part in wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False):
        put(part)


def say(message: str) -> None:
    """Write a message to stderr."""
    sys.stderr.write(f"{printable(message)}\n")


def start_bar(err: TextIO, what: str) -> Bar:
    """Start a bar that counts bytes, with one task named `what`; the caller updates and stops it.

    rich takes 0.03 s of CPU to import (2026-11), so it is imported only now.
    """
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=Console(file=err, highlight=False),
        transient=True,
    )
    bar.start()
    bar.add_task(what, total=None)
    return bar
