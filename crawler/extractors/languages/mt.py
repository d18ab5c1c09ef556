"""What the extractors know of Maltese."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="mt",
    name="Maltese",
    # Its writing
    letters="ħġżċàèìòù",
    common_words="il li ta u fil minn ma biex din dan kien hija tal huwa mill",
)
