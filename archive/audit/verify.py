"""The quick check of an archive: a data folder goes in; one line per sealed file that is missing or altered comes out.

It reads every byte once, and a second time where it counts records. Check 31 of the audit finds the same while it
checks the records themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from archive.audit.across.chain import read_chain
from archive.audit.across.proofs import Trust, check_proofs
from archive.audit.across.sealed import HALF_MERGED, false_parts, stray
from archive.errors import BadRecord
from archive.plurals import many
from archive.read.reader import Reader
from archive.read.stored_files import ENDINGS
from archive.remote.journal import OnlyStored
from archive.seal.manifest import NAME, Entry, in_force, sha256_of
from archive.warc.filenames import IMPORTING, MERGING, OPEN


def verify(folder: Path, trust: Trust, only: str = "") -> Iterator[str]:
    """Yield a line for each file of the archive at `folder` that differs from its manifest.

    `only`: the name of the one WARC file that is compared. Signatures and time stamps are checked too. Files that
    are only in the store are left out. OSErrors pass through: a file that can't be read is not an altered file.
    """
    chain = read_chain(folder / NAME)
    entries = chain.entries if chain else []
    doubtful = chain.doubtful if chain else set()
    yield from (_of_line(finding.message) for finding in (chain.findings if chain else ()))
    if chain is None or not (entries or chain.findings):
        state = "is missing" if chain is None else "holds no line"
        yield f"{NAME} {state}: nothing says which files were sealed, nor how"
    yield from _false_lines(entries, trust)
    sealed = in_force(entries)
    proved = max((entry.line for entry in entries if entry.proof), default=0)  # with all lines before it
    only_stored = OnlyStored(folder).files()
    for _name, entry in sorted((name, entry) for name, entry in sealed.items() if only in ("", name)):
        if entry.file in only_stored:
            continue
        if (difference := _difference(folder, entry, count=bool(doubtful) or entry.line > proved)) is not None:
            yield difference + ("; or its line was altered" if entry.line in doubtful else "")
        else:
            yield from map(_of_line, false_parts(folder, entry))
    parts = {part.file: entry for entry in entries for part in entry.parts}
    removed = {entry.file for entry in entries if entry.kind == "removed"}
    warc = folder / "warc"
    for path in sorted(warc.iterdir()) if warc.is_dir() else ():
        if only not in ("", path.name):
            continue
        if path.name.endswith(OPEN):
            yield f"{path.name}: still open; a run is writing it, or died: the next run seals it"
        elif path.name.endswith((MERGING, IMPORTING)):
            yield f"{path.name}: {HALF_MERGED}"
        elif path.name.lower().endswith(ENDINGS) and path.name not in sealed:
            yield f"{path.name}: {stray(path.name, parts, removed)}"


def _of_line(text: str) -> str:
    """A statement that may begin with the number of a line of the manifest."""
    line, number, rest = (*text.split(" ", 2), "", "")[:3]
    return f"{NAME}:{number}: {rest}" if line == "line" else f"{NAME}: {text}"


def _false_lines(entries: Sequence[Entry], trust: Trust) -> Iterator[str]:
    """Parts of merged files that are not as the lines of their own sealed them, and proofs that are not valid."""
    lines: dict[str, Entry] = {}
    for entry in entries:
        for part in entry.parts:
            sealed = lines.get(part.file)
            if sealed is None or (sealed.size, sealed.sha256, sealed.records) != (part.size, part.sha256, part.records):
                yield f"{NAME}:{entry.line}: its part {part.file} is not as a line before it sealed it"
        lines[entry.file] = entry
    for entry, _severity, reason in check_proofs(entries, trust):
        yield f"{NAME}:{entry.line}: {entry.file}: {reason}"


def _difference(folder: Path, entry: Entry, *, count: bool) -> str | None:
    """How a file differs from its line; `count`: no proof shows whether the line's number of records was altered."""
    path = folder / "warc" / entry.file
    if not path.is_file():
        return f"{entry.file}: missing; sealed at {entry.at} with {many(entry.size, 'byte')}"
    if path.stat().st_size != entry.size:
        return f"{entry.file}: {many(path.stat().st_size, 'byte')}, sealed with {entry.size}"
    if sha256_of(path) != entry.sha256:
        return f"{entry.file}: altered; its sha256 is not the one sealed at {entry.at}"
    if count:
        try:
            records = sum(1 for _ in Reader(folder).records(entry.file))
        except BadRecord as error:
            return f"{error}; the file is as it was sealed"
        if records != entry.records:
            return (
                f"{entry.file}: {many(records, 'record')}, sealed with {entry.records}: the manifest's line was altered"
            )
    return None
