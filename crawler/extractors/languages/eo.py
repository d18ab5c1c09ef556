"""What the extractors know of Esperanto."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="eo",
    name="Esperanto",
    # Its writing
    letters="ĉĝŭŝĥĵ",
    common_words="la kaj de en al estas ne mi li ke por kun sed oni kiu estis el",
)
