"""Fork server for extraction: it imports everything once, then forks children that read pages.

`forkserver.py` starts it with the memory of a child as argument and a socket as standard input. It first sends a frame
there: empty when it is ready, else the reason why not; then one with the names of what confines its children. Then it
answers requests, each one number:

* a number with two descriptors: fork a child that reads from the first and writes to the second; answer its process id
* a number alone: end the child with this process id; answer its exit code

The server itself reads no page. An alarm ends a child that takes too long for a page, even inside C code or after its
parent has ended.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from crawler.discovery import Found
from crawler.discovery.reading import read
from crawler.errors import ExtractionError, SourceUnreadable, WarcpressError
from crawler.extractors import extract
from crawler.items import Page, Post
from crawler.original.page import page_view, style_view
from crawler.original.view import View
from crawler.sandbox.confinement import confine, tried
from crawler.sandbox.messages import (
    GRACE_SECONDS,
    MEMORY_EXIT,
    NUMBER,
    Answer,
    Request,
    answer_frame,
    frame,
    read_request,
)

_WARM_UP = b"<html><body><article><h1>Warm up</h1>" + b"<p>Once, before the first page, everything is used.</p>" * 9


def main() -> None:
    """Answer requests until the parent has ended."""
    memory_bytes = int(sys.argv[1])
    control = socket.socket(fileno=0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    try:
        extract(Page("http://warm.up/", _WARM_UP, [], datetime(2026, 1, 1, tzinfo=UTC)), None)
        confinement = " ".join(tried()).encode()
    except Exception as error:  # noqa: BLE001 - no page could be read; the parent stops the run
        control.sendall(frame(f"{type(error).__name__}: {' '.join(str(error).split())}".encode()))
        return
    gc.freeze()  # the collector skips what is loaded now, so children share its memory
    gc.set_threshold(10_000, 10, 10)  # as it is, it takes 0.25 of 20 ms a page, and with 5,000 nothing (2026-11)
    gc.enable()
    # The run may have ended, or been killed: that is no traceback for its log, or for that of the next one.
    with suppress(ConnectionError):
        control.sendall(frame(b"") + frame(confinement))
        _serve(control, memory_bytes)


def _serve(control: socket.socket, memory_bytes: int) -> None:
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, NUMBER, 2)
        if len(message) < NUMBER:
            return
        if descriptors:
            number = os.fork()
            if not number:
                control.close()
                _close_output()
                frames, answers = os.fdopen(descriptors[0], "rb"), os.fdopen(descriptors[1], "wb")
                answer_pages(frames, answers, memory_bytes)
                os._exit(0)
            for descriptor in descriptors:
                os.close(descriptor)
        else:
            number = _end(int.from_bytes(message, "big", signed=True))
        control.sendall(number.to_bytes(NUMBER, "big", signed=True))


def _end(pid: int) -> int:
    """End a child; return its exit code, negative for a signal, 1 for a child of another server."""
    deadline = time.monotonic() + GRACE_SECONDS
    try:
        while not (found := os.waitpid(pid, os.WNOHANG))[0]:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)  # only this process waits for it, so the id can't be another process's
            time.sleep(0.001)
    except ChildProcessError:
        return 1
    return os.waitstatus_to_exitcode(found[1])


def _close_output() -> None:
    """Lead what a child prints nowhere: a page must not put lines into the log."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    if nowhere > 2:
        os.close(nowhere)


def answer_pages(frames: BinaryIO, answers: BinaryIO, memory_bytes: int) -> None:
    """Answer pages until `frames` ends."""
    # Private memory, not address space: mapped libraries alone take 300 MB of the latter.
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    confine()
    while (request := read_request(frames)) is not None:
        signal.setitimer(signal.ITIMER_REAL, request.seconds)
        answer = answer_frame(_answer(request))
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(answer)
        answers.flush()


def _answer(request: Request) -> Answer:
    try:
        return _do(request)
    except (ExtractionError, SourceUnreadable) as error:
        return error
    except MemoryError:
        os._exit(MEMORY_EXIT)
    except WarcpressError:
        raise
    except Exception as error:  # noqa: BLE001 - an internal error costs one page; the message gives its place
        place = traceback.extract_tb(error.__traceback__)[-1]
        return ExtractionError(
            f"internal error: {type(error).__name__}: {error} "
            f"({Path(place.filename).name}:{place.lineno}); please report it with this URL"
        )


def _do(request: Request) -> Post | Found | View:
    if request.task == "extract":
        return extract(request.page, request.source)
    if request.task in ("page", "style"):
        return (page_view if request.task == "page" else style_view)(request.page)
    if request.source is None or request.entry is None or request.limits is None:
        raise ValueError("the task `discover` needs a source, an entry point and limits")
    return read(request.page, request.source, request.entry, request.limits)


if __name__ == "__main__":
    main()
