"""How the sources and the archive are now: stores in, rows and lines for `warcpress status` out."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archive import OPEN, OnlyStored, many
from crawler.clock import from_rfc3339, rfc3339
from crawler.config import Config
from crawler.discovery import entry_points
from crawler.items import Source
from crawler.run.health import SILENT_DAYS, State
from crawler.run.judgement import judge
from crawler.run.past_runs import LastAudit, PastRun, last_audit, last_idle, past_runs, size, span
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.frontier import Frontier
from crawler.store.looks import Look, Past

HEADINGS = ("source", "state", "last ok", "today", "7 d", "failing", "given up", "due")
WEEK = 7


@dataclass(frozen=True)
class SourceStatus:
    """One source now."""

    source: str
    site: str
    state: str
    """Its state; `new` until a look has read a list of it or settled an article."""
    reason: str
    advice: str
    last_success: datetime | None
    """Start of the last run that read a list of it."""
    new_today: int
    """New posts of the present day in UTC."""
    new_7_days: int
    """New posts of the present day and the six before."""
    failing: int
    """Articles that could not be fetched and will be tried again."""
    given_up: int
    due: datetime
    """When a list or an article of it is due next; may be past."""

    def row(self, now: datetime) -> tuple[str, ...]:
        """The source in the table, under HEADINGS."""
        return (
            self.source,
            self.state,
            span((now - self.last_success).total_seconds()) if self.last_success else "never",
            *map(str, (self.new_today, self.new_7_days, self.failing, self.given_up)),
            "now" if self.due <= now else f"in {span((self.due - now).total_seconds())}",
        )

    def content(self) -> dict[str, Any]:
        """The source in JSON."""
        last = rfc3339(self.last_success) if self.last_success else None
        return {"v": 1, **asdict(self), "last_success": last, "due": rfc3339(self.due)}


@dataclass(frozen=True)
class ArchiveStatus:
    """The archive now."""

    posts: int
    versions: int
    captures: int
    images: int
    sealed_files: int
    sealed_bytes: int
    remote_files: int
    """Sealed WARC files that are only in the store; the two counts before are without them."""
    remote_bytes: int
    newest_sealed: datetime | None
    """When the newest sealed WARC file was written."""
    open_files: int
    """WARC files that a run is writing, or that a killed run has left."""
    disk_free: int
    running: bool
    """Whether a run has locked the data folder."""
    last_run: PastRun | None
    last_idle: datetime | None
    """When a run last found nothing due."""
    last_audit: LastAudit | None
    closed: str
    """When the folder was closed, because its year is over (RFC 3339); empty while runs write to it."""

    def content(self) -> dict[str, Any]:
        """The archive in JSON."""
        run = self.last_run
        known = ("run", "command", "started", "finished", "exit_code", "stopped", "confinement")
        return {
            "v": 1,
            "summary": {
                **{name: value for name, value in vars(self).items() if name != "last_run"},
                "last_idle": rfc3339(self.last_idle) if self.last_idle else None,
                "newest_sealed": rfc3339(self.newest_sealed) if self.newest_sealed else None,
                "last_audit": self.last_audit.content() if self.last_audit else None,
                "last_run": {name: run.content.get(name) for name in known} if run else None,
            },
        }

    def lines(self, config: Config, now: datetime) -> Iterator[str]:
        """The archive for a person."""
        counts = {name: getattr(self, name) for name in ("posts", "versions", "captures", "images")}
        yield "stored: " + ", ".join(f"{count:,} {name[:-1] if count == 1 else name}" for name, count in counts.items())
        newest = f", the newest {span((now - self.newest_sealed).total_seconds())} old" if self.newest_sealed else ""
        yield f"WARC files: {self.sealed_files:,} sealed, {size(self.sealed_bytes)}{newest}"
        if self.remote_files:
            yield f"only in the store: {many(self.remote_files, 'WARC file')} more, {size(self.remote_bytes)}"
        yield f"disk: {size(self.disk_free)} free; a run ends when less than {size(config.limits.disk_reserve)} is left"
        if self.closed:
            yield f"closed {self.closed[:10]}, since its year is over"
        if self.running:
            yield "a run is going now"
        elif self.open_files:
            yield f"a killed run has left {self.open_files} open WARC files; the next run seals them"
        yield self._last_run(now)
        if self.last_idle:
            yield f"last run with nothing due: {span((now - self.last_idle).total_seconds())} ago"
        yield self._last_audit(now)
        folder = config.posts.folder
        apart = f" (the posts are outside of it: {folder})" if Path(folder).is_absolute() else ""
        yield f"backup: copy LAYOUT, warc/ without *{OPEN}, manifest.jsonl of {config.crawl.data}{apart}"
        yield f"  and {config.path}"

    def _last_audit(self, now: datetime) -> str:
        if self.last_audit is None:
            return "last audit: not known; `warcpress audit` notes it"
        if self.last_audit.finished is None:
            return f"last audit: {self.last_audit.fault}"
        ago = span((now - self.last_audit.finished).total_seconds())
        part = " of a part" if self.last_audit.part else ""
        return f"last audit{part}: {ago} ago, exit code {self.last_audit.exit_code}"

    def _last_run(self, now: datetime) -> str:
        if self.last_run is None:
            return "last run: none yet"
        if self.last_run.fault:
            return f"last run: {self.last_run.id} {self.last_run.fault}"
        content = self.last_run.content
        ago = span((now - from_rfc3339(content["finished"])).total_seconds())
        confined = content.get("confinement")
        by = "" if confined is None else f"; pages read by children under {' and '.join(confined) or 'no confinement'}"
        return f"last run: {content['command']} {ago} ago, exit code {content['exit_code']} ({self.last_run.id}){by}"


def newest_status(source: Source, frontiers: Iterable[Frontier | None], now: datetime) -> SourceStatus:
    """The present state of a source as the folder knows it that looked at it last: it has the source now."""
    return max((source_status(source, one, now) for one in frontiers), key=_looked)


def _looked(status: SourceStatus) -> tuple[bool, datetime]:
    return status.state != "new", status.last_success or datetime.min.replace(tzinfo=UTC)


def source_status(source: Source, frontier: Frontier | None, now: datetime) -> SourceStatus:
    """The present state of a source; unknown without a frontier."""
    past = frontier.looks.past(source.name) if frontier else []
    days = frontier.looks.days(source.name, SILENT_DAYS) if frontier else []
    health = judge(source, past or [Past(Look(source.name, 0.0), "")], days, now)
    new = {day.day: day.counts.get("new", 0) for day in days}
    week = [f"{now - timedelta(days=back):%Y-%m-%d}" for back in range(WEEK)]
    read = next((known.look.at for known in past if known.look.read or known.look.confirmed), None)
    trouble = frontier.trouble(source.name) if frontier else {}
    looks = [known.look for known in past]
    is_new = health.state is State.HEALTHY and not any(look.read or look.confirmed or look.outcomes for look in looks)
    return SourceStatus(
        source=source.name,
        site=source.site,
        state="new" if is_new else health.state.value,
        reason=health.reason,
        advice=health.advice,
        last_success=datetime.fromtimestamp(read, UTC) if read is not None else None,
        new_today=new.get(week[0], 0),
        new_7_days=sum(new.get(day, 0) for day in week),
        failing=trouble.get("failed", 0),
        given_up=trouble.get("given-up", 0),
        due=_due(source, frontier, now),
    )


def _due(source: Source, frontier: Frontier | None, now: datetime) -> datetime:
    if frontier is None:
        return now
    looked = [frontier.entries.looked(source.name, entry.url) for entry in entry_points(source)]
    lists = [now if at is None else at + timedelta(seconds=source.every) for at in looked]
    article = frontier.next_look(source.name)
    return min([*lists, *([article] if article else [])], default=now)


def archive_status(layout: Layout, catalogue: Catalogue, *, running: bool) -> ArchiveStatus:
    """How the archive is now."""
    sealed, left = [], 0
    for path in layout.warc.iterdir():
        if path.name.endswith(OPEN):
            left += 1
        else:
            sealed.append(path.stat())
    newest = max((one.st_mtime for one in sealed), default=None)
    apart = OnlyStored(layout.root).files().values()
    return ArchiveStatus(
        **catalogue.totals(),
        captures=catalogue.count_captures(),
        sealed_files=len(sealed),
        sealed_bytes=sum(one.st_size for one in sealed),
        remote_files=len(apart),
        remote_bytes=sum(one.size for one in apart),
        newest_sealed=datetime.fromtimestamp(newest, UTC) if newest is not None else None,
        open_files=left,
        disk_free=shutil.disk_usage(layout.root).free,
        running=running,
        last_run=next(past_runs(layout.runs, 1), None),
        last_idle=last_idle(layout.runs),
        last_audit=last_audit(layout.runs),
        closed=layout.closed,
    )
