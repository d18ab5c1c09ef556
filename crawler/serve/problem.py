"""Faults of a request to the interfaces for programs, as application/problem+json (RFC 9457)."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Send

from archive import ArchiveError, StoreFailed
from crawler.errors import BadQuery, WarcpressError

BAD, FORBIDDEN, MISSING, UNAVAILABLE = 400, 403, 404, 503
logger = logging.getLogger(__name__)


class Problem(WarcpressError):
    """A request that can't be answered; the text says why, in one line."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Streamed(StreamingResponse):
    """An answer in pieces. Damage that is met after the first one cuts it off, so that nobody takes it for whole."""

    async def stream_response(self, send: Send) -> None:
        """Send the pieces."""
        try:
            await super().stream_response(send)
        except (ArchiveError, StoreFailed, WarcpressError) as error:
            logger.error("an answer was cut off: %s", error)


def answer(request: Request, status: int, detail: str) -> Response:
    """Make the answer that tells a problem."""
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": " ".join(detail.split()),
        "instance": request.url.path,
    }
    return JSONResponse(content, status, media_type="application/problem+json")


def told(endpoint: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Let an endpoint tell its errors, and those of what it reads, as problems."""

    @functools.wraps(endpoint)
    def answered(request: Request) -> Response:
        try:
            return endpoint(request)
        except Problem as error:
            return answer(request, error.status, str(error))
        except (ArchiveError, WarcpressError) as error:  # missing, lost or damaged: the text says what and where
            return answer(request, BAD if isinstance(error, BadQuery) else MISSING, str(error))
        except StoreFailed as error:
            return answer(request, UNAVAILABLE, str(error))

    return answered
