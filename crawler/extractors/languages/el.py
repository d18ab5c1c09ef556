"""What the extractors know of Greek."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="el",
    name="Greek",
    # Its writing
    letters="αοιετσνηυρπκμλςωγδάίόέθφχήβώύξζψϊϋΐΰ",
    script="[α-ω]",
    # Bylines
    author_labels_in_byline=("γράφει(?: [οη])?",),
    and_words=("και",),
    # Dates
    months=months(
        "ιανουαρίου ιανουάριος ιαν", "φεβρουαρίου φεβρουάριος φεβ", "μαρτίου μάρτιος μαρ", "απριλίου απρίλιος απρ",
        "μαΐου μάιος μαΐ", "ιουνίου ιούνιος ιουν", "ιουλίου ιούλιος ιουλ", "αυγούστου αύγουστος αυγ",
        "σεπτεμβρίου σεπτέμβριος σεπ", "οκτωβρίου οκτώβριος οκτ", "νοεμβρίου νοέμβριος νοε",
        "δεκεμβρίου δεκέμβριος δεκ",
    ),
    days_ago={"σήμερα": 0, "χθες": 1, "χτες": 1, "προχθές": 2},
    units=units(
        seconds=("δευτερόλεπτ",), minutes=("λεπτ",), hours=("ώρα", "ώρες"),
        days=("ημέρα", "ημέρες", "μέρα", "μέρες"), weeks=("εβδομάδ",), months=("μήνα", "μήνες"),
        years=("χρόνο", "χρόνια", "έτη"),
    ),
    ago_after=("πριν",),
    ago_before=("πριν(?: από)?",),
    halves=("μισή",),
    numbers={"δύο": 2, "τρεις": 3, "τρία": 3},
    one=("μία", "μια", "ένα", "έναν"),
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
