"""WARC files → rows of the catalogue: a dead run's leftovers and a whole rebuild come in by the same door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archive import Capture, Reader, Record, Signer, StoredRecord, capture_of, parse_fields
from archive import recover as recover_files
from crawler.from_warc.publish import LARGEST_POST, Publisher
from crawler.posts.conversion import Conversion, version_of
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.frontier import Frontier
from crawler.store.stored_version import Version

GROUP = 512
"""Rows of one transaction."""


@dataclass(frozen=True)
class Made:
    """A version as an archive holds it."""

    version: Version
    conversion: Conversion
    text: str
    """The post file."""
    warcinfo: str
    """Record id of the warcinfo that has its source's configuration."""
    of: str
    """Record id that the conversion refers to."""


@dataclass(frozen=True)
class Recovered:
    """Something that a killed run had left unfinished and that was finished now."""

    file: str
    message: str


def recover(layout: Layout, catalogue: Catalogue, frontier: Frontier, signer: Signer | None = None) -> list[Recovered]:
    """Before a run starts: what a dead one left open is sealed with every whole record in it, the catalogue learns of
    files it does not know, posts that were committed are published, and what was lost is put on the frontier again.
    Returns what happened, for the run file."""
    account = []
    for found in recover_files(layout.root, signer=signer):
        frontier.again(found.lost_urls)
        account.append(Recovered(found.file, found.message))
    reader = Reader(layout.root)
    known = catalogue.files()
    for file in reader.files():
        if file not in known:
            ingest(reader, file, catalogue)
            catalogue.knows([file])
    published = Publisher(layout, catalogue).publish_stored(catalogue.not_shown())
    if published:
        account.append(Recovered(layout.catalogue.name, f"{published} posts that had no file yet written"))
    return account


def ingest(reader: Reader, file: str, catalogue: Catalogue) -> None:
    """All captures and versions of one file."""
    captures: list[Capture] = []
    versions: list[Version] = []
    for found in read(reader, file):
        if isinstance(found, Capture):
            captures.append(found)
        else:
            versions.append(found.version)
        if len(captures) + len(versions) >= GROUP:
            catalogue.store(captures, versions)
            captures, versions = [], []
    catalogue.store(captures, versions)


def read(reader: Reader, file: str) -> Iterator[Capture | Made]:
    """What a WARC file holds for the catalogue, in its order. A conversion counts once its metadata record follows
    it: a run that died between the two has made no version. BadRecord at the first record that can't be read whole."""
    pending: tuple[StoredRecord, Record, str] | None = None
    for record in reader.records(file):
        if record.type in ("response", "revisit"):
            yield capture_of(record)
        elif record.type == "conversion":
            text = record.block.read(LARGEST_POST).decode()
            stored = StoredRecord(record.record_id, file, record.offset, record.finish(), record.date)
            pending = stored, record, text
        elif record.type == "metadata" and pending and record.get("WARC-Refers-To") == pending[0].record_id:
            stored, made, text = pending
            conversion = Conversion.parse(parse_fields(record.block.read(LARGEST_POST)))
            version = version_of(conversion, stored, text)
            yield Made(version, conversion, text, made.get("WARC-Warcinfo-ID") or "", made.get("WARC-Refers-To") or "")
            pending = None
