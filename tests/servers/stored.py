"""Read an archive's WARC files with warcio, not with our own code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator


@dataclass(frozen=True)
class Stored:
    """One record."""

    type: str
    fields: list[tuple[str, str]]
    block: bytes

    def __getitem__(self, name: str) -> str | None:
        return next((value for key, value in self.fields if key.lower() == name.lower()), None)

    @property
    def url(self) -> str:
        return self["WARC-Target-URI"] or ""


def records(folder: Path) -> list[Stored]:
    """Return every record of the archive at `folder`, in order."""
    found = []
    for path in sorted((folder / "warc").glob("*.warc.gz*")):
        with path.open("rb") as file:
            found += [
                Stored(record.rec_type, record.rec_headers.headers, record.raw_stream.read())
                for record in ArchiveIterator(file, no_record_parse=True)
            ]
    return found


def exchanges(folder: Path) -> list[tuple[Stored, Stored]]:
    """Return request and response (or revisit) of each exchange, joined by WARC-Concurrent-To."""
    everything = records(folder)
    by_id = {record["WARC-Record-ID"]: record for record in everything}
    requests = [record for record in everything if record.type == "request"]
    return [(request, by_id[request["WARC-Concurrent-To"]]) for request in requests]
