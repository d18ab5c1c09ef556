"""What the extractors know of Catalan."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, units

# fmt: off
LANGUAGE = Language(
    code="ca",
    name="Catalan",
    # Its writing
    letters="àéèóòíúçï·ü",
    common_words="el la de que i en els del per un amb una no es al les va als",
    # Bylines
    and_or_in=("i",),
    # Dates
    days_ago={"avui": 0, "ahir": 1},
    units=units(
        seconds=("segon",), minutes=("minut",), hours=("hora", "hores"), days=("dia", "dies"), weeks=("setman",),
        months=("mes", "mesos"), years=("any", "anys"),
    ),
    ago_before=("fa",),
    numbers={"dues": 2, "tres": 3},
    halves=("mitja",),
    # Lines that are not the article's
    leads_elsewhere=("llegiu també", "llegeix també"),
    # Pages that are no article
    we=(r"\bnosaltres\b", r"\bnostr[ae]s?\b", r"\b\w{3,}(?:em|im)\b"),
    you=(r"\bvosaltres\b", r"\bvostè\b", r"\bpots\b", r"\bteves?\b", r"\bteus?\b"),
    not_found=("no (?:s.ha )?trobad?[at]", "no existeix", "ja no (?:està|és) disponible"),
    consent=(
        "cookies?", "galetes?", "privacitat", "consent", "accept", "rebutj", "dades personals|teves dades", "socis",
        "publicitat|anuncis", "preferències", "tercers", "dispositiu",
    ),
)
