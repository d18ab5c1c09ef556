"""Check 31 on the serial numbers in the names of WARC files: names go in; which files are missing comes out."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from archive.audit.findings import Finding
from archive.audit.registry import check
from archive.warc.filenames import WarcName

MAX_GAPS = 20
"""Gaps between serial numbers that one finding names."""


@check(31)
def missing_serials(files: AbstractSet[str], named: set[str] | None) -> Iterator[Finding]:
    """Report gaps: serial numbers count up by one, for each prefix and host, through the whole archive.

    `named` = the files that the manifest names: serials from 0 to their highest must be there; later files are reported
    as never sealed. Without a manifest (None), serials from the lowest to the highest must be there.
    """
    series: dict[tuple[str, str], set[int]] = {}
    last: dict[tuple[str, str], int] = {}
    for name in filter(None, map(WarcName.parse, files | (named or set()))):
        series.setdefault((name.prefix, name.host), set()).add(name.serial)
    for name in filter(None, map(WarcName.parse, named or ())):
        last[name.prefix, name.host] = max(name.serial, last.get((name.prefix, name.host), 0))
    for (prefix, host), found in sorted(series.items()):
        until = max(found) if named is None else last.get((prefix, host), -1)
        serials = {serial for serial in found if serial <= until}
        gaps = _gaps(serials, min(serials) if named is None else 0)
        if gaps:
            text = ", ".join(
                f"{first:05d}" if first == last else f"{first:05d} to {last:05d}" for first, last in gaps[:MAX_GAPS]
            )
            yield missing_serials.finding(
                "error", f"files are missing between the serials of {prefix}-…-{host}: {text}", "warc"
            )


def _gaps(serials: set[int], expected: int) -> list[tuple[int, int]]:
    gaps = []
    for serial in sorted(serials):
        if serial > expected:
            gaps.append((expected, serial - 1))
        expected = serial + 1
    return gaps
