"""One version of a post with its images, and one state of an article, as the catalogue stores them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from crawler.clock import rfc3339


@dataclass(frozen=True)
class StoredImage:
    """One image of a version and where its bytes are."""

    url: str
    capture: str | None
    """Record id of its capture; None = it could not be fetched."""
    digest: str | None = None
    """Payload digest of the capture."""
    media: str | None = None
    """Path of the local copy below media/."""


@dataclass(frozen=True)
class Version:
    """One version of an article's post: its conversion record and the captures that it was made from."""

    record_id: str
    """Id of the conversion record."""
    canonical_url: str
    number: int
    """1, 2, …: a new one for each change that a reader sees."""
    captured: datetime
    """Date of the capture of the article's first page."""
    converted: datetime
    """Date of the conversion record, seconds later."""
    title: str
    published: datetime | None
    updated: datetime | None
    dated: datetime | None
    """The front matter's date when the page names none, or one that counts from its capture."""
    digest: str
    """`sha256:HEX` of the post file."""
    extractor: str
    file: str
    offset: int
    length: int
    source: str
    path: str
    """Post file below the posts folder."""
    pages: tuple[str, ...]
    """Record ids of the page captures, the article's first page first."""
    images: tuple[StoredImage, ...]
    shown: bool = False
    """Whether its post file was written; a later version may have replaced it."""
    derivation: int = 0
    """0 = as first made; 1, 2, … = the same version made again, from the same captures."""

    @property
    def date(self) -> datetime:
        """The date that the post shows: the page's, else the hint of a feed or list, else that of the capture."""
        return self.published or self.dated or self.captured


StateName = Literal["present", "withdrawn", "suspect"]
STATES: tuple[StateName, ...] = get_args(StateName)


@dataclass(frozen=True)
class State:
    """What a look at a held article found instead of the article; the held post stays its latest version."""

    record_id: str
    """Id of the metadata record."""
    canonical_url: str
    number: int
    """1, 2, … of the article."""
    state: StateName
    """`present`: it is there again."""
    reason: str
    """Error class of the run file, such as http-404 or consent-wall; of `present`, the state that ended."""
    text: str
    """`sha256:HEX` of the text of a body that shrank; empty otherwise."""
    capture: str
    """Record id of the capture that shows the state."""
    date: datetime
    """Date of that capture."""
    file: str
    offset: int
    length: int


def document(version: Version, state: StateName) -> dict[str, Any]:
    """A version and the state of its article, as JSON for programs."""
    return {
        "v": 1,
        "url": version.canonical_url,
        "source": version.source,
        "title": version.title,
        "published": rfc3339(version.published) if version.published else None,
        "updated": rfc3339(version.updated) if version.updated else None,
        "date": rfc3339(version.date),
        "post": version.path,
        "version": version.number,
        "state": state,
        "captured": rfc3339(version.captured),
        "record_id": version.record_id,
        "pages": list(version.pages),
        "images": [{"url": image.url, "record_id": image.capture, "digest": image.digest} for image in version.images],
        "file": version.file,
        "offset": version.offset,
    }
