"""What the extractors know of Latvian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months

# fmt: off
LANGUAGE = Language(
    code="lv",
    name="Latvian",
    # Its writing
    letters="āīšņūžēļģķčōŗ",
    common_words="un ir ar par no ka uz bija kas to arī pie vai tika tas nav bet",
    # Dates
    months=months(
        "janvāris", "februāris", "marts", "aprīlis", "maijs", "jūnijs", "jūlijs", "augusts", "septembris",
        "oktobris", "novembris", "decembris",
    ),
    date_forms=(r"(?<!\w){year}\. gada {day}\.\s*{name}(?!\w)",),
)
