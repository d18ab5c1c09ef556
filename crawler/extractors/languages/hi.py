"""What the extractors know of Hindi."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="hi",
    name="Hindi",
    # Its writing
    script=r"[\u0904-\u0939]",
    # Bylines
    and_words=("और",),
    # Dates
    months=months(
        "जनवरी", "फ़रवरी फरवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर सितम्बर", "अक्टूबर",
        "नवंबर नवम्बर", "दिसंबर दिसम्बर",
    ),
    days_ago={"आज": 0},
    units=units(
        seconds=("सेकंड",), minutes=("मिनट",), hours=("घंटे", "घंटा", "घंटों", "घण्टे"), days=("दिन", "दिनों"),
        weeks=("सप्ताह", "हफ्ते", "हफ्ता"), months=("महीने", "महीना"), years=("साल", "वर्ष"),
    ),
    ago_after=("पहले",),
    one=("एक",),
    # Lines that are not the article's
    leads_elsewhere=("यह भी पढ़ें", "ये भी पढ़ें"),
    # Pages that are no article
    not_found=("नहीं मिला", "मौजूद नहीं", "उपलब्ध नहीं"),
)
