"""Read a JSON listing's body into candidates, by the dotted paths of its Listing.

The JSON may be in a script, as servers write it for other sites (JSONP) or against them.
"""

from __future__ import annotations

import json
import re
from html import unescape
from itertools import islice
from typing import Any

from crawler.discovery.dates import changed, instant
from crawler.discovery.found import MOST_BYTES, MOST_LINKS, Found, Headers, Link, gate, one_line, unescaped
from crawler.errors import SourceUnreadable
from crawler.extractors.charset import decode
from crawler.items import Listing, Source

MOST_AROUND = 1000
"""Characters of script before and behind the JSON: a guard, a comment, the name of a callback or variable."""
MOST_STARTS = 20
"""Brackets at which the JSON may begin."""
_COMMENT = re.compile(r"/\*(?:[^*]++|\*(?!/))*+\*/|(?<!:)//[^\r\n]*+")
_BEHIND = re.compile(
    r"""(?:[\s;)}\0]++|catch\s*+\(\w*+\)\s*+\{|,(?:\s*+(?:-?[\d.]++|true|false|null|"[^"\n]*+"|'[^'\n]*+'))?+)*+(?:</.*)?""",
    re.DOTALL,
)
"""What a script may have behind the JSON: the ends of calls and blocks, further arguments."""
_STRING_OR_COMMA = re.compile(r'"(?:[^"\\]++|\\.)*+"?|,(?=\s*+[}\]])', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:(')|x([0-9A-Fa-f]{2})|.)", re.DOTALL)
_SHOWN = re.compile(r"<(?:pre|textarea)\b[^>]*+>", re.IGNORECASE)
_DECODER = json.JSONDecoder(strict=False)
_ROOT = Listing("").items
_MISSING = object()


def read(
    body: bytes, url: str, source: Source, listing: Listing, headers: Headers = (), *, most: int = MOST_LINKS
) -> Found:
    """Return the articles that the document at `url` lists: JSON, or a script or `<pre>` around it.

    SourceUnreadable when it is not JSON, has no array at `listing.items`, or no entry has a URL at `listing.link`.
    """
    document = _document(body, url, headers)
    entries = _at(document, listing.items)
    if entries is _MISSING and isinstance(document, list) and listing.items == _ROOT:
        entries = document  # nothing else was configured
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
    try:
        return _json(text)
    except (ValueError, RecursionError) as error:
        what = "an HTML page" if text.lstrip()[:1] == "<" else "not JSON"
        raise SourceUnreadable(url, f"{what}, not a listing: {one_line(str(error), 120)}") from error


def _json(text: str) -> Any:
    """Return the value of a JSON text; ValueError when the text is not JSON, with the fault of the text as it is."""
    try:
        value = _DECODER.decode(text)
        return _DECODER.decode(value) if isinstance(value, str) and value.lstrip()[:1] in ("{", "[") else value
    except ValueError as error:
        shown = _SHOWN.search(text, 0, MOST_AROUND)
        if shown:  # by a server or proxy that makes a page of it
            text = unescape(text[shown.end() :])
        elif text.lstrip()[:1] == "<":
            raise
        elif "&quot;" in text[:MOST_AROUND]:
            text = unescape(text)
        if lines := _lines(text):
            return lines
        for candidate in (text, _as_json(text)):
            if (value := _within(candidate)) is not None:
                return value
        raise error


def _within(text: str) -> Any:
    """Return the array or table in a script: JSONP in any form, an assignment, behind a guard; None without one.

    Guards against inclusion, such as `)]}'` or `while(1);`, come before JSON that only the site's own scripts should
    read. Express writes `/**/ typeof cb === 'function' && cb({…});`.
    """
    head = _COMMENT.sub(lambda found: " " * len(found[0]), text[:MOST_AROUND])
    for start in islice(re.finditer(r"[{\[]", head), MOST_STARTS):
        try:
            value, end = _DECODER.raw_decode(text, start.start())
        except ValueError:
            continue
        if len(text) - end <= MOST_AROUND and _BEHIND.fullmatch(_COMMENT.sub("", text[end:])):
            return value
    return None


def _lines(text: str) -> list[Any]:
    """Return the values of a text with one on each line (JSON Lines); empty when it is another text."""
    try:
        values = [_DECODER.decode(line) for line in text.splitlines() if line.strip()]
    except ValueError:
        return []
    return values if len(values) > 1 and all(isinstance(value, dict) for value in values) else []


def _as_json(text: str) -> str:
    """Remove commas before a closing bracket, and rewrite the escapes in strings that only JavaScript has."""
    return _STRING_OR_COMMA.sub(lambda found: "" if found[0] == "," else _ESCAPE.sub(_escape, found[0]), text)


def _escape(found: re.Match[str]) -> str:
    return found[1] or (f"\\u00{found[2]}" if found[2] else found[0])


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
    updated = changed(_at(entry, listing.updated), source.timezone) if listing.updated else None
    told = one_line(title) if isinstance(title, str) else ""
    return Link(unescaped(href), instant(date, source.timezone), told, updated=updated)


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
