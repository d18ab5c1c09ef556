"""The state of a source, and the rules that compare its looks with its usual ones. Pure; `judgement.py` has all rules.

Nothing is usual before there is enough of it, nor what was seen while the source was not well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise
from math import comb
from statistics import median, quantiles

from archive import many
from crawler.items import Source
from crawler.store.looks import WELL, Day, Look, Past

DAY = 86_400.0
IN_A_ROW = 2
"""Looks in a row that must find the same fault."""
USUAL = 20
"""Looks that say what is usual."""
USUAL_AGE = 30 * DAY
"""A change that has lasted this long is usual."""
LEAST_READS = 5
"""Times that a list must have been read before its length can fall."""
LEAST_LISTED = 5
"""Articles that a list must usually name before its length can fall: one that names three may name none."""
FALL = 4
"""A list has fallen when it names this many times fewer articles than usual."""
SHORT = 3
"""Bodies are short when the longest is this many times shorter than usual."""
LEAST_ITEMS, RECENT = 10, 3
"""New posts that say what is usual, and those that are compared with them."""
UNLIKELY = 3e-4
"""A share has risen when chance would do this less often."""
SILENT_DAYS = 120
"""Days with new articles that say how long the pauses of a source are."""
LEAST_BURSTS = 5
"""Looks with new articles before a source can be silent."""
LEAST_SPAN = 14 * DAY
"""Time from the first to the last of them that shows its pauses: two weekends. After a shorter one, a source is silent
when it has brought nothing for this long."""


class State(StrEnum):
    """States of a source; the values are the words of the run file."""

    HEALTHY = "healthy"
    MISCONFIGURED = "misconfigured"
    FAILING = "failing"
    SUSPECT = "suspect"
    SILENT = "silent"
    MOVED = "moved"


@dataclass(frozen=True)
class Health:
    """The state of a source."""

    state: State = State.HEALTHY
    reason: str = ""
    """One line; empty for a healthy source."""
    advice: str = ""
    """What to do, one line."""


@dataclass(frozen=True)
class History:
    """What is known of a source."""

    source: Source
    past: Sequence[Past]
    """Its looks, newest first; the state of the newest is not known yet."""
    days: Sequence[Day]
    """Its days with news, oldest first."""
    now: float

    @property
    def asked(self) -> list[Past]:
        """The looks that asked for lists."""
        return [past for past in self.past if past.look.asked]

    @property
    def gave_posts(self) -> bool:
        """Whether the source has ever given a post, as far as is known."""
        return any(day.bursts for day in self.days) or any(past.look.new for past in self.past)


def fallen(history: History) -> Health | None:
    """A list names far fewer articles than usual."""
    for url in history.asked[0].look.read if history.asked else ():
        reads = [past for past in history.asked if url in past.look.read]
        latest, before = reads[:IN_A_ROW], _usual(history, reads[IN_A_ROW:])
        if len(latest) < IN_A_ROW or len(before) < LEAST_READS:
            continue
        usual = median(past.look.read[url].articles for past in before)
        counts = [past.look.read[url].articles for past in latest]
        if usual >= LEAST_LISTED and max(counts) * FALL <= usual:
            refused = latest[0].look.read[url].refused
            others = f" (allow and deny leave out {refused})" if refused else ""
            return Health(
                State.SUSPECT,
                f"{url} names {many(counts[0], 'article')}{others}, usually {usual:g}",
                "look at the list: its layout or its URLs may have changed",
            )
    return None


@dataclass(frozen=True)
class _Share:
    """A share of the new pages of a look that should not rise."""

    words: str
    part: Callable[[Look], int]
    of: Callable[[Look], int]
    advice: str = "see one of them with `warcpress preview URL`: the site's layout may have changed"


_SHARES = (
    _Share("new pages are not articles", lambda look: sum(look.not_articles.values()), lambda look: _pages(look)),
    _Share("new posts have no date", lambda look: look.undated, lambda look: look.new),
    _Share("new posts have no author", lambda look: look.unsigned, lambda look: look.new),
    _Share("new posts have no picture", lambda look: look.unpictured, lambda look: look.new),
)


def _pages(look: Look) -> int:
    return look.new + sum(look.not_articles.values())


def poorer(history: History) -> Health | None:
    """More new pages than usual are not articles, or lack a field."""
    for share in _SHARES:
        latest, before = _compared(history, share.of)
        parts, of_all = sum(map(share.part, latest)), sum(map(share.of, latest))
        usual_parts, usual_of_all = sum(map(share.part, before)), sum(map(share.of, before))
        if of_all and usual_of_all >= LEAST_ITEMS and _unlikely(parts, of_all, usual_parts, usual_of_all):
            was = f"usually {usual_parts} of {usual_of_all}"
            return Health(State.SUSPECT, f"{parts} of {of_all} {share.words}, {was}", share.advice)
    return None


def _unlikely(parts: int, of_all: int, usual_parts: int, usual_of_all: int) -> bool:
    """Whether so many parts of the last pages would come by chance less often than UNLIKELY (binomial tail)."""
    usual = (usual_parts + 0.5) / (usual_of_all + 1)  # never 0: what never happened may happen
    tail = sum(comb(of_all, k) * usual**k * (1 - usual) ** (of_all - k) for k in range(parts, of_all + 1))
    return parts / of_all >= 0.5 > usual and tail < UNLIKELY


def shorter(history: History) -> Health | None:
    """The bodies of new posts are far shorter than usual."""
    latest, before = _compared(history, lambda look: len(look.lengths))
    lengths = [length for look in latest for length in look.lengths]
    usual = [length for look in before for length in look.lengths]
    if len(lengths) < RECENT or len(usual) < LEAST_ITEMS:
        return None
    longest, typical = max(lengths), median(usual)
    if longest * SHORT > typical or longest >= quantiles(usual, n=10)[0]:
        return None
    return Health(
        State.SUSPECT,
        f"the last {len(lengths)} bodies have at most {longest} characters, usually {typical:g}",
        "see one of them with `warcpress preview URL`: a paywall, or a new layout",
    )


def _compared(history: History, of: Callable[[Look], int]) -> tuple[list[Look], list[Look]]:
    """Looks with the last RECENT items or more, and the usual ones before them."""
    looks = [past for past in history.past if of(past.look)]
    items = cut = 0
    while cut < len(looks) and items < RECENT:
        items += of(looks[cut].look)
        cut += 1
    if items < RECENT:
        return [], []
    return [past.look for past in looks[:cut]], [past.look for past in _usual(history, looks[cut:])]


def _usual(history: History, looks: Sequence[Past]) -> list[Past]:
    """Those of the looks that say what is usual: the source was well, and it is not too long ago."""
    well = (past for past in looks if past.state in WELL and history.now - past.look.at <= USUAL_AGE)
    return [past for past, _ in zip(well, range(USUAL), strict=False)]


def frozen(history: History) -> Health | None:
    """For two weeks nothing was new, and the dates in its feeds say that this is much longer than usual.

    Only the dates can say so of a feed that was frozen when the source was added.
    """
    source, read = history.source, next((past.look.read for past in history.asked if past.look.read), {})
    if not source.feeds or source.sitemaps or source.sections or source.listings:
        return None
    if not history.days or history.now - history.days[-1].last < LEAST_SPAN:
        return None
    dates = [read[url].dates if url in read else () for url in source.feeds]
    if any(len(known) < LEAST_ITEMS or not _is_stale(known, history.now) for known in dates):
        return None
    newest = max(known[-1] for known in dates)
    return Health(
        State.SILENT,
        f"the newest article in its feeds is of {datetime.fromtimestamp(newest, UTC):%Y-%m-%d}, "
        f"{_span(history.now - newest)} ago",
        "look at the site: if it goes on elsewhere, give its new lists",
    )


def _is_stale(dates: Sequence[float], now: float) -> bool:
    """Whether the last article is older than LEAST_SPAN, three usual intervals and two usual longest pauses."""
    pauses = sorted(later - earlier for earlier, later in pairwise(dates))
    return now - dates[-1] >= max(LEAST_SPAN, 3 * median(pauses), 2 * pauses[-2])


def silent(history: History) -> Health | None:
    """Nothing new for three times its usual interval, and for twice its usual longest pause.

    As the longest pause the second longest counts: that leaves out one outage, and has the nights and weekends.
    """
    days = [day for day in history.days[-SILENT_DAYS:] if day.bursts]
    readable = history.asked and (history.asked[0].look.read or history.asked[0].look.confirmed)
    if not readable or sum(day.bursts for day in days) < LEAST_BURSTS:
        return None
    last = days[-1].last
    least = LEAST_SPAN if last - days[0].first < LEAST_SPAN else 0.0
    pauses = [later.first - earlier.last for earlier, later in pairwise(days)]
    intervals = [(day.last - day.first) / (day.bursts - 1) for day in days for _ in range(day.bursts - 1)]
    longest = max(sorted(pauses)[:-1], default=0.0)
    usual, quiet = median([*intervals, *pauses]), history.now - last
    if quiet < max(3 * usual, 2 * longest, least):
        return None
    return Health(
        State.SILENT,
        f"nothing new for {_span(quiet)}, since {datetime.fromtimestamp(last, UTC):%Y-%m-%d}; "
        f"usually every {_span(usual)}, with pauses up to {_span(longest)}",
        "look at the site: if it goes on elsewhere, give its new lists",
    )


def _span(seconds: float) -> str:
    for unit, length in (("days", DAY), ("hours", 3600.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{many(round(max(seconds / 60, 1)), 'minute')}"
