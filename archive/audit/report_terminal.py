"""The audit's report on a terminal: findings, progress and the summary go in; lines and a progress bar come out.

Findings are grouped by check; the last line sums up. rich draws on terminals only, and is imported only then: it takes
0.03 s of CPU, as much as 5 MB of records (2026-11). A file or pipe gets plain lines, one for each finding.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from archive.audit.findings import SEVERITIES, Acknowledgement, Finding, NotRead, Progress, Summary
from archive.audit.registry import title_of
from archive.escaping import printable
from archive.plurals import many
from archive.read.faults import Severity
from archive.terminal import start_bar

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar

EXAMPLES = 10
"""Most findings of a check that are shown."""
PLAIN_EVERY = 10.0
"""Seconds between progress lines when stderr is no terminal."""
_STYLES: dict[Severity, str] = {"error": "bold red", "warning": "yellow", "note": "dim"}


class Terminal:
    """Shows findings grouped by check on `out`, progress on `err`; without `table` only the last line and progress."""

    def __init__(self, out: TextIO, err: TextIO, *, table: bool) -> None:
        self._out, self._err, self._table = out, err, table
        self._bar: Bar | None = None
        self._spoke = time.monotonic()
        self._shown: dict[int, list[Finding]] = defaultdict(list)
        self._acknowledged: list[Finding] = []

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def progress(self, progress: Progress) -> None:
        """Show files, bytes and time left; where `err` is no terminal, a plain line every ten seconds."""
        files = f"{progress.files_read}/{progress.files_total} files"
        if self._err.isatty():
            # Started only now: the audit forks before its first progress, and never while the bar's thread runs.
            self._bar = self._bar or start_bar(self._err, "audit")
            self._bar.update(
                self._bar.task_ids[0],
                completed=progress.bytes_read,
                total=progress.bytes_total,
                description=files,
            )
        elif time.monotonic() - self._spoke >= PLAIN_EVERY:
            self._spoke = time.monotonic()
            share = 100 * progress.bytes_read // max(progress.bytes_total, 1)
            self._err.write(f"audit: {files}, {share} %\n")

    def finding(self, finding: Finding) -> None:
        """Keep the finding if it is among the first of its check; errors come before the rest."""
        if finding.acknowledged is not None:
            if len(self._acknowledged) < EXAMPLES:
                self._acknowledged.append(finding)
            return
        shown = self._shown[finding.check]
        shown.append(finding)
        if len(shown) > 4 * EXAMPLES:
            shown.sort(key=rank)
            del shown[EXAMPLES:]

    def summary(self, summary: Summary) -> None:
        """Show the findings, the files that were not read, and the last line."""
        self.__exit__(None, None, None)
        show = _Rich(self._out) if self._out.isatty() else _Plain(self._out)
        if self._table:
            show.begin(shared_folder(summary.per_file))
            for check in sorted(self._shown):
                counts = summary.per_check[check]
                examples = sorted(self._shown[check], key=rank)[:EXAMPLES]
                show.check(f"check {check}, {title_of(check)}: {_listed(counts)}", examples)
                if hidden := sum(counts.values()) - len(examples):
                    show.line(f"  … and {hidden} more (--json lists them all)", "dim")
            self._accepted(summary, show)
            for reason, files in _by_reason(summary.not_read).items():
                for file in files if len(files) <= EXAMPLES else ():
                    show.line(printable(f"not read: {file}: {reason}"), "")
                if len(files) > EXAMPLES:
                    show.line(printable(f"not read: {many(len(files), 'file')}: {reason} (--json lists them)"), "")
            for name, folder in summary.folders.items():
                found = ", ".join(many(folder[f"{one}s"], one) for one in SEVERITIES)
                show.line(printable(f"{name}: {many(folder['files'], 'file')}: {found}"), "")
        show.line(sentence(summary), "bold red" if summary.errors else "bold green")

    def _accepted(self, summary: Summary, show: _Plain | _Rich) -> None:
        """Show the acknowledged findings, and those that no longer occur."""
        if summary.acknowledged:
            show.check(f"acknowledged: {many(summary.acknowledged, 'finding')}", self._acknowledged)
            if hidden := summary.acknowledged - len(self._acknowledged):
                show.line(f"  … and {hidden} more (--json lists them all)", "dim")
        if summary.gone:
            show.line(f"acknowledged, and found no longer: {many(len(summary.gone), 'finding')}", "bold")
            for one in summary.gone[:EXAMPLES]:
                place = (one.file or "") + ("" if one.offset is None else f":{one.offset}")
                text = f"{place}  {one.message} (check {one.check}; {said(one.acknowledged)})"
                show.line(printable(f"  {text}"), "")
            if (hidden := len(summary.gone) - EXAMPLES) > 0:
                show.line(f"  … and {hidden} more (--json lists them all)", "dim")


class _Plain:
    """One line for each finding, without colours: for files, pipes and `grep`."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, folder: str) -> None:
        """Do nothing: plain lines have whole file names."""

    def check(self, title: str, examples: list[Finding]) -> None:
        self.line(title, "")
        for one in examples:
            self.line(f"  {one.severity:7}  {_place(one)}  {printable(message_of(one))}", "")

    def line(self, text: str, style: str) -> None:  # noqa: ARG002  as _Rich
        self._out.write(text + "\n")


class _Rich:
    """Colours, and lines that fit the terminal."""

    def __init__(self, out: TextIO) -> None:
        from rich.console import Console

        self._console: Console = Console(file=out, highlight=False)
        self._folder = ""

    def begin(self, folder: str) -> None:
        """Name the folder of all files once, to leave room for the rest of their names."""
        self._folder = folder
        if folder:
            self.line(printable(f"in {folder}"), "")

    def check(self, title: str, examples: list[Finding]) -> None:
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        self.line(title, "bold")
        places = [_place(one, self._folder) for one in examples]
        beside = max(map(len, places)) <= self._console.width // 3
        table = Table(show_header=False, box=None, padding=(0, 1), pad_edge=True)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=beside, overflow="fold")
        table.add_column(overflow="fold")
        for one, place in zip(examples, places, strict=True):
            severity = Text(one.severity, style=_STYLES[one.severity])
            message = Text(printable(message_of(one, self._folder)))
            if beside:
                table.add_row(severity, Text(place), message)
            else:  # a long file name gets a line to itself, so that it can be copied whole
                self._console.print(Padding(Text.assemble(severity, "  ", place), (0, 1), expand=False))
                self._console.print(Padding(message, (0, 1, 0, 5), expand=False))
        if beside:
            self._console.print(table)

    def line(self, text: str, style: str) -> None:
        from rich.text import Text

        self._console.print(Text(text, style=style))


def _place(finding: Finding, folder: str = "") -> str:
    name = printable((finding.file or "").removeprefix(folder))
    return name + ("" if finding.offset is None else f":{finding.offset}")


def message_of(finding: Finding, folder: str = "") -> str:
    """The message, with the check that explains it; `folder` is cut from its file names."""
    cause = "" if finding.caused_by is None else f" (follows from check {finding.caused_by.check})"
    if finding.acknowledged is not None:
        cause += f" (check {finding.check}; {said(finding.acknowledged)})"
    return (finding.message.replace(folder, "") if folder else finding.message) + cause


def said(acknowledged: Acknowledgement) -> str:
    """Why a finding is accepted, by whom, and since when."""
    return f"{acknowledged.reason[:200]}; {acknowledged.who[:60]}, {acknowledged.when[:30]}"


def shared_folder(names: Iterable[str]) -> str:
    """The folder that holds all these files, with its `/`; empty without one, or for an archive's own `warc/`."""
    folders = {name.partition("!")[0].rpartition("/")[0] for name in names}
    absolute = {folder.startswith("/") for folder in folders}
    if not folders or "" in folders or len(absolute) > 1:
        return ""
    folder = os.path.commonpath(folders) + "/"
    return "" if folder in ("/", "warc/", "index/") else folder


def _by_reason(not_read: Iterable[NotRead]) -> dict[str, list[str]]:
    """The files that were not read, by why."""
    found: dict[str, list[str]] = {}
    for left in not_read:
        found.setdefault(left.reason, []).append(left.file)
    return found


def rank(finding: Finding) -> int:
    """Sort key: errors first."""
    return SEVERITIES.index(finding.severity)


def sentence(summary: Summary) -> str:
    """Sum up the audit in one line."""
    counts = ", ".join(
        many(count, severity)
        for severity, count in zip(SEVERITIES, (summary.errors, summary.warnings, summary.notes), strict=True)
    )
    if summary.acknowledged:
        counts += f", {summary.acknowledged} acknowledged"
    left = f"; {many(len(summary.not_read), 'file')} not read" if summary.not_read else ""
    read = f"{many(summary.files, 'file')}, {many(summary.records, 'record')}, {many(summary.bytes, 'byte')}"
    return f"{read}: {counts}{left}"


def _listed(counts: Mapping[Severity, int]) -> str:
    return ", ".join(many(counts[severity], severity) for severity in SEVERITIES if counts.get(severity))
