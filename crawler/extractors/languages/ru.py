"""What the extractors know of Russian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="ru",
    name="Russian",
    # Its writing
    letters="оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    script="[а-яё]",
    # Bylines
    by=("автор",),
    author_labels_with_colon=("текст",),
    and_words=("и",),
    roles=("журналист", "корреспондент", "обозреватель", "редактор"),
    profile_folders=("avtor[sy]?",),
    # Dates
    months=months(
        "января январь янв", "февраля февраль фев", "марта март мар", "апреля апрель апр", "мая май",
        "июня июнь июн", "июля июль июл", "августа август авг", "сентября сентябрь сен сент", "октября октябрь окт",
        "ноября ноябрь ноя", "декабря декабрь дек",
    ),
    at_words=("в",),
    zones={"мск": 3},
    days_ago={"сегодня": 0, "вчера": 1, "позавчера": 2},
    now=("только что",),
    units=units(
        seconds=("секунд", "сек"), minutes=("минут", "мин"), hours=("час",), days=("день", "дня", "дней", "дн"),
        weeks=("недел", "нед"), months=("месяц", "мес"), years=("год", "года", "лет"),
    ),
    counted_units={
        "час": (1, "hours"), "минуту": (1, "minutes"), "секунду": (1, "seconds"), "день": (1, "days"),
        "неделю": (1, "weeks"), "месяц": (1, "months"), "год": (1, "years"),
    },
    numbers={
        "два": 2, "две": 2, "три": 3, "четыре": 4, "пять": 5, "шесть": 6, "семь": 7, "восемь": 8, "девять": 9,
        "десять": 10, "полтора": 1.5, "полторы": 1.5,
    },
    halves=("пол",),
    short_units=units(hours=("ч",)),
    one=("один", "одну"),
    ago_after=("назад",),
    updated=("обновл", "изменен"),
    published=("опубликован",),
    # Lines that are not the article's
    leads_elsewhere=("читайте (?:также|ещё|еще)",),
    date_labels=("обновлено", "опубликовано"),
    minutes=("мин",),
    # Pages that are no article
    leads_on=(
        r"перенаправление[\s.…]*$",
        "(?:сейчас )?(?:вы будете|вас) (?:автоматически )?перенаправ",
        "страница (?:была )?(?:перемещена|переехала)",
        r"вы (?:покидаете|переходите|уходите)\b",
    ),
    not_found=("не найден", "не существует"),
    log_in=("войти", "войдите", "подписчик", "авториз"),
    javascript_before=("включите",),
    javascript_after=("включ", "отключ"),
)
