"""When an article is visited again: its age and how its visits ended go in, the wait until the next one comes out.

Pure. `look_again` of a source is a ladder of waits that an article climbs by its age: the wait after a look is the
longest of them that is not longer than the article's age, which counts from its publication and from each change that
we see.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from crawler.items import Outcome, Reason

RETRY = tuple(timedelta(minutes=minutes) for minutes in (15, 60, 240, 1440, 4320))
"""Waits before a failed fetch is tried again in a later run. After the last one an article is given up, unless its post
is stored: that one keeps its plan."""
ASK_AGAIN = (timedelta(hours=6), timedelta(days=1), timedelta(days=7), timedelta(days=30))
"""Waits, one after the other, before a page that never gave an article is asked for again: it may be early, or the
site's layout may be new to us. The same waits keep apart announced looks that find no change."""
AFTER_REFUSAL = timedelta(days=1)
"""Wait after a refusal by robots.txt or by a rule of ours. It costs no request, so it ends no plan."""
FUTURE = timedelta(days=1)
"""An announced change further ahead than this is a mistake."""
FOR_EVER = "*"
"""Mark of a last wait that is repeated for ever."""
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class Past:
    """What the frontier knows of an article when a visit of it ends."""

    age: timedelta
    """Since its publication or the last change that we saw; negative when a clock was ahead."""
    since_look: timedelta | None
    """Since the last visit that was answered; None = there was none."""
    held: bool
    """Whether its post is stored, now or since an earlier visit."""
    looks: int
    """Visits that were answered, this one included."""
    failures: int
    """Visits in a row that failed, this one included."""


@dataclass(frozen=True)
class Plan:
    """The looks that a source's articles get: its `look_again`."""

    waits: tuple[timedelta, ...] = ASK_AGAIN
    """From the shortest to the longest; empty = an article is looked at once."""
    for_ever: bool = False
    """Whether the longest wait is repeated for ever; else it is waited for once."""

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Read `look_again`, whose texts look like `6h`, the last one perhaps like `30d*`."""
        texts = tuple(texts)
        waits = (text.removesuffix(FOR_EVER) for text in texts)
        return cls(
            tuple(timedelta(**{_UNITS[wait[-1]]: float(wait[:-1])}) for wait in waits),
            any(text.endswith(FOR_EVER) for text in texts),
        )

    def wait(self, age: timedelta) -> timedelta | None:
        """The longest wait that is not longer than `age`, at least the first; None without any."""
        return max((wait for wait in self.waits if wait <= age), default=self.waits[0] if self.waits else None)

    def after_look(self, age: timedelta, since_look: timedelta | None) -> timedelta | None:
        """The wait after a look; None when the longest wait has passed since the last one, and was due then."""
        longest = self.waits[-1] if self.waits else timedelta(0)
        waited = since_look is not None and since_look >= longest and age - since_look >= longest
        return None if waited and not self.for_ever else self.wait(age)


def wait_after(outcome: Outcome, reason: Reason | None, past: Past, plan: Plan) -> timedelta | None:
    """The wait until the next visit; None = never, unless a list announces a change.

    A visit that does not show the article (refused, failed, a wall, a layout that gives nothing) never ends the plan of
    a stored post.
    """
    if outcome is Outcome.REFUSED:
        return AFTER_REFUSAL
    if outcome is Outcome.FAILED and past.failures <= len(RETRY):
        return RETRY[max(past.failures - 1, 0)]
    if past.held:
        shown = outcome.stored or outcome is Outcome.GONE
        return plan.after_look(past.age, past.since_look) if shown else plan.wait(past.age)
    # 410 is final (RFC 9110, 15.5.11); a 404 may come from a feed that is ahead of its site.
    final = outcome is Outcome.GIVEN_UP or (reason is not None and reason.error_class == "http-410")
    return None if final or past.looks > len(ASK_AGAIN) else ASK_AGAIN[past.looks - 1]


def wait_after_vain(visits: int) -> timedelta:
    """The least time from a visit to the next announced one, after so many that found no change; 0 after none."""
    return ASK_AGAIN[min(visits, len(ASK_AGAIN)) - 1] if visits > 0 else timedelta(0)
