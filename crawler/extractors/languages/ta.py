"""What the extractors know of Tamil."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="ta",
    name="Tamil",
    # Its writing
    script=r"[\u0b85-\u0bb9]",
)
