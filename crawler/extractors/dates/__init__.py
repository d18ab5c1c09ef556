"""When an article was published and updated.

signals      reads a page's dates in the order of trust → Dates
written      one written date → one instant
relative     a date that counts from the capture → an instant
days         the day in a written date
time_of_day  the time in a written date
zones        a written time zone → tzinfo
"""

from __future__ import annotations

from crawler.extractors.dates.signals import Dates, find

__all__ = ["Dates", "find"]
