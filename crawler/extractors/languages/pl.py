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
    leads_on=(
        r"przekierowanie[\s.…]*$",
        r"przekierowywanie[\s.…]*$",
        "(?:za chwilę )?(?:zostaniesz|zostaną państwo) (?:automatycznie )?przekierowan",
        "(?:ta )?strona została przeniesiona",
        r"opuszczasz\b",
    ),
    page_names=("strona",),
    not_found=("nie znaleziono", "nie istnieje"),
    log_in=("zaloguj",),
)
