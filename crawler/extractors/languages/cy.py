"""What the extractors know of Welsh."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="cy",
    name="Welsh",
    # Its writing
    letters="âŵêôîŷûáäï",
    common_words="yn y i a o ar ac mae yr am gan bod oedd wedi ei hi fod hefyd",
)
