"""What the extractors know of Romanian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="ro",
    name="Romanian",
    # Its writing
    letters="ăîșțâşţ",
    common_words="de la a cu pe din nu care un pentru o al mai este ce dar au lui fost sunt",
    # Bylines
    and_words=("și", "şi"),
    # Dates
    months=months(
        "ianuarie ian", "februarie feb", "martie", "aprilie", "mai", "iunie iun", "iulie iul", "august",
        "septembrie", "octombrie", "noiembrie noi", "decembrie dec",
    ),
    days_ago={"astăzi": 0, "azi": 0, "alaltăieri": 2},
    units=units(
        seconds=("secund",), minutes=("minut",), hours=("oră", "ore"), days=("zi", "zile"), weeks=("săptămân",),
        months=("lună", "luni"), years=("an", "ani"),
    ),
    ago_before=("acum", "în urmă cu"),
    halves=("(?:o )?jumătate de",),
    numbers={"două": 2, "doi": 2, "trei": 3, "patru": 4, "cinci": 5},
    one=("o", "un"),
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
