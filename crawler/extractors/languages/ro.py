"""What the extractors know of Romanian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months

# fmt: off
LANGUAGE = Language(
    code="ro",
    name="Romanian",
    # Its writing
    letters="ăîșțâşţ",
    common_words="de la a cu pe din nu care un pentru o al mai este ce dar au lui fost sunt",
    # Dates
    months=months(
        "ianuarie ian", "februarie feb", "martie", "aprilie", "mai", "iunie iun", "iulie iul", "august",
        "septembrie", "octombrie", "noiembrie noi", "decembrie dec",
    ),
    days_ago={"astăzi": 0},
    published=("publicat",),
    # Pages that are no article
    leads_on=(
        r"redirecționare[\s.…]*$",
        "(?:veți fi|vei fi|sunteți) (?:automat )?redirecționa",
        "pagina a fost mutată",
        r"părăsi(?:ți|m)\b",
    ),
    page_names=("pagina",),
)
