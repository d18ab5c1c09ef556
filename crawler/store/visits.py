"""One visit of an article, and the statements that find the visits that are due (frontier.sqlite)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Row

from crawler.clock import from_rfc3339
from crawler.store.validators import Validators

_VISIT = "url, fetch_url, source, section, published, via, looks, etag, last_modified, confirmed"
_DUE = """
SELECT {visit} FROM json_each(:sources) AS wanted JOIN articles ON articles.rowid IN (
    SELECT rowid FROM articles WHERE source = wanted.value AND {rows} ORDER BY {order} LIMIT :share
) ORDER BY {order} LIMIT :limit
"""
"""One probe of an index for each source: of 100 sources, 0.1 ms when none is due, 0.5 ms when 100,000 are (2026-11)."""
UNTRIED = _DUE.format(visit=_VISIT, rows="tried IS NULL", order="published DESC, discovered, articles.url")
AGAIN = _DUE.format(visit=_VISIT, rows="tried IS NOT NULL AND next_look <= :now", order="next_look")
COUNT = """
SELECT sum(
    (SELECT count(*) FROM articles INDEXED BY articles_untried WHERE source = wanted.value AND tried IS NULL)
    + (SELECT count(*) FROM articles WHERE source = wanted.value AND tried IS NOT NULL AND next_look <= :now)
) FROM json_each(:sources) AS wanted
"""
"""Counts the due visits. Without INDEXED BY, SQLite reads all articles of a source to find those never tried."""
LEFT = """
SELECT count(*) FROM articles WHERE source IN (SELECT value FROM json_each(:sources)) AND next_look <= :soon
AND (next_look <= :now OR failure = 'budget')
"""


@dataclass(frozen=True)
class Visit:
    """One article to be fetched now."""

    article: str
    """Canonical URL, the key of the article."""
    url: str
    """The URL to request."""
    source: str
    section: str
    published: datetime | None
    via: str
    looks: int
    """How many visits were answered."""
    validators: Validators

    @property
    def why(self) -> str:
        """Why it is fetched, for the log."""
        return f"look {self.looks + 1}" if self.looks else f"never answered, named by {self.via or 'the configuration'}"


def visit_of(row: Row) -> Visit:
    """Make the visit of a row of articles, with the columns of _VISIT."""
    return Visit(
        article=row["url"],
        url=row["fetch_url"],
        source=row["source"],
        section=row["section"],
        published=from_rfc3339(row["published"]) if row["published"] else None,
        via=row["via"],
        looks=row["looks"],
        validators=Validators.of(row).for_article(),
    )
