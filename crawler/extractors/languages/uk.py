"""What the extractors know of Ukrainian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months

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
    # Dates
    months=months(
        "січня січ", "лютого лют", "березня бер", "квітня квіт", "травня трав", "червня черв", "липня лип",
        "серпня серп", "вересня вер", "жовтня жовт", "листопада", "грудня груд",
    ),
    at_words=("о",),
    days_ago={"сьогодні": 0, "вчора": 1},
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
