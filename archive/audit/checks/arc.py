"""Check 13 on records of ARC files, which have no digests and no ids; facts go in, faults come out."""

from __future__ import annotations

from datetime import datetime

from archive.audit.registry import check
from archive.read.arc import ArcRecord
from archive.read.faults import Fault


@check(13)
def arc_date(record: ArcRecord) -> Fault | None:
    """The date is a valid date in 14 digits; old files have 12 digits, or zeros for an unknown date."""
    date = record.date
    if len(date) == 12 or not date.strip("0"):
        return None
    try:
        if len(date) != 14:
            raise ValueError("it does not have 14 digits")
        datetime.strptime(date + "+0000", "%Y%m%d%H%M%S%z")
    except ValueError as error:
        return Fault("error", f"ARC date {date!r} is not a date: {error}", "ARC 1.0")
    return None
