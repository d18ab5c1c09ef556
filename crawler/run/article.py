"""Items of the pipelines: an article on its way, or a visit that gave no post; each pipeline adds its own fields."""

from __future__ import annotations

from dataclasses import dataclass

from archive import Capture
from crawler.items import Outcome, Page, Post, Reason, Source
from crawler.store.stored_version import State, StoredImage, Version
from crawler.store.validators import Validators
from crawler.store.visits import Visit


@dataclass(frozen=True)
class Article:
    """A page that gave a post: ImagesPipeline fills in `images`, PostsPipeline what follows, StatesPipeline `state`."""

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
    pictures: tuple[Capture, ...] = ()
    """Captures of those images that this run fetched."""
    text: str = ""
    """Text of the post file; empty when this visit wrote no version."""
    version: Version | None = None
    """The latest version after this visit, written by it or before."""
    outcome: Outcome = Outcome.NEW
    at: str = ""
    """URL at which the frontier looks for the article: the page's own, or that of the page which it is a form of."""
    state: State | None = None
    """The article's new state, when it was withdrawn or suspect before."""


@dataclass(frozen=True)
class NoPost:
    """A visit that was answered and gave no post: StatesPipeline fills in `state`."""

    visit: Visit
    capture: Capture
    """The answer that shows it."""
    outcome: Outcome
    reason: Reason | None
    """None when the answer says that nothing has changed (304)."""
    validators: Validators | None = None
    """For the next conditional request; None = as they were."""
    leads_to: str = ""
    """URL to which the answer redirects and which the source's rules refuse."""
    text: str = ""
    """`sha256:HEX` of the text of a body that shrank."""
    state: State | None = None
    """The new state of the held article; None when it has none, or the same as before."""
