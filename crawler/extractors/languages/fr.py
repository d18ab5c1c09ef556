"""What the extractors know of French."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="fr",
    name="French",
    # Its writing
    letters="éèàêçôîûùâëïœü",
    common_words="de la le les des et est un une a en il qu dans que pour qui sur au pas par du plus ce avec",
    # Bylines
    by=("par",),
    by_or_of=("de",),
    written_by=("écrit par",),
    reported_by=("propos recueillis par",),
    text_kinds=("analyse", "chronique", "entretien", "interview", "reportage"),
    articles=("une?",),
    author_labels=("auteur", "texte"),
    author_labels_in_byline=("auteurs",),
    author_headings=("auteurs?",),
    and_words=("et", "avec"),
    from_words=("à", "en"),
    roles=("correspondante?", "envoyée?", "journaliste", "rédacteur", "rédactrice", "spéciale?"),
    not_names=("auteurs?", "avec", "et", "par", "publi[ée]e?", "rédaction"),
    not_in_names=(r"\s(?:de|par)$",),
    organisations=("agence", "rédaction"),
    contributed=(
        "avec la (?:contribution|collaboration) de", "édit(?:é|ion)(?: par|:)",
        r"tradu(?:it|ction)(?: \w+ \w+)?(?: par|:)",
    ),
    particles=("de", "du", "la", "le"),
    profile_folders=("auteurs?", "journaliste"),
    # Dates
    months=months(
        "janvier janv", "février fevrier févr fév", "mars", "avril avr", "mai", "juin", "juillet juil", "août aout",
        "septembre sept", "octobre oct", "novembre nov", "décembre decembre déc",
    ),
    of_words=("de",),
    ordinals=("er",),
    at_words=("à", "de", "h"),
    days_ago={"aujourd'hui": 0, "aujourd’hui": 0, "hier": 1, "avant-hier": 2},
    now=("à l'instant",),
    units=units(
        seconds=("seconde",), minutes=("minute",), hours=("heure",), days=("jour",), weeks=("semaine",),
        months=("mois",), years=("an",),
    ),
    numbers={
        "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9, "dix": 10,
        "onze": 11, "douze": 12,
    },
    and_a_half=("et demie?",),
    halves=("une? demi[ -]?",),
    short_units=units(days=("j",)),
    one=("un", "une"),
    ago_before=("il y a",),
    updated=("mise? à jour", "modif"),
    published=("publié", "paru"),
    # Lines that are not the article's
    leads_elsewhere=("lire aussi", r"à lire\b"),
    opens_stories=("à lire aussi", "articles? (?:liés|récents|similaires)", "sur le même sujet"),
    closings=(
        r"^vous pouvez (?:suivre|laisser|faire)\b[^.]{0,60}(?:commentaire|fil|réponse|rss)",
        r"^(?:cet article|cette entrée|ce billet) a été (?:publié|posté|rédigé)e?\b",
        r"^les commentaires (?:et [^.]{0,20})?sont (?:fermés|désactivés)",
    ),
    opens_author=("à propos de l.auteure?",),
    notices=("activer javascript",),
    date_labels=("mis à jour", "publié"),
    on_words=("le",),
    line_labels=("crédits? photos?", "par"),
    reading_time=("temps de lecture",),
    minutes=(r"min(?:utes?)?\b",),
    is_words=("est",),
    a_words=("un", "une", "le", "la"),
    # Pages that are no article
    we=(r"\bnous\b", r"\bnos\b", r"\bnotre\b", "ce site"),
    you=(r"\bvous\b", r"\bvos\b", r"\bvotre\b", r"\btu\b", r"\btes\b", r"\bton\b"),
    leads_on=(
        r"redirection(?: vers\b.*)?(?: en cours)?[\s.…]*$",
        "vous (?:allez être|êtes|serez) (?:automatiquement )?redirigé",
        "(?:cette|la) page a été déplacée",
        r"vous (?:quittez|allez quitter|êtes sur le point de quitter)\b",
    ),
    not_found=(
        "introuvable", "n.existe (?:pas|plus)", "n.est plus (?:disponible|accessible|en ligne)",
        "n.a pas (?:pu être|été) trouvée?", "a été (?:supprimée?|retirée?|dépubliée?)", "page non trouvée",
    ),
    withdrawn=(
        "(?:cet article|ce contenu|cette page|ce texte) (?:a été|n.est|n.existe|est)[^.]{0,30}"
        "(?:supprimé|retiré|dépublié|plus|pas|indisponible|expiré|introuvable)",
        "(?:page|article|contenu) (?:que vous )?(?:recherche[rz]|demandez?|demandée?|recherchée?|souhaitez)",
    ),
    log_in=("connectez-vous", "se connecter", "réservé aux abonnés", "mot de passe"),
    offers=(
        "abonn", "sans engagement", "résili", "illimité", "(?:connect|inscri)ez-vous|se connecter",
        "créer un compte|compte gratuit", "newsletter|infolettre", "lire la suite|poursuivre (?:la|votre) lecture",
        "édition numérique", r"(?:par|/) ?(?:mois|semaine|an)\b", "essai gratuit|offre", "mot de passe",
        "adresse e-?mail", "paiement",
    ),
    consent=(
        "cookies?", "traceurs?", "vie privée", "confidentialité", "consent", "accepter",
        "refuse[rz]", "données", "partenaires", "publicité", "finalités", "intérêts? légitimes?",
        "vos (?:choix|préférences)", "préférences", "audience", "terminal",
    ),
    barred=(
        "bloqueurs? de (?:publicité|pub)", "adblock",
        "(?:pas|plus) (?:disponible|accessible)[^.]{0,20} (?:dans|depuis) (?:votre|l.espace)",
        "votre (?:pays|région|territoire)", "(?:plus de|moins de|au moins|avoir) (?:16|18) ans", "majeure?",
        "votre (?:âge|date de naissance)", "maintenance", "de retour (?:bientôt|très vite|dans)",
        "(?:réessayer|revenir)[^.]{0,20} plus tard", "trafic (?:inhabituel|anormal)",
        "(?:pas|êtes) un (?:robot|humain)", "captcha", "votre navigateur", "javascript", "vérification de sécurité",
    ),
    robot_check=("vérification de sécurité", "êtes-vous un (?:robot|humain)"),
    javascript_before=("activer",),
    javascript_after=("activ",),
    # Pictures
    credit_labels_in_caption=("crédit", "crédits photo"),
    credit_labels_of_line=("crédit photo",),
    # Names in class and id
    comment_names=("commentaires?",),
    lead_names=("chapeau", "chapo"),
    author_names=("auteur",),
    kicker_names=("sur-?titre",),
)
