"""Makes the index of an archive again: WARC files go in, the number of captures and the damaged files come out.

Readable records behind damage are indexed too. Of files that are only in the store, the old lines stay.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from archive.disk import Disk
from archive.index.digests import Digests, DigestsInUse, discard
from archive.index.index import Index
from archive.index.merged_files import IndexDamaged
from archive.plurals import many
from archive.read.contents import Gap
from archive.read.exchanges import captures
from archive.read.reader import Reader
from archive.warc.exchange import Capture
from archive.warc.filenames import age
from archive.write.dedupe import grouped

logger = logging.getLogger(__name__)


@dataclass
class Reindexed:
    """The result of making an index."""

    captures: int = 0
    """Captures in the index."""
    damaged: list[Gap] = field(default_factory=list)
    """What could not be indexed, in each file in order."""


def reindex(folder: Path, without: str = "", disk: Disk | None = None) -> Reindexed:
    """Make all of `index/` again: the CDXJ files and the digests; a run may go on meanwhile, and keeps its digests.

    `without`: a file of warc/ that is left out.

    After a StorageError the old CDXJ files are still in use, and the next run makes the digests again.
    """
    try:
        discard(folder)
    except DigestsInUse as error:
        logger.warning("%s", error)
        return make_cdxj(folder, None, without, disk)
    with closing(Digests(folder, disk)) as digests:
        made = make_cdxj(folder, digests, without, disk)
        digests.set_complete()
    return made


def index_is_lost(folder: Path) -> bool:
    """Tell whether there are WARC files, and a CDXJ file is missing or damaged, as far as that is checked."""
    return bool(Reader(folder).files()) and not Index(folder).sound()


def mend_index(folder: Path, disk: Disk | None = None) -> Reindexed | None:
    """Make the CDXJ files again when one is missing or damaged; None when they are sound."""
    return make_cdxj(folder, disk=disk) if index_is_lost(folder) else None


def index_file(folder: Path, captures: Iterable[Capture], name: str, disk: Disk) -> None:
    """Add a sealed file to the CDXJ files; when one of those is damaged, make them again from the WARC files."""
    try:
        Index(folder, disk).add_file(captures, name)
    except IndexDamaged as error:
        logger.warning("%s; it is made again now", error)
        make_cdxj(folder, disk=disk)


def make_cdxj(folder: Path, digests: Digests | None = None, without: str = "", disk: Disk | None = None) -> Reindexed:
    """Make the CDXJ files again from the WARC files; add the captures to `digests` too, if given."""
    account, reader = Reindexed(), Reader(folder)
    files = [file for file in sorted(reader.files_here(), key=age) if file != without]
    apart = set(reader.files()) - set(files) - {without}
    kept = Index(folder, disk).rebuild(_all(reader, files, account, digests), keep=apart)
    if lost := len(apart - kept):
        again = "`warcpress pull` and then `warcpress rebuild` make them again"
        files_apart = many(lost, "WARC file that is", "WARC files that are")
        logger.warning("%s: the index has no lines of %s only in the store: %s", folder, files_apart, again)
    elif apart:
        files_apart = many(len(apart), "WARC file is", "WARC files are")
        logger.info("%s: %s only in the store: their lines of the index stay", folder, files_apart)
    return account


def _all(reader: Reader, files: list[str], account: Reindexed, digests: Digests | None) -> Iterator[Capture]:
    for file in files:
        for found in grouped(captures(reader, file, account.damaged)):
            account.captures += len(found)
            if digests is not None:
                digests.add(found)
            yield from found
