"""Memento (RFC 7089) over the archive: a URL and a time lead to the nearest capture, a URL alone to the list of all.

The addresses are those of a collection `web` of pywb, and of the Wayback Machine: `/web/URL` is the TimeGate,
`/web/timemap/link/URL` the TimeMap, `/web/TIMESTAMP/URL` leads to a capture, `/web/TIMESTAMPid_/URL` gives its bytes.
So pywb takes the archive as a collection `memento+http://…/web/`. A memento is the script-free page of a capture
(original.py). A 304 is not one of them: it has no page of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, chain, islice
from typing import Any
from urllib.parse import quote, unquote, urljoin

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from archive import ArchiveError, Line, Lookup, Reader, held_back, parse_head, same_url, surt
from crawler.clock import from_http, rfc3339
from crawler.from_warc.show import LARGEST_PAGE
from crawler.original.view import page_path
from crawler.posts.frontmatter import http_date
from crawler.serve.cdx import index_of
from crawler.serve.problem import BAD, FORBIDDEN, MISSING, Problem, Streamed, told
from crawler.serve.stored import REDIRECTS

MOST = 5000
"""Most mementos of one page of a TimeMap; those of one second are on one page."""
TRIED = 32
"""Captures near a time that are looked at, to find one that is whole and does not lead back to its own URL."""
LONGEST_LINKS = 16_000
"""Most characters of a Link header: common clients refuse longer ones."""
LINK_FORMAT = "application/link-format"
FORMS = ("link", "json")
_SAFE = "%/:=&?~#+!$,;'@()*[]"
_SCHEME = re.compile(r"(https?|ftp):/+", re.IGNORECASE)
_ESCAPED_SCHEME = re.compile(r"https?%3a", re.IGNORECASE)
_GATE = re.compile(r"/(?:timegate|web)/")
_MAP = re.compile(r"/(?:web/)?timemap/(link|json)/(?:([0-9]{14})/)?")
_AT = re.compile(r"/web/([0-9]{1,14})([a-z]{2}_)?/")
_PARTIAL, _NOT_MODIFIED = 206, 304
_LEAST_STATUS = 200
_BODILESS = (204, 205, 304)
_VALUE = re.compile("[ -~]*")
_ALONE = ("document", "empty")
"""Values of Sec-Fetch-Dest of a person who follows an address, and of a program."""
KEPT = ("Content-Type", "Content-Language", "Last-Modified")
"""Fields of a captured head that are given with its bytes; never cookies, or what would steer a browser."""
RAW = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "no-cache",
}
"""What keeps a browser from running anything in bytes as they were captured."""


@dataclass(frozen=True)
class Places:
    """The addresses of this server for mementos."""

    base: str
    """`http://127.0.0.1:8420/web/`; empty when a stored page does not know the address of our own pages."""
    pages: str
    """`http://127.0.0.1:8421`, where stored pages are; empty when a request names no host."""

    @classmethod
    def of(cls, request: Request) -> Places:
        """Take those for the browser, or program, that sent a request to either origin."""
        origins, host = request.app.state.origins, request.headers.get("host", "")
        own = origins.own(host) if origins.is_original(request.scope) else str(request.base_url).rstrip("/")
        return cls(own and f"{own}/web/", origins.original(host))

    def memento(self, url: str, at: datetime) -> str:
        """The address of a capture: its page without scripts, on the origin of stored pages."""
        return self.pages + page_path(url, at) if self.pages else self.bytes(url, at)

    def bytes(self, url: str, at: datetime) -> str:
        """The address of the bytes of a capture."""
        return f"{self.base}{stamp_of(at)}id_/{escaped(url)}"

    def timegate(self, url: str) -> str:
        """The address of a URL's TimeGate."""
        return self.base + escaped(url)

    def timemap(self, url: str, form: str = "link", since: str = "") -> str:
        """The address of a URL's TimeMap, or of the page of it that begins with a timestamp."""
        return f"{self.base}timemap/{form}/{since}{'/' if since else ''}{escaped(url)}"


def escaped(url: str) -> str:
    """A URL for a header or a link: in ASCII, without spaces, quotes and angle brackets."""
    return quote(url, safe=_SAFE)


def asked_url(request: Request, prefix: re.Pattern[str]) -> str:
    """The URL behind `prefix` in the path of a request, with its query, as it was sent; Problem when there is none."""
    raw = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    path = raw.decode("latin-1")
    found = prefix.match(path)
    url = path[found.end() :] if found else ""
    if _ESCAPED_SCHEME.match(url):
        url = unquote(url)
    if query := request.scope["query_string"].decode("latin-1"):
        url += "?" + query
    url = _SCHEME.sub(lambda scheme: f"{scheme[1]}://", url, count=1)  # proxies take `//` for `/`
    if not url or surt(url).startswith("-"):
        raise Problem(
            BAD, f"{request.url.path[:200]}: no URL in it; write for instance /timegate/https://news.example/"
        )
    return url if _SCHEME.match(url) else f"http://{url}"


def chosen(url: str, at: datetime, index: Lookup, reader: Reader) -> Line | None:
    """Find the capture of a URL that is nearest to a time; None when there is none.

    Parts of pages (206, or a download that was cut) and redirects to another spelling of the URL are passed over where
    there is something else, as replay tools do: the latter lead here again.
    """
    nearest = list(islice(index.nearest(url, at), TRIED))
    whole = (line for line in nearest if not line.truncated and line.status != _PARTIAL)
    return next((line for line in whole if not leads_here(line, reader)), nearest[0] if nearest else None)


def leads_here(line: Line, reader: Reader) -> bool:
    if line.status not in REDIRECTS:
        return False
    with suppress(ArchiveError, ValueError), reader.response(line) as response:
        target = parse_head(response.head).get("Location")
        return target is not None and surt(urljoin(line.url, target)) == line.key
    return False


def around(url: str, at: datetime, index: Lookup) -> dict[str, Line]:
    """The captures of a memento's URL that are linked from it, by relation: first, prev, next, last."""
    key = surt(url) + " "
    here, end = f"{key}{stamp_of(at)}", f"{key}~".encode()
    found = {
        "first": index.between(key.encode(), end, unchanged=False),
        "prev": index.between(key.encode(), here.encode(), newest_first=True, unchanged=False),
        "next": index.between(f"{here}!".encode(), end, unchanged=False),
        "last": index.between(key.encode(), end, newest_first=True, unchanged=False),
    }
    first = {relation: next(lines, None) for relation, lines in found.items()}
    return {relation: Line.parse(raw) for relation, raw in first.items() if raw}


def links(places: Places, original: str, url: str, at: datetime, index: Lookup) -> str:
    """The Link header of a TimeGate's answer, and of a memento (RFC 7089, 2.2)."""
    several = [f'<{escaped(original)}>; rel="original"']
    if places.base:
        several.append(f'<{places.timegate(original)}>; rel="timegate"')
        several.append(f'<{places.timemap(original)}>; rel="timemap"; type="{LINK_FORMAT}"')
    relations: dict[tuple[str, datetime], list[str]] = {}
    relations[url, at] = []
    for relation, line in around(url, at, index).items():
        relations.setdefault((line.url, line.date), []).append(relation)
    several += [_memento(places, *one, *names) for one, names in relations.items()]
    size = accumulate(len(link) for link in several)
    return ", ".join(link for link, end in zip(several, size, strict=True) if end <= LONGEST_LINKS)


def memento_headers(places: Places, url: str, at: datetime, index: Lookup) -> dict[str, str]:
    """The headers that make the answer with a capture a memento."""
    return {"Memento-Datetime": http_date(at), "Link": links(places, url, url, at, index)}


def _memento(places: Places, url: str, at: datetime, *relations: str) -> str:
    return f'<{places.memento(url, at)}>; rel="{" ".join((*relations, "memento"))}"; datetime="{http_date(at)}"'


@dataclass(frozen=True)
class Page:
    """A page of a TimeMap."""

    lines: tuple[Line, ...]
    following: Line | None
    """The first capture of the next page."""
    is_first: bool

    @classmethod
    def of(cls, url: str, since: str, index: Lookup) -> Page:
        """Read the captures of a URL from a timestamp on, oldest first; Problem when there are none."""
        key = surt(url).encode() + b" "
        found = map(Line.parse, index.between(key + since.encode(), key + b"~", unchanged=False))
        shown: dict[tuple[datetime, str], Line] = {}
        following, last = None, ""
        for line in found:
            if len(shown) >= MOST and line.timestamp != last:
                following = line
                break
            last = line.timestamp
            shown.setdefault((line.date, line.url), line)
        if not shown:
            raise Problem(MISSING, f"{url}: the archive has no capture of it{' from then on' if since else ''}")
        return cls(tuple(shown.values()), following, is_first=not since)

    def relations(self, at: int) -> tuple[str, ...]:
        """What the memento at a place is besides."""
        is_first = self.is_first and at == 0
        is_last = self.following is None and at == len(self.lines) - 1
        return (*(("first",) if is_first else ()), *(("last",) if is_last else ()))

    def as_links(self, places: Places, url: str, since: str) -> Iterator[str]:
        """The TimeMap in link format (RFC 7089, 5), a link a line."""
        first, last = self.lines[0], self.lines[-1]
        span = f'from="{http_date(first.date)}"; until="{http_date(last.date)}"'
        yield f'<{escaped(url)}>; rel="original"'
        yield f'<{places.timemap(url, since=since)}>; rel="self"; type="{LINK_FORMAT}"; {span}'
        yield f'<{places.timegate(url)}>; rel="timegate"'
        if self.following:
            start = http_date(self.following.date)
            address = places.timemap(url, since=self.following.timestamp)
            yield f'<{address}>; rel="timemap"; type="{LINK_FORMAT}"; from="{start}"'
        for at, line in enumerate(self.lines):
            yield _memento(places, line.url, line.date, *self.relations(at))

    def as_json(self, places: Places, url: str, since: str) -> dict[str, Any]:
        """The TimeMap in the JSON of Memento aggregators."""
        several = [{"datetime": _second(line), "uri": places.memento(line.url, line.date)} for line in self.lines]
        ends = {name: several[at] for at in (0, -1) for name in self.relations(at % len(several))}
        content = {
            "original_uri": url,
            "self": places.timemap(url, "json", since),
            "timegate_uri": places.timegate(url),
            "timemap_uri": {f"{form}_format": places.timemap(url, form) for form in FORMS},
            "mementos": {**ends, "list": several},
        }
        if self.following:
            following = places.timemap(url, "json", self.following.timestamp)
            content["pages"] = {"next": {"uri": following, "from": _second(self.following)}}
        return content


def _second(line: Line) -> str:
    return rfc3339(line.date)[: len("2026-11-22T09:54:35")] + "Z"


@told
def timemap(request: Request) -> Response:
    """List the captures of a URL, in the form that the path names."""
    found = _MAP.match(request.url.path)
    if found is None:
        raise Problem(BAD, f"{request.url.path[:200]}: write /timemap/link/URL or /timemap/json/URL")
    url = asked_url(request, _MAP)
    form, since = found[1], found[2] or ""
    page, places = Page.of(url, since, index_of(request)), Places.of(request)
    if form == "json":
        return JSONResponse(page.as_json(places, url, since))
    return Response(",\n".join(page.as_links(places, url, since)) + "\n", media_type=LINK_FORMAT)


@told
def timegate(request: Request) -> Response:
    """Lead to the capture that is nearest to Accept-Datetime; without it, to the latest (RFC 7089, 4.1.2)."""
    url = asked_url(request, _GATE)
    wanted = request.headers.get("accept-datetime")
    at = _in_utc(from_http(wanted)) if wanted else datetime.max.replace(tzinfo=UTC)
    if at is None:
        raise Problem(BAD, f"Accept-Datetime: {wanted!r} is no HTTP date such as Thu, 31 May 2007 20:35:00 GMT")
    index, places = index_of(request), Places.of(request)
    line = chosen(url, at, index, request.app.state.held.layout.reader())
    if line is None:
        raise Problem(MISSING, f"{url}: the archive has no capture of it")
    headers = {"Vary": "accept-datetime", "Link": links(places, url, line.url, line.date, index)}
    return RedirectResponse(places.memento(line.url, line.date), 302, headers)


def _in_utc(date: datetime | None) -> datetime | None:
    try:
        return date.astimezone(UTC) if date else None
    except OverflowError:  # the last day of 9999, west of Greenwich
        return None


@told
def captured(request: Request) -> Response:
    """Lead from `/web/TIMESTAMP/URL` to the nearest capture; with `id_`, give the bytes of one of that very second."""
    found = _AT.match(request.url.path)
    if found is None:
        return timegate(request)
    stamp, is_raw = found[1], found[2] == "id_"
    if is_raw and request.headers.get("sec-fetch-dest", "document") not in _ALONE:
        raise Problem(FORBIDDEN, "stored bytes are shown alone, not as a script, style or picture of a page")
    url, places, index = asked_url(request, _AT), Places.of(request), index_of(request)
    at, reader = moment(stamp), request.app.state.held.layout.reader()
    line = next(index.nearest(url, at), None)
    if line is not None and is_raw and (line.timestamp, same_url(line.url, url)) == (stamp, True):
        return _bytes(line, places, index, reader)
    line = chosen(url, at, index, reader)
    if line is None or leads_here(line, reader):
        raise Problem(MISSING, f"{url}: the archive has no capture of it{' that leads elsewhere' if line else ''}")
    return RedirectResponse((places.bytes if is_raw else places.memento)(line.url, line.date), 302)


def _bytes(line: Line, places: Places, index: Lookup, reader: Reader) -> Response:
    """The body of a capture without its codings, a revisit's from its original; a redirect leads to its own capture."""
    of = reader.original(line) or line
    with reader.response(line) as response:
        own = parse_head(response.head)
    with reader.response(of) as response:
        head = own if own.status and own.status != _NOT_MODIFIED else parse_head(response.head)
    headers = {**memento_headers(places, line.url, line.date, index), **RAW}
    headers |= {name: text for name in KEPT if (text := head.get(name)) is not None and _VALUE.fullmatch(text)}
    if head.status in REDIRECTS and (target := head.get("Location")):
        headers["Location"] = f"{places.base}{line.timestamp}id_/{escaped(urljoin(line.url, target))}"
    status = head.status if head.status and head.status >= _LEAST_STATUS else 200
    if status in _BODILESS:
        return Response(None, status, headers)
    pieces = held_back(reader.entity_pieces(line, LARGEST_PAGE))
    return Streamed(chain([next(pieces, b"")], pieces), status, headers)


def stamp_of(moment: datetime) -> str:
    """The timestamp of 14 digits of a time."""
    return f"{moment.astimezone(UTC):%Y%m%d%H%M%S}".rjust(14, "0")


def moment(stamp: str) -> datetime:
    """The time of a timestamp of up to 14 digits; Problem when there is no such date."""
    text = stamp + "00000101000000"[len(stamp) :]
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise Problem(BAD, f"{stamp}: there is no such date") from None


routes = [
    Route("/timegate/{url:path}", timegate),
    Route("/timemap/{form}/{url:path}", timemap),
    Route("/web/timemap/{form}/{url:path}", timemap),
    Route("/web/{url:path}", captured),
]
