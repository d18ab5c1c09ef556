"""What the extractors know of Northern Sami."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="se",
    name="Northern Sami",
    # Its writing
    letters="áčđšžŋŧ",
    common_words="ja lea mii dat leat go maid ahte leai mun don son",
)
