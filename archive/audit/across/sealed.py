"""Check 31: an archive's folder and what was read from its files go in; differences from the manifest come out.

A file is missing, replaced, renamed, cut, or was never sealed. The manifest's own lines are judged in chain.py, serial
numbers in serials.py, what was taken out in removals.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path

from archive.audit.across.audited_files import SERIALS, AuditedFiles
from archive.audit.across.chain import Chain, broken_chain, read_chain
from archive.audit.across.removals import told
from archive.audit.across.serials import missing_serials
from archive.audit.findings import Cause, Finding, because
from archive.audit.registry import check
from archive.audit.scanning.batch import FileCounts
from archive.disk import open_regular
from archive.errors import StorageError
from archive.escaping import as_text
from archive.plurals import many
from archive.read.stored_files import is_warc_name
from archive.seal.manifest import NAME, Entry, Part
from archive.warc.filenames import IMPORTING, MERGING, OPEN, TORN

HALF_MERGED = "left by a merger, a repair or an import that died; the next run finishes or removes it"


@dataclass(frozen=True, slots=True)
class Seen:
    """A file of warc/ as the audit found it."""

    size: int
    sha256: str | None
    """None when the file was not read."""
    records: int
    cause: Cause | None
    """The first error inside the file, which would change its digest too."""


@check(31, "sealed files are as they were sealed", clause="warcpress manifest")
def sealed_files(
    folder: Path,
    audited: AuditedFiles,
    counts: Mapping[str, FileCounts],
    causes: Mapping[str, Cause],
    live: Container[Path],
) -> Iterator[Finding]:
    """Compare the files of an archive with its manifest, and tell `audited` which files differ.

    Findings name files relative to the folder.
    `counts` and `causes`: what was counted in each file, and its first error. `live`: resolved paths of `.open` files
    that a running crawl writes. Raises StorageError when a file can't be read.
    """
    try:
        seen = _seen(folder, audited.prefix(as_text(folder)), counts, causes)
        yield from _Archive(folder, audited, seen).check(live)
    except OSError as error:
        raise StorageError(f"{error.filename or folder}: can't be read: {error.strerror or error}") from error


def _seen(folder: Path, prefix: str, counts: Mapping[str, FileCounts], causes: Mapping[str, Cause]) -> dict[str, Seen]:
    """The WARC files in warc/, by name; `prefix` = what their names begin with in `counts` and `causes`."""
    seen = {}
    for path in sorted((folder / "warc").iterdir()):
        if path.is_file() and is_warc_name(path.name):
            name = f"warc/{as_text(path.name)}"
            found, cause = counts.get(prefix + name), causes.get(prefix + name)
            sha256, records = (found.sha256, found.records) if found is not None else (None, 0)
            seen[path.name] = Seen(path.stat().st_size, sha256, records, cause and replace(cause, file=name))
    for name, found in counts.items():  # also files that are only in the store, and were read from there
        if name.startswith(f"{prefix}warc/") and (base := name.rpartition("/")[2]) not in seen:
            cause = causes.get(name)
            cause = cause and replace(cause, file=f"warc/{base}")
            seen[base] = Seen(found.size, found.sha256, found.records, cause)
    return seen


class _Archive:
    """Compares one archive's files with its manifest."""

    def __init__(self, folder: Path, audited: AuditedFiles, files: Mapping[str, Seen]) -> None:
        """`files`: by name without folder."""
        self._folder, self._audited, self._files = folder, audited, files
        self._chain = Chain()
        self._sealed: dict[str, Entry] = {}
        self._removed: dict[str, Entry] = {}
        self._parts: dict[str, Entry] = {}
        """Files that were merged: name → line of the merged file."""
        self._by_digest: dict[str, str] = {}
        """The first sealed file with each sha256."""

    def check(self, live: Container[Path]) -> Iterator[Finding]:
        """All findings; OSErrors pass through."""
        yield from self._unfinished(live)
        chain = read_chain(self._folder / NAME)
        if chain is None:
            yield from self._without_manifest()
            return
        yield from chain.findings
        if self._files and not chain.entries and not chain.findings:
            here = many(len(self._files), "file is", "files are")
            text = f"{NAME} is empty, but {here} here: nothing says how they were sealed"
            yield sealed_files.finding("error", text, NAME)
            return
        self._chain = chain
        for entry in chain.entries:
            for part in entry.parts:
                self._parts[part.file] = entry
                yield from self._false_part(entry, part, self._sealed.pop(part.file, None))
            self._removed.pop(entry.file, None)
            self._sealed.pop(entry.file, None)
            (self._removed if entry.kind == "removed" else self._sealed)[entry.file] = entry
        prefix = self._audited.prefix(as_text(self._folder))
        self._audited.sealed_by |= {f"{prefix}warc/{entry.file}": entry.line for entry in self._sealed.values()}
        self._by_digest = {entry.sha256: entry.file for entry in reversed(self._sealed.values())}
        yield from self._against_entries()

    def _unfinished(self, live: Container[Path]) -> Iterator[Finding]:
        """Report files that a run left behind when it died."""
        for path in sorted((self._folder / "warc").iterdir()):
            file = f"warc/{path.name}"
            if path.name.endswith(OPEN) and path.resolve() not in live:
                text = "left open by a run that died; the next run recovers its whole records"
                yield self._differs(sealed_files.finding("error", text, file), path.name)
            elif path.name.endswith((MERGING, IMPORTING)) and path.resolve() not in live:
                yield self._differs(sealed_files.finding("error", HALF_MERGED, file), path.name)
            elif path.name.endswith(TORN):
                text = "bytes after the last whole record of a run that died, set aside"
                yield self._differs(sealed_files.finding("note", text, file), path.name)

    def _without_manifest(self) -> Iterator[Finding]:
        if self._files:
            yield from self._serials(self._files.keys(), None)
            text = f"{NAME} is missing: nothing says which files should be here, nor how they were sealed"
            yield sealed_files.finding("warning", text, NAME)

    def _against_entries(self) -> Iterator[Finding]:
        files, sealed, removed = self._files, self._sealed, self._removed
        unsealed = {seen.sha256: name for name, seen in files.items() if name not in sealed and seen.sha256}
        renamed: dict[str, str] = {}
        for name, entry in sorted(sealed.items()):
            seen = files.get(name)
            if seen is not None:
                for finding in self._compare(name, entry, seen):
                    yield self._differs(self._doubted(finding, entry), name)
            elif (other := unsealed.get(entry.sha256)) is not None:
                renamed[other] = name
                finding = sealed_files.finding(
                    "error", f"the file was renamed; it was sealed as {name}", f"warc/{other}"
                )
                yield self._differs(self._doubted(finding, entry), name, other)
            elif not self._audited.is_unread(as_text(self._folder), name):  # else it is only in the store
                text = f"the file is missing; sealed at {entry.at} with {many(entry.size, 'byte')}"
                yield self._differs(self._doubted(sealed_files.finding("error", text, f"warc/{name}"), entry), name)
        for name in sorted(files.keys() - sealed.keys() - renamed.keys()):
            text = stray(name, self._parts, removed)
            finding = sealed_files.finding("error", text, f"warc/{name}")
            yield self._differs(because(finding, broken_chain()) if self._chain.doubtful else finding, name)
        for name, text in told(self._folder, self._chain.entries, files):
            yield self._differs(sealed_files.finding("note", text, name), name.rpartition("/")[2])
        moved = {other for other, name in renamed.items() if sealed[name].line not in self._chain.doubtful}
        repaired = {
            entry.file for entry in self._chain.entries if entry.kind == "repaired"
        }  # have the serial of another
        named = {entry.file for entry in self._chain.entries} - repaired
        yield from self._serials(files.keys() - moved - repaired, named)

    def _false_part(self, entry: Entry, part: Part, sealed: Entry | None) -> Iterator[Finding]:
        """Report a part of a merged file that is not as the line of its own says."""
        if sealed is None:
            text = f"line {entry.line} was altered: no line before it seals {part.file}, which it says was merged"
        elif (sealed.size, sealed.sha256, sealed.records) != (part.size, part.sha256, part.records):
            text = f"line {entry.line} was altered: its part {part.file} is not as line {sealed.line} sealed it"
        else:
            return
        finding = sealed_files.finding("error", text, NAME)
        yield because(finding, broken_chain()) if self._chain.doubtful else finding

    def _compare(self, name: str, entry: Entry, seen: Seen) -> Iterator[Finding]:
        """Compare a file with the line that sealed it."""
        if seen.size == entry.size and seen.sha256 in (None, entry.sha256):
            # the signature of a signed line shows whether its number of records was altered
            counted = seen.sha256 and seen.cause is None and not entry.proof and entry.kind != "imported"
            if counted and seen.records != entry.records:
                text = f"line {entry.line} was altered: it says that {name} has {many(entry.records, 'record')}"
                yield sealed_files.finding("error", f"{text}, not {seen.records}", NAME)
            if seen.sha256:
                yield from (sealed_files.finding("error", text, NAME) for text in false_parts(self._folder, entry))
            return
        finding = sealed_files.finding("error", self._change(name, entry, seen), f"warc/{name}")
        yield because(finding, seen.cause)

    def _change(self, name: str, entry: Entry, seen: Seen) -> str:
        """What happened to a file that is not as it was sealed."""
        if (other := self._by_digest.get(seen.sha256 or "")) is not None and other != name:
            return f"the file was replaced: it has the bytes of {other}"
        if seen.size < entry.size:
            fewer = seen.records < entry.records
            records = f"; {many(seen.records, 'record')}, sealed with {entry.records}" if fewer else ""
            return f"the file was cut or replaced: {many(seen.size, 'byte')}, sealed with {entry.size}{records}"
        if seen.size > entry.size:
            return f"the file grew or was replaced: {many(seen.size, 'byte')}, sealed with {entry.size}"
        return f"the file was altered or replaced: its sha256 is not the one sealed at {entry.at}"

    def _doubted(self, finding: Finding, entry: Entry) -> Finding:
        """Make the broken chain the cause of a difference from a line that may be altered itself."""
        return (
            because(finding, broken_chain())
            if entry.line in self._chain.doubtful and finding.caused_by is None
            else finding
        )

    def _serials(self, files: AbstractSet[str], named: set[str] | None) -> Iterator[Finding]:
        for finding in missing_serials(files, named):
            yield self._differs(finding, SERIALS)

    def _differs(self, finding: Finding, *names: str) -> Finding:
        """Return the finding, and tell `audited` that it explains what is missing from these files."""
        for name in names:
            self._audited.mark_altered(as_text(self._folder), name, sealed_files.cause(finding.file or ""))
        return finding


def stray(name: str, parts: Mapping[str, Entry], removed: Container[str]) -> str:
    """Why a file should not be here. `parts`: names of files that were merged → line of the merged file."""
    if name in parts:
        return f"the file was merged into {parts[name].file}, and is still here: the next run removes it"
    why = "the manifest says that it was removed" if name in removed else "no line of the manifest names it"
    return f"the file was never sealed: {why}"


def false_parts(folder: Path, entry: Entry) -> Iterator[str]:
    """Say which parts of a merged file, which has the bytes of its line, have other bytes than its line says."""
    path = folder / "warc" / entry.file
    if not entry.parts or not path.exists():  # one that is only in the store
        return
    with open_regular(path) as file:
        for part in entry.parts:
            digest, left = hashlib.sha256(), part.size
            while left > 0 and (piece := file.read(min(left, 1 << 20))):
                digest.update(piece)
                left -= len(piece)
            if digest.hexdigest() != part.sha256:
                yield f"line {entry.line} was altered: the bytes of {part.file} in {entry.file} have another sha256"
