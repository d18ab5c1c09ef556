"""What the extractors know of Croatian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months

# fmt: off
LANGUAGE = Language(
    code="hr",
    name="Croatian",
    # Its writing
    letters="čšžćđ",
    common_words="i u je na se da za su od koji s o kao ne sa iz što nije bi ili",
    # Dates
    months=months(
        "siječnja", "veljače", "ožujka", "travnja", "svibnja", "lipnja", "srpnja", "kolovoza", "rujna", "",
        "studenoga", "prosinca",
    ),
)
