"""Checks 29 to 31 for one archive folder or one WACZ package: what was read of it goes in, findings come out."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from archive.checks import CLAUSES
from archive.checks.across.cdxj import IndexCheck
from archive.checks.across.description import DIGEST, Description, check_30_description, check_30_digest
from archive.checks.across.pages import PagesCheck
from archive.checks.across.places import Places
from archive.checks.across.sealed import Seen, check_31_sealed
from archive.checks.across.wacz import INDEX_ENDINGS, absent, check_30_hashes, check_30_members
from archive.checks.across.zipnum import check_29_blocks
from archive.disk import Disk
from archive.errors import StorageError
from archive.findings import Cause, Finding
from archive.ledger import Ledger
from archive.runs import IndexDamaged, Runs
from archive.scanning.batch import FileCounts
from archive.wacz_reading import BROKEN, WaczReading

LINE = 16 << 20
"""Bytes of an index line that are read."""


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


def check_package(
    name: str,
    package: WaczReading,
    ledger: Ledger,
    places: Places,
    counts: Mapping[str, FileCounts],
    causes: Mapping[str, Cause],
) -> Iterator[Finding]:
    """Members, hashes, index and pages of a WACZ package. `causes` grows with what is found here: an error inside a
    member is why its hash is another."""

    description = Description()
    yield from check_30_digest(package, name)
    altered = causes.get(f"{name}!{DIGEST}")
    yield from check_30_description(package, name, description, altered)
    for path in absent(package, description):
        places.alter(name, path.rpartition("/")[2], altered or Cause(name, None, 30))
    yield from places.capped(check_30_members(package, name, description, altered))
    if not description.multi:
        yield from _check_contents(name, package, ledger, places, description)
    known = {path: one.sha256 for path in package.members if (one := counts.get(f"{name}!{path}")) and one.sha256}
    reasons: dict[str, Cause] = {}
    for file, cause in causes.items():
        reasons.setdefault(_inside(name, file), cause)
    yield from places.capped(check_30_hashes(package, name, description, altered, known, reasons))


def _inside(name: str, file: str) -> str:
    """The member of this package that a finding's file is, or is in; empty when it is none."""
    return file[len(name) + 1 :].partition("!")[0] if file.startswith(name + "!") else ""


def _check_contents(
    name: str, package: WaczReading, ledger: Ledger, places: Places, description: Description
) -> Iterator[Finding]:
    """The index, and the pages."""
    index = IndexCheck(ledger, places, name, all_captures=False)
    for member in package.names("indexes"):
        if package.encrypted(member):
            index.give_up(f"{name}!{member}")
        elif member.endswith(INDEX_ENDINGS):
            yield from places.capped(index.read(f"{name}!{member}", package.lines(member), BROKEN))
    for member in package.names("indexes"):
        if member.endswith(".idx") and not index.broken and not package.encrypted(member):
            yield from check_29_blocks(package, name, member)
    if package.names("archive") or places.hurt(name):
        yield from places.capped(index.agree())
        yield from places.capped(PagesCheck(ledger, places, name, description).check(package))


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
