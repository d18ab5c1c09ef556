"""Rows of the frontier's articles: what a candidate, an announced change or the end of a visit changes. Pure."""

from __future__ import annotations

from datetime import timedelta
from math import inf
from sqlite3 import Row
from typing import Any

from crawler.clock import from_rfc3339, rfc3339
from crawler.items import Candidate, Outcome, Reason
from crawler.store.plan import FUTURE, RETRY, Past, Plan, wait_after, wait_after_vain


def new_row(candidate: Candidate, url: str, now: float) -> dict[str, Any]:
    """The row of an unknown article."""
    return {
        "url": url,
        "fetch_url": candidate.url,
        "source": candidate.source,
        "section": candidate.section,
        "published": rfc3339(candidate.published) if candidate.published else None,
        "via": candidate.via,
        "discovered": now,
        "next_look": now,
        "looks": 0,
        "etag": "",
        "last_modified": "",
        "failures": 0,
        "failure": "",
        "failure_text": "",
        "state": "waiting",
        "confirmed": 0,
        "held": 0,
        "tried": None,
        "looked": None,
        "changed": None,
        "announced": candidate.updated.timestamp() if candidate.updated else None,
        "hollow": 0,
    }


def announced(candidate: Candidate, row: Row, now: float) -> dict[str, Any]:
    """What changes in a row when its list announces a change since the last look that it has not announced before."""
    updated = candidate.updated.timestamp() if candidate.updated else 0.0
    if not max(row["announced"] or 0, row["looked"] or 0) < updated <= now + FUTURE.total_seconds():
        return {}
    # A list may give all its entries the time at which it was built.
    earliest = row["tried"] + wait_after_vain(row["hollow"] + row["failures"]).total_seconds()
    planned = inf if row["next_look"] is None else row["next_look"]
    return {"announced": updated, "next_look": min(planned, max(now, earliest))}


def named_again(row: Row) -> dict[str, Any]:
    """What changes in the row of an article that was given up, and that a list names again."""
    if row["state"] != Outcome.GIVEN_UP or row["next_look"] is not None:
        return {}
    return {"next_look": row["tried"] + wait_after_vain(row["failures"] - len(RETRY)).total_seconds()}


def finished(
    row: Row, outcome: Outcome, reason: Reason | None, plan: Plan, now: float
) -> tuple[Outcome, dict[str, Any]]:
    """How a visit ended, as it is stored, and what that changes in the article's row."""
    held, answered = row["held"] or outcome.stored, outcome not in (Outcome.FAILED, Outcome.REFUSED)
    failed = outcome is Outcome.FAILED and (reason is None or reason.asked)
    failures = row["failures"] + failed if outcome is Outcome.FAILED else 0
    if failures > len(RETRY) and not held:
        outcome = Outcome.GIVEN_UP
    changed = now if row["held"] and _turned(row, outcome) else row["changed"]
    past = Past(
        age=timedelta(seconds=now - max(_published(row), changed or 0)),
        since_look=None if row["looked"] is None else timedelta(seconds=now - row["looked"]),
        held=bool(held),
        looks=row["looks"] + answered,
        failures=failures,
    )
    wait = wait_after(outcome, reason, past, plan)
    return outcome, {
        "looks": past.looks,
        "state": outcome.value,
        "failures": failures,
        "failure": reason.error_class if reason else "",
        "failure_text": reason.message if reason else "",
        "held": past.held,
        "tried": now,
        "looked": now if answered else row["looked"],
        "changed": changed,
        "hollow": _hollow(row, outcome),
        "next_look": None if wait is None else now + wait.total_seconds(),
    }


def _published(row: Row) -> float:
    """When an article was published, as far as its list tells; at the latest when it was found."""
    found = float(row["discovered"])
    told = from_rfc3339(row["published"]).timestamp() if row["published"] else row["announced"]
    return min(told or found, found)


def _turned(row: Row, outcome: Outcome) -> bool:
    """Whether a stored article has changed, is gone, or is back."""
    was_gone = row["state"] == Outcome.GONE
    return outcome.written or (outcome.stored and was_gone) or (outcome is Outcome.GONE and not was_gone)


def _hollow(row: Row, outcome: Outcome) -> int:
    """How many announced looks in a row have found no change, once a look has ended so."""
    pending = (row["announced"] or 0) > (row["looked"] or 0)
    return 0 if outcome.written else row["hollow"] + (pending and outcome is not Outcome.FAILED)
