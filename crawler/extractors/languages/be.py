"""What the extractors know of Belarusian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, units

# fmt: off
LANGUAGE = Language(
    code="be",
    name="Belarusian",
    # Its writing
    letters="анаіорцетслкдмяыузпьвйгчбхжшюёўэф",
    sister_of="ru",
    own_letters="[ў]",
    # Bylines
    and_words=("і", "ды"),
    # Dates
    days_ago={"сёння": 0, "учора": 1},
    units=units(
        seconds=("секунд",), minutes=("хвілін",), hours=("гадзін",), days=("дзень", "дні", "дзён"),
        weeks=("тыдзень", "тыдні", "тыдняў"), months=("месяц",), years=("год", "гады", "гадоў"),
    ),
    ago_after=("таму",),
    counted_units={"гадзіну": (1, "hours"), "хвіліну": (1, "minutes")},
    # Lines that are not the article's
    leads_elsewhere=("чытайце таксама",),
)
