"""What the extractors know of Armenian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language

# fmt: off
LANGUAGE = Language(
    code="hy",
    name="Armenian",
    # Its writing
    script="[ա-ֆ]",
    # Lines that are not the article's
    leads_elsewhere=("կարդացեք նաև",),
)
