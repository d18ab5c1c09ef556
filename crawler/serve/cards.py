"""A version goes in; section, author, language, lead picture and first words of its post come out."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from unicodedata import bidirectional
from urllib.parse import quote

from archive import ArchiveError, StoreFailed
from crawler.config import Config
from crawler.errors import WarcpressError
from crawler.extractors.languages import written_in
from crawler.from_warc.show import LARGEST_PAGE
from crawler.posts.blocks import as_html
from crawler.posts.conversion import MEDIA_URL, as_src
from crawler.posts.frontmatter import Parsed, parse
from crawler.serve.held import Opened, short
from crawler.store.stored_version import StateName, StoredImage, Version

EXCERPT = 220
"""Most characters of the first words that a list shows."""
REMEMBERED = 20_000
"""Most versions whose facts are kept in memory."""
_START = 4000
"""Characters of a body in which they are looked for, and by which a language is recognised."""
_PAGE_START = 8192
"""Bytes of a page in which its `<html lang>` is looked for."""
_LANG = re.compile(rb"<html\b[^>]{0,2000}?\s(?:xml:)?lang\s*=\s*[\"']?\s*([a-zA-Z]{2,3})(?![a-zA-Z])", re.IGNORECASE)
_CAPTION = re.compile(r"<figcaption\b.*?</figcaption>", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True)
class Facts:
    """What the text of a version tells; it never changes."""

    sections: tuple[str, ...] = ()
    """Categories, without the name of the publication."""
    author: str = ""
    """Empty when the post names its publication in place of people, which is then its site or one of its categories."""
    picture: str = ""
    """Path of the lead picture on this server; empty when there is none in the archive."""
    language: str = ""
    """Primary language of BCP 47; empty when unknown."""
    excerpt: str = ""
    fault: str = ""
    """Why the text can't be read; else empty."""


@dataclass(frozen=True)
class Card:
    """A post in a list."""

    version: Version
    facts: Facts
    state: StateName
    site: str
    """Name of its publication."""

    @property
    def path(self) -> str:
        """Path of its page."""
        return article_path(self.version)

    @property
    def direction(self) -> str:
        """In which its title is written, by the first letter that tells: `ltr` or `rtl`."""
        first = next((kind for sign in self.version.title if (kind := bidirectional(sign)) in ("L", "R", "AL")), "L")
        return "ltr" if first == "L" else "rtl"


def article_path(version: Version) -> str:
    """Path of the page of an article."""
    return "/article/" + quote(version.path)


def picture_path(image: StoredImage) -> str:
    """Path of a picture on this server; empty when the archive does not have it."""
    return "/picture/" + quote(short(image.capture)) if image.capture else ""


def pictures_of(version: Version) -> dict[str, str]:
    """Paths on this server of the pictures of a version, by the `src` that its post may have; empty ones are lost."""
    return {
        src: picture_path(image)
        for image in version.images
        for src in (image.url, as_src(image.url), *([MEDIA_URL + image.media] if image.media else ()))
    }


class Cards:
    """Makes cards, and remembers what the texts told."""

    def __init__(self, config: Config) -> None:
        self._sites = {source.name: source.site for source in config.sources}
        self._known: dict[str, Facts] = {}

    def of(self, opened: Opened, version: Version) -> Card:
        """Make the card of a version."""
        site = self._sites.get(version.source) or version.source
        facts = self._known.get(version.record_id)
        if facts is None:
            facts = _facts(opened, version, site)
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            if not facts.fault:
                self._known[version.record_id] = facts
        return Card(version, facts, opened.catalogue.states.name(version.canonical_url), site)


def _facts(opened: Opened, version: Version, site: str) -> Facts:
    try:
        post = parse(opened.text(version))
    except (ArchiveError, StoreFailed, WarcpressError) as error:
        return Facts(fault=str(error))
    return facts_of(version, post, site, lambda: declared_language(opened, version))


def facts_of(version: Version, post: Parsed, site: str, declared: Callable[[], str]) -> Facts:
    """Read the facts of a post. `declared` gives the language that its page declares, where the letters do not tell."""
    words = " ".join(html.unescape(_TAG.sub(" ", _CAPTION.sub("", as_html(post.body[:_START])))).split())
    categories, author, lead = (post.fields.get(key) for key in ("categories", "author", "headimg"))
    listed = categories if isinstance(categories, list) else []
    return Facts(
        sections=tuple(str(name) for name in listed if name and name != site),
        author=author if isinstance(author, str) and author not in (site, *listed) else "",
        picture=pictures_of(version).get(lead, "") if isinstance(lead, str) else "",
        language=written_in(lambda: version.title + words[:1000], "") or declared(),
        excerpt=_cut(words),
    )


def declared_language(opened: Opened, version: Version) -> str:
    """The language that the page of a version declares in its first element; empty when there is none."""
    capture = opened.catalogue.capture(version.pages[0]) if version.pages else None
    if capture is None:
        return ""
    try:
        start = next(iter(opened.reader.entity_pieces(capture, LARGEST_PAGE)), b"")[:_PAGE_START]
    except ArchiveError:
        return ""
    found = _LANG.search(start)
    return found[1].decode().lower() if found else ""


def _cut(words: str) -> str:
    if len(words) <= EXCERPT:
        return words
    start = words[:EXCERPT]
    last = start.rfind(" ")
    return (start[:last] if last > EXCERPT // 2 else start) + "…"
