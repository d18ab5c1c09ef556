"""States of held articles: withdrawn, suspect, present again. Pure.

A state is written as a metadata record of the capture that shows it; `rebuild` reads it back from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self
from urllib.parse import urlsplit

from archive import StoredRecord
from crawler.posts.frontmatter import marked
from crawler.posts.identity import bare
from crawler.store.stored_version import STATES, State, StateName

STATE = "post-state"
"""The field that every such metadata record has, and no other one."""


WITHDRAWN = frozenset({"http-404", "http-410", "http-451", "soft-404", "withdrawn"})
"""Error classes by which the publisher says that an article is not there any more."""
OURS = frozenset({"crash", "extraction", "outside", "secret", "too-complex"})
"""Error classes that come from our rules and limits, and say nothing about the article."""
Withdrawn = Literal["keep", "mark", "unpublish"]
"""What becomes of the post file of a withdrawn article."""


def shown_by(error_class: str, asked: str, leads_to: str = "") -> tuple[StateName, str] | None:
    """State and reason that a look at a held article shows when it gave no post; None when it shows none.

    `leads_to`: URL of a redirect that was not followed, because it leaves the source.
    """
    if leads_to:
        return ("withdrawn", "withdrawn") if _is_above(leads_to, asked) else ("suspect", "redirect")
    if error_class in WITHDRAWN:
        return "withdrawn", error_class
    return None if error_class in OURS or error_class.startswith("http-") else ("suspect", error_class)


def _is_above(url: str, article: str) -> bool:
    """Whether a URL is a front page or that of a section, of which the article's path is a part."""
    path = urlsplit(url).path.rstrip("/")
    return not path or urlsplit(article).path.startswith(path + "/")


def is_own_page(page: str, *asked: str) -> bool:
    """Whether one of the URLs that were asked is the page that an article's post is made from, in either scheme."""
    return bare(page) in map(bare, asked)


def file_of(text: str, withdrawn: State | None, setting: Withdrawn) -> str | None:
    """The content of a post file; None when there is to be no file.

    `text`: the newest version's. `withdrawn`: the state that says so, if it is not there any more.
    """
    if withdrawn is None or setting == "keep":
        return text
    return None if setting == "unpublish" else marked(text, "withdrawn", withdrawn.date)


@dataclass(frozen=True)
class Change:
    """A change of an article's state, as the fields of its metadata record."""

    canonical_url: str
    number: int
    """1, 2, … of the article."""
    state: StateName
    reason: str
    """Error class of the run file; of `present`, the state that ended."""
    text: str = ""
    """`sha256:HEX` of the text of a body that shrank."""

    def fields(self) -> list[tuple[str, str]]:
        """Fields of the metadata record, in order."""
        text = [("text-digest", self.text)] if self.text else []
        return [
            (STATE, self.state),
            ("state-number", str(self.number)),
            ("canonical-url", self.canonical_url),
            ("reason", self.reason),
            *text,
        ]

    @classmethod
    def parse(cls, fields: Iterable[tuple[str, str]]) -> Self:
        """Read the fields of a metadata record, as `fields` gives them. ValueError for a missing or malformed one."""
        found = dict(fields)
        try:
            number, url, reason = int(found["state-number"]), found["canonical-url"], found["reason"]
        except KeyError as error:
            raise ValueError(f"no field {error}") from None
        if not 0 < number < 2**63:
            raise ValueError(f"no number of a state: {number}")
        return cls(url, number, _name(found[STATE]), reason, found.get("text-digest", ""))


def change(
    canonical_url: str, latest: State | None, found: StateName, reason: str = "", text: str = ""
) -> Change | None:
    """The change of state that a look shows; None when it found the same as `latest`, the state so far."""
    known = latest.state if latest else "present"
    number = latest.number + 1 if latest else 1
    if found == "present":
        return None if known == found else Change(canonical_url, number, found, known)
    same = latest is not None and (latest.state, latest.reason, latest.text) == (found, reason, text)
    return None if same else Change(canonical_url, number, found, reason, text)


def state_of(change: Change, record: StoredRecord, capture: str) -> State:
    """Make the catalogue's row of a state from its metadata record, written in a run or read in a rebuild."""
    return State(
        record_id=record.record_id,
        canonical_url=change.canonical_url,
        number=change.number,
        state=change.state,
        reason=change.reason,
        text=change.text,
        capture=capture,
        date=record.date,
        file=record.file,
        offset=record.offset,
        length=record.length,
    )


def _name(text: str) -> StateName:
    for known in STATES:
        if text == known:
            return known
    raise ValueError(f"unknown state {text}")
