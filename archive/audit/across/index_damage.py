"""Check 29: tells a damaged index from a damaged archive: the ledger goes in, findings on damaged files come out.

The WARC files have been read, so what they hold is known. What is wrong in a damaged index file is a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from archive.audit.across.audited_files import AuditedFiles
from archive.audit.findings import Cause, Finding, because
from archive.audit.ledger import Ledger
from archive.audit.registry import check
from archive.audit.scanning.batch import id_text
from archive.errors import StorageError
from archive.escaping import as_text
from archive.index.digests import NAME, Digests, DigestsDamaged
from archive.plurals import many
from archive.warc.filenames import OPEN

_FILE = f"index/{NAME}"
_AGAIN = "`python -m archive index FOLDER` makes the index again from the WARC files"
_CAPTURES = """
SELECT r.id, f.base, r.offset, f.number FROM records AS r JOIN files AS f ON f.number = r.row >> 40
WHERE f.package = ? AND r.kind IN ('response', 'revisit') AND r.id IS NOT NULL AND r.state = 0 ORDER BY r.row
"""
_ANOTHER = """
SELECT 1 FROM records AS r JOIN files AS f ON f.number = r.row >> 40
WHERE r.id = ? AND f.package = ? AND f.base = ? AND r.offset = ?
"""


@check(29)
def digests_agree(folder: Path, ledger: Ledger, files: AuditedFiles) -> Iterator[Finding]:
    """Check that the digests of an archive lead to its captures; files that they do not know are left out."""
    if not (folder / _FILE).exists():
        return
    try:
        with closing(Digests(folder, read_only=True)) as digests:
            if not digests.complete:
                return  # the next run fills it
            known = set(digests.files())
            wrong = total = 0
            for key, base, offset, number in ledger.all(_CAPTURES, (as_text(folder),)):
                if base not in known or base.endswith(OPEN) or files.damage_in(number):
                    continue
                total += 1
                at = digests.record(id_text(key))
                if at != (base, offset) and (at is None or not _elsewhere(ledger, files, as_text(folder), key, at)):
                    wrong += 1
    except DigestsDamaged as error:
        yield digests_agree.finding("error", f"the file is damaged: {error.reason}; {_AGAIN}", _FILE)
        return
    except StorageError as error:
        yield digests_agree.finding("warning", f"can't be checked: {error}", _FILE)
        return
    if wrong:
        text = f"the file is damaged: it does not lead to {wrong} of {many(total, 'capture')} in the files; {_AGAIN}"
        yield digests_agree.finding("error", text, _FILE)


def _elsewhere(ledger: Ledger, files: AuditedFiles, package: str, key: object, at: tuple[str, int]) -> bool:
    """Whether a record with this id is at the other place too, or that file was not read."""
    return files.is_unread(package, at[0]) or ledger.one(_ANOTHER, (key, package, *at)) is not None


def explained(findings: Iterable[Finding], damaged: Mapping[str, Cause]) -> Iterator[Finding]:
    """Make errors in damaged index files, which are reported already, warnings that name the damage."""
    for finding in findings:
        new = finding.severity == "error" and finding.caused_by is None
        yield because(finding, damaged.get(finding.file or "") if new else None)
