"""Atom (RFC 4287): a feed's values go in, its document comes out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from lxml import etree

MEDIA_TYPE = "application/atom+xml"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When an empty feed changed."""


@dataclass(frozen=True)
class Link:
    """A link of a feed or an entry."""

    rel: str
    href: str
    title: str = ""
    type: str = ""


@dataclass(frozen=True)
class Entry:
    """One entry; its texts may hold anything."""

    id: str
    title: str
    updated: datetime
    html: str
    links: tuple[Link, ...]
    published: datetime | None = None
    author: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feed:
    """A page of a feed."""

    id: str
    title: str
    author: str
    """Of entries that name none."""
    links: tuple[Link, ...]
    entries: tuple[Entry, ...]

    @property
    def updated(self) -> datetime:
        """When an entry last changed."""
        return max((entry.updated for entry in self.entries), default=NEVER)

    def document(self) -> bytes:
        """The feed as XML."""
        root = etree.Element(f"{{{_NAMESPACE}}}feed", nsmap=cast(Any, {None: _NAMESPACE}))  # no prefix
        _start(root, self.id, self.title, self.updated, self.links)
        _person(root, self.author)
        for entry in self.entries:
            _put_entry(_put(root, "entry"), entry)
        return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _put_entry(element: etree._Element, entry: Entry) -> None:
    _start(element, entry.id, entry.title, entry.updated, entry.links)
    if entry.published:
        _put(element, "published", _date(entry.published))
    if entry.author:
        _person(element, entry.author)
    for name in entry.categories:
        _put(element, "category", term=name)
    _put(element, "content", entry.html, type="html")


def _start(element: etree._Element, name: str, title: str, updated: datetime, links: tuple[Link, ...]) -> None:
    _put(element, "id", name)
    _put(element, "title", title)
    _put(element, "updated", _date(updated))
    for link in links:
        given = {"rel": link.rel, "href": link.href, "title": link.title, "type": link.type}
        _put(element, "link", **{key: value for key, value in given.items() if value})


def _person(element: etree._Element, name: str) -> None:
    _put(_put(element, "author"), "name", name)


def _put(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    given = {key: _xml(value) for key, value in attributes.items()}
    element = etree.SubElement(parent, f"{{{_NAMESPACE}}}{name}", given)
    element.text = _xml(text) or None
    return element


def _xml(text: str) -> str:
    """Text without the characters that XML has no place for."""
    return _NOT_XML.sub("\ufffd", text)


def _date(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
