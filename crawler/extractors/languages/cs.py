"""What the extractors know of Czech."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="cs",
    name="Czech",
    # Its writing
    letters="íáěéřšýžčůúťďňó",
    common_words="a v na se je o do s to z za po ale jako by k si pro aby bylo",
    # Bylines
    author_labels_in_byline=("autorka", "autori", "napsala?"),
    profile_folders=("autor", "autori"),
    # Dates
    months=months(
        "ledna leden", "února únor", "března březen", "dubna duben", "května květen", "června červen",
        "července červenec", "srpna srpen", "září", "října říjen", "listopad", "prosince prosinec",
    ),
    days_ago={"dnes": 0, "včera": 1},
    units=units(minutes=("minut",), hours=("hodin",), days=("dnem",), years=("rok",)),
    ago_before=("před",),
    ago_after=("zpět",),
    updated=("aktualizov",),
    published=("publikov",),
    # Pages that are no article
    leads_on=(
        r"přesměrování[\s.…]*$",
        "(?:budete|jste|probíhá) (?:automaticky )?přesměrován",
        "stránka byla přesunuta",
        r"opouštíte\b",
    ),
    page_names=("strana",),
    not_found=("nenalezena",),
    # Names in class and id
    lead_names=("perex",),
)
