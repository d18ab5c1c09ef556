"""The quick check of an archive: a data folder goes in; one line per sealed file that is missing or altered comes out.

It reads every byte once but parses no record. Check 31 of the audit finds the same while it reads the records.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archive.audit.across.proofs import Trust, check_proofs
from archive.seal.manifest import Entry, Manifest, ManifestError, sha256_of
from archive.warc.filenames import OPEN


def verify(folder: Path, trust: Trust) -> Iterator[str]:
    """Yield a line for each file of the archive at `folder` that differs from its manifest.

    Signatures and time stamps are checked too. OSErrors pass through: a file that can't be read is not an altered file.
    """
    manifest = Manifest(folder)
    sealed: dict[str, Entry] = {}
    try:
        entries = list(manifest.entries())
        sealed = manifest.sealed()
    except ManifestError as error:
        yield str(error)
        return
    for entry, _severity, reason in check_proofs(entries, trust):
        yield f"{manifest.path.name}:{entry.line}: {entry.file}: {reason}"
    warc = folder / "warc"
    for name, entry in sorted(sealed.items()):
        path = warc / name
        if not path.is_file():
            yield f"{name}: missing; sealed at {entry.at} with {entry.size} bytes"
        elif path.stat().st_size != entry.size:
            yield f"{name}: {path.stat().st_size} bytes, sealed with {entry.size}"
        elif sha256_of(path) != entry.sha256:
            yield f"{name}: altered; its sha256 is not the one sealed at {entry.at}"
    for path in sorted(warc.iterdir()) if warc.is_dir() else ():
        if path.name.endswith(OPEN):
            yield f"{path.name}: still open; a run is writing it, or died: the next run seals it"
        elif path.name.endswith((".warc", ".warc.gz")) and path.name not in sealed:
            yield f"{path.name}: no line of the manifest names it"
