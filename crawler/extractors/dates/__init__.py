"""When an article was published and updated.

page       the page's signals in the order of how seldom they lie → Dates
metas      names of `<meta>`
text       one written date → one instant        clock   its time of day   zone   its zone
relative   `3小时前`, `yesterday`: counted from when the page was read
words      months, days, units, zones in the languages of news
"""

from __future__ import annotations

from crawler.extractors.dates.page import Dates, find

__all__ = ["Dates", "find"]
