"""What the extractors know of Finnish."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="fi",
    name="Finnish",
    # Its writing
    letters="äöåšž",
    common_words="ja on ei se oli ovat mutta joka kun niin kuin sen ole hän että myös jo",
    # Bylines
    author_labels=("kirjoittaja",),
    and_words=("ja",),
    # Dates
    months=months(
        "tammikuuta tammikuu", "helmikuuta helmikuu", "maaliskuuta maaliskuu", "huhtikuuta huhtikuu",
        "toukokuuta toukokuu", "kesäkuuta kesäkuu", "heinäkuuta heinäkuu", "elokuuta elokuu", "syyskuuta syyskuu",
        "lokakuuta lokakuu", "marraskuuta marraskuu", "joulukuuta joulukuu",
    ),
    at_words=("klo",),
    units=units(minutes=("minuuttia",), hours=("tuntia",), days=("päivää",)),
    ago_after=("sitten",),
    updated=("päivitetty",),
    published=("julkaistu",),
    # Lines that are not the article's
    reading_time=("lukuaika",),
    # Pages that are no article
    leads_on=(
        r"uudelleenohjaus[\s.…]*$",
        r"(?:sinut )?(?:ohjataan|uudelleenohjataan)\b",
        "sivu on siirretty",
        r"olet (?:poistumassa|siirtymässä)\b",
    ),
    page_names=("sivu",),
    not_found=("ei löytynyt",),
)
