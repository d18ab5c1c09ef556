"""What the extractors know of Slovenian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="sl",
    name="Slovenian",
    # Its writing
    letters="čšž",
    common_words="je in v na se za da so ki z pa ne bi po o s ali kot tudi bilo",
    # Bylines
    and_or_in=("in",),
    # Bylines
    profile_folders=("avtor[iy]?",),
    # Dates
    months=months(
        "januarja", "februarja", "marec marca", "aprila", "maja maj", "junija", "julija", "avgusta", "septembra",
        "oktobra", "novembra", "decembra",
    ),
    days_ago={"danes": 0, "včeraj": 1},
    units=units(
        seconds=("sekund",), minutes=("minut",), hours=("urama", "urami", "uro", "ure"),
        days=("dnevom", "dnevoma", "dnevi"), weeks=("tedn",), months=("mesec",), years=("letoma", "leti", "letom"),
    ),
    ago_before=("pred",),
    at_words=("ob",),
    # Lines that are not the article's
    leads_elsewhere=("preberite (?:še|tudi)",),
    # Pages that are no article
    not_found=("ni (?:bilo )?mogoče najti", "ne obstaja", "ni najden"),
)
