"""Write a difference of two posts to stdout: the changed words on a terminal, whole paragraphs in a file or pipe."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable

from archive import printable
from crawler.posts.difference_lines import marked_lines, whole_lines
from crawler.posts.differences import Difference
from crawler.posts.marks import Span
from crawler.terminal import put

COLOURS = {"delete": "\x1b[31;9m{}\x1b[0m", "insert": "\x1b[32;4m{}\x1b[0m", "equal": "{}"}
"""Red and struck through, green and underlined: not told by the colour alone."""
SIGNS = {"delete": "[-{}-]", "insert": "{{+{}+}}", "equal": "{}"}
"""As `git diff --word-diff` writes them, where there are no colours."""


def add_word_diff(parser: argparse.ArgumentParser) -> None:
    """Add `--word-diff` and `--no-word-diff`."""
    parser.add_argument(
        "--word-diff",
        action=argparse.BooleanOptionalAction,
        help="mark the words that changed; else changed paragraphs are printed whole (default: on a terminal)",
    )


def put_difference(difference: Difference, words: bool | None) -> None:
    """Write what changed, indented. `words`: mark words; None = on a terminal."""
    if not difference:
        put("  nothing a reader sees")
    elif sys.stdout.isatty() if words is None else words:
        forms = COLOURS if _has_colours() else SIGNS
        for line in marked_lines(difference):
            sys.stdout.write(f"  {_written(line, forms)}\n")
    else:
        for text in whole_lines(difference):
            put(f"  {text}")


def _written(line: Iterable[Span], forms: dict[str, str]) -> str:
    return "".join(forms[span.kind].format(printable(span.text)) for span in line)


def _has_colours() -> bool:
    """Whether stdout shows colours, and nobody asked for none (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
