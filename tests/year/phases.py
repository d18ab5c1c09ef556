"""What happens to the hosts of a simulated year, one class each, with what the runs must make of it.

Times are days since the start. What happens once in a month happens again every `PERIOD` days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from archived import Archived
from living import Living
from pages import Answer
from world import BROKEN, HOME, LIST, NOTHING, PICTURE, ROBOTS, Site, Story, Told, html

PERIOD = 73
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
EMPTY = html('<html><title>News</title><body><div id="app"></div></body></html>', NOTHING)
WALL = html(
    "<html><title>Before you continue</title><body><h1>Before you continue</h1>"
    "<p>We and our 842 partners use cookies to store and access information on a device. Accept all or reject all.</p>"
    "<button>Accept all</button><button>Reject all</button></body></html>",
    NOTHING,
)


class Phase(Site):
    """A site in trouble from the day `first` to the day `last`."""

    first, last = 12, 14
    named: tuple[str, ...] = ()
    """States by which its source must be named within two looks at its list after the trouble shows."""
    hidden = timedelta(0)
    """Time until a trouble that has begun can show."""
    heals = True
    """Whether it is well again afterwards."""

    def is_on(self, hour: int) -> bool:
        """Whether its trouble lasts."""
        return self.first * 24 <= hour % (PERIOD * 24) < self.last * 24

    def begins(self, hour: int) -> bool:
        """Whether its trouble begins in this hour."""
        return hour % (PERIOD * 24) == self.first * 24

    def spans(self, living: Living) -> Iterator[tuple[datetime, datetime]]:
        """Begin and end of each of its troubles that have ended."""
        begin, now = living.start + self.first * DAY, living.clock.now
        while begin + (self.last - self.first + 2) * DAY <= now:
            yield begin, begin + (self.last - self.first) * DAY
            begin += PERIOD * DAY

    def check(self, living: Living, archived: Archived) -> None:
        """Compare what the runs found, and what the archive has, with what happened."""
        self.check_held(living, archived)
        for begin, end in self.spans(living):
            if self.named:
                states = living.lived.looks(self.name, begin + self.hidden, end)
                assert set(states[:2]) & set(self.named), f"{self.name} since {begin}: {states[:9]}"
            after = living.lived.looks(self.name, end, end + 2 * DAY)
            assert "healthy" in after or not self.heals, f"{self.name} after {end}: {after}"

    def check_held(self, living: Living, archived: Archived) -> None:
        """Every story that was there for two days is held, with the time of its publication."""
        for story in self.stories.values() if self.source() else ():
            versions = archived.versions.get(self.url(story.name), [])
            if story.published < living.clock.now - 2 * DAY and not story.instead:
                assert versions, f"{self.url(story.name)}: not held"
            told = {version.published for version in versions}
            assert told <= self.instants(story), f"{self.url(story.name)}: {told}, not {self.instants(story)}"

    def instants(self, story: Story) -> set[datetime]:
        """The times of publication that a reader may take from a story's page."""
        return {story.published}


def refused(found: Answer | None, status: int, headers: Mapping[str, str] = {}) -> Answer | None:
    """An answer that a site in trouble gives in place of another."""
    means = getattr(found, "means", "")
    kept = means in (ROBOTS, LIST, HOME, PICTURE)
    return Told(b"later", status, dict(headers), means=means if kept else BROKEN) if found else None


class Down(Phase):
    """A site that answers 503 for a week."""

    host, first, last, named = "down.test", 11, 18, ("failing",)
    is_down = False

    def answer(self, path: str) -> Answer | None:
        found = super().answer(path)
        return refused(found, 503) if self.is_down else found

    def hour(self, hour: int, now: datetime) -> None:
        self.is_down = self.is_on(hour)


class Certified(Phase):
    """A site with TLS whose certificate expires, and is renewed three days later."""

    host, scheme, first, last, named = "certified.test", "https", 12, 15, ("failing",)

    def hour(self, hour: int, now: datetime) -> None:
        self.has_expired = self.is_on(hour)


class Moved(Phase):
    """A feed that has moved for good."""

    host, first, last, named, heals = "moved.test", 10, 28, ("moved",), False

    def answer(self, path: str) -> Answer | None:
        if path == "/feed.xml" != self.feed_path:
            return Told(b"", 301, {"Location": self.url(self.feed_path[1:])}, means=LIST)
        return super().answer(path)

    def hour(self, hour: int, now: datetime) -> None:
        self.feed_path = "/rss/all.xml" if hour >= self.first * 24 else "/feed.xml"


class Layout(Phase):
    """A site whose pages give nothing for two days."""

    host, pause, first, last, named = "layout.test", 48, 14, 16, ("suspect",)
    shows = EMPTY

    def hour(self, hour: int, now: datetime) -> None:
        self.instead = self.shows if self.is_on(hour) else None
        if hour % 96 == 0 or (self.is_on(hour) and hour % 12 == 0):  # ten stories show what is usual
            for letter in "ab":
                self.publish(f"special{letter}-{hour:05d}")


class Walled(Layout):
    """A site that shows only a request for consent for a day."""

    host, first, last, shows = "walled.test", 17, 18, WALL

    def check(self, living: Living, archived: Archived) -> None:
        super().check(living, archived)
        for begin, end in self.spans(living):
            changes = [row for row in living.lived.changed_states if f"//{self.host}/" in row[1] and row[0] >= begin]
            suspect = {url for at, url, state in changes if state == "suspect" and at < end}
            assert suspect, f"no held article of {self.host} became suspect"
            assert suspect <= {url for at, url, state in changes if state == "returned"}, changes


class Banned(Phase):
    """A site whose robots.txt forbids everything for ten days, and whose stories are edited meanwhile."""

    host, first, last, named = "banned.test", 9, 19, ("failing",)
    hidden = DAY
    """A robots.txt is kept for a day."""

    def hour(self, hour: int, now: datetime) -> None:
        self.robots = "User-agent: *\nDisallow: /\n" if self.is_on(hour) else "User-agent: *\nAllow: /\n"
        if hour % (PERIOD * 24) == 12 * 24:
            self.edited = self.latest(3)  # older ones have had their last look
            for story in self.edited:
                self.edit(story, announced=False)

    def check(self, living: Living, archived: Archived) -> None:
        super().check(living, archived)
        for _begin, end in self.spans(living):
            if end + 8 * DAY < living.clock.now:
                for story in self.edited:
                    assert archived.versions[self.url(story.name)][-1].mark == story.mark, story


class Busied(Phase):
    """A site that asks for two days without requests: 429 with Retry-After."""

    host, first, last = "busied.test", 13, 15
    rests = False

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[datetime] = []
        """Times of the requests while it asked for none."""

    def answer(self, path: str) -> Answer | None:
        found = super().answer(path)
        if self.rests:
            self.asked.append(self.now)
            return refused(found, 429, {"Retry-After": str(2 * 86_400)})
        return found

    def hour(self, hour: int, now: datetime) -> None:
        self.rests = self.is_on(hour)

    def check(self, living: Living, archived: Archived) -> None:
        super().check(living, archived)
        for begin, end in self.spans(living):
            asked = [at for at in self.asked if begin <= at < end]
            days = {(at - begin) // DAY for at in asked}  # no longer Retry-After is heeded than a day
            assert len(days) == 2 and len(asked) <= 4, f"asked at {asked} though it asked for a rest"


class Silent(Phase):
    """A site that stops to publish."""

    host, first, last, named, heals = "silent.test", 21, 26, ("silent",), False
    pause, stops = 24, 17

    def live(self, hour: int, now: datetime) -> None:
        self.pause = 10**9 if self.stops * 24 < hour % (PERIOD * 24) < (self.last + 1) * 24 else 24
        super().live(hour, now)


HOSTS: tuple[type[Phase], ...] = (Down, Certified, Moved, Layout, Walled, Banned, Busied, Silent)
