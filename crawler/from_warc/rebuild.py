"""Posts and catalogue again from the WARC files alone: no network, no configuration file, no old catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from archive import BadRecord, Reader, Signer, recover
from crawler.from_warc.ingest import ingest
from crawler.from_warc.publish import Publisher
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout


@dataclass
class Rebuilt:
    """What a rebuild did, or with `dry_run` would do."""

    posts: int = 0
    changed: list[str] = field(default_factory=list)
    """Paths of post files that were missing or had other bytes."""
    unreadable: list[str] = field(default_factory=list)
    """Records that stand in the way; the audit says more."""
    rows: dict[str, int] = field(default_factory=dict)
    dry_run: bool = False

    @property
    def exit_code(self) -> int:
        return 1 if self.unreadable else 0

    def lines(self) -> list[str]:
        verb = "would be written" if self.dry_run else "written"
        lines = [f"{self.posts} posts, {len(self.changed)} files {verb}"]
        lines += [f"  {path}" for path in self.changed]
        lines.append("catalogue: " + ", ".join(f"{count} {name}" for name, count in self.rows.items()))
        lines += [f"not readable: {message}" for message in self.unreadable]
        return lines


def rebuild(layout: Layout, *, dry_run: bool = False, signer: Signer | None = None) -> Rebuilt:
    """Under the data folder's lock. The new catalogue takes the old one's place by rename, once it is whole; a file
    that can't be read to its end gives what stands before the damage, and is named."""
    outcome = Rebuilt(dry_run=dry_run)
    if not dry_run:
        recover(layout.root, signer=signer)  # what a dead run left open belongs to the archive too
    with TemporaryDirectory(dir=layout.root, prefix=".rebuild-") as folder:
        path = Path(folder) / layout.catalogue.name
        catalogue = Catalogue(path)
        try:
            _read(layout, catalogue, outcome)
            _publish(layout, catalogue, outcome)
            outcome.rows = catalogue.count()
        finally:
            catalogue.close()  # the last connection takes the write-ahead log back into the file
        if not dry_run:
            _replace(path, layout.catalogue)
    return outcome


def _read(layout: Layout, catalogue: Catalogue, outcome: Rebuilt) -> None:
    reader = Reader(layout.root)
    for file in reader.files():
        try:
            ingest(reader, file, catalogue)
        except BadRecord as error:
            outcome.unreadable.append(str(error))
        catalogue.knows([file])


def _publish(layout: Layout, catalogue: Catalogue, outcome: Rebuilt) -> None:
    publisher = Publisher(layout, catalogue)
    for version in catalogue.newest():
        outcome.posts += 1
        text = publisher.text(version)
        if not _is(layout.posts / version.path, text.encode()):
            outcome.changed.append(version.path)
        if not outcome.dry_run:
            publisher.publish([(version, text)])
    if not outcome.dry_run:
        catalogue.mark_shown(catalogue.unmarked())


def _is(path: Path, body: bytes) -> bool:
    try:
        return path.read_bytes() == body
    except FileNotFoundError:
        return False


def _replace(new: Path, old: Path) -> None:
    for suffix in ("-wal", "-shm"):
        old.with_name(old.name + suffix).unlink(missing_ok=True)
    new.replace(old)
