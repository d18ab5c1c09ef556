"""Findings that somebody accepts: `acknowledged.jsonl` and the findings go in, marked findings come out.

The file is beside the manifest and has one JSON object per line: check, file, offset, record and message of a finding;
reason, who, when. An acknowledgement is for that one finding: when the damage grows, its message is another one.
"""

from __future__ import annotations

import hashlib
import json
import os
from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

from archive.audit.findings import Acknowledgement, Finding, Gone, within
from archive.audit.registry import check, checks
from archive.disk import Disk, open_regular
from archive.errors import StorageError, UsageError
from archive.escaping import as_text
from archive.plurals import many
from archive.seal.manifest import Manifest, ManifestError

NAME = "acknowledged.jsonl"
MAX_LINE = 64 << 10
"""Most bytes of a line."""
MAX_LINES, MAX_BYTES = 100_000, 64 << 20
"""What is read of a file; an entry takes 200 bytes of memory."""
MAX_GONE = 1000
"""Acknowledged findings that no longer occur and are listed."""
_FIELDS: dict[str, tuple[type, ...]] = {
    "check": (int,),
    "file": (str, type(None)),
    "offset": (int, type(None)),
    "record": (str, type(None)),
    "message": (str,),
    "reason": (str,),
    "who": (str,),
    "when": (str,),
}
_OF_POSTS = (32, 33)
"""Checks that only some audits have: those of posts and catalogue."""
Entry = Mapping[str, Any]


class Acknowledged:
    """The acknowledgements of some files; must be closed."""

    def __init__(self, paths: Mapping[Path, str]) -> None:
        """Read the files that exist; what can't be read of them is in `findings`.

        Each with the name of the archive (`Finding.folder`) that its entries name files of; empty: as findings do.
        """
        self.findings: list[Finding] = []
        self._files = []
        self._places: dict[bytes, tuple[int, int]] = {}
        """File and place of the last entry for each finding."""
        self._seen: set[bytes] = set()
        self._folders: list[str] = []
        """Name of the archive of each file."""
        self._parts: dict[tuple[str, str], list[tuple[int, str]]] = {}
        """Where the parts of each merged file begin in it: an acknowledgement names the part that it was made for."""
        self._unfinished = False
        """The last line has no line end: whoever wrote it was killed."""
        for path, folder in paths.items():
            before, faults = len(self._places), list[Finding]()
            try:
                self._files.append(open_regular(path))
            except FileNotFoundError:
                continue
            except OSError as error:
                faults = [_unreadable(f"can't be read: {error.strerror or error}")]
            else:
                self._folders.append(folder)
                faults = list(self._read(len(self._files) - 1))
            self.findings += within(folder and f"{folder}/", faults)
            if len(self._places) > before:
                self._parts |= {(folder, name): parts for name, parts in _merged(path.parent).items()}

    def close(self) -> None:
        """Close the files."""
        for file in self._files:
            file.close()

    def marked(self, finding: Finding) -> Finding:
        """The finding, with its acknowledgement where it has one."""
        if not self._places:
            return finding
        names = [("", finding.file, finding.message)]
        if finding.folder:
            prefix = f"{finding.folder}/"
            names.append((finding.folder, (finding.file or "")[len(prefix) :], finding.message.replace(prefix, "")))
        for folder, name, message in names:
            for file, offset in self._places_of(folder, name, finding.offset):
                key = _key(folder, finding.check, file, offset, finding.record_id, message)
                if (entry := self._entry(key)) is not None:
                    self._seen.add(key)
                    return replace(finding, acknowledged=_of(entry))
        return finding

    def _places_of(self, folder: str, file: str | None, offset: int | None) -> Iterator[tuple[str | None, int | None]]:
        """File and offset of a finding, also as they were before the file was merged with others."""
        yield file, offset
        parts = self._parts.get((folder, file or ""), ())
        if parts and offset is not None:
            start, part = parts[bisect_right(parts, offset, key=itemgetter(0)) - 1]
            yield part, offset - start

    def gone(self) -> Iterator[Gone]:
        """The acknowledged findings that were not found this time."""
        left = [key for key in self._places if key not in self._seen]
        for key in left[:MAX_GONE]:
            entry = self._entry(key)
            if entry is None or (entry["check"] in _OF_POSTS and entry["check"] not in checks()):
                continue
            folder = self._folders[self._places[key][0]]
            name = f"{folder}/{entry['file'] or ''}" if folder else entry["file"]
            yield Gone(entry["check"], name, entry["offset"], entry["record"], entry["message"], _of(entry))

    def _read(self, number: int) -> Iterator[Finding]:
        """Remember where the lines of a file are; yield what is wrong with it."""
        file, folder = self._files[number], self._folders[number]
        place, lines, faulty, first = 0, 0, 0, ""
        try:
            while (line := file.readline(MAX_LINE)) and lines < MAX_LINES and place < MAX_BYTES:
                lines += 1
                self._unfinished = not line.endswith(b"\n")
                entry = _parsed(line)
                if entry is not None:
                    self._places[_key_of(folder, entry)] = (number, place)
                elif line.strip():
                    faulty += 1
                    first = first or f"the first is line {lines}: {line[:60]!r}"
                place += len(line)
        except OSError as error:
            yield _unreadable(f"can't be read to its end: {error.strerror or error}")
        if line:
            yield _unreadable(f"is too long: what follows line {lines} is not read")
        if faulty:
            what = many(faulty, "line is no acknowledgement", "lines are no acknowledgements")
            yield _unreadable(f"{what}, {first}")

    def _entry(self, key: bytes) -> Entry | None:
        """The entry for a finding; None without one, or when the file was changed meanwhile."""
        if key not in self._places:
            return None
        number, place = self._places[key]
        entry = _parsed(os.pread(self._files[number].fileno(), MAX_LINE, place).partition(b"\n")[0])
        return entry if entry is not None and _key_of(self._folders[number], entry) == key else None


def _merged(folder: Path) -> dict[str, list[tuple[int, str]]]:
    """The parts of the merged files of an archive; none where the manifest can't be read, which check 31 reports."""
    try:
        entries = Manifest(folder).merged().values()
        return {f"warc/{one.file}": [(at, f"warc/{name}") for name, at in one.starts.items()] for one in entries}
    except (ManifestError, OSError):
        return {}


@check(35)
def _unreadable(reason: str) -> Finding:
    """Acknowledgements can be read."""
    return _unreadable.finding("warning", reason, NAME)


def acknowledge(path: Path, found: Sequence[Mapping[str, Any]], reason: str, who: str, now: datetime) -> int:
    """Append findings, as the audit's JSON has them, to a file of acknowledgements; return how many are new.

    Raises StorageError.
    """
    known = Acknowledged({path: ""})
    disk = Disk()
    lines = []
    try:
        for one in found:
            entry = {"v": 1, "check": one["check"], "file": one["file"], "offset": one["offset"]}
            entry |= {"record": one["record_id"], "message": one["message"]}
            entry |= {"reason": reason, "who": who, "when": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
            if known._entry(_key_of("", entry)) is None:
                lines.append(json.dumps(entry) + "\n")
        if lines:
            handle = disk.append(path)
            try:
                disk.write(handle, ("\n" * known._unfinished + "".join(lines)).encode())
                disk.fsync(handle)
            finally:
                disk.close(handle)
            disk.fsync_folder(path.absolute().parent)
    except OSError as error:
        raise StorageError(f"{path}: can't be written: {error.strerror or error}") from error
    finally:
        known.close()
    return len(lines)


def chosen(lines: Iterable[bytes], numbers: Container[int], wanted: int) -> Iterator[dict[str, Any]]:
    """The findings of these lines of the audit's JSON, from 1 on; without numbers, its errors.

    `wanted` = how many numbers were given. Raises UsageError for a line that is no finding.
    """
    left = wanted
    for number, line in enumerate(lines, 1):
        if wanted and number not in numbers:
            continue
        left -= 1
        finding = _finding(line)
        if wanted and finding is None:
            raise UsageError(f"line {number} is no finding of the audit's JSON: {line[:60]!r}")
        if finding is not None and (wanted or finding["severity"] == "error"):
            yield finding
    if wanted and left:
        raise UsageError(f"{left} of the given numbers are behind the last line")


def of_folder(found: Iterable[Mapping[str, Any]], folder: Path) -> Iterator[dict[str, Any]]:
    """Those of these findings that are on this archive, with its files named as an audit of it alone names them."""
    path = f"/{as_text(folder.resolve())}"
    for one in found:
        if not (name := one.get("folder")):
            yield dict(one)
        elif isinstance(name, str) and path.endswith(f"/{name}"):
            file, message = (one["file"] or "")[len(name) + 1 :], one["message"].replace(f"{name}/", "")
            yield {**one, "file": file, "message": message}


def _finding(line: bytes) -> dict[str, Any] | None:
    """A line of the audit's JSON; None for another one, and for a finding that is acknowledged already."""
    found = _json(line)
    if found is None or not isinstance(found.get("severity"), str) or "acknowledged" in found:
        return None
    usual = {"record": found.get("record_id"), "reason": "", "who": "", "when": ""}
    return found if "record_id" in found and _is_of_types({**found, **usual}) else None


def _parsed(line: bytes) -> Entry | None:
    entry = _json(line)
    if entry is None or entry.get("v") != 1 or not _is_of_types(entry):
        return None
    return entry if all(entry[name].strip() for name in ("message", "reason", "who", "when")) else None


def _is_of_types(entry: Entry) -> bool:
    return all(
        isinstance(entry.get(name), kinds) and not isinstance(entry.get(name), bool) for name, kinds in _FIELDS.items()
    )


def _json(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _key_of(folder: str, entry: Entry) -> bytes:
    return _key(folder, *(entry[name] for name in ("check", "file", "offset", "record", "message")))


def _key(*values: object) -> bytes:
    """A digest of what tells a finding from others: 16 bytes, because a file may have 100,000 lines."""
    return hashlib.blake2b(json.dumps(values).encode(), digest_size=16).digest()


def _of(entry: Entry) -> Acknowledgement:
    return Acknowledgement(entry["reason"], entry["who"], entry["when"])
