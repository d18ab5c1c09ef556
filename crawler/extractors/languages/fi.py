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
    units=units(
        seconds=("sekunti",), minutes=("minuutti",), hours=("tunti", "tuntia"), days=("päivä",), weeks=("viikko",),
        months=("kuukausi", "kuukautta"), years=("vuosi", "vuotta"),
    ),
    days_ago={"tänään": 0, "eilen": 1, "toissapäivänä": 2},
    now=("juuri nyt",),
    counted_units={
        "tunti": (1, "hours"), "minuutti": (1, "minutes"), "päivä": (1, "days"), "viikko": (1, "weeks"),
        "kuukausi": (1, "months"), "vuosi": (1, "years"),
    },
    numbers={
        "kaksi": 2, "kolme": 3, "neljä": 4, "viisi": 5, "kuusi": 6, "seitsemän": 7, "kahdeksan": 8, "yhdeksän": 9,
        "kymmenen": 10,
    },
    halves=("puoli",),
    one=("yksi",),
    short_units=units(hours=("t",)),
    ago_after=("sitten",),
    updated=("päivitetty",),
    published=("julkaistu",),
    # Lines that are not the article's
    leads_elsewhere=("lue myös",),
    reading_time=("lukuaika",),
    # Pages that are no article
    we=(r"\bme\b", r"\bmeidän\b", r"\b\w{3,}mme\b", "tämä sivusto"),
    you=(
        r"\bvoit\b", r"\bsin(?:un|ulle|ua|ä)\b", r"\bteidän\b",
        r"\b(?:laittee|suostumukse|tieto|valinta|yksityisyy)\w*si\b",
    ),
    leads_on=(
        r"uudelleenohjaus[\s.…]*$",
        r"(?:sinut )?(?:ohjataan|uudelleenohjataan)\b",
        "sivu on siirretty",
        r"olet (?:poistumassa|siirtymässä)\b",
    ),
    page_names=("sivu",),
    not_found=("ei (?:löytynyt|löydy|löydetty)", "ei ole (?:enää )?(?:olemassa|saatavilla)", "on poistettu"),
    withdrawn=(
        r"tämä (?:artikkeli|juttu|sivu)\w* (?:on|ei)[^.]{0,30}(?:poistettu|saatavilla|olemassa|löyt)",
        r"etsimä\w* (?:sivu|artikkeli|juttu)",
    ),
    log_in=("kirjaudu", "salasana"),
    offers=(
        "tila(?:a|us|uks|aja)", "peru", "rajaton", "kirjaudu", "uutiskirje", "jatka lukemista", "kuukaudessa|€/kk",
        "salasana", "sähköposti", "tarjous|kokeile",
    ),
    consent=(
        "cookies?", "eväste", "suostumu", "yksityisyy", "tietosuoja", "henkilötie", "kumppan", "maino", "hyväksy",
        "hylkää|kieltäy", "asetu", r"kolman\w+ osapuol", r"oikeute\w+ e[td]u", "tietoja|tietojen",
    ),
    barred=(
        "mainosten ?esto", "ad[- ]?block", "ei ole (?:saatavilla|käytettävissä)", "maassasi|alueellasi",
        "(?:vähintään|yli|alle|täyttänyt) (?:16|18)", "syntymäaika", "huolto", "pian takaisin",
        "yritä (?:myöhemmin )?uudelleen", "robotti", "captcha", "selaime", "javascript",
    ),
)
