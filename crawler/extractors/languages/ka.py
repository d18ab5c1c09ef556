"""What the extractors know of Georgian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="ka",
    name="Georgian",
    # Its writing
    script="[ა-ჰ]",
    # Lines that are not the article's
    leads_elsewhere=("ასევე წაიკითხეთ",),
)
