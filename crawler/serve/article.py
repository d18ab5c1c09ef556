"""The page of an article: its post in any version, what changed between two, its captures, and its states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from archive import ArchiveError, StoreFailed
from crawler.errors import UnknownUrl, WarcpressError
from crawler.extractors.sanitise import is_safe_url
from crawler.posts.blocks import as_html
from crawler.posts.difference_page import STYLE, fragment
from crawler.posts.differences import difference
from crawler.posts.frontmatter import parse
from crawler.serve.body import held_links, readable
from crawler.serve.cards import article_path, pictures_of
from crawler.serve.held import Opened, short
from crawler.serve.looks import looks_of
from crawler.serve.raw import Links
from crawler.serve.rendering import page
from crawler.store.stored_version import Version


@dataclass(frozen=True)
class Edition:
    """A version in the row of all versions."""

    version: Version
    key: str
    """`version` of its URL: the label, or the record id where two have one label."""

    @property
    def label(self) -> str:
        """Its number; of one that was made again, with the derivation."""
        again = f".{self.version.derivation}" if self.version.derivation else ""
        return f"{self.version.number}{again}"


def editions_of(versions: Sequence[Version]) -> list[Edition]:
    """Name the versions of an article, oldest first; two can have one number when a file was lost and put back."""
    found: list[Edition] = []
    for version in versions:
        edition = Edition(version, short(version.record_id))
        is_first = all(other.label != edition.label for other in found)
        found.append(Edition(version, edition.label) if is_first else edition)
    return found


def chosen(editions: Sequence[Edition], key: str) -> Edition:
    """The version that a URL asks for; the newest by default. UnknownUrl when there is none such."""
    if not key:
        return editions[-1]
    for edition in editions:
        if key in (edition.key, short(edition.version.record_id)):
            return edition
    names = ", ".join(edition.key for edition in editions)
    raise UnknownUrl(f"version {key}: not in the archive; there are {names}")


def article(request: Request) -> Response:
    """Show an article: one version, with `original` beside its page; with `from` and `to` what changed between two."""
    asked = request.query_params
    with request.app.state.held.opened() as opened:
        versions = opened.versions(request.path_params["path"])
        editions = editions_of(versions)
        edition = chosen(editions, asked.get("to") or asked.get("version", ""))
        earlier = _earlier(editions, edition, asked.get("from", ""))
        states = opened.catalogue.states.of(edition.version.canonical_url)
        looks, unlisted = looks_of(opened, versions, states, edition.version)
        card = request.app.state.cards.of(opened, edition.version)
        values: dict[str, Any] = {"card": card, "looks": looks, "unlisted": unlisted}
        values |= _changes(opened, earlier, edition) if "from" in asked else _post(opened, edition.version)
        page_of = opened.catalogue.capture(edition.version.pages[0]) if edition.version.pages else None
    stored, url = Links.of(request), edition.version.canonical_url
    values |= {"stored": stored, "original": page_of if asked.get("original") and stored.can_be_framed else None}
    values |= {"editions": editions, "edition": edition, "earlier": earlier, "states": states}
    return page(request, "article.html", url=url if is_safe_url(url) else "", newest=editions[-1], **values)


def _earlier(editions: Sequence[Edition], edition: Edition, key: str) -> Edition:
    """The version to compare with: the one that is asked for, else the one before; the only one with itself."""
    if key:
        return chosen(editions, key)
    return editions[max(0, editions.index(edition) - 1)]


def _post(opened: Opened, version: Version) -> dict[str, str]:
    """The body as HTML, or why there is none."""
    try:
        body = as_html(parse(opened.text(version)).body)
    except (ArchiveError, StoreFailed, WarcpressError) as error:
        return {"body": "", "changes": "", "fault": str(error)}
    return {
        "body": readable(body, pictures_of(version), held_links(body, opened.catalogue)),
        "changes": "",
        "fault": "",
    }


def _changes(opened: Opened, earlier: Edition, later: Edition) -> dict[str, str]:
    """The difference of two versions as HTML, or why there is none."""
    before, after = earlier.version, later.version
    try:
        found = difference(opened.text(before), opened.text(after), before.images, after.images)
    except (ArchiveError, StoreFailed, WarcpressError) as error:
        return {"body": "", "changes": "", "fault": str(error)}
    return {"body": "", "changes": fragment(found), "fault": ""}


def article_at(request: Request) -> Response:
    """Lead from the URL of an article to its page."""
    with request.app.state.held.opened() as opened:
        version = opened.versions(request.query_params.get("url", ""))[-1]
    rest = {name: value for name, value in request.query_params.items() if name != "url"}
    return RedirectResponse(article_path(version) + ("?" + urlencode(rest) if rest else ""))


def style(request: Request) -> Response:  # noqa: ARG001  Starlette passes it
    """The style sheet of differences."""
    return Response(STYLE, media_type="text/css")


routes = [
    Route("/article", article_at),
    Route("/article/{path:path}", article),
    Route("/static/difference.css", style),
]
