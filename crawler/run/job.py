"""One run's stores and choices, opened together: lock, recovery of a dead run's leftovers, frontier, catalogue."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self, cast

from scrapy.crawler import Crawler

from archive import Reader, Redactor
from crawler.clock import Clock, utc_now
from crawler.config import Config, choose, named, secrets
from crawler.config.signing import signer_of
from crawler.errors import ConfigError
from crawler.from_warc import ingest
from crawler.from_warc.warcinfo import source_fields
from crawler.items import Source
from crawler.run.article import Article
from crawler.run.report import HELD, Run
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout, run_id
from crawler.store.files import write_file
from crawler.store.frontier import Frontier, Outcome, Visit

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Choices:
    """What was asked for on the command line."""

    sources: tuple[str, ...] = ()
    """Names; empty = all."""
    due: bool = False
    """Only sources and articles whose time has come."""
    limit: int | None = None
    """At most so many articles fetched."""
    urls: tuple[str, ...] = ()
    """Refetch: just these, now."""
    source: str = ""
    """Refetch: the source they belong to; empty = found by `allow`, then host, else `single`."""

    @classmethod
    def of_arguments(cls, arguments: dict[str, Any]) -> Self:
        """Taken out of `scrapy crawl press -a NAME=VALUE`; what is left over is the spider's."""
        limit = arguments.pop("limit", None)
        return cls(
            sources=tuple(filter(None, arguments.pop("sources", "").split(","))),
            due=arguments.pop("due", "") in ("1", "true", "yes"),
            limit=int(limit) if limit is not None else None,
            urls=tuple(arguments.pop("urls", "").split()),
            source=arguments.pop("source", ""),
        )


class Job(AbstractContextManager["Job"]):
    """`job.open()` takes the data folder's lock, the end of `with job:` gives it back."""

    frontier: Frontier
    catalogue: Catalogue

    def __init__(self, config: Config, choices: Choices, command: str, clock: Clock = utc_now) -> None:
        """ConfigError for a source that the configuration does not have, or a signing key that can't be used."""
        self.config, self.choices, self.clock = config, choices, clock
        self.layout = Layout(config.crawl.data, config.posts.folder)
        self.sources = _chosen(config, choices)
        self.redactor = Redactor(secrets(config))
        self.run = Run(run_id(clock()), command, clock(), redactor=self.redactor)
        self.on_outcome: Callable[[str, str], None] = lambda outcome, url: None
        self._signer = signer_of(config)
        self._lock = self.layout.lock()

    def open(self) -> None:
        """Locked, StorageFailed or ConfigError say why the run can't start."""
        self.layout.prepare()
        self._lock.__enter__()
        try:
            self.catalogue = Catalogue(self.layout.catalogue)
            followed = {source.name for source in (*self.config.sources, *self.sources.values())}
            self.frontier = Frontier(self.layout.frontier, self.clock, followed)
            self.run.recovered += ingest.recover(self.layout, self.catalogue, self.frontier, self._signer)
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.catalogue.close()
        self.frontier.close()
        self._lock.__exit__(kind, error, trace)

    def warcinfo(self) -> list[tuple[str, str]]:
        """Fields of the warcinfo record: what `rebuild` needs to know of the configuration, and whose run it was."""
        contact = self.config.crawl.contact
        who = [("http-header-from", contact)] if contact else []
        return [*who, ("run", self.run.id), *source_fields(self.sources.values())]

    def source(self, name: str) -> Source:
        return self.sources[name]

    def settled(self, url: str, outcome: str) -> None:
        """Counts an article's outcome and shows it; one that is no post has been told with its reason."""
        self.run.outcomes[outcome] += 1
        if outcome in HELD:
            logger.info("%s: %s", outcome, url)
        self.on_outcome(outcome, url)

    def finish(self) -> None:
        """Writes the run file; the catalogue has every row of the files that are sealed now."""
        if self.run.fatal is None:
            self.catalogue.knows(Reader(self.layout.root).files())
        now = self.clock()
        write_file(self.layout.runs, f"{self.run.id}.json", self.run.text(now).encode())


def _chosen(config: Config, choices: Choices) -> dict[str, Source]:
    """The sources of this run, by name: those named; for a refetch those that its URLs belong to; else all."""
    if choices.urls:
        chosen = [named(config, choices.source) if choices.source else choose(config, url) for url in choices.urls]
    elif choices.sources:
        chosen = [named(config, name) for name in choices.sources]
    else:
        chosen = list(config.sources)
    if not chosen:
        raise ConfigError(f"{config.path}: no [[source]] in it: nothing to crawl")
    return {source.name: source for source in chosen}


class Worker(Protocol):
    """What the pipelines ask of the spider that works on a job."""

    job: Job
    images_again: bool

    def settle(self, visit: Visit, outcome: Outcome, error_class: str, message: str) -> None:
        """There is no article now, and why."""

    def held(self, article: Article) -> None:
        """Its post is stored, new or not."""


def worker_of(crawler: Crawler) -> Worker:
    """The spider of a run."""
    return cast(Worker, crawler.spider)
