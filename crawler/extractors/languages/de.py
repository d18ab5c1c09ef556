"""What the extractors know of German."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="de",
    name="German",
    # Its writing
    letters="üäöß",
    common_words="der die und in den von zu das mit sich des auf ist im dem nicht ein eine als auch",
    # Bylines
    by=("von",),
    written_by=("verfasst von",),
    reported_by=(r"aus\s+\w+\s+bericht(?:et|en)",),
    text_kinds=("analyse", "gastbeitrag", "interview", "kommentar", "report", "reportage"),
    articles=("eine?",),
    author_labels=("autor", "autorin/autor", "text"),
    author_labels_with_colon=("reporter",),
    author_labels_in_byline=("autorin", "foto", "quelle"),
    author_headings=("autor",),
    and_words=("und", "mit", "sowie", r"u\."),
    from_words=("aus", "in"),
    roles=(
        "autorin", "chefredakteur(?:in)?", "journalisten", "korrespondent(?:in)?", "redakteur(?:in)?", "reporterin",
        "ressortleiter(?:in)?", "volontär(?:in)?",
    ),
    not_names=("agenturen", "autor", "mehr", "mit", "red", "redaktion", "und", "von"),
    not_in_names=(r"\svon$",),
    organisations=("agentur", "gmbh", "nachrichten", "redaktion", "zeitung"),
    credit_words=("bild", "fotos?", "grafik"),
    contributed=(
        "(?:unter |redaktionelle )?mitarbeit(?::| von)", "redaktion:", "bearbeitet von",
        r"(?:aus dem \w+ )?übersetz(?:t|ung)(?::| von)",
    ),
    picture_words=("bild(?:er)?", "fotos?", "grafik"),
    particles=("der", "vom", "von", "zu", "zum", "zur"),
    profile_folders=("autor(?:en|in)?", "(?:die-)?redaktion", "journalisten", "kolumnisten", "redakteure?"),
    # Dates
    months=months(
        "januar jänner jan.", "februar feber feb", "märz mrz", "april apr", "mai", "juni jun", "juli jul",
        "august aug", "september sept sep", "oktober okt", "november nov", "dezember dez",
    ),
    at_words=("um",),
    clock_words=("uhr",),
    zones={"mez": 1, "mesz": 2},
    days_ago={"heute": 0, "gestern": 1, "vorgestern": 2},
    now=("gerade eben",),
    units=units(
        seconds=("sekunde", "sek"), minutes=("minute", "minuten"), hours=("stunde", "std"), days=("tag",),
        weeks=("woche",), months=("monat",), years=("jahr",),
    ),
    numbers={
        "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10,
        "elf": 11, "zwölf": 12, "anderthalb": 1.5, "eineinhalb": 1.5,
    },
    halves=("eine[rmn] halben", "halben"),
    one=("eine", "einem", "einen", "einer"),
    ago_before=("vor",),
    updated=("aktualisier", r"\bakt\.", r"\bstand:"),
    published=("veröffentlicht", "erschienen"),
    # Lines that are not the article's
    leads_elsewhere=(
        "anzeige$", "empfehlungen aus der redaktion", "externer inhalt", r"lesen sie\b", "lies auch",
        r"mehr (?:dazu|lesen|zu)\b", r"noch mehr infos\b", "empfohlener redaktioneller inhalt",
        "lest den originalartikel", "weiterlesen", "werbung", ">> ", "zur startseite", r"zum weiterlesen\W*$",
    ),
    leads_to_stories=(
        "auch interessant",
        "das könnte sie",
        "das (?:thema )?könnte (?:dich|euch) auch (?:gefallen|interessieren)",
        "mehr zum thema",
    ),
    opens_stories=("weitere (?:artikel|beiträge|meldungen|themen)",),
    opens_author=("über (?:den autor|die autorin|die autoren)",),
    notices=(
        "sind affiliate[- ]links?",
        "aktivieren sie javascript",
        "externen inhalt von",
        r"inhalte von \w+ angezeigt",
        "drittplattformen",
        r"\d+ (?:wochen|monate) (?:kostenlos|gratis) (?:lesen|testen)",
        "ein klick für den datenschutz",
        r"(?:hier geht es zur|laden sie (?:sich )?(?:hier )?die) [^.]{0,40}\bapp\b",
    ),
    closings=(
        r"^quelle\s*[:：]", r"^(?:mit material|mit agenturmaterial)[\W\w]{0,30}$",
        r"^(?:sie können|du kannst|ihr könnt) (?:alle )?[^.]{0,60}(?:antwort|eintrag|kommentar|rss)",
        r"^dieser (?:artikel|beitrag|eintrag) (?:ist|wurde) (?:am|in|unter|von)\b",
        r"\babgelegt (?:in|unter)\b",
        r"^(?:kommentare|kommentarfunktion)[^.]{0,40}(?:geschlossen|deaktiviert)",
        r"^hat (?:dir|euch|ihnen) (?:der|die|das|dieser?|dieses|unser)\b[^.]{0,40}gefallen\?",
        r"^gefällt (?:dir|euch|ihnen) (?:der|die|das|dieser?|dieses|unser)\b[^.]{0,40}\?",
        r"^möchten sie (?:den|diesen) (?:artikel|beitrag) teilen",
        "meinung ist uns wichtig",
        r"^die aktuelle ausgabe\b",
        r"^\W*noch keine bewertungen",
    ),
    date_labels=("aktualisiert", "am", "stand", "veröffentlicht"),
    on_words=("am",),
    line_labels=("fotos?", "quelle", "stand", "text", "von"),
    reading_time=("lesedauer", "lesezeit"),
    minutes=(r"min(?:uten?)?\b",),
    is_words=("ist", "war"),
    a_words=("ein", "eine", "der", "die"),
    # Pages that are no article
    we=(r"\bwir\b", r"\bunser(?:e[mnrs]?)?\b", r"\buns\b", "diese[rs]? (?:web)?(?:seite|site)"),
    you=(
        r"(?-i:(?<=[a-zäöüß,;:–-] )(?:Sie|Ihnen|Ihr(?:e[mnrs]?)?)\b)",
        r"(?-i:\bSie) (?:dürfen|haben|können|möchten|müssen|sind)", r"\bdu\b", r"\bdein(?:e[mnrs]?)?\b",
        r"\bdi(?:ch|r)\b", r"\beu(?:ch|er|re[mnrs]?)\b",
    ),
    leads_on=(
        r"weiterleitung(?: zu\b.*)?[\s.…]*$",
        "sie werden (?:in kürze |gleich |jetzt |automatisch |nun )*(?:weitergeleitet|umgeleitet)",
        "(?:diese )?(?:seite|artikel) (?:ist|wurde) (?:um)?(?:ge)?zogen|(?:diese )?seite wurde verschoben",
        r"sie verlassen (?:jetzt |nun |gerade |hiermit )*(?:diese|die|unsere?|den|das|unser)\b",
    ),
    page_names=("seite",),
    not_found=(
        "nicht gefunden", "nicht mehr verfügbar", "existiert (?:leider )?nicht",
        "nicht (?:mehr )?(?:existier|vorhanden|auffindbar|erreichbar)",
        "(?:seite|artikel) (?:ist|wurde) (?:leider )?(?:gelöscht|entfernt)",
        "(?:seite|artikel|inhalt|beitrag) gibt es (?:leider )?nicht",
    ),
    withdrawn=(
        "diese[rs]? (?:artikel|beitrag|seite|inhalt|text|meldung|bericht) "
        "(?:ist|wurde|steht|existiert|kann|gibt)[^.]{0,40}"
        "(?:nicht|gelöscht|entfernt|zurückgezogen|depubliziert|offline|abgelaufen)",
        "(?:angeforderte|gesuchte|aufgerufene|gewünschte)[nrs]? (?:seite|artikel|inhalt|beitrag)",
    ),
    log_in=("anmelden", "einloggen", "passwort", "abonnenten", "jetzt (?:testen|abonnieren)"),
    offers=(
        r"\babo", "abonn", "kündbar|kündigen", "probemonat", "kostenlos (?:testen|registrieren)",
        "anmelden|einloggen|registrier", "melden sie sich", "unbegrenzt|unbeschränkt", "zugang|zugriff",
        "e-paper|digitalausgabe", "newsletter", "weiterlesen", "(?:pro|im|/) ?(?:monat|woche|jahr)", "monatlich",
        "passwort", "e-mail-adresse", "zahlung", "angebot",
    ),
    consent=(
        "cookies?", "privatsphäre", "privacy", "einwillig", "zustimm", "(?:akzeptieren|ablehnen)", "tracking",
        "personenbezogen", "werbung",
        "anzeigen", r"partnern?\b", "drittanbieter", r"\bpur\b", "endgerät", r"berechtigte\w* interesse", "widerruf",
        "daten", "präferenzen", "einstellungen", "bevor sie",
    ),
    barred=(
        "(?:ad|werbe)[- ]?block(?:er|ers)?", "nicht verfügbar", "in ihre[mr] (?:land|region)",
        "(?:mindestens|über|unter) (?:16|18) jahr", "volljährig", "ihr (?:alter|geburtsdatum)",
        "wartung(?:sarbeiten)?", "gleich (?:zurück|wieder)", "versuchen sie es (?:später|in)",
        "ungewöhnliche[nr]? (?:datenverkehr|aktivität)", "automatisierte[nr]? (?:zugriff|anfrage)", "kein roboter",
        "captcha", "ihr(?:en|em)? browser", "sicherheits(?:prüfung|überprüfung)", "javascript",
    ),
    robot_check=("sicherheits(?:prüfung|überprüfung)", "(?:sind sie|bist du) ein (?:mensch|roboter)"),
    javascript_before=("aktivieren",),
    javascript_after=("aktivier",),
    # Pictures
    credit_labels=("foto", "bild", "fotograf"),
    credit_labels_in_caption=("quelle",),
    advert_paths=("werbung",),
    # Names in class and id
    comment_names=("kommentare?",),
    doubtful_names=("rubrik",),
    lead_names=("anriss", "vorspann"),
    caption_names=("absatzbild__info", "bildunterschrift", "bildtext"),
    author_names=("autor", "redakteur"),
    date_names=("datum",),
    kicker_names=("dach-?zeile", "rubrik", "spitzmarke"),
)
