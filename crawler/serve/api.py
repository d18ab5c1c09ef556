"""A JSON interface for programs, read only: `/api/…`. openapi.json describes it, and says which parameters are read.

The objects are those that the commands write with `--json`. A list comes in pages; `next` leads to the next one. No
answer allows pages of other origins to read it: an archive on this machine may be nobody else's business.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from archive import instant
from crawler.clock import utc_now
from crawler.errors import StorageFailed
from crawler.from_warc.history import compared, events_of
from crawler.run.status import newest_status
from crawler.search.finding import find
from crawler.search.query import parse
from crawler.search.snippets import snippet_of
from crawler.serve.cdx import index_of
from crawler.serve.cdx_query import Place, Query
from crawler.serve.held import Held, long, short
from crawler.serve.problem import BAD, MISSING, Problem, told
from crawler.store.catalogue_selection import Selection
from crawler.store.data_folder import Layout
from crawler.store.frontier import Frontier
from crawler.store.stored_version import document

PATH = "/api/openapi.json"
V = {"v": 1}
BLOCKS = 200
"""Most blocks of the index that are read for a page of captures: 100,000 lines."""

Given = dict[str, Any]
"""Parameters of a request by name, as their schemas say; those without a default may be missing."""


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document."""
    content: dict[str, Any] = json.loads((Path(__file__).parent / "openapi.json").read_text(encoding="utf-8"))
    return content


def given(request: Request) -> Given:
    """Read the parameters of a request as they are described for its path; Problem when one is wrong."""
    described = {one["name"]: one for one in description()["paths"][request.url.path]["get"]["parameters"]}
    for name in request.query_params:
        if name not in described:
            raise Problem(BAD, f"{name[:50]!r}: not known here; known are {', '.join(described) or 'none'}")
        if len(request.query_params.getlist(name)) > 1:
            raise Problem(BAD, f"{name}: given twice")
    found: Given = {}
    for name, one in described.items():
        text, schema = request.query_params.get(name), one["schema"]
        if text is not None:
            found[name] = _read(name, text, schema)
        elif one.get("required"):
            raise Problem(BAD, f"{name}: missing; {PATH} describes it")
        elif "default" in schema:
            found[name] = schema["default"]
    return found


def _read(name: str, text: str, schema: Mapping[str, Any]) -> object:
    shown = f"{name}={text[:100]!r}"
    if schema["type"] == "integer":
        least, most = schema["minimum"], schema.get("maximum", 10**9)
        if not (text.isascii() and text.isdecimal() and len(text) < len(str(10**9)) and least <= int(text) <= most):
            raise Problem(BAD, f"{shown}: write a whole number from {least} to {most}")
        return int(text)
    if schema["type"] == "boolean":
        if text not in ("true", "false"):
            raise Problem(BAD, f"{shown}: write true or false")
        return text == "true"
    if text not in schema.get("enum", [text]):
        raise Problem(BAD, f"{shown}: write {' or '.join(schema['enum'])}")
    if not schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text)) or "\0" in text:
        most = schema.get("maxLength", len(text))
        raise Problem(BAD, f"{shown}: write at most {most} characters, not empty and without NUL")
    if schema.get("format") == "date-time":
        try:
            return instant(text)
        except (argparse.ArgumentTypeError, OverflowError) as error:
            raise Problem(BAD, f"{name}: {error}") from None
    return text


def _endpoint(answer: Callable[[Request, Given], dict[str, Any]]) -> Callable[[Request], Response]:
    @told
    def endpoint(request: Request) -> Response:
        return JSONResponse({**V, **answer(request, given(request))})

    return endpoint


def _next(request: Request, cursor: str | None) -> str | None:
    """Path and query of the page that goes on at a cursor."""
    if cursor is None:
        return None
    query = {**request.query_params, "cursor": cursor}
    return f"{request.url.path}?{urlencode(query)}"


def _posts(request: Request, asked: Given) -> dict[str, Any]:
    with request.app.state.held.opened() as opened:
        after = opened.catalogue.version(long(asked["cursor"])) if "cursor" in asked else None
        if "cursor" in asked and after is None:
            raise Problem(BAD, "cursor: write one that an answer named")
        selection = Selection(
            source=asked.get("source", ""),
            since=asked.get("since"),
            until=asked.get("until"),
            changed=asked["changed"],
            state=asked.get("state"),
            title=asked.get("title", ""),
            after=after,
        )
        found = list(islice(opened.catalogue.selected(selection), asked["limit"] + 1))
        shown = found[: asked["limit"]]
        posts = [document(version, opened.catalogue.states.name(version.canonical_url)) for version in shown]
    cursor = short(shown[-1].record_id) if len(found) > len(shown) else None
    return {"posts": posts, "next": _next(request, cursor)}


def _search(request: Request, asked: Given) -> dict[str, Any]:
    query = parse(asked["q"])
    with request.app.state.held.opened() as opened, opened.words() as index:
        after = long(asked["cursor"]) if "cursor" in asked else ""
        if after and not index.known([after]):
            raise Problem(BAD, "cursor: write one that an answer named")
        found = list(islice(find(query, index, opened.catalogue, after), asked["limit"] + 1))
        shown = found[: asked["limit"]]
        posts = [
            one.document(
                opened.catalogue.states.name(one.newest.canonical_url),
                snippet_of(one.version, opened.text, query.phrases),
            )
            for one in shown
        ]
        unsearched = opened.unsearched()
    cursor = short(shown[-1].version.record_id) if len(found) > len(shown) else None
    return {"posts": posts, "next": _next(request, cursor), "unsearched": unsearched}


def _post(request: Request, asked: Given) -> dict[str, Any]:
    with request.app.state.held.opened() as opened:
        versions = opened.versions(asked["url"])
        fitting = [one for one in versions if asked.get("version", one.number) == one.number]
        if not fitting:
            raise Problem(MISSING, f"{asked['url']}: has no version {asked['version']}, but {versions[-1].number}")
        version = fitting[-1]
        state = opened.catalogue.states.name(version.canonical_url)
        return {**document(version, state), "text": opened.text(version)}


def _versions(request: Request, asked: Given) -> dict[str, Any]:
    start = asked.get("cursor", "0")
    if not re.fullmatch("[0-9]{1,9}", start):
        raise Problem(BAD, "cursor: write one that an answer named")
    with request.app.state.held.opened() as opened:
        url = opened.versions(asked["url"])[-1].canonical_url
        events = events_of(url, opened.layout, opened.catalogue, looks=asked["looks"])
        end = int(start) + asked["limit"]
        shown = compared(events[int(start) : end], opened.layout, opened.catalogue)
    documents = [event.document() for event in shown]
    return {"url": url, "events": documents, "next": _next(request, str(end) if end < len(events) else None)}


def _captures(request: Request, asked: Given) -> dict[str, Any]:
    query, place = Query.of_api(asked), Place()
    captures: list[dict[str, Any]] = []
    for read, line in enumerate(query.lines(index_of(request), place)):
        if line is not None:
            captures.append({**V, "key": line.key, **line.fields()})
        elif read - len(captures) > BLOCKS:  # lines between that are not wanted: the page ends early
            place.at_limit = True
            break
    return {"captures": captures, "next": _next(request, str(place) if place.at_limit else None)}


def _sources(request: Request, asked: Given) -> dict[str, Any]:  # noqa: ARG001 - it has no parameters
    held: Held = request.app.state.held
    now, frontiers = utc_now(), list[Frontier | None]()
    with ExitStack() as stack:
        for layout in held.layout.each():
            try:
                frontiers.append(_frontier(layout, stack))
            except StorageFailed as error:
                held.layout.leave(error)
        known = frontiers or [None]
        return {"sources": [newest_status(source, known, now).content() for source in held.config.sources]}


def _frontier(layout: Layout, stack: ExitStack) -> Frontier | None:
    if not layout.frontier.exists():
        return None
    return stack.enter_context(closing(Frontier(layout.frontier, utc_now, (), read_only=True)))


def _description(request: Request) -> Response:  # noqa: ARG001 - it is the same for all
    return JSONResponse(description())


routes = [
    Route(PATH, _description),
    Route("/api/posts", _endpoint(_posts)),
    Route("/api/search", _endpoint(_search)),
    Route("/api/post", _endpoint(_post)),
    Route("/api/versions", _endpoint(_versions)),
    Route("/api/captures", _endpoint(_captures)),
    Route("/api/sources", _endpoint(_sources)),
]
