"""Text from outside → what can be shown: on a terminal, in a log, in a report, in a spreadsheet, as JSON. Other
packages use it too."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable
from typing import TextIO

# C0, DEL, C1, line and paragraph separators, bidi controls (UAX 9), interlinear marks, BOM.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ufeff]")
_UNSAFE_IN_JSON = re.compile(_UNSAFE.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f")[:-1] + "\ud800-\udfff]")
"""JSON has escapes of its own for C0; a line feed is only between values."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", '"')
"""How a spreadsheet's formula begins; the full-width forms do where Japanese is set (OWASP, CSV injection), and a quote
is taken off with its partner: `"=1+1"` is `=1+1`."""


def printable(text: str) -> str:
    """The text with control and bidi characters as `\\x1b` or `\\u202e`, lone surrogates as `\\udc80`: it can neither
    move the cursor, nor forge another line, nor turn one round."""
    safe = _UNSAFE.sub(lambda match: ascii(match[0])[1:-1], text)
    return safe.encode("utf-8", "backslashreplace").decode("utf-8")


def json_text(value: object, indent: int | None = None) -> str:
    """JSON that can be shown: letters of every script as they are, what `printable` writes out as `\\u202e`."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def cell(text: str) -> str:
    """A field of a table that a spreadsheet may open: what would be taken for a formula gets a `'` before it."""
    return "'" + text if text[:1] in _FORMULA else text


def pour(pieces: Iterable[bytes], out: TextIO) -> None:
    """Stored bytes to `out`: as they are, but on a terminal as lines of text that can be shown."""
    if not out.isatty():
        out.flush()
        out.buffer.writelines(pieces)
        out.buffer.flush()
        return
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    rest = ""
    for piece in pieces:
        *lines, rest = (rest + decoder.decode(piece)).split("\n")
        out.writelines(f"{_shown(line)}\n" for line in lines)
    if rest := rest + decoder.decode(b"", final=True):
        out.write(f"{_shown(rest)}\n")  # what asks for the next command begins a line
    out.flush()


def _shown(line: str) -> str:
    return "\t".join(map(printable, line.removesuffix("\r").split("\t")))
