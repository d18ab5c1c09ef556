"""Text from outside → one line that can be shown: on a terminal, in a log, in a report. Other packages use it too."""

from __future__ import annotations

import re

# C0, DEL, C1, line and paragraph separators, bidi controls (UAX 9), interlinear marks, BOM.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ufeff]")


def printable(text: str) -> str:
    """The text with control and bidi characters as `\\x1b` or `\\u202e`, lone surrogates as `\\udc80`: it can neither
    move the cursor, nor forge another line, nor turn one round."""
    safe = _UNSAFE.sub(lambda match: ascii(match[0])[1:-1], text)
    return safe.encode("utf-8", "backslashreplace").decode("utf-8")
