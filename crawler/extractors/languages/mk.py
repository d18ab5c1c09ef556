"""What the extractors know of Macedonian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="mk",
    name="Macedonian",
    # Its writing
    letters="аоиетнрсвдклпмујзгбчцхшжњќфљѓџѕ",
    # Bylines
    and_words=("и",),
    # Lines that are not the article's
    leads_elsewhere=("прочитајте и",),
)
