"""What the paths of an audit stand for: files, archive folders, packages go in; the files to read and those left out
come out."""

from __future__ import annotations

import random
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from archive.errors import StorageError, UsageError
from archive.filenames import OPEN, WarcName
from archive.findings import Finding, NotRead
from archive.scanning.file import Target

ENDINGS = (".warc", ".warc.gz", ".warc.zst", ".arc", ".arc.gz")
"""Files that are read when a folder is given."""


@dataclass(slots=True)
class Inputs:
    """What is to be audited."""

    targets: list[Target] = field(default_factory=list)
    loose: set[int] = field(default_factory=set)
    """Numbers of the targets that are no part of an archive."""
    folders: list[Path] = field(default_factory=list)
    """Archives."""
    not_read: list[NotRead] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def gather(
    paths: Sequence[Path], now: datetime, *, sample: float | None, since: datetime | None, live: Container[str]
) -> Inputs:
    """Raises UsageError for a path that is not there or a share out of range."""
    if sample is not None and not 0 < sample <= 1:
        raise UsageError(f"a sample of {sample:g} makes no sense: give a share above 0 and up to 1")
    inputs = Inputs()
    if not paths:
        raise UsageError("nothing to audit: give a file, a folder or a .wacz package")
    for path in paths:
        try:
            _add_path(inputs, path, live)
        except OSError as error:
            raise StorageError(f"{path}: can't be read: {error.strerror or error}; check the permissions") from error
    _select(inputs, now, sample, since)
    return inputs


def is_archive(folder: Path) -> bool:
    """A data folder: warc/ with an index or a manifest beside it, or warc/ alone."""
    return (folder / "warc").is_dir()


def _add_path(inputs: Inputs, path: Path, live: Container[str]) -> None:
    if path.is_dir():
        if is_archive(path):
            inputs.folders.append(path)
            for file in sorted((path / "warc").iterdir()):
                _add_archived(inputs, file, live)
            return
        files = sorted(file for file in path.rglob("*") if file.is_file() and file.name.endswith(ENDINGS))
        if not files:
            raise UsageError(f"{path}: no WARC files in it (names that end in {', '.join(ENDINGS)})")
        for file in files:
            _add_file(inputs, file, str(file), loose=True)
    elif path.exists():
        _add_file(inputs, path, str(path), loose=True)
    else:
        raise UsageError(f"{path}: there is no such file or folder")


def _add_archived(inputs: Inputs, file: Path, live: Container[str]) -> None:
    name = f"warc/{file.name}"
    if file.name.endswith(OPEN):
        running = file.name in live
        inputs.not_read.append(NotRead(name, "a run is writing it" if running else "left open by a run that died"))
    elif file.is_file() and file.name.endswith(ENDINGS):
        _add_file(inputs, file, name, loose=False, hashed=True)


def _add_file(inputs: Inputs, path: Path, name: str, *, loose: bool, hashed: bool = False) -> None:
    number = len(inputs.targets) + 1
    inputs.targets.append(Target(path, name, number, size=path.stat().st_size, hashed=hashed))
    if loose:
        inputs.loose.add(number)


def _select(inputs: Inputs, now: datetime, sample: float | None, since: datetime | None) -> None:
    """Leaves out what `since` and `sample` leave out. The sample follows from the day, so that the nights cover it all
    in the end."""
    if since is not None:
        _leave_out(
            inputs, {t.number for t in inputs.targets if _instant(t) < since}, f"older than {since:%Y-%m-%dT%H:%M:%SZ}"
        )
    if sample is not None and inputs.targets:
        count = max(1, round(len(inputs.targets) * sample))
        chosen = random.Random(f"{now:%Y-%m-%d}").sample([t.number for t in inputs.targets], count)
        _leave_out(inputs, {t.number for t in inputs.targets} - set(chosen), f"not in today's sample of {sample:.3g}")


def _leave_out(inputs: Inputs, numbers: set[int], reason: str) -> None:
    inputs.not_read += [NotRead(target.name, reason) for target in inputs.targets if target.number in numbers]
    inputs.targets = [target for target in inputs.targets if target.number not in numbers]


def _instant(target: Target) -> datetime:
    """When a file was begun, by its name; else when it was last written."""
    parts = WarcName.parse(target.path.name)
    if parts is not None:
        try:
            return datetime.strptime(parts.timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            pass  # fourteen digits that are no date: the file system knows
    return datetime.fromtimestamp(target.path.stat().st_mtime, UTC)
