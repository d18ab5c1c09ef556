"""One version of a post with its images, as the catalogue stores it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
    """1, 2, …"""
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
