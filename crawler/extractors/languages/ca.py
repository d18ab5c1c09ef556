"""What the extractors know of Catalan."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, units

# fmt: off
LANGUAGE = Language(
    code="ca",
    name="Catalan",
    # Its writing
    letters="àéèóòíúçï·ü",
    common_words="el la de que i en els del per un amb una no es al les va als",
    # Bylines
    and_or_in=("i",),
    # Dates
    days_ago={"avui": 0, "ahir": 1},
    units=units(
        seconds=("segon",), minutes=("minut",), hours=("hora", "hores"), days=("dia", "dies"), weeks=("setman",),
        months=("mes", "mesos"), years=("any", "anys"),
    ),
    ago_before=("fa",),
    numbers={"dues": 2, "tres": 3},
    halves=("mitja",),
)
