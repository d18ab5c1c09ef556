"""What the extractors know of Hebrew."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months

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
    updated=("עודכן",),
    published=("פורסם",),
    # Pages that are no article
    leads_on=("מפנה מחדש|מעביר אותך", "הדף (?:הועבר|עבר)", "(?:אתה|הנך) (?:עוזב|עומד לעזוב)"),
    not_found=("לא נמצא", "אינו קיים"),
)
