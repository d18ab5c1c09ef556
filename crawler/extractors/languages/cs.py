"""What the extractors know of Czech."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="cs",
    name="Czech",
    # Its writing
    letters="íáěéřšýžčůúťďňó",
    common_words="a v na se je o do s to z za po ale jako by k si pro aby bylo",
    # Bylines
    author_labels_in_byline=("autorka", "autori", "napsala?"),
    and_or_in=("a",),
    profile_folders=("autor", "autori"),
    # Dates
    months=months(
        "ledna leden", "února únor", "března březen", "dubna duben", "května květen", "června červen",
        "července červenec", "srpna srpen", "září", "října říjen", "listopad", "prosince prosinec",
    ),
    days_ago={"dnes": 0, "včera": 1, "předevčírem": 2},
    units=units(
        seconds=("sekund",), minutes=("minut",), hours=("hodin",), days=("dny", "dnem", "dní"), weeks=("týdn",),
        months=("měsíc",), years=("rok", "roky", "lety"),
    ),
    now=("právě teď",),
    counted_units={
        "hodinou": (1, "hours"), "minutou": (1, "minutes"), "dnem": (1, "days"), "týdnem": (1, "weeks"),
        "měsícem": (1, "months"), "rokem": (1, "years"),
    },
    numbers={
        "dvěma": 2, "třemi": 3, "čtyřmi": 4, "pěti": 5, "šesti": 6, "sedmi": 7, "osmi": 8, "devíti": 9,
        "deseti": 10,
    },
    halves=("půl",),
    ago_before=("před",),
    ago_after=("zpět",),
    updated=("aktualizov",),
    published=("publikov",),
    # Lines that are not the article's
    leads_elsewhere=("čtěte (?:také|též)", "přečtěte si (?:také|též)"),
    # Pages that are no article
    we=(
        r"\bmy\b", r"\bnaš\w*", r"\bnás\b", r"\bnám\b", r"\b\w{3,}(?:ujeme|áme|íme)\b",
        "t(?:ento|yto|ato) (?:web|strán)",
    ),
    you=(r"\bvy\b", r"\bvaš\w*", r"\bvás\b", r"\bvám\b", "můžete", "souhlasíte", "kliknutím", "klikněte"),
    leads_on=(
        r"přesměrování[\s.…]*$",
        "(?:budete|jste|probíhá) (?:automaticky )?přesměrován",
        "stránka byla přesunuta",
        r"opouštíte\b",
    ),
    page_names=("strana",),
    not_found=(
        "nenalezen[aoy]?", "neexistuje", "nebyl[aoy]? nalezen", "již není (?:k )?dispozici", "není (?:již )?dostupn",
        "byl[aoy]? (?:smazán|odstraněn)",
    ),
    withdrawn=(
        "t(?:ento článek|ato stránka|ento obsah) (?:byl|již|už|není)[^.]{0,30}"
        "(?:smazán|odstraněn|stažen|dispozici|dostupn|existuje)",
        "stránka, kterou (?:hledáte|jste)",
    ),
    log_in=("přihl[aá]s", "heslo"),
    offers=(
        "předplat", "zrušit", "neomezen", "přihl[aá]s", "účet", "newsletter", "pokračovat ve čtení",
        "měsíčně|za měsíc", "heslo", "e-mail", "nabídk",
    ),
    consent=(
        "cookies?", "souhlas", "soukrom", r"osobní\w* úda", "partner", "reklam", "přijm", "odmítn", "nastaven",
        r"třetí\w* stran", r"oprávněn\w+ záj", "zpracov", "zařízení", "preferenc",
    ),
    barred=(
        "adblock", r"blokov\w+ reklam", r"není (?:ve vaší|dostupn\w+ ve)", "vaší zemi",
        "(?:alespoň|starší|mladší|dovršil)[^.]{0,10} (?:15|16|18)", "údržb", "brzy zpět",
        "zkuste to (?:prosím )?později", "nejste robot", "captcha", "prohlížeč", "javascript",
    ),
    # Names in class and id
    lead_names=("perex",),
)
