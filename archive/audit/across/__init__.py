"""Checks across records and files, once all files were read: the ledger goes in, findings come out.

links             record ids and the fields that name other records (12, 21, 26, 27, 28)
revisit_targets   the record that a revisit refers to (25)
sealed · proofs   an archive against its manifest; signatures and time stamps of the manifest (31)
indexes           a CDXJ index against the files (29); index_lines: one of its lines
package           a WACZ package, its index and its pages (29, 30); package_description, package_members
places            where a record is, and which damage explains a missing one
"""

from __future__ import annotations

from collections.abc import Iterator

from archive.audit.across.links import (
    check_12_unique,
    check_21_head,
    check_26_links,
    check_26_partners,
    check_27_warcinfo_ids,
    check_28_segments,
)
from archive.audit.across.places import Places
from archive.audit.across.revisit_targets import check_25_target
from archive.audit.findings import Finding
from archive.audit.ledger import Ledger


def check_records(ledger: Ledger, places: Places) -> Iterator[Finding]:
    """Checks 12, 21 (HEAD), 25 to 28."""
    for check in (
        check_12_unique,
        check_21_head,
        check_25_target,
        check_26_links,
        check_26_partners,
        check_27_warcinfo_ids,
        check_28_segments,
    ):
        yield from places.capped(check(ledger, places))
