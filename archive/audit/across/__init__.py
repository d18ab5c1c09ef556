"""Checks across records and files, once all were read: the ledger goes in, findings come out.

ids (12) · revisit_targets (25) · pairs (26, and the HEAD question of 21) · warcinfos (27) · segments (28)
· sealed (31), cdxj (29), wacz (30), which are called per archive or package
"""

from __future__ import annotations

from collections.abc import Iterator

from archive.audit.across.ids import check_12_unique
from archive.audit.across.pairs import check_21_head, check_26_links, check_26_partners
from archive.audit.across.places import Places
from archive.audit.across.revisit_targets import check_25_target
from archive.audit.across.segments import check_28_segments
from archive.audit.across.warcinfos import check_27_warcinfo_ids
from archive.audit.findings import Finding
from archive.audit.ledger import Ledger


def check_across(ledger: Ledger, places: Places) -> Iterator[Finding]:
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
