"""What the extractors know of Hindi."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months

# fmt: off
LANGUAGE = Language(
    code="hi",
    name="Hindi",
    # Its writing
    script=r"[\u0904-\u0939]",
    # Dates
    months=months(
        "जनवरी", "फ़रवरी फरवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर सितम्बर", "अक्टूबर",
        "नवंबर नवम्बर", "दिसंबर दिसम्बर",
    ),
    # Pages that are no article
    not_found=("नहीं मिला",),
)
