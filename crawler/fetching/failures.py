"""Classify a failed fetch: an exception goes in; its class, one line of text and whether to try again come out.

The run file reports the classes: dns, refused-connection, reset, timeout, tls, truncated, too-large, coding,
no-answer, bad-response, robots, robots-unreachable, guard, fence, port, scheme, userinfo, url, secret, redirects,
budget, paused, breaker, proxy, storage, http-NNN, internal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure as TwistedFailure

from archive import CodingError, StorageError, TooLarge
from crawler.capture import ConnectionBroken, NoAnswer, TlsFailed
from crawler.errors import Refused, StorageFailed

STORAGE = "storage"
"""Class of a failure to write to our own disk."""
RETRYABLE = frozenset(
    {
        "dns",
        "refused-connection",
        "reset",
        "timeout",
        "truncated",
        "no-answer",
        "paused",
        "breaker",
        "budget",
        "robots-unreachable",
    }
)
"""Classes that may succeed when tried again, now or in a later run."""
UNASKED = frozenset({"paused", "breaker", "budget"})
"""Retryable classes where no request was sent: they never count towards giving a page up."""
RETRYABLE_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
"""HTTP statuses that may succeed when tried again."""


class RequestRefused(Refused, IgnoreRequest):
    """A rule of ours forbids this request or its response; Scrapy treats it as a request to ignore."""


@dataclass(frozen=True)
class Failure:
    """One failed fetch, as the run file reports it."""

    cls: str
    message: str
    """One line that begins with the URL, where the exception has one: where, what, why."""
    retryable: bool
    """Whether another try may succeed: the URL stays on the frontier."""


def classify(problem: BaseException | TwistedFailure) -> Failure:
    """Classify the exception that a fetch ended with; an unknown one is `internal`, with the name of its type."""
    error = cast(BaseException, problem.value) if isinstance(problem, TwistedFailure) else problem
    if isinstance(error, HttpError):
        status, url = error.response.status, error.response.url
        return Failure(f"http-{status}", _line(f"{url}: answered {status}"), status in RETRYABLE_STATUSES)
    if isinstance(error, Refused):
        return Failure(error.rule, _line(str(error)), error.rule in RETRYABLE)
    url = getattr(error, "url", "")
    where = f"{url}: " if url else ""
    causes = list(_causes(error))
    for kinds, cls, text in _RULES:
        if cause := next((cause for cause in causes if isinstance(cause, kinds)), None):
            told = str(cause) or str(error) or type(cause).__name__
            return Failure(cls, _line(told if url and url in told else f"{where}{text}: {told}"), cls in RETRYABLE)
    return Failure("internal", _line(f"{where}{type(error).__name__}: {error}"), False)


# The first rule that matches decides; DownloadFailedError is the base of several others.
_RULES: tuple[tuple[tuple[type[BaseException], ...], str, str], ...] = (
    ((StorageError, StorageFailed), STORAGE, "the archive could not take it"),
    ((TlsFailed,), "tls", "TLS failed"),
    ((TooLarge,), "too-large", "larger than allowed"),
    ((CodingError,), "coding", "the body does not decode"),
    ((DownloadTimeoutError,), "timeout", "too slow"),
    ((DownloadCancelledError,), "too-large", "larger than allowed"),
    ((CannotResolveHostError,), "dns", "no address for the host"),
    ((DownloadConnectionRefusedError,), "refused-connection", "the host refused the connection"),
    ((ResponseDataLossError,), "truncated", "the connection ended before the response did"),
    ((NoAnswer,), "no-answer", "the connection ended without an answer"),
    ((ConnectionBroken,), "reset", "the connection broke"),
    ((UnsupportedURLSchemeError,), "scheme", "not http or https"),
    ((DownloadFailedError,), "bad-response", "not an HTTP response"),
)
"""Exceptions, the class of the failure, and its text."""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and its causes."""
    waiting, seen = [error], set()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [cause for cause in (current.__cause__, current.__context__) if cause]


def _line(text: str) -> str:
    """Make one line without control characters, so that a server's text cannot forge a log line (SECURITY.md, L1).

    A long line keeps its end, which has the reason.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= 500 else f"{line[:250]} … {line[-247:]}"
