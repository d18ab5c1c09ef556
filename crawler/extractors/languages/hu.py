"""What the extractors know of Hungarian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="hu",
    name="Hungarian",
    # Its writing
    letters="áéöóőüíúű",
    common_words="a az hogy nem is egy meg van volt ezt csak mint de ez el ha vagy majd",
    # Bylines
    author_labels=("szerző",),
    and_words=("és",),
    # Dates
    months=months(
        "január jan", "február febr", "március márc", "április ápr", "május máj", "június jún", "július júl",
        "augusztus aug", "szeptember szept", "október okt", "november nov", "december dec",
    ),
    days_ago={"tegnap": 1, "tegnapelőtt": 2},
    units=units(
        seconds=("másodperc",), minutes=("perc",), hours=("óra", "órá"), days=("nap",), weeks=("hét", "hett"),
        months=("hónap",), years=("év",),
    ),
    ago_after=("ezelőtt",),
    one=("egy",),
    halves=("fél",),
    updated=("frissítve",),
    published=("megjelent",),
    # Lines that are not the article's
    leads_elsewhere=("olvassa el", "olvasd el", "kapcsolódó cikk"),
    # Pages that are no article
    we=(r"\b\w{3,}(?:unk|ünk|juk|jük)\b", "ez(?:en)? a(?:z)? (?:oldal|webhely)"),
    you=(r"(?-i:\bÖn(?:nek|t|re|ök\w*)?\b)", r"\b\w{3,}(?:hatja|heti|hatod|heted|hatsz|hetsz)\b", "kattintás"),
    not_found=("nem található", "nem létezik", "már nem (?:érhető el|elérhető)", "eltávolít|törölt"),
    consent=(
        "cookies?", "süti", "hozzájárul", "adatvédel", "adatkezel", "partner", "hirdet|reklám",
        "elfogad", "elutasít", "beállít", "harmadik fél", "jogos érdek", "eszköz", r"\badat",
    ),
    leads_on=(
        r"átirányítás[\s.…]*$",
        "(?:hamarosan |automatikusan )*átirányít(?:juk|jük)",
        "az oldal (?:elköltözött|áthelyez)",
    ),
    page_names=("oldal",),
)
