"""The headline.

headline   headings, metadata and `<title>` of a page → Headline
parts      `Headline - Section | Site` taken apart
"""

from __future__ import annotations

from crawler.extractors.title.headline import Headline, find

__all__ = ["Headline", "find"]
