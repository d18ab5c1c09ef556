"""One extraction child: pickles on standard input; answers (8 bytes of length, a pickle) on standard output.

Started by `workers.py` as `python -m crawler.worker_child SECONDS MEMORY_BYTES`; its first frame is empty when it
is ready, else says what is wrong. Each page has its seconds, after which the alarm ends the process, in C code too and
without a parent.
"""

from __future__ import annotations

import os
import pickle
import resource
import signal
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from crawler.errors import ExtractionError, WarcpressError
from crawler.extractors import extract
from crawler.items import Page, Post, Source
from crawler.workers import MEMORY_EXIT

_WARM_UP = b"<html><body><article><h1>Warm up</h1>" + b"<p>Once, before the first page, everything is used.</p>" * 9


def main() -> None:
    """Answers pages until standard input ends."""
    seconds, memory_bytes = float(sys.argv[1]), int(sys.argv[2])
    frames, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    try:
        extract(Page("http://warm.up/", _WARM_UP, [], datetime(2026, 1, 1, tzinfo=UTC)), None)
    except Exception as error:  # noqa: BLE001 - whatever it is would meet every page; the parent stops the run
        _send(answers, f"{type(error).__name__}: {' '.join(str(error).split())}".encode())
        return
    # Private memory, not address space: mapped libraries alone take 300 MB of the latter.
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    _send(answers, b"")
    while (job := _receive(frames)) is not None:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        page, source = job
        answer = pickle.dumps(_answer(page, source), protocol=5)
        signal.setitimer(signal.ITIMER_REAL, 0)
        _send(answers, answer)


def _answer(page: Page, source: Source | None) -> Post | ExtractionError:
    try:
        return extract(page, source)
    except ExtractionError as error:
        return error
    except MemoryError:
        os._exit(MEMORY_EXIT)
    except WarcpressError:
        raise
    except Exception as error:  # noqa: BLE001 - a fault of ours costs this page, not the run; it is told
        place = traceback.extract_tb(error.__traceback__)[-1]
        return ExtractionError(
            f"{page.url}: extraction failed: {type(error).__name__}: {error} "
            f"({Path(place.filename).name}:{place.lineno}); please report it with this URL"
        )


def _receive(frames: BinaryIO) -> tuple[Page, Source | None] | None:
    try:
        job: tuple[Page, Source | None] = pickle.load(frames)
    except (EOFError, pickle.UnpicklingError):  # the parent is gone, between two pages or in the middle of one
        return None
    return job


def _send(answers: BinaryIO, body: bytes) -> None:
    answers.write(len(body).to_bytes(8, "big") + body)
    answers.flush()


if __name__ == "__main__":
    main()
