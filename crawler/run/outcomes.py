"""Outcome of a visit: status, failure or error of its request in, outcome and reason out. Pure."""

from __future__ import annotations

from crawler.errors import ExtractionError
from crawler.fetching.failures import STORAGE, UNASKED, Failure
from crawler.items import READ, Outcome, Reason

Ending = tuple[Outcome, Reason | None]
"""How a visit ends: arguments of `Job.finish`."""
UNASKED_304 = "answered 304 (not modified) to a request without conditions"


def of_status(url: str, status: int, *, conditional: bool) -> Ending | None:
    """How an answer with this status ends the visit; None where its page is extracted first.

    `conditional`: the request had conditions; a 304 to one without them says nothing (RFC 9110, 15.4.5).
    """
    if status in READ:
        return None
    if status == 304:
        unasked = Outcome.FAILED, Reason("http-304", f"{url}: {UNASKED_304}")
        return (Outcome.NOT_MODIFIED, None) if conditional else unasked
    outcome = Outcome.GONE if status in (404, 410) else Outcome.FAILED
    return outcome, Reason(f"http-{status}", f"{url}: answered {status}")


def of_failure(failure: Failure) -> Ending | None:
    """How a failed fetch ends the visit; None when our own storage failed, and the visit stays due."""
    if failure.cls == STORAGE:
        return None
    outcome = Outcome.FAILED if failure.retryable else Outcome.REFUSED
    return outcome, Reason(failure.cls, failure.message, asked=failure.cls not in UNASKED)


def of_extraction(url: str, error: ExtractionError) -> Ending:
    """How a page that gives no post ends the visit."""
    return Outcome.NOT_AN_ARTICLE, Reason(error.reason, f"{url}: {error}")


def of_fault(url: str, message: str) -> Ending:
    """How an internal error ends the visit: as failed, to be tried again."""
    return Outcome.FAILED, Reason("internal", f"{url}: {message}")
