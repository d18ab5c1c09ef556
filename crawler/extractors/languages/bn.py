"""What the extractors know of Bengali."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="bn",
    name="Bengali",
    # Its writing
    script=r"[\u0985-\u09b9]",
    # Bylines
    and_words=("এবং", "ও"),
    # Dates
    months=months(
        "জানুয়ারি", "ফেব্রুয়ারি", "মার্চ", "এপ্রিল", "মে", "জুন", "জুলাই", "আগস্ট", "সেপ্টেম্বর", "অক্টোবর",
        "নভেম্বর", "ডিসেম্বর",
    ),
    days_ago={"আজ": 0, "গতকাল": 1},
    units=units(
        seconds=("সেকেন্ড",), minutes=("মিনিট",), hours=("ঘণ্টা", "ঘন্টা"), days=("দিন",), weeks=("সপ্তাহ",),
        months=("মাস",), years=("বছর",),
    ),
    ago_after=("আগে",),
    # Lines that are not the article's
    leads_elsewhere=("আরও পড়ুন", "আরো পড়ুন"),
)
