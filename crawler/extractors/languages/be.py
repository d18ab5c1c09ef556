"""What the extractors know of Belarusian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="be",
    name="Belarusian",
    # Its writing
    letters="анаіорцетслкдмяыузпьвйгчбхжшюёўэф",
    sister_of="ru",
    own_letters="[ў]",
)
