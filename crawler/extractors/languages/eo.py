"""What the extractors know of Esperanto."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, units

# fmt: off
LANGUAGE = Language(
    code="eo",
    name="Esperanto",
    # Its writing
    letters="ĉĝŭŝĥĵ",
    common_words="la kaj de en al estas ne mi li ke por kun sed oni kiu estis el",
    # Bylines
    and_or_in=("kaj",),
    # Dates
    days_ago={"hodiaŭ": 0, "hieraŭ": 1, "antaŭhieraŭ": 2},
    units=units(
        seconds=("sekund",), minutes=("minut",), hours=("horo",), days=("tago",), weeks=("semajn",),
        months=("monat",), years=("jaro",),
    ),
    ago_before=("antaŭ",),
)
