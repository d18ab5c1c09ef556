"""What a decision about an article is made from: the article that came, and what is stored. Values only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from crawler.items import Page, Post, Source
from crawler.posts.conversion import Conversion
from crawler.posts.frontmatter import Dialect
from crawler.posts.names import PATTERN
from crawler.store.stored_version import State, StoredImage, Version
from crawler.urls.canonical import canonicalise


@dataclass(frozen=True)
class Making:
    """How a stored version was made."""

    conversion: Conversion
    same_settings: bool
    """Whether its source was configured as it is now."""

    def same_rules(self, extractor: str) -> bool:
        """Whether this extractor, and today's converter to Markdown if it has such a body, made it."""
        converter = Form(markdown=bool(self.conversion.markdown)).converter
        return (self.conversion.extractor, self.conversion.markdown) == (extractor, converter)


@dataclass(frozen=True)
class Earlier:
    """The stored pages of a version, extracted again by today's rules."""

    version: str
    """Record id of the version."""
    post: Post | None
    """None when they give no post today."""
    digest: str = ""
    """Payload digest of the first page."""


class Stored(Protocol):
    """Looks up stored articles."""

    def latest(self, canonical_url: str) -> Version | None:
        """The latest version of an article."""

    def held(self, canonical_urls: Iterable[str]) -> Iterator[Version]:
        """The latest version of each of these articles that is stored, in this order."""

    def page_of(self, version: Version) -> str | None:
        """URL of the page that a version was made from; None when its capture is unknown."""

    def text(self, version: Version) -> str | None:
        """Text of a version's post file; None when the archive can't give it."""

    def articles_from(self, page: str) -> Sequence[str]:
        """Canonical URLs of the articles that an earlier capture of this URL gave, the newest first."""

    def articles_of(self, digest: str) -> Sequence[str]:
        """Canonical URLs of the articles with a version that was made from a page with this payload digest."""

    def is_taken(self, path: str, canonical_url: str) -> bool:
        """Whether a path below the posts folder is that of another article's post, or of a file that is not ours."""

    def digests(self, version: Version) -> Sequence[str]:
        """Payload digests of the pages that a version was made from; fewer when captures are unknown."""

    def making(self, version: Version) -> Making | None:
        """How a stored version was made; None when the archive can't tell, or when this run has made it."""

    def state(self, canonical_url: str) -> State | None:
        """The state of an article now; None while it has always been there."""


@dataclass(frozen=True)
class Form:
    """Settings of post files, from [posts]."""

    pattern: str = PATTERN
    extension: str = "md"
    local: bool = False
    """Point images at their local copies."""
    extra: tuple[str, ...] = ()
    """Further front-matter keys."""
    dialect: Dialect = "hexo"
    markdown: bool = False
    """Write bodies as Markdown."""

    @property
    def converter(self) -> str:
        """What turns bodies into Markdown; empty when they stay HTML."""
        if not self.markdown:
            return ""
        from crawler.posts.markdown import converter  # 0.1 s of CPU, which HTML bodies do not need

        return converter()


@dataclass(frozen=True)
class Arrival:
    """An article that this run has extracted."""

    asked: str
    """URL that was requested."""
    source: Source
    page: Page
    post: Post
    images: tuple[StoredImage, ...]
    captures: tuple[str, ...]
    """Record ids of the page and its parts."""
    digest: str
    """Payload digest of the page."""
    further: tuple[str, ...] = ()
    """Payload digests of the parts."""
    by_hand: bool = False
    """Whether a person asked for it: `refetch`."""

    @property
    def own(self) -> str:
        """URL of its page, canonicalised."""
        return canonicalise(self.page.url)
