"""WARC archives: written durably, deduplicated, indexed, read back, audited, repaired.

An `Exchange` goes into an `ArchiveWriter`, a `Capture` comes out; `Reader` gives its bytes back. Nothing here knows
Scrapy or posts. Other packages use only the names below. Each name is imported when it is first asked for (PEP 562):
`from archive import Capture` takes 0.03 s of CPU, all names together 0.25 (2026-11).
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.arguments import add_package_key as add_package_key
    from archive.arguments import first_instant as first_instant
    from archive.arguments import instant as instant
    from archive.arguments import share as share
    from archive.audit.across.proofs import Trust as Trust
    from archive.audit.audit import FurtherCheck as FurtherCheck
    from archive.audit.audit import audit_paths as audit_paths
    from archive.audit.cli import add_trust as add_trust
    from archive.audit.cli import audit_arguments as audit_arguments
    from archive.audit.cli import run_audit as run_audit
    from archive.audit.cli import trust_of as trust_of
    from archive.audit.evidence import account_of as account_of
    from archive.audit.findings import Cause as Cause
    from archive.audit.findings import Finding as Finding
    from archive.audit.findings import Progress as Progress
    from archive.audit.findings import Summary as Summary
    from archive.audit.findings import because as because
    from archive.audit.folder_evidence import FolderEvidence as FolderEvidence
    from archive.audit.ledger import Ledger as Ledger
    from archive.audit.package_evidence import Statement as Statement
    from archive.audit.record_evidence import Judged as Judged
    from archive.audit.record_evidence import Picture as Picture
    from archive.audit.registry import check as check
    from archive.disk import LOCK as LOCK
    from archive.disk import Disk as Disk
    from archive.disk import close_to_others as close_to_others
    from archive.disk import kept_together as kept_together
    from archive.disk import open_regular as open_regular
    from archive.errors import ArchiveError as ArchiveError
    from archive.errors import BadRecord as BadRecord
    from archive.errors import CodingError as CodingError
    from archive.errors import OnlyInStore as OnlyInStore
    from archive.errors import StorageError as StorageError
    from archive.errors import StoreFailed as StoreFailed
    from archive.errors import TooLarge as TooLarge
    from archive.errors import UsageError as UsageError
    from archive.escaping import cell as cell
    from archive.escaping import json_text as json_text
    from archive.escaping import page_head as page_head
    from archive.escaping import pour as pour
    from archive.escaping import printable as printable
    from archive.index.cdxj import Line as Line
    from archive.index.digests import EMPTY_PAYLOAD as EMPTY_PAYLOAD
    from archive.index.index import Index as Index
    from archive.index.lookup import Lookup as Lookup
    from archive.index.lookup import same_url as same_url
    from archive.index.read_only import open_read_only as open_read_only
    from archive.index.surt import Match as Match
    from archive.index.surt import key_beginnings as key_beginnings
    from archive.index.surt import surt as surt
    from archive.index.write_ahead import of_the_disk as of_the_disk
    from archive.index.write_ahead import open_to_write as open_to_write
    from archive.outbound import CallFailed as CallFailed
    from archive.outbound import post as post
    from archive.outbound import stop_calls as stop_calls
    from archive.plurals import many as many
    from archive.read.block import Chunks as Chunks
    from archive.read.captures import capture_of as capture_of
    from archive.read.captures import parse_fields as parse_fields
    from archive.read.captures import warcinfo_start as warcinfo_start
    from archive.read.cli import described as described
    from archive.read.cli import left_out as left_out
    from archive.read.cli import measured as measured
    from archive.read.contents import Gap as Gap
    from archive.read.exchanges import captures as captures
    from archive.read.faults import Fault as Fault
    from archive.read.faults import Severity as Severity
    from archive.read.folders import FolderIndex as FolderIndex
    from archive.read.folders import FolderReader as FolderReader
    from archive.read.reader import Reader as Reader
    from archive.read.response import Response as Response
    from archive.read.show import held_back as held_back
    from archive.read.show import request_of as request_of
    from archive.read.stored_files import Stores as Stores
    from archive.read.stored_files import files_below as files_below
    from archive.read.stored_files import folder_names as folder_names
    from archive.read.stored_record import Record as Record
    from archive.remote.comparing import Compared as Compared
    from archive.remote.comparing import compare as compare
    from archive.remote.journal import OnlyStored as OnlyStored
    from archive.remote.pull import Pulled as Pulled
    from archive.remote.pull import pull as pull
    from archive.remote.push import Pushed as Pushed
    from archive.remote.push import push as push
    from archive.remote.store import READING as READING
    from archive.remote.store import Place as Place
    from archive.remote.store import Store as Store
    from archive.seal.manifest import Entry as Entry
    from archive.seal.manifest import Manifest as Manifest
    from archive.seal.manifest import ManifestError as ManifestError
    from archive.seal.manifest import Signer as Signer
    from archive.seal.signing import SigningError as SigningError
    from archive.seal.signing import public_key_of as public_key_of
    from archive.seal.signing import signer as signer
    from archive.seal.wacz_auth import PackageSigner as PackageSigner
    from archive.seal.wacz_auth import package_signer as package_signer
    from archive.terminal import open_stderr as open_stderr
    from archive.terminal import put_statement as put_statement
    from archive.terminal import start_bar as start_bar
    from archive.wacz.listing import list_packages as list_packages
    from archive.wacz.listing import listed_packages as listed_packages
    from archive.wacz.pack import Packed as Packed
    from archive.wacz.pack import PackedPage as PackedPage
    from archive.wacz.pack import files_with as files_with
    from archive.wacz.pack import pack as pack
    from archive.warc.codings import content_codings as content_codings
    from archive.warc.codings import dechunk as dechunk
    from archive.warc.codings import decode_entity as decode_entity
    from archive.warc.codings import entity_pieces as entity_pieces
    from archive.warc.codings import payload_pieces as payload_pieces
    from archive.warc.codings import stated_length as stated_length
    from archive.warc.codings import transfer_codings as transfer_codings
    from archive.warc.dates import Clock as Clock
    from archive.warc.dates import utc_now as utc_now
    from archive.warc.dates import warc_date as warc_date
    from archive.warc.exchange import Capture as Capture
    from archive.warc.exchange import Exchange as Exchange
    from archive.warc.exchange import Truncation as Truncation
    from archive.warc.filenames import OPEN as OPEN
    from archive.warc.filenames import SET_ASIDE as SET_ASIDE
    from archive.warc.filenames import UNFINISHED as UNFINISHED
    from archive.warc.filenames import WarcName as WarcName
    from archive.warc.filenames import is_imported as is_imported
    from archive.warc.heads import HEAD_END as HEAD_END
    from archive.warc.heads import Head as Head
    from archive.warc.heads import find_head as find_head
    from archive.warc.heads import parse_head as parse_head
    from archive.warc.heads import read_head as read_head
    from archive.warc.heads import request_headers as request_headers
    from archive.warc.records import new_record_id as new_record_id
    from archive.warc.records import target_uri as target_uri
    from archive.warc.redaction import Redactor as Redactor
    from archive.write.importing import Imported as Imported
    from archive.write.importing import Importer as Importer
    from archive.write.importing import in_order as in_order
    from archive.write.merging import merge as merge
    from archive.write.recovery import Recovered as Recovered
    from archive.write.recovery import index_late as index_late
    from archive.write.recovery import recover as recover
    from archive.write.reindex import reindex as reindex
    from archive.write.repair import Repaired as Repaired
    from archive.write.repair import repair as repair
    from archive.write.writer import ArchiveWriter as ArchiveWriter
    from archive.write.writer import StoredRecord as StoredRecord

_NAMES = {
    "archive.arguments": "add_package_key first_instant instant share",
    "archive.audit.across.proofs": "Trust",
    "archive.audit.audit": "FurtherCheck audit_paths",
    "archive.audit.cli": "add_trust audit_arguments run_audit trust_of",
    "archive.audit.evidence": "account_of",
    "archive.audit.findings": "Cause Finding Progress Summary because",
    "archive.audit.folder_evidence": "FolderEvidence",
    "archive.audit.ledger": "Ledger",
    "archive.audit.package_evidence": "Statement",
    "archive.audit.record_evidence": "Judged Picture",
    "archive.audit.registry": "check",
    "archive.disk": "LOCK Disk close_to_others kept_together open_regular",
    "archive.errors": "ArchiveError BadRecord CodingError OnlyInStore StorageError StoreFailed TooLarge UsageError",
    "archive.escaping": "cell json_text page_head pour printable",
    "archive.index.cdxj": "Line",
    "archive.index.digests": "EMPTY_PAYLOAD",
    "archive.index.index": "Index",
    "archive.index.lookup": "Lookup same_url",
    "archive.index.read_only": "open_read_only",
    "archive.index.surt": "Match key_beginnings surt",
    "archive.index.write_ahead": "of_the_disk open_to_write",
    "archive.outbound": "CallFailed post stop_calls",
    "archive.plurals": "many",
    "archive.read.block": "Chunks",
    "archive.read.captures": "capture_of parse_fields warcinfo_start",
    "archive.read.cli": "described left_out measured",
    "archive.read.contents": "Gap",
    "archive.read.exchanges": "captures",
    "archive.read.faults": "Fault Severity",
    "archive.read.folders": "FolderIndex FolderReader",
    "archive.read.reader": "Reader",
    "archive.read.show": "held_back request_of",
    "archive.read.response": "Response",
    "archive.read.stored_files": "Stores files_below folder_names",
    "archive.read.stored_record": "Record",
    "archive.remote.comparing": "Compared compare",
    "archive.remote.journal": "OnlyStored",
    "archive.remote.pull": "Pulled pull",
    "archive.remote.push": "Pushed push",
    "archive.remote.store": "READING Place Store",
    "archive.terminal": "open_stderr put_statement start_bar",
    "archive.seal.manifest": "Entry Manifest ManifestError Signer",
    "archive.seal.signing": "SigningError public_key_of signer",
    "archive.seal.wacz_auth": "PackageSigner package_signer",
    "archive.wacz.listing": "list_packages listed_packages",
    "archive.wacz.pack": "Packed PackedPage files_with pack",
    "archive.warc.codings": (
        "content_codings dechunk decode_entity entity_pieces payload_pieces stated_length transfer_codings"
    ),
    "archive.warc.dates": "Clock utc_now warc_date",
    "archive.warc.exchange": "Capture Exchange Truncation",
    "archive.warc.filenames": "OPEN SET_ASIDE UNFINISHED WarcName is_imported",
    "archive.warc.heads": "HEAD_END Head find_head parse_head read_head request_headers",
    "archive.warc.records": "new_record_id target_uri",
    "archive.warc.redaction": "Redactor",
    "archive.write.importing": "Imported Importer in_order",
    "archive.write.merging": "merge",
    "archive.write.recovery": "Recovered index_late recover",
    "archive.write.reindex": "reindex",
    "archive.write.repair": "Repaired repair",
    "archive.write.writer": "ArchiveWriter StoredRecord",
}
"""Module → its public names; the imports above are the same for type checkers (tests/archive/test_public.py)."""
_MODULES = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = list(_MODULES)


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
