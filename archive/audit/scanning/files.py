"""Files go in, one after the other or several at once in processes; numbered batches of findings and rows come out."""

from __future__ import annotations

import queue
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from archive.audit.checks.judge import Verdict, judge_content, judge_header
from archive.audit.scanning.batch import Batch, FileCounts
from archive.audit.scanning.fast_path import FastPath
from archive.audit.scanning.filelog import FileLog
from archive.errors import StorageError
from archive.read.faults import Fault
from archive.read.record import ScannedRecord
from archive.read.scan import scan
from archive.read.sink import End
from archive.read.source import Source
from archive.remote.journal import Stored

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

BATCH = 2048
"""Rows and findings that are handed on at once."""
WAITING = 16
"""Batches that may wait for the reader: bounds the memory when the processes are faster."""
Part = Batch | FileCounts


@dataclass(frozen=True, slots=True)
class Target:
    """A file to read, or a stored member of a zip."""

    path: Path
    name: str
    """The file's name in findings."""
    number: int
    """The file's number within the audit."""
    start: int = 0
    size: int | None = None
    package: str | None = None
    """The archive or WACZ package of the file; None for a loose file, whose records may refer to files not given."""
    hashed: bool = False
    """Compute the sha256 of the file while it is read."""
    temporary: bool = False
    """The path is that of a copy on this machine: of a compressed member of a zip, or of a file in the store."""
    stored: Stored | None = None
    """Where the file is, when it is only in the store; `path` is then a copy, made before it is read."""


class JudgingLog(FileLog):
    """The sink of a scan: each record is judged before it is logged."""

    def __init__(self, name: str, number: int, size: int, now: datetime) -> None:
        super().__init__(name, number, size)
        self._now = now
        self._fast = FastPath(self, now)
        self._verdict = Verdict([], True)
        self.accept = self._fast.accept

    def judge(self, record: ScannedRecord) -> bool:
        """Judge the header of a record."""
        self._verdict = judge_header(record, self._now)
        return self._verdict.sound

    def add(self, record: ScannedRecord, length: int, fault: Fault | None = None, end: End = End.RIGHT) -> None:
        """Judge the content of a record that ends well, and log it."""
        verdict = self._verdict
        if fault is not None and fault.check == 2:
            self.damage(fault, record)
            return
        if fault is not None and (end is End.RIGHT or verdict.sound):
            verdict.faults.append(fault)
        if end is End.RIGHT:
            judge_content(record, verdict)
            if self._fast.refused and not verdict.faults:
                self._fast.learn(record)
        elif fault is not None:
            verdict.sound = False
        self.add_judged(record, verdict, length)


def read_files(targets: Sequence[Target], now: datetime, processes: int) -> Iterator[tuple[int, Part]]:
    """Read all files: batches and counts, each with its file's number. StorageError for a file that can't be read."""
    if processes <= 1 or len(targets) <= 1:
        for target in targets:
            try:
                for part in read_file(target, now):
                    yield target.number, part
            except OSError as error:
                raise unreadable(target, error) from error
        return
    yield from _in_processes(targets, now, min(processes, len(targets)))


def read_file(target: Target, now: datetime) -> Iterator[Part]:
    """Read one file: all batches, then the counts. OSError passes through."""
    with Source(target.path, target.name, start=target.start, size=target.size, hashed=target.hashed) as source:
        log = JudgingLog(target.name, target.number, source.size, now)
        for _ in scan(source, target.path.name, log):
            if log.waiting >= BATCH:
                yield log.hand_over()
        log.finish()
        if target.hashed:
            log.counts.sha256 = source.digest()
        yield log.hand_over()
        yield log.counts


def _in_processes(targets: Sequence[Target], now: datetime, count: int) -> Iterator[tuple[int, Part]]:
    import multiprocessing  # 0.01 s of CPU that one file need not pay

    # Fork if this is the only thread: it saves each worker the imports, 0.3 s of CPU (2026-11).
    alone = sys.platform == "linux" and threading.active_count() == 1
    context = multiprocessing.get_context("fork") if alone else multiprocessing.get_context("spawn")
    work: Queue[Target | None] = context.Queue()
    parts: Queue[tuple[int, Part | str]] = context.Queue(WAITING)
    workers = [context.Process(target=_work, args=(work, parts, now), daemon=True) for _ in range(count)]
    for worker in workers:
        worker.start()
    for target in sorted(targets, key=lambda target: -(target.size or 0)):  # after the forks: a queue has a thread
        work.put(target)
    for _ in workers:
        work.put(None)
    try:
        left = len(targets)
        while left:
            try:
                number, part = parts.get(timeout=1)
            except queue.Empty:
                if not any(worker.is_alive() for worker in workers) and parts.empty():
                    raise StorageError("an audit process died; the memory or a disk may be failing") from None
                continue
            if isinstance(part, str):
                raise StorageError(part)
            left -= isinstance(part, FileCounts)
            yield number, part
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()


def _work(work: Queue[Target | None], parts: Queue[tuple[int, Part | str]], now: datetime) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes: the first one ends the others
    while (target := work.get()) is not None:
        try:
            for part in read_file(target, now):
                parts.put((target.number, part))
        except OSError as error:
            parts.put((target.number, str(unreadable(target, error))))


def unreadable(target: Target, error: OSError) -> StorageError:
    """Make the error of a file that can't be read."""
    return StorageError(
        f"{target.path}: can't be read: {error.strerror or error}; check the disk and the file's permissions"
    )
