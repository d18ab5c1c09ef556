"""Two posts go in; whether they are the same comes out. Pure.

`same_article`: do two pages have one article? `same_content`: would a reader see a difference between two versions?
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import urlsplit

from lxml import etree, html

from crawler.extractors.text_key import key
from crawler.posts.blocks import tree, visible
from crawler.posts.conversion import MEDIA_URL, as_src
from crawler.posts.frontmatter import Value, parse
from crawler.store.stored_version import StoredImage
from crawler.urls.canonical import canonicalise

SHINGLE = 24
"""Letters and digits of the pieces by which two texts are compared."""
SAME_SHARE = 0.8
"""Share of the shorter text's pieces that the text of the same article has.

Measured on 394 recorded pages (2026-11): another reading of the same page has at least 0.8 in 391 and 0.9 in 388,
another article of the same site at most 0.15 (374 pairs).
"""
COMPARABLE = 100
"""Letters and digits of the shortest text that is compared; of a shorter one, the title alone decides."""
LONGEST = 100_000
"""Letters and digits of a text that are compared: 15 ms."""
_AFFIXED = 8
"""Letters and digits of the shortest title that counts as the same with words before or after it."""


def same_article(title: str, text: str, other_title: str, other_text: str) -> bool:
    """Whether two pages have the same article: their titles agree, and the longer text has most of the shorter.

    So a teaser or a mobile form is the article, and an article with the same title is not.
    """
    if not _titles_agree(key(title), key(other_title)):
        return False
    one, other = key(text)[:LONGEST], key(other_text)[:LONGEST]
    if min(len(one), len(other)) < COMPARABLE:
        return True
    pieces, others = _shingles(one), _shingles(other)
    return len(pieces & others) >= SAME_SHARE * min(len(pieces), len(others))


def _titles_agree(one: str, other: str) -> bool:
    """Whether two titles are one, or one of them has words before or after it, as in `Print: …`."""
    short, long = sorted((one, other), key=len)
    if len(short) < _AFFIXED or short == long:
        return short == long
    before, found, after = long.partition(short)
    return bool(found) and not (before and after) and not (before[-1:] + after[:1]).isdigit()


def _shingles(text: str) -> set[str]:
    return {text[start : start + SHINGLE] for start in range(len(text) - SHINGLE + 1)}


def same_content(
    before: str, after: str, images_before: Sequence[StoredImage], images_after: Sequence[StoredImage]
) -> bool:
    """Whether two post files say and show the same: a difference between them makes no new version.

    No difference: white space, classes and styles, wrappers, the address of a picture that has the same bytes, a
    signature in the address of one that was not fetched, its arrival where the text does not show its copy, a time that
    counts back from the capture (`3 hours ago`).
    """
    if _has_new_copies(before, after, images_after):
        return False
    old, new = parse(before), parse(after)
    arrived = _without_bytes(images_before) - _without_bytes(images_after)
    pictures, pictures_now = _pictures(images_before, arrived), _pictures(images_after, arrived)
    return (
        [pictures[image.url] for image in images_before] == [pictures_now[image.url] for image in images_after]
        and _shown_fields(old.fields) == _shown_fields(new.fields)
        and _same_blocks(_content(old.body, pictures), _content(new.body, pictures_now))
    )


_BESIDE = frozenset({"headimg", "thumbnail", "updated", "warc_record_id", "payload_digest"})
"""Front-matter keys that say nothing about the content; the lead image is the first of the images."""


def _shown_fields(fields: Mapping[str, Value]) -> dict[str, Value]:
    return {
        name: " ".join(visible(value).split()) if isinstance(value, str) else value
        for name, value in fields.items()
        if name not in _BESIDE
    }


def _has_new_copies(before: str, after: str, images: Sequence[StoredImage]) -> bool:
    """Whether the new text shows the local copy of a picture that was missing when the old one was made."""
    copies = {MEDIA_URL + image.media: image.url for image in images if image.media}
    return any(copy in after and copy not in before and url in before for copy, url in copies.items())


def _without_bytes(images: Sequence[StoredImage]) -> set[str]:
    return {image.url for image in images if image.digest is None}


def _pictures(images: Sequence[StoredImage], arrived: Collection[str]) -> dict[str, str]:
    """Address of each picture and of its copy → what it is known by: the digest of its bytes, or its name.

    `arrived`: pictures whose bytes came after the first version; they were shown by their address before.
    """
    known: dict[str, str] = {}
    for image in images:
        shown = image.digest if image.digest and image.url not in arrived else _name(image.url)
        known[image.url] = known[as_src(image.url)] = shown
        if image.media:
            known[MEDIA_URL + image.media] = shown
    return known


def _name(url: str) -> str:
    """The address of a picture without its signature and its host, which may be one of several."""
    return "no bytes: " + urlsplit(_unsigned(url))._replace(scheme="", netloc="").geturl()


_SIGNATURE = re.compile(r"\d{9,}|(?=[^=]*\d)[\w.%+/~=-]{16,}", re.IGNORECASE)
"""A time stamp or a signature, as the value of a parameter."""
_PICTURE_NAME = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg)$", re.IGNORECASE)


def _unsigned(url: str) -> str:
    address, _, query = canonicalise(url).partition("?")
    kept = [pair for pair in query.split("&") if not _SIGNATURE.fullmatch(pair.partition("=")[2])]
    return "?".join(filter(None, (address, "&".join(kept))))


_WRAPPERS = frozenset(
    {"article", "bdi", "center", "div", "font", "section", "small", "span", "time", "br", "hr", "wbr"}
)
"""Elements whose coming and going is no change."""
_TOLD: Mapping[str, tuple[str, ...]] = {
    "abbr": ("title",),
    "li": ("value",),
    "ol": ("start",),
    "td": ("colspan", "rowspan"),
    "th": ("colspan", "rowspan"),
}
"""Attributes that a reader sees, by element; those of links and pictures apart."""
_AROUND_TAGS = re.compile(r"\s*(\x02[^\x03]*\x03)\s*")
_EMPTY = re.compile(r"\x02(\w+)\x03\x02/\1\x03")
_EMPTY_LEVELS = 4
"""How deep empty elements may nest to be left out."""


def _content(body: str, pictures: Mapping[str, str]) -> list[str]:
    """The text, structure, links and pictures of a body, block by block, without white space around its tags."""
    root = tree(body)
    written: list[str] = []
    for event, element in etree.iterwalk(root, ("start", "end")):
        tag = "" if element.tag in _WRAPPERS else element.tag
        if event == "start":
            told = _attributes(element, pictures) if tag else ""
            written += [f"\x02{tag}{told}\x03" if tag else _gap(element), element.text or ""]
        else:
            written += [f"\x02/{tag}\x03" if tag else _gap(element), element.tail or ""]
    text = _AROUND_TAGS.sub(r"\1", " ".join(visible("".join(written)).split()))
    for _ in range(_EMPTY_LEVELS):
        text = _EMPTY.sub("", text)
    return [block for block in re.split(r"(?<=\x03)|(?=\x02)", text) if block]


def _same_blocks(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether two contents are equal but for times that count back from their captures."""
    if before == after or len(before) != len(after):
        return before == after
    # Imported here: it takes 0.2 s, and few pages leave such a time in their text.
    from crawler.extractors.dates import relative

    changed = ((old, new) for old, new in zip(before, after, strict=True) if old != new)
    return all("\x02" not in old + new and relative.without(old) == relative.without(new) for old, new in changed)


def _gap(element: html.HtmlElement) -> str:
    return "" if element.tag in ("bdi", "font", "small", "span", "time", "wbr") else " "


def _attributes(element: html.HtmlElement, pictures: Mapping[str, str]) -> str:
    if element.tag == "img":
        src = element.get("src") or ""
        return f" {pictures.get(src) or _unsigned(src)} {element.get('alt') or ''}"
    if element.tag == "a":
        href = element.get("href") or ""
        return " " + (_unsigned(href) if _PICTURE_NAME.search(urlsplit(href).path) else canonicalise(href))
    return "".join(f" {name}={element.get(name)}" for name in _TOLD.get(element.tag, ()) if element.get(name))
