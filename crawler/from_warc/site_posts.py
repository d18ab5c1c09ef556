"""What a site gets at a path: the newest version of an article, and whether the article is withdrawn now.

A data folder and the others that have had its sources go in: an article may have its versions in the folder of an
earlier year, and the state that says that it is gone in that of the present one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property

from crawler.config import Config
from crawler.fleet.moves import earlier_folders
from crawler.fleet.shards import foreign_sources
from crawler.from_warc.publish import LARGEST_IMAGE, Publisher
from crawler.posts.conversion import digest_of
from crawler.posts.states import file_of
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.site_list import SiteList
from crawler.store.stored_version import State, Version

Folder = tuple[Layout, Catalogue]


@dataclass(frozen=True)
class Others:
    """The other data folders with versions of the articles of one."""

    folders: AbstractContextManager[Sequence[Folder]] = field(default_factory=lambda: nullcontext(()))
    """They are opened when a site is brought up to date."""
    foreign: Collection[str] = ()
    """Names of sources that other shards have: what is elsewhere of these does not count."""

    @classmethod
    def of(cls, config: Config) -> Others:
        """Return those of the data folder of a configuration."""
        return cls(earlier_folders(config, [source.name for source in config.sources]), foreign_sources(config))


class SitePosts:
    """The posts of a data folder and of the others, as a site gets them."""

    def __init__(
        self, layout: Layout, catalogue: Catalogue, elsewhere: Sequence[Folder], foreign: Collection[str]
    ) -> None:
        """`elsewhere`, `foreign`: as in Others."""
        self._foreign, self._setting = foreign, layout.withdrawn
        self._own = _Home(layout, catalogue)
        self._homes = [self._own, *(_Home(*folder) for folder in elsewhere)]

    def close(self) -> None:
        """Close the WARC files that are open for reading."""
        for home in self._homes:
            home.close()

    def at(self, path: str) -> SitePost | None:
        """The article whose post is at a path; None when no folder has one there."""
        urls = (home.catalogue.article_at(path) for home in self._homes)
        url = next(filter(None, urls), None)
        found = [
            (version, home)
            for home in self._homes
            if url is not None and (version := home.catalogue.latest(url)) is not None
            if home is self._own or version.source not in self._foreign
        ]
        if not found:
            return None
        version, home = max(found, key=lambda one: (one[0].number, one[0].converted))
        return SitePost(version, home, home is self._own, self._withdrawn(version, home))

    def elsewhere_with_states(self) -> Iterator[str]:
        """Paths of the posts of which this folder has only states, their versions being in others."""
        for url in self._own.catalogue.states.articles() if self._setting != "keep" else ():
            if self._own.catalogue.latest(url) is None:
                yield from (found.path for home in self._homes if (found := home.catalogue.latest(url)) is not None)

    def is_of_elsewhere(self, post: SitePost, path: str, digest: str) -> bool:
        """Whether another folder has put a file with this digest there, or this one a post of another, marked."""
        url = post.version.canonical_url
        for home in self._homes[1:]:
            versions = home.catalogue.versions(url)
            if any(version.digest == digest for version in versions):
                return True
            if versions and home.site_list is not None and home.site_list.has("post", path, digest):
                return True
        if post.is_own:
            return False
        gone = [state for state, _ in self._states(url) if state.state == "withdrawn"]
        text = post.home.publisher.text(post.version) if gone else ""
        return any(digest_of((file_of(text, state, "mark") or "").encode()) == digest for state in gone)

    def pictures_elsewhere(self, path: str) -> set[str]:
        """Pictures that another folder has put into the site for the post at a path, and for no other one."""
        return {name for other in self._lists() for name in other.unused(path, ())}

    def put_elsewhere(self, media: str, digest: str) -> bool:
        """Whether another folder has put a picture with this digest there."""
        return any(other.has("media", media, digest) for other in self._lists())

    def _lists(self) -> list[SiteList]:
        """What the other folders have published."""
        return [home.site_list for home in self._homes[1:] if home.site_list is not None]

    def _withdrawn(self, version: Version, home: _Home) -> State | None:
        """The state that says that an article is not there any more, in whichever folder.

        A suspect look ends no absence; a version of a later capture in another folder does, as for `list --withdrawn`.
        """
        gone: State | None = None
        for state, its in self._states(version.canonical_url) if self._setting != "keep" else ():
            if state.state == "present":
                gone = None
            elif state.state == "withdrawn" and not (its is not home and version.captured > state.date):
                gone = gone or state
        return gone

    def _states(self, url: str) -> list[tuple[State, _Home]]:
        found = ((state, home) for home in self._homes for state in home.catalogue.states.of(url))
        return sorted(found, key=lambda one: (one[0].number, one[0].date, one[0].record_id))


class _Home:
    """A data folder with versions."""

    def __init__(self, layout: Layout, catalogue: Catalogue) -> None:
        self.layout, self.catalogue = layout, catalogue
        self.reader, self.publisher = layout.reader(), Publisher(layout, catalogue)

    @cached_property
    def site_list(self) -> SiteList | None:
        """What it has published; it stays open, since it is asked for each post."""
        return SiteList(self.layout.site, read_only=True) if self.layout.site.exists() else None

    def close(self) -> None:
        self.reader.close()
        self.publisher.close()
        if (opened := vars(self).get("site_list")) is not None:
            opened.close()


@dataclass(frozen=True)
class SitePost:
    """The newest version of an article, in the folder that has it."""

    version: Version
    home: _Home
    is_own: bool
    """Whether it is in the folder that publishes."""
    withdrawn: State | None
    """The state that says that the article is not there any more; None also with `[posts] withdrawn = "keep"`."""

    def text(self) -> str | None:
        """The content of the file; None = no file. ArchiveError when it can't be read."""
        text = self.home.publisher.text(self.version)
        return file_of(text, self.withdrawn, self.home.layout.withdrawn)

    def picture(self, capture: str) -> bytes:
        """The bytes of a picture that the version shows. ArchiveError when they can't be read."""
        return self.home.reader.entity(capture, LARGEST_IMAGE)
