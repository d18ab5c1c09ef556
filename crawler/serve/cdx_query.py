"""What is asked of the CDX server: a request's parameters go in, lines of the archive's index come out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from heapq import nsmallest
from itertools import islice
from typing import Any, Literal, Self, cast, get_args

from starlette.datastructures import QueryParams

from archive import Line, Lookup, Match, UsageError, key_beginnings, surt
from crawler.serve.problem import BAD, Problem

MOST = 100_000
"""Most lines of one answer, as in pywb; a resume key leads to the next ones."""
MOST_IN_MEMORY = 10_000
"""Most lines that are held in memory: the last ones in their order, or the nearest ones of several URLs."""
LONGEST_FILTER = 200
"""Most characters of a filter."""
MATCHING = 0.05
"""Seconds that one filter may take for one line."""

KNOWN = (
    *("url", "matchType", "from", "to", "limit", "sort", "reverse", "closest", "filter", "collapse", "collapseTime"),
    *("fl", "fields", "output", "showResumeKey", "resumeKey"),
)
"""Parameters, as pywb or the Wayback Machine name them."""
IGNORED = ("gzip", "fastLatest", "allowFuzzy", "cb", "_")
"""Parameters that clients send, and that change no line."""
_NAMES = {
    **dict.fromkeys(("original", "u"), "url"),
    **dict.fromkeys(("mimetype", "m"), "mime"),
    **dict.fromkeys(("statuscode", "s"), "status"),
    **{"k": "urlkey", "t": "timestamp", "d": "digest", "l": "length", "o": "offset", "f": "filename"},
}
"""Our names of fields, by those of other servers."""
_FIELDS = (
    *("urlkey", "timestamp", "url", "mime", "status", "digest", "redirect", "robotflags", "length", "offset"),
    *("filename", "date", "id", "refers_to", "truncated", "method", "requestBody"),
)
_STAMP = re.compile(r"[0-9]{1,14}")
_FIRST, _LAST = "00000101000000", "99991231235959"
_RESUME = re.compile(r"(\S+) ([0-9]{14}) ([0-9]{1,7})")
BLOCK = 500
"""Lines that are read between two writes: a client that has gone is noticed then."""


@dataclass
class Place:
    """The last line of the index that was read, to resume behind it."""

    key: str = ""
    stamp: str = ""
    count: int = 0
    """How many lines of this key and second were read."""
    at_limit: bool = False
    """Whether there may be more lines that are wanted."""

    def pass_by(self, lines: Iterable[bytes]) -> Iterator[Line]:
        """Parse lines, and note each of them."""
        for line in map(Line.parse, lines):
            if (line.key, line.timestamp) != (self.key, self.stamp):
                self.key, self.stamp, self.count = line.key, line.timestamp, 0
            self.count += 1
            yield line

    def __str__(self) -> str:
        return f"{self.key} {self.stamp} {self.count}"


@dataclass(frozen=True)
class Query:
    """What a request asks for."""

    url: str
    match: Match | Literal["exact"] = "exact"
    since: str = _FIRST
    """Timestamp of 14 digits, the first one that counts."""
    until: str = _LAST
    limit: int = MOST
    backwards: bool = False
    """Whether the last lines are wanted: with `in_order` in their order, else the newest first."""
    in_order: bool = True
    closest: datetime | None = None
    filters: tuple[Callable[[Line], bool], ...] = ()
    collapse: tuple[tuple[str, int | None], ...] = ()
    """Fields, with a number of characters: of adjacent lines that agree in them only the first one counts."""
    after: Place | None = None
    """Where an earlier answer ended."""
    unchanged: bool = False
    """Whether 304s count, for which replay tools show no page."""

    @classmethod
    def of(cls, given: QueryParams, *, wayback: bool) -> Self:
        """Read the parameters of a request; Problem when one is wrong."""
        if unknown := [name for name in given if name not in (*KNOWN, *IGNORED)]:
            raise Problem(BAD, f"{unknown[0][:50]!r}: not known here; known are {', '.join(KNOWN)}")
        url, match = _scope(given)
        limit = _number(given.get("limit") or str(MOST), "limit")
        sort = given.get("sort") or ("reverse" if given.get("reverse") in ("true", "1") else "")
        closest = _closest(given, sort)
        after = _resume(given.get("resumeKey", ""), resumable=sort in ("", "default") and limit > 0 and closest is None)
        collapse = [*given.getlist("collapse"), *(f"timestamp:{n}" for n in given.getlist("collapseTime"))]
        return cls(
            url=url,
            match=match,
            since=_stamp(given.get("from"), "from", _FIRST),
            until=_stamp(given.get("to"), "to", _LAST),
            limit=min(abs(limit), MOST if limit > 0 else MOST_IN_MEMORY),
            backwards=limit < 0 or sort == "reverse",
            in_order=limit < 0,
            closest=closest,
            filters=tuple(_filter(text, wayback=wayback) for text in given.getlist("filter")),
            collapse=tuple(map(_collapsed, collapse)),
            after=after,
        )

    @classmethod
    def of_api(cls, asked: Mapping[str, Any]) -> Self:
        """Take the parameters of `/api/captures`; Problem when one is wrong."""
        match = _checked(asked["url"], asked["match"])
        after = _resume(asked.get("cursor", ""), resumable=True)
        since, until = asked.get("since"), asked.get("until")
        return cls(
            url=asked["url"],
            match=match,
            limit=asked["limit"],
            after=after,
            unchanged=True,
            filters=(lambda line: (not since or line.date >= since) and (not until or line.date < until),),
        )

    def lines(self, index: Lookup, place: Place) -> Iterator[Line | None]:
        """Give the lines that are wanted, and None now and then when many others were read; note where they end."""
        wanted, seen = 0, None
        for read, line in enumerate(self._read(index, place)):
            if read % BLOCK == BLOCK - 1:
                yield None
            if not self._fits(line):
                continue
            if self.collapse:
                values = [value(line, name)[:count] for name, count in self.collapse]
                if values == seen:
                    continue
                seen = values
            yield line
            wanted += 1
            if wanted == self.limit:
                place.at_limit = True
                return

    def _fits(self, line: Line) -> bool:
        return self.since <= line.timestamp <= self.until and all(fits(line) for fits in self.filters)

    def _read(self, index: Lookup, place: Place) -> Iterator[Line]:
        """The lines of the index that may be wanted."""
        at = self.closest
        if at is not None and self.match == "exact":
            yield from index.nearest(self.url, at)
            return
        if at is not None:
            fitting = filter(self._fits, replace(self, closest=None)._read(index, place))
            yield from nsmallest(min(self.limit, MOST_IN_MEMORY), fitting, lambda line: abs(line.date - at))
            return
        if self.match == "exact":
            key = surt(self.url)
            ranges = [(f"{key} {self.since}", f"{key} {self.until}!")]
        else:
            ranges = [(start, f"{start}\x7f") for start in key_beginnings(self.url, self.match)]
        skipped = 0
        for first, end in reversed(ranges) if self.backwards else ranges:
            start = first
            if self.after is not None:
                start = max(first, f"{self.after.key} {self.after.stamp} ")
                skipped = self.after.count if start != first else 0
            raw = index.between(start.encode(), end.encode(), newest_first=self.backwards, unchanged=self.unchanged)
            yield from islice(place.pass_by(raw), skipped, None)


def value(line: Line, name: str) -> str:
    """The text of a field of a line; `-` where there is none."""
    if name in ("urlkey", "timestamp"):
        return line.key if name == "urlkey" else line.timestamp
    return line.fields().get(name) or "-"


def _scope(given: QueryParams) -> tuple[str, Match | Literal["exact"]]:
    """The URL that is asked for, and how others match it; `*` says the latter, too."""
    url, match = given.get("url", "").strip(), given.get("matchType", "")
    if not match and url.startswith("*."):
        url, match = url[2:], "domain"
    elif not match and url.endswith("*"):
        url, match = url[:-1], "prefix"
    if not url:
        raise Problem(BAD, "url: missing; for instance /cdx?url=https://news.example/")
    return url, _checked(url, match or "exact")


def _checked(url: str, match: str) -> Match | Literal["exact"]:
    """Read `matchType`; Problem when it is unknown, or wants a host of a URL that has none."""
    if match not in ("exact", *get_args(Match)):
        raise Problem(BAD, f"matchType={match[:50]!r}: write exact, prefix, host or domain")
    if match != "exact":
        try:
            key_beginnings(url, cast(Match, match))
        except UsageError:
            raise Problem(BAD, f"matchType={match}: the URL has no host") from None
    return cast(Match, match)


def _closest(given: QueryParams, sort: str) -> datetime | None:
    if sort not in ("", "default", "reverse", "closest"):
        raise Problem(BAD, f"sort={sort[:50]!r}: write default, reverse or closest")
    if not given.get("closest"):  # pywb asks for sort=closest without a time when it wants all
        return None
    stamp = _stamp(given.get("closest"), "closest", _FIRST)
    try:
        return datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise Problem(BAD, f"closest={stamp}: there is no such date") from None


def _resume(text: str, *, resumable: bool) -> Place | None:
    if not text:
        return None
    found = _RESUME.fullmatch(text)
    if found is None:
        raise Problem(BAD, "resumeKey or cursor: write one that an answer ended with")
    if not resumable:
        raise Problem(BAD, "resumeKey: only in the order of the index, with a positive limit")
    return Place(found[1], found[2], int(found[3]))


def _stamp(text: str | None, name: str, edge: str) -> str:
    """A timestamp, filled up to 14 digits from `edge`."""
    if not text:
        return edge
    if not _STAMP.fullmatch(text):
        raise Problem(BAD, f"{name}={text[:50]!r}: write a timestamp of up to 14 digits, such as 20261122")
    return text + edge[len(text) :]


def _number(text: str, name: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,9}", text) or not int(text):
        raise Problem(BAD, f"{name}={text[:50]!r}: write a whole number other than 0")
    return int(text)


def named(name: str) -> str:
    """Our name of a field; Problem for one that nobody knows."""
    ours = _NAMES.get(name, name)
    if ours not in _FIELDS:
        raise Problem(BAD, f"{name[:50]!r}: no such field; there are {', '.join(_FIELDS)}")
    return ours


def _collapsed(text: str) -> tuple[str, int | None]:
    name, colon, count = text.partition(":")
    if colon and not re.fullmatch(r"[1-9][0-9]{0,4}", count):
        raise Problem(BAD, f"collapse={text[:50]!r}: write FIELD or FIELD:CHARACTERS")
    return named(name), int(count) if colon else None


def _filter(text: str, *, wayback: bool) -> Callable[[Line], bool]:
    """A test of lines: `[!][=|~]FIELD:TEXT`. Without a sign, pywb's field contains the text, Wayback's matches it."""
    import regex  # with a time limit: a pattern of a stranger could take for ever in `re`

    if len(text) > LONGEST_FILTER:
        raise Problem(BAD, f"filter: of more than {LONGEST_FILTER} characters")
    rest = text.removeprefix("!")
    inverted, sign = rest != text, rest[:1] if rest[:1] in ("=", "~") else ""
    name, colon, wanted = rest.removeprefix(sign).partition(":")
    if not colon:
        raise Problem(BAD, f"filter={text!r}: write FIELD:TEXT, for instance mime:text/html")
    name = named(name)
    if sign == "=":
        return lambda line: (value(line, name) == wanted) != inverted
    if not sign and not wayback:
        return lambda line: (wanted in value(line, name)) != inverted
    try:
        pattern = regex.compile(wanted)
    except (regex.error, OverflowError, RecursionError) as error:
        raise Problem(BAD, f"filter={text!r}: no regular expression: {error}") from None
    match = pattern.fullmatch if wayback else pattern.match

    def fits(line: Line) -> bool:
        try:
            return (match(value(line, name), timeout=MATCHING) is not None) != inverted
        except TimeoutError:
            raise Problem(BAD, f"filter={text!r}: takes too long for {line.url[:200]}") from None

    return fits
