"""What the extractors know of Hebrew."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="he",
    name="Hebrew",
    # Its writing
    letters="יוהלאמרתבשנעםדקחפכטגזסצןךףץ",
    script="[א-ת]",
    # Bylines
    author_labels_in_byline=("מאת",),
    # Dates
    months=months(
        "ינואר בינואר", "פברואר בפברואר", "מרץ במרץ", "אפריל באפריל", "מאי במאי", "יוני ביוני", "יולי ביולי",
        "אוגוסט באוגוסט", "ספטמבר בספטמבר", "אוקטובר באוקטובר", "נובמבר בנובמבר", "דצמבר בדצמבר",
    ),
    days_ago={"היום": 0, "אתמול": 1, "שלשום": 2},
    units=units(
        seconds=("שניות", "שנייה"), minutes=("דקות", "דקה"), hours=("שעות", "שעה"), days=("ימים", "יום"),
        weeks=("שבועות", "שבוע"), months=("חודשים", "חודש"), years=("שנים", "שנה"),
    ),
    ago_before=("לפני",),
    counted_units={
        "דקה": (1, "minutes"), "שעה": (1, "hours"), "יום": (1, "days"), "שבוע": (1, "weeks"), "חודש": (1, "months"),
        "שנה": (1, "years"), "שעתיים": (2, "hours"), "יומיים": (2, "days"), "שבועיים": (2, "weeks"),
        "חודשיים": (2, "months"), "שנתיים": (2, "years"),
    },
    and_units=("ו-?",),
    halves=("חצי",),
    updated=("עודכן",),
    published=("פורסם",),
    # Lines that are not the article's
    leads_elsewhere=("קראו (?:גם|עוד)",),
    # Pages that are no article
    leads_on=("מפנה מחדש|מעביר אותך", "הדף (?:הועבר|עבר)", "(?:אתה|הנך) (?:עוזב|עומד לעזוב)"),
    not_found=("לא נמצאה?", "אינו קיים", "אינה קיימת", "הוסר(?:ה)?"),
)
