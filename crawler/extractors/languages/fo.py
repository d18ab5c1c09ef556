"""What the extractors know of Faroese."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="fo",
    name="Faroese",
    # Its writing
    letters="áíðóúøýæ",
    common_words="og at er sum hava til ein ikki hetta men hevur var eru av fyri",
    # Bylines
    and_words=("og",),
)
