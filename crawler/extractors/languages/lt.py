"""What the extractors know of Lithuanian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="lt",
    name="Lithuanian",
    # Its writing
    letters="ėšžųįūčąę",
    common_words="ir kad yra su buvo iš tai ne kaip jo ar nuo per bet tik prie",
    # Bylines
    and_words=("ir",),
    # Dates
    months=months(
        "sausio", "vasario", "kovo", "balandžio", "gegužės", "birželio", "liepos", "rugpjūčio", "rugsėjo", "spalio",
        "lapkričio", "gruodžio",
    ),
    days_ago={"šiandien": 0, "vakar": 1, "užvakar": 2},
    units=units(
        seconds=("sekund",), minutes=("minut", "minuč"), hours=("valand",), days=("dien",), weeks=("savait",),
        months=("mėnes",), years=("metus", "metų"),
    ),
    ago_before=("prieš",),
    date_forms=(r"(?<!\w){year}[-\s]\s*m\.\s*{name}(?!\w)\.?[-\s]\s*{day}(?!\d)",),
    # Lines that are not the article's
    leads_elsewhere=("taip pat skaitykite",),
    # Pages that are no article
    not_found=("nerast", "neegzistuoja"),
)
