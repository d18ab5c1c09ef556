"""What the extractors know of Norwegian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="no",
    name="Norwegian",
    # Its writing
    letters="øåæéòô",
    common_words="og i det er en som til av at for med har ikke de den om et var men seg",
    # Bylines
    by=("av",),
    author_labels_in_byline=("skribent",),
    and_words=("og",),
    roles=("journalisten?", "korrespondenten"),
    not_names=("og",),
    credit_words=("foto",),
    picture_words=("bilder?", "foto"),
    particles=("av",),
    # Dates
    months=months(
        "januar jan", "februar feb", "mars mar", "april apr", "mai", "juni jun", "juli jul", "august aug",
        "september sept sep", "oktober okt", "november nov", "desember des",
    ),
    at_words=(r"kl\.?",),
    days_ago={"i dag": 0, "i går": 1, "i forgårs": 2},
    units=units(
        seconds=("sekund",), minutes=("minutt",), hours=("timer", "time"), days=("dag", "døgn"), weeks=("uke",),
        months=("måned",), years=("år",),
    ),
    now=("akkurat nå", "nå nettopp"),
    numbers={
        "to": 2, "tre": 3, "fire": 4, "fem": 5, "seks": 6, "sju": 7, "åtte": 8, "ni": 9, "ti": 10, "elleve": 11,
        "tolv": 12,
    },
    halves=("en halv", "et halvt"),
    one=("en", "ett"),
    ago_after=("siden",),
    updated=("oppdater",),
    published=("publisert",),
    # Lines that are not the article's
    leads_elsewhere=("les også",),
    # Pages that are no article
    we=(r"\bvi\b", r"\bvåre?\b", r"\bvårt\b", r"\boss\b", "dette nettstedet"),
    you=(r"\bdu\b", r"\bdeg\b", r"\bdine?\b", r"\bditt\b"),
    leads_on=(
        r"omdirigerer[\s.…]*$",
        "du (?:blir|vil bli) (?:omdirigert|sendt videre|videresendt)",
        "siden (?:er|har blitt) flyttet",
        r"du (?:forlater|er i ferd med å forlate)\b",
    ),
    page_names=("sid[ae]",),
    not_found=(
        "(?:ble|er) ikke funnet", "ikke funnet", "finnes (?:dessverre )?ikke(?: lenger)?", "ikke lenger tilgjengelig",
        "er (?:blitt )?(?:slettet|fjernet)", "fant ikke", "finner ikke",
    ),
    withdrawn=(
        "denne (?:artikkelen|siden|saken) (?:er|finnes|ble)[^.]{0,30}"
        "(?:fjernet|slettet|ikke|avpublisert|trukket)",
        "(?:siden|artikkelen) du (?:leter|søker|prøver|ser)",
    ),
    log_in=("logg inn", "passord"),
    offers=(
        "abonne", "si opp", "ubegrenset|full tilgang", "logg inn", "konto", "nyhetsbrev", "les(?:e)? videre",
        "i måneden|per måned|kr/mnd", "passord", "e-postadresse", "tilbud|prøv",
    ),
    consent=(
        "cookies?", "informasjonskapsler", "samtykk", "personvern", "partner", "annonse",
        "reklame", "godta", "aksepter", "avvis|avslå", "innstillinger", "tredjepart", "berettiget interesse",
        r"\bdata\b", "opplysninger", "enhet",
    ),
    barred=(
        "annonseblokk", "ad[- ]?block", "ikke tilgjengelig i ditt", "ditt land|din region",
        "(?:minst|over|under|fylt) (?:16|18)", "din alder|fødselsdato", "vedlikehold", "snart tilbake",
        "prøv igjen senere", "uvanlig trafikk", "ikke (?:er )?en robot", "captcha", "nettleseren? din|din nettleser",
        "javascript",
    ),
    # Pictures
    credit_labels=("foto", "fotograf"),
    # Names in class and id
    boilerplate_names=("fakta",),
    lead_names=("ingress",),
    author_names=("skribent",),
)
