"""What the extractors know of Greenlandic."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="kl",
    name="Greenlandic",
    # Its writing
    letters="ĩũâêôåæø",
    common_words="aamma tamanna taamaattumik illu ilaat",
)
