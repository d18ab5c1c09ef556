"""Stored versions go in; post files and local copies of images, or a WACZ file with titles and texts, come out.

A version is stored once its record is on disk in the archive and its row in the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from archive import Packed, PackedPage, Reader, pack
from crawler.posts.conversion import digest_of
from crawler.posts.differences import blocks
from crawler.posts.frontmatter import parse
from crawler.posts.states import file_of
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.files import remove_file, write_file, write_files
from crawler.store.stored_version import State, Version

LARGEST_POST = 64 * 2**20
"""Most bytes of a conversion's block; extraction reads at most a quarter of that."""
LARGEST_IMAGE = 256 * 2**20
"""Most bytes of a stored image; a run fetches at most [limits] image_bytes."""


class Publisher:
    """Write the files of versions and mark them as shown, with one fsync per folder and batch."""

    def __init__(self, layout: Layout, catalogue: Catalogue) -> None:
        self._layout, self._catalogue = layout, catalogue
        self._reader = Reader(layout.root)
        self.kept: list[str] = []
        """Old post files of renamed posts that were not removed, because somebody has changed them."""

    def publish(self, batch: Sequence[tuple[Version, str]]) -> None:
        """Publish versions with their texts, oldest first.

        StorageFailed when a file can't be written; the next run publishes the versions that were not marked.
        """
        if not batch:
            return
        for version, _text in batch:
            for image in version.images:
                if image.media and image.capture:
                    self._copy(image.media, image.capture)
        self._reader.close()  # a run's last batch comes just before the archive's writer closes
        files = {version.path: self.file(version, text) for version, text in batch}
        write_files(self._layout.posts, ((path, text.encode()) for path, text in files.items() if text is not None))
        for path, text in files.items():
            if text is None:
                remove_file(self._layout.posts, path)
        for version, _text in batch:
            if version.derivation:
                self._remove_old(version)
        self._catalogue.mark_shown(version.record_id for version, _text in batch)

    def follow(self, articles: Iterable[str]) -> None:
        """Let the post files of articles, by canonical URL, follow their new states."""
        for url in articles:
            version = self._catalogue.latest(url)
            if version is not None and not version.shown:
                if self._layout.withdrawn == "keep":
                    self._catalogue.mark_shown([version.record_id])
                else:
                    self.publish_stored([version])

    def is_edited(self, *versions: Version) -> bool:
        """Whether a post file is there, and as none of these versions of its article was written."""
        try:
            body = (self._layout.posts / versions[0].path).read_bytes()
        except FileNotFoundError:
            return False
        if digest_of(body) in {version.digest for version in versions}:
            return False
        return not self.is_withdrawn(versions[0]) or body.decode(errors="replace") not in {
            self.file(version, self.text(version)) for version in versions
        }

    def _remove_old(self, version: Version) -> None:
        """Remove the files that a post had under other paths, before it was rendered, unless somebody changed them."""
        earlier: dict[str, list[Version]] = {}
        for old in self._catalogue.versions(version.canonical_url):
            earlier.setdefault(old.path, []).append(old)
        for path, versions in earlier.items():
            if path == version.path or self._catalogue.article_at(path) not in (None, version.canonical_url):
                continue
            file, new = self._layout.posts / path, self._layout.posts / version.path
            if not file.exists() or (new.exists() and file.samefile(new)):
                continue  # one file on a file system without case
            if self.is_edited(*versions):
                self.kept.append(path)
            else:
                remove_file(self._layout.posts, path)

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
        """Read a version's text from the archive."""
        with self._reader.record(version.file, version.offset) as record:
            return record.block.read(LARGEST_POST).decode()

    def _copy(self, media: str, capture: str) -> None:
        copy = self._layout.media / media
        if copy.is_symlink() or not copy.exists():  # a planted link is replaced
            write_file(self._layout.media, media, self._reader.entity(capture, LARGEST_IMAGE))


def pack_posts(layout: Layout, catalogue: Catalogue, target: Path, since: datetime | None) -> Packed:
    """Pack the archive into one WACZ file, whose pages are the newest versions with title and text.

    `since` (aware): only WARC files with a capture of that time or later. ArchiveError when a WARC file is missing.
    """
    publisher = Publisher(layout, catalogue)

    def pages() -> Iterator[PackedPage]:
        for version in catalogue.newest():
            capture = catalogue.capture(version.pages[0])
            if capture is not None and (since is None or capture.date >= since):
                text = "\n".join(blocks(parse(publisher.text(version)).body))
                yield PackedPage(capture.url, capture.date, version.title, text)

    return pack(layout.root, target, pages=pages(), since=since, title="warcpress")
