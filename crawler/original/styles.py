"""CSS → the same CSS, in which each address is a place that the archive fills (CSS Syntax Module Level 3, 4).

What is not understood stays text. A browser may see an address there that this does not; the headers of the answer
then keep it from loading anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from crawler.errors import TooComplex
from crawler.original.view import Builder, Place, View

MAX_CHARACTERS = 4 * 2**20
"""Longest style sheet that is read."""
MAX_PLACES = 2_000
"""Addresses that are read; the rest of a sheet gets none."""
MAX_URL = 8_192
"""Characters of an address."""

_ESCAPE = r"\\(?:[0-9a-fA-F]{1,6}[ \t\n]?|[^\n0-9a-fA-F])"
_STRING = rf"""(?:"(?:[^"\\\n]|\\\n|{_ESCAPE})*+(?:"|(?=\n)|\\?\Z)|'(?:[^'\\\n]|\\\n|{_ESCAPE})*+(?:'|(?=\n)|\\?\Z))"""
_NAME = rf"(?:[\w\u0080-\U0010ffff-]|{_ESCAPE})++"
_TOKEN = re.compile(
    rf"(?P<comment>/\*.*?(?:\*/|\Z))|(?P<string>{_STRING})|(?P<at>@{_NAME})|(?P<call>{_NAME}\()|{_NAME}|(?P<mark>[()])|"
    rf"[^\w\u0080-\U0010ffff\-\\\"'/@()]++|.",
    re.DOTALL,
)
_REST_OF_URL = re.compile(
    rf"[ \t\n]*(?:(?P<string>{_STRING})(?:[^()]|\([^()]*\))*?|"
    rf"(?P<bare>(?:[^\"'()\\ \t\n]|{_ESCAPE})*+)[ \t\n]*)(?:\)|\Z)"
)
_BAD_URL = re.compile(rf"(?:[^)\\]|{_ESCAPE}|\\)*+(?:\)|\Z)")
_BETWEEN = re.compile(r"(?:[ \t\n]|/\*.*?(?:\*/|\Z))*+", re.DOTALL)
_UNESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})[ \t\n]?|\n|(.))", re.DOTALL)
_ADDRESS_CALLS = ("url(", "src(")
_SETS = ("image-set(", "-webkit-image-set(")
_OF_OLD_BROWSERS = ("expression", "behavior", "-moz-binding")
"""Names by which style sheets once ran scripts."""

Resolve = Callable[[str], str]
"""Makes an address absolute; empty for one that is not http or https."""


def sheet_view(text: str, resolve: Resolve) -> View:
    """Read a style sheet. TooComplex when it is too long."""
    built = Builder()
    for part in parts(text, resolve):
        built.put(part)
    return built.view()


def parts(text: str, resolve: Resolve) -> Iterator[str | Place]:
    """Yield the texts and places of a style sheet, or of an attribute `style`. TooComplex when it is too long."""
    if len(text) > MAX_CHARACTERS:
        raise TooComplex("characters")
    yield from _Reading(text, resolve).parts()


class _Reading:
    """One pass over a text, from token to token."""

    def __init__(self, text: str, resolve: Resolve) -> None:
        self._text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\0", "\ufffd")
        self._resolve = resolve
        self._at = 0
        self._places = 0

    def parts(self) -> Iterator[str | Place]:
        while token := _TOKEN.match(self._text, self._at):
            self._at = token.end()
            kind, word = token.lastgroup, token[0]
            if kind == "comment":
                yield "/**/"
            elif kind == "call":
                yield self._call(word)
            elif kind == "at" and _read(word).lower() == "@import":
                yield self._import()
            elif "\\" in word or word[:1] in "beBE-":
                yield "x" if _read(word).lower() in _OF_OLD_BROWSERS else word
            else:
                yield word

    def _call(self, word: str) -> str | Place:
        name = _read(word).lower()
        if name in _ADDRESS_CALLS:
            return self._place("url", [self._url()])
        if name in _SETS:
            return self._place("url", list(self._set()))
        return "x(" if name[:-1] in _OF_OLD_BROWSERS else word

    def _import(self) -> Place:
        self._skip(_BETWEEN)
        token = _TOKEN.match(self._text, self._at)
        if token and token.lastgroup == "string":
            self._at = token.end()
            return self._place("import", [_unquoted(token[0])])
        if token and token.lastgroup == "call" and _read(token[0]).lower() in _ADDRESS_CALLS:
            self._at = token.end()
            return self._place("import", [self._url()])
        return self._place("import", [])

    def _url(self) -> str:
        """Read the rest of `url(`; empty when it is no address."""
        found = _REST_OF_URL.match(self._text, self._at)
        if found is None:
            self._skip(_BAD_URL)
            return ""
        self._at = found.end()
        return _unquoted(found["string"]) if found["string"] else _read(found["bare"] or "")

    def _set(self) -> Iterator[str]:
        """Yield the addresses of `image-set(`, up to its closing bracket."""
        depth = 1
        while depth and (token := _TOKEN.match(self._text, self._at)):
            self._at = token.end()
            if token.lastgroup == "call":
                if _read(token[0]).lower() in _ADDRESS_CALLS:
                    yield self._url()
                else:
                    depth += 1  # type("image/avif")
            elif token.lastgroup == "mark":
                depth += 1 if token[0] == "(" else -1
            elif token.lastgroup == "string" and depth == 1:
                yield _unquoted(token[0])

    def _place(self, form: str, addresses: list[str]) -> Place:
        self._places += 1
        known = self._places <= MAX_PLACES
        found = [url for one in addresses if known and 0 < len(one) <= MAX_URL and (url := self._resolve(one))]
        return Place("import" if form == "import" else "url", tuple(dict.fromkeys(found)))

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._at)
        assert found is not None  # it may be empty
        self._at = found.end()


def _unquoted(string: str) -> str:
    ends = string[-1:] == string[0] and len(string) > 1
    return _read(string[1:-1] if ends else string[1:])


def _read(word: str) -> str:
    """A name or string with its escapes resolved."""
    return _UNESCAPE.sub(_character, word) if "\\" in word else word


def _character(escape: re.Match[str]) -> str:
    if escape[1] is None:
        return escape[2] or ""
    number = int(escape[1], 16)
    return "\ufffd" if number == 0 or number > 0x10FFFF or 0xD800 <= number < 0xE000 else chr(number)
