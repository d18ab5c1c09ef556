"""What the extractors know of Welsh."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, units

# fmt: off
LANGUAGE = Language(
    code="cy",
    name="Welsh",
    # Its writing
    letters="âŵêôîŷûáäï",
    common_words="yn y i a o ar ac mae yr am gan bod oedd wedi ei hi fod hefyd",
    # Bylines
    and_or_in=("a", "ac"),
    # Dates
    days_ago={"heddiw": 0, "ddoe": 1},
    units=units(
        seconds=("eiliad",), minutes=("munud",), hours=("awr",), days=("diwrnod",), weeks=("wythnos",),
        months=("mis",), years=("blwyddyn", "blynedd"),
    ),
    ago_after=("yn ôl",),
)
