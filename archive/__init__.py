"""WARC archives: written durably, deduplicated, indexed, read back, audited, repaired. Knows neither Scrapy nor posts.

An `Exchange` goes into an `ArchiveWriter`, a `Capture` comes out; `Reader` gives back its bytes. Everything that
others may use is named here.
"""

from archive.captures import capture_of, captures, parse_fields, request_of
from archive.codings import content_codings, dechunk, decode_entity, entity_pieces, payload_pieces, transfer_codings
from archive.errors import ArchiveError, BadRecord, CodingError, StorageError, TooLarge, UsageError
from archive.exchange import Capture, Exchange, Truncation
from archive.heads import Head, find_head, parse_head, read_head, request_headers
from archive.index import Index
from archive.manifest import Entry, Manifest, ManifestError
from archive.reader import Reader, Record, Response
from archive.records import new_record_id, target_uri, utc_now, warc_date
from archive.recovery import Recovered, recover
from archive.repair import Repaired, repair
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
    "Index",
    "Manifest",
    "ManifestError",
    "Reader",
    "Record",
    "Recovered",
    "Repaired",
    "Response",
    "StorageError",
    "StoredRecord",
    "TooLarge",
    "Truncation",
    "UsageError",
    "capture_of",
    "captures",
    "content_codings",
    "dechunk",
    "decode_entity",
    "entity_pieces",
    "find_head",
    "new_record_id",
    "parse_fields",
    "parse_head",
    "payload_pieces",
    "read_head",
    "recover",
    "repair",
    "request_headers",
    "request_of",
    "target_uri",
    "transfer_codings",
    "utc_now",
    "warc_date",
]
