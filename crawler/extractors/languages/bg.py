"""What the extractors know of Bulgarian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months

# fmt: off
LANGUAGE = Language(
    code="bg",
    name="Bulgarian",
    # Its writing
    letters="аоиетнрсвлдкпмзъгуячбцйжщхшюфь",
    # Bylines
    and_words=("и",),
    # Dates
    months=months(
        "януари", "февруари", "март", "април", "май", "юни", "юли", "август", "септември", "октомври", "ноември",
        "декември",
    ),
    clock_words=(r"ч\.?", r"г\.,? ч\.?"),
    # Lines that are not the article's
    leads_elsewhere=("прочетете (?:още|и)", "вижте още"),
    # Pages that are no article
    not_found=("не е намерен", "не съществува"),
)
