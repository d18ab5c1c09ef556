"""Report of a run: counts and lists of every stage in, the run file `runs/RUN-ID.json` and the exit code out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from archive import Capture, Redactor, json_text
from crawler.clock import rfc3339
from crawler.errors import UNWELL, StorageFailed, exit_code_of
from crawler.from_warc.publish import KeptFile
from crawler.from_warc.recovery import Recovered
from crawler.from_warc.site import Published
from crawler.items import Outcome, Reason
from crawler.run.health import State
from crawler.run.sources import Judged
from crawler.store import stored_version

VERSION = 1
NOT_FETCHED = 5
"""Exit code of a refetch that did not fetch all of its URLs."""
LISTED = 1000
"""Longest list in a run file; further rows are only counted."""


@dataclass(frozen=True)
class WrittenPost:
    """A post of which this run wrote a version."""

    path: str
    url: str
    """Canonical URL."""
    asked: str
    """URL that was requested."""
    outcome: Outcome


@dataclass(frozen=True)
class FailedVisit:
    """A visit that gave no post."""

    url: str
    outcome: Outcome
    error_class: str
    message: str
    """One line that names the URL."""


@dataclass(frozen=True)
class ChangedState:
    """A held article that was withdrawn, became suspect, or returned."""

    state: str
    """`withdrawn`, `suspect` or `returned`."""
    url: str
    """Canonical URL."""
    reason: str
    """Error class of the look that shows it; of `returned`, the state that ended."""
    capture: str
    """Record id of the capture that shows it."""


@dataclass(frozen=True)
class MissingImage:
    """An image that could not be fetched."""

    article: str
    url: str
    error_class: str
    message: str


@dataclass(frozen=True)
class UncopiedImage:
    """An archived image without the local copy that [posts] asks for."""

    article: str
    url: str
    message: str


@dataclass(frozen=True)
class UndatedPost:
    """A new post whose page names no date."""

    article: str
    date: str
    """Date that the post got instead, ISO 8601."""
    date_from: str
    """`hint` (feed, sitemap or listing) or `capture`."""


@dataclass(frozen=True)
class UnbelievedLink:
    """Canonical links of a source's pages that are not believed; one for each source and run."""

    source: str
    url: str
    """What the first of these links claims; another article has it, or the source does not take it."""
    article: str
    """URL of the page with that link."""
    articles: int
    """How many new articles have such a link; each is stored under its own URL."""


@dataclass(frozen=True)
class UnmatchedSelector:
    """A key of a source's `article` whose selectors find nothing; one for each source, key and run."""

    source: str
    key: str
    """title, body, author or date."""
    article: str
    """URL of the first page on which they find nothing."""
    articles: int
    """How many articles were read by generic rules instead."""


@dataclass(frozen=True)
class UnreadSource:
    """A feed, sitemap, section or listing that could not be read, or only in part."""

    source: str
    url: str
    message: str
    """One line that names the URL."""


@dataclass(frozen=True)
class FaultySource:
    """A feed or sitemap with faults that cost no entry, such as an `&` that is not escaped."""

    source: str
    url: str
    message: str
    """One line that names the URL, and each kind of fault once with its line."""


@dataclass(frozen=True)
class SpentBudget:
    """A budget that was spent, so that the run left articles out."""

    source: str
    """Empty = the budget of the whole run."""
    message: str
    left: int = 0
    """Due visits that the run left out for later ones."""


_KEYS = {"error_class": "class", "date_from": "from"}
"""Field → key in the run file, where they differ: both keys are Python keywords."""


@dataclass
class Report:
    """What one run did. Mutable: every stage adds to it."""

    id: str
    """Id of the run: the name of its file."""
    command: str
    started: datetime
    shard: str = ""
    """The shard of a fleet, as `--shard` takes it; empty without."""
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    """Finished visits by outcome."""
    states: Counter[str] = field(default_factory=Counter)
    """Held articles that were withdrawn, became suspect, or returned."""
    errors: Counter[str] = field(default_factory=Counter)
    """Failed visits by error class."""
    exchanges: int = 0
    revisits: int = 0
    bytes_stored: int = 0
    """Compressed bytes of response and revisit records."""
    bytes_saved: int = 0
    """Compressed bytes that revisits would have taken as responses."""
    images: Counter[str] = field(default_factory=Counter)
    """Counts of images: fetched, known (stored before), missing, uncopied."""
    candidates: Counter[str] = field(default_factory=Counter)
    """Counts of candidates: seen in documents, added to the frontier."""
    posts: list[WrittenPost] = field(default_factory=list)
    failures: list[FailedVisit] = field(default_factory=list)
    changed_states: list[ChangedState] = field(default_factory=list)
    missing_images: list[MissingImage] = field(default_factory=list)
    uncopied_images: list[UncopiedImage] = field(default_factory=list)
    kept_posts: list[KeptFile] = field(default_factory=list)
    """Post files that somebody has changed; a new version or state of the article did not reach them."""
    undated: list[UndatedPost] = field(default_factory=list)
    unbelieved_links: dict[str, UnbelievedLink] = field(default_factory=dict)
    """By source."""
    unmatched_selectors: dict[tuple[str, str], UnmatchedSelector] = field(default_factory=dict)
    """By source and key."""
    unread_sources: list[UnreadSource] = field(default_factory=list)
    faulty_sources: list[FaultySource] = field(default_factory=list)
    recovered: list[Recovered] = field(default_factory=list)
    """Files that a killed run had left open."""
    spent: list[SpentBudget] = field(default_factory=list)
    sources: dict[str, Judged] = field(default_factory=dict)
    """The sources that the run has judged, by name."""
    site: Published = field(default_factory=Published)
    """What the site of [publish] got."""
    full: str = ""
    """Why no more visits were begun: the disk had no more than its reserve; empty = it had."""
    left: int = 0
    """Due visits at the end of the run."""
    unmerged: str = ""
    """Why small WARC files were not merged, though their day is over; empty = they were, or there are none."""
    stopped: str = ""
    """Why the run ended early: the name of a signal, or Scrapy's reason; empty = it ended normally."""
    fatal: BaseException | None = None
    """Error that stopped the run: storage failed, or the extractor does not start."""
    confinement: list[str] | None = None
    """What confines the extraction children (`landlock`, `seccomp`); None = no page was read."""
    unfetched: set[str] = field(default_factory=set)
    """URLs of a refetch that were not fetched so far; empty for a crawl."""
    safe: int = 0
    """Exchanges on disk at the end."""
    redactor: Redactor = field(default_factory=Redactor)
    """Removes configured secrets from the run file, which quotes servers."""

    def finished(self, url: str, outcome: Outcome, reason: Reason | None) -> None:
        """Count a finished visit of `url`, and list it when it gave no post."""
        self.outcomes[outcome] += 1
        if outcome.stored:
            self.unfetched.discard(url)
        if reason is not None:
            self.errors[reason.error_class] += 1
            self.failures.append(FailedVisit(url, outcome, reason.error_class, reason.message))

    def changed_state(self, state: stored_version.State) -> None:
        """Count and list the new state of a held article."""
        name = "returned" if state.state == "present" else state.state
        self.states[name] += 1
        self.changed_states.append(ChangedState(name, state.canonical_url, state.reason, state.capture))

    def missing_image(self, article: str, url: str, error_class: str, message: str) -> None:
        """Count and list an image that could not be fetched."""
        self.images["missing"] += 1
        self.missing_images.append(MissingImage(article, url, error_class, message))

    def uncopied_image(self, article: str, url: str, message: str) -> None:
        """Count and list an image that is archived without a local copy."""
        self.images["uncopied"] += 1
        self.uncopied_images.append(UncopiedImage(article, url, message))

    def unbelieved_link(self, source: str, url: str, article: str) -> None:
        """Count a new article whose canonical link is not believed; the first of each source is told."""
        first = self.unbelieved_links.get(source) or UnbelievedLink(source, url, article, 0)
        self.unbelieved_links[source] = replace(first, articles=first.articles + 1)

    def unmatched_selector(self, source: str, key: str, article: str) -> None:
        """Count an article on whose page the selectors of one key of its source find nothing."""
        first = self.unmatched_selectors.get((source, key)) or UnmatchedSelector(source, key, article, 0)
        self.unmatched_selectors[source, key] = replace(first, articles=first.articles + 1)

    def stored(self, captures: Iterable[Capture]) -> None:
        """Count captures that are on disk."""
        for capture in captures:
            self.exchanges += 1
            self.revisits += capture.kind == "revisit"
            self.bytes_stored += capture.length

    @property
    def exit_code(self) -> int:
        """Exit code of the run.

        0 done; 1 a source could not be read in full, an article was given up, a budget was spent, or the site could
        not be written; 5 a URL of a refetch was not fetched; 6 all went well, but a source did not; 130 or 143 after a
        signal; 4 when the disk had no more than its reserve; the exit code of the fatal error.
        """
        if self.fatal is not None:
            return exit_code_of(self.fatal)
        if self.stopped in ("SIGINT", "SIGTERM"):
            return 130 if self.stopped == "SIGINT" else 143
        if self.full:
            return StorageFailed.exit_code
        if self.unfetched:
            return NOT_FETCHED
        if self.unread_sources or self.outcomes[Outcome.GIVEN_UP] or self.spent or self.site.fault:
            return 1
        return 0 if all(judged.health.state is State.HEALTHY for judged in self.sources.values()) else UNWELL

    def content(self, finished: datetime) -> dict[str, Any]:
        """Content of the run file."""
        return {
            "v": VERSION,
            "run": self.id,
            **({"shard": self.shard} if self.shard else {}),
            "command": self.command,
            "started": rfc3339(self.started),
            "finished": rfc3339(finished),
            "seconds": round((finished - self.started).total_seconds(), 3),
            "exit_code": self.exit_code,
            "stopped": self.stopped or ("disk_reserve" if self.full else ""),
            "reason": self.redactor.text(str(self.fatal or self.full or self.site.fault)),
            "unmerged": self.redactor.text(self.unmerged),
            "left": self.left,
            "confinement": self.confinement,
            "articles": {outcome.value: self.outcomes[outcome] for outcome in Outcome},
            "states": {name: self.states[name] for name in ("withdrawn", "suspect", "returned")},
            "site": self.site.counts(),
            "candidates": {name: self.candidates[name] for name in ("seen", "added")},
            "images": {name: self.images[name] for name in ("fetched", "known", "missing", "uncopied")},
            "captures": {
                "exchanges": self.exchanges,
                "revisits": self.revisits,
                "bytes": self.bytes_stored,
                "saved": self.bytes_saved,
            },
            "errors": dict(sorted(self.errors.items())),
            "news": [name for name, judged in self.sources.items() if judged.news],
            "sources": {name: judged.row() for name, judged in self.sources.items() if not judged.is_quiet},
            "posts": self._listed(self.posts),
            "failures": self._listed(self.failures),
            "changed_states": self._listed(self.changed_states),
            "missing_images": self._listed(self.missing_images),
            "uncopied_images": self._listed(self.uncopied_images),
            "kept_files": self._listed([*self.kept_posts, *self.site.kept]),
            "undated": self._listed(self.undated),
            "unbelieved_links": self._listed(list(self.unbelieved_links.values())),
            "unmatched_selectors": self._listed(list(self.unmatched_selectors.values())),
            "unread_sources": self._listed(self.unread_sources),
            "faulty_sources": self._listed(self.faulty_sources),
            "recovered": self._listed(self.recovered),
            "spent": self._listed(self.spent),
        }

    def _listed(self, rows: Sequence[Any]) -> dict[str, Any]:
        return {"count": len(rows), "first": [self._row(row) for row in rows[:LISTED]]}

    def _row(self, row: Any) -> dict[str, str | int]:
        return {
            _KEYS.get(name, name): self.redactor.text(value) if isinstance(value, str) else value
            for name, value in asdict(row).items()
        }

    def text(self, finished: datetime) -> str:
        """Text of the run file."""
        return json_text(self.content(finished), indent=1) + "\n"
