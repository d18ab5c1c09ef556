"""What the extractors know of Albanian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="sq",
    name="Albanian",
    # Its writing
    letters="ëç",
    common_words="e dhe i se me per nga si ka do ne nje ishte por tij kjo",
)
