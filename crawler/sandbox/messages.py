"""Messages between a run and its extraction children: MessagePack with a schema, each with its length before it.

Only this file knows the format. A child has parsed a stranger's bytes and may be in a stranger's hands, so its answer
is data to be judged: `read_post` and `read_found` check its size, its types, and that it says nothing beyond its task.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Literal

import msgspec

from crawler import errors
from crawler.config.schema import Limits
from crawler.discovery import EntryPoint, Found
from crawler.errors import ExtractionError, PartsNeeded, SourceUnreadable
from crawler.extractors.sanitise import is_sanitised
from crawler.items import Page, Post, Source
from crawler.original.view import View

NUMBER = 8
"""Bytes of a number in a message, big-endian."""
MEMORY_EXIT = 77
"""Exit code of a child that ran out of memory."""
GRACE_SECONDS = 1.0
"""How long a child may take to end by itself before it is killed."""
MAX_ANSWER = 64 * 2**20
"""Bytes of an answer. The largest of 394 recorded pages takes 0.16 MB, a news sitemap of 50,000 entries 16 MB."""
MAX_WORDS = 8_192
"""Characters of an error's text, as long as the longest URL."""

Answer = Post | Found | View | ExtractionError | SourceUnreadable


class WrongAnswer(Exception):
    """A child sent something that is no answer to its task; the message names it."""


@dataclass(frozen=True)
class Request:
    """A task for a child."""

    task: Literal["extract", "discover", "page", "style"]
    """`page` and `style` ask for the view of a page or of a style sheet."""
    seconds: float
    """Wall time after which the child is ended."""
    page: Page
    source: Source | None = None
    entry: EntryPoint | None = None
    """The document to read, for `discover`."""
    limits: Limits | None = None
    """Limits of `discover`."""


@dataclass(frozen=True)
class _Fault:
    """An error as a message: its class and arguments."""

    name: str
    words: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    """Of PartsNeeded."""
    required: bool = True
    """Of PartsNeeded."""


@dataclass(frozen=True)
class _Reply:
    """An answer as a message; one of the fields is set."""

    post: Post | None = None
    found: Found | None = None
    view: View | None = None
    fault: _Fault | None = None


_encoder = msgspec.msgpack.Encoder()
_requests = msgspec.msgpack.Decoder(Request)
_replies = msgspec.msgpack.Decoder(_Reply)


def request_frame(request: Request) -> bytearray:
    """A task as it is sent to a child; a body of 16 MB is copied once."""
    content = bytearray(NUMBER)
    _encoder.encode_into(request, content, NUMBER)
    content[:NUMBER] = (len(content) - NUMBER).to_bytes(NUMBER, "big")
    return content


def read_request(stream: BinaryIO) -> Request | None:
    """Read the next task; None when the parent has ended, even within a request."""
    size = int.from_bytes(stream.read(NUMBER), "big")
    body = stream.read(size)
    return _requests.decode(body) if size and len(body) == size else None


def answer_frame(answer: Answer) -> bytes:
    """An answer as a child sends it."""
    if isinstance(answer, Post):
        reply = _Reply(post=answer)
    elif isinstance(answer, Found):
        reply = _Reply(found=answer)
    elif isinstance(answer, View):
        reply = _Reply(view=answer)
    else:
        reply = _Reply(fault=_fault(answer))
    return frame(_encoder.encode(reply))


def frame(body: bytes) -> bytes:
    """`body` with its length before it."""
    return len(body).to_bytes(NUMBER, "big") + body


def _fault(error: ExtractionError | SourceUnreadable) -> _Fault:
    if isinstance(error, PartsNeeded):
        return _Fault(type(error).__name__, urls=error.urls, required=error.required)
    return _Fault(type(error).__name__, tuple(str(word)[:MAX_WORDS] for word in error.args))


def read_post(body: bytes, request: Request) -> Post | ExtractionError:
    """Answer to the task `extract`. Raise WrongAnswer for anything else."""
    reply = _decoded(body)
    if reply.post is not None:
        _check_post(reply.post, request)
        return reply.post
    error = _error(reply)
    if isinstance(error, ExtractionError):
        return error
    raise WrongAnswer(f"an extraction child sent {type(error).__name__} instead of a post")


def read_found(body: bytes, request: Request) -> Found | ExtractionError | SourceUnreadable:
    """Answer to the task `discover`. Raise WrongAnswer for anything else."""
    reply = _decoded(body)
    if reply.found is not None:
        _check_found(reply.found, request)
        return reply.found
    return _error(reply)


def read_view(body: bytes, request: Request) -> View | ExtractionError:  # noqa: ARG001 - as the others are called
    """Answer to the tasks `page` and `style`. Raise WrongAnswer for anything else.

    Its texts can't be checked: the headers with which they are served let no markup run or load anything.
    """
    reply = _decoded(body)
    if reply.view is not None:
        _check(len(reply.view.texts) == len(reply.view.places) + 1, "a view with places between no texts")
        for place in reply.view.places:
            _check(all(map(_is_url, place.urls)), "a place for something that is no http(s) URL")
            _check(place.form != "page" or len(place.urls) == 1, "a link that leads to no page, or to several")
        return reply.view
    error = _error(reply)
    if isinstance(error, ExtractionError):
        return error
    raise WrongAnswer(f"an extraction child sent {type(error).__name__} instead of a view")


def _decoded(body: bytes) -> _Reply:
    try:
        return _replies.decode(body)
    except (msgspec.MsgspecError, ValueError, OverflowError) as error:  # ValueError: a text that is not UTF-8
        raise WrongAnswer(f"an extraction child sent something that is no answer: {error}"[:300]) from error


def _error(reply: _Reply) -> ExtractionError | SourceUnreadable:
    """The error that a reply names. Raise WrongAnswer when it names no error of a page or document."""
    if reply.fault is None:
        raise WrongAnswer("an extraction child sent an empty answer")
    name, words, urls = reply.fault.name, reply.fault.words, reply.fault.urls
    kind = getattr(errors, name, None)
    if not (isinstance(kind, type) and issubclass(kind, ExtractionError | SourceUnreadable)):
        raise WrongAnswer(f"an extraction child sent an error of the class {name[:80]!r}")
    _check(all(len(word) <= MAX_WORDS for word in words), f"{name} with more than {MAX_WORDS:,} characters")
    _check(all(map(_is_url, urls)), "a part that is no http(s) URL")
    if issubclass(kind, PartsNeeded):
        _check(bool(urls), "a wish for no further page")  # the run would ask it again, for ever
        return kind(urls, reply.fault.required)
    try:
        return kind(*words)
    except TypeError as error:
        raise WrongAnswer(f"an extraction child sent {name} with {len(words)} arguments") from error


def _check_post(post: Post, request: Request) -> None:
    _check(post.url == request.page.url, "a post of another URL")
    _check(all(map(_is_instant, (post.published, post.updated))), "a date without a time zone")
    _check(is_sanitised(post.body_html), "a body that the sanitiser would change")
    _check(all(map(_is_url, post.style_sheets)), "a style sheet that is no http(s) URL")
    for image in (*post.images, *([post.lead_image] if post.lead_image else ())):
        _check(_is_url(image.url), "the address of a picture that is no http(s) URL")


def _check_found(found: Found, request: Request) -> None:
    source, limits = request.source, request.limits
    if source is None or limits is None:
        raise WrongAnswer("an extraction child sent candidates instead of a post")
    for candidate in found.candidates:
        _check(_is_url(candidate.url), "a candidate that is no http(s) URL")
        _check(candidate.source == source.name, "a candidate of another source")
        _check(_is_instant(candidate.published), "a date without a time zone")
    _check(len(found.candidates) <= limits.discovered_urls, "more candidates than `discovered_urls`")
    _check(not found.example or _is_url(found.example), "an example that is no http(s) URL")
    for entry in found.next:
        _check(_is_url(entry.url), "a document that is no http(s) URL")
        _check(entry.section in (None, *source.sections), "a section that the source does not have")
        _check(entry.listing in (None, *source.listings), "a listing that the source does not have")
        _check(_is_instant(entry.modified), "a date without a time zone")


def _check(right: bool, wrong: str) -> None:
    if not right:
        raise WrongAnswer(f"an extraction child sent {wrong}")


def _is_url(text: str) -> bool:
    return len(text) <= MAX_WORDS and text.startswith(("http://", "https://"))


def _is_instant(value: datetime | None) -> bool:
    return value is None or value.tzinfo is not None
