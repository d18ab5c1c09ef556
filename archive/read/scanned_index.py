"""An index for an archive of which none is at hand: its files are scanned, and a file of sorted CDXJ lines comes out.

The archive is only read: it may be evidence, or lie on a medium that can't be written. The lines go into a temporary
file, or into one that is kept for further look-ups. Damage has lines too, so that a kept file still tells of it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from archive.errors import BadRecord, StorageError, UsageError
from archive.index.cdxj import Line
from archive.index.index import Index
from archive.index.lookup import Lookup, SortedFile
from archive.index.sorted_lines import Sorter
from archive.read.contents import Gap
from archive.read.exchanges import captures
from archive.read.reader import Reader
from archive.terminal import start_bar

_DAMAGED = b"!damaged 0 "
"""Begins the line of a damaged place; readers of CDXJ take lines that begin with `!` for metadata."""
_MADE_OF = b"!warcpress 0 "
"""Begins the line that names the archive; a file without it is not ours to replace."""
_UNFINISHED = ".unfinished"


@contextmanager
def index_of(archive: Path, kept: Path | None = None) -> Iterator[tuple[Lookup, list[BadRecord]]]:
    """Give the index of an archive, and what a scan could not read; without an index, its files are scanned.

    `kept`: where the lines are kept; they are used again until the archive changes. UsageError where there are no WARC
    files, StorageError when the lines can't be written.
    """
    if kept is None and Index(archive).exists():
        yield Index(archive), []
        return
    reader = Reader(archive)
    if not reader.files():
        raise UsageError(f"{archive}: no WARC files in it")
    with TemporaryDirectory(prefix="warcpress-") as scratch:
        lines = kept or Path(scratch, "index.cdxj")
        mark = _MADE_OF + json.dumps({"archive": str(archive.resolve())}).encode() + b"\n"
        if kept is None or not _is_current(kept, mark, reader):
            _scan(reader, mark, lines)
        index = SortedFile(lines)
        yield index, [BadRecord(**json.loads(raw.removeprefix(_DAMAGED))) for raw in index.beginning(_DAMAGED)]


def _is_current(kept: Path, mark: bytes, reader: Reader) -> bool:
    """Whether the lines are of this archive, and none of its files was changed, added or removed since."""
    if not kept.exists():
        return False
    made_of = next(SortedFile(kept).beginning(_MADE_OF), None)
    if made_of is None:
        raise UsageError(f"{kept}: is no file that --index made; give the name of a new one")
    paths = {reader.path(file) for file in reader.files()}
    newest = max(path.stat().st_mtime_ns for path in paths | {path.parent for path in paths})
    return made_of == mark and newest < kept.stat().st_mtime_ns


def _scan(reader: Reader, mark: bytes, target: Path) -> None:
    """Write the sorted lines of all captures; the file appears when it is whole."""
    unfinished = target.with_name(target.name + _UNFINISHED)
    try:
        unfinished.touch()
        begun = unfinished.stat().st_mtime_ns  # by the clock of that disk
        with Sorter(target.parent) as lines, unfinished.open("wb") as handle:
            lines.add(mark)
            for line in _lines(reader):
                lines.add(line)
            handle.writelines(lines.lines())
        os.utime(unfinished, ns=(begun, begun))
        unfinished.replace(target)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise StorageError(f"{target}: can't be written: {error.strerror or error}") from error


def _lines(reader: Reader) -> Iterator[bytes]:
    sizes = {file: reader.path(file).stat().st_size for file in reader.files()}
    bar = start_bar(sys.stderr, "scanning") if sys.stderr.isatty() else None
    before = 0
    try:
        for file, size in sizes.items():
            gaps: list[Gap] = []
            for capture in captures(reader, file, gaps):
                yield bytes(Line.of(capture))
                if bar is not None:
                    bar.update(bar.task_ids[0], completed=before + capture.offset, total=sum(sizes.values()))
            for gap in gaps:
                damage = {"file": file, "offset": gap.offset, "reason": gap.reason}
                yield _DAMAGED + json.dumps(damage).encode() + b"\n"
            before += size
    finally:
        if bar is not None:
            bar.stop()
