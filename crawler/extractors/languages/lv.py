"""What the extractors know of Latvian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="lv",
    name="Latvian",
    # Its writing
    letters="āīšņūžēļģķčōŗ",
    common_words="un ir ar par no ka uz bija kas to arī pie vai tika tas nav bet",
    # Bylines
    and_or_in=("un",),
    # Dates
    months=months(
        "janvāris", "februāris", "marts", "aprīlis", "maijs", "jūnijs", "jūlijs", "augusts", "septembris",
        "oktobris", "novembris", "decembris",
    ),
    days_ago={"šodien": 0, "vakar": 1, "aizvakar": 2},
    units=units(
        seconds=("sekund",), minutes=("minūt",), hours=("stund",), days=("dien",), weeks=("nedēļ",),
        months=("mēneš",), years=("gada", "gadiem"),
    ),
    ago_before=("pirms",),
    date_forms=(r"(?<!\w){year}\. gada {day}\.\s*{name}(?!\w)",),
    # Lines that are not the article's
    leads_elsewhere=("lasi arī", "lasiet arī"),
    # Pages that are no article
    not_found=("nav atrast", "neeksistē"),
)
