"""Read a feed's body into candidates: RSS, Atom and CDF with feedparser, JSON Feed with json.

An entry's categories do not become its section: feeds use them for tags as often.
"""

from __future__ import annotations

import dataclasses
import json
import re
import warnings
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import feedparser  # type: ignore[import-untyped]

from crawler.discovery.dates import instant
from crawler.discovery.found import MOST_BYTES, Found, Headers, Link, gate, one_line
from crawler.errors import SourceUnreadable
from crawler.items import Source

MOST_TAGS = 100_000
"""Tags outside of CDATA, enough for some 3,000 entries.

feedparser takes 50 to 70 µs for a tag, whatever the size of the document (2026-11: 300,000 nested elements in 0.9 MB
took 20 s)."""
LONGEST_TAG = 16 * 2**10
"""Bytes of one tag: feedparser's work is quadratic in its attributes (200,000 of them took more than 40 s)."""
_VERBATIM = ((b"<![CDATA[", b"]]>"), (b"<!--", b"-->"))
_BOMB = re.compile(rb"<!ENTITY\s+(?:%\s+)?\S+\s+(?:SYSTEM|PUBLIC|\"[^\"]{0,4096}&(?!#)|'[^']{0,4096}&(?!#))")
"""An entity that names a file or another entity; plain ones (`<!ENTITY nbsp "&#160;">`) are harmless and in use."""
_JSON_DATES = ("date_published", "date_modified")
_XML_DATES = ("published", "updated", "created")


def read(body: bytes, url: str, source: Source, headers: Headers = (), *, most: int) -> Found:
    """Return the articles that the feed at `url` names; SourceUnreadable when the body is not a feed."""
    start = body[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise SourceUnreadable(url, "the feed is empty")
    if start[:1] == b"{":
        return gate(_json_links(body, url, source), source, via=url, most=most)
    if _BOMB.search(body, 0, 65536):
        raise SourceUnreadable(url, "the feed declares entities made of others or of files; refused")
    whole = _bounded(body, url)
    found = gate(_xml_links(whole, url, source, headers), source, via=url, most=most)
    if whole is body:
        return found
    note = f"{url}: entries after the first {MOST_TAGS} tags or {MOST_BYTES} bytes left out"
    return dataclasses.replace(found, notes=(*found.notes, note))


def _json_links(body: bytes, url: str, source: Source) -> Iterator[Link]:
    """Read a JSON Feed (jsonfeed.org, version 1.1)."""
    if len(body) > MOST_BYTES:
        raise SourceUnreadable(url, f"a JSON Feed of more than {MOST_BYTES} bytes")
    try:
        feed = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise SourceUnreadable(url, f"starts like a JSON Feed but is not JSON: {one_line(str(error), 120)}") from error
    if "jsonfeed.org" not in str(feed.get("version", "")) or not isinstance(feed.get("items"), list):
        raise SourceUnreadable(url, "JSON, but not a JSON Feed; is it a listing? ([[source]] listings)")
    for item in feed["items"]:
        if not isinstance(item, dict):
            continue
        urls = [_text(item.get(key)) for key in ("url", "external_url", "id")]
        dates = [instant(item.get(key), source.timezone, _text(feed.get("language"))) for key in _JSON_DATES]
        title = one_line(_text(item.get("title")))
        yield Link(next(filter(None, urls), ""), next(filter(None, dates), None), title)


def _xml_links(body: bytes, url: str, source: Source, headers: Headers) -> Iterator[Link]:
    types = [value for name, value in headers if name.lower() == "content-type"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # feedparser warns of its own deprecations
        # Only a stream: feedparser fetches a text that is a URL and opens one that is a path (SECURITY.md, S9).
        feed = feedparser.parse(
            BytesIO(body),
            response_headers={"content-location": url, "content-type": types[-1] if types else "application/xml"},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    if not feed.get("version") and not feed.get("entries"):
        raise SourceUnreadable(url, _why_not(body, feed))
    language = _text(dict.get(feed.feed, "language"))
    for entry in feed.entries:
        # dict.get, because FeedParserDict has values for keys that it lacks.
        urls = [_text(dict.get(entry, key)) for key in ("feedburner_origlink", "link", "id")]
        dates = (
            instant(dict.get(entry, key), source.timezone, language) for key in ("published", "updated", "created")
        )
        # An id may be any URI; many are urn: or tag:.
        usable = (link for n, link in enumerate(urls) if link and (n < 2 or link.startswith(("http://", "https://"))))
        if link := next(usable, ""):
            yield Link(link, next(filter(None, dates), None), one_line(_text(dict.get(entry, "title"))))


def _bounded(body: bytes, url: str) -> bytes:
    """Cut a body after its last whole entry within MOST_TAGS and MOST_BYTES; a shorter one is returned as it is.

    SourceUnreadable when there is no such entry: such a document is made to use up time.
    """
    at, tags = body.find(b"<"), 0
    while 0 <= at < MOST_BYTES and tags < MOST_TAGS:
        if closed_by := next((end for start, end in _VERBATIM if body.startswith(start, at)), None):
            at = body.find(closed_by, at)
            if at < 0:
                break
        elif body.find(b">", at, at + LONGEST_TAG) < 0 and len(body) - at > LONGEST_TAG:
            raise SourceUnreadable(url, f"a tag of more than {LONGEST_TAG} bytes")
        else:
            tags += 1
        at = body.find(b"<", at + 1)
    if at < 0 and len(body) <= MOST_BYTES:
        return body
    at = min(at, MOST_BYTES) if at >= 0 else MOST_BYTES
    end = max(body.rfind(b"</item>", 0, at) + len(b"</item>"), body.rfind(b"</entry>", 0, at) + len(b"</entry>"))
    if end <= len(b"</entry>"):
        reason = f"no end of a first entry in {MOST_TAGS} tags and {MOST_BYTES} bytes"
        raise SourceUnreadable(url, reason)
    return body[:end] + (b"</feed>" if b"<feed" in body[:4096] else b"</channel></rss>")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _why_not(body: bytes, feed: dict[str, Any]) -> str:
    start = body[:4096].lower()
    if b"<!doctype html" in start or b"<html" in start:
        return "an HTML page, not a feed; is it a section? ([[source]] sections)"
    if b"<urlset" in start or b"<sitemapindex" in start:
        return "a sitemap, not a feed; put it into sitemaps of [[source]]"
    if not re.search(rb"<\w|<\x00\w|\x00<", start):
        return "not a feed: no XML in it"
    reason = one_line(str(feed.get("bozo_exception") or "no RSS or Atom elements in it"), 120)
    return f"not a feed: {reason}"
