"""Checks 29 and 31 for one archive folder, and 29 for loose indexes: what was read goes in, findings come out."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from archive.audit.across.cdxj import LINE, IndexCheck
from archive.audit.across.places import Places
from archive.audit.across.sealed import Seen, check_31_sealed
from archive.audit.checks import CLAUSES
from archive.audit.findings import Cause, Finding
from archive.audit.ledger import Ledger
from archive.audit.scanning.batch import FileCounts
from archive.disk import Disk
from archive.errors import StorageError
from archive.index.merged_files import IndexDamaged, Runs


def check_manifest(
    folder: Path, places: Places, counts: Mapping[str, FileCounts], causes: Mapping[str, Cause], live: Container[str]
) -> Iterator[Finding]:
    """The manifest of an archive; files that are not as sealed are known to `places` afterwards."""
    try:
        for finding, bases in check_31_sealed(folder, _seen(folder, counts, causes), live):
            for base in bases:
                places.alter(str(folder), base, Cause(finding.file or "", None, 31))
            yield finding
    except OSError as error:
        raise StorageError(f"{error.filename or folder}: can't be read: {error.strerror or error}") from error


def check_archive(folder: Path, ledger: Ledger, places: Places) -> Iterator[Finding]:
    """The index of an archive. StorageError when it can't be read."""
    try:
        yield from _check_index(folder, ledger, places)
    except OSError as error:
        raise StorageError(f"{error.filename or folder}: can't be read: {error.strerror or error}") from error


def _seen(folder: Path, counts: Mapping[str, FileCounts], causes: Mapping[str, Cause]) -> dict[str, Seen]:
    seen = {}
    for path in sorted((folder / "warc").iterdir()):
        if path.is_file() and ".warc" in path.name and path.suffix in (".warc", ".gz", ".zst"):
            name = f"warc/{path.name}"
            found = counts.get(name)
            sha256, records = (found.sha256, found.records) if found is not None else (None, 0)
            seen[path.name] = Seen(path.stat().st_size, sha256, records, causes.get(name))
    return seen


def _check_index(folder: Path, ledger: Ledger, places: Places) -> Iterator[Finding]:
    index = folder / "index"
    check = IndexCheck(ledger, places, str(folder), all_captures=True)
    sources = 0
    for part in (index, index / "unchanged"):
        try:
            with Runs(part, Disk()).opened() as handles:
                for handle in handles:
                    sources += 1
                    yield from check.read(str(Path(handle.name).relative_to(folder)), _lines(handle))
        except IndexDamaged as error:
            yield Finding(29, "error", str(error), CLAUSES[29], str(part.relative_to(folder)))
            return
    foreign = [path for path in sorted(index.glob("*.cdxj")) if not path.stem.replace("-", "").isdigit()]
    for path in foreign:
        sources += 1
        with path.open("rb") as handle:
            yield from check.read(str(path.relative_to(folder)), _lines(handle))
    if not sources:
        if any((folder / "warc").glob("*.warc*")):
            yield Finding(29, "warning", "there is no index: nothing finds the captures of a URL", CLAUSES[29], "index")
        return
    yield from places.capped(check.agree())


def check_loose_indexes(paths: Sequence[Path], ledger: Ledger, places: Places) -> Iterator[Finding]:
    """CDXJ files that were given beside WARC files."""
    check = IndexCheck(ledger, places, "", all_captures=False)
    for path in paths:
        try:
            with path.open("rb") as handle:
                yield from places.capped(check.read(str(path), _lines(handle)))
        except OSError as error:
            raise StorageError(f"{path}: can't be read: {error.strerror or error}") from error
    yield from places.capped(check.agree())


def _lines(handle: BinaryIO) -> Iterable[bytes]:
    return iter(lambda: handle.readline(LINE), b"")
