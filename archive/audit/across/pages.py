"""Check 30 on the pages of a WACZ package: each has a URL and a time, and is a capture of the package."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from archive.audit.across.description import Description, fault
from archive.audit.across.places import Places
from archive.audit.findings import Finding, Severity
from archive.audit.ledger import Ledger
from archive.index.surt import surt
from archive.wacz.read import BROKEN, WaczReading

_CAPTURES = """
FROM records AS r JOIN files AS f ON f.number = r.row >> 40
WHERE f.package = ? AND r.kind IN ('response', 'revisit', 'resource')
"""
_NO_DIGIT = re.compile(r"\D")
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:\d\d)")


class PagesCheck:
    """The page lists of one package."""

    def __init__(self, ledger: Ledger, places: Places, package: str, description: Description) -> None:
        self._ledger, self._places, self._package = ledger, places, package
        self._soft: Severity = "warning" if description.draft else "error"
        """For what was no rule in the drafts."""
        self._cause = places.hurt(package)
        self._keyed = False

    def check(self, reading: WaczReading) -> Iterator[Finding]:
        """All `pages/*.jsonl`."""
        self._ledger.index_uris()
        for member in reading.names("pages"):
            if member.endswith(".jsonl") and not reading.encrypted(member):
                file = f"{self._package}!{member}"
                try:
                    yield from self._check_list(file, reading.lines(member))
                except BROKEN as error:
                    yield fault(file, f"can't be read to its end: {error}")

    def _check_list(self, file: str, lines: Iterator[bytes]) -> Iterator[Finding]:
        first = True
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            page = _parsed(line)
            if not isinstance(page, dict):
                if first and line.lstrip(b"\xef\xbb\xbf \t").startswith(b"["):
                    yield fault(
                        file, "is a JSON array, not JSON Lines: each page must be an object on a line of its own"
                    )
                    return
                yield fault(file, f"line {number} is no JSON object: {line[:60]!r}")
                if first:
                    return  # no list of pages at all
            elif not (first and "format" in page and "url" not in page):
                yield from self._check_page(file, number, page)
            first = False

    def _check_page(self, file: str, number: int, page: dict[str, Any]) -> Iterator[Finding]:
        url, stamp, digits = page.get("url"), page.get("ts"), ""
        if not isinstance(url, str) or not url:
            yield fault(file, f"line {number} is a page without a URL")
            return
        url = url.encode("utf-8", "replace").decode()
        if stamp is None:
            yield fault(file, f"line {number}: the page {url[:300]} has no time (`ts`)", self._soft)
        elif not (digits := _digits(stamp)):
            text = f"line {number}: the `ts` of {url[:300]} is no RFC 3339 time: {str(stamp)[:40]!r}"
            yield fault(file, text, self._soft)
        if page.get("loadState") == 0 or self._places.incomplete(self._package):
            return  # browsertrix lists pages that it could not load
        dates = [date for (date,) in self._ledger.all(f"SELECT r.date {_CAPTURES} AND r.uri = ?", (self._package, url))]
        if not dates and not self._elsewhere_spelt(url):
            yield fault(file, f"line {number}: no capture of {url[:300]} is in the package", cause=self._cause)
        elif dates and digits and not any(digits.startswith(_NO_DIGIT.sub("", date or "")[:14]) for date in dates):
            yield fault(file, f"line {number}: no capture of {url[:300]} is of {stamp}", "warning")

    def _elsewhere_spelt(self, url: str) -> bool:
        """There is a capture of the URL without its fragment, or of another spelling that readers take for the same."""
        if not self._keyed:
            rows = self._ledger.all(f"SELECT DISTINCT r.uri {_CAPTURES} AND r.uri IS NOT NULL", (self._package,))
            self._ledger.add_keys((self._package, surt(uri.strip("<>"))) for (uri,) in rows)
            self._keyed = True
        key = surt(url.partition("#")[0])
        return self._ledger.one("SELECT 1 FROM keys WHERE package = ? AND key = ?", (self._package, key)) is not None


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _digits(value: object) -> str:
    """A time as RFC 3339, 5.6, writes it, as 14 digits in UTC; empty when it is none."""
    found = _RFC3339.fullmatch(value) if isinstance(value, str) else None
    if found is None or found[3] > "60":
        return ""
    try:
        time = datetime.fromisoformat(f"{found[1]}T{found[2]}:{min(found[3], '59')}{found[4].upper()}").astimezone(UTC)
    except (ValueError, OverflowError):
        return ""
    return time.strftime("%Y%m%d%H%M%S").rjust(14, "0")
