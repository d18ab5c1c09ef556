"""What the extractors know of Persian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

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
    and_words=("و",),
    # Dates
    months=months(
        "ژانویه", "فوریه", "", "آوریل", "", "ژوئن", "ژوئیه", "اوت", "سپتامبر", "اکتبر", "نوامبر", "دسامبر",
    ),
    days_ago={"امروز": 0, "دیروز": 1, "پریروز": 2},
    units=units(
        seconds=("ثانیه",), minutes=("دقیقه",), hours=("ساعت",), days=("روز",), weeks=("هفته",), months=("ماه",),
        years=("سال",),
    ),
    ago_after=("پیش", "قبل"),
    halves=("نیم",),
    one=("یک",),
    # Lines that are not the article's
    leads_elsewhere=("بیشتر بخوانید", "همچنین بخوانید"),
    # Pages that are no article
    not_found=("یافت نشد", "پیدا نشد", "وجود ندارد"),
)
