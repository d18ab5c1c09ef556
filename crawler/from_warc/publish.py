"""Stored versions go in; post files and local copies of images, or a WACZ file with titles and texts, come out.

A version is stored once its record is on disk in the archive and its row in the catalogue.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from archive import SET_ASIDE, ArchiveError, BadRecord, open_regular
from crawler.posts.blocks import blocks
from crawler.posts.conversion import digest_of
from crawler.posts.frontmatter import parse
from crawler.posts.states import file_of
from crawler.search.upkeep import Upkeep
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.files import remove_file, write_file, write_files
from crawler.store.site_list import SiteList
from crawler.store.stored_version import State, Version

if TYPE_CHECKING:
    from archive import PackageSigner, Packed, PackedPage

logger = logging.getLogger(__name__)

LARGEST_POST = 64 * 2**20
"""Most bytes of a conversion's block; extraction reads at most a quarter of that."""
LARGEST_IMAGE = 256 * 2**20
"""Most bytes of a stored image; a run fetches at most [limits] image_bytes."""


@dataclass(frozen=True)
class KeptFile:
    """A file that was neither replaced nor removed, because somebody has changed or made it."""

    path: str
    """Below the posts folder, or below the site of [publish]."""
    message: str
    """One line that names the file."""


class Publisher:
    """Write the files of versions and mark them as shown, with one fsync per folder and batch."""

    def __init__(self, layout: Layout, catalogue: Catalogue, *, restores: bool = False) -> None:
        """`restores`, for a rebuild: write also the post files that somebody has changed; else those stay as they are.

        Then no file is noted for a site either, and no text is indexed, because all are afterwards.
        """
        self._layout, self._catalogue, self._restores = layout, catalogue, restores
        self._reader, self._upkeep = layout.reader(), Upkeep(layout.search)
        self._kept: list[KeptFile] = []

    def close(self) -> None:
        """Close the WARC files that are open for reading, and the index."""
        self._reader.close()
        self._upkeep.close()

    def publish(self, batch: Sequence[tuple[Version, str]]) -> None:
        """Publish versions with their texts, oldest first; a file that somebody has changed stays as it is.

        StorageFailed when a file can't be written; the next run publishes the versions that were not marked.
        """
        if not batch:
            return
        for version, _text in batch:
            for image in version.images:
                if image.media and image.capture:
                    self._copy(image.media, image.capture)
        self._reader.close()  # a run's last batch comes just before the archive's writer closes
        files = {version.path: self.file(version, text) for version, text in batch if not self._is_kept(version)}
        write_files(self._layout.posts, ((path, text.encode()) for path, text in files.items() if text is not None))
        for path, text in files.items():
            if text is None:
                remove_file(self._layout.posts, path)
        touched = {version.path for version, _text in batch}
        for version, _text in batch:
            if version.derivation:
                touched |= self._remove_old(version)
        self.note(touched)
        if not self._restores:
            self._upkeep.add(batch)
        self._catalogue.mark_shown(version.record_id for version, _text in batch)

    def set_aside(self, version: Version) -> bool:
        """Move the post file of a version whose record is lost into `set-aside/`; return whether there was one.

        So the article's post, once it is fetched again, gets its path. A file that somebody has changed stays.
        """
        try:
            with open_regular(self._layout.posts / version.path) as file:
                body = file.read()
        except OSError:
            return False
        if digest_of(body) != version.digest:
            return False
        write_file(self._layout.root / SET_ASIDE, f"posts/{version.path}", body)
        remove_file(self._layout.posts, version.path)
        self.note([version.path])
        return True

    def take_kept(self) -> list[KeptFile]:
        """The post files that were kept since the last call."""
        taken, self._kept = self._kept, []
        return taken

    def follow(self, articles: Iterable[str]) -> None:
        """Let the post files of articles, by canonical URL, follow their new states."""
        for url in articles:
            version = self._catalogue.latest(url)
            if version is not None and not version.shown:
                if self._layout.withdrawn == "keep":
                    self._catalogue.mark_shown([version.record_id])
                else:
                    self.publish_stored([version])

    def is_taken(self, path: str, canonical_url: str) -> bool:
        """Whether a path is that of another article's post, or of a file that is not the post of any article."""
        owner = self._catalogue.article_at(path)
        return owner != canonical_url if owner else self._is_not_ours(path, canonical_url)

    def is_edited(self, version: Version) -> bool:
        """Whether the post file of a version is there, and as no version of its article was ever written."""
        return self._is_not_ours(version.path, version.canonical_url)

    def _is_not_ours(self, path: str, canonical_url: str) -> bool:
        """Whether a file is there, and as no version of an article was ever written."""
        place = self._layout.posts / path
        if not os.path.lexists(place):
            return False
        try:
            with open_regular(place) as file:
                body = file.read()
        except OSError:
            return True
        versions = self._catalogue.versions(canonical_url)
        if digest_of(body) in {one.digest for one in versions}:
            return False
        gone = [state for state in self._catalogue.states.of(canonical_url) if state.state == "withdrawn"]
        try:
            texts = [self.text(one) for one in versions] if gone else []
        except (ArchiveError, ValueError):
            return True  # nothing proves that we wrote it
        return all(body != (file_of(text, state, "mark") or "").encode() for text in texts for state in gone)

    def _is_kept(self, version: Version) -> bool:
        """Whether the post file stays as it is, because somebody has changed it."""
        if self._restores or not self.is_edited(version):
            return False
        self._keep(version.path, "it stays, and `warcpress rebuild` would replace it")
        return True

    def _keep(self, path: str, what: str) -> None:
        self._kept.append(KeptFile(path, f"{path}: somebody changed this post file; {what}"))
        logger.warning("%s", self._kept[-1].message)

    def note(self, paths: Iterable[str]) -> None:
        """Note which files a site may have to get or lose; first, so that a kill after it forgets none."""
        if self._layout.site.exists() and not self._restores:
            with closing(SiteList(self._layout.site)) as known:
                known.wait(paths)

    def _remove_old(self, version: Version) -> set[str]:
        """Remove the files that a post had under other paths, before it was rendered, unless somebody changed them.

        Return these paths.
        """
        earlier = {old.path: old for old in self._catalogue.versions(version.canonical_url)}
        for path, old in earlier.items():
            if path == version.path or self._catalogue.article_at(path) not in (None, version.canonical_url):
                continue
            file, new = self._layout.posts / path, self._layout.posts / version.path
            if not file.exists() or (new.exists() and file.samefile(new)):
                continue  # one file on a file system without case
            if self.is_edited(old):
                self._keep(path, f"it stays, and the post is now {version.path}")
            else:
                remove_file(self._layout.posts, path)
        return set(earlier)

    def publish_stored(self, versions: Iterable[Version]) -> int:
        """Publish versions whose texts are read from the archive; return how many."""
        count = 0
        for version in versions:
            self.publish([(version, self.text(version))])
            count += 1
        return count

    def file(self, version: Version, text: str) -> str | None:
        """The content of the post file of a version with this text; None = no file ([posts] withdrawn)."""
        return file_of(text, self._withdrawn(version), self._layout.withdrawn)

    def is_withdrawn(self, version: Version) -> bool:
        """Whether the post file of an article differs from its newest version, because it is withdrawn."""
        return self._withdrawn(version) is not None

    def _withdrawn(self, version: Version) -> State | None:
        if self._layout.withdrawn == "keep":
            return None
        return self._catalogue.states.withdrawn(version.canonical_url)

    def text(self, version: Version) -> str:
        """Read a version's text from the archive, or from its post file if the WARC file is only in the store."""
        if self._reader.is_only_stored(version.file) and (kept := text_here(self._layout, version)) is not None:
            return kept
        with self._reader.record(version.file, version.offset) as record:
            return record.block.read(LARGEST_POST).decode()

    def _copy(self, media: str, capture: str) -> None:
        copy = self._layout.media / media
        if copy.is_symlink() or not copy.exists():  # a planted link is replaced
            try:
                body = self._reader.entity(capture, LARGEST_IMAGE)
            except BadRecord as error:  # lost, or damaged: the post is shown all the same
                logger.warning("media/%s can't be made again: %s; `warcpress audit` tells more", media, error)
                return
            write_file(self._layout.media, media, body)


def text_here(layout: Layout, version: Version) -> str | None:
    """The text of a version from its post file; None when the file is missing or has other bytes than the version."""
    for one in layout.each():
        with suppress(OSError), open_regular(one.posts / version.path) as file:
            body = file.read(LARGEST_POST)
            if digest_of(body) == version.digest:
                return body.decode()
    return None


def pack_posts(
    layout: Layout, catalogue: Catalogue, target: Path, since: datetime | None, sign: PackageSigner | None = None
) -> Packed:
    """Pack the archive into one WACZ file, whose pages are the newest versions with title and text.

    `since` (aware): only WARC files with a capture of that time or later. ArchiveError when a WARC file is missing.
    """
    from archive import PackedPage, pack  # packages and their signatures, which no run needs: 0.04 s of CPU (2026-11)

    publisher = Publisher(layout, catalogue)

    def pages() -> Iterator[PackedPage]:
        for version in catalogue.newest():
            capture = catalogue.capture(version.pages[0])
            if capture is not None and (since is None or capture.date >= since):
                text = "\n".join(blocks(parse(publisher.text(version)).body))
                yield PackedPage(capture.url, capture.date, version.title, text)

    return pack(layout.root, target, pages=pages(), since=since, title="warcpress", sign=sign, stores=layout.stores)
