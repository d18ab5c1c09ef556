"""What the extractors know of Lithuanian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months

# fmt: off
LANGUAGE = Language(
    code="lt",
    name="Lithuanian",
    # Its writing
    letters="ėšžųįūčąę",
    common_words="ir kad yra su buvo iš tai ne kaip jo ar nuo per bet tik prie",
    # Dates
    months=months(
        "sausio", "vasario", "kovo", "balandžio", "gegužės", "birželio", "liepos", "rugpjūčio", "rugsėjo", "spalio",
        "lapkričio", "gruodžio",
    ),
    date_forms=(r"(?<!\w){year}[-\s]\s*m\.\s*{name}(?!\w)\.?[-\s]\s*{day}(?!\d)",),
)
