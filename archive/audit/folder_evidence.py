"""What a data folder proves of its records: the folder and the trusted keys go in, statements come out.

They are those of a package (evidence.py), without a package around the archive.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archive.audit.across.proofs import Trust
from archive.audit.package_evidence import Chain, Statement
from archive.audit.record_evidence import Judged, Records, digests
from archive.errors import ArchiveError
from archive.read.reader import Reader
from archive.remote.journal import OnlyStored
from archive.seal.manifest import NAME, sha256_of
from archive.warc.exchange import Capture
from archive.warc.filenames import OPEN


class FolderEvidence:
    """What one archive proves. It reads the manifest once, and each WARC file that a statement is about."""

    def __init__(self, folder: Path, reader: Reader, trust: Trust) -> None:
        self._reader, self._chain = reader, FolderChain(folder, trust)
        self._records = Records(reader, self._chain, "archive")

    @property
    def manifest(self) -> list[Statement]:
        """What is said of the manifest."""
        return self._chain.statements

    def capture(self, capture: Capture) -> list[Statement]:
        """What is said of a capture: who was asked, its bytes, its files."""
        return list(self._records.statements(capture))

    def record(self, file: str, offset: int, record_id: str) -> list[Statement]:
        """What is said of another record that was written here: its bytes, its file."""
        try:
            with self._reader.record_with_id(file, offset, record_id) as record:
                return [digests(record, "it is"), *self._chain.file(file)]
        except ArchiveError as error:
            return [Statement("wrong", "bytes", str(error))]

    def pictures(self, post: Judged) -> Statement:
        """What is said of the pictures of a post."""
        return self._records.pictures(post)


class FolderChain(Chain):
    """The manifest of a data folder."""

    def __init__(self, folder: Path, trust: Trust) -> None:
        self._folder, self._only_stored = folder, OnlyStored(folder)
        super().__init__(trust)

    def read(self) -> Iterator[Statement]:
        """Read the lines of the manifest."""
        if not (self._folder / NAME).exists():
            yield Statement("wrong", "manifest", f"{NAME} is missing: nothing shows that the WARC files are as sealed")
            return
        yield from self.lines_of(self._folder, NAME)

    def file(self, name: str) -> list[Statement]:
        """As of a package; a file that a run is writing is not sealed yet."""
        if (self._folder / "warc" / (name + OPEN)).exists():
            text = (
                f"{name} is still open: a run is writing it, or died; it is sealed when the run, or the next one, ends"
            )
            return [Statement("not proved", "unchanged", text)]
        if (stored := self._only_stored.of(name)) is not None:
            text = f"{name} is only in {stored.url}, where it had the sha256 of its line when it was read back"
            return [Statement("not proved", "unchanged", f"{text} ({stored.at}); `warcpress verify --remote` reads it")]
        return super().file(name)

    def measured(self, name: str) -> tuple[int, str]:
        """Bytes and sha256 of a WARC file."""
        path = self._folder / "warc" / name
        return path.stat().st_size, sha256_of(path)
