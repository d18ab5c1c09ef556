"""Posts that were written or removed go in; the folder of a Hexo, Hugo or Jekyll site is brought up to date.

[publish] names the site. Each file comes from the archive and appears whole. A file in the site that is not as
warcpress wrote it belongs to somebody else: it is neither replaced nor removed, but named.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from archive import ArchiveError, many
from crawler.config import Target
from crawler.errors import StorageFailed
from crawler.from_warc.publish import KeptFile
from crawler.from_warc.site_posts import Others, SitePost, SitePosts
from crawler.posts.conversion import MEDIA_URL, digest_of
from crawler.posts.frontmatter import Dialect
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.files import remove_file, write_file, write_files
from crawler.store.site_list import Kind, SiteList

_LISTS = ("site.sqlite", "shard-*/site.sqlite", "[12]???/site.sqlite", "[12]???/shard-*/site.sqlite")
"""Where shards and years have the lists of what they published, below the folder of all."""
BATCH = 64
"""Posts that are written with one fsync of each folder."""
NAMED = 20
"""Most files that a line for a person names."""
UNREADABLE = ""
"""Stands for the digest of a link, a folder or a file that can't be read: nothing of ours has this digest."""


@dataclass
class Published:
    """What a site got."""

    written: int = 0
    removed: int = 0
    pictures: int = 0
    pictures_removed: int = 0
    kept: list[KeptFile] = field(default_factory=list)
    """Files of somebody else in the place of ours; each is told once, and again when its post changes."""
    unread: int = 0
    """Posts that can't be read from the archive; they wait."""
    fault: str = ""
    """Why the site could not be brought up to date; empty = it was."""

    def counts(self) -> dict[str, int]:
        """The counts, for the run file."""
        return {
            "written": self.written,
            "removed": self.removed,
            "pictures": self.pictures,
            "pictures_removed": self.pictures_removed,
            "kept": len(self.kept),
        }

    def unreadable(self, path: str, error: Exception) -> None:
        """Count a post that the archive can't give; the first one is told."""
        self.unread += 1
        if self.unread == 1:
            self.fault = f"{path}: {error}; `warcpress audit` tells more"

    def done(self) -> Iterator[str]:
        """Describe what was done, for a person; nothing when nothing was to do."""
        counts = [
            (self.written, "post", "written"),
            (self.pictures, "picture", "written"),
            (self.removed, "post", "removed"),
            (self.pictures_removed, "picture", "removed"),
        ]
        if parts := [f"{many(count, what)} {done}" for count, what, done in counts if count]:
            yield f"site: {', '.join(parts)}"

    def problems(self) -> Iterator[str]:
        """Describe what was not done, for a person."""
        if self.kept:
            more = f" and {len(self.kept) - NAMED} more" if len(self.kept) > NAMED else ""
            names = ", ".join(kept.path for kept in self.kept[:NAMED])
            yield f"site: not replaced or removed, since warcpress did not write them as they are: {names}{more}"
        if self.fault:
            more = f" (and {many(self.unread - 1, 'more post')})" if self.unread > 1 else ""
            yield f"site: not up to date, the next run goes on: {self.fault}{more}"


@dataclass(frozen=True)
class _Ready:
    """A post that may be written or removed."""

    path: str
    body: bytes | None
    """None = no file."""
    media: dict[str, str]
    """Its pictures: path below media/ → capture."""
    there: str | None
    """Digest of the file that is there; None = no file."""
    post: SitePost | None = None
    """None = it is in no folder any more, or at another path."""

    @property
    def digest(self) -> str | None:
        return None if self.body is None else digest_of(self.body)

    @property
    def noted(self) -> str | None:
        """The digest for the list, which has only what this folder's own versions gave: a rebuild goes by that."""
        return self.digest if self.post is None or self.post.is_own else None


def publish_site(
    target: Target | None, layout: Layout, catalogue: Catalogue, others: Others | None = None
) -> Published:
    """Bring the site up to date with the posts; call it under the lock. A failure is told in the outcome.

    What can't be written waits for the next call. `others`: folders with other versions of these articles.
    """
    outcome = Published()
    if target is None:
        return outcome
    others = others or Others()
    try:
        _check(target)
        with (
            closing(SiteList(layout.site)) as known,
            others.folders as elsewhere,
            closing(SitePosts(layout, catalogue, elsewhere, others.foreign)) as posts,
        ):
            _Site(target, layout, catalogue, known, outcome, posts).update()
    except (StorageFailed, ArchiveError) as error:
        outcome.fault = str(error)
    except OSError as error:
        outcome.fault = f"{error.filename or target.site}: {error.strerror or error}"
    return outcome


def _check(target: Target) -> None:
    """Raise StorageFailed when the site is not there, is another generator's, or has a link above our files."""
    site = target.site
    if not site.is_dir() or next(site.iterdir(), None) is None:
        raise StorageFailed(f"{site}: no folder with a site in it; mount it, or change [publish] site")
    if (generator := _generator(site)) not in (None, target.dialect):
        raise StorageFailed(
            f'{site}: a {generator} site, but [posts] dialect is "{target.dialect}"; correct one of them, then render'
        )
    for folder in (target.posts, target.media):
        for part in (site / folder, *(site / folder).parents):
            if part == site:
                break
            if part.is_symlink():
                raise StorageFailed(f"{part}: is a link, and nothing is published through a link; put a folder there")


def _generator(site: Path) -> Dialect | None:
    """The generator that a site is made for; None when its files do not say so."""
    if any((site / f"hugo.{kind}").exists() for kind in ("toml", "yaml", "yml", "json")):
        return "hugo"
    marks: tuple[tuple[str, Dialect], ...] = (("package.json", "hexo"), ("Gemfile", "jekyll"))
    for name, dialect in marks:
        with suppress(OSError):
            if dialect in (site / name).read_text(encoding="utf-8", errors="replace"):
                return dialect
    return None


class _Site:
    """The site while it is brought up to date."""

    def __init__(
        self,
        target: Target,
        layout: Layout,
        catalogue: Catalogue,
        known: SiteList,
        outcome: Published,
        posts: SitePosts,
    ) -> None:
        self._target, self._catalogue, self._list, self._outcome = target, catalogue, known, outcome
        self._posts, self._own = posts, layout.site
        self._roots: dict[Kind, Path] = {"post": target.site / target.posts, "media": target.site / target.media}

    def update(self) -> None:
        """Write and remove what waits; what the archive can't give any more stays as it is, and the rest goes on."""
        if not self._list.is_of(self._target.folders):
            self._list.begin(self._target.folders, self._files_there())
        for removing in (False, True):  # a post that has moved is at its new place first
            after = ""
            while paths := self._list.waiting(after, BATCH):
                self._bring(paths, removing)
                after = paths[-1]

    def _files_there(self) -> Iterator[tuple[str, str | None]]:
        """Path of each post file of the archive, with the digest of the site's file if a version gave it."""
        for path, rows in groupby(self._catalogue.contents.post_files(), lambda row: row[0]):
            there = self._there("post", path)
            yield path, there if there in {digest for _path, digest in rows} else None
        for path in self._posts.elsewhere_with_states():
            yield path, None

    def _bring(self, paths: list[str], removing: bool) -> None:
        """Bring some posts up to date: pictures, then posts, then what is not used any more."""
        ready = [found for path in paths if (found := self._prepared(path, removing)) is not None]
        new = [post for post in ready if post.body is not None and post.digest != post.there]
        self._list.intend("post", ((post.path, post.noted) for post in ready if post.noted is not None))
        write_files(self._roots["post"], ((post.path, post.body) for post in new if post.body is not None))
        self._outcome.written += len(new)
        for post in ready:
            if post.body is None and post.there is not None:
                remove_file(self._roots["post"], post.path)
                self._outcome.removed += 1
            gone = list(self._list.unused(post.path, post.media))
            for name in (*gone, *self._unused_elsewhere(post)):
                self._remove_picture(name, post.path)
            self._list.settle(post.path, post.noted, post.media, gone)

    def _unused_elsewhere(self, post: _Ready) -> list[str]:
        """Pictures that only an earlier version showed, which another folder published at this path."""
        return [
            name
            for name in sorted(self._posts.pictures_elsewhere(post.path))
            if name not in post.media and not self._list.shows(name, post.path)
        ]

    def _prepared(self, path: str, removing: bool) -> _Ready | None:
        """What a post should be, its pictures in place; None when it stays as it is for now."""
        try:
            post = self._ready(path, removing)
            if post is not None and post.post is not None and post.media:
                self._list.use((path, name) for name in post.media)
                for name, capture in post.media.items():
                    self._place_picture(name, capture, post.post)
        except (ArchiveError, UnicodeDecodeError) as error:
            if not removing:  # else it is counted twice
                self._outcome.unreadable(path, error)
            return None
        return post

    def _ready(self, path: str, removing: bool) -> _Ready | None:
        """What a post should be; None when a file of somebody else is in its place, or it is not its turn."""
        post = self._posts.at(path)
        text = post.text() if post is not None and post.version.path == path else None
        if (text is None) != removing:
            return None
        there = self._there("post", path)
        if text is None and (there is None or (post is not None and self._is_one_file(path, post.version.path))):
            return _Ready(path, None, {}, None, post)
        body = None if text is None else text.encode()
        wanted = None if body is None else digest_of(body)
        ours = there in (None, wanted) or self._is_ours("post", path, there)
        if not ours and not (post is not None and there and self._posts.is_of_elsewhere(post, path, there)):
            if self._list.keep(path):
                self._keep("post", path)
            if body is None:
                self._list.settle(path, None, (), ())
            return None
        media = {
            image.media: image.capture
            for image in (post.version.images if post is not None and text is not None else ())
            if image.media and image.capture and MEDIA_URL + image.media in (text or "")
        }
        return _Ready(path, body, media, there, post)

    def _is_one_file(self, path: str, other: str) -> bool:
        """Whether two names are those of one file, because its file system ignores case."""
        one, two = (self._roots["post"] / name for name in (path, other))
        return path != other and one.exists() and two.exists() and one.samefile(two)

    def _place_picture(self, name: str, capture: str, post: SitePost) -> None:
        there = self._there("media", name)
        if there is not None and self._is_ours("media", name, there):
            return
        body = post.picture(capture)
        digest = digest_of(body)
        if there not in (None, digest):
            self._keep("media", name)
            return
        self._list.intend("media", [(name, digest)])
        if there is None:
            write_file(self._roots["media"], name, body)
            self._outcome.pictures += 1

    def _remove_picture(self, name: str, post: str) -> None:
        """Remove a picture that `post` was the last one to show, unless another shard's post shows it.

        Another shard may run now: it notes that a post shows a picture, then looks whether that is there. So the notes
        are read again after the removal, and the picture comes back.
        """
        there = self._there("media", name)
        ours = there and (self._is_ours("media", name, there) or self._posts.put_elsewhere(name, there))
        if not ours or self._is_shown_by_others(name, post):
            return
        body = (self._roots["media"] / name).read_bytes()
        remove_file(self._roots["media"], name)
        if self._is_shown_by_others(name, post):
            write_file(self._roots["media"], name, body)
        else:
            self._outcome.pictures_removed += 1

    def _is_shown_by_others(self, name: str, post: str) -> bool:
        fleet = self._target.fleet
        lists = [path for place in _LISTS for path in fleet.glob(place)] if fleet is not None else []
        for path in lists:
            if path != self._own:
                with closing(SiteList(path, read_only=True)) as other:
                    if other.shows(name, post):
                        return True
        return False

    def _keep(self, kind: Kind, path: str) -> None:
        file = f"{self._target.posts if kind == 'post' else self._target.media}/{path}"
        message = f"{file}: in the site, and not as warcpress wrote it; it stays until it is removed there"
        self._outcome.kept.append(KeptFile(file, message))

    def _is_ours(self, kind: Kind, path: str, digest: str | None) -> bool:
        return bool(digest) and self._list.has(kind, path, str(digest))

    def _there(self, kind: Kind, path: str) -> str | None:
        """Digest of the file at a path; None when there is none."""
        file = self._roots[kind] / path
        try:
            is_file = stat.S_ISREG(os.lstat(file).st_mode)
        except FileNotFoundError:
            return None
        except NotADirectoryError:
            return UNREADABLE
        try:
            return digest_of(file.read_bytes()) if is_file else UNREADABLE
        except PermissionError:
            return UNREADABLE  # another user's
