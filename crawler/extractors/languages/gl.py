"""What the extractors know of Galician."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="gl",
    name="Galician",
    # Its writing
    letters="óáéíñúü",
    common_words="o a de que e do da en os no na para un unha con por se das dos ao",
    # Bylines
    and_words=("e",),
    # Dates
    days_ago={"hoxe": 0, "onte": 1, "antonte": 2},
    ago_before=("hai",),
)
