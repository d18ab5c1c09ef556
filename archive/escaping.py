"""Makes text from outside safe to show: on a terminal, in a log or report, in a spreadsheet, as JSON."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

# C0, DEL, C1, line and paragraph separators, bidi controls (UAX 9), interlinear marks, BOM.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ufeff]")
_UNSAFE_IN_JSON = re.compile(_UNSAFE.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f")[:-1] + "\ud800-\udfff]")
"""JSON escapes C0 itself; a line feed occurs only between values."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", '"')
"""Beginnings of a spreadsheet formula (OWASP, CSV injection).

The full-width forms count in a Japanese setting. A quote counts since a reader removes it: `"=1+1"` becomes `=1+1`.
"""


def printable(text: str) -> str:
    """Escape control and bidi characters (`\\x1b`, `\\u202e`) and lone surrogates (`\\udc80`).

    Such text can't move the cursor, forge another line, or reverse one.
    """
    return as_text(_UNSAFE.sub(lambda match: ascii(match[0])[1:-1], text))


def as_text(path: Path | str) -> str:
    """The name of a file as text that can be stored: what in it is not UTF-8 is escaped (`\\udce9`)."""
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")


def json_text(value: object, indent: int | None = None) -> str:
    """Encode as JSON that can be shown: letters of every script as they are, escapes where `printable` has them."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def cell(text: str) -> str:
    """Put a `'` before a field that a spreadsheet would take for a formula."""
    return "'" + text if text[:1] in _FORMULA else text


def page_head(title: str, style: str) -> str:
    """Begin an HTML page that needs no script, no network and no other file, and whose policy (CSP) allows none.

    `title` is HTML already. What comes next is inside `<main>`.
    """
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<style>{style}</style></head><body><main>"""


def pour(pieces: Iterable[bytes], out: TextIO) -> None:
    """Write stored bytes to `out`: unchanged, but on a terminal as escaped lines of text."""
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
        out.write(f"{_shown(rest)}\n")  # the shell's prompt starts on a new line
    out.flush()


def _shown(line: str) -> str:
    return "\t".join(map(printable, line.removesuffix("\r").split("\t")))
