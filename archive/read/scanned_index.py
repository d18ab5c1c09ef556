"""An index for an archive of which none is at hand: its files are scanned, and a file of sorted CDXJ lines comes out.

The archive is only read: it may be evidence, or lie on a medium that can't be written. The lines go into a temporary
file, or into one that is kept for further look-ups. Damage has lines too, so that a kept file still tells of it.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from archive.errors import ArchiveError, BadRecord, StorageError, UsageError
from archive.index.cdxj import Line
from archive.index.index import Index
from archive.index.lookup import Lookup, SortedFile
from archive.index.sorted_lines import Sorter
from archive.read.contents import Gap
from archive.read.exchanges import captures
from archive.read.reader import Reader
from archive.terminal import say, start_bar

_MADE_OF = b'!meta 0 {"archive": '
"""Begins the line that names the archive; a file without it is not ours to replace."""
_DAMAGED = b"!meta 1 "
"""Begins the line of a damaged place; readers of CDXJ pass over `!meta`."""
_UNFINISHED = ".unfinished"


@contextmanager
def index_of(archive: Path, kept: Path | None = None) -> Iterator[tuple[Lookup, list[BadRecord]]]:
    """Give the index of an archive, and what a scan could not read; without a sound index, its files are scanned.

    `kept`: where the lines are kept; they are used again until the archive changes. UsageError where there are no WARC
    files, StorageError when the lines can't be written.
    """
    own = Index(archive)
    if kept is None and own.exists():
        if own.sound():
            yield own, []
            return
        say(f"{archive}: a file of its index is damaged or missing; the WARC files are scanned instead")
    reader = Reader(archive)
    if not reader.files():
        raise UsageError(f"{archive}: no WARC files in it")
    with TemporaryDirectory(prefix="warcpress-") as scratch:
        lines = kept or Path(scratch, "index.cdxj")
        made_of = {"archive": str(archive.resolve()), "state": _state(reader)}
        mark = b"!meta 0 %s\n" % json.dumps(made_of).encode()
        if kept is None or not _is_current(kept, mark):
            _scan(reader, mark, lines)
        index = SortedFile(lines)
        yield index, [BadRecord(**json.loads(raw.removeprefix(_DAMAGED))) for raw in index.beginning(_DAMAGED)]


def _state(reader: Reader) -> str:
    """Another text when a file of the archive was changed, added or removed."""
    digest = hashlib.sha256()
    for file in reader.files():
        status = reader.path(file).lstat()  # it may be a link that leads nowhere
        digest.update(f"{file}\0{status.st_size}\0{status.st_mtime_ns}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _is_current(kept: Path, mark: bytes) -> bool:
    """Whether the lines are those of this archive, as it is now."""
    if not kept.exists():
        return False
    made_of = next(SortedFile(kept).beginning(_MADE_OF), None)
    if made_of is None:
        raise UsageError(f"{kept}: is no file that --index made; give the name of a new one")
    return made_of == mark


def _scan(reader: Reader, mark: bytes, target: Path) -> None:
    """Write the sorted lines of all captures; the file appears when it is whole."""
    unfinished = target.with_name(target.name + _UNFINISHED)
    try:
        with Sorter(target.parent) as lines, unfinished.open("wb") as handle:
            lines.add(mark)
            for line in _lines(reader):
                lines.add(line)
            handle.writelines(lines.lines())
        unfinished.replace(target)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise StorageError(f"{target}: can't be written: {error.strerror or error}") from error


def _lines(reader: Reader) -> Iterator[bytes]:
    """The lines of all captures, and of the places that can't be read."""
    with _bar(reader) as show:
        for file in reader.files():
            gaps: list[Gap] = []
            for capture in captures(reader, file, gaps):
                yield bytes(Line.of(capture))
                show(file, capture.offset)
            for gap in gaps:
                place = {"file": file, "offset": gap.offset, "reason": gap.reason}
                yield _DAMAGED + json.dumps(place).encode() + b"\n"


@contextmanager
def _bar(reader: Reader) -> Iterator[Callable[[str, int], None]]:
    """Draw a progress bar on stderr if that is a terminal; the function takes how far the scan is."""
    if not sys.stderr.isatty():
        yield lambda _file, _offset: None
        return
    starts, total = {}, 0
    for file in reader.files():
        starts[file] = total
        with suppress(ArchiveError), reader.source(file) as source:
            total += source.size
    bar = start_bar(sys.stderr, "scanning")
    try:
        yield lambda file, offset: bar.update(bar.task_ids[0], completed=starts[file] + offset, total=total)
    finally:
        bar.stop()
