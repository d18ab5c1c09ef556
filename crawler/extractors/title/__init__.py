"""The headline.

headline   what heading, metadata and `<title>` agree on → Headline
headings   what stands on the page as a heading
parts      `Headline - Section | Site` taken apart
"""

from __future__ import annotations

from crawler.extractors.title.headline import Headline, find

__all__ = ["Headline", "find"]
