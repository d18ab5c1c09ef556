"""What the extractors know of Serbian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months

# fmt: off
LANGUAGE = Language(
    code="sr",
    name="Serbian",
    # Its writing
    letters="аоиенртсјкувдмпглзбчцхшжњћљђфџ",
    sister_of="ru",
    own_letters="[ђјљњћџ]",
    # Bylines
    and_words=("и",),
    # Dates
    months=months(
        "јануар", "фебруар", "март", "април", "мај", "јун", "јул", "август", "септембар", "октобар", "новембар",
        "децембар",
    ),
    # Lines that are not the article's
    leads_elsewhere=("прочитајте (?:и|још)", "pročitajte (?:i|još)", "čitajte (?:i|još)"),
    # Pages that are no article
    not_found=("није пронађен", "nije pronađen", "не постоји", "ne postoji"),
)
