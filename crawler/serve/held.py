"""What a data folder holds, for reading only: its configuration goes in; catalogue, records and texts come out.

Many requests read at once, while runs write. Each request takes one set of open files and gives it back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock

from archive import Index, Reader
from crawler.config import Config
from crawler.errors import ConfigError, StorageFailed, UnknownUrl
from crawler.from_warc.publish import LARGEST_POST
from crawler.from_warc.show import versions_of
from crawler.search.index import SearchIndex
from crawler.store.catalogue import ADVICE, Catalogue
from crawler.store.data_folder import Layout
from crawler.store.stored_version import Version

KEPT = 8
"""Sets of open files that wait for the next requests: a catalogue of up to 8 MB is read whole when it is opened."""


class Opened:
    """The files that one request reads."""

    def __init__(self, layout: Layout, index: Index) -> None:
        """Open them; ConfigError when the catalogue is missing, StorageFailed when it can't be read."""
        self.layout, self.index = layout, index
        self._file = _identity(layout.catalogue)
        if self._file is None:
            layout.check()  # a disk that is not mounted lacks more than the catalogue
            raise ConfigError(f"{layout.catalogue}: missing; {ADVICE}")
        self.catalogue = Catalogue(layout.catalogue, read_only=True)
        self.reader = Reader(layout.root)

    @property
    def is_current(self) -> bool:
        """Whether the catalogue is still this file: a rebuild puts another one in its place."""
        return _identity(self.layout.catalogue) == self._file

    def text(self, version: Version) -> str:
        """The post file of a version, as the archive has it; ArchiveError when its record is lost or damaged."""
        with self.reader.record_with_id(version.file, version.offset, version.record_id) as record:
            return record.block.read(LARGEST_POST).decode("utf-8", "replace")

    def versions(self, name: str) -> list[Version]:
        """All versions of an article, by its URL or the path of its post, oldest first; UnknownUrl without any."""
        if not name:
            raise UnknownUrl("this address names no article; write /article/PATH, or /article?url=URL")
        if "://" in name:
            return versions_of(name, self.catalogue, self.layout)
        article = self.catalogue.article_at(name)
        if article is None:
            raise UnknownUrl(f"{name}: no post has this path")
        return self.catalogue.versions(article)

    def close(self) -> None:
        """Close the files."""
        self.reader.close()
        self.catalogue.close()


class Held:
    """A data folder, open for reading until `close`."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.layout = Layout(config.crawl.data, config.posts.folder, config.posts.withdrawn)
        self.index = Index(self.layout.root)
        """For all requests: it reads each of its files whole once, to compare it with its checksum."""
        self._free: list[Opened] = []
        self._lock = Lock()

    @contextmanager
    def opened(self) -> Iterator[Opened]:
        """Lend the open files to one request, in whichever thread; ConfigError when the catalogue is missing.

        StorageFailed when it can't be read; then the next request opens it again.
        """
        opened = self._take()
        try:
            yield opened
        except StorageFailed:
            opened.close()
            raise
        except BaseException:
            self._give(opened)
            raise
        else:
            self._give(opened)

    def close(self) -> None:
        """Close the files that no request has."""
        with self._lock:
            free, self._free = self._free, []
        for opened in free:
            opened.close()

    def _take(self) -> Opened:
        while True:
            with self._lock:
                opened = self._free.pop() if self._free else None
            if opened is None:
                return Opened(self.layout, self.index)
            if opened.is_current:
                return opened
            opened.close()

    def _give(self, opened: Opened) -> None:
        opened.reader.close()  # its look-ups belong to the thread that made them
        with self._lock:
            if len(self._free) < KEPT:
                self._free.append(opened)
                return
        opened.close()


@contextmanager
def index_of_words(layout: Layout) -> Iterator[SearchIndex]:
    """Open what `warcpress search` reads; ConfigError when it is missing, since nothing is written here."""
    if not layout.search.exists():
        raise ConfigError(f"{layout.search}: missing; the next run makes it, as does `warcpress search WORDS`")
    with closing(SearchIndex(layout.search, read_only=True)) as index:
        yield index


def short(record_id: str) -> str:
    """A record id as a part of our URLs: of `<urn:uuid:…>` only the UUID."""
    inner = record_id.removeprefix("<urn:uuid:").removesuffix(">")
    return inner if f"<urn:uuid:{inner}>" == record_id else record_id


def long(name: str) -> str:
    """The record id that `short` made a part of a URL of."""
    return name if name.startswith("<") else f"<urn:uuid:{name}>"


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another one under its name; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
