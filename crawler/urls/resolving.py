"""An address as a page or style sheet writes it → the absolute URL that can be asked for. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from crawler.urls.canonical import LONGEST_URL

_PLAIN_URL = re.compile(r"https?://[a-z0-9.-]+(?:/[!$-:<->@-~]*)?(?:\?[!$-~]+)?", re.ASCII)
"""An absolute URL that `urljoin` returns unchanged; it takes ten times as long."""


@lru_cache(maxsize=1024)  # pictures are asked for several times
def absolute(base: str, address: str) -> str:
    """Resolve an address against the base, its scheme in lower case.

    Empty for an empty one, and for one that cannot be asked for: of another scheme than http and https, without a host,
    with an impossible port, or longer than LONGEST_URL.
    """
    address = address.strip()
    if len(address) > LONGEST_URL:
        return ""
    if not address or _PLAIN_URL.fullmatch(address):
        return address  # `urljoin` would give the base for an empty one
    try:
        parts = urlsplit(urljoin(base, address))
        is_usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # of a host, or of a port that is no number
        return ""
    url = parts.geturl()  # `urljoin` leaves `HTTP:` on a page of https as it is
    return url if is_usable and len(url) <= LONGEST_URL else ""
