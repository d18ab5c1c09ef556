"""Which articles a source takes: its `allow` and `deny` patterns. Pure.

Discovery, the choice of a source for a URL, and the validation of posts ask here; deny wins.
"""

from __future__ import annotations

import re

from crawler.items import Source


def allowed(url: str, source: Source) -> bool:
    """Whether `source` takes the article with this canonical URL."""
    if denied(url, source):
        return False
    return not source.allow or any(re.search(pattern, url) for pattern in source.allow)


def denied(url: str, source: Source) -> bool:
    """Whether a `deny` pattern of `source` is in this URL."""
    return any(re.search(pattern, url) for pattern in source.deny)
