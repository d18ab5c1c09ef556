"""What the extractors know of Danish."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="da",
    name="Danish",
    # Its writing
    letters="øåæéö",
    common_words="og i at det er en den til af de som med for ikke der har et var om men",
    # Bylines
    by=("af",),
    and_words=("og",),
    not_names=("og",),
    particles=("af",),
    # Dates
    months=months(
        "januar jan", "februar feb", "marts", "april apr", "maj", "juni jun", "juli jul", "august aug",
        "september sept sep", "oktober okt", "november nov", "december dec",
    ),
    at_words=(r"kl\.?",),
    days_ago={"i dag": 0, "i går": 1, "i forgårs": 2},
    units=units(
        seconds=("sekund",), minutes=("minutter", "minut"), hours=("timer", "time"), days=("dag",), weeks=("uge",),
        months=("måned",), years=("år",),
    ),
    now=("lige nu",),
    numbers={
        "to": 2, "tre": 3, "fire": 4, "fem": 5, "seks": 6, "syv": 7, "otte": 8, "ni": 9, "ti": 10, "elleve": 11,
        "tolv": 12,
    },
    halves=("en halv", "et halvt"),
    short_units=units(hours=("t",)),
    one=("en", "et"),
    ago_after=("siden",),
    updated=("opdatere",),
    published=("udgivet",),
    # Lines that are not the article's
    leads_elsewhere=("læs også",),
    # Pages that are no article
    we=(r"\bvi\b", r"\bvores\b", r"\bos\b", "denne (?:hjemme)?sid"),
    you=(r"\bdu\b", r"\bdig\b", r"\bdine?\b", r"\bdit\b"),
    leads_on=(
        "(?:du )?(?:omdirigeres|viderestilles|bliver (?:omdirigeret|viderestillet|sendt videre))",
        "siden er flyttet",
        r"du (?:forlader|er ved at forlade)\b",
    ),
    page_names=("sid[ae]",),
    not_found=(
        "(?:blev|er) ikke fundet", "ikke (?:findes|fundet)", "findes ikke", "findes (?:desværre )?ikke længere",
        "ikke længere tilgængelig", "er (?:blevet )?(?:slettet|fjernet)", "kunne ikke finde",
    ),
    withdrawn=(
        r"(?:denne|den) (?:artikel|sid|histori)\w* (?:er|findes|blev)[^.]{0,30}"
        "(?:fjernet|slettet|ikke|afpubliceret)",
        "(?:siden|artiklen),? (?:som )?du (?:leder|søger|forsøger|prøver)",
    ),
    log_in=("log(?:ge)? ind", "adgangskode"),
    offers=(
        "abonne", "opsig", "ubegrænset|fri adgang", "log(?:ge)? ind", "konto", "nyhedsbrev", "læs(?:e)? videre",
        r"om måneden|pr\. måned|kr\./md", "adgangskode", "e-mailadresse", "tilbud|prøv",
    ),
    consent=(
        "cookies?", "samtyk", "privatliv", "persondata", "partner", "annonc", "reklame",
        "accept", "afvis", "indstillinger", "tredjepart", "legitim interesse", r"\bdata\b", "oplysninger", "enhed",
    ),
    barred=(
        "annonceblok", "ad[- ]?block", r"ikke tilgængelig\w* i dit", "dit land|din region",
        "(?:mindst|over|under|fyldt) (?:16|18)", "din alder|fødselsdato", "vedligehold", "snart tilbage",
        "prøv igen senere", "usædvanlig trafik", "ikke (?:er )?en robot", "captcha", "din browser", "javascript",
    ),
    # Names in class and id
    boilerplate_names=("fakta",),
    lead_names=("manchet",),
)
