"""Content-Type fields of a response in, media type and charset out, as browsers extract them. Pure.

Fetch Standard, "extract a MIME type"; MIME Sniffing Standard, 4.4 and 7.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_VALUES = re.compile(r"""(?:"(?:[^"\\]|\\.)*"?|[^",])+""")
"""Values between commas; a comma inside quotes belongs to its value."""
_TYPE = re.compile(r"\s*([\w!#$%&'*+.^`|~-]+)/([\w!#$%&'*+.^`|~-]+)\s*(?:;|$)", re.ASCII)
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_REGISTERED = frozenset(
    {"application", "audio", "example", "font", "haptics", "image", "message", "model", "multipart", "text", "video"}
)
"""Top-level types (iana.org/assignments/top-level-media-types); any other is a server's mistake: `'text/html'`."""
_UNKNOWN = re.compile(
    r"\*/\*|(?!text/html$)(?:application|text)/(?:x-)?(?:unknown(?:-content-type)?|x?html?|(?:force-)?download|httpd-php)"
)
"""Types that say nothing of a body, and wrong names of HTML."""


@dataclass(frozen=True)
class ContentType:
    """What the Content-Type fields say."""

    essence: str = ""
    """`type/subtype` in lower case; empty when the body itself must show its kind."""
    charset: str = ""
    """Label as sent; empty = none."""


def content_type(headers: Iterable[tuple[str, str]]) -> ContentType:
    """Return the last valid type; an earlier charset counts for it when both name the same type.

    Fields without any valid type may still name a charset: `charset=utf-8` alone, or `text/html charset=utf-8`.
    """
    fields = [value for name, value in headers if name.lower() == "content-type"]
    essence = charset = ""
    for named, label in _types(fields):
        charset = label or (charset if named == essence else "")
        essence = named
    if not essence:
        labels = filter(None, map(_label, fields))
        return ContentType("", next(labels, ""))
    known = essence.partition("/")[0] in _REGISTERED and not _UNKNOWN.fullmatch(essence)
    return ContentType(essence if known else "", charset)


def _types(fields: Iterable[str]) -> Iterator[tuple[str, str]]:
    for field in fields:
        for value in _VALUES.findall(field):
            found = _TYPE.match(value)
            if found is not None and found.groups() != ("*", "*"):
                yield f"{found[1]}/{found[2]}".lower(), _label(value[found.end() :])


def _label(parameters: str) -> str:
    found = _CHARSET.search(parameters)
    return found[1] if found else ""
