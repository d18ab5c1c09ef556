"""A CDX server over the archive's index, which is read only as far as an answer needs, and written while it is read.

`/cdx` speaks as pywb's does, so that pywb can use the archive as a `cdx+` collection; `/cdx/search/cdx` speaks as that
of the Wayback Machine: other fields, JSON as rows, and filters that must match a whole field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal, Self, cast, get_args

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from archive import Index, Line, Lookup
from crawler.errors import ConfigError
from crawler.serve.cdx_query import BLOCK, Place, Query, named, value
from crawler.serve.held import Held
from crawler.serve.problem import BAD, MISSING, Problem, Streamed, told
from crawler.store.data_folder import Layout

Output = Literal["cdxj", "json", "text"]
_OF_WAYBACK = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_UNPRINTABLE = re.compile(r"[^!-~]")


@dataclass(frozen=True)
class Form:
    """How lines are written."""

    output: Output
    fields: tuple[str, ...]
    """Names as they were asked for; empty = all."""
    rows: bool
    """Whether JSON is an array of rows, the first one with the names, as that of the Wayback Machine."""

    @classmethod
    def of(cls, given: QueryParams, *, wayback: bool) -> Self:
        """Read the parameters of a request; Problem when one is wrong."""
        output = given.get("output") or ("text" if wayback else "cdxj")
        if output not in get_args(Output):
            raise Problem(BAD, f"output={output[:50]!r}: write cdxj, json or text")
        asked = given.get("fl") or given.get("fields") or ""
        fields = tuple(filter(None, asked.split(","))) or (_OF_WAYBACK if wayback and output != "cdxj" else ())
        for name in fields:
            named(name)
        return cls(cast(Output, output), fields, wayback and output == "json")

    @property
    def media_type(self) -> str:
        """The Content-Type of an answer."""
        if self.output == "json":
            return "application/json" if self.rows else "application/x-ndjson"
        return "text/x-cdxj" if self.output == "cdxj" else "text/plain"

    def text(self, line: Line) -> str:
        """A line with its line feed, or a row without."""
        values = {name: value(line, named(name)) for name in self.fields}
        if self.rows:
            return json.dumps(list(values.values()))
        if self.output == "text" and values:
            return " ".join(_UNPRINTABLE.sub(_escaped, text) for text in values.values()) + "\n"
        held = {name: text for name, text in values.items() if text != "-"} if values else line.fields()
        if self.output == "json":
            return json.dumps(held if values else {"urlkey": line.key, "timestamp": line.timestamp, **held}) + "\n"
        return f"{line.key} {line.timestamp} {json.dumps(held)}\n"

    def written(self, lines: Iterable[Line | None], end: Callable[[], str]) -> Iterator[str]:
        """The text of an answer, in pieces; `end` tells the resume key, or nothing."""
        if self.rows:
            yield "[" + json.dumps(list(self.fields))
        for line in lines:
            yield "" if line is None else f",\n{self.text(line)}" if self.rows else self.text(line)
        key = end()
        if self.rows:
            yield (f",\n[],\n{json.dumps([key])}" if key else "") + "]\n"
        elif key:
            yield f"\n{key}\n"


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))


def index_of(request: Request) -> Lookup:
    """The archive's index; Problem when it is missing although there are WARC files, ConfigError without the folder."""
    held: Held = request.app.state.held
    for part in held.parts.values():
        try:
            check_index(part.layout)
        except (Problem, ConfigError) as error:
            held.layout.leave(error)
    return held.index


def check_index(layout: Layout) -> None:
    """Raise Problem where there are WARC files and no index, ConfigError without the data folder."""
    if Index(layout.root).exists():
        return
    layout.check()
    if any(layout.warc.glob("*.warc*")):
        folder = layout.root / "index"
        again = f"the next run makes it again, as does `python -m archive index {layout.root}`"
        raise Problem(MISSING, f"{folder}: missing; {again}")


def _answer(request: Request, *, wayback: bool) -> Response:
    given = request.query_params
    query, form, place = Query.of(given, wayback=wayback), Form.of(given, wayback=wayback), Place()
    lines: Iterable[Line | None] = query.lines(index_of(request), place)
    if query.backwards and query.in_order:
        lines = list(lines)[::-1]
    shown = given.get("showResumeKey") in ("true", "1") and not query.backwards
    blocks = _blocks(form.written(lines, lambda: str(place) if shown and place.at_limit else ""))
    first = next(blocks, "")  # what is wrong with the first lines is told in place of them
    return Streamed(chain([first], blocks), media_type=form.media_type)


def _blocks(pieces: Iterable[str]) -> Iterator[str]:
    """Join pieces; an empty one ends a block, so that the server can see whether anybody still reads."""
    block: list[str] = []
    for piece in pieces:
        block.append(piece)
        if not piece or len(block) == BLOCK:
            yield "".join(block)
            block = []
    yield "".join(block)


@told
def _pywb(request: Request) -> Response:
    return _answer(request, wayback=False)


@told
def _wayback(request: Request) -> Response:
    return _answer(request, wayback=True)


routes = [Route("/cdx", _pywb), Route("/web/cdx", _pywb), Route("/cdx/search/cdx", _wayback)]
