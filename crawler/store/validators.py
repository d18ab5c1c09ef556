"""Validators for conditional requests: what a response said goes in, the next request's header fields come out. Pure.

Some servers and caches answer 304 to everything. So a document is asked for without conditions again once 304s have
answered for long enough. That costs one full response in nine of a feed that never changes (one in two when it is read
once a day), and one in three later looks at an article; the same bytes are stored as a revisit (2026-11).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from sqlite3 import Row

ARTICLE_304S = 2
"""304s in a row that an article's page may answer before it is asked for without conditions."""
ENTRY_304S = 8
"""The same for a document that a source names: four hours at one read every half hour."""
ENTRY_TRUSTED = timedelta(days=1)
"""Such a document is asked for without conditions once its last full response is older than this."""
DEEPER_TRUSTED = timedelta(days=7)
"""The same for the documents that it leads to: a site may have hundreds of old sitemaps that never change."""


@dataclass(frozen=True)
class Validators:
    """ETag and Last-Modified for a conditional request (RFC 9110, 13.1), as received; empty = none."""

    etag: str = ""
    last_modified: str = ""
    confirmed: int = 0
    """304s in a row since the last full response."""

    @classmethod
    def of(cls, row: Row) -> Validators:
        """The validators in a row of the frontier."""
        return cls(row["etag"], row["last_modified"], row["confirmed"])

    def headers(self) -> dict[str, bytes]:
        """The request's header fields; a server gets the bytes back that it sent."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value.encode("latin-1") for name, value in named.items() if value}

    def confirmed_by(self, answer: Validators) -> Validators:
        """The validators after a 304 with `answer`: what it names replaces what was stored (RFC 9111, 4.3.4)."""
        etag, last_modified = answer.etag or self.etag, answer.last_modified or self.last_modified
        return Validators(etag, last_modified, self.confirmed + 1)

    def for_article(self) -> Validators:
        """The validators to ask for an article's page with; none after ARTICLE_304S."""
        return self if self.confirmed < ARTICLE_304S else Validators()

    def for_entry(self, age: timedelta, *, deeper: bool) -> Validators:
        """The validators to ask for a document of a source with; none once 304s have answered for long enough.

        `age`: of its last full response; negative when the clock has jumped back. `deeper`: another document leads to
        it. One 304 is always taken: a source may be read once a week.
        """
        lasting = age > DEEPER_TRUSTED if deeper else self.confirmed >= ENTRY_304S or age > ENTRY_TRUSTED
        return Validators() if self.confirmed and (lasting or age < timedelta(0)) else self
