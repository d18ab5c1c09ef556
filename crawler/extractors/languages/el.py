"""What the extractors know of Greek."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months

# fmt: off
LANGUAGE = Language(
    code="el",
    name="Greek",
    # Its writing
    letters="αοιετσνηυρπκμλςωγδάίόέθφχήβώύξζψϊϋΐΰ",
    script="[α-ω]",
    # Bylines
    author_labels_in_byline=("γράφει(?: [οη])?",),
    # Dates
    months=months(
        "ιανουαρίου ιανουάριος ιαν", "φεβρουαρίου φεβρουάριος φεβ", "μαρτίου μάρτιος μαρ", "απριλίου απρίλιος απρ",
        "μαΐου μάιος μαΐ", "ιουνίου ιούνιος ιουν", "ιουλίου ιούλιος ιουλ", "αυγούστου αύγουστος αυγ",
        "σεπτεμβρίου σεπτέμβριος σεπ", "οκτωβρίου οκτώβριος οκτ", "νοεμβρίου νοέμβριος νοε",
        "δεκεμβρίου δεκέμβριος δεκ",
    ),
    afternoon=("μμ",),
    pm_after=("μμ",),
    # Pages that are no article
    leads_on=(
        r"ανακατεύθυνση[\s.…]*$",
        "θα (?:ανακατευθυνθείτε|μεταφερθείτε)",
        "η σελίδα (?:έχει μετακινηθεί|μετακινήθηκε)",
    ),
    page_names=("selida",),
)
