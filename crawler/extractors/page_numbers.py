"""Tell from two URLs whether one is a further page of the other: `/pier` and `/pier?page=2`, `/pier/2`, `/pier_2`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

from crawler.extractors.languages import alternatives, merged
from crawler.urls.canonical import TWIN_LABELS, canonicalise

_ENGLISH = (
    "page", "pages", "p", "pg", "pag", "pn", "paged", "pageno", "page[-_]no", "pagenum", "page[-_]?number", "pageindex",
    "page[-_]?id", "current[-_]?page", "cpage", "pagewanted", "pagen_1",
)  # fmt: skip
_NAME = alternatives(_ENGLISH, merged().page_names)
PAGE_OF = re.compile(rf"(?<![^\W_])(?:{_NAME})[\s.:]*(\d{{1,2}})\D{{1,12}}(\d{{1,2}})(?!\d)", re.IGNORECASE)
"""`Page 1 of 3`, in the languages that are known."""
_PARAMETER = re.compile(rf"({_NAME})=(\d{{1,3}})", re.IGNORECASE)
_IN_PATH = re.compile(
    rf"(?P<stem>.+?)(?P<mark>[-_.,~/](?:{_NAME}[-_=/.,]?)?)(?P<number>\d{{1,3}})(?P<end>\.[a-z]{{2,5}})?", re.IGNORECASE
)


@dataclass(frozen=True)
class PageNumber:
    """The number that a further page's URL has and the first page's lacks."""

    number: int
    named: bool
    """Whether a word for `page` comes before it."""
    alone: bool
    """Whether it is a segment of the path by itself: `/pier/2`. A number that is neither may be part of a name."""


def page_number(first: str, other: str) -> PageNumber | None:
    """Return the page number of `other`; None when it is no further page of `first`, or is the same page.

    `first` may have a number too, 0 or 1, but not as a segment by itself: `/a/1` and `/a/2` are two articles.
    """
    (host, path, pairs), (its_host, its_path, its_pairs) = _pieces(first), _pieces(other)
    if host != its_host:
        return None
    if path == its_path:
        return _in_query(pairs, its_pairs)
    return _in_path(path, its_path) if pairs == its_pairs else None


def may_be_further(url: str) -> bool:
    """Tell whether a URL looks like that of a further page, without knowing the first."""
    _, path, pairs = _pieces(url)
    return any(map(_PARAMETER.fullmatch, pairs)) or _IN_PATH.fullmatch(path) is not None


def names_in(url: str) -> frozenset[str]:
    """Return spellings of the name of an article in its URL, which each link with a `/` to a further page has too.

    It is the last segment of the path without page number and extension, else the first parameter. Home pages lack it.
    """
    parts = urlsplit(url)
    path = re.sub(r"/(?:index)?(?:[-_.,~/]?[01])?(?:\.[a-z]{2,5})?/*$", "", parts.path, flags=re.IGNORECASE)
    name = re.sub(r"(?:[-_.,~]\w{0,12}?[01])?(?:\.[a-z]{2,5})?$", "", path.rpartition("/")[2], flags=re.IGNORECASE)
    name = name or parts.query.partition("&")[0]
    return frozenset(filter(None, (name, unquote(name), quote(unquote(name)))))


@lru_cache(maxsize=4)
def _pieces(url: str) -> tuple[str, str, tuple[str, ...]]:
    """Return the host without the label of a twin, the path without a slash at its end, and the parameters."""
    parts = urlsplit(canonicalise(url))
    label, _, rest = parts.netloc.partition(".")
    pairs = tuple(sorted(filter(None, parts.query.split("&"))))
    return rest if label in TWIN_LABELS else parts.netloc, parts.path.rstrip("/"), pairs


def _in_query(pairs: tuple[str, ...], its_pairs: tuple[str, ...]) -> PageNumber | None:
    more = [pair for pair in its_pairs if pair not in pairs]
    less = [pair for pair in pairs if pair not in its_pairs]
    found = _PARAMETER.fullmatch(more[0]) if len(more) == 1 else None
    if not found or less not in ([], [f"{found[1]}=0"], [f"{found[1]}=1"]):
        return None
    return PageNumber(int(found[2]), named=True, alone=False)


def _in_path(path: str, its_path: str) -> PageNumber | None:
    found = _IN_PATH.fullmatch(its_path)
    if not found:
        return None
    stem, mark, end = found["stem"], found["mark"], found["end"] or ""
    number = PageNumber(int(found["number"]), named=len(mark) > 1, alone=mark == "/")
    if path == stem + end or (
        mark.startswith("/") and path in (stem, f"{stem}.html", f"{stem}.htm", f"{stem}/index.html")
    ):
        return number
    return number if not number.alone and path in (f"{stem}{mark}0{end}", f"{stem}{mark}1{end}") else None
