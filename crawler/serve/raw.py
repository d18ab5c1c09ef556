"""Stored bytes of a capture, to be downloaded: `/raw/PART/ID`. No browser shows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from archive import Capture, Reader
from crawler.errors import UnknownUrl
from crawler.from_warc.show import LARGEST_PAGE
from crawler.original.view import page_path, stamp
from crawler.serve.held import long, short
from crawler.serve.problem import Streamed

_PIECE = 1 << 18


@dataclass(frozen=True)
class Part:
    """A part of a capture."""

    title: str
    """What a link to it says."""
    name: str
    """End of its file name."""
    pieces: Callable[[Reader, Capture], Iterator[bytes]]


def _entity(reader: Reader, capture: Capture) -> Iterator[bytes]:
    return reader.entity_pieces(capture, LARGEST_PAGE)


def _sent(reader: Reader, capture: Capture) -> Iterator[bytes]:
    with reader.response(capture) as response:
        while piece := response.body.read(_PIECE):
            yield piece
        response.record.finish()


def _head(reader: Reader, capture: Capture) -> Iterator[bytes]:
    with reader.response(capture) as response:
        yield response.head


def _record(reader: Reader, capture: Capture) -> Iterator[bytes]:
    return reader.pieces(capture.file, capture.offset, capture.length)


PARTS = {
    "body": Part("body, without codings", "body.bin", _entity),
    "sent": Part("body as it was sent", "sent.bin", _sent),
    "head": Part("HTTP head", "head.txt", _head),
    "record": Part("WARC record", "record.warc", _record),
}
"""Name in the path → part."""


@dataclass(frozen=True)
class Links:
    """Addresses of captures on the origin of stored pages."""

    origin: str
    """`http://127.0.0.1:8421`; empty when a request names no host: then there are no links."""

    @classmethod
    def of(cls, request: Request) -> Links:
        """Take those for the browser that asks for one of our own pages."""
        return cls(request.app.state.origins.original(request.headers.get("host", "")))

    @property
    def can_be_framed(self) -> bool:
        """Whether our policy can let stored pages into a frame: it can't name an IPv6 address."""
        return bool(self.origin) and "[" not in self.origin

    def page(self, capture: Capture) -> str:
        """Where the page of a capture is shown as it was."""
        return self.origin + page_path(capture.url, capture.date)

    def parts(self, capture: Capture) -> list[tuple[str, str]]:
        """Title and address of each part of a capture."""
        address = f"{self.origin}/raw/{{}}/{short(capture.record_id)}"
        return [(part.title, address.format(name)) for name, part in PARTS.items()]


def raw(request: Request) -> Response:
    """Give a part of a capture as a file."""
    part, record_id = PARTS.get(request.path_params["part"]), long(request.path_params["id"])
    if part is None:
        raise HTTPException(404)
    held = request.app.state.held
    with held.opened() as opened:
        capture = opened.catalogue.capture(record_id) or opened.reader.capture(record_id)
    if capture is None:
        raise UnknownUrl(f"{record_id}: no capture in the archive")
    pieces: Iterable[bytes] = part.pieces(held.layout.reader(), capture)
    pieces = iter(pieces)
    first = next(pieces, b"")  # what is missing or damaged is then a sentence, not a torn file
    headers = {"content-disposition": f'attachment; filename="{_file_name(capture, part)}"'}
    return Streamed(chain([first], pieces), media_type="application/octet-stream", headers=headers)


def _file_name(capture: Capture, part: Part) -> str:
    host = re.sub(r"[^a-z0-9.-]", "", (urlsplit(capture.url).hostname or "").lower())[:80]
    packed = ".gz" if part.name.endswith(".warc") and capture.file.endswith(".gz") else ""
    return f"{stamp(capture.date)[:14]}-{host}-{part.name}{packed}"


routes = [Route("/raw/{part}/{id:path}", raw)]
