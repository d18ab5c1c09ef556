"""Tables of outcomes: how each status, failure and error ends a visit."""

from __future__ import annotations

import pytest

from crawler.errors import Elsewhere, ExtractionError, NotAnArticle, TooComplex
from crawler.fetching.failures import Failure
from crawler.items import Outcome, Reason
from crawler.run.outcomes import Ending, of_extraction, of_failure, of_fault, of_status

URL = "https://news.example/1"


@pytest.mark.parametrize(
    ("status", "ending"),
    [
        (200, None),
        (203, None),
        (304, (Outcome.NOT_MODIFIED, None)),
        (404, (Outcome.GONE, Reason("http-404", f"{URL}: answered 404"))),
        (410, (Outcome.GONE, Reason("http-410", f"{URL}: answered 410"))),
        (403, (Outcome.FAILED, Reason("http-403", f"{URL}: answered 403"))),
        (500, (Outcome.FAILED, Reason("http-500", f"{URL}: answered 500"))),
    ],
)
def test_a_status_ends_the_visit(status: int, ending: Ending | None) -> None:
    assert of_status(URL, status, conditional=True) == ending


def test_a_304_that_was_not_asked_for_is_a_failure() -> None:
    """Some caches answer 304 to everything; nothing was read."""
    outcome, reason = of_status(URL, 304, conditional=False) or (None, None)
    assert outcome is Outcome.FAILED and reason is not None and reason.error_class == "http-304"
    assert reason.message == f"{URL}: answered 304 (not modified) to a request without conditions"


@pytest.mark.parametrize(
    ("failure", "ending"),
    [
        (Failure("timeout", "m", True), (Outcome.FAILED, Reason("timeout", "m"))),
        (Failure("budget", "m", True), (Outcome.FAILED, Reason("budget", "m", asked=False))),
        (Failure("robots", "m", False), (Outcome.REFUSED, Reason("robots", "m"))),
        (Failure("storage", "m", False), None),
    ],
)
def test_a_failed_fetch_ends_the_visit(failure: Failure, ending: Ending | None) -> None:
    assert of_failure(failure) == ending


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (NotAnArticle("listing"), Reason("listing", f"{URL}: not an article: listing")),
        (TooComplex("time"), Reason("too-complex", f"{URL}: too complex: time")),
        (Elsewhere("https://x/"), Reason("extraction", f"{URL}: the article is at https://x/")),
    ],
)
def test_a_page_without_a_post_ends_the_visit(error: ExtractionError, reason: Reason) -> None:
    assert of_extraction(URL, error) == (Outcome.NOT_AN_ARTICLE, reason)


def test_an_internal_error_fails_the_visit() -> None:
    assert of_fault(URL, "no such key") == (Outcome.FAILED, Reason("internal", f"{URL}: no such key"))


def test_outcomes_are_the_words_of_the_run_file_in_its_order() -> None:
    assert " ".join(Outcome) == "new changed unchanged not-modified not-an-article gone refused failed given-up"
    assert [outcome for outcome in Outcome if outcome.stored] == ["new", "changed", "unchanged", "not-modified"]
    assert [outcome for outcome in Outcome if outcome.written] == ["new", "changed"]
