"""Read and write OPML, the lists of subscriptions of feed readers (opml.org, version 2.0)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from xml.sax.saxutils import escape

from crawler.discovery.found import one_line, unescaped, without_feed_scheme
from crawler.discovery.markup import Element, Markup
from crawler.errors import SourceUnreadable
from crawler.items import Source

MOST = 5_000
"""Most feeds of one file."""


@dataclass(frozen=True)
class Subscription:
    """One feed of a list."""

    feed: str
    """URL of the feed, as the file writes it."""
    title: str = ""
    group: str = ""
    """Title of the innermost folder that it is in; empty = none."""


def read(body: bytes, name: str) -> tuple[list[Subscription], str]:
    """Return the feeds that a file lists, in its order, and what could not be read of it: one line, or empty.

    `name` is that of the file. SourceUnreadable when it is no OPML or names no feed. As in feeds, no entity is expanded
    but those of XML and HTML.
    """
    markup = Markup(body, (), "")
    found: list[Subscription] = []
    groups: list[str] = []  # titles of the open outlines; empty for a feed's
    for tag in markup.tags():
        element, ends = Element(tag, None), bool(tag[1])
        markup.opened = markup.opened or element.name
        if element.name == "opml":
            markup.root, closed = "opml", ends
        elif element.name == "outline" and ends:
            groups = groups[:-1]
        elif element.name == "outline":
            title = one_line(markup.attribute(element, "title") or markup.attribute(element, "text"))
            feed = without_feed_scheme(unescaped(markup.attribute(element, "xmlurl")).strip())
            if feed:
                found.append(Subscription(feed, title, next(filter(None, reversed(groups)), "")))
            if not tag[4].endswith(b"/"):
                groups.append("" if feed else title)
        if len(found) == MOST:
            return found, f"{name}: feeds after the first {MOST} left out"
    if markup.root != "opml":
        seen = f"its root is <{one_line(markup.opened, 40)}>" if markup.opened else "no element in it"
        raise SourceUnreadable(name, f"not OPML: {seen}")
    markup.end(ended=closed)
    if not found:
        raise SourceUnreadable(name, markup.cut or "OPML without a feed: no <outline> has an xmlUrl")
    return found, markup.cut and f"{name}: {markup.cut}; feeds read before: {len(found)}"


def written(sources: Iterable[Source]) -> str:
    """Return the feeds of sources as OPML: those of one section are in one folder."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        "  <head><title>warcpress</title></head>",
        "  <body>",
    ]
    in_sections = sorted((source for source in sources if source.feeds), key=lambda source: source.section)
    for section, several in groupby(in_sections, key=lambda source: source.section):
        outlines = [_outline(source, feed) for source in several for feed in source.feeds]
        if section:
            inside = [f"  {line}" for line in outlines]
            outlines = [f"    <outline text={_attribute(section)}>", *inside, "    </outline>"]
        lines += outlines
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _outline(source: Source, feed: str) -> str:
    name = _attribute(source.site or source.name)
    return f'    <outline type="rss" text={name} title={name} xmlUrl={_attribute(feed)}/>'


def _attribute(text: str) -> str:
    return '"' + escape(text, {'"': "&quot;"}) + '"'
