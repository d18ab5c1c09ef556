"""What the extractors know of Khmer."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="km",
    name="Khmer",
    # Its writing
    script="[ក-ឳ]",
)
