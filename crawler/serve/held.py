"""What is served, for reading only: a configuration and data folders go in; catalogue, records and texts come out.

Many requests read at once, while runs write. Each request takes one set of open files and gives it back. Several data
folders are read as one: of each a set is taken, and a folder that can't be read is left out of the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Lock

from archive import Lookup, Reader
from crawler.config import Config
from crawler.errors import ConfigError, StorageFailed, UnknownUrl
from crawler.fleet.stores import stores_of
from crawler.from_warc.indexing import lacking
from crawler.from_warc.publish import LARGEST_POST, text_here
from crawler.from_warc.show import versions_of
from crawler.search.folders import SearchIndexes
from crawler.search.index import SearchIndex
from crawler.store.catalogue import ADVICE, Catalogue
from crawler.store.data_folder import Layout
from crawler.store.folders import Catalogues, Folders
from crawler.store.stored_version import Version

KEPT = 8
"""Sets of open files that wait for the next requests: a catalogue of up to 8 MB is read whole when it is opened."""


class Opened:
    """The files that one request reads."""

    def __init__(self, layout: Layout, index: Lookup, catalogue: Catalogue, reader: Reader) -> None:
        self.layout, self.index, self.catalogue, self.reader = layout, index, catalogue, reader
        self._file = _identity(layout.catalogue)

    @property
    def is_current(self) -> bool:
        """Whether the catalogue is still this file: a rebuild puts another one in its place."""
        return _identity(self.layout.catalogue) == self._file

    def text(self, version: Version) -> str:
        """The post file of a version, as the archive has it; ArchiveError when its record is lost or damaged.

        StoreFailed when it is only in the store, which does not answer.
        """
        if self.reader.is_only_stored(version.file) and (kept := text_here(self.layout, version)) is not None:
            return kept
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

    def within(self, version: Version) -> tuple[Opened, Version]:
        """The data folder that has a version, and the version as that folder names its file."""
        return self, version

    @contextmanager
    def words(self) -> Iterator[SearchIndex]:
        """Open what `warcpress search` reads; ConfigError when it is missing, since nothing is written here."""
        path = self.layout.search
        if not path.exists():
            raise ConfigError(f"{path}: missing; the next run makes it, as does `warcpress search WORDS`")
        with closing(SearchIndex(path, read_only=True)) as index:
            yield index

    def unsearched(self) -> int:
        """How many versions no search finds, since their words are not in the index yet."""
        return lacking(self.layout, self.catalogue)

    def close(self) -> None:
        """Close the files."""
        self.reader.close()
        self.catalogue.close()


class _OpenedFolders(Opened):
    """The files of several data folders."""

    def __init__(self, layout: Folders, index: Lookup, parts: Mapping[str, Opened]) -> None:
        """`parts`: by the folders' names, those that can be read."""
        self.parts = parts
        self._catalogues = Catalogues({name: part.catalogue for name, part in parts.items()}, layout.leave)
        super().__init__(layout, index, self._catalogues, layout.reader())

    def read_whole(self) -> set[str]:
        """The names of the folders that none of the answers left out."""
        return {name for name, _ in self._catalogues.each(lambda one: one)}

    def within(self, version: Version) -> tuple[Opened, Version]:
        folder, _, file = version.file.rpartition("/")
        return self.parts[folder], replace(version, file=file)

    @contextmanager
    def words(self) -> Iterator[SearchIndex]:
        indexes, failed = list[SearchIndex](), None
        with ExitStack() as stack:
            for part in self.parts.values():
                try:
                    indexes.append(stack.enter_context(part.words()))
                except (ConfigError, StorageFailed) as error:
                    self.layout.leave(error)
                    failed = error
            if failed and not indexes:
                raise failed
            yield SearchIndexes(indexes, self.layout.leave)

    def unsearched(self) -> int:
        return sum(part.unsearched() for part in self.parts.values())


class Held:
    """A data folder, open for reading until `close`."""

    layout: Layout
    index: Lookup
    """For all requests: it reads each of its files whole once, to compare it with its checksum."""

    def __init__(self, config: Config, layout: Layout | None = None) -> None:
        """`layout`: in place of that of the configuration."""
        self.config = config
        self.layout = layout or Layout(
            config.crawl.data, config.posts.folder, config.posts.withdrawn, stores_of(config)
        )
        self.index = self.layout.index()
        self._free: list[Opened] = []
        self._lock = Lock()

    @property
    def parts(self) -> Mapping[str, Held]:
        """The data folders by their names; one alone has the empty name."""
        return {"": self}

    @contextmanager
    def opened(self) -> Iterator[Opened]:
        """Lend the open files to one request, in whichever thread; ConfigError when the catalogue is missing.

        StorageFailed when it can't be read; then the next request opens it again.
        """
        opened = self.take()
        try:
            yield opened
        except StorageFailed:
            opened.close()
            raise
        except BaseException:
            self.give(opened)
            raise
        else:
            self.give(opened)

    def close(self) -> None:
        """Close the files that no request has."""
        with self._lock:
            free, self._free = self._free, []
        for opened in free:
            opened.close()

    def take(self) -> Opened:
        """Take open files for a request, as `opened` lends them."""
        while True:
            with self._lock:
                opened = self._free.pop() if self._free else None
            if opened is None:
                return self._open()
            if opened.is_current:
                return opened
            opened.close()

    def _open(self) -> Opened:
        path = self.layout.catalogue
        if not path.exists():
            self.layout.check()  # a disk that is not mounted lacks more than the catalogue
            raise ConfigError(f"{path}: missing; {ADVICE}")
        return Opened(self.layout, self.index, Catalogue(path, read_only=True, index=self.index), self.layout.reader())

    def give(self, opened: Opened) -> None:
        """Give back what was taken."""
        opened.reader.close()  # its look-ups belong to the thread that made them
        with self._lock:
            if len(self._free) < KEPT:
                self._free.append(opened)
                return
        opened.close()


class HeldFolders(Held):
    """Several data folders, open for reading until `close`."""

    def __init__(self, config: Config, layouts: Mapping[str, Layout], leave: Callable[[Exception], None]) -> None:
        """`layouts`: by the folders' names. `leave` is told why a folder, or a part of it, is left out of an answer."""
        super().__init__(config, Folders.of(layouts, leave))
        self._parts = {name: Held(config, layout) for name, layout in layouts.items()}

    @property
    def parts(self) -> Mapping[str, Held]:
        return self._parts

    def close(self) -> None:
        for part in self._parts.values():
            part.close()

    def take(self) -> Opened:
        parts = dict[str, Opened]()
        for name, part in self._parts.items():
            try:
                parts[name] = part.take()
            except (ConfigError, StorageFailed) as error:
                self.layout.leave(error)
        if not parts:
            raise ConfigError("none of the data folders can be read")
        assert isinstance(self.layout, Folders)
        return _OpenedFolders(self.layout, self.index, parts)

    def give(self, opened: Opened) -> None:
        assert isinstance(opened, _OpenedFolders)
        opened.reader.close()
        read = opened.read_whole()
        for name, part in opened.parts.items():
            if name in read:
                self._parts[name].give(part)
            else:
                part.close()


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
