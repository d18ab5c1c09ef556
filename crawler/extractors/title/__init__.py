"""The headline.

headline   headings, metadata and `<title>` of a page → Headline
heading    one heading → its text
parts      `Headline - Section | Site` → its parts
"""

from __future__ import annotations

from crawler.extractors.title.headline import Headline, find

__all__ = ["Headline", "find"]
