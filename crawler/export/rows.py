"""A stored version goes in; a row with its text and its provenance comes out. COLUMNS is the documented schema."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Literal, get_args

from archive import ArchiveError, Capture, Reader
from crawler.clock import rfc3339
from crawler.errors import StorageFailed, WarcpressError
from crawler.from_warc.ingest import Made, made_of
from crawler.posts.blocks import as_html, blocks
from crawler.posts.conversion import MEDIA_URL, as_src, digest_of
from crawler.posts.frontmatter import parse
from crawler.posts.markdown import markdown_of
from crawler.posts.markdown_text import address
from crawler.store.catalogue import Catalogue
from crawler.store.stored_version import StoredImage, Version

Kind = Literal["text", "number", "time", "texts", "captures"]
"""`time` is RFC 3339 in UTC; `texts` a list; `captures` a list of objects with the keys of CAPTURE."""
Body = Literal["html", "markdown"]

COLUMNS: Mapping[str, tuple[Kind, str]] = {
    "record_id": ("text", "id of the `conversion` record that is this version of the post"),
    "url": ("text", "canonical URL of the article"),
    "source": ("text", "name of the source that captured it"),
    "section": ("text", "section of the entry point that led to it; null = the source's"),
    "title": ("text", "headline"),
    "authors": ("texts", "people whom the page names; of an older post what its front matter has"),
    "categories": ("texts", "categories of the post"),
    "tags": ("texts", "tags of the page; of an older post those of its front matter, if it has them"),
    "language": ("text", "primary language of BCP 47; null = unknown, or a post made before this was recorded"),
    "date": ("time", "date that the post shows: `published`, else that of the feed or list, else `captured`"),
    "published": ("time", "date of publication that the page names"),
    "updated": ("time", "date of the last change that the page names"),
    "captured": ("time", "date of the capture of the article's first page"),
    "version": ("number", "1, 2, …: a new one for each change that a reader sees"),
    "derivation": ("number", "0 = as first made; 1, 2, … = made again by other settings or rules"),
    "state": ("text", "of the article now: present, withdrawn or suspect"),
    "post": ("text", "path of the post file below the posts folder"),
    "digest": ("text", "`sha256:` and hex of the post file"),
    "extractor": ("text", "version of the extractor and its libraries"),
    "file": ("text", "WARC file of the `conversion` record"),
    "offset": ("number", "first byte of that record in its file"),
    "pages": ("captures", "captures of the article's pages, the first page first"),
    "images": ("captures", "pictures of the post, the lead image first; `record_id` is null for one without capture"),
    "text": ("text", "visible text of the body, a block on each line"),
    "html": ("text", "body as HTML; absent with `--markdown`"),
    "markdown": ("text", "body as Markdown, with `--markdown`; null for a body that is too large for it"),
}
"""Columns of every table, in their order: their kind, and what they have. Null where there is nothing."""
CAPTURE: Mapping[str, tuple[Kind, str]] = {
    "url": ("text", "URL that was captured"),
    "record_id": ("text", "id of its `response` or `revisit` record"),
    "date": ("time", "when it was captured"),
    "digest": ("text", "payload digest"),
    "file": ("text", "WARC file"),
    "offset": ("number", "first byte of the record in its file"),
}
"""Keys of each page and picture."""

Row = dict[str, Any]
"""Column → str, int, aware datetime, list of str, list of captures, or None."""


@dataclass(frozen=True)
class Exported:
    """A version with its row."""

    version: Version
    row: Row


@dataclass(frozen=True)
class Lost:
    """A version that could not be read."""

    version: Version
    reason: str

    def __str__(self) -> str:
        return (
            f"{self.version.path}, version {self.version.number}: not exported: {self.reason}; "
            "`warcpress audit` tells what the archive lacks"
        )


class Rows:
    """Read the rows of one archive."""

    def __init__(self, reader: Reader, catalogue: Catalogue, body: Body = "html") -> None:
        self._reader, self._catalogue, self._body = reader, catalogue, body

    @property
    def columns(self) -> list[str]:
        """The columns of each row."""
        return [name for name in COLUMNS if name == self._body or name not in get_args(Body)]

    def of(self, version: Version) -> Exported | Lost:
        """Read a version; Lost when its record is missing, damaged, or not the one that the catalogue knows.

        StorageFailed when the catalogue can't be read.
        """
        try:
            made = made_of(self._reader, version)
            if digest_of(made.text.encode()) != version.digest:
                return Lost(version, f"{version.file}:{version.offset}: another text than the catalogue's")
            return Exported(version, self._row(made))
        except StorageFailed:
            raise
        except (ArchiveError, WarcpressError, ValueError) as error:
            return Lost(version, str(error))

    def _row(self, made: Made) -> Row:
        version, conversion, parsed = made.version, made.conversion, parse(made.text)
        is_recorded = conversion.language is not None
        author, tags = parsed.fields.get("author"), parsed.fields.get("tags")
        return {
            "record_id": version.record_id,
            "url": version.canonical_url,
            "source": version.source,
            "section": conversion.section or None,
            "title": version.title,
            "authors": list(conversion.authors) if is_recorded else [author] if isinstance(author, str) else [],
            "categories": _texts(parsed.fields.get("categories")),
            "tags": list(conversion.tags) if is_recorded else _texts(tags),
            "language": conversion.language or None,
            "date": version.date,
            "published": version.published,
            "updated": version.updated,
            "captured": version.captured,
            "version": version.number,
            "derivation": version.derivation,
            "state": self._catalogue.states.name(version.canonical_url),
            "post": version.path,
            "digest": version.digest,
            "extractor": version.extractor,
            "file": version.file,
            "offset": version.offset,
            "pages": [_capture("", page, self._catalogue.capture(page)) for page in version.pages],
            "images": [self._image(image) for image in version.images],
            "text": "\n".join(blocks(parsed.body)),
            self._body: self._written(parsed.body, version.images),
        }

    def _image(self, image: StoredImage) -> Row:
        capture = self._catalogue.capture(image.capture) if image.capture else None
        return {**_capture(image.url, image.capture, capture), "digest": image.digest}

    def _written(self, body: str, images: Iterable[StoredImage]) -> str | None:
        """The body in the form that is wanted, and in it the publisher's addresses of pictures, not those of copies."""
        if self._body == "markdown":
            stored = as_html(body)
            written = body.strip("\n") if stored is not body else markdown_of(_inner(body))
        else:
            written = _inner(as_html(body))
        urls = {MEDIA_URL + image.media: as_src(image.url) for image in images if image.media}
        return written and _COPY.sub(lambda m: m[1] + (_quoted(m[1], urls.get(m[2], m[2]))), written)


_COPY = re.compile(rf'(\bsrc="|\]\()({MEDIA_URL}[\w/.-]+)')
"""The address of a local copy, in HTML or Markdown."""


def _quoted(before: str, url: str) -> str:
    return escape(url) if before.endswith('"') else address(url)


def _inner(body: str) -> str:
    """HTML without the element around the bodies of posts."""
    return body.strip().removeprefix("<div>").removesuffix("</div>").strip()


def _capture(url: str, record_id: str | None, capture: Capture | None) -> Row:
    return {
        "url": capture.url if capture else url or None,
        "record_id": record_id,
        "date": capture.date if capture else None,
        "digest": (capture.payload_digest or None) if capture else None,
        "file": capture.file if capture else None,
        "offset": capture.offset if capture else None,
    }


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def plain(row: Row) -> Row:
    """A row as JSON has it: each time as RFC 3339."""

    def written(value: Any) -> Any:
        if isinstance(value, datetime):
            return rfc3339(value)
        return [plain(one) if isinstance(one, dict) else one for one in value] if isinstance(value, list) else value

    return {name: written(value) for name, value in row.items()}


def described(columns: Mapping[str, tuple[Kind, str]]) -> Iterator[str]:
    """The lines of the table that documents columns."""
    kinds = {"texts": "list of texts", "captures": "list of captures"}
    yield from ("| column | kind | has |", "|---|---|---|")
    yield from (f"| `{name}` | {kinds.get(kind, kind)} | {what} |" for name, (kind, what) in columns.items())
