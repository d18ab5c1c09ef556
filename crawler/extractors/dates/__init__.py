"""When an article was published and updated.

signals      the page's signals in the order of trust → Dates
written      one written date → one instant
time_of_day  the time and the zone in it
"""

from __future__ import annotations

from crawler.extractors.dates.signals import Dates, find

__all__ = ["Dates", "find"]
