"""What the extractors know of Estonian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months

# fmt: off
LANGUAGE = Language(
    code="et",
    name="Estonian",
    # Its writing
    letters="äõüöšž",
    common_words="ja on ei et see oli mis aga kui ka ta oma nii siis ning kes mida",
    # Dates
    months=months(
        "jaanuar", "veebruar", "märts", "aprill", "mai", "juuni", "juuli", "august", "september", "oktoober",
        "november", "detsember",
    ),
    morning=("öö",),
)
