"""What the extractors know of Afrikaans."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, units

# fmt: off
LANGUAGE = Language(
    code="af",
    name="Afrikaans",
    # Its writing
    letters="êëéôûï",
    common_words="die van en het in is dat te nie vir met op wat aan was sy om ook as",
    # Bylines
    and_or_in=("en",),
    # Dates
    days_ago={"vandag": 0, "gister": 1, "eergister": 2},
    units=units(
        seconds=("sekonde",), minutes=("minuut", "minute"), hours=("uur", "ure"), days=("dag", "dae"),
        weeks=("week", "weke"), months=("maand",), years=("jaar",),
    ),
    ago_after=("gelede",),
    one=("'n", "’n"),
)
