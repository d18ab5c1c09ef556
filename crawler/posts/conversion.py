"""Conversion: how a post was made from its captures, as metadata of its conversion record; and the post's text.

A run writes it with each version. `rebuild` and the audit make the post again from these fields and the captures, with
the same `text_of`, and get the same bytes. The fields are `application/warc-fields` (WARC 1.1, Annex B).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from urllib.parse import quote

from archive import StoredRecord
from crawler.clock import from_rfc3339, rfc3339
from crawler.items import Post
from crawler.posts.escaping import scrub
from crawler.posts.frontmatter import DIALECTS, Dialect, parse, render
from crawler.store.stored_version import StoredImage, Version

PATH = "post-path"
"""The field that every version has, and no other program's record."""
_MARKDOWN = "markdown "
NONE = "-"
"""Written in place of an absent value."""
CONTENT_TYPE = "text/markdown; charset=utf-8"
"""Content-Type of the conversion record; its block is the post file."""
MEDIA_URL = "/media/"
"""URL path under which a site serves the data folder's media/."""
_WRITTEN_PLAINLY = "\"#$%&+,/:;<=>?@[\\]^`{|}!~*'()"
"""ASCII that libxml2 leaves as it is in `src`, besides letters, digits, `-`, `_` and `.`."""


@dataclass(frozen=True)
class Conversion:
    """All that a version is made from, apart from the bytes of its captures."""

    path: str
    """Post file below the posts folder."""
    number: int
    canonical_url: str
    source: str
    section: str
    """Section of the entry point that led to the article; empty = the source's."""
    hint: datetime | None
    """Publication date of the feed, sitemap or listing."""
    dated: datetime | None
    """Date of the post when its page names none, or one that counts from its capture; None = the page names one."""
    published: datetime | None
    updated: datetime | None
    extractor: str
    pages: tuple[str, ...]
    """Record ids of the article's pages, the first page first."""
    images: tuple[StoredImage, ...]
    local: bool
    """Whether images point at their copies in media/."""
    extra: tuple[str, ...]
    """Names of the further front-matter keys."""
    dialect: Dialect = "hexo"
    relative: bool = False
    """Whether `published` counts from the first capture (`3 hours ago`)."""
    markdown: str = ""
    """What turned the body into Markdown (`markdown.converter`); empty = the body is HTML."""
    language: str | None = None
    """Primary language of BCP 47, empty when unknown. None = an older post: it has no record of these three."""
    authors: tuple[str, ...] = ()
    """People whom the page names."""
    tags: tuple[str, ...] = ()
    derivation: int = 0
    """0 = as first made; 1, 2, … = the same version made again, from the same captures, by other settings or rules."""

    def fields(self) -> list[tuple[str, str]]:
        """Fields of the metadata record, in order."""
        return [
            (PATH, self.path),
            ("post-version", str(self.number)),
            *((("derivation", str(self.derivation)),) if self.derivation else ()),
            ("canonical-url", self.canonical_url),
            ("source", self.source),
            ("section", self.section or NONE),
            ("published-hint", _instant(self.hint)),
            ("dated", _instant(self.dated)),
            ("published", _instant(self.published)),
            *((("published-from", "capture"),) if self.relative else ()),
            ("updated", _instant(self.updated)),
            ("extractor", self.extractor),
            ("images", "local" if self.local else "remote"),
            *((("dialect", self.dialect),) if self.dialect != "hexo" else ()),
            *((("body", f"{_MARKDOWN}{self.markdown}"),) if self.markdown else ()),
            *((("language", self.language or NONE),) if self.language is not None else ()),
            *(("author", name) for name in self.authors),
            *(("tag", name) for name in self.tags),
            *(("extra-key", name) for name in self.extra),
            *(("page", record_id) for record_id in self.pages),
            *(
                ("image", " ".join((image.capture or NONE, image.digest or NONE, image.media or NONE, image.url)))
                for image in self.images
            ),
        ]

    @classmethod
    def parse(cls, fields: Iterable[tuple[str, str]]) -> Self:
        """Read the fields of a metadata record, as `fields` gives them. ValueError for a missing or malformed one."""
        single: dict[str, str] = {}
        several: dict[str, list[str]] = {"author": [], "tag": [], "extra-key": [], "page": [], "image": []}
        for name, value in fields:
            if name in several:
                several[name].append(value)
            else:
                single[name] = value
        try:
            return cls(
                path=_path(single[PATH]),
                number=_number(single["post-version"]),
                canonical_url=single["canonical-url"],
                source=single["source"],
                section=_text(single["section"]) or "",
                hint=_parsed(single["published-hint"]),
                dated=_parsed(single["dated"]),
                published=_parsed(single["published"]),
                updated=_parsed(single["updated"]),
                extractor=single["extractor"],
                pages=tuple(several["page"]),
                images=tuple(_image(value) for value in several["image"]),
                local=single["images"] == "local",
                extra=tuple(several["extra-key"]),
                dialect=_dialect(single.get("dialect", "hexo")),
                relative=single.get("published-from") == "capture",
                markdown=_markdown(single.get("body")),
                language=(_text(single["language"]) or "") if "language" in single else None,
                authors=tuple(several["author"]),
                tags=tuple(several["tag"]),
                derivation=_number(single["derivation"]) if "derivation" in single else 0,
            )
        except KeyError as error:
            raise ValueError(f"no field {error}") from None


def version_of(conversion: Conversion, record: StoredRecord, text: str, captured: datetime) -> Version:
    """Make the catalogue's row of a version from its conversion record, written in a run or read in a rebuild.

    `captured`: date of the capture of the article's first page.
    """
    title = parse(text).fields["title"]
    return Version(
        record_id=record.record_id,
        canonical_url=conversion.canonical_url,
        number=conversion.number,
        captured=captured,
        converted=record.date,
        title=title if isinstance(title, str) else "",
        published=conversion.published,
        updated=conversion.updated,
        dated=conversion.dated,
        digest=digest_of(text.encode()),
        extractor=conversion.extractor,
        file=record.file,
        offset=record.offset,
        length=record.length,
        source=conversion.source,
        path=conversion.path,
        pages=conversion.pages,
        images=conversion.images,
        derivation=conversion.derivation,
    )


def with_facts(conversion: Conversion, post: Post) -> Conversion:
    """A conversion with what the post file does not tell of an extracted article."""

    def lines(texts: Iterable[str]) -> tuple[str, ...]:
        return tuple(filter(None, (" ".join(scrub(text).split()) for text in texts)))

    language, *_ = (*lines([post.language]), "")
    return replace(conversion, language=language, authors=lines(post.authors), tags=lines(post.tags))


def digest_of(post: bytes) -> str:
    """`sha256:HEX` of a post file."""
    return "sha256:" + hashlib.sha256(post).hexdigest()


def _dialect(name: str) -> Dialect:
    for known in DIALECTS:
        if name == known:
            return known
    raise ValueError(f"unknown dialect {name}")


def _markdown(body: str | None) -> str:
    """What made the Markdown of a body."""
    if body is not None and not body.startswith(_MARKDOWN):
        raise ValueError(f"unknown form of a body: {body}")
    return (body or "").removeprefix(_MARKDOWN)


def _path(path: str) -> str:
    """Check that a path stays below the posts folder."""
    if not path or path.startswith("/") or "\\" in path or ".." in path.split("/"):
        raise ValueError(f"a path outside of the posts folder: {path}")
    return path


def _number(digits: str) -> int:
    """Read a number that a database can hold."""
    number = int(digits)
    if not 0 < number < 2**63:
        raise ValueError(f"no number of a version: {digits}")
    return number


def _instant(instant: datetime | None) -> str:
    return NONE if instant is None else rfc3339(instant)


def _parsed(value: str) -> datetime | None:
    return None if value == NONE else from_rfc3339(value)


def _text(value: str) -> str | None:
    return None if value == NONE else value


def _image(value: str) -> StoredImage:
    capture, digest, media, url = value.split(" ", 3)
    return StoredImage(url=url, capture=_text(capture), digest=_text(digest), media=_text(media))


Extra = str | tuple[str, ...]
EXTRA: Mapping[str, Callable[[Post, Conversion, str], Extra]] = {
    "source": lambda post, conversion, digest: conversion.source,
    "warc_record_id": lambda post, conversion, digest: conversion.pages[0],
    "payload_digest": lambda post, conversion, digest: digest,
    "updated": lambda post, conversion, digest: rfc3339(post.updated) if post.updated else "",
    "tags": lambda post, conversion, digest: post.tags,
}
"""Keys that `[posts] extra` may name → their values; `digest`: payload digest of the article's first page."""


def as_src(url: str) -> str:
    """An image's URL as a body has it: libxml2 writes letters that are not ASCII, and spaces, percent-encoded."""
    return quote(url, safe=_WRITTEN_PLAINLY)


def text_of(post: Post, conversion: Conversion, digest: str) -> str:
    """Text of the post file. `digest`: payload digest of the article's first page."""
    if conversion.dated is not None:
        post = replace(post, published=conversion.dated)
    local = [(image, MEDIA_URL + image.media) for image in conversion.images if image.media]
    copies = {url: copy for image, copy in local for url in (image.url, as_src(image.url))}
    extra = {name: EXTRA[name](post, conversion, digest) for name in conversion.extra}
    images = copies if conversion.local else {}
    return render(post, images=images, extra=extra, dialect=conversion.dialect, markdown=bool(conversion.markdown))
