"""WARC files go in; index, catalogue and post files are made again, without network or an older catalogue."""

from __future__ import annotations

import logging
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from archive import BadRecord, Reader, Signer, in_order, kept_together, many, recover, reindex
from crawler.clock import utc_now
from crawler.config import Target
from crawler.errors import ConfigError, Locked, Unsound
from crawler.from_warc.indexing import index_all
from crawler.from_warc.ingest import ingest
from crawler.from_warc.publish import Publisher
from crawler.from_warc.recovery import follow
from crawler.from_warc.site import Published, publish_site
from crawler.from_warc.site_posts import Others
from crawler.search.index import remove as remove_index
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import REBUILDING, Layout
from crawler.store.frontier import Frontier
from crawler.store.lock import FencedDisk, still_held
from crawler.store.site_list import SiteList

logger = logging.getLogger(__name__)


@dataclass
class Rebuilt:
    """What a rebuild did, or would do."""

    posts: int = 0
    changed: list[str] = field(default_factory=list)
    """Paths of post files that were missing or different, or there although [posts] withdrawn leaves none."""
    unreadable: list[str] = field(default_factory=list)
    """Records that can't be read; the rest of their files is left out. The audit tells more."""
    foreign: list[str] = field(default_factory=list)
    """Conversion records of other programs, which are no posts."""
    lost: list[str] = field(default_factory=list)
    """Sealed WARC files that are missing: the new catalogue has none of their rows."""
    taken_out: list[str] = field(default_factory=list)
    """What became of WARC files that were repaired or removed since the last run."""
    rows: dict[str, int] = field(default_factory=dict)
    """Rows of the new catalogue by table."""
    indexed: int = 0
    """Captures in the new index."""
    dry_run: bool = False
    site: Published = field(default_factory=Published)

    @property
    def exit_code(self) -> int:
        """1 when something is missing or could not be read, or the site could not be written."""
        return 1 if self.lost or self.unreadable or self.site.fault else 0

    def lines(self) -> list[str]:
        """Describe the outcome for a person."""
        verb = "would be written" if self.dry_run else "written"
        lines = [f"{many(self.posts, 'post')}, {many(len(self.changed), 'file')} {verb}"]
        lines += [f"  {path}" for path in self.changed]
        lines.append("catalogue: " + ", ".join(f"{count} {name}" for name, count in self.rows.items()))
        lines += self.taken_out
        lines += [f"left out: {message}" for message in self.foreign]
        if not self.dry_run:
            lines.append(f"index: {many(self.indexed, 'capture')}")
        if self.lost:
            lines += [f"missing: warc/{name}: the catalogue has no rows of it" for name in self.lost]
            lines.append(
                "bring them back (`warcpress pull`, or from a backup) and rebuild again; "
                "`python -m archive remove` notes that one is lost"
            )
        lines += [f"can't be read: {message}; `warcpress audit` tells more" for message in self.unreadable]
        return [*lines, *self.site.done(), *self.site.problems()]


def rebuild(
    layout: Layout,
    *,
    dry_run: bool = False,
    signer: Signer | None = None,
    target: Target | None = None,
    others: Others | None = None,
) -> Rebuilt:
    """Make the index, the catalogue and the post files again; Locked while a run holds the data folder.

    ConfigError when WARC files are only in the store: all must be here.

    Then compare all posts with the site ([publish]); `others`: folders with other versions of these articles.

    The new catalogue replaces the old one by rename once it is whole. Of a damaged file, the records before the damage
    are used, and the damage is reported. A dry run needs no write access to the data folder.
    """
    outcome = Rebuilt(dry_run=dry_run)
    if apart := layout.only_stored():
        raise ConfigError(f"{layout.root}: {apart}: run `warcpress pull` first")
    if dry_run:
        if layout.lock().held_elsewhere():
            raise Locked(f"{layout.root}: another run holds this folder; wait for its end")
        with kept_together(layout.root), TemporaryDirectory(prefix="warcpress-") as folder:
            _make(layout, Path(folder) / layout.catalogue.name, outcome)
        return outcome
    with layout.lock():
        layout.remove_unfinished()
        layout.close_to_others()
        recover(layout.root, signer=signer, disk=FencedDisk())  # seals the open file of a killed run
        outcome.taken_out = _follow(layout)
        if layout.site.exists():
            with closing(SiteList(layout.site)) as known:
                known.compare_all()
        outcome.indexed = reindex(layout.root, disk=FencedDisk()).captures
        with TemporaryDirectory(dir=layout.root, prefix=REBUILDING) as folder:  # a rename stays on one disk
            path = Path(folder) / layout.catalogue.name
            _make(layout, path, outcome)
            still_held()
            _replace(path, layout.catalogue)
        with closing(Catalogue(layout.catalogue)) as catalogue:
            remove_index(layout.search)
            outcome.site = publish_site(target, layout, catalogue, others)
    _index(layout)
    return outcome


def _index(layout: Layout) -> None:
    """Make the index for searches, last and without holding up a run: what it lacks then, the next search adds."""
    try:
        with closing(Catalogue(layout.catalogue, read_only=True)) as catalogue:
            index_all(layout, catalogue)
    except Locked as error:
        logger.warning("the posts are not all indexed: %s; the next `warcpress search` adds what is missing", error)


def _follow(layout: Layout) -> list[str]:
    """Set aside the posts that repaired or removed files have no more; the old catalogue knows them, if it is sound."""
    if not layout.catalogue.exists():
        return []
    with ExitStack() as opened, suppress(Unsound):
        catalogue = Catalogue(layout.catalogue)
        opened.callback(catalogue.close)
        frontier = None
        if layout.frontier.exists():
            frontier = Frontier(layout.frontier, utc_now, ())
            opened.callback(frontier.close)
        return list(follow(layout, catalogue, frontier).values())
    return []


def _make(layout: Layout, path: Path, outcome: Rebuilt) -> None:
    outcome.lost = layout.lost()
    catalogue = Catalogue(path)
    try:
        _read(layout, catalogue, outcome)
        _publish(layout, catalogue, outcome)
        outcome.rows = catalogue.count()
    finally:
        catalogue.close()  # takes the write-ahead log back into the file


def _read(layout: Layout, catalogue: Catalogue, outcome: Rebuilt) -> None:
    reader = Reader(layout.root)
    for file in in_order(layout.root, reader.files()):
        try:
            outcome.foreign += map(str, ingest(reader, file, catalogue))
        except BadRecord as error:
            outcome.unreadable.append(str(error))
        catalogue.knows([file])


def _publish(layout: Layout, catalogue: Catalogue, outcome: Rebuilt) -> None:
    publisher = Publisher(layout, catalogue, restores=True)
    for version in catalogue.newest():
        outcome.posts += 1
        text = publisher.text(version)
        if not _is(layout.posts / version.path, publisher.file(version, text)):
            outcome.changed.append(version.path)
        if not outcome.dry_run:
            publisher.publish([(version, text)])
    if not outcome.dry_run:
        catalogue.mark_shown(catalogue.unmarked())


def _is(path: Path, text: str | None) -> bool:
    """Whether a post file has this text; None = there is no file."""
    try:
        return text is not None and path.read_bytes() == text.encode()
    except FileNotFoundError:
        return text is None


def _replace(new: Path, old: Path) -> None:
    # The old file goes first: a kill after that leaves none, which is made again, and never one without its log.
    with suppress(FileNotFoundError):
        old.replace(new.with_name("old.sqlite"))
    for suffix in ("-wal", "-shm"):
        old.with_name(old.name + suffix).unlink(missing_ok=True)
    new.replace(old)
