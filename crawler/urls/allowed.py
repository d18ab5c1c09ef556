"""Which articles and documents a source takes: its `allow` and `deny` patterns. Pure.

Discovery, the choice of a source for a URL, and the validation of posts ask here; deny wins.
"""

from __future__ import annotations

import re

from crawler.items import Source
from crawler.urls.canonical import canonicalise, same_site

_HOST = re.compile(r"\^?https?\??://((?:[A-Za-z0-9-]|\\[.-])+)(?::\d+)?/")
"""Start of a pattern that fixes the host; a dot without a backslash would match any character."""


def allowed(url: str, source: Source) -> bool:
    """Whether `source` takes the article with this canonical URL."""
    if denied(url, source):
        return False
    return not source.allow or any(re.search(pattern, url) for pattern in source.allow)


def denied(url: str, source: Source) -> bool:
    """Whether a `deny` pattern of `source` is in this URL."""
    return any(re.search(pattern, url) for pattern in source.deny)


def document_allowed(url: str, source: Source) -> bool:
    """Whether a document of `source` may lead to the document at `url`: one on its sites, or that `allow` matches."""
    canonical = canonicalise(url)
    return any(re.search(pattern, canonical) for pattern in source.allow) or any(
        same_site(site, url) for site in sites(source)
    )


def sites(source: Source) -> tuple[str, ...]:
    """URLs on the sites that its documents may be on: those of its entry points, and hosts that `allow` spells out."""
    hosts = [found[1].replace("\\", "") for pattern in source.allow if (found := _HOST.match(pattern))]
    return (*source.entries, *(f"https://{host}/" for host in hosts))
