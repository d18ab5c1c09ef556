"""What the extractors know of Polish."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="pl",
    name="Polish",
    # Its writing
    letters="łąęóśżćńź",
    common_words="w i na z do nie to jest o od za po przez dla oraz jak ale tak ich jego",
    # Bylines
    by=("przez",),
    reported_by=(r"oprac\.",),
    author_labels=("autor",),
    author_labels_in_byline=("autorka", "foto", "napisała?", "źródło"),
    and_words=("oraz",),
    and_or_in=("i",),
    author_headings=("autor",),
    roles=("dziennikarka", "dziennikarz", "redaktor(?:ka)?"),
    credit_words=("foto",),
    # Dates
    months=months(
        "stycznia styczeń sty", "lutego luty lut", "marca marzec mar", "kwietnia kwiecień kwi", "maja maj",
        "czerwca czerwiec cze", "lipca lipiec lip", "sierpnia sierpień sie", "września wrzesień wrz",
        "października październik paź", "listopada listopad lis", "grudnia grudzień gru",
    ),
    days_ago={"dzisiaj": 0, "dziś": 0, "wczoraj": 1, "przedwczoraj": 2},
    units=units(
        seconds=("sekund",), minutes=("minut",), hours=("godzin", "godz"), days=("dni", "dzień"),
        weeks=("tydzień", "tygodni"), months=("miesiąc", "miesiące", "miesięcy"), years=("rok", "lat", "lata"),
    ),
    now=("przed chwilą",),
    counted_units={
        "godzinę": (1, "hours"), "minutę": (1, "minutes"), "dzień": (1, "days"), "tydzień": (1, "weeks"),
        "miesiąc": (1, "months"), "rok": (1, "years"),
    },
    numbers={
        "dwa": 2, "dwie": 2, "trzy": 3, "cztery": 4, "pięć": 5, "sześć": 6, "siedem": 7, "osiem": 8, "dziewięć": 9,
        "dziesięć": 10, "półtora": 1.5, "półtorej": 1.5,
    },
    halves=("pół",),
    ago_after=("temu",),
    updated=("zaktualizowan",),
    published=("opublikowan",),
    # Lines that are not the article's
    leads_elsewhere=("czytaj (?:też|także|więcej)", "zobacz (?:też|także)"),
    date_labels=("opublikowano",),
    # Pages that are no article
    we=(
        r"\bmy\b", r"\bnasz\w*", r"\bnas\b", r"\bnam\b",
        r"\b(?:chcemy|cenimy|dbamy|gromadzimy|korzystamy|możemy|potrzebujemy|prosimy)\b",
        r"\b(?:przetwarzamy|stosujemy|szanujemy|używamy|wykorzystujemy|zbieramy)\b", "t[aey]j? stron",
    ),
    you=(
        r"\btw[oó]j\w*", r"\btwoi\w*", r"\bcię\b", r"\bciebie\b", r"(?-i:\bPaństw)", "możesz", r"\bswoj\w+",
        "klikając", "zgadzasz",
    ),
    leads_on=(
        r"przekierowanie[\s.…]*$",
        r"przekierowywanie[\s.…]*$",
        "(?:za chwilę )?(?:zostaniesz|zostaną państwo) (?:automatycznie )?przekierowan",
        "(?:ta )?strona została przeniesiona",
        r"opuszczasz\b",
    ),
    page_names=("strona",),
    not_found=(
        "nie znaleziono", "nie istnieje", "nie została znaleziona", "nie jest (?:już )?dostępn",
        "został[aoy]? usunięt",
    ),
    withdrawn=(
        "(?:ten artykuł|ta strona|ta treść|ten materiał) (?:został|nie|już)[^.]{0,30}"
        "(?:usunięt|wycofan|istnieje|dostępn)",
        r"(?:strona|strony|artykuł\w*),? któr\w+ (?:szukasz|próbujesz)",
    ),
    log_in=("zaloguj",),
    offers=(
        "subskry", "prenumer", "anulow|rezygn", "nieograniczon", "zaloguj", "konto|konta", "newsletter",
        "czytaj dalej|czytać dalej", "miesięcznie|za miesiąc", "hasł", "adres e-mail", "ofert",
    ),
    consent=(
        "cookies?", "ciastecz", "prywatnoś", r"\bzg[oó]d(?:a|ę|y|ą|zie)?\b", "zgadza", "akcept", "odrzu", "odmów",
        "dan(?:e|ych) osobow", "partner", "reklam", "preferencj", "przetwarza", r"uzasadnion\w+ interes", "urządzeni",
        "profilow", "ustawieni",
    ),
    barred=(
        "adblock", r"blokow\w+ reklam", "(?:niedostępn|nie jest dostępn)[^.]{0,20} w (?:twoim|państwa)",
        "twoim (?:kraju|regionie)", r"(?:ukończ|masz|skończ)\w*[^.]{0,15} (?:16|18) lat", "pełnoletn",
        r"konserwac|prac\w* techniczn|przerw\w* techniczn", "wkrótce wrac|niedługo wrac", "spróbuj[^.]{0,20} później",
        "nie jesteś robotem|nie jestem robotem", "captcha", "przeglądark", "javascript",
    ),
)
