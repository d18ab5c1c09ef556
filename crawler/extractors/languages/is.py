"""What the extractors know of Icelandic."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, units

# fmt: off
LANGUAGE = Language(
    code="is",
    name="Icelandic",
    # Its writing
    letters="áíðéóþúöýæ",
    common_words="og er sem um en var til hann fyrir ekki af hefur vera voru eru ekki sagt eftir",
    # Bylines
    and_words=("og",),
    # Dates
    units=units(
        seconds=("sekúnd",), minutes=("mínút",), hours=("klukkust", "klukkutím"), days=("dag", "dög"),
        weeks=("vik",), months=("mánuð",), years=("ár",),
    ),
    days_ago={"í dag": 0, "í gær": 1, "í fyrradag": 2},
    ago_before=("fyrir",),
)
