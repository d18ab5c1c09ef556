"""The pictures of posts, from the archive: `/picture/…`. Only the bytes say what is a picture, never its server."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crawler.errors import UnknownUrl
from crawler.from_warc.publish import LARGEST_IMAGE
from crawler.posts.media import picture_of
from crawler.serve.held import long

FOR_EVER = "private, max-age=31536000, immutable"


def picture(request: Request) -> Response:
    """Give the picture of a capture."""
    record_id = long(request.path_params["name"])
    with request.app.state.held.opened() as opened:
        capture = opened.catalogue.capture(record_id)
        if capture is None:
            raise UnknownUrl(f"{record_id}: no capture in the archive")
        body = opened.reader.entity(capture, LARGEST_IMAGE)
    found = picture_of(body)
    if found is None:
        raise UnknownUrl(f"{capture.url}: what was captured is no picture")
    return Response(body, media_type=found.media_type, headers={"cache-control": FOR_EVER})


routes = [Route("/picture/{name:path}", picture)]
