"""What a run did: counted while it goes, written to runs/RUN-ID.json at its end, and the exit code it leads to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from archive import Capture, Redactor, json_text
from crawler.clock import rfc3339

VERSION = 1
LISTED = 1000
"""Longest list in a run file; what is beyond is counted only."""

HELD = ("new", "changed", "unchanged", "not-modified")
"""Its post is stored."""
OUTCOMES = (*HELD, "not-an-article", "gone", "refused", "failed", "given-up")


@dataclass
class Run:
    """The account of one run. Mutable: every stage adds to it."""

    id: str
    command: str
    started: datetime
    outcomes: Counter[str] = field(default_factory=Counter)
    """Articles by outcome (OUTCOMES)."""
    errors: Counter[str] = field(default_factory=Counter)
    """Failures by class."""
    exchanges: int = 0
    revisits: int = 0
    bytes_stored: int = 0
    """WARC bytes, compressed, of response and revisit records."""
    images: Counter[str] = field(default_factory=Counter)
    """fetched, known, missing, uncopied."""
    candidates: Counter[str] = field(default_factory=Counter)
    """seen, added."""
    failures: list[dict[str, str]] = field(default_factory=list)
    """url, outcome, class, message of every article that gave no post."""
    missing_images: list[dict[str, str]] = field(default_factory=list)
    """article, url, class, message."""
    uncopied_images: list[dict[str, str]] = field(default_factory=list)
    """article, url, message of images that are archived and, although copies were wanted, not copied."""
    undated: list[dict[str, str]] = field(default_factory=list)
    """Posts whose page names no date: article, date, from (hint or capture)."""
    unread_sources: list[dict[str, str]] = field(default_factory=list)
    """source, url, message (which names the URL) of entry points that could not be read."""
    recovered: list[dict[str, str]] = field(default_factory=list)
    """What a dead run had left open: file, message."""
    spent: list[dict[str, str]] = field(default_factory=list)
    """source (empty = the whole run), message of each budget that was used up: the run left something out."""
    posts: list[dict[str, str]] = field(default_factory=list)
    """path, url (canonical), asked (URL requested), outcome of what was written."""
    stopped: str = ""
    """Why the run ended early: a signal's name, a budget, storage; empty = it came to its end."""
    fatal: BaseException | None = None
    """What stopped the run: storage that failed, an extractor that does not start."""
    safe: int = 0
    """Exchanges on the disk at its end."""
    redactor: Redactor = field(default_factory=Redactor)
    """Cuts the operator's secrets out of the account: what a server says stands in it too (THREATS C3)."""

    def failed(self, url: str, outcome: str, error_class: str, message: str) -> None:
        self.errors[error_class] += 1
        self.failures.append({"url": url, "outcome": outcome, "class": error_class, "message": message})

    def stored(self, captures: Iterable[Capture]) -> None:
        """These captures are on disk."""
        for capture in captures:
            self.exchanges += 1
            self.revisits += capture.kind == "revisit"
            self.bytes_stored += capture.length

    @property
    def exit_code(self) -> int:
        """0 done; 1 a source unread, an article given up, a budget spent; the fatal error's own; 130, 143: a signal."""
        if self.fatal is not None:
            return int(getattr(self.fatal, "exit_code", 1))
        if self.stopped in ("SIGINT", "SIGTERM"):
            return 130 if self.stopped == "SIGINT" else 143
        return 1 if self.unread_sources or self.outcomes["given-up"] or self.spent else 0

    def report(self, finished: datetime) -> dict[str, Any]:
        """The run file's content."""
        return {
            "v": VERSION,
            "run": self.id,
            "command": self.command,
            "started": rfc3339(self.started),
            "finished": rfc3339(finished),
            "seconds": round((finished - self.started).total_seconds(), 3),
            "exit_code": self.exit_code,
            "stopped": self.stopped,
            "articles": {outcome: self.outcomes[outcome] for outcome in OUTCOMES},
            "candidates": {"seen": self.candidates["seen"], "added": self.candidates["added"]},
            "images": {name: self.images[name] for name in ("fetched", "known", "missing", "uncopied")},
            "captures": {"exchanges": self.exchanges, "revisits": self.revisits, "bytes": self.bytes_stored},
            "errors": dict(sorted(self.errors.items())),
            **{
                name: {"count": len(rows), "first": [self._quiet(row) for row in rows[:LISTED]]}
                for name, rows in (
                    ("posts", self.posts),
                    ("failures", self.failures),
                    ("missing_images", self.missing_images),
                    ("uncopied_images", self.uncopied_images),
                    ("undated", self.undated),
                    ("unread_sources", self.unread_sources),
                    ("recovered", self.recovered),
                    ("spent", self.spent),
                )
            },
        }

    def _quiet(self, row: dict[str, str]) -> dict[str, str]:
        return {name: self.redactor.text(value) for name, value in row.items()}

    def text(self, finished: datetime) -> str:
        """The run file's text."""
        return json_text(self.report(finished), indent=1) + "\n"
