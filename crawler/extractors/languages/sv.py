"""What the extractors know of Swedish."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="sv",
    name="Swedish",
    # Its writing
    letters="äåöéü",
    common_words="och i att det som en av den med till inte om ett har de ett var jag sig men",
    # Bylines
    by=("av",),
    author_labels=("text",),
    author_labels_in_byline=("skribent",),
    and_words=("och",),
    roles=("journalisten?", "korrespondenten"),
    not_names=("och",),
    credit_words=("bild", "foto"),
    contributed=("redigering av", "översättning av"),
    picture_words=("bild(?:er)?", "foto"),
    particles=("av",),
    profile_folders=("journalisten",),
    # Dates
    months=months(
        "januari jan", "februari feb", "mars", "april apr", "maj", "juni jun", "juli jul", "augusti aug",
        "september sept sep", "oktober okt", "november nov", "december dec",
    ),
    at_words=(r"kl\.?",),
    days_ago={"idag": 0, "i dag": 0, "igår": 1, "i går": 1, "i förrgår": 2},
    units=units(
        seconds=("sekund",), minutes=("minut",), hours=("timme", "timmar", "tim"), days=("dag", "dagar"),
        weeks=("vecka", "veckor"), months=("månad",), years=("år",),
    ),
    now=("just nu",),
    numbers={
        "två": 2, "tre": 3, "fyra": 4, "fem": 5, "sex": 6, "sju": 7, "åtta": 8, "nio": 9, "tio": 10, "elva": 11,
        "tolv": 12,
    },
    halves=("en halv",),
    one=("en", "ett"),
    ago_after=("sedan",),
    updated=("uppdatera", "updatera"),
    published=("publicerad",),
    # Lines that are not the article's
    leads_elsewhere=("läs (?:också|mer)",),
    # Pages that are no article
    we=(r"\bvi\b", r"\bvår[at]?\b", r"\boss\b", "denna (?:webb)?(?:plats|sida)"),
    you=(r"\bdu\b", r"\bdig\b", r"\bdina?\b", r"\bditt\b"),
    leads_on=(
        r"omdirigerar[\s.…]*$",
        "du (?:omdirigeras|skickas vidare|kommer att omdirigeras)",
        "sidan har flyttat",
        r"du (?:lämnar|är på väg att lämna)\b",
    ),
    page_names=("sid[ae]",),
    not_found=(
        "(?:hittades|hittas) inte", "(?:kunde )?inte hitta(?:s|des)?", "finns (?:tyvärr )?inte",
        "inte (?:längre )?tillgänglig", "har tagits bort",
    ),
    withdrawn=(
        "(?:den här|denna) (?:artikeln?|sidan?|texten?) (?:har|är|finns|kunde)[^.]{0,30}"
        "(?:tagits bort|borttagen|inte|avpublicerats|raderats)",
        "(?:sidan|artikeln) (?:som )?du (?:söker|letar|försöker)",
    ),
    log_in=("logga in",),
    offers=(
        "prenumer", "avsluta|säg(?:a)? upp", "obegränsad", "logga in", "konto", "nyhetsbrev",
        "läs(?:a)? vidare|fortsätt(?:a)? läsa", "per månad|kr/mån|i månaden", "lösenord", "e-postadress",
        "erbjudande|prova",
    ),
    consent=(
        "cookies?", "kakor", "samtyck", "integritet", "partner", "annons", "godkänn", "acceptera",
        "avvisa|neka", "inställningar", "tredjepart", "berättigat intresse", "spår", r"\bdata\b", "uppgifter",
        "enhet",
    ),
    barred=(
        "annonsblocker", "ad[- ]?block", r"inte tillgänglig\w* i ditt", "ditt land|din region",
        "(?:minst|över|under|fyllt) (?:16|18)", "din ålder|födelsedatum", "underhåll", "snart tillbaka",
        "försök (?:igen )?senare", "ovanlig trafik", "inte (?:är )?en robot", "captcha", "din webbläsare",
        "javascript",
    ),
    # Pictures
    credit_labels=("foto", "bild", "fotograf"),
    # Names in class and id
    boilerplate_names=("fakta",),
    lead_names=("ingress",),
    author_names=("skribent",),
)
