"""What SQLite is asked to do: statements, commits, steps and query plans of all connections that a test opens."""

from __future__ import annotations

import os
import re
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any, Self

import pytest

_FRAMES = ("BEGIN", "COMMIT", "PRAGMA")
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class Trace(AbstractContextManager["Trace"]):
    """Counts of the statements on all databases that are opened inside."""

    def __init__(self) -> None:
        self._patch = pytest.MonkeyPatch()
        self.statements: list[tuple[str, str]] = []
        """File and text of each statement, with its values."""
        self.commits: Counter[str] = Counter()
        """Transactions by file; a statement that writes outside of one is a transaction of its own."""
        self.fsyncs = 0
        """Calls of os.fsync; SQLite's own, one for each commit to a durable file, come on top."""
        self._opened: list[sqlite3.Connection] = []

    def __enter__(self) -> Self:
        connect, fsync = sqlite3.connect, os.fsync

        def traced(path: Any, *arguments: Any, **options: Any) -> sqlite3.Connection:
            connection: sqlite3.Connection = connect(path, *arguments, **options)
            name = Path(str(path).partition("?")[0]).name
            connection.set_trace_callback(lambda statement: self._note(connection, name, statement))
            self._opened.append(connection)
            return connection

        def counted(descriptor: Any) -> None:
            self.fsyncs += 1
            fsync(descriptor)

        self._patch.setattr(sqlite3, "connect", traced)
        self._patch.setattr(os, "fsync", counted)
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.undo()

    @property
    def asked(self) -> Counter[str]:
        """Statements by file, without those that begin or end transactions."""
        return Counter(name for name, text in self.statements if text.split(maxsplit=1)[0] not in _FRAMES)

    @property
    def rollbacks(self) -> int:
        return sum(statement.lstrip().startswith("ROLLBACK") for _, statement in self.statements)

    def steps(self, action: Callable[[], object]) -> int:
        """How many steps of its virtual machine SQLite takes for an action: some for each row that it looks at."""
        taken = 0

        def step() -> None:
            nonlocal taken
            taken += 1

        for connection in self._opened:
            with suppress(sqlite3.ProgrammingError):  # it is closed
                connection.set_progress_handler(step, 1)
        action()
        for connection in self._opened:
            with suppress(sqlite3.ProgrammingError):
                connection.set_progress_handler(None, 1)
        return taken

    def plans(self, path: Path, action: Callable[[], object]) -> dict[str, str]:
        """The query plan of each statement of an action on the database at `path`."""
        before = len(self.statements)
        action()
        asked = [text for name, text in self.statements[before:] if name == path.name]
        with sqlite3.connect(path) as database:
            return {
                text: " / ".join(row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {text}")) for text in asked
            }

    def _note(self, connection: sqlite3.Connection, name: str, statement: str) -> None:
        if statement.startswith("--"):
            return  # FTS5 asks this itself
        self.statements.append((name, statement))
        word = statement.split(maxsplit=1)[0].upper()
        self.commits[name] += word == "COMMIT" or (word in _WRITES and not connection.in_transaction)


def scanned(plan: str) -> list[str]:
    """The tables that a plan reads whole."""
    return re.findall(r"SCAN (?!\w+ VIRTUAL TABLE)(\w+)", plan)
