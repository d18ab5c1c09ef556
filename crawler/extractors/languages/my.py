"""What the extractors know of Burmese."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="my",
    name="Burmese",
    # Its writing
    script="[က-ဪ]",
)
