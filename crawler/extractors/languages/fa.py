"""What the extractors know of Persian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months

# fmt: off
LANGUAGE = Language(
    code="fa",
    name="Persian",
    # Its writing
    letters="ایرنودمتهسبلکشگعفزقخجپحصطآضذچثغظژئء",
    sister_of="ar",
    own_letters="[پچژگی]",
    # Bylines
    author_labels_in_byline=("نویسنده",),
    # Dates
    months=months(
        "ژانویه", "فوریه", "", "آوریل", "", "ژوئن", "ژوئیه", "اوت", "سپتامبر", "اکتبر", "نوامبر", "دسامبر",
    ),
)
