"""Percent-escapes in one spelling, so that equal URLs are equal texts (RFC 3986, 6.2.2). Pure.

The canonical form of URLs and the rules of robots.txt are both compared in this spelling.
"""

from __future__ import annotations

import re

UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
"""Characters that mean the same escaped or not (RFC 3986, 2.3)."""
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")


def one_spelling(text: str) -> str:
    """Decode the escapes of unreserved characters and write all others in upper case; nothing else changes."""
    return _ESCAPE.sub(_respelled, text)


def _respelled(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if character in UNRESERVED else escape[0].upper()
