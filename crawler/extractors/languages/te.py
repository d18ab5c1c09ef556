"""What the extractors know of Telugu."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="te",
    name="Telugu",
    # Its writing
    script=r"[\u0c05-\u0c39]",
)
