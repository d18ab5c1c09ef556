"""One article on its way through the pipelines: the spider fills in the first fields, each pipeline adds its own."""

from __future__ import annotations

from dataclasses import dataclass

from archive import Capture
from crawler.items import Outcome, Page, Post, Source
from crawler.store.frontier import Visit
from crawler.store.stored_version import StoredImage, Version
from crawler.store.validators import Validators


@dataclass(frozen=True)
class Article:
    """The item of the pipelines: ImagesPipeline fills in `images`, PostsPipeline the fields after it."""

    visit: Visit
    source: Source
    page: Page
    """The article's page, with the parts that it was made from."""
    captures: tuple[Capture, ...]
    """Captures of the page and of its parts, in that order."""
    validators: Validators
    """For the next conditional request."""
    post: Post
    images: tuple[StoredImage, ...] = ()
    """Images of the post, the lead image first, each once."""
    text: str = ""
    """Text of the post file; empty when this visit wrote no version."""
    version: Version | None = None
    """The latest version after this visit, written by it or before."""
    outcome: Outcome = Outcome.NEW
    at: str = ""
    """URL at which the frontier looks for the article: the page's own, or that of the page which it is a form of."""
