"""Check 31: the files of an archive against its manifest: missing, replaced, renamed, cut, never sealed; gaps in the
serials."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from archive.checks import CLAUSES
from archive.filenames import OPEN, TORN, WarcName
from archive.findings import Cause, Finding, Severity
from archive.manifest import NAME, START, Entry, ManifestError, parse


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


def check_31_sealed(folder: Path, files: Mapping[str, Seen], live: Container[str]) -> Iterator[Judged]:
    """`files` by name without folder. OSError as it comes."""
    found, entries = check_31_chain(folder / NAME)
    for finding in found:
        yield finding, ()
    sealed: dict[str, Entry] = {}
    for entry in entries or ():
        if entry.kind == "removed":
            sealed.pop(entry.file, None)
        else:
            sealed[entry.file] = entry
    for finding in _unfinished(folder, live):
        yield finding, (finding.file or "",)
    if entries is None:
        if files:
            for finding in check_31_serials(set(files), None):
                yield finding, ("warc",)
            text = f"{NAME} is missing: nothing says which files should be here, nor how they were"
            yield _finding("warning", text, NAME), ()
        return
    unknown = {seen.sha256: name for name, seen in files.items() if name not in sealed and seen.sha256}
    renamed: set[str] = set()
    for name, entry in sorted(sealed.items()):
        seen = files.get(name)
        if seen is None:
            other = unknown.get(entry.sha256)
            if other is None:
                text = f"the file is missing; sealed at {entry.at} with {entry.size} bytes"
                yield _finding("error", text, f"warc/{name}"), (name,)
            else:
                renamed.add(other)
                yield (
                    _finding("error", f"the file was renamed; it was sealed as {name}", f"warc/{other}"),
                    (name, other),
                )
            continue
        for finding in _compare(name, entry, seen, sealed):
            yield finding, (name,)
    removed = {entry.file for entry in entries if entry.kind == "removed"}
    for name in sorted(files):
        if name not in sealed and name not in renamed:
            what = "the manifest says that it was removed" if name in removed else "no line of the manifest names it"
            yield _finding("error", f"the file was never sealed: {what}", f"warc/{name}"), (name,)
    for finding in check_31_serials({*files, *(entry.file for entry in entries)}, 0):
        yield finding, ("warc",)


def check_31_chain(path: Path) -> tuple[list[Finding], list[Entry] | None]:
    """Every line follows from the one before. The entries that can be read come with it; None without a manifest."""
    if not path.exists():
        return [], None
    found: list[Finding] = []
    entries: list[Entry] = []
    previous = START
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            line = raw.rstrip(b"\n")
            if not raw.endswith(b"\n"):
                found.append(_finding("warning", f"line {number} is unfinished; the next run cuts it", NAME))
                break
            try:
                entry = parse(line, number)
            except ManifestError as error:
                found.append(_finding("error", f"line {number}: {error.reason}", NAME))
            else:
                if entry.previous != previous:
                    text = f"line {number} does not follow from the line before: a line was altered, dropped or put in"
                    found.append(_finding("error", text, NAME))
                entries.append(entry)
            previous = hashlib.sha256(line).hexdigest()
    return found, entries


def check_31_serials(names: set[str], first: int | None) -> Iterator[Finding]:
    """Serials count up by one per prefix and host through the whole archive, from `first` (None: from the lowest)."""
    series: dict[tuple[str, str], set[int]] = {}
    for name in filter(None, map(WarcName.parse, names)):
        series.setdefault((name.prefix, name.host), set()).add(name.serial)
    for (prefix, host), serials in sorted(series.items()):
        gaps = _gaps(serials, min(serials) if first is None else first)
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


def _compare(name: str, entry: Entry, seen: Seen, sealed: Mapping[str, Entry]) -> Iterator[Finding]:
    file = f"warc/{name}"
    if seen.size == entry.size and seen.sha256 in (None, entry.sha256):
        return
    other = next((one.file for one in sealed.values() if one.sha256 == seen.sha256 and one.file != name), None)
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
    severity: Severity = "error" if seen.cause is None else "warning"
    yield Finding(31, severity, message, CLAUSES[31], file, caused_by=seen.cause)


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
