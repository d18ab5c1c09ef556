"""What the extractors know of Slovak."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months

# fmt: off
LANGUAGE = Language(
    code="sk",
    name="Slovak",
    # Its writing
    letters="áíéčžýúšľťňôďóäĺŕ",
    common_words="a v na sa je o do s to z za po ale ako by k si pre aby bolo",
    # Dates
    months=months(
        "januára január", "februára február", "marec marca", "apríla", "mája máj", "júna jún", "júla júl",
        "augusta august", "septembra september", "októbra október", "novembra november", "decembra december",
    ),
    days_ago={"dnes": 0},
)
