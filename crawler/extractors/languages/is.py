"""What the extractors know of Icelandic."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="is",
    name="Icelandic",
    # Its writing
    letters="áíðéóþúöýæ",
    common_words="og er sem um en var til hann fyrir ekki af hefur vera voru eru ekki sagt eftir",
)
