"""Read a JSON listing's body into candidates, by the dotted paths of its Listing."""

from __future__ import annotations

import json
import re
from typing import Any

from crawler.discovery.dates import instant
from crawler.discovery.found import MOST_BYTES, Found, Headers, Link, gate, one_line
from crawler.errors import SourceUnreadable
from crawler.extractors.charset import decode
from crawler.items import Listing, Source

_CALLBACK = re.compile(r"\s*+[\w.$]++\s*+\(")
_MISSING = object()


def read(body: bytes, url: str, source: Source, listing: Listing, headers: Headers = (), *, most: int) -> Found:
    """Return the articles that the JSON document, or JSONP call, at `url` lists.

    SourceUnreadable when it is not JSON, has no array at `listing.items`, or no entry has a URL at `listing.link`.
    """
    document = _document(body, url, headers)
    entries = _at(document, listing.items)
    if entries is _MISSING:
        raise SourceUnreadable(url, f"no {listing.items!r} in the listing; it has {_keys(document)}")
    if not isinstance(entries, list):
        raise SourceUnreadable(url, f"{listing.items!r} of the listing is not an array but {_kind(entries)}")
    links = [link for entry in entries if (link := _link(entry, listing, source))]
    if entries and not links:
        raise SourceUnreadable(url, f"no entry of the listing has {listing.link!r}; the first has {_keys(entries[0])}")
    return gate(links, source, via=url, most=most, section=listing.section)


def _document(body: bytes, url: str, headers: Headers) -> Any:
    if not body.strip():
        raise SourceUnreadable(url, "the listing is empty")
    if len(body) > MOST_BYTES:
        raise SourceUnreadable(url, f"a listing of more than {MOST_BYTES} bytes")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = decode(body, headers, url).text
    whole = text.rstrip().removesuffix(";").rstrip()
    if whole.endswith(")") and (called := _CALLBACK.match(whole)):
        text = whole[called.end() : -1]
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        what = "an HTML page" if text.lstrip()[:1] == "<" else "not JSON"
        raise SourceUnreadable(url, f"{what}, not a listing: {one_line(str(error), 120)}") from error


def _at(value: Any, path: str) -> Any:
    """Return the value at a dotted path, where numbers index arrays; the empty path is the value itself."""
    for step in path.split(".") if path else ():
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return _MISSING
    return value


def _link(entry: Any, listing: Listing, source: Source) -> Link | None:
    href = _at(entry, listing.link)
    if not isinstance(href, str) or not href.strip():
        return None
    title = _at(entry, listing.title) if listing.title else ""
    date = _at(entry, listing.date) if listing.date else None
    return Link(href, instant(date, source.timezone), one_line(title) if isinstance(title, str) else "")


def _keys(value: Any) -> str:
    if not isinstance(value, dict):
        return _kind(value)
    names = [one_line(str(key), 30) for key in list(value)[:8]]
    return "the keys " + ", ".join(names) + (" …" if len(value) > 8 else "") if names else "no keys"


def _kind(value: Any) -> str:
    kinds: tuple[tuple[type, str], ...] = (
        (dict, "a table"),
        (list, "an array"),
        (str, "text"),
        (bool, "true or false"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "null" if value is None else "a number")
