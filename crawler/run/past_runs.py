"""Run files of earlier runs: found newest first, read, and shown as a row or as lines for a person."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from archive import many
from crawler.clock import from_rfc3339, rfc3339
from crawler.errors import ConfigError, StorageFailed
from crawler.run.idle import NAME as IDLE
from crawler.store.files import write_file

AUDIT = "audit.json"
"""File in runs/ that says how the last audit of the data folder ended."""
NOTED = 200
"""Findings of each severity that are kept of the last audit."""
SHOWN = 20
"""Rows shown of each list of a run; the run file has more."""
HEADINGS = ("run", "command", "took", "code", "new", "changed", "failed", "stored")
HEADINGS_OF_SEVERAL = (HEADINGS[0], "folder", *HEADINGS[1:])
"""Where runs of several data folders are shown."""
ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
"""Id of a run: name of its run file, without the extension."""
_LISTS = {
    "unread_sources": "lists that could not be read",
    "failures": "visits without a post",
    "spent": "budgets spent",
    "missing_images": "pictures missing",
    "kept_files": "files kept, because somebody changed or made them",
    "recovered": "files of killed runs",
}
"""Lists of a run file that are shown, with what they are called."""


@dataclass(frozen=True)
class PastRun:
    """One run file."""

    id: str
    content: dict[str, Any]
    """What it says; empty when it can't be read."""
    fault: str = ""
    """Why it can't be read; empty when it can."""
    folder: str = ""
    """Name of its data folder where there are several."""

    def row(self) -> tuple[str, ...]:
        """The run in the table, under HEADINGS; with a folder, under HEADINGS_OF_SEVERAL."""
        first = (self.id, self.folder) if self.folder else (self.id,)
        if self.fault:
            return (*first, self.fault, *[""] * (len(HEADINGS) - 2))
        content, articles = self.content, self.content.get("articles", {})
        failed = sum(articles.get(name, 0) for name in ("failed", "given-up"))
        return (
            *first,
            content["command"],
            span(content["seconds"]),
            str(content["exit_code"]),
            *(str(articles.get(name, 0)) for name in ("new", "changed")),
            str(failed),
            size(content["captures"]["bytes"]),
        )

    def document(self) -> dict[str, Any]:
        """The run in JSON."""
        return {**self.content, "folder": self.folder} if self.folder else self.content

    def lines(self) -> Iterator[str]:
        """The run for a person."""
        name = f"{self.id} in {self.folder}" if self.folder else self.id
        if self.fault:
            yield f"{name}: {self.fault}"
            return
        content = self.content
        yield f"run {name}: {content['command']}, exit code {content['exit_code']}, {span(content['seconds'])}"
        yield f"started {content['started']}, finished {content['finished']}"
        for name in ("stopped", "reason"):
            if content.get(name):
                yield f"{name}: {content[name]}"
        for name in ("articles", "candidates", "images", "captures", "errors"):
            counts = ", ".join(f"{count:,} {key}" for key, count in content.get(name, {}).items() if count)
            yield f"{name}: {counts or 'none'}"
        for name, row in content.get("sources", {}).items():
            if row["state"] != "healthy":
                yield f"source {name} is {row['state']}: {row['reason']}; {row['advice']}"
        for key, title in _LISTS.items():
            rows = content.get(key, {"count": 0, "first": []})
            if rows["count"]:
                yield f"{title}: {rows['count']}"
            yield from (f"  {row['message']}" for row in rows["first"][:SHOWN])
            if rows["count"] > SHOWN:
                yield f"  … and {rows['count'] - SHOWN} more in the run file"


def past_runs(folder: Path, most: int | None = None) -> Iterator[PastRun]:
    """Yield the runs of a folder of run files, the newest first."""
    return past_runs_of({"": folder}, most)


def past_runs_of(folders: Mapping[str, Path], most: int | None = None) -> Iterator[PastRun]:
    """Yield the runs of several folders of run files, by the data folders' names, the newest first."""
    names = sorted(((run, name) for name, folder in folders.items() for run in _ids(folder)), reverse=True)
    yield from (replace(_read(folders[name], run), folder=name) for run, name in islice(names, most))


def past_run(folders: Mapping[str, Path], wanted: str) -> PastRun:
    """Return the run with this id, or with an id that starts so; ConfigError without one, or with several."""
    found = [(name, run) for name, folder in folders.items() for run in _ids(folder) if run.startswith(wanted)]
    if len(found) != 1:
        what = f"{many(len(found), 'run starts so', 'runs start so')}" if found else "no such run"
        raise ConfigError(f"{wanted}: {what} in {', '.join(map(str, folders.values()))}; `warcpress runs` lists them")
    [(name, run)] = found
    return replace(_read(folders[name], run), folder=name)


def _ids(folder: Path) -> Iterator[str]:
    return (path.stem for path in folder.glob("*.json") if ID.fullmatch(path.stem))


class AuditNote:
    """What is kept of an audit of the data folder: its summary, and the first findings of each severity."""

    def __init__(self, folder: str = "") -> None:
        """`folder`: name of the data folder in an audit of several; only what is said of it is kept."""
        self._folder = folder
        self._found: dict[str, list[dict[str, Any]]] = {"error": [], "warning": [], "note": []}
        self._summary: dict[str, Any] = {}

    def take(self, line: str) -> None:
        """Take a line of the report in JSON."""
        content = json.loads(line)
        if "summary" in content:
            self._summary = self._own(content["summary"])
        elif content.get("folder", "") != self._folder:
            return
        elif len(several := self._found[content["severity"]]) < NOTED:
            several.append(content)

    def _own(self, summary: dict[str, Any]) -> dict[str, Any]:
        """What a summary of several folders says of this one."""
        if not self._folder:
            return summary
        names = {
            name: [one for one in summary[name] if str(one["file"]).startswith(f"{self._folder}/")]
            for name in ("not_read", "gone")
        }
        return {**summary["folders"][self._folder], **names}

    @property
    def exit_code(self) -> int:
        """That of an audit of the folder alone."""
        return 1 if self._summary["errors"] else 0

    def write(self, folder: Path, now: datetime, code: int, *, part: bool) -> None:
        """Write the note. A reader who may not write there leaves none."""
        note = {"v": 1, "finished": rfc3339(now), "exit_code": code, "part": part, "summary": self._summary}
        note["findings"] = [one for several in self._found.values() for one in several]
        with suppress(StorageFailed):
            write_file(folder, AUDIT, (json.dumps(note) + "\n").encode(), mode=0o600)


@dataclass(frozen=True)
class LastAudit:
    """The note on the last audit of the data folder."""

    finished: datetime | None = None
    """None when the note can't be read."""
    exit_code: int = 0
    part: bool = False
    """Whether it was of a part of the archive."""
    summary: dict[str, Any] = field(default_factory=dict)
    """As the report in JSON has it."""
    findings: tuple[dict[str, Any], ...] = ()
    """The first ones of each severity, as the report in JSON has them."""
    fault: str = ""
    """Why the note can't be read, and what to do; empty when it can."""

    def content(self) -> dict[str, Any]:
        """How it ended, in JSON."""
        if self.finished is None:
            return {"fault": self.fault}
        return {"finished": rfc3339(self.finished), "exit_code": self.exit_code, "part": self.part}


def last_audit(folder: Path) -> LastAudit | None:
    """How the last audit ended; None when none is noted."""
    path = folder / AUDIT
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
        return LastAudit(
            finished=from_rfc3339(note["finished"]),
            exit_code=int(note["exit_code"]),
            part=bool(note["part"]),
            summary=dict(note["summary"]),
            findings=tuple(dict(one) for one in note["findings"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError) as error:
        why = f"it lacks {error}" if isinstance(error, KeyError) else getattr(error, "strerror", None) or str(error)
        return LastAudit(fault=unread_audit(folder, why))


def unread_audit(folder: Path, why: str) -> str:
    """Say that the note on the last audit can't be read, and what to do."""
    return f"{folder / AUDIT}: can't be read ({why}); the next `warcpress audit` writes it again"


def last_idle(folder: Path) -> datetime | None:
    """When a run last found nothing due."""
    try:
        return from_rfc3339(json.loads((folder / IDLE).read_text(encoding="utf-8").splitlines()[-1])["last"])
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _read(folder: Path, name: str) -> PastRun:
    path = folder / f"{name}.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        run = PastRun(name, content)
        run.row(), list(run.lines())
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        return PastRun(name, {}, f"can't be read: {getattr(error, 'strerror', None) or type(error).__name__}")
    return run


def size(count: float) -> str:
    """Bytes for a person: 3.2 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def span(seconds: float) -> str:
    """A duration for a person, in its largest unit: 12 min."""
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
