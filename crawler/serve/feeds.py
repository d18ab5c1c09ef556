"""Atom feeds of what the archive holds: new posts, and what became of held ones, newest first.

An entry has the id of the record that it reports, so it stays the same on any machine and at any address. A feed is in
the order in which the archive got its posts: one that was found late, or imported, is not missed.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator
from contextlib import suppress
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
from crawler.serve.atom import MEDIA_TYPE, NEVER, Entry, Feed, Link
from crawler.serve.body import readable
from crawler.serve.cards import article_path, pictures_of
from crawler.serve.held import Opened, long, short
from crawler.serve.memento import Places
from crawler.serve.problem import BAD, MISSING, Problem, told
from crawler.store.catalogue_arrivals import Arrival
from crawler.store.data_folder import Layout
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
_AT = re.compile(rb'"at":"([^"]*)"')


@dataclass(frozen=True)
class _Facts:
    """The rows that an entry reports: its text, which they name, is only read for a client that lacks it."""

    arrival: Arrival
    versions: tuple[Version, ...]
    """The one that is shown, behind the one that it is compared with."""
    originals: tuple[Link, ...]
    state: State | None = None

    @property
    def updated(self) -> datetime:
        """When the entry last changed."""
        return self.state.date if self.state else self.versions[-1].converted


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

    def facts(self, opened: Opened) -> tuple[list[_Facts], Arrival | None]:
        """Read the rows of the page's entries, and the last one when there is a further page."""
        arrivals = opened.catalogue.arrivals
        read = arrivals.new if self.kind == "posts" else arrivals.changes
        most = LOOKED_AT if self.q else MOST
        several = read(self.source, self.before, most + 1)
        found = self._found(opened, several[:most]) if self.q else several[:most]
        shown = found[:MOST]
        last = shown[-1] if len(found) > MOST else several[most - 1] if len(several) > most else None
        facts = (self._facts(opened, arrival) for arrival in shown)
        return [one for one in facts if one is not None], last

    def feed(self, opened: Opened, facts: list[_Facts], last: Arrival | None) -> Feed:
        """Read the texts of the page."""
        links = [
            Link("self", self.address(self.before), type=MEDIA_TYPE),
            Link("first", self.address(), type=MEDIA_TYPE),
            Link("alternate", self.base + "/", type="text/html"),
        ]
        if last:
            links.append(Link("next", self.address((rfc3339(last.at), last.record_id)), type=MEDIA_TYPE))
        return Feed(
            id=_feed_id(opened, self.kind, self.source, self.q),
            title=_TITLES[self.kind]
            + (f" of {self.source}" if self.source else "")
            + (f": {self.q}" if self.q else ""),
            author=AUTHOR,
            links=tuple(links),
            entries=tuple(self._entry(opened, one) for one in facts),
        )

    def _found(self, opened: Opened, several: list[Arrival]) -> list[Arrival]:
        """Those whose text has the words, or had them before the change."""
        query, texts = parse_query(self.q), {one.record_id: self._texts(opened, one) for one in several}
        with opened.words() as index:
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

    def _facts(self, opened: Opened, arrival: Arrival) -> _Facts | None:
        """The rows of an entry; None when they were taken out meanwhile."""
        catalogue = opened.catalogue
        if arrival.kind == "state":
            state = catalogue.states.state(arrival.record_id)
            return self._facts_of_state(opened, arrival, state) if state else None
        versions = catalogue.versions_beside(arrival.record_id)
        if not versions:
            return None
        if self.kind == "posts":
            newest = versions[-1]
            return _Facts(arrival, (newest,), self._originals(opened, ("via", "Captured original", newest.pages[:1])))
        version = next(one for one in versions if one.record_id == arrival.record_id)
        before = [one for one in versions if one.number < version.number][-1:]
        originals = self._originals(
            opened,
            *(("related", "Original before", one.pages[:1]) for one in before),
            ("related", "Original after", version.pages[:1]),
        )
        return _Facts(arrival, (*before, version), originals)

    def _facts_of_state(self, opened: Opened, arrival: Arrival, state: State) -> _Facts | None:
        versions = opened.catalogue.versions(state.canonical_url)
        if not versions:
            return None
        held = [one for one in versions if one.captured <= state.date] or versions[:1]
        originals = self._originals(
            opened,
            ("related", "Original before", held[-1].pages[:1]),
            ("related", "Original after", (state.capture,)),
        )
        return _Facts(arrival, (held[-1],), originals, state)

    def _entry(self, opened: Opened, facts: _Facts) -> Entry:
        if facts.state is not None:
            return self._of_state(facts, facts.state)
        return self._of_post(opened, facts) if self.kind == "posts" else self._of_version(opened, facts)

    def _of_post(self, opened: Opened, facts: _Facts) -> Entry:
        [newest] = facts.versions
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
            id=_id(facts.arrival.record_id),
            title=newest.title or newest.path,
            updated=facts.updated,
            published=newest.date,
            author=author,
            categories=tuple(dict.fromkeys((newest.source, *sections))),
            html=html,
            links=self._links(facts),
        )

    def _of_version(self, opened: Opened, facts: _Facts) -> Entry:
        *earlier, version = facts.versions
        if not earlier:
            html = "<p>The version before is not in the archive.</p>"
        else:
            [before] = earlier
            try:
                change = difference(opened.text(before), opened.text(version), before.images, version.images)
                html = "\n".join(_marked(change)) or "<p>Nothing a reader sees.</p>"
            except (ArchiveError, FrontMatterError) as error:
                html = f"<p>{escape(str(error))}</p>"
        return Entry(
            id=_id(version.record_id),
            title=f"Changed: {version.title or version.path}",
            updated=facts.updated,
            published=version.captured,
            categories=(version.source, "changed"),
            html=html + _linked(facts.originals),
            links=self._links(facts),
        )

    def _of_state(self, facts: _Facts, state: State) -> Entry:
        [held] = facts.versions
        what = _STATES[state.state]
        said = f"{what}: {state.reason}" if state.state == "withdrawn" else "The article is there again."
        return Entry(
            id=_id(state.record_id),
            title=f"{what}: {held.title or held.path}",
            updated=facts.updated,
            published=state.date,
            categories=(held.source, state.state),
            html=f"<p>{escape(said)}</p>" + _linked(facts.originals),
            links=self._links(facts),
        )

    def _links(self, facts: _Facts) -> tuple[Link, ...]:
        shown = Link("alternate", self.base + article_path(facts.versions[-1]), type="text/html")
        return (shown, *facts.originals)

    def _originals(self, opened: Opened, *asked: tuple[str, str, tuple[str, ...]]) -> tuple[Link, ...]:
        """Links to the pages of captures: relation, title and record id of each; one that is not known is left out."""
        found = ((rel, title, opened.catalogue.capture(name)) for rel, title, names in asked for name in names)
        return tuple(Link(rel, self.places.memento(one.url, one.date), title) for rel, title, one in found if one)


def _linked(originals: tuple[Link, ...]) -> str:
    """The same links for readers that show only the text."""
    links = [f'<a href="{escape(link.href)}">{link.title}</a>' for link in originals]
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
    """The id of a feed: made of the first line of the manifest, which an archive keeps for ever.

    Of several data folders the one that sealed a file first tells: folders that are added later change no id.
    """
    lines = sorted(_first_lines(opened.layout))
    first = hashlib.sha256(lines[0][1]).hexdigest() if lines else ""
    return uuid.uuid5(uuid.NAMESPACE_URL, ":".join(("warcpress", first, kind, *map(quote, asked)))).urn


def _first_lines(layout: Layout) -> Iterator[tuple[bytes, bytes]]:
    """The first line of each manifest, behind the time in it."""
    for one in layout.each():
        with suppress(OSError), (one.root / "manifest.jsonl").open("rb") as manifest:
            line = manifest.readline()
            at = _AT.search(line)
            yield at[1] if at else b"~", line


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
        facts, last = page.facts(opened)
        configured = {source.name for source in held.config.sources}
        if page.source and not facts and page.source not in configured.union(opened.catalogue.sources()):
            raise Problem(MISSING, f"source={page.source[:100]!r}: neither configured nor in the archive")
        updated = max((one.updated for one in facts), default=NEVER)
        tag = hashlib.sha256(repr((page, facts, last)).encode()).hexdigest()[:32]
        headers = {"ETag": f'W/"{tag}"', "Last-Modified": http_date(updated)}
        if _is_known(request, headers["ETag"], updated):
            return Response(None, _NOT_MODIFIED, headers)
        document = page.feed(opened, facts, last).document()
    return Response(document, headers=headers, media_type=MEDIA_TYPE)


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
