"""What the extractors know of Catalan."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="ca",
    name="Catalan",
    # Its writing
    letters="àéèóòíúçï·ü",
    common_words="el la de que i en els del per un amb una no es al les va als",
)
