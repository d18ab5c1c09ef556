"""The page of an article: its post in any version, what changed between two, its captures, and its states."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from archive import ArchiveError
from crawler.errors import UnknownUrl, WarcpressError
from crawler.posts.frontmatter import parse
from crawler.serve.body import readable
from crawler.serve.cards import article_path, pictures_of
from crawler.serve.held import Opened, short
from crawler.serve.rendering import page
from crawler.store.stored_version import Version


@dataclass(frozen=True)
class Edition:
    """A version in the row of all versions."""

    version: Version
    key: str
    """`version` of its URL."""

    @property
    def label(self) -> str:
        """Its number; of one that was made again, with the derivation."""
        again = f".{self.version.derivation}" if self.version.derivation else ""
        return f"{self.version.number}{again}"


def editions_of(versions: list[Version]) -> list[Edition]:
    """Name the versions of an article, oldest first; two can have one number when a file was lost and put back."""
    found: dict[str, Edition] = {}
    for version in versions:
        edition = Edition(version, short(version.record_id))
        found[edition.label if edition.label not in found else edition.key] = edition
    return [Edition(edition.version, key) for key, edition in found.items()]


def chosen(editions: list[Edition], key: str) -> Edition:
    """The version that a URL asks for; the newest by default. UnknownUrl when there is none such."""
    if not key:
        return editions[-1]
    for edition in editions:
        if key in (edition.key, short(edition.version.record_id)):
            return edition
    names = ", ".join(edition.key for edition in editions)
    raise UnknownUrl(f"version {key}: not in the archive; there are {names}")


def article(request: Request) -> Response:
    """Show an article."""
    with request.app.state.held.opened() as opened:
        editions = editions_of(opened.versions(request.path_params["path"]))
        edition = chosen(editions, request.query_params.get("version", ""))
        card = request.app.state.cards.of(opened, edition.version)
        body, fault = _body(opened, edition.version)
        states = opened.catalogue.states.of(edition.version.canonical_url)
    return page(
        request, "article.html", card=card, editions=editions, edition=edition, body=body, fault=fault, states=states
    )


def _body(opened: Opened, version: Version) -> tuple[str, str]:
    """The body as HTML, and why there is none."""
    try:
        return readable(parse(opened.text(version)).body, pictures_of(version)), ""
    except (ArchiveError, WarcpressError) as error:
        return "", str(error)


def article_at(request: Request) -> Response:
    """Lead from the URL of an article to its page."""
    url = request.query_params.get("url", "")
    with request.app.state.held.opened() as opened:
        version = opened.versions(url)[-1]
    rest = {name: value for name, value in request.query_params.items() if name != "url"}
    return RedirectResponse(article_path(version) + ("?" + urlencode(rest) if rest else ""))


routes = [Route("/article", article_at), Route("/article/{path:path}", article)]
