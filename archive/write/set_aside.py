"""Takes files out of an archive's warc/: a damaged file makes room for its mended copy, another goes for a reason.

The order is: mended file → fsync → line `repaired` → its final name → line `removed` → index without the old file → the
old file goes to `set-aside/`. Before the first line, nothing has changed; after it, the next start or the same command
again does the rest. The catalogue of warcpress follows at the next run or `warcpress rebuild`. A mended file has a name
of its own, because a name in the manifest always means the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from archive.disk import Disk, kept_together
from archive.errors import InUse, StorageError, UsageError
from archive.seal.manifest import NAME as MANIFEST
from archive.seal.manifest import Entry, Manifest, Signer
from archive.warc.dates import Clock, utc_now
from archive.warc.filenames import MERGING, SET_ASIDE, TORN, UNFINISHED
from archive.warc.records import new_record_id
from archive.write.merging import alone, finish_mergers
from archive.write.reindex import reindex
from archive.write.repair import SOFTWARE, Mender, Repaired, archive_of, refuse_unsigned, writing


def repair_in_place(
    file: Path,
    *,
    software: str = SOFTWARE,
    clock: Clock = utc_now,
    new_id: Callable[[], str] = new_record_id,
    signer: Signer | None = None,
    disk: Disk | None = None,
) -> Repaired:
    """Put a mended copy of a damaged file of an archive in its place, and the file itself into `set-aside/`.

    Nothing is written when it is whole and as it was sealed. Where a killed command left off, this one goes on. Raises
    UsageError for a file of no archive, and for a signed manifest without a `signer`; InUse during a run or an audit;
    StorageError when the disk fails: then the same command does the rest.
    """
    disk = disk or Disk()
    with _changing(file, disk, clock, signer) as (folder, manifest):
        if not file.is_file():
            return _done_before(file, folder, manifest)
        aside = _free_place(folder, file.name)
        found = Mender(software, clock, new_id, disk).mend(file, manifest=manifest, replaces=aside)
        if found.target is None:
            return found
        _finish(folder, manifest, disk, clock)
        return replace(found, set_aside=folder / aside)


def remove(
    file: Path,
    reason: str,
    *,
    clock: Clock = utc_now,
    signer: Signer | None = None,
    disk: Disk | None = None,
) -> Path | None:
    """Take a file out of an archive, for a reason that the manifest tells; return where it is now, if anywhere.

    It goes to `set-aside/`; who must not keep it deletes it there. A file that is missing only gets its line. Raises as
    `repair_in_place` does.
    """
    disk = disk or Disk()
    if not reason.strip():
        raise UsageError("give a reason: the manifest and each audit tell it")
    with _changing(file, disk, clock, signer) as (folder, manifest):
        note = {"reason": reason}
        if not file.is_file():
            last = manifest.last()
            if last is not None and (last.kind, last.file) == ("removed", file.name):
                return _place(folder, last)  # what a killed command began is done now
            if file.name not in manifest.sealed([file.name]):
                raise UsageError(f"{file}: no such file, and {MANIFEST} says of none that it should be there")
            reindex(folder, without=file.name, disk=disk)  # it may be in the store, which keeps it
        else:
            note["set_aside"] = _free_place(folder, file.name)
        entry = manifest.append("removed", file.name, clock(), note=note)
        _finish(folder, manifest, disk, clock)
        return _place(folder, entry)


def finish_removal(folder: Path, manifest: Manifest, disk: Disk, clock: Clock) -> None:
    """Finish what a killed `repair_in_place` or `remove` left; lets OSErrors of the disk through."""
    if _is_unfinished(folder, manifest.last()):
        with alone(folder):
            _finish(folder, manifest, disk, clock)


@contextmanager
def _changing(file: Path, disk: Disk, clock: Clock, signer: Signer | None) -> Iterator[tuple[Path, Manifest]]:
    """Lock the archive of a file, and finish what was left there."""
    folder = archive_of(file)
    if folder is None:
        raise UsageError(f"{file}: not in the warc/ of an archive with a {MANIFEST}")
    if file.name.endswith((*UNFINISHED, TORN)):
        raise UsageError(f"{file}: no sealed file; the next run seals or finishes what a dead one left")
    manifest = Manifest(folder, disk, signer)
    refuse_unsigned(manifest, signer is not None)
    try:
        with writing(folder):
            manifest.cut_unfinished()
            finish_removal(folder, manifest, disk, clock)
            finish_mergers(folder, disk)
            with kept_together(folder, alone=True, wait=0) as is_alone:
                if not is_alone:
                    raise InUse(f"{folder}: somebody audits or packs the archive; try again when that has ended")
                yield folder, manifest
    except OSError as error:
        where = f"{error.filename or folder}: {error.strerror}"
        raise StorageError(where, "run the same command again: it does the rest") from error


def _is_unfinished(folder: Path, last: Entry | None) -> bool:
    if last is None or last.kind not in ("repaired", "removed") or "/" in last.file:
        return False
    path, place = folder / "warc" / last.file, _place(folder, last)
    if last.kind == "repaired":
        return place is not None or path.with_name(path.name + MERGING).exists()
    return place is not None and path.exists() and not place.exists()  # else somebody has put the file back


def _finish(folder: Path, manifest: Manifest, disk: Disk, clock: Clock) -> None:
    """Do what follows from the last line, if it is one of ours; doing it again does the rest."""
    last, warc = manifest.last(), folder / "warc"
    if last is None or not _is_unfinished(folder, last):
        return
    if last.kind == "repaired":
        mended = warc / (last.file + MERGING)
        if mended.exists():
            disk.rename(mended, warc / last.file)
            disk.fsync_folder(warc)
        if "set_aside" not in last.note:
            return
        note = {"reason": f"damaged; its whole records are in {last.file}", "repaired": last.file}
        note["set_aside"] = last.note["set_aside"]
        last = manifest.append("removed", last.note["source"], clock(), note=note)
    file, place = warc / last.file, _place(folder, last)
    assert place is not None
    reindex(folder, without=file.name, disk=disk)
    disk.make_folder(place.parent)
    disk.rename(file, place)
    disk.fsync_folder(place.parent)
    disk.fsync_folder(warc)


def _free_place(folder: Path, name: str) -> str:
    """Where a file is set aside, relative to the archive's folder; its own name, unless that is taken."""
    aside = folder / SET_ASIDE
    if (aside if aside.exists() else folder).stat().st_dev != (folder / "warc").stat().st_dev:
        raise UsageError(f"{aside}: not on the disk of {folder / 'warc'}; make it a folder there")
    names = (name, *(f"{name}.{number}" for number in range(2, 1000)))
    return next(f"{SET_ASIDE}/{one}" for one in names if not (aside / one).exists())


def _place(folder: Path, entry: Entry) -> Path | None:
    """Where the file that a line takes out of warc/ is; None when it takes none."""
    aside = entry.note.get("set_aside")
    return folder / SET_ASIDE / Path(str(aside)).name if aside else None


def _done_before(file: Path, folder: Path, manifest: Manifest) -> Repaired:
    """The result of a repair that an earlier command did or began."""
    for entry in manifest.sealed().values():
        if entry.kind == "repaired" and entry.note["source"] == file.name and "set_aside" in entry.note:
            target, lost = folder / "warc" / entry.file, tuple(map(str, entry.note.get("lost", ())))
            place = folder / SET_ASIDE / Path(str(entry.note["set_aside"])).name
            return Repaired(file, target, entry.records, (), entry.size, entry.sha256, lost, place)
    raise UsageError(f"{file}: no such file")
