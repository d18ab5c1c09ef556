"""What the extractors know of Italian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="it",
    name="Italian",
    # Its writing
    letters="èàùòìéî",
    common_words="il di che la e in un per del con non una le si della dei sono al ha da",
    # Bylines
    by=("di",),
    by_or_of=("da",),
    written_by=("scritto da",),
    reported_by=("dal(?:la)? nostr[oa] (?:corrispondente|inviat[oa])",),
    text_kinds=("articolo",),
    articles=("una",),
    author_labels=("autore", "testo"),
    author_labels_in_byline=("autori", "foto"),
    author_headings=("autore",),
    and_words=("e", "con"),
    roles=("giornalista", "inviat[oa]", "redattore", "redattrice"),
    not_names=("agenzie", "con", "et", "redazione"),
    not_in_names=(r"\sdi$",),
    organisations=("agenzia",),
    credit_words=("foto",),
    contributed=("con la collaborazione di", "tradu(?:zione|otto) (?:di|da)"),
    picture_words=("foto",),
    particles=("da", "de", "del", "della", "di", "la"),
    profile_folders=("autori",),
    # Dates
    months=months(
        "gennaio gen", "febbraio feb", "marzo mar", "aprile apr", "maggio mag", "giugno giu", "luglio lug",
        "agosto ago", "settembre set", "ottobre ott", "novembre nov", "dicembre dic",
    ),
    of_words=("di",),
    at_words=("alle", "ore"),
    days_ago={"oggi": 0, "ieri": 1, "l'altro ieri": 2, "l’altro ieri": 2},
    units=units(
        seconds=("secondo",), minutes=("minuto",), hours=("ora", "ore"), days=("giorno", "giorni"),
        weeks=("settimana",), months=("mese", "mesi"), years=("anno", "anni"),
    ),
    now=("proprio ora",),
    numbers={
        "due": 2, "tre": 3, "quattro": 4, "cinque": 5, "sei": 6, "sette": 7, "otto": 8, "nove": 9, "dieci": 10,
        "undici": 11, "dodici": 12,
    },
    and_a_half=("e mezz[ao]",),
    halves=("mezz(?:['’]|[ao])",),
    one=("un", "un'", "un’", "una", "uno"),
    ago_before=("fa",),
    ago_after=("fa",),
    updated=("aggiorna",),
    published=("pubblicat",),
    # Lines that are not the article's
    leads_to_stories=("leggi anche",),
    closings=(
        r"^fonte\s*[:：]",
        r"^puoi (?:lasciare|seguire)\b[^.]{0,60}(?:commento|feed|rispost|rss)",
        r"^(?:questo articolo|questa voce) è stat[oa] (?:inserit|pubblicat|scritt)[oa]\b",
    ),
    date_labels=("aggiornato", "pubblicato"),
    on_words=("il",),
    line_labels=("fonte", "foto"),
    reading_time=("tempo di lettura",),
    minutes=(r"min(?:uti)?\b",),
    is_words=("è",),
    a_words=("un", "una", "uno", "la"),
    # Pages that are no article
    we=(r"\bnoi\b", r"\bnostr[aeio]\b", r"\b\w{3,}iamo\b", "questo sito"),
    you=(
        r"\btu[aeo]\b", r"\btuoi\b", r"\btu\b", r"\bvoi\b", r"\bvostr[aeio]\b", r"\bti\b", r"\bpuoi\b",
        "(?-i:(?<=[a-z,] )(?:Lei|Su[aeo]|Suoi))",
    ),
    leads_on=(
        r"reindirizzamento(?: a\b.*)?(?: in corso)?[\s.…]*$",
        "(?:stai per essere|sarai|verrai|sarete) (?:automaticamente )?reindirizzat[oi]",
        "(?:questa|la) pagina è stata spostata",
        r"stai (?:lasciando|per lasciare|uscendo)\b",
    ),
    page_names=("pagina",),
    not_found=(
        "non (?:è stat[ao] )?trovat[ao]", "non esiste(?: più)?",
        "non (?:è )?più (?:disponibile|online|raggiungibile)", "è stat[ao] (?:rimoss|cancellat|eliminat)[ao]",
    ),
    withdrawn=(
        "quest[oa] ?.?(?:articolo|pagina|contenuto|notizia) (?:è|non)[^.]{0,30}"
        "(?:rimoss|cancellat|eliminat|ritirat|più|disponibile)",
        "(?:pagina|articolo|contenuto) (?:che )?(?:stai|cercat|stavi|richiest)",
    ),
    log_in=("accedi", "abbonati"),
    offers=(
        "abbon", "disdi", "illimitat", "acced[ei]", "registra", "account", "newsletter", "continua(?:re)? a leggere",
        "edizione digitale", "al (?:mese|anno)", "prova gratuita|offerta", "password", "indirizzo e-?mail",
    ),
    consent=(
        "cookies?", "privacy", "consens", "acconsent", "informativa", "accett", "rifiut", "dati personali",
        "tuoi dati", "partner", "pubblicit", "preferenze", "finalità", "terz[ei] parti", "tracciament",
        "interesse legittimo", "legittimo interesse", "profilazione", "dispositivo", "tue scelte",
    ),
    barred=(
        "ad[- ]?block(?:er)?", "blocco (?:delle )?pubblicità", "non (?:è )?disponibile nel (?:tuo|suo)",
        "(?:tuo|suo) paese|tua (?:regione|area)", "(?:almeno|più di|meno di|maggiore di|avere) (?:16|18) anni",
        "maggiorenn", "(?:tua età|data di nascita)", "manutenzione",
        "torn(?:iamo|eremo|erà) (?:presto|subito|online)", "riprova[^.]{0,20} più tardi",
        "traffico (?:insolito|anomalo)", "non (?:sei|sono) un robot", "captcha", "tuo browser", "javascript",
    ),
    javascript_before=("abilita(?:re)?",),
    javascript_after=("abilita",),
    # Pictures
    credit_labels=("foto",),
    # Names in class and id
    comment_names=("commenti",),
    lead_names=("occhiello", "sommario"),
    author_names=("autore",),
    kicker_names=("occhiello",),
)
