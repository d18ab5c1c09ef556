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
    days_ago={"astăzi": 0, "azi": 0, "ieri": 1, "alaltăieri": 2},
    units=units(
        seconds=("secund",), minutes=("minut",), hours=("oră", "ore"), days=("zi", "zile"), weeks=("săptămân",),
        months=("lună", "luni"), years=("an", "ani"),
    ),
    ago_before=("acum", "în urmă cu"),
    halves=("(?:o )?jumătate de",),
    numbers={"două": 2, "doi": 2, "trei": 3, "patru": 4, "cinci": 5},
    one=("o", "un"),
    published=("publicat",),
    # Lines that are not the article's
    leads_elsewhere=("citește (?:și|mai)", "citeşte (?:şi|mai)"),
    # Pages that are no article
    we=(
        r"\bnoi\b", r"\bnoștri\b", r"\bnoastr\w+",
        r"\b(?:avem|colectăm|dorim|folosim|prelucrăm|putem|respectăm|stocăm|utilizăm)\b",
    ),
    you=(r"\bdumneavoastră\b", r"\bdvs\b", r"\bvă\b", "puteți", r"\bpoți\b", r"\bt(?:ău|ale|ăi)\b"),
    not_found=(
        "nu a fost găsit", "nu (?:mai )?există", "nu mai este disponibil", "a fost (?:ștears|șters|eliminat|retras)",
    ),
    consent=(
        "cookies?", "consim", "confidențial", "date(?:le)? (?:cu caracter )?personal", "parteneri",
        "publicita|reclam", "accept", "refuz|respinge", "preferin", "terț[ei]", r"interes\w* legitim", "dispozitiv",
        r"\bdatele\b",
    ),
    leads_on=(
        r"redirecționare[\s.…]*$",
        "(?:veți fi|vei fi|sunteți) (?:automat )?redirecționa",
        "pagina a fost mutată",
        r"părăsi(?:ți|m)\b",
    ),
    page_names=("pagina",),
)
