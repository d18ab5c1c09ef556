"""Looks for the original of a revisit: what the revisit says of it goes in, a row of the ledger comes out (check 25).

As replay tools do: by record id, by URI and date (SURT and second), by payload digest.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from archive.audit.ledger import Ledger, file_of, rows_of
from archive.index.surt import surt

ANY = (1 << 63) - 1
"""Highest number of a row."""
MOST = 20
"""Captures of one URL and second that are compared with what a revisit says."""
_FIELDS = "SELECT row, kind, uri, date, digest, state, id FROM records "
_ORIGINAL = (
    _FIELDS
    + """WHERE row = (SELECT min(row) FROM (
    SELECT min(row) AS row FROM records INDEXED BY originals_by_uri
    WHERE digest = :digest AND uri = :uri AND kind IN ('response', 'resource') AND id IS NOT NULL
    AND row BETWEEN :first AND :row
    UNION ALL SELECT min(row) FROM records INDEXED BY originals_by_uri
    WHERE digest = :digest AND uri = :refers_uri AND kind IN ('response', 'resource') AND id IS NOT NULL
    AND row BETWEEN :first AND :row
    UNION ALL SELECT min(row) FROM records INDEXED BY originals_by_date
    WHERE digest = :digest AND date = :refers_date AND kind IN ('response', 'resource') AND id IS NOT NULL
    AND row BETWEEN :first AND :row))
"""
)
"""One look-up per column: with OR, SQLite would read all records of the file for each revisit."""
_WITH_DIGEST = """
SELECT date FROM records INDEXED BY originals_by_date WHERE digest = ? AND kind IN ('response', 'resource')
"""
_CAPTURES = "SELECT row, uri, date FROM records WHERE kind IN ('response', 'resource', 'revisit') AND uri IS NOT NULL"
_SPELLED_OTHERWISE = """
SELECT 1 FROM revisits AS v JOIN records AS r ON r.row = v.row WHERE v.target IS NULL AND v.date IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM records AS t WHERE t.uri = coalesce(v.uri, r.uri) AND t.date = v.date
AND t.kind IN ('response', 'resource', 'revisit') AND t.row != v.row) LIMIT 1
"""
"""Whether the URI and date of any revisit are those of no capture."""
_SPELLED = f"""
{_FIELDS} WHERE row IN (SELECT row FROM spellings WHERE key = ? AND second {{}} LIMIT {MOST}) AND row != ?
ORDER BY kind = 'revisit', digest IS NOT ?, state, row
"""
_BY_DATE = (
    _FIELDS
    + """
INDEXED BY originals_by_date WHERE digest = ? AND date = ? AND kind IN ('response', 'resource') LIMIT 1
"""
)
_SAME = (
    _FIELDS
    + """
INDEXED BY originals_by_uri WHERE digest = ? AND uri = ? AND date = ? AND kind IN ('response', 'resource')
AND row BETWEEN ? AND ? LIMIT 1
"""
)
"""A page and its redirect, say, may have one URL and one second."""
_ARCHIVES = "SELECT min(number), max(number) FROM files WHERE NOT loose GROUP BY package"
Row = tuple[Any, ...]


class Search:
    """Looks rows up; make it before the rows of the revisits are read."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        ledger.index_uris()
        ledger.index_originals()
        self._archives = [(rows_of(first)[0], rows_of(last)[1]) for first, last in ledger.all(_ARCHIVES)]
        if ledger.one(_SPELLED_OTHERWISE):
            ledger.add_spellings(self._spellings())

    def _spellings(self) -> Iterator[tuple[str, str, int]]:
        for row, uri, date in self._ledger.all(_CAPTURES):
            yield surt(uri.strip("<>")), digits(date or "")[:14], row

    def _spans(self, row: int) -> list[tuple[int, int]]:
        """Rows among which to look: those of the same archive first, for another one may have a capture just so."""
        several = self._archives if len(self._archives) > 1 else ()
        return [*(span for span in several if span[0] <= row <= span[1]), (0, ANY)]

    def by_id(self, target: str | bytes, row: int) -> Row | None:
        """The record of this id; if it is there several times, one that is not the revisit in `row`."""
        return self._ledger.one(_FIELDS + "WHERE id = ? ORDER BY row = ?, state, row", (target, row))

    def by_uri_and_date(self, row: int, uri: str | None, date: str | None, digest: str | None) -> Row | None:
        """The capture of this URI at this time, or of another spelling of both; not the revisit in `row` itself."""
        if uri is None or date is None:
            return None
        exact = "WHERE uri = ? AND date = ? AND kind IN ({}) AND row != ? AND row BETWEEN ? AND ?"
        for kinds, span in product(("'response', 'resource'", "'revisit'"), self._spans(row)):
            if found := self._ledger.one(_FIELDS + exact.format(kinds), (uri, date, row, *span)):
                same = self._ledger.one(_SAME, (digest, uri, date, *span)) if digest not in (None, found[4]) else None
                return same or found
        number = digits(date)[:14]
        if len(number) == 14:
            second, values = "IN (?, ?, ?, ?, ?)", [number[:size] for size in (4, 6, 8, 12, 14)]
        else:
            second, values = "BETWEEN ? AND ?", [number, number + ":"]
        found_rows = self._ledger.all(_SPELLED.format(second), (surt(uri.strip("<>")), *values, row, digest))
        return next((one for one in list(found_rows) if same_date(one[3], date)), None)

    def by_date_and_digest(self, date: str | None, digest: str | None) -> Row | None:
        """A capture of this time with this payload digest, under any URI."""
        return None if date is None or digest is None else self._ledger.one(_BY_DATE, (digest, date))

    def earlier_in_file(
        self, row: int, digest: str | None, uri: str | None, refers_uri: str | None, refers_date: str | None
    ) -> Row | None:
        """An earlier capture in the file of the revisit in `row`, with its payload and the same URI or date.

        It is the original, so the revisit does not refer to a record in another file.
        """
        if digest is None:
            return None
        values = {"digest": digest, "uri": uri, "refers_uri": refers_uri or uri, "refers_date": refers_date}
        return self._ledger.one(_ORIGINAL, {**values, "first": rows_of(file_of(row))[0], "row": row})

    def with_digest(self, digest: str) -> Row | None:
        """The date of a capture with this payload digest."""
        return self._ledger.one(_WITH_DIGEST + " LIMIT 1", (digest,))

    def has_digest(self, digest: str, until: str | None) -> bool:
        """Whether a capture with this payload digest is not later than the second of `until`."""
        bound = "~" if until is None else until.rstrip("Z")[:19] + "~"
        return self._ledger.one(_WITH_DIGEST + " AND date <= ? LIMIT 1", (digest, bound)) is not None


def digits(date: str) -> str:
    """A date without what separates its numbers, but for the point of a fraction."""
    return date.rstrip("Z").replace("T", "").replace("-", "").replace(":", "")


def same_date(one: str, other: str) -> bool:
    """Whether two dates are equal, as far as the less exact one tells."""
    one, other = digits(one), digits(other)
    shorter = min(len(one), len(other))
    return one[:shorter].rstrip(".") == other[:shorter].rstrip(".")
