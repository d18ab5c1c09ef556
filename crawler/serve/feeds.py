"""Atom feeds of what the archive holds: new posts, and what became of held ones, newest first.

An entry has the id of the record that it tells of, so it stays the same on any machine and at any address. A feed is in
the order in which the archive got its posts: one that was found late, or imported, is not missed.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Literal
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from archive import ArchiveError
from crawler.clock import from_http, from_rfc3339, rfc3339
from crawler.posts.blocks import as_html
from crawler.posts.difference_lines import PICTURES
from crawler.posts.difference_page import marked_html
from crawler.posts.differences import Difference, difference
from crawler.posts.frontmatter import FrontMatterError, http_date, parse
from crawler.search.query import parse as parse_query
from crawler.serve.atom import MEDIA_TYPE, Entry, Feed, Link
from crawler.serve.body import readable
from crawler.serve.cards import article_path, pictures_of
from crawler.serve.held import Opened, index_of_words, long, short
from crawler.serve.memento import Places
from crawler.serve.problem import BAD, MISSING, Problem, told
from crawler.store.catalogue_arrivals import Arrival
from crawler.store.stored_version import State, Version

MOST = 50
"""Entries of a page."""
LOOKED_AT = 1000
"""Most arrivals that are looked at for a page of a search; `next` goes on behind them."""
PARAMETERS = ("source", "q", "before")
AUTHOR = "warcpress"

Kind = Literal["posts", "changes"]
_TITLES: dict[Kind, str] = {"posts": "New posts", "changes": "Changed, withdrawn and returned posts"}
_STATES = {"withdrawn": "Withdrawn", "present": "Back"}
_NOT_MODIFIED = 304


@dataclass(frozen=True)
class _Page:
    """Which page of which feed is asked for, and from where."""

    kind: Kind
    base: str
    """Address of this server, without a slash at its end."""
    places: Places
    source: str
    q: str
    """Words that an entry must have; empty = every entry."""
    before: tuple[str, str] | None
    """Time and record id of the last entry of the page before."""

    @classmethod
    def of(cls, request: Request, kind: Kind) -> _Page:
        """Read the parameters of a request; Problem when one is wrong."""
        if unknown := [name for name in request.query_params if name not in PARAMETERS]:
            raise Problem(BAD, f"{unknown[0][:50]!r}: not known here; known are {', '.join(PARAMETERS)}")
        base = str(request.base_url).rstrip("/")
        source, q, before = (request.query_params.get(name, "") for name in PARAMETERS)
        return cls(kind, base, Places.of(request), source, q, _before(before))

    def address(self, before: tuple[str, str] | None = None) -> str:
        """The address of this feed, or of a further page of it."""
        query = {"source": self.source, "q": self.q, "before": f"{before[0]},{short(before[1])}" if before else ""}
        kept = urlencode({name: value for name, value in query.items() if value}, safe=":,")
        return f"{self.base}/feeds/{self.kind}.atom{'?' if kept else ''}{kept}"

    def feed(self, opened: Opened) -> Feed:
        """Read the page."""
        arrivals = opened.catalogue.arrivals
        read = arrivals.new if self.kind == "posts" else arrivals.changes
        most = LOOKED_AT if self.q else MOST
        several = read(self.source, self.before, most + 1)
        found = self._found(opened, several[:most]) if self.q else several[:most]
        shown = found[:MOST]
        last = shown[-1] if len(found) > MOST else several[most - 1] if len(several) > most else None
        links = [
            Link("self", self.address(self.before), type=MEDIA_TYPE),
            Link("first", self.address(), type=MEDIA_TYPE),
            Link("alternate", self.base + "/", type="text/html"),
        ]
        if last:
            links.append(Link("next", self.address((rfc3339(last.at), last.record_id)), type=MEDIA_TYPE))
        entries = (self._entry(opened, arrival) for arrival in shown)
        return Feed(
            id=_feed_id(opened, self.kind, self.source, self.q),
            title=_TITLES[self.kind]
            + (f" of {self.source}" if self.source else "")
            + (f": {self.q}" if self.q else ""),
            author=AUTHOR,
            links=tuple(links),
            entries=tuple(entry for entry in entries if entry is not None),
        )

    def _found(self, opened: Opened, several: list[Arrival]) -> list[Arrival]:
        """Those whose text has the words, or had them before the change."""
        query, texts = parse_query(self.q), {one.record_id: self._texts(opened, one) for one in several}
        with index_of_words(opened.layout) as index:
            found = set(index.those_found(query, {text for several in texts.values() for text in several}))
        return [one for one in several if found & texts[one.record_id]]

    def _texts(self, opened: Opened, arrival: Arrival) -> set[str]:
        """Record ids of the versions that an entry is about."""
        catalogue = opened.catalogue
        if self.kind == "posts":
            return {arrival.record_id}
        if arrival.kind == "version":
            versions = catalogue.versions_beside(arrival.record_id)
            number = next((one.number for one in versions if one.record_id == arrival.record_id), 0)
            return {one.record_id for one in versions if one.number in (number - 1, number)}
        state = catalogue.states.state(arrival.record_id)
        latest = catalogue.latest(state.canonical_url) if state else None
        return {latest.record_id} if latest else set()

    def _entry(self, opened: Opened, arrival: Arrival) -> Entry | None:
        catalogue = opened.catalogue
        if arrival.kind == "state":
            state = catalogue.states.state(arrival.record_id)
            return self._of_state(opened, state) if state else None
        version = catalogue.version(arrival.record_id)
        if version is None:
            return None  # taken out meanwhile
        return self._of_post(opened, version) if self.kind == "posts" else self._of_version(opened, version)

    def _of_post(self, opened: Opened, first: Version) -> Entry:
        newest = opened.catalogue.versions(first.canonical_url)[-1]
        author, sections = "", list[str]()
        try:
            post = parse(opened.text(newest))
        except (ArchiveError, FrontMatterError) as error:
            html = f"<p>{escape(str(error))}</p>"
        else:
            pictures = {src: self.base + path if path else "" for src, path in pictures_of(newest).items()}
            html = readable(as_html(post.body), pictures)
            listed = post.fields.get("categories")
            sections = [str(name) for name in listed if name] if isinstance(listed, list) else []
            author = str(post.fields.get("author") or "")
        return Entry(
            id=_id(first.record_id),
            title=newest.title or newest.path,
            updated=newest.converted,
            published=newest.date,
            author=author,
            categories=tuple(dict.fromkeys((newest.source, *sections))),
            html=html,
            links=tuple(self._links(newest, self._original(opened, "via", "Captured original", newest.pages[:1]))),
        )

    def _of_version(self, opened: Opened, version: Version) -> Entry:
        earlier = [one for one in opened.catalogue.versions(version.canonical_url) if one.number < version.number]
        before = earlier[-1] if earlier else None
        originals = [self._original(opened, "related", "Original after", version.pages[:1])]
        if before is None:
            html = "<p>The version before is not in the archive.</p>"
        else:
            originals.insert(0, self._original(opened, "related", "Original before", before.pages[:1]))
            try:
                change = difference(opened.text(before), opened.text(version), before.images, version.images)
                html = "\n".join(_marked(change)) or "<p>Nothing a reader sees.</p>"
            except (ArchiveError, FrontMatterError) as error:
                html = f"<p>{escape(str(error))}</p>"
        return Entry(
            id=_id(version.record_id),
            title=f"Changed: {version.title or version.path}",
            updated=version.converted,
            published=version.captured,
            categories=(version.source, "changed"),
            html=html + _linked(originals),
            links=tuple(self._links(version, *originals)),
        )

    def _of_state(self, opened: Opened, state: State) -> Entry | None:
        versions = opened.catalogue.versions(state.canonical_url)
        if not versions:
            return None
        held = [one for one in versions if one.captured <= state.date] or versions[:1]
        what = _STATES[state.state]
        said = f"{what}: {state.reason}" if state.state == "withdrawn" else "The article is there again."
        originals = [
            self._original(opened, "related", "Original before", held[-1].pages[:1]),
            self._original(opened, "related", "Original after", (state.capture,)),
        ]
        return Entry(
            id=_id(state.record_id),
            title=f"{what}: {held[-1].title or held[-1].path}",
            updated=state.date,
            published=state.date,
            categories=(held[-1].source, state.state),
            html=f"<p>{escape(said)}</p>" + _linked(originals),
            links=tuple(self._links(held[-1], *originals)),
        )

    def _links(self, version: Version, *originals: Link | None) -> Iterator[Link]:
        yield Link("alternate", self.base + article_path(version), type="text/html")
        yield from filter(None, originals)

    def _original(self, opened: Opened, relation: str, title: str, captures: tuple[str, ...]) -> Link | None:
        """A link to the page of a capture, by its record id; None when it is not known."""
        capture = opened.catalogue.capture(captures[0]) if captures else None
        return Link(relation, self.places.memento(capture.url, capture.date), title) if capture else None


def _linked(originals: list[Link | None]) -> str:
    """The same links for readers that show only the text."""
    links = [f'<a href="{escape(link.href)}">{link.title}</a>' for link in originals if link]
    return f"<p>{' · '.join(links)}</p>" if links else ""


def _marked(change: Difference) -> Iterator[str]:
    """What changed, as HTML with insertions and deletions; paragraphs that stayed are left out."""
    for field in change.fields:
        yield f"<p><b>{escape(field.name)}</b>: {marked_html(field.marks)}</p>"
    for picture in change.pictures:
        yield f"<p>{PICTURES[picture.kind]}: <code>{escape(picture.url)}</code></p>"
    for block in change.body:
        if block.kind != "equal":
            yield f"<p>{marked_html(block.marks)}</p>"
    if change.markup:
        yield "<p>Only the markup of the text changed.</p>"


def _id(record_id: str) -> str:
    """The id of an entry: that of its record."""
    return record_id.removeprefix("<").removesuffix(">")


def _feed_id(opened: Opened, kind: Kind, *asked: str) -> str:
    """The id of a feed: made of the first line of the manifest, which an archive keeps for ever."""
    try:
        with (opened.layout.root / "manifest.jsonl").open("rb") as manifest:
            first = hashlib.sha256(manifest.readline()).hexdigest()
    except OSError:
        first = ""
    return uuid.uuid5(uuid.NAMESPACE_URL, ":".join(("warcpress", first, kind, *map(quote, asked)))).urn


def _before(text: str) -> tuple[str, str] | None:
    if not text:
        return None
    at, _, name = text.partition(",")
    try:
        return rfc3339(from_rfc3339(at)), long(name)
    except (ValueError, OverflowError):
        raise Problem(BAD, "before: write one that a feed named") from None


def _answer(request: Request, kind: Kind) -> Response:
    page, held = _Page.of(request, kind), request.app.state.held
    with held.opened() as opened:
        feed = page.feed(opened)
    if page.source and not feed.entries and page.source not in {source.name for source in held.config.sources}:
        raise Problem(MISSING, f"source={page.source[:100]!r}: neither configured nor in the archive")
    headers = {"ETag": f'W/"{feed.tag}"', "Last-Modified": http_date(feed.updated)}
    if _is_known(request, headers["ETag"], feed.updated):
        return Response(None, _NOT_MODIFIED, headers)
    return Response(feed.document(), headers=headers, media_type=MEDIA_TYPE)


def _is_known(request: Request, tag: str, updated: datetime) -> bool:
    """Whether the client has this answer already (RFC 9110, 13.2.2)."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or tag.removeprefix("W/") in (
            one.strip().removeprefix("W/") for one in tags.split(",")
        )
    since = from_http(request.headers.get("if-modified-since", ""))
    return since is not None and updated.replace(microsecond=0) <= since


@told
def _posts(request: Request) -> Response:
    return _answer(request, "posts")


@told
def _changes(request: Request) -> Response:
    return _answer(request, "changes")


routes = [Route("/feeds/posts.atom", _posts), Route("/feeds/changes.atom", _changes)]
