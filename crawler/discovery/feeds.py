"""A feed's body → candidates: RSS, Atom and CDF through feedparser, JSON Feed through json."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

import feedparser  # type: ignore[import-untyped]

from crawler.discovery.dates import instant
from crawler.discovery.found import Found, Link, gate, one_line
from crawler.errors import SourceUnreadable
from crawler.items import Source

Headers = Iterable[tuple[str, str]]


def read(body: bytes, url: str, source: Source, headers: Headers = (), *, most: int = 50_000) -> Found:
    """The articles that the feed at `url` names. SourceUnreadable when the body is no feed."""
    if not body.strip():
        raise SourceUnreadable(url, "the feed is empty")
    links = _json_links(body, url, source) if body.lstrip()[:1] in (b"{", b"\xef") and _is_json(body) else None
    if links is None:
        links = list(_xml_links(body, url, source, headers))
    return gate(links, source, via=url, most=most)


def _is_json(body: bytes) -> bool:
    return body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def _json_links(body: bytes, url: str, source: Source) -> list[Link]:
    """jsonfeed.org, version 1.1."""
    try:
        feed = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise SourceUnreadable(url, f"starts like a JSON Feed but is not JSON: {one_line(str(error))}") from error
    if "jsonfeed.org" not in str(feed.get("version", "")) or not isinstance(feed.get("items"), list):
        raise SourceUnreadable(url, "JSON, but no JSON Feed; a listing? ([[source]] listings)")
    return [
        Link(
            url=_text(item.get("url")) or _text(item.get("external_url")) or _text(item.get("id")),
            published=instant(item.get("date_published"), source.timezone)
            or instant(item.get("date_modified"), source.timezone),
            title=one_line(_text(item.get("title"))),
        )
        for item in feed["items"]
        if isinstance(item, dict)
    ]


def _xml_links(body: bytes, url: str, source: Source, headers: Headers) -> Iterator[Link]:
    types = [value for name, value in headers if name.lower() == "content-type"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # feedparser warns of its own deprecations and of odd encodings
        # Only BytesIO: text or bytes that are a URL are fetched, those that are a path are opened (THREATS S9).
        feed = feedparser.parse(
            BytesIO(body),
            response_headers={"content-location": url, **({"content-type": types[-1]} if types else {})},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    if not feed.get("version") and not feed.get("entries"):
        raise SourceUnreadable(url, _why_not(body, feed))
    for entry in feed.entries:
        # dict.get, because FeedParserDict answers for keys that it does not have.
        link = _text(dict.get(entry, "feedburner_origlink")) or _text(dict.get(entry, "link")) or _permalink(entry)
        if not link:
            continue
        written = [_text(dict.get(entry, key)) for key in ("published", "updated", "created")]
        dates = (instant(text, source.timezone) for text in written)
        yield Link(link, next((date for date in dates if date), None), one_line(_text(dict.get(entry, "title"))))


def _permalink(entry: dict[str, Any]) -> str:
    identity = _text(dict.get(entry, "id"))
    return identity if identity.startswith(("http://", "https://")) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _why_not(body: bytes, feed: dict[str, Any]) -> str:
    start = body[:2048].lstrip().lower()
    if start.startswith(b"<!doctype html") or b"<html" in start:
        return "an HTML page, not a feed; a section? ([[source]] sections)"
    if b"<urlset" in start or b"<sitemapindex" in start:
        return "a sitemap, not a feed ([[source]] sitemaps)"
    if not re.search(rb"<\w|<\x00", body[:65536]):
        return "not a feed: no XML in it"
    reason = one_line(str(feed.get("bozo_exception") or "no RSS or Atom elements in it"), 120)
    return f"not a feed: {reason}"
