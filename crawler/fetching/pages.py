"""Make the Page that extractors read from a Scrapy response, as the audit will make it again from the archive.

The headers come from the captured head, never from Scrapy's header object.
"""

from __future__ import annotations

from datetime import datetime

from scrapy.http import Response

from archive import Capture, parse_head
from crawler.items import Page


def page_of(response: Response, *, published_hint: datetime | None = None, section: str | None = None) -> Page:
    """Return the page of a captured response whose content codings `DecodeMiddleware` has removed."""
    capture: Capture = response.meta["capture"]
    return Page(
        url=capture.url,
        body=response.body,
        headers=parse_head(capture.head).headers,
        fetched_at=capture.date,
        status=response.status,
        published_hint=published_hint,
        section=section,
    )
