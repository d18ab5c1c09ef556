"""What went wrong with a fetch: an exception or Twisted failure goes in, one class, one clear line and "try again?"
come out.

The classes are the words of the run file: dns, refused-connection, reset, timeout, tls, truncated, too-large, coding,
no-answer, bad-response, robots, robots-unreachable, guard, fence, port, scheme, userinfo, url, secret, redirects,
budget, paused, breaker, proxy, storage, http-NNN, internal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from OpenSSL import SSL
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
from service_identity.exceptions import VerificationError
from twisted.internet import error as net
from twisted.python.failure import Failure as TwistedFailure
from twisted.web._newclient import _WrapperException
from twisted.web.client import ResponseNeverReceived

from archive import CodingError, StorageError, TooLarge
from crawler.errors import Refused, StorageFailed

STORAGE = "storage"
"""The class of what our own disk did not take."""
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
"""Classes that another try, now or in a later run, may cure. Statuses: see `RETRYABLE_STATUSES`."""
UNASKED = frozenset({"paused", "breaker", "budget"})
"""Of these, those where nobody was asked: no failure of the page's own, so it is never given up for one."""
RETRYABLE_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})


class RequestRefused(Refused, IgnoreRequest):
    """A rule of ours forbids this request (or its answer); Scrapy's machinery takes it as a request to be ignored."""


@dataclass(frozen=True)
class Failure:
    """One failed fetch, in the run file's words."""

    cls: str
    message: str
    """One line: what, where, why."""
    retryable: bool
    """Another try may succeed; for `article_failed`: keep it on the frontier."""


def classify(problem: BaseException | TwistedFailure) -> Failure:
    """The class of whatever a fetch ended with; never raises. What it does not know is `internal`, with the type's
    name."""
    error = problem.value if isinstance(problem, TwistedFailure) else problem
    assert error is not None
    if isinstance(error, HttpError):
        status, url = error.response.status, error.response.url
        return Failure(f"http-{status}", _line(f"{url}: answered {status}"), status in RETRYABLE_STATUSES)
    if isinstance(error, Refused):
        return Failure(error.rule, _line(str(error)), error.rule in RETRYABLE)
    url = getattr(error, "url", "")
    where = f"{url}: " if url else ""
    causes = list(_causes(error))
    for kinds, name, text in _RULES:
        for cause in causes:
            if isinstance(cause, kinds):
                told = str(cause) or str(error) or type(cause).__name__
                return Failure(
                    name, _line(told if url and url in told else f"{where}{text}: {told}"), name in RETRYABLE
                )
    return Failure("internal", _line(f"{where}{type(error).__name__}: {error}"), False)


# In order of weight: an address refused beats "no address", a TLS fault beats the connection that it closed.
_RULES: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str, str], ...] = (
    ((StorageError, StorageFailed), STORAGE, "the archive could not take it"),
    ((SSL.Error, VerificationError, net.VerifyError), "tls", "TLS failed"),
    (TooLarge, "too-large", "larger than allowed"),
    (CodingError, "coding", "the body does not decode"),
    ((DownloadTimeoutError, net.TimeoutError, net.TCPTimedOutError), "timeout", "too slow"),
    ((DownloadCancelledError,), "too-large", "larger than allowed"),
    ((CannotResolveHostError, net.DNSLookupError), "dns", "no address for the host"),
    ((DownloadConnectionRefusedError, net.ConnectionRefusedError), "refused-connection", "nobody listens"),
    ((ResponseDataLossError,), "truncated", "the connection ended before the response did"),
    ((ResponseNeverReceived,), "no-answer", "the connection ended without an answer"),
    ((net.ConnectionLost, net.ConnectionDone, net.ConnectError), "reset", "the connection broke"),
    ((UnsupportedURLSchemeError,), "scheme", "not http or https"),
    ((DownloadFailedError,), "bad-response", "not an HTTP response"),
)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from, and what Twisted has wrapped in them."""
    waiting, seen = [error], set()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, _WrapperException):
            waiting += [
                reason.value for reason in current.reasons if isinstance(reason, TwistedFailure) and reason.value
            ]
        waiting += [cause for cause in (current.__cause__, current.__context__) if cause]


def _line(text: str) -> str:
    """One line without control characters: what a server says must not forge a log line (THREATS L1). A long one keeps
    its end, where the reason stands."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= 500 else f"{line[:250]} … {line[-247:]}"
