"""What the extractors know of Estonian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="et",
    name="Estonian",
    # Its writing
    letters="äõüöšž",
    common_words="ja on ei et see oli mis aga kui ka ta oma nii siis ning kes mida",
    # Bylines
    and_words=("ja",),
    # Dates
    months=months(
        "jaanuar", "veebruar", "märts", "aprill", "mai", "juuni", "juuli", "august", "september", "oktoober",
        "november", "detsember",
    ),
    days_ago={"täna": 0, "eile": 1, "üleeile": 2},
    units=units(
        seconds=("sekund",), minutes=("minut",), hours=("tund", "tundi"), days=("päev",), weeks=("nädal",),
        months=("kuu",), years=("aasta",),
    ),
    ago_after=("tagasi",),
    halves=("pool",),
    one=("üks",),
    morning=("öö",),
    # Lines that are not the article's
    leads_elsewhere=("loe ka",),
    # Pages that are no article
    not_found=("ei leitud", "ei ole enam"),
)
