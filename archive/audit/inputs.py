"""The paths given to an audit go in; the files to read, and those left out, come out.

A path is a WARC or ARC file, a CDXJ index, a WACZ package, an archive's folder, or a folder of such files.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Container, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile, gettempdir

from archive.audit.across.package import PackageCheck
from archive.audit.findings import Finding, NotRead
from archive.audit.registry import clause_of
from archive.audit.scanning.files import Target
from archive.disk import kept_together
from archive.errors import StorageError, UsageError
from archive.escaping import as_text
from archive.read.faults import Severity
from archive.read.stored_files import (
    DEEPEST,
    ENDINGS,
    Stores,
    files_below,
    folder_names,
    is_data_folder,
    is_package_name,
    is_warc_name,
)
from archive.read.wacz_package import BROKEN, Unpacking, WaczReading
from archive.remote.journal import OnlyStored
from archive.seal.manifest import Manifest
from archive.warc.dates import parse_date
from archive.warc.filenames import OPEN, WarcName


@dataclass(slots=True)
class Inputs:
    """The files to audit. Must be closed."""

    targets: list[Target] = field(default_factory=list)
    folders: dict[Path, str] = field(default_factory=dict)
    """Folders of archives, each with what findings put before the names of its files: nothing, or its name and `/`."""
    packages: list[tuple[str, WaczReading]] = field(default_factory=list)
    """WACZ packages: the name in findings, and the open zip."""
    indexes: list[Path] = field(default_factory=list)
    """CDXJ files given beside loose files."""
    not_read: list[NotRead] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    prefixes: Mapping[Path, str] = field(default_factory=dict)
    """Those of `folders`, by the folders' resolved paths; none where there is one archive."""
    _added: set[Path] = field(default_factory=set)
    _stack: ExitStack = field(default_factory=ExitStack)

    def close(self) -> None:
        """Close packages and remove temporary files."""
        self._stack.close()

    def add(self, path: Path, live: Container[Path]) -> None:
        """Add a file, a folder or a package; a path given twice is added once."""
        place = path.resolve()
        if place in self._added:
            return
        self._added.add(place)
        if path.is_dir():
            self._add_folder(path, place, live)
        elif not path.exists():
            raise UsageError(f"{path}: there is no such file or folder")
        elif is_package_name(path.name):
            self._add_package(path, as_text(path))
        elif path.suffix == ".cdxj":
            self.indexes.append(path)
        else:
            self._add_file(path, as_text(path))

    def _add_folder(self, folder: Path, place: Path, live: Container[Path]) -> None:
        if (folder / "warc").is_dir():
            prefix = self.prefixes.get(place, "")
            self.folders[folder] = prefix
            self._stack.enter_context(kept_together(folder))
            is_ours = is_data_folder(folder)
            for file in sorted((folder / "warc").iterdir()):
                name = f"{prefix}warc/{as_text(file.name)}"
                if file.name.endswith(OPEN):
                    is_live = place / "warc" / file.name in live
                    why = "a run is writing it" if is_live else "left open by a run that died"
                    self.not_read.append(NotRead(name, why))
                elif file.is_file() and is_warc_name(file.name):
                    self._added.add(place / "warc" / file.name)
                    self._add_file(file, name, package=as_text(folder), hashed=True)
                elif is_ours and file.is_dir() and any(not one.unreadable for one in files_below(file)):
                    self.leave_unread(
                        name, "a folder in warc/: the WARC files in it are no part of the archive", "warning"
                    )
            for base, stored in sorted(OnlyStored(folder).files().items() if is_ours else ()):
                path, name = folder / "warc" / base, f"{prefix}warc/{as_text(base)}"
                self.targets.append(Target(path, name, 0, 0, stored.size, as_text(folder), True, True, stored))
            if not is_ours:
                self._add_below(folder, live, besides=folder / "warc")
        elif not self._add_below(folder, live):
            raise UsageError(f"{folder}: no WARC files in it (names that end in {', '.join(ENDINGS)} or .wacz)")

    def _add_below(self, folder: Path, live: Container[Path], besides: Path | None = None) -> bool:
        """Add the files in a folder and below it, but for the WARC files `besides`; tell whether there are any."""
        found = False
        for name, path, unreadable in files_below(folder):
            if path.parent == besides and path.is_file() and is_warc_name(name):
                continue
            found = True
            if unreadable:
                self.leave_unread(as_text(path), unreadable, "error")
            else:
                self.add(path, live)
        return found

    def leave_unread(self, name: str, reason: str, severity: Severity) -> None:
        """Say, also by a finding, that something was not read."""
        self.not_read.append(NotRead(name, reason))
        self.findings.append(Finding(35, severity, f"not read: {reason}", clause_of(35), name))

    def _add_package(
        self,
        path: Path,
        name: str,
        start: int = 0,
        size: int | None = None,
        depth: int = 0,
        unpacking: Unpacking | None = None,
    ) -> None:
        try:
            package = WaczReading(path, start, size, unpacking)
        except BROKEN as error:
            self.findings.append(
                PackageCheck.check_files.finding("error", f"not a zip file that can be read: {error}", name)
            )
            return
        self._stack.callback(package.close)
        self.packages.append((name, package))
        if package.overlapping:
            text = f"{len(package.overlapping)} members have bytes in common, {min(package.overlapping)[:200]} for one"
            self.findings.append(PackageCheck.check_files.finding("error", f"{text}: they are not read", name))
        for member in sorted(package.members):
            inner = is_package_name(member) and depth < DEEPEST
            if (member.startswith("archive/") and is_warc_name(member)) or inner:
                self._add_member(name, package, member, depth)

    def _add_member(self, name: str, package: WaczReading, member: str, depth: int) -> None:
        where = f"{name}!{member}"
        if member in package.overlapping:
            self.not_read.append(NotRead(where, "its bytes are those of other members too"))
            return
        if package.encrypted(member):
            self.not_read.append(NotRead(where, "it is encrypted"))
            return
        try:
            path, start, size = self._place(package, member)
        except BROKEN as error:
            self.not_read.append(NotRead(where, f"can't be read from the zip: {error}"))
            self.findings.append(
                PackageCheck.check_files.finding("error", f"can't be read from the zip: {error}", where)
            )
            return
        if is_package_name(member):
            self._add_package(path, where, start, size, depth + 1, package.unpacking)
        else:
            temporary = path != package.path
            self._add_file(path, where, package=name, hashed=True, start=start, size=size, temporary=temporary)

    def _place(self, package: WaczReading, member: str) -> tuple[Path, int, int]:
        """Where a member's bytes are: in the package if stored uncompressed, else in a temporary file."""
        if package.stored(member):
            return package.path, package.start(member), package.members[member].file_size
        suffix = next(ending for ending in (".wacz", *ENDINGS) if member.lower().endswith(ending))
        with package.open(member) as packed, NamedTemporaryFile(suffix=suffix, delete=False) as file:
            unpacked = Path(file.name)
            self._stack.callback(unpacked.unlink, missing_ok=True)
            shutil.copyfileobj(packed, file, 1 << 20)
            return unpacked, 0, file.tell()

    def _add_file(
        self,
        path: Path,
        name: str,
        *,
        package: str | None = None,
        hashed: bool = False,
        start: int = 0,
        size: int | None = None,
        temporary: bool = False,
    ) -> None:
        size = path.stat().st_size if size is None else size
        self.targets.append(Target(path, name, 0, start, size, package, hashed, temporary))

    def select(self, now: datetime, sample: float | None, since: datetime | None, stores: Stores | None) -> None:
        """Leave out files by `since` and `sample`, and number the rest.

        The day seeds the sample, so that daily audits cover all files in the end. Of the files that are only in the
        store, only those of a sample are read, and only with `stores`.
        """
        if since is not None:
            merged = {
                (as_text(folder), f"{prefix}warc/{entry.file}"): entry.parts[-1].file
                for folder, prefix in self.folders.items()
                for entry in Manifest(folder).merged().values()
            }
            old = {id(one) for one in self.targets if _begun(one, merged.get((one.package or "", one.name))) < since}
            self._leave_out(old, f"older than {since:%Y-%m-%dT%H:%M:%SZ}")
        if sample is not None and self.targets:
            count = max(1, round(len(self.targets) * sample))
            chosen = {id(one) for one in random.Random(f"{now:%Y-%m-%d}").sample(self.targets, count)}
            self._leave_out({id(one) for one in self.targets} - chosen, f"not in today's sample of {sample:.3g}")
        if sample is None or stores is None:
            self._leave_out({id(one) for one in self.targets if one.stored}, "")
        elif stores is not None:
            self.targets = self._copied(stores)
        self.targets = [replace(target, number=number) for number, target in enumerate(self.targets, 1)]

    def _copied(self, stores: Stores) -> list[Target]:
        """The targets, with copies in temporary files of those that are only in the store.

        Without those that the store has not either: check 31 then reports them as missing.
        """
        left = [target for target in self.targets if target.stored is None or self._is_there(target, stores)]
        needed = sum(target.stored.size for target in left if target.stored)
        place = Path(gettempdir())
        if needed > (free := shutil.disk_usage(place).free):
            raise StorageError(
                f"{place}: has {free:,} bytes free, and the sample has {needed:,} bytes of files in the store: "
                "take a smaller sample, or name another folder in TMPDIR"
            )
        try:
            return [self._copy(target, stores) for target in left]
        except OSError as error:
            raise StorageError(f"{place}: can't copy files of the store: {error.strerror}; see TMPDIR") from error

    def _is_there(self, target: Target, stores: Stores) -> bool:
        """Tell whether the store has a file, in the length with which it was sealed; report another length."""
        stored = target.stored
        assert stored is not None
        if (size := stores(stored.url).size(stored.key)) is not None and size != stored.size:
            text = f"{stored.url} has {size:,} bytes under this name, sealed with {stored.size:,}"
            self.not_read.append(NotRead(target.name, text))
            self.findings.append(Finding(31, "error", f"{text}: it was not read", clause_of(31), target.name))
        return size == stored.size

    def _copy(self, target: Target, stores: Stores) -> Target:
        """A target that can be read here: of a file that is only in the store, its copy."""
        if (stored := target.stored) is None:
            return target
        suffix = next((ending for ending in ENDINGS[::-1] if target.path.name.lower().endswith(ending)), "")
        with NamedTemporaryFile(prefix="warcpress-", suffix=suffix, delete=False) as file:
            self._stack.callback(Path(file.name).unlink, missing_ok=True)
            file.writelines(stores(stored.url).pieces(stored.key, stored.size))
            return replace(target, path=Path(file.name))

    def _leave_out(self, out: set[int], reason: str) -> None:
        """Leave files out for a reason; of one that is only in the store say that too: it may be false."""
        for target in self.targets:
            if id(target) in out and target.stored:
                says = (
                    f"only in {target.stored.url}, as remote.jsonl says: `warcpress audit --sample 5%` reads some such "
                    "files there, `warcpress verify --remote` all"
                )
                self.not_read.append(NotRead(target.name, f"{reason}; {says}" if reason else says))
            elif id(target) in out:
                self.not_read.append(NotRead(target.name, reason))
        self.targets = [target for target in self.targets if id(target) not in out]


def gather(
    paths: Sequence[Path],
    now: datetime,
    *,
    sample: float | None,
    since: datetime | None,
    live: Container[Path],
    stores: Stores | None = None,
) -> Inputs:
    """Find the files to audit below the paths.

    Raises UsageError for a share out of range, and when no path has anything to audit; of several, one that does not
    exist is a finding. StorageError for one that can't be read, StoreFailed for a file of a sample in the store.
    """
    if sample is not None and not 0 < sample <= 1:
        raise UsageError(f"a sample of {sample:g} is not a share: give one above 0 and up to 1")
    if not paths:
        raise UsageError("nothing to audit: give a file, a folder or a .wacz package")
    found = _with_archives_below(paths)
    inputs, refused = Inputs(prefixes=_prefixes(found)), dict[Path, UsageError]()
    try:
        for path in found:
            try:
                inputs.add(path, live)
            except UsageError as error:
                refused[path] = error
            except OSError as error:
                raise StorageError(
                    f"{path}: can't be read: {error.strerror or error}; check the permissions"
                ) from error
        if len(refused) == len(found):
            raise refused[found[0]]
        for path, refusal in refused.items():
            inputs.leave_unread(as_text(path), str(refusal).removeprefix(f"{path}: "), "error")
        inputs.select(now, sample, since, stores)
    except BaseException:
        inputs.close()
        raise
    return inputs


def _with_archives_below(paths: Sequence[Path]) -> list[Path]:
    """The paths; before a folder that is no archive, those of our archives in it: it may have the shards of a fleet."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir() and not (path / "warc").is_dir() and os.access(path, os.R_OK | os.X_OK):
            found += sorted(folder for folder in path.iterdir() if is_data_folder(folder))
        found.append(path)
    return list(dict.fromkeys(found))


def _prefixes(paths: Sequence[Path]) -> dict[Path, str]:
    """What findings put before the names of an archive's files, where other files may have the same names."""
    archives = list(dict.fromkeys(path.resolve() for path in paths if (path / "warc").is_dir()))
    alone = len(archives) < 2 and not any(path.parts[:1] == ("warc",) for path in paths)
    names = folder_names(archives)
    return {} if alone else {path: f"{name}/" for path, name in zip(archives, names, strict=True)}


def _begun(target: Target, last_part: str | None) -> datetime:
    """When a file was begun, from its name; without a date there, when it was last written.

    A merged file has the date of its first part, and records up to its `last_part`.
    """
    parts = WarcName.parse(last_part or target.name.rpartition("!")[2].rpartition("/")[2])
    if parts is not None:
        try:
            return datetime.strptime(parts.timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            pass  # fourteen digits that are not a date
    if target.stored is not None:
        return parse_date(target.stored.at)
    return datetime.fromtimestamp(target.path.stat().st_mtime, UTC)
