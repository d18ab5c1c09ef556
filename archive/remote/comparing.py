"""Compares a store with the manifest: a data folder and a store go in; one line per difference comes out."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.remote.lines import OtherManifest, entries_of, local_lines, stored_lines
from archive.remote.store import Store
from archive.seal.manifest import in_force
from archive.warc.dates import Clock, utc_now


@dataclass
class Compared:
    """What was compared."""

    files: int = 0
    bytes: int = 0
    left_out: int = 0
    """Files that were not in the sample."""
    lines: int = 0
    """Lines of the manifest that the store has."""


def compare(
    folder: Path, store: Store, compared: Compared, *, sample: float | None = None, clock: Clock = utc_now
) -> Iterator[str]:
    """Yield a line for each sealed file that the store lacks, or has with other bytes; every byte is read.

    `sample`: the share of the files to read, another one every day. Raises ManifestError, OtherManifest,
    StoreFailed.
    """
    lines = local_lines(folder)
    files = sorted(in_force(entries_of(lines)).items())
    found = stored_lines(store)
    compared.lines = len(found)
    if lines[: len(found)] != found[: len(lines)]:
        raise OtherManifest(f"{store.place.name}: has another archive's manifest than {folder}")
    if len(found) != len(lines):
        text = "`warcpress push` puts the others" if len(found) < len(lines) else "`warcpress pull` brings the others"
        yield f"manifest: the store has {len(found)} lines, this folder {len(lines)}: {text}"
    if sample is not None and files:
        chosen = random.Random(f"{clock():%Y-%m-%d}").sample(files, max(1, round(len(files) * sample)))
        compared.left_out, files = len(files) - len(chosen), sorted(chosen)
    for name, entry in files:
        if difference := store.difference(f"warc/{name}", entry.size, entry.sha256):
            yield f"warc/{name}: {difference}"
        compared.files += 1
        compared.bytes += entry.size
