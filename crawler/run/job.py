"""Job of one run: configuration and options in; stores, sources and report for its spider and pipelines out."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Self
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler

from archive import ArchiveError, Reader, Redactor, SigningError
from crawler.clock import Clock, utc_now
from crawler.config import Config, choose, fingerprints, secrets
from crawler.config.signing import signer_of
from crawler.errors import ConfigError, StorageFailed, WarcpressError
from crawler.fleet.moves import earlier_folders, ended_years, take_over
from crawler.fleet.shards import foreign_sources
from crawler.from_warc import recovery
from crawler.from_warc.closing import close
from crawler.from_warc.publish import Publisher
from crawler.from_warc.site import publish_site
from crawler.from_warc.site_posts import Others
from crawler.from_warc.warcinfo import source_fields
from crawler.items import Outcome, Reason, Source
from crawler.run.article import Article
from crawler.run.options import RunOptions as RunOptions
from crawler.run.options import chosen
from crawler.run.report import Report, WrittenPost
from crawler.run.report_page import is_worth_a_page, write_page
from crawler.run.sources import OFTEN_ABSENT, RunSources
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout, run_id
from crawler.store.files import write_file
from crawler.store.frontier import ADVICE, Frontier
from crawler.store.pictures import Picture
from crawler.store.plan import Plan
from crawler.store.validators import Validators
from crawler.store.visits import Visit
from crawler.terminal import ACCOUNTED, fields

logger = logging.getLogger(__name__)

_LEVELS = {
    Outcome.FAILED: logging.WARNING,
    Outcome.GIVEN_UP: logging.WARNING,
    Outcome.UNCHANGED: logging.DEBUG,
    Outcome.NOT_MODIFIED: logging.DEBUG,
}
"""Levels of the log lines about visits; INFO for the other outcomes. Most looks find nothing new."""
MOST_VISITS = 36
"""Visits of an article in one run of a day: one an hour, the shortest `look_again`, and the tries after failures. More
come only from a frontier that forgets what is written to it."""


class Job(AbstractContextManager["Job"]):
    """One run: `open()` locks the data folder and opens the stores, the end of `with job:` closes them.

    `begin` puts a visit under way. `finish` ends it with one outcome, and passes that to the frontier, the report and
    the progress bar.
    """

    frontier: Frontier
    catalogue: Catalogue
    publisher: Publisher

    def __init__(self, config: Config, options: RunOptions, command: str, clock: Clock = utc_now) -> None:
        """Raise ConfigError for a source that the configuration lacks, or a signing key that can't be used."""
        self.config, self.options, self.clock = config, options, clock
        self.layout = Layout(config.crawl.data, config.posts.folder, config.posts.withdrawn)
        self.sources = chosen(config, options)
        self.redactor = Redactor(secrets(config))
        self.report = Report(
            run_id(clock()),
            command,
            clock(),
            str(config.shard or ""),
            redactor=self.redactor,
            unfetched=set(options.urls),
        )
        self.looks = RunSources(self.sources, self.report.started, self.redactor)
        self.under_way: dict[str, Visit] = {}
        """Visits that have begun and not finished, by canonical URL."""
        self.elsewhere: list[tuple[Layout, Catalogue]] = []
        """Folders of the fleet with earlier versions of articles whose sources have moved to this one, and of other
        years."""
        self.foreign = foreign_sources(config)
        """Names of the sources that other shards have."""
        self._visits: Counter[str] = Counter()
        self.on_outcome: Callable[[str, str], None] = lambda outcome, url: None
        """Called with outcome and URL of each finished visit."""
        self.on_total: Callable[[int], None] | None = None
        """Called with the number of articles that are finished, under way or due, whenever it is known anew."""
        self._signer = signer_of(config)
        self._opened = ExitStack()

    def open(self) -> None:
        """Lock the data folder, recover what a killed run left, open the stores.

        Raises Locked, StorageFailed or ConfigError when the run can't start.
        """
        self.layout.prepare()
        sources = {source.name: source for source in (*self.config.sources, *self.sources.values())}
        plans = {name: Plan.of(source.look_again) for name, source in sources.items()}
        with ExitStack() as opened:
            opened.enter_context(self.layout.lock())
            self.layout.remove_unfinished()
            self.layout.close_to_others()
            self.catalogue = recovery.open_catalogue(self.layout)
            opened.callback(self.catalogue.close)
            self.frontier = Frontier(self.layout.frontier, self.clock, sources, plans)
            opened.callback(self.frontier.close)
            take_over(self.config, self.frontier, self.clock)
            self.layout.close("")
            self.frontier.adopt(lambda url: choose(self.config, url).name, fingerprints(self.config))
            self.publisher = Publisher(self.layout, self.catalogue)
            opened.callback(self.publisher.close)
            self._close_ended_years()
            self.elsewhere = opened.enter_context(earlier_folders(self.config, self.sources))
            self.report.recovered += recovery.recover(self.layout, self.catalogue, self.frontier, self._signer)
            self._opened = opened.pop_all()

    def _close_ended_years(self) -> None:
        """Close the folders of years that are over; a failure does not keep this run from its work."""
        for layout in ended_years(self.config):
            try:
                self.report.recovered += close(layout, self.frontier, self.config, self.clock, self._signer)
            except (ArchiveError, WarcpressError) as error:
                logger.warning("%s: not closed yet, the next run tries again: %s", layout.root, error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    @property
    def folders(self) -> list[tuple[Layout, Catalogue]]:
        """The data folder of this run, and those in `elsewhere`."""
        return [(self.layout, self.catalogue), *self.elsewhere]

    def attach(self, crawler: Crawler) -> None:
        """Make this the job of a crawler: `job_of(crawler)` returns it from now on."""
        _jobs[crawler] = self

    def warcinfo(self) -> list[tuple[str, str]]:
        """Fields of the run's warcinfo record: contact and run id, and the sources for `rebuild`."""
        contact = self.config.crawl.contact
        who = [("http-header-from", contact)] if contact else []
        return [*who, ("run", self.report.id), *source_fields(self.sources.values())]

    def source(self, name: str) -> Source:
        """The source with this name."""
        return self.sources[name]

    def begin(self, visit: Visit) -> None:
        """Count a visit among those under way.

        Raises StorageFailed when the frontier gives an article again and again.
        """
        self._visits[visit.article] += 1
        if self._visits[visit.article] > MOST_VISITS:
            raise StorageFailed(
                f"{self.layout.frontier}: {visit.article} is due again after {MOST_VISITS} visits in this run; {ADVICE}"
            )
        self.under_way[visit.article] = visit
        logger.debug("visit %s: %s", visit.url, visit.why, extra=fields(url=visit.url, source=visit.source))

    def finish(
        self,
        visit: Visit,
        outcome: Outcome,
        *,
        reason: Reason | None = None,
        article: Article | None = None,
        validators: Validators | None = None,
    ) -> None:
        """End a visit that is under way.

        `reason`: why it gave no post. `article`: the stored article. `validators`: those of a 304.

        Raises StorageFailed when the frontier can't be written; the visit then stays under way.
        """
        outcome = self.frontier.finish(
            visit,
            outcome,
            reason=reason,
            canonical_url=article.at if article else "",
            validators=article.validators if article else validators,
        )
        _log(visit, outcome, reason)
        self.report.finished(visit.url, outcome, reason)
        self.looks.finished(visit.source, outcome, reason, first=not visit.looks)
        for key in article.post.unmatched if article is not None else ():
            if key not in OFTEN_ABSENT:
                self.report.unmatched_selector(visit.source, key, visit.url)
        if article is not None and article.version is not None and outcome.written:
            version = article.version
            self.report.posts.append(WrittenPost(version.path, version.canonical_url, visit.url, outcome))
            if outcome is Outcome.NEW:
                self.looks.new_post(visit.source, article.post, article.captures[0].date)
        self.under_way.pop(visit.article, None)
        self.on_outcome(outcome, visit.url)

    def has_room(self) -> bool:
        """Tell whether a visit may begin: the disk has had more than its reserve up to now. The report says why not."""
        if not self.report.full:
            self.report.full = self.layout.lacks_room(self.config.limits.disk_reserve)
            if self.report.full:
                logger.error("%s", self.report.full, extra=ACCOUNTED)
        return not self.report.full

    def _count_left(self) -> None:
        """Count the due visits that a budget or the disk left out, for the report."""
        report = self.report
        report.spent = [
            replace(row, left=self.frontier.left([row.source] if row.source else self.sources)) for row in report.spent
        ]
        report.left = self.frontier.left(self.sources)

    def missed(self, picture: Picture, reason: Reason) -> None:
        """Put a picture that could not be fetched on the frontier, for further tries, and into the report."""
        given_up = self.frontier.pictures.missed(picture, reason)
        told = f"{reason.message}; given up, but for looks at its article" if given_up else reason.message
        self.report.missing_image(picture.article, picture.url, reason.error_class, told)

    def merge_files(self) -> None:
        """Merge small WARC files of earlier days; a failure is that of the run, unless a later one can do the same."""
        report, reserve = self.report, self.config.limits.disk_reserve
        if report.fatal is not None or report.stopped or self.layout.lacks_room(reserve):
            return
        self.catalogue.knows(Reader(self.layout.root).files_here())
        try:
            recovery.merge(self.layout, self.catalogue, self.config.archive.merge_below, self.clock, self._signer)
        except SigningError as error:
            report.unmerged = error.reason
        except ArchiveError as error:
            report.fatal = StorageFailed(str(error))

    def publish(self) -> None:
        """Bring the site up to date; one that can't be written is a problem of the run, and the next run goes on."""
        if self.report.fatal is None and not self.report.stopped:
            others = Others(nullcontext(self.elsewhere), self.foreign)
            self.report.site = publish_site(self.config.target, self.layout, self.catalogue, others)

    def write_report(self) -> None:
        """Judge the sources, write the run file and its page; the catalogue has every row of the sealed files."""
        if self.report.fatal is None:
            self.catalogue.knows(Reader(self.layout.root).files_here())
            if not self.options.urls:
                self.report.sources = self.looks.judge(self.frontier.looks, self.clock())
                for name, judged in self.report.sources.items():
                    if judged.unwell is not None:
                        self.frontier.ask_again(name, judged.unwell)
        self._count_left()
        now = self.clock()
        write_file(self.layout.runs, f"{self.report.id}.json", self.report.text(now).encode(), mode=0o600)
        if self.report.fatal is None:
            self._write_page(now)

    def _write_page(self, now: datetime) -> None:
        """Write the page of a run that did something, or in which something went wrong."""
        figures = {"bytes": self.report.bytes_stored, "saved": self.report.bytes_saved}
        added = {name: count for name, count in figures.items() if count}
        self.frontier.looks.add_to_archive(self.report.started.timestamp(), added)
        if is_worth_a_page(content := self.report.content(now)):
            write_page(self.layout, content, self.frontier.looks, now)


def _log(visit: Visit, outcome: Outcome, reason: Reason | None) -> None:
    """Log how a visit ended: as a problem when it failed, and only for those who want all when nothing is new."""
    told = {"outcome": outcome.value, "url": visit.url, "source": visit.source}
    level = _LEVELS.get(outcome, logging.INFO)
    if reason is None:
        logger.log(level, "%s: %s", outcome, visit.url, extra=fields(**told))
    else:
        logger.log(level, "%s", reason.message, extra=ACCOUNTED | fields(**told, error=reason.error_class))


_jobs: WeakKeyDictionary[Crawler, Job] = WeakKeyDictionary()


def job_of(crawler: Crawler) -> Job:
    """The job that `Job.attach` gave a crawler; ConfigError when another spider uses these pipelines."""
    job = _jobs.get(crawler)
    if job is None:
        raise ConfigError(
            "the pipelines of warcpress work only with its spiders; for another spider, set ITEM_PIPELINES = {} "
            "(crawler.capture archives what any spider fetches)"
        )
    return job
