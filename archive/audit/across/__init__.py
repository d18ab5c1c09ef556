"""Checks across records and files, once all files were read: the ledger goes in, findings come out.

links             record ids and the fields that name other records (12, 21, 26, 27)
segments          the parts of records that were broken up (28)
revisit_targets   the record that a revisit refers to (25); revisit_search: looks for it
sealed            an archive against its manifest (31): chain, serials, removals; proofs: signatures and time stamps
indexes           a CDXJ index against the files (29); index_lines: one of its lines
package           a WACZ package, its index and its pages (29, 30); package_description, package_members
audited_files     the files, and which damage explains that a record is not here
"""

from __future__ import annotations

from collections.abc import Iterator

from archive.audit.across import links, revisit_targets, segments  # noqa: F401  registers their checks
from archive.audit.across.audited_files import ACROSS, AuditedFiles, capped
from archive.audit.findings import Finding
from archive.audit.ledger import Ledger


def check_records(ledger: Ledger, files: AuditedFiles) -> Iterator[Finding]:
    """Compare records with each other, by every check that is registered with `judges=ACROSS`."""
    for findings in ACROSS.each(ledger, files):
        yield from capped(findings)
