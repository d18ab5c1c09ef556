"""WARC archives: written durably, deduplicated, indexed, read back, audited, repaired. Knows neither Scrapy nor posts.

An `Exchange` goes into an `ArchiveWriter`, a `Capture` comes out; `Reader` gives back its bytes. Everything that
others may use is named here.
"""

from archive.codings import content_codings, dechunk, decode_entity, entity_pieces, payload_pieces, transfer_codings
from archive.errors import ArchiveError, BadRecord, CodingError, StorageError, TooLarge, UsageError
from archive.exchange import Capture, Exchange, Truncation
from archive.heads import Head, find_head, parse_head, read_head, request_headers
from archive.manifest import Entry, Manifest, ManifestError
from archive.reader import Reader, Record, Response
from archive.records import new_record_id, target_uri, warc_date
from archive.writer import ArchiveWriter, StoredRecord

__all__ = [
    "ArchiveError",
    "ArchiveWriter",
    "BadRecord",
    "Capture",
    "CodingError",
    "Entry",
    "Exchange",
    "Head",
    "Manifest",
    "ManifestError",
    "Reader",
    "Record",
    "Response",
    "StorageError",
    "StoredRecord",
    "TooLarge",
    "Truncation",
    "UsageError",
    "content_codings",
    "dechunk",
    "decode_entity",
    "entity_pieces",
    "find_head",
    "new_record_id",
    "parse_head",
    "payload_pieces",
    "read_head",
    "request_headers",
    "target_uri",
    "transfer_codings",
    "warc_date",
]
