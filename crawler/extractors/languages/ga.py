"""What the extractors know of Irish."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="ga",
    name="Irish",
    # Its writing
    letters="áéíóúḃċḋḟġṁṗṡṫ",
    common_words="an na ar agus a i is go ag le do bhi sin ach mar raibh leis",
    # Bylines
    and_words=("agus",),
)
