"""What a person sees of an audit: findings, progress and the summary go in; a table on the terminal or one HTML page
comes out."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from html import escape
from itertools import chain
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from archive.checks import TITLES
from archive.findings import SEVERITIES, Finding, Progress, Severity, Summary
from archive.printable import printable

EXAMPLES = 10
"""Findings per check that the terminal shows."""
ROWS = 2000
"""Findings that the page lists; the JSON has them all."""
PLAIN_WIDTH = 200
"""Columns of the table where stdout is no terminal."""
PLAIN_EVERY = 10.0
"""Seconds between progress lines when stderr is no terminal."""
SHORT = 12
"""Characters of a table cell that stays on one line."""
_STYLES: dict[Severity, str] = {"error": "bold red", "warning": "yellow", "note": "dim"}


class Terminal:
    """Findings grouped by check on `out`, progress on `err`."""

    def __init__(self, out: TextIO, err: TextIO, *, table: bool) -> None:
        width = None if out.isatty() else PLAIN_WIDTH
        self._out = Console(file=out, highlight=False, soft_wrap=True, width=width)
        self._err = Console(file=err, highlight=False)
        self._table = table
        self._bar: Bar | None = None
        self._task = TaskID(0)
        self._spoke = time.monotonic()
        self._shown: dict[int, list[Finding]] = defaultdict(list)

    def __enter__(self) -> Terminal:
        return self

    def _start(self) -> Bar:
        """Not before the first progress: the audit forks, which it can't while the bar's thread runs."""
        bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=self._err,
            transient=True,
        )
        bar.start()
        self._task = bar.add_task("audit", total=None)
        return bar

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def progress(self, progress: Progress) -> None:
        """Bytes, files, time left; a plain line every ten seconds where there is no terminal."""
        files = f"{progress.files_read}/{progress.files_total} files"
        if self._err.is_terminal:
            self._bar = self._bar or self._start()
            self._bar.update(self._task, completed=progress.bytes_read, total=progress.bytes_total, description=files)
        elif time.monotonic() - self._spoke >= PLAIN_EVERY:
            self._spoke = time.monotonic()
            share = 100 * progress.bytes_read // max(progress.bytes_total, 1)
            self._err.print(Text(f"audit: {files}, {share} %"), soft_wrap=True)

    def finding(self, finding: Finding) -> None:
        """Kept for the table: the first of each check, errors before the rest."""
        shown = self._shown[finding.check]
        shown.append(finding)
        if len(shown) > 4 * EXAMPLES:
            shown.sort(key=_rank)
            del shown[EXAMPLES:]

    def summary(self, summary: Summary) -> None:
        """The table, what was not read, and one line."""
        self.__exit__(None, None, None)
        if self._table:
            for check in sorted(self._shown):
                self._print_check(check, summary)
            for left in summary.not_read:
                self._out.print(Text(f"not read: {printable(left.file)}: {left.reason}"))
        self._out.print(Text(_sentence(summary), style="bold red" if summary.errors else "bold green"))

    def _print_check(self, check: int, summary: Summary) -> None:
        counts = summary.per_check[check]
        numbers = ", ".join(_many(counts[severity], severity) for severity in SEVERITIES if counts.get(severity))
        table = Table(
            title=f"check {check}, {TITLES[check]}: {numbers}",
            title_justify="left",
            show_header=False,
            box=None,
            padding=(0, 1),
        )
        for finding in sorted(self._shown[check], key=_rank)[:EXAMPLES]:
            place = printable(finding.file or "") + ("" if finding.offset is None else f":{finding.offset}")
            cause = "" if finding.caused_by is None else f" (follows from check {finding.caused_by.check})"
            table.add_row(
                Text(finding.severity, style=_STYLES[finding.severity]),
                Text(place, overflow="fold"),
                Text(printable(finding.message) + cause, overflow="fold"),
            )
        self._out.print(table)
        hidden = sum(counts.values()) - min(len(self._shown[check]), EXAMPLES)
        if hidden > 0:
            self._out.print(Text(f"  … and {hidden} more (--json lists them all)", style="dim"))


def _rank(finding: Finding) -> int:
    return SEVERITIES.index(finding.severity)


def _many(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")


def _sentence(summary: Summary) -> str:
    counts = f"{_many(summary.errors, 'error')}, {_many(summary.warnings, 'warning')}, {_many(summary.notes, 'note')}"
    left = f"; {_many(len(summary.not_read), 'file')} not read" if summary.not_read else ""
    return f"{_many(summary.files, 'file')}, {_many(summary.records, 'record')}, {summary.bytes} bytes: {counts}{left}"


class Html:
    """One self-contained page: totals, captures per day, findings per check, worst files first."""

    def __init__(self) -> None:
        self._findings: dict[Severity, list[Finding]] = {severity: [] for severity in SEVERITIES}

    def finding(self, finding: Finding) -> None:
        """The first `ROWS` of each severity are listed; all are counted in the summary."""
        kept = self._findings[finding.severity]
        if len(kept) < ROWS:
            kept.append(finding)

    def render(self, summary: Summary) -> str:
        """The page."""
        files = sorted(
            summary.per_file.items(), key=lambda item: tuple(-item[1].get(severity, 0) for severity in SEVERITIES)
        )
        rank = {name: at for at, (name, _) in enumerate(files)}
        findings = sorted(
            chain.from_iterable(self._findings.values()),
            key=lambda one: (_rank(one), rank.get(one.file or "", len(rank)), one.offset or 0),
        )
        per_check = [
            (f"check {check}, {TITLES[check]}", sum(counts.values()))
            for check, counts in sorted(summary.per_check.items())
        ]
        parts = [
            _HEAD,
            f"<h1>Audit</h1><p class={'bad' if summary.errors else 'good'}>{escape(_sentence(summary))}</p>",
            _table(("records", "count"), sorted(summary.types.items())),
            "<h2>Captures per day</h2>" + _bars(_days(summary)),
            "<h2>Findings per check</h2>" + _bars(per_check),
            "<h2>Files, worst first</h2>",
            _table(
                ("file", *SEVERITIES),
                [(name, *(counts.get(s, 0) for s in SEVERITIES)) for name, counts in files[:ROWS]],
            ),
            "<h2>Findings</h2>",
            _table(
                ("severity", "check", "file", "offset", "record", "message", "clause"),
                [(f.severity, f.check, f.file, f.offset, f.record_id, f.message, f.clause) for f in findings],
            ),
        ]
        hidden = summary.errors + summary.warnings + summary.notes - len(findings)
        if hidden:
            parts.append(f"<p>{hidden} more are in the JSON output only.</p>")
        if summary.not_read:
            parts.append(
                "<h2>Not read</h2>" + _table(("file", "why"), [(left.file, left.reason) for left in summary.not_read])
            )
        return "\n".join(parts) + "\n</body></html>\n"


_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Audit</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body { font: 15px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em }
table { border-collapse: collapse; margin: .5em 0 }
td, th { border-bottom: 1px solid #ddd; padding: .2em .6em; text-align: left; vertical-align: top }
th { white-space: nowrap }
td { overflow-wrap: anywhere }
td.short { white-space: nowrap }
.bad { color: #a00; font-weight: bold }
.good { color: #060; font-weight: bold }
.bars td { border: 0; padding: .1em .6em }
.bar { background: #47a; height: .9em; min-width: 1px }
</style></head><body>"""


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    cells = "".join(f"<th>{escape(name)}</th>" for name in head)
    lines = ["".join(map(_cell, row)) for row in rows]
    return f"<table><tr>{cells}</tr>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def _cell(value: object) -> str:
    text = "" if value is None else printable(str(value))
    return f"<td{' class=short' if len(text) <= SHORT else ''}>{escape(text)}</td>"


def _bars(values: list[tuple[str, int]]) -> str:
    top = max((count for _, count in values), default=1)
    rows = [
        f"<tr><td>{escape(printable(label))}</td>"
        f"<td><div class=bar style='width:{max(1, 400 * count // top)}px'></div></td><td>{count}</td></tr>"
        for label, count in values
    ]
    return "<table class=bars>" + "".join(rows) + "</table>" if rows else "<p>none</p>"


def _days(summary: Summary) -> list[tuple[str, int]]:
    """Per day, or per month or year where that would be more than a hundred lines."""
    for width in (10, 7, 4):
        grouped: dict[str, int] = {}
        for day, count in summary.per_day.items():
            grouped[day[:width]] = grouped.get(day[:width], 0) + count
        if len(grouped) <= 100:
            break
    return sorted(grouped.items())
