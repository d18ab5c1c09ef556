"""The index of an archive: captures of a sealed WARC file go in; look-ups (lookup.py) read what it wrote.

The index is sorted CDXJ files in `index/` (merged_files.py), which any reader of CDXJ can use. A 304 has no page, and
replay tools show an empty page for it (pywb 2.10 and wabac 2.27, 2026-11). So its line goes into `index/unchanged/`,
where they do not look, and they show the capture before it. Lookups here read both folders.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from archive.disk import Disk, open_regular
from archive.errors import StorageError
from archive.index.cdxj import BadLine, Line
from archive.index.digests import discard
from archive.index.lookup import Lookup
from archive.index.merged_files import MergedFiles, is_ours
from archive.index.sorted_lines import Sorter
from archive.plurals import many
from archive.warc.exchange import Capture

logger = logging.getLogger(__name__)


class Index(Lookup):
    """The CDXJ files of a data folder."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self.folder = folder / "index"
        disk = disk or Disk()
        self._pages = MergedFiles(self.folder, disk)
        self._unchanged = MergedFiles(self.folder / "unchanged", disk)
        self._both = (self._pages, self._unchanged)

    def add_file(self, captures: Iterable[Capture], warc_name: str) -> None:
        """Add the captures of one sealed WARC file, durably; adding them again changes nothing.

        The first capture is added last: when it is found after a crash, all others are there too. Raises StorageError
        when the disk fails, IndexDamaged when a file of the index is missing.
        """
        try:
            with self._sorted(captures) as parts:
                for files, lines in parts:
                    files.add(lines)
        except OSError as error:
            raise StorageError(
                f"{self.folder}: the captures of {warc_name} can't be indexed: {error.strerror or error}",
                "the WARC file is whole; `python -m archive index FOLDER` makes the index again",
            ) from error

    def rebuild(self, captures: Iterable[Capture], keep: Container[str] = ()) -> set[str]:
        """Make the index again from all captures of the archive, in any order, in bounded memory.

        `keep`: names of WARC files that are not read, whose lines stay; those that had lines are returned. The old
        index is used until then. Raises StorageError, and what reading the captures raises.
        """
        kept = set[str]()
        try:
            with self._sorted(captures, self._lines_of(keep, kept) if keep else ()) as parts:
                for files, lines in parts:
                    files.replace(lines)
        except OSError as error:
            raise StorageError(f"{self.folder}: can't be made again: {error.strerror or error}") from error
        return kept

    def _lines_of(self, names: Container[str], found: set[str]) -> Iterator[bytes]:
        """The lines of some WARC files, as far as they are sound, of damaged index files too; their names: `found`."""
        bad = 0
        for path in sorted(self.folder.rglob("*.cdxj")):
            if is_ours(path.name):
                with suppress(FileNotFoundError), open_regular(path) as file:
                    for raw in file:
                        try:
                            line = Line.parse(raw)
                        except BadLine:
                            bad += 1
                            continue
                        if line.file in names:
                            found.add(line.file)
                            yield bytes(line)
        if bad:
            logger.warning("%s: %s of the old index can't be read", self.folder, many(bad, "line"))

    def relocate(self, file: str, starts: Mapping[str, int]) -> None:
        """Let the lines of some WARC files lead into `file`, where the bytes of each begin at its start.

        Doing it again changes nothing. Raises StorageError when the disk fails, IndexDamaged when a file is missing.
        """

        def moved(line: bytes) -> bytes:
            if not any(mark in line for mark in marks):
                return line
            parsed = Line.parse(line)
            return bytes(replace(parsed, file=file, offset=parsed.offset + starts[parsed.file]))

        marks = [f'"filename": {json.dumps(name)}'.encode() for name in starts]
        try:
            with self._alone():
                for files in filter(lambda files: files.folder.is_dir(), self._both):
                    files.change(marks, moved)
        except OSError as error:
            raise StorageError(f"{self.folder}: can't be changed: {error.strerror or error}") from error

    def finish(self) -> None:
        """Make one sorted file of the index, and remove the digests, for an archive that gets no more files.

        A run that writes to it after all makes the digests again. Raises StorageError, IndexDamaged.
        """
        try:
            with self._alone():
                for files in self._both:
                    files.unite()
                discard(self.folder.parent)
        except OSError as error:
            raise StorageError(f"{self.folder}: can't be changed: {error.strerror or error}") from error

    def exists(self) -> bool:
        """Tell whether there is a file of the index."""
        return any(is_ours(path.name) for path in self.folder.rglob("*.cdxj"))

    def sound(self) -> bool:
        """Tell whether there is an index, and no file between the others is missing."""
        return self._pages.sound() and (self._unchanged.sound() or not self._unchanged.folder.exists())

    @contextmanager
    def opened(self, *, unchanged: bool = True) -> Iterator[list[BinaryIO]]:
        """Open all files; without `unchanged`, only those that replay tools see."""
        with ExitStack() as stack:
            both = self._both if unchanged else self._both[:1]
            yield [handle for files in both for handle in stack.enter_context(files.opened())]

    @contextmanager
    def _sorted(
        self, captures: Iterable[Capture], lines: Iterable[bytes] = ()
    ) -> Iterator[list[tuple[MergedFiles, Sorter]]]:
        """The lines of each folder, sorted; the folder of the first capture comes last, so it is written last.

        The index is locked meanwhile: `python -m archive index` may be started during a run.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone(), Sorter(self.folder) as pages, Sorter(self.folder) as unchanged:
            first = None
            for capture in captures:
                first = first or capture
                (unchanged if capture.status == 304 else pages).add(bytes(Line.of(capture)))
            for line in lines:
                (unchanged if Line.parse(line).status == 304 else pages).add(line)
            parts = [(self._unchanged, unchanged), (self._pages, pages)]
            yield parts[::-1] if first and first.status == 304 else parts

    @contextmanager
    def _alone(self) -> Iterator[None]:
        handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
