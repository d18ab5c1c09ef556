"""What runs, or `python -m archive repair` and `remove`, left goes in; catalogue, posts and frontier follow.

What a mended file still has keeps its rows, with new places. Of what is lost, the post file is set aside; its URL is
due again, unless the file was removed on purpose.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from archive import (
    ArchiveError,
    BadRecord,
    Capture,
    Entry,
    Manifest,
    Reader,
    Signer,
    in_order,
    index_late,
    is_imported,
    many,
)
from archive import merge as merge_files
from archive import recover as recover_files
from crawler.clock import Clock
from crawler.errors import ConfigError
from crawler.from_warc.indexing import index_unmarked
from crawler.from_warc.ingest import Foreign, Made, ingest, read
from crawler.from_warc.publish import KeptFile, Publisher
from crawler.search.index import remove as remove_index
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.lock import FencedDisk

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recovered:
    """Something that a killed run left unfinished and that is finished now."""

    file: str
    message: str


class Due(Protocol):
    """What lost URLs are put back on: a frontier."""

    def again(self, urls: Iterable[str]) -> None: ...


def open_catalogue(layout: Layout) -> Catalogue:
    """Open the catalogue to write to it; one that is missing is made, and `recover` reads the WARC files into it.

    ConfigError when it is missing and so are WARC files: what only they have would be missing from it from then on.
    """
    if not layout.catalogue.exists():
        if layout.only_stored():
            raise ConfigError(f"{layout.catalogue}: {layout.no_catalogue}")
        if lost := layout.lost():
            files = many(len(lost), "sealed WARC file is", "sealed WARC files are")
            raise ConfigError(
                f"{layout.catalogue}: missing, and {files} too, {lost[0]} for one: bring them back; "
                "`warcpress rebuild` makes the catalogue from those that are here"
            )
    return Catalogue(layout.catalogue)


def recover(layout: Layout, catalogue: Catalogue, frontier: Due, signer: Signer | None = None) -> list[Recovered]:
    """Finish what a killed run left, before a new one starts; return what was done, for the run file.

    Seal open WARC files with every whole record in them, read files that the catalogue does not know into it, publish
    posts that were committed, and put lost URLs back on the frontier.

    ConfigError when such a file is only in the store, which a run does not ask.
    """
    account = []
    for found in recover_files(layout.root, signer=signer, disk=FencedDisk()):
        frontier.again(found.lost_urls)
        account.append(Recovered(found.file, found.message))
    account += [Recovered(file, told) for file, told in follow(layout, catalogue, frontier).items()]
    reader, known = Reader(layout.root), catalogue.files()
    for merged in Manifest(layout.root).merged(lambda names: names[0] not in known).values():
        catalogue.move(merged.file, merged.starts)
    unknown = set(reader.files()) - catalogue.files()
    if apart := sorted(file for file in unknown if reader.is_only_stored(file)):
        files = many(len(apart), "WARC file that is", "WARC files that are")
        text = f"has no rows of {files} only in the store, {apart[0]} for one"
        raise ConfigError(f"{layout.catalogue}: {text}: run `warcpress pull`, then `warcpress rebuild`")
    for file in in_order(layout.root, reader.files()):
        if file in unknown:
            try:
                index_late(layout.root, file, FencedDisk())
                account += [Recovered(file, str(foreign)) for foreign in ingest_late(reader, file, catalogue)]
            except BadRecord as error:  # a damaged file that was copied into warc/
                logger.warning("%s; `warcpress audit` tells more", error)
    name = layout.catalogue.name
    published, kept = publish_late(layout, catalogue)
    if published:
        account.append(Recovered(name, f"{name}: missing post files written: {published}"))
    return account + [Recovered(name, one.message) for one in kept]


def publish_late(layout: Layout, catalogue: Catalogue) -> tuple[int, list[KeptFile]]:
    """Write the post files of stored versions that have none; return how many, and the files that were kept."""
    index_unmarked(layout, catalogue)
    with closing(Publisher(layout, catalogue)) as publisher:
        if published := publisher.publish_stored(catalogue.not_shown()):
            catalogue.mark_shown(catalogue.unmarked())  # earlier versions have no file of their own
        return published, publisher.take_kept()


def ingest_late(reader: Reader, file: str, catalogue: Catalogue) -> list[Foreign]:
    """Store the rows of a file when others are stored already; return the foreign conversions."""
    others = ingest(reader, file, catalogue)
    settle_late(file, catalogue)
    return others


def settle_late(file: str, catalogue: Catalogue) -> None:
    """Note that all rows of a file are stored, after those of others.

    It may have pages that versions in them were made of: a file of ours that was lost, and was given back.
    """
    catalogue.removal.came_back(file)
    catalogue.knows([file])


def merge(layout: Layout, catalogue: Catalogue, below: int, clock: Clock, signer: Signer | None) -> int:
    """Merge small WARC files of days that are over; the catalogue has every row of every file. Return how many it made.

    Raises StorageError; SigningError when the merged file can't be signed, and the small ones stay.
    """

    def moved(line: Entry) -> None:
        catalogue.move(line.file, line.starts)
        catalogue.knows([line.file])
        logger.info("%d WARC files of fewer than %d bytes are now one: %s", len(line.starts), below, line.file)

    return len(merge_files(layout.root, below, moved=moved, clock=clock, signer=signer, disk=FencedDisk()))


def follow(layout: Layout, catalogue: Catalogue, frontier: Due | None) -> dict[str, str]:
    """Let everything follow the files that were taken out since the last run; return a line about each, by file.

    Call it under the lock. A kill at any point is no harm: the next call does the rest, because the rows of a file that
    was taken out go last.
    """
    reader = Reader(layout.root)
    gone = catalogue.files() - set(reader.files())
    if not gone:
        return {}
    try:
        lines = {entry.file: entry for entry in Manifest(layout.root).entries(gone)}
    except ArchiveError as error:
        logger.warning("%s; `warcpress audit` has the details", error)
        return {}
    removed = [line for name, line in sorted(lines.items()) if name in gone and line.kind == "removed"]
    return {line.file: _follow(line, reader, layout, catalogue, frontier) for line in removed}


def _follow(line: Entry, reader: Reader, layout: Layout, catalogue: Catalogue, frontier: Due | None) -> str:
    mended = str(line.note.get("repaired", ""))
    held = _held(reader, mended) if mended in reader.files() else set()
    rows = catalogue.removal
    captures, versions = rows.captures(line.file), rows.versions(line.file)
    lost = [found for name in versions if name not in held and (found := catalogue.version(name)) is not None]
    urls = [url for name, url in captures.items() if name not in held] + [version.canonical_url for version in lost]
    if mended and frontier is not None:
        frontier.again(dict.fromkeys(urls))
    publisher = Publisher(layout, catalogue)
    aside = [version.path for version in lost if publisher.set_aside(version)]
    if lost:
        remove_index(layout.search)  # its words are not to be found any more; the next search makes it again
    rows.forget(line.file)
    if mended in reader.files():
        ingest_late(reader, mended, catalogue)
        catalogue.mark_shown(name for name, shown in versions.items() if shown and name in held)
    for copy in filter(is_imported, in_order(layout.root, reader.files())):
        ingest_late(reader, copy, catalogue)  # of captures with one id, the next file's counts now
    what = f"repaired as {mended}" if mended else f"removed: {line.note.get('reason', '')}"
    gone = f"{many(len(urls) - len(lost), 'capture')} and {many(len(lost), 'version')} of posts"
    text = f"{line.file}: {what}; lost: {gone}"
    return f"{text}; set aside: {' '.join(aside)}" if aside else text


def _held(reader: Reader, file: str) -> set[str]:
    """Record ids of the captures and versions of a file."""
    found = set()
    try:
        for one in read(reader, file):
            if isinstance(one, Capture):
                found.add(one.record_id)
            elif isinstance(one, Made):
                found.add(one.version.record_id)
    except BadRecord as error:
        logger.warning("%s; `warcpress audit` has the details", error)
    return found
