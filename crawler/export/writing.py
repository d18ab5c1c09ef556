"""A target and a selection of posts go in; a file or a folder in the target's form comes out, whole or not at all."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path

from archive import ArchiveError, Reader, kept_together
from crawler.errors import ConfigError
from crawler.export.epub import write_epub
from crawler.export.forms import Write, write_csv, write_folder, write_jsonl, write_parquet, write_text
from crawler.export.rows import Body, Exported, Lost, Rows
from crawler.from_warc.publish import LARGEST_IMAGE
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.files import whole_file
from crawler.store.stored_version import Version

FORMS: dict[str, Write] = {
    ".jsonl": write_jsonl,
    ".csv": write_csv,
    ".txt": write_text,
    ".parquet": write_parquet,
}
EPUB = ".epub"
ENDINGS = (*FORMS, EPUB)


@dataclass
class Export:
    """Posts that are read one after the other, and how many were."""

    layout: Layout
    catalogue: Catalogue
    tell: Callable[[str], None]
    """Gets a line for each version or picture that could not be read."""
    body: Body = "html"
    versions: bool = False
    """Whether all versions of a post are exported, not only the newest."""
    written: int = 0
    lost: int = 0
    _reader: Reader = field(init=False)

    def write(self, posts: Iterable[Version], target: str) -> bool:
        """Write posts to a file, whose ending tells the form, to a folder, or to stdout; return whether there are any.

        `target`: a folder is there or ends with a slash; `-` = JSON Lines to stdout. ConfigError for another ending.
        StorageFailed when it can't be written: then a file is as it was before, and a folder has some posts, each
        whole.
        """
        self._refuse_archive(target)
        is_folder = target.endswith("/") or Path(target).is_dir()
        ending = Path(target).suffix.lower()
        if target != "-" and not is_folder and ending not in ENDINGS:
            raise ConfigError(f"{target}: this ending names no form; end a file in {', '.join(ENDINGS)}, a folder in /")
        self.body = "markdown" if is_folder else "html" if ending == EPUB else self.body
        with ExitStack() as kept, closing(self.layout.reader()) as self._reader:
            for one in self.layout.each():
                kept.enter_context(kept_together(one.root))
            rows = self._rows(posts)
            first = next(rows, None)
            if first is None:
                return False
            rows = chain([first], rows)
            if is_folder:
                write_folder(rows, Path(target), versions=self.versions)
            elif target == "-":
                write_jsonl(rows, (), sys.stdout.buffer)
            else:
                columns = Rows(self._reader, self.catalogue, self.body).columns
                write = partial(write_epub, pictures=self._picture) if ending == EPUB else FORMS[ending]
                with whole_file(Path(target)) as out:
                    write(rows, columns, out)
        return True

    def _refuse_archive(self, target: str) -> None:
        """ConfigError for a place where the export would replace posts, or lie among the files of the archive."""
        place, each = Path(target).resolve(), self.layout.each()
        for folder in (
            folder for one in each for folder in (one.posts, one.media, one.warc, one.root / "index", one.runs)
        ):
            if target != "-" and place.is_relative_to(folder.resolve()):
                raise ConfigError(f"{target}: is in {folder}, which an export does not change; name another place")

    def _rows(self, posts: Iterable[Version]) -> Iterator[Exported]:
        reading = Rows(self._reader, self.catalogue, self.body)
        for post in posts:
            for version in self.catalogue.versions(post.canonical_url) if self.versions else [post]:
                found = reading.of(version)
                if isinstance(found, Lost):
                    self.lost += 1
                    self.tell(str(found))
                else:
                    self.written += 1
                    yield found

    def _picture(self, record_id: str, url: str) -> bytes | None:
        """The bytes of a captured picture; None, with a line on it, when they can't be read."""
        try:
            return self._reader.entity(record_id, LARGEST_IMAGE)
        except ArchiveError as error:
            self.lost += 1
            self.tell(f"picture {url}: not exported: {error}; `warcpress audit` tells what the archive lacks")
            return None
