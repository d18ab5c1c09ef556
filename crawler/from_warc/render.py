"""Today's settings go in; all post files made with others are made again from the archive, without network.

First everything is derived, and what would change is counted and kept in a temporary file; then it is written, in the
order of a run: records, rows, post files, marks. A kill in between loses nothing: the next start publishes what the
archive has, the next render makes the rest.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from importlib.metadata import version as release
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

from archive import ArchiveWriter, Redactor, Signer, kept_together, many
from crawler.clock import Clock, utc_now
from crawler.config import Config, named, secrets
from crawler.errors import Locked, StorageFailed
from crawler.fleet.stores import stores_of
from crawler.from_warc.captures import Found, LostArticles
from crawler.from_warc.ingest import elsewhere
from crawler.from_warc.publish import Publisher
from crawler.from_warc.recovery import open_catalogue, recover
from crawler.from_warc.rerender import Change, Kept, Rerender, Settings, Verdict, latest_of
from crawler.from_warc.site import Published, publish_site
from crawler.from_warc.site_posts import Others
from crawler.from_warc.warcinfo import source_fields
from crawler.items import Source
from crawler.posts.conversion import CONTENT_TYPE, Conversion, version_of
from crawler.posts.difference_lines import whole_lines
from crawler.posts.differences import difference
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import REBUILDING, Layout
from crawler.store.files import path_key
from crawler.store.frontier import Frontier
from crawler.store.lock import FencedDisk
from crawler.store.stored_version import Version

GROUP = 64
"""Versions per fsync."""
EXAMPLES = 3
LONGEST_EXAMPLE = 12
"""Lines of one example."""
MOST_NAMED = 1_000
"""Most posts of one kind that the outcome names."""


@dataclass
class Rendered:
    """What a render did, or would do."""

    posts: int = 0
    changed: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    """Changed posts by what made the difference; a post may have several."""
    examples: list[list[str]] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)
    """Posts and files that stay as they are, by what is said of them."""
    counts: Counter[str] = field(default_factory=Counter)
    """How many notes there are."""
    lost: int | None = None
    """Articles in captures that no post was made from; None = nobody asked."""
    lost_examples: list[str] = field(default_factory=list)
    damaged: bool = False
    """Whether something could not be read."""
    site: Published = field(default_factory=Published)

    @property
    def exit_code(self) -> int:
        """1 when something could not be read, or the site could not be written."""
        return 1 if self.damaged or self.site.fault else 0

    def note(self, kind: str, text: str) -> None:
        """Note something that stays as it is."""
        self.counts[kind] += 1
        if self.counts[kind] <= MOST_NAMED:
            self.notes.setdefault(kind, []).append(text)

    def summary(self) -> Iterator[str]:
        """Describe what would change, for a person."""
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kinds.items()))
        yield f"{self.changed} of {many(self.posts, 'post')} would change" + (f": {kinds}" if kinds else "")
        for example in self.examples:
            yield from (f"  {line}" for line in example[:LONGEST_EXAMPLE])
            if len(example) > LONGEST_EXAMPLE:
                yield f"    … and {many(len(example) - LONGEST_EXAMPLE, 'more line')}"
        if self.lost is not None:
            yield f"articles found in captures without a post: {self.lost}"
            yield from (f"  {example}" for example in self.lost_examples)

    def noted(self) -> Iterator[str]:
        """Name what stays as it is."""
        for kind, lines in sorted(self.notes.items()):
            yield from (f"{kind}: {line}" for line in lines)
            if self.counts[kind] > len(lines):
                yield f"{kind}: … and {self.counts[kind] - len(lines)} more"


def render(
    config: Config,
    *,
    sources: Iterable[str] = (),
    dry_run: bool = False,
    captures: bool = False,
    signer: Signer | None = None,
    tell: Callable[[str], None],
    progress: Callable[[str, str], None] = lambda outcome, path: None,
    clock: Clock = utc_now,
) -> int:
    """Make the posts again that today's settings or extractor change; return the exit code.

    `sources`: names; empty = all. `captures`: make posts also of the articles that only captures have. `tell` gets the
    summary before anything is changed, and then the outcome; `progress` the verdict on each post. Locked while a run
    holds the data folder. A dry run needs no write access to it.
    """
    layout = Layout(config.crawl.data, config.posts.folder, config.posts.withdrawn, stores_of(config))
    layout.check()
    outcome = Rendered()
    with ExitStack() as opened:
        if dry_run:
            if layout.lock().held_elsewhere():
                raise Locked(f"{layout.root}: another run holds this folder; wait for its end")
            opened.enter_context(kept_together(layout.root))
            layout.check_catalogue()
            catalogue = Catalogue(layout.catalogue, read_only=True)
            opened.callback(catalogue.close)
        else:
            catalogue = open_to_write(layout, config, signer, clock, opened, tell)
        for name in sources:
            if latest_of(name, catalogue) is None:
                named(config, name)  # ConfigError for a name that nobody knows
        settings = settings_of(config, Redactor(() if dry_run else secrets(config)))
        run = _Run(layout, catalogue, settings, outcome, progress)
        where = None if dry_run else layout.root
        with TemporaryDirectory(dir=where, prefix=REBUILDING if where else "warcpress-") as folder:
            spool, lost = Path(folder) / "changes.gz", Path(folder) / "lost.gz"
            run.plan(set(sources), None if dry_run else spool)
            if captures:
                run.find_lost(config, set(sources), None if dry_run else lost)
            for line in outcome.summary():
                tell(line)
            if not dry_run and (outcome.changed or outcome.lost):
                run.write(spool, lost if outcome.lost else None, config, signer, clock)
                tell(f"{many(outcome.changed + (outcome.lost or 0), 'post')} rendered")
        if not dry_run:
            outcome.site = publish_site(config.target, layout, catalogue, Others.of(config))
        for line in (*outcome.noted(), *outcome.site.done(), *outcome.site.problems()):
            tell(line)
    return outcome.exit_code


def settings_of(config: Config, redactor: Redactor) -> Settings:
    """What posts are made with today."""
    limits, sources = config.limits, {source.name: source for source in config.sources}
    return Settings(config.posts.form, sources, redactor, limits.image_pixels, limits.article_images)


def writer_of(
    layout: Layout, config: Config, sources: Iterable[Source], signer: Signer | None, clock: Clock
) -> ArchiveWriter:
    """Open a writer for posts that are made from stored captures, with the configuration of these sources."""
    operator = [("operator", config.archive.operator)] if config.archive.operator else []
    software = ("software", f"warcpress/{release('warcpress')}")
    return ArchiveWriter(
        layout.root,
        prefix=config.archive.prefix,
        warcinfo=[software, *operator, *source_fields(sources)],
        rollover_bytes=config.archive.rollover_bytes,
        secrets=secrets(config),
        clock=clock,
        signer=signer,
        disk=FencedDisk(),
    )


def open_to_write(
    layout: Layout,
    config: Config,
    signer: Signer | None,
    clock: Clock,
    opened: ExitStack,
    tell: Callable[[str], None],
) -> Catalogue:
    """Lock the data folder, finish what a killed run or render left, and open the catalogue."""
    opened.enter_context(layout.lock())
    layout.remove_unfinished()
    layout.close_to_others()
    catalogue = open_catalogue(layout)
    opened.callback(catalogue.close)
    frontier = Frontier(layout.frontier, clock, [source.name for source in config.sources])
    opened.callback(frontier.close)
    for found in recover(layout, catalogue, frontier, signer):
        tell(f"recovered: {found.message}")
    return catalogue


class _Run:
    """One render: `plan`, then `write`."""

    def __init__(
        self,
        layout: Layout,
        catalogue: Catalogue,
        settings: Settings,
        outcome: Rendered,
        progress: Callable[[str, str], None],
    ) -> None:
        self._layout, self._catalogue, self._settings = layout, catalogue, settings
        self._outcome, self._progress = outcome, progress
        self._reader = layout.reader()
        self._publisher = Publisher(layout, catalogue)
        self._rerender = Rerender(self._reader, catalogue, self._publisher, settings)

    def plan(self, names: set[str], spool: Path | None) -> None:
        """Derive the newest version of each post; count what would change, and keep it in the file `spool`."""
        try:
            with ExitStack() as opened:
                file = opened.enter_context(gzip.open(spool, "wt", 1, encoding="ascii")) if spool else None
                self._rerender.judge(self._newest(names), lambda verdict: self._take(verdict, file))
        except OSError as error:
            raise StorageFailed(f"{self._layout.root}: {error.strerror}; make room, then render again") from error

    def find_lost(self, config: Config, names: set[str], spool: Path | None) -> None:
        """Find the articles that only captures have; count them, and keep them in the file `spool`."""
        articles = LostArticles(config, self._layout, self._catalogue, self._settings, self._rerender)
        outcome = self._outcome
        outcome.lost = 0
        with ExitStack() as opened:
            file = opened.enter_context(gzip.open(spool, "wt", 1, encoding="ascii")) if spool else None
            for found in articles.find(names):
                if isinstance(found, Kept):
                    outcome.damaged = True
                    self._keep("not read", found.path, found.reason)
                    continue
                outcome.lost += 1
                path = found.conversion.path
                if len(outcome.lost_examples) < EXAMPLES:
                    captured = f"{found.capture.date:%Y-%m-%d %H:%M} UTC"
                    outcome.lost_examples.append(f"{path} ({found.capture.url}, {captured})")
                if file is not None:
                    file.write(json.dumps((found.capture.record_id, found.conversion.fields(), found.text)) + "\n")
                self._progress("found", path)

    def _newest(self, names: set[str]) -> Iterator[Version]:
        for version in self._catalogue.newest():
            if not names or version.source in names:
                self._outcome.posts += 1
                yield version

    def _take(self, verdict: Verdict, spool: TextIO | None) -> None:
        if verdict is None:
            self._progress("unchanged", "")
        elif isinstance(verdict, Kept):
            self._outcome.damaged |= verdict.damaged
            self._keep("not rendered", verdict.path, verdict.reason)
        elif verdict.conversion.path == verdict.made.version.path and self._publisher.is_edited(verdict.made.version):
            self._keep(
                "not rendered", verdict.conversion.path, "somebody changed the file; `warcpress rebuild` restores it"
            )
        else:
            self._outcome.changed += 1
            self._outcome.kinds.update(verdict.kinds)
            if len(self._outcome.examples) < EXAMPLES:
                self._outcome.examples.append(_example(verdict))
            if spool is not None:
                row = (verdict.made.version.record_id, verdict.conversion.fields(), verdict.title, verdict.text)
                spool.write(json.dumps(row) + "\n")
            self._progress("changed", verdict.conversion.path)

    def _keep(self, kind: str, path: str, reason: str) -> None:
        self._outcome.note(kind, f"{path}: {reason}")
        self._progress("kept", path)

    def write(self, spool: Path, lost: Path | None, config: Config, signer: Signer | None, clock: Clock) -> None:
        """Write what `find_lost` and `plan` have found, in this order: a path that is taken then is seen."""
        writer = writer_of(self._layout, config, self._settings.sources.values(), signer, clock)
        self._reader.close()
        with writer:
            for file, write in ((lost, self._write_lost), (spool, self._write)):
                if file is not None:
                    with gzip.open(file, "rt", encoding="ascii") as lines:
                        while batch := list(islice(lines, GROUP)):
                            self._stored(writer, write(writer, batch))
        self._publisher.close()
        self._catalogue.knows(self._reader.files_here())
        for kept in self._publisher.take_kept():
            self._outcome.note("file kept", kept.message)

    def _write_lost(self, writer: ArchiveWriter, lines: list[str]) -> list[tuple[Version, str]]:
        written = []
        for line in lines:
            record_id, fields, text = json.loads(line)
            capture, conversion = self._reader.capture(record_id), Conversion.parse(map(tuple, fields))
            assert capture is not None
            written.append(Found(capture, conversion, text).written(writer))
        return written

    def _write(self, writer: ArchiveWriter, lines: list[str]) -> list[tuple[Version, str]]:
        written: list[tuple[Version, str]] = []
        claimed: dict[str, str] = {}
        for line in lines:
            record_id, fields, title, text = json.loads(line)
            version, conversion = self._catalogue.version(record_id), Conversion.parse(map(tuple, fields))
            assert version is not None
            url = version.canonical_url

            def taken(path: str, url: str = url) -> bool:
                owner = claimed.get(path_key(path))
                return owner != url if owner else self._publisher.is_taken(path, url)

            capture = self._catalogue.capture(version.pages[0])
            assert capture is not None
            conversion = replace(conversion, path=self._rerender.path(version, conversion, title, taken))
            claimed[path_key(conversion.path)] = url
            record = writer.write_conversion(capture, text.encode(), CONTENT_TYPE, conversion.fields())
            written.append((version_of(conversion, record, text, version.captured), text))
        return written

    def _stored(self, writer: ArchiveWriter, written: list[tuple[Version, str]]) -> None:
        """Let rows, post files and marks follow the records."""
        writer.commit()
        versions = [version for version, _text in written]
        self._catalogue.store(elsewhere(self._reader, self._catalogue, versions), versions)
        self._publisher.publish(written)
        for version, _text in written:
            self._progress("rendered", version.path)


def _example(change: Change) -> list[str]:
    """Describe a change: the post, and its differences."""
    old, new = change.made.version, change.conversion
    name = new.path if new.path == old.path else f"{old.path} → {new.path}"
    lines = list(whole_lines(difference(change.made.text, change.text, old.images, new.images)))
    if not lines and change.text != change.made.text:
        lines = ["only the layout of the file changes"]
    return [f"{name} ({', '.join(change.kinds)})", *(f"  {line}" for line in lines)]
