"""One article on its way through the pipelines: what the spider found, then what each stage adds."""

from __future__ import annotations

from dataclasses import dataclass

from archive import Capture
from crawler.items import Page, Post, Source
from crawler.store.frontier import Outcome, Validators, Visit
from crawler.store.stored_version import StoredImage, Version


@dataclass(frozen=True)
class Article:
    """The spider gives the first fields; `images`, then `text`, `version`, `outcome` are filled in by the pipelines."""

    visit: Visit
    source: Source
    page: Page
    """The article's page with the parts it was made from."""
    captures: tuple[Capture, ...]
    """Captures of the page and of its parts, in that order."""
    validators: Validators
    post: Post
    images: tuple[StoredImage, ...] = ()
    """Lead image first when it does not stand in the body, then the body's, each once."""
    text: str = ""
    """The post file."""
    version: Version | None = None
    """The version now stored, new or not."""
    outcome: Outcome = "new"
