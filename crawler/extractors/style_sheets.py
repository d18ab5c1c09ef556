"""Which style sheets a page names, and which ones a style sheet imports: a run captures them for the original view."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from lxml.html import HtmlElement

if TYPE_CHECKING:
    from crawler.extractors.document import Document

MOST = 1_000
"""Style sheets that are read of one page."""

_BEFORE = re.compile(r"(?:\s|<!--|-->|/\*.*?\*/|@(?:charset|layer)\b[^;{}]*+;)*+", re.DOTALL | re.IGNORECASE)
"""What may stand before `@import`: behind any other rule it counts for nothing (CSS Cascading 5, 2)."""
_IMPORT = re.compile(
    r"""@import\s*+(?:(?:url\(\s*+)?(?:"([^"\n]*+)"|'([^'\n]*+)')|url\(\s*+([^\s"'()]++))[^;{}]*+(?:;|\Z)""",
    re.IGNORECASE,
)


def is_sheet(element: HtmlElement) -> bool:
    """Whether an element `style` or `link` has or names a style sheet that browsers use at once."""
    if (element.get("type") or "text/css").partition(";")[0].strip().lower() != "text/css":
        return False
    relations = (element.get("rel") or "").lower().split()
    preloaded = "preload" in relations and (element.get("as") or "").lower() == "style"
    return element.tag == "style" or preloaded or ("stylesheet" in relations and "alternate" not in relations)


def named(document: Document) -> tuple[str, ...]:
    """Absolute URLs of the style sheets of a page, each once: of `<link>`, and of `@import` in `<style>`."""
    found = dict.fromkeys(map(document.absolute, _addresses(document)))
    return tuple(islice(filter(None, found), MOST))


def _addresses(document: Document) -> Iterator[str]:
    for element in document.with_rel:
        if element.tag == "a" or not is_sheet(element):
            continue
        if element.tag == "link":
            yield element.get("href") or ""
        else:
            yield from imported(element.text or "")


def imported(css: str) -> Iterator[str]:
    """Yield the addresses that a style sheet imports, as it writes them. In linear time; it may be a stranger's."""
    at = 0
    while found := _IMPORT.match(css, _end(css, at)):
        yield found[1] or found[2] or found[3] or ""
        at = found.end()


def _end(css: str, at: int) -> int:
    before = _BEFORE.match(css, at)
    return before.end() if before else at
