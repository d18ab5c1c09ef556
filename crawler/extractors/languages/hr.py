"""What the extractors know of Croatian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="hr",
    name="Croatian",
    # Its writing
    letters="čšžćđ",
    common_words="i u je na se da za su od koji s o kao ne sa iz što nije bi ili",
    # Bylines
    and_or_in=("i",),
    # Dates
    months=months(
        "siječnja", "veljače", "ožujka", "travnja", "svibnja", "lipnja", "srpnja", "kolovoza", "rujna", "",
        "studenoga", "prosinca",
    ),
    days_ago={"danas": 0, "jučer": 1, "prekjučer": 2},
    units=units(
        seconds=("sekund",), minutes=("minut",), hours=("sat", "sata", "sati"), days=("dan", "dana"),
        weeks=("tjed",), months=("mjesec",), years=("godin",),
    ),
    ago_before=("prije",),
    # Lines that are not the article's
    leads_elsewhere=("pročitajte (?:i|još)", "čitajte (?:i|još)"),
    # Pages that are no article
    we=(r"\bmi\b", r"\bnaš\w*", r"\bnama\b", r"\b(?:koristimo|obrađujemo|pohranjujemo|želimo|možemo|upotrebljavamo)\b"),
    you=(r"\bvi\b", r"\bvaš\w*", r"\bvam\b", r"\bmožete\b", r"\bklikom\b"),
    consent=(
        "kolačić", "cookies?", "privol", "pristan", "suglas", "privatnost", r"osobn\w+ podat", "partner", "oglas",
        "prihvat", "odbij|odbit|odbac", "postavk", r"treć\w+ stran", r"legitimn\w+ interes", "uređaj",
    ),
    not_found=("nije pronađen", "ne postoji", "više nije dostup"),
)
