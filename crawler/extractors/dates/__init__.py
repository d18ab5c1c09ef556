"""When an article was published and updated.

signals      reads a page's dates in the order of trust → Dates
written      one written date → one instant
time_of_day  the time and the zone in a written date
"""

from __future__ import annotations

from crawler.extractors.dates.signals import Dates, find

__all__ = ["Dates", "find"]
