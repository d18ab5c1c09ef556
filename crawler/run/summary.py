"""Summary of a run: its report in, lines for a person out."""

from __future__ import annotations

from pathlib import Path

from archive import many
from crawler.items import Outcome
from crawler.run.health import State
from crawler.run.report import Report, UnbelievedLink, UnmatchedSelector
from crawler.run.sources import Judged

SHOWN = 20
"""Failures in the summary; the run file has all."""

UNCONFINED = "extraction children are not confined: Landlock and seccomp do not work here (SECURITY.md, R9)"


def summary(report: Report, runs: Path, *, listed: bool) -> list[str]:
    """Lines that tell what the run did; `runs` is the folder of run files.

    `listed`: list the failures, for a terminal; a log has each failure already.
    """
    counts = ", ".join(f"{report.outcomes[name]} {name}" for name in Outcome if report.outcomes[name]) or "none"
    images = report.images
    lines = [
        f"articles: {counts}",
        *_states(report),
        f"candidates: {report.candidates['seen']} found, {report.candidates['added']} of them new",
        f"images: {images['fetched']} fetched, {images['known']} stored before, {images['missing']} missing",
        f"captures: {report.exchanges} stored, {report.revisits} of them revisits, {report.bytes_stored:,} bytes",
        *(f"recovered: {row.message}" for row in report.recovered),
        *([UNCONFINED] if report.confinement == [] else []),
        *map(_unbelieved, report.unbelieved_links.values()),
        *map(_unmatched, report.unmatched_selectors.values()),
        *(_failures(report) if listed else _unread(report)),
        *([f"left for later runs: {many(report.left, 'visit that is', 'visits that are')} due"] if report.left else []),
        *_kept(report),
        *report.site.done(),
        *problems(report),
    ]
    file = runs / f"{report.id}.json"
    lines.append(f"run file: {file if file.exists() else 'could not be written'}")
    return lines


def _kept(report: Report) -> list[str]:
    """One line about post files that were kept; the log has a line for each."""
    count = len(report.kept_posts)
    if not count:
        return []
    return [f"post files kept, because somebody changed them: {count}; the first is {report.kept_posts[0].path}"]


def problems(report: Report) -> list[str]:
    """Lines about sources that are not well, and what the run could not end; the log has told every other problem."""
    sources = [(name, judged) for name, judged in report.sources.items() if judged.health.state is not State.HEALTHY]
    unwell = [_unwell(name, judged) for name, judged in sources]
    unmerged = (
        [f"small WARC files are not merged, a later run tries again: {report.unmerged}"] if report.unmerged else []
    )
    return [*unwell, *unmerged, *report.site.problems(), *_stopped(report)]


def _unwell(name: str, judged: Judged) -> str:
    health = judged.health
    return f"source {name} is {health.state}: {health.reason}; {health.advice}"


def _states(report: Report) -> list[str]:
    """Held articles that were withdrawn, became suspect or returned: one line with the counts, one for each."""
    counts = ", ".join(f"{count} {name}" for name, count in report.states.items())
    rows = [f"{row.state}: {row.url} ({row.reason})" for row in report.changed_states[:SHOWN]]
    if len(report.changed_states) > SHOWN:
        rows.append(f"… and {len(report.changed_states) - SHOWN} more in the run file")
    return [f"held articles: {counts}", *rows] if counts else []


def _unbelieved(row: UnbelievedLink) -> str:
    return (
        f"source {row.source}: canonical links not believed, articles stored under their own URLs: {row.articles}; "
        f"the first is {row.article}, which claims to be {row.url}"
    )


def _unmatched(row: UnmatchedSelector) -> str:
    return (
        f"source {row.source}: article.{row.key} finds nothing on the pages of {many(row.articles, 'article')}, "
        f"generic rules were used; the first is {row.article}"
    )


def _failures(report: Report) -> list[str]:
    lines = [f"source {row.source} could not be read: {row.message}" for row in report.unread_sources]
    lines += [row.message for row in report.spent]
    lines += [f"{row.outcome}: {row.message}" for row in report.failures[:SHOWN]]
    if len(report.failures) > SHOWN:
        lines.append(f"… and {len(report.failures) - SHOWN} more in the run file")
    return lines


def _unread(report: Report) -> list[str]:
    if not report.unread_sources:
        return []
    names = ", ".join(sorted({row.source for row in report.unread_sources}))
    return [f"{len(report.unread_sources)} of the feeds, sitemaps, sections and listings of {names} could not be read"]


def _stopped(report: Report) -> list[str]:
    if report.fatal is not None or report.full:
        safe = f"safe: {many(report.safe, 'capture')} of this run, every post file, everything of earlier runs"
        return [f"stopped: {report.fatal or report.full}", safe]
    return [f"stopped: {report.stopped}"] if report.stopped else []
