"""The text file of [metrics] for node_exporter: a run's report and what is known of the sources in, its text out.

Every name starts with `warcpress_`, times are POSIX seconds, sizes bytes. Labels are bounded: outcomes and states have
fixed words, sources are those of warcpress.toml, and of the error classes the MOST_CLASSES most frequent count.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from crawler.items import Outcome, Source
from crawler.run.health import State
from crawler.run.idle import FINISHED
from crawler.run.job import Job
from crawler.run.report import Report
from crawler.run.sources import Judged
from crawler.store.files import write_file
from crawler.store.looks import Past

PREFIX = "warcpress_"
MOST_CLASSES = 20
OTHER = "other"
"""Label of the classes that are left out."""


def write_metrics(job: Job) -> None:
    """Write the file, whole or not at all, while the job's stores are open; StorageFailed when that fails."""
    target = Path(job.config.metrics.textfile)
    looks = {source.name: job.frontier.looks.last(source.name) for source in job.config.sources}
    known = {name: last for name, last in looks.items() if last is not None}
    disk_free = shutil.disk_usage(job.layout.root).free
    shard = str(job.config.shard.number) if job.config.shard else ""
    text = metrics(job.report, disk_free, job.config.sources, known, job.clock(), shard)
    write_file(target.parent, target.name, text)


def metrics(
    report: Report,
    disk_free: int,
    sources: Iterable[Source],
    known: Mapping[str, Past],
    now: datetime,
    shard: str = "",
) -> bytes:
    """The text of the file; `known`: the last look at each source, by name, if there is one.

    `shard`: its number, a label of what is counted for each run; sources have names of their own.
    """
    registry = CollectorRegistry()
    of_shard = {"shard": shard} if shard else {}

    def gauge(name: str, meaning: str, values: Mapping[str, float] | float, label: str = "") -> None:
        made = Gauge(PREFIX + name, meaning, [*of_shard, *([label] if label else [])], registry=registry)
        for value, number in (values if isinstance(values, Mapping) else {"": values}).items():
            labels = [*of_shard.values(), *([value] if label else [])]
            (made.labels(*labels) if labels else made).set(number)

    gauge("run_started_timestamp_seconds", "Start of the last run.", report.started.timestamp())
    end = "End of the last run, also of one that found nothing due."
    gauge(FINISHED.removeprefix(PREFIX), end, now.timestamp())
    gauge("run_duration_seconds", "Time that the last run took.", (now - report.started).total_seconds())
    gauge("run_exit_code", "Exit code of the last run.", report.exit_code)
    outcomes: dict[str, float] = {outcome.value: report.outcomes[outcome] for outcome in Outcome}
    gauge("run_articles", "Visits of the last run by outcome.", outcomes, "outcome")
    gauge("run_errors", "Visits of the last run without a post by class.", _bounded(report.errors), "class")
    candidates: dict[str, float] = {name: report.candidates[name] for name in ("seen", "added")}
    gauge("run_candidates", "Articles that the lists named in the last run.", candidates, "kind")
    captures = {"response": report.exchanges - report.revisits, "revisit": report.revisits}
    gauge("run_captures", "Captures that the last run stored.", captures, "kind")
    gauge("run_stored_bytes", "Bytes of the captures that the last run stored, compressed.", report.bytes_stored)
    gauge("disk_free_bytes", "Bytes left on the disk of the data folder.", disk_free)
    _of_sources(registry, report.sources, sources, known)
    return generate_latest(registry)


def _of_sources(
    registry: CollectorRegistry, judged: Mapping[str, Judged], sources: Iterable[Source], known: Mapping[str, Past]
) -> None:
    states = Gauge(
        "warcpress_source_state", "1 for the state of a source, 0 for others.", ["source", "state"], registry=registry
    )
    looked = Gauge(
        "warcpress_source_looked_timestamp_seconds",
        "Start of the last run that looked at a source.",
        ["source"],
        registry=registry,
    )
    new = Gauge("warcpress_source_new_posts", "New posts at the last look at a source.", ["source"], registry=registry)
    for source in sources:
        if (last := known.get(source.name)) is None:
            continue
        present = judged[source.name].health.state if source.name in judged else last.state
        for state in State:
            states.labels(source.name, state.value).set(state == present)
        looked.labels(source.name).set(last.look.at)
        new.labels(source.name).set(last.look.new)


def _bounded(classes: Counter[str]) -> dict[str, float]:
    counts: dict[str, float] = dict(classes.most_common(MOST_CLASSES))
    if left_out := classes.total() - sum(counts.values()):
        counts[OTHER] = left_out
    return counts
