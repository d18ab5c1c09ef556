"""What the extractors know of Afrikaans."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="af",
    name="Afrikaans",
    # Its writing
    letters="êëéôûï",
    common_words="die van en het in is dat te nie vir met op wat aan was sy om ook as",
)
