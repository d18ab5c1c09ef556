"""WARC archives: written durably, deduplicated, indexed, read back, audited, repaired. Knows neither Scrapy nor posts.

An `Exchange` goes into an `ArchiveWriter`, a `Capture` comes out; `Reader` gives back its bytes. Everything that
others may use is named here.
"""

from archive.audit.across.proofs import Trust
from archive.audit.audit import FurtherCheck, audit
from archive.audit.cli import add_arguments as audit_arguments
from archive.audit.cli import run as run_audit
from archive.audit.findings import Cause, Fault, Finding, Progress, Severity, Summary, because
from archive.audit.ledger import Ledger
from archive.audit.registry import check
from archive.disk import Disk
from archive.errors import ArchiveError, BadRecord, CodingError, StorageError, TooLarge, UsageError
from archive.index.index import Index
from archive.printable import cell, json_text, pour, printable
from archive.read.captures import capture_of, captures, parse_fields, request_of
from archive.read.reader import Reader, Record, Response
from archive.seal.manifest import Entry, Manifest, ManifestError, Signer
from archive.seal.signing import SigningError, public_key_of, signer
from archive.wacz.pack import Packed, PackedPage, pack
from archive.warc.codings import (
    content_codings,
    dechunk,
    decode_entity,
    entity_pieces,
    payload_pieces,
    transfer_codings,
)
from archive.warc.exchange import Capture, Exchange, Truncation
from archive.warc.filenames import OPEN
from archive.warc.heads import Head, find_head, parse_head, read_head, request_headers
from archive.warc.records import new_record_id, target_uri, utc_now, warc_date
from archive.warc.redaction import Redactor
from archive.write.recovery import Recovered, recover
from archive.write.repair import Repaired, repair
from archive.write.writer import ArchiveWriter, StoredRecord

__all__ = [
    "OPEN",
    "ArchiveError",
    "ArchiveWriter",
    "BadRecord",
    "Capture",
    "Cause",
    "CodingError",
    "Disk",
    "Entry",
    "Exchange",
    "Fault",
    "Finding",
    "FurtherCheck",
    "Head",
    "Index",
    "Ledger",
    "Manifest",
    "ManifestError",
    "Packed",
    "PackedPage",
    "Progress",
    "Reader",
    "Record",
    "Recovered",
    "Redactor",
    "Repaired",
    "Response",
    "Severity",
    "Signer",
    "SigningError",
    "StorageError",
    "StoredRecord",
    "Summary",
    "TooLarge",
    "Truncation",
    "Trust",
    "UsageError",
    "audit",
    "audit_arguments",
    "because",
    "capture_of",
    "captures",
    "cell",
    "check",
    "content_codings",
    "dechunk",
    "decode_entity",
    "entity_pieces",
    "find_head",
    "json_text",
    "new_record_id",
    "pack",
    "parse_fields",
    "parse_head",
    "payload_pieces",
    "pour",
    "printable",
    "public_key_of",
    "read_head",
    "recover",
    "repair",
    "request_headers",
    "request_of",
    "run_audit",
    "signer",
    "target_uri",
    "transfer_codings",
    "utc_now",
    "warc_date",
]
