"""What the extractors know of Slovenian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months

# fmt: off
LANGUAGE = Language(
    code="sl",
    name="Slovenian",
    # Its writing
    letters="čšž",
    common_words="je in v na se za da so ki z pa ne bi po o s ali kot tudi bilo",
    # Bylines
    profile_folders=("avtor[iy]?",),
    # Dates
    months=months(
        "januarja", "februarja", "marec marca", "aprila", "maja maj", "junija", "julija", "avgusta", "septembra",
        "oktobra", "novembra", "decembra",
    ),
    at_words=("ob",),
)
