"""What the extractors know of Slovak."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="sk",
    name="Slovak",
    # Its writing
    letters="áíéčžýúšľťňôďóäĺŕ",
    common_words="a v na sa je o do s to z za po ale ako by k si pre aby bolo",
    # Bylines
    and_or_in=("a",),
    # Dates
    months=months(
        "januára január", "februára február", "marec marca", "apríla", "mája máj", "júna jún", "júla júl",
        "augusta august", "septembra september", "októbra október", "novembra november", "decembra december",
    ),
    days_ago={"dnes": 0, "včera": 1, "predvčerom": 2},
    units=units(
        seconds=("sekund",), minutes=("minút",), hours=("hodin",), days=("dňami", "dňom", "dní"), weeks=("týždň",),
        months=("mesiac",), years=("rok", "rokmi"),
    ),
    ago_before=("pred",),
    counted_units={
        "hodinou": (1, "hours"), "minútou": (1, "minutes"), "dňom": (1, "days"), "týždňom": (1, "weeks"),
        "mesiacom": (1, "months"), "rokom": (1, "years"),
    },
    halves=("pol",),
    # Lines that are not the article's
    leads_elsewhere=("čítajte aj", "prečítajte si (?:aj|tiež)"),
    # Pages that are no article
    we=(r"\bmy\b", r"\bnaš\w*", r"\bnás\b", r"\bnám\b", r"\b\w{3,}(?:ujeme|áme|íme)\b"),
    you=(r"\bvy\b", r"\bvaš\w*", r"\bvás\b", r"\bvám\b", "môžete", "súhlasíte", "kliknutím"),
    not_found=(
        "nenájden[aáoéy]?", "neexistuje", "nebol[aoi]? nájden", "už nie je (?:k )?dispozíci|už nie je dostupn",
        "bol[aoi]? (?:zmazan|odstránen)",
    ),
    consent=(
        "cookies?", "súhlas", "súkrom", r"osobn\w+ údaj", "partner", "reklam", "prija", "odmietn", "nastaven",
        r"tret\w+ str[aá]n", r"oprávnen\w+ záuj", "spracúv|spracov", "zariaden", "preferenc",
    ),
)
