"""Check 31: the files of an archive against its manifest: missing, replaced, renamed, cut, never sealed; gaps in the
serials."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from archive.audit.across.places import SERIALS, Places
from archive.audit.checks import CLAUSES
from archive.audit.findings import Cause, Finding, Severity, because
from archive.audit.scanning.batch import FileCounts
from archive.errors import StorageError
from archive.seal.manifest import NAME, START, Entry, ManifestError, parse
from archive.warc.filenames import OPEN, TORN, WarcName

CHAIN = Cause(NAME, None, 31)
"""A finding on the manifest's lines."""


@dataclass(slots=True)
class Chain:
    """What a manifest holds, whether its chain does or not."""

    entries: list[Entry] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    doubtful: set[int] = field(default_factory=set)
    """Numbers of lines that may be the ones that were altered: nothing that they say is sure."""


def check_31_chain(path: Path) -> Chain | None:
    """None without a manifest. Neighbouring lines that do not follow are one finding: they come from one change, as an
    altered line takes the one after it along, and two that changed places the one after both."""
    if not path.exists():
        return None
    chain = Chain()
    previous = START
    begun, last, reason = 0, 0, ""
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            line = raw.rstrip(b"\n")
            if not raw.endswith(b"\n"):
                chain.findings.append(_finding("warning", f"line {number} is unfinished; the next run cuts it", NAME))
                break
            fault = ""
            try:
                entry = parse(line, number)
                chain.entries.append(entry)
                if entry.previous != previous:
                    fault = _broken(number)
            except ManifestError as error:
                fault = error.reason
            previous = hashlib.sha256(line).hexdigest()
            if not fault:
                continue
            chain.doubtful |= {number - 1, number}
            if last == number - 1 and begun:
                last = number
                continue
            if begun:
                chain.findings.append(_stretch(begun, last, reason))
            begun, last, reason = number, number, fault
    if begun:
        chain.findings.append(_stretch(begun, last, reason))
    return chain


def _broken(number: int) -> str:
    if number == 1:
        return "is not the first one: lines before it were dropped, or it was altered"
    return f"does not follow from line {number - 1}: that was altered, or a line between them dropped or put in"


def _stretch(begun: int, last: int, reason: str) -> Finding:
    more = f" (nor do the lines to {last} follow)" if last > begun else ""
    return _finding("error", f"line {begun} {reason}{more}", NAME)


@dataclass(frozen=True, slots=True)
class Seen:
    """A file of warc/ as it was found."""

    size: int
    sha256: str | None
    """None when it was not read."""
    records: int
    cause: Cause | None
    """The first error inside it, which would change its digest too."""


Judged = tuple[Finding, tuple[str, ...]]
"""A finding, and the names of the files that are not as they were because of it."""


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


def _seen(folder: Path, counts: Mapping[str, FileCounts], causes: Mapping[str, Cause]) -> dict[str, Seen]:
    seen = {}
    for path in sorted((folder / "warc").iterdir()):
        if path.is_file() and ".warc" in path.name and path.suffix in (".warc", ".gz", ".zst"):
            name = f"warc/{path.name}"
            found = counts.get(name)
            sha256, records = (found.sha256, found.records) if found is not None else (None, 0)
            seen[path.name] = Seen(path.stat().st_size, sha256, records, causes.get(name))
    return seen


def check_31_sealed(folder: Path, files: Mapping[str, Seen], live: Container[str]) -> Iterator[Judged]:
    """`files` by name without folder. OSError as it comes."""
    for finding in _unfinished(folder, live):
        yield finding, (finding.file or "",)
    chain = check_31_chain(folder / NAME)
    if chain is None:
        if files:
            for finding in check_31_serials(set(files), None):
                yield finding, (SERIALS,)
            text = f"{NAME} is missing: nothing says which files should be here, nor how they were"
            yield _finding("warning", text, NAME), ()
        return
    for finding in chain.findings:
        yield finding, ()
    if not chain.entries and files and not chain.findings:
        text = f"{NAME} is empty, but {len(files)} files are here: nothing says how they were"
        yield _finding("error", text, NAME), ()
        return
    yield from _Sealed(chain, files).judge()


class _Sealed:
    """The files against the entries of the manifest."""

    def __init__(self, chain: Chain, files: Mapping[str, Seen]) -> None:
        self._files, self._entries, self._doubtful = files, chain.entries, chain.doubtful
        self._sealed: dict[str, Entry] = {}
        self._removed: dict[str, Entry] = {}
        for entry in chain.entries:
            self._removed.pop(entry.file, None)
            self._sealed.pop(entry.file, None)
            (self._removed if entry.kind == "removed" else self._sealed)[entry.file] = entry

    def judge(self) -> Iterator[Judged]:
        files, sealed = self._files, self._sealed
        unknown = {seen.sha256: name for name, seen in files.items() if name not in sealed and seen.sha256}
        renamed: dict[str, str] = {}
        for name, entry in sorted(sealed.items()):
            seen = files.get(name)
            if seen is not None:
                for finding in self._compare(name, entry, seen):
                    yield self._doubted(finding, entry), (name,)
            elif (other := unknown.get(entry.sha256)) is not None:
                renamed[other] = name
                finding = _finding("error", f"the file was renamed; it was sealed as {name}", f"warc/{other}")
                yield self._doubted(finding, entry), (name, other)
            else:
                text = f"the file is missing; sealed at {entry.at} with {entry.size} bytes"
                yield self._doubted(_finding("error", text, f"warc/{name}"), entry), (name,)
        for name in sorted(files.keys() - sealed.keys() - renamed.keys()):
            what = (
                "the manifest says that it was removed" if name in self._removed else "no line of the manifest names it"
            )
            finding = _finding("error", f"the file was never sealed: {what}", f"warc/{name}")
            yield (because(finding, CHAIN) if self._doubtful else finding), (name,)
        for name, entry in sorted(self._removed.items()):
            if name not in files:
                reason = f": {entry.note['reason']}" if entry.note.get("reason") else ""
                yield _finding("note", f"the file was removed at {entry.at}{reason}"[:300], f"warc/{name}"), (name,)
        moved = {other for other, name in renamed.items() if sealed[name].line not in self._doubtful}
        for finding in check_31_serials(files.keys() - moved, {entry.file for entry in self._entries}):
            yield finding, (SERIALS,)

    def _doubted(self, finding: Finding, entry: Entry) -> Finding:
        """What follows from a line that may have been altered is no error of its own."""
        return because(finding, CHAIN) if entry.line in self._doubtful and finding.caused_by is None else finding

    def _compare(self, name: str, entry: Entry, seen: Seen) -> Iterator[Finding]:
        if seen.size == entry.size and seen.sha256 in (None, entry.sha256):
            # a line with a proof is held against that
            if seen.sha256 and seen.cause is None and not entry.proof and seen.records != entry.records:
                text = f"line {entry.line} was altered: it says that {name} has {entry.records} records"
                yield _finding("error", f"{text}, not {seen.records}", NAME)
            return
        others = (one.file for one in self._sealed.values() if one.sha256 == seen.sha256 and one.file != name)
        other = next(others, None)
        if other is not None:
            message = f"the file was replaced: it has the bytes of {other}"
        elif seen.size < entry.size:
            message = f"the file was cut or replaced: {seen.size} bytes, sealed with {entry.size}"
            if seen.records < entry.records:
                message += f"; {seen.records} records, sealed with {entry.records}"
        elif seen.size > entry.size:
            message = f"the file grew or was replaced: {seen.size} bytes, sealed with {entry.size}"
        else:
            message = f"the file was altered or replaced: its sha256 is not the one sealed at {entry.at}"
        finding = _finding("error", message, f"warc/{name}")
        yield finding if seen.cause is None else because(finding, seen.cause)


def check_31_serials(files: set[str], named: set[str] | None) -> Iterator[Finding]:
    """Serials count up by one per prefix and host through the whole archive. `named` = what the manifest names: from 0
    to the last of them; what comes after was never sealed, which is said of each. None: from the lowest to the
    highest."""
    series: dict[tuple[str, str], set[int]] = {}
    last: dict[tuple[str, str], int] = {}
    for name in filter(None, map(WarcName.parse, files | (named or set()))):
        series.setdefault((name.prefix, name.host), set()).add(name.serial)
    for name in filter(None, map(WarcName.parse, named or ())):
        last[name.prefix, name.host] = max(name.serial, last.get((name.prefix, name.host), 0))
    for (prefix, host), found in sorted(series.items()):
        until = max(found) if named is None else last.get((prefix, host), -1)
        serials = {serial for serial in found if serial <= until}
        first = min(serials) if named is None else 0
        gaps = _gaps(serials, first)
        if gaps:
            text = ", ".join(
                f"{first:05d}" if first == last else f"{first:05d} to {last:05d}" for first, last in gaps[:20]
            )
            yield _finding("error", f"files are missing between the serials of {prefix}-…-{host}: {text}", "warc")


def _gaps(serials: set[int], expected: int) -> list[tuple[int, int]]:
    gaps = []
    for serial in sorted(serials):
        if serial > expected:
            gaps.append((expected, serial - 1))
        expected = serial + 1
    return gaps


def _unfinished(folder: Path, live: Container[str]) -> Iterator[Finding]:
    for path in sorted((folder / "warc").iterdir()):
        if path.name.endswith(OPEN) and path.name not in live:
            yield _finding(
                "error", "left open by a run that died; the next run recovers what is whole in it", f"warc/{path.name}"
            )
        elif path.name.endswith(TORN):
            yield _finding("note", "what a dead run left after its last whole record, set aside", f"warc/{path.name}")


def _finding(severity: Severity, message: str, file: str) -> Finding:
    return Finding(31, severity, message, CLAUSES[31], file)
