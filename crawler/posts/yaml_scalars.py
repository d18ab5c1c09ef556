"""Strings ⇄ YAML scalars that every reader takes for the same string. Pure; front matter is written and read with it.

Readers disagree about plain scalars (`no`, `1e3`, `08`, `2022-03-18`, `12:30:00` are a boolean, numbers or dates in
some of YAML 1.1 and 1.2), so one is written only for text that begins with a letter, keeps to an allow-list and is
no word of any schema.
"""

from __future__ import annotations

import re

_SCRUB = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_PLAIN = re.compile(r"[^\W\d_](?:[\w .,()/+@·•、，。：；！？（）《》“”‘’…—–-]*[\w.)）》”])?")
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"))
# What is written as an escape: line breaks of any YAML version, tabs, noncharacters, byte-order marks, and the marks
# that reorder text on a screen (a title must not look different in an editor from what it is).
_ESCAPE = re.compile("[\t\n\r\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r", '"': r"\"", "\\": r"\\"}

_SINGLE_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_DOUBLE_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_UNESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_UNESCAPED = {
    **{"0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b"},
    **{" ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029"},
}


def scrub(text: str) -> str:
    """`text` without lone surrogates and control characters; tab, line feed and carriage return stay."""
    return _SCRUB.sub("", text)


def quoted(text: str) -> str:
    """A single-quoted scalar, or a double-quoted one where only an escape is safe; never more than one line."""
    text = scrub(text)
    if not _ESCAPE.search(text):
        return "'" + text.replace("'", "''") + "'"
    return '"' + re.sub(rf'["\\]|{_ESCAPE.pattern}', lambda m: _SHORT.get(m[0]) or f"\\u{ord(m[0]):04X}", text) + '"'


def plain_or_quoted(text: str) -> str:
    """`text` as it stands where no reader can take it for anything else, else quoted."""
    text = scrub(text)
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else quoted(text)


def read_quoted(text: str, start: int) -> tuple[str, int]:
    """The string of the quoted scalar that begins at `start`, and the position after it. ValueError when it has no
    end on this line or an escape that YAML does not know."""
    if text[start] == "'":
        if match := _SINGLE_QUOTED.match(text, start):
            return match[1].replace("''", "'"), match.end()
    elif match := _DOUBLE_QUOTED.match(text, start):
        return _UNESCAPE.sub(_unescaped, match[1]), match.end()
    raise ValueError("a quoted value does not end on its line")


def _unescaped(match: re.Match[str]) -> str:
    escape = match[1]
    if len(escape) == 1:
        if escape not in _UNESCAPED:
            raise ValueError(f"unknown escape \\{escape}")
        return _UNESCAPED[escape]
    code = int(escape[1:], 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise ValueError(f"escape \\{escape} is no character")
    return chr(code)
