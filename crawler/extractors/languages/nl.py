"""What the extractors know of Dutch."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="nl",
    name="Dutch",
    # Its writing
    letters="ëéïöüèê",
    common_words="de het een van en in is dat op te zijn voor met die niet aan er om ook als",
    # Bylines
    by=("door",),
    and_words=("met",),
    and_or_in=("en",),
    roles=("journalisten?", "redacteur", "verslaggever"),
    contributed=("met (?:medewerking|bijdragen) van", "(?:bewerkt|vertaald) door"),
    particles=("de", "den", "der", "ten", "ter", "van"),
    profile_folders=("journalisten",),
    # Dates
    months=months(
        "januari jan", "februari febr feb", "maart mrt", "april apr", "mei", "juni jun", "juli jul", "augustus aug",
        "september sept sep", "oktober okt", "november nov", "december dec",
    ),
    at_words=("om",),
    clock_words=("uur",),
    days_ago={"vandaag": 0, "gisteren": 1, "eergisteren": 2},
    units=units(
        seconds=("seconde",), minutes=("minuut", "minuten"), hours=("uur", "uren"), days=("dag",),
        weeks=("week", "weken"), months=("maand",), years=("jaar",),
    ),
    now=("zojuist",),
    numbers={
        "twee": 2, "drie": 3, "vier": 4, "vijf": 5, "zes": 6, "zeven": 7, "acht": 8, "negen": 9, "tien": 10,
        "elf": 11, "twaalf": 12, "anderhalf": 1.5, "anderhalve": 1.5,
    },
    halves=("een halve?", "half"),
    short_units=units(hours=("u",)),
    one=("een", "één"),
    ago_after=("geleden",),
    updated=("bijgewerkt",),
    published=("gepubliceerd", "geplaatst"),
    # Lines that are not the article's
    leads_elsewhere=("lees ook",),
    closings=(
        r"^je kunt (?:alle )?[^.]{0,60}(?:reactie|bericht|rss)",
        r"^dit (?:artikel|bericht) (?:is|werd) (?:geplaatst|geschreven|gepubliceerd)\b",
    ),
    reading_time=("leestijd",),
    # Pages that are no article
    we=(r"\bwij\b", r"\bwe\b", r"\bonze\b", r"\bons\b", "deze (?:web)?site"),
    you=(r"\bu\b", r"\buw\b", r"\bje\b", r"\bjij\b", r"\bjouw\b", r"\bjullie\b"),
    leads_on=(
        r"doorverwijzen[\s.…]*$",
        "u wordt (?:automatisch |nu )?(?:door(?:gestuurd|verwezen|gelinkt))",
        "je wordt (?:automatisch |nu )?(?:door(?:gestuurd|verwezen|gelinkt))",
        "deze pagina is (?:verplaatst|verhuisd)",
        r"(?:u|je) verlaat (?:nu )?(?:deze|onze|de)\b",
    ),
    page_names=("pagina",),
    not_found=(
        "niet gevonden", "bestaat (?:helaas )?niet", "niet (?:meer|langer) (?:beschikbaar|bereikbaar|online)",
        "is verwijderd", "niet (?:kunnen )?vinden",
    ),
    withdrawn=(
        "(?:dit (?:artikel|bericht|verhaal)|deze (?:pagina|inhoud)) (?:is|werd|bestaat|kan)[^.]{0,30}"
        "(?:verwijderd|niet|ingetrokken|offline|verlopen)",
        "(?:pagina|artikel) (?:die|dat) (?:je|u|jij) (?:zoekt|zocht|opvraagt|probeert)",
    ),
    log_in=("inloggen", "abonnees"),
    offers=(
        "abonn", "opzeg", "onbeperkt", "inloggen|log in", "account", "registre", "nieuwsbrief",
        "verder lezen|lees verder", "digitale (?:krant|editie)", "per (?:maand|week|jaar)",
        "gratis (?:proberen|proef)|proefabonnement|proefperiode", "wachtwoord", "e-?mailadres", "aanbieding",
    ),
    consent=(
        "cookies?", "toestemming", "akkoord", "privacy", "persoonlijke (?:gegevens|informatie)",
        "partners", r"\bderden\b", "advertenties", "(?:internet|surf)gedrag", "voorkeuren",
        "(?:accepteer|accepteren|weiger)", "gepersonaliseerd", "gerechtvaardigd belang", "instellingen", "gegevens",
        "volgen",
    ),
    barred=(
        "ad[- ]?blocker", "advertentieblokker", "niet (?:beschikbaar|toegankelijk) (?:in|vanuit) (?:uw|je|jouw)",
        "(?:uw|jouw|je) (?:land|regio|locatie)", "(?:minstens|ouder dan|minimaal|jonger dan) (?:16|18)",
        "(?:uw|je) (?:leeftijd|geboortedatum)", "onderhoud", "(?:zo|snel|straks) (?:weer )?terug",
        "probeer het later", "ongebruikelijk verkeer", "geen robot", "captcha", "(?:uw|je) browser", "javascript",
    ),
    javascript_before=("inschakelen",),
    javascript_after=("inschakel",),
    # Names in class and id
    date_names=("datum",),
)
