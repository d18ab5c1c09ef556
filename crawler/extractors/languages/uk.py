"""What the extractors know of Ukrainian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="uk",
    name="Ukrainian",
    # Its writing
    letters="оанивітерслкдумпязьбгчхйжюшцєїщфґ'",
    sister_of="ru",
    own_letters="[іїєґ]",
    # Bylines
    author_labels_with_colon=("текст",),
    author_labels_in_byline=("автори",),
    and_words=("та", "і", "й"),
    # Dates
    months=months(
        "січня січ", "лютого лют", "березня бер", "квітня квіт", "травня трав", "червня черв", "липня лип",
        "серпня серп", "вересня вер", "жовтня жовт", "листопада", "грудня груд",
    ),
    at_words=("о",),
    days_ago={"сьогодні": 0, "вчора": 1, "учора": 1, "позавчора": 2},
    units=units(
        seconds=("секунд",), minutes=("хвилин", "хв"), hours=("годин",), days=("день", "дні", "днів", "дня"),
        weeks=("тиждень", "тижні", "тижнів"), months=("місяць", "місяці", "місяців"),
        years=("рік", "роки", "років"),
    ),
    now=("щойно",),
    counted_units={
        "годину": (1, "hours"), "хвилину": (1, "minutes"), "день": (1, "days"), "тиждень": (1, "weeks"),
        "місяць": (1, "months"), "рік": (1, "years"),
    },
    numbers={
        "дві": 2, "два": 2, "три": 3, "чотири": 4, "п'ять": 5, "п’ять": 5, "шість": 6, "сім": 7, "вісім": 8,
        "дев'ять": 9, "дев’ять": 9, "десять": 10,
    },
    halves=("пів",),
    ago_after=("тому",),
    updated=("оновлен",),
    published=("опубліков",),
    # Pages that are no article
    leads_on=(
        r"перенаправлення[\s.…]*$",
        "(?:вас|ви) (?:буде |будете )?(?:автоматично )?перенаправ",
        "сторінку (?:було )?переміщено",
        r"ви (?:залишаєте|покидаєте|переходите)\b",
    ),
    not_found=("не існує", "не знайден"),
)
