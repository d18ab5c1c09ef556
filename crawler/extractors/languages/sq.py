"""What the extractors know of Albanian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, units

# fmt: off
LANGUAGE = Language(
    code="sq",
    name="Albanian",
    # Its writing
    letters="ëç",
    common_words="e dhe i se me per nga si ka do ne nje ishte por tij kjo",
    # Bylines
    and_words=("dhe",),
    # Dates
    days_ago={"sot": 0, "dje": 1},
    units=units(
        seconds=("sekond",), minutes=("minut",), hours=("orë",), days=("ditë",), weeks=("javë",), months=("muaj",),
        years=("vit", "vjet"),
    ),
    ago_after=("më parë",),
    # Lines that are not the article's
    leads_elsewhere=("lexo (?:edhe|më shumë)",),
)
