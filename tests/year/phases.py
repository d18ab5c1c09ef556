"""What happens to the sites of a simulated year, one class each, with what the runs must make of it.

Times are days since the start. What happens once in a month happens again every `PERIOD` days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from living import Lived, Living
from pages import Answer, PageServer
from world import AWAY, BROKEN, GONE, HOME, LIST, NOTHING, ROBOTS, Site, Story, Told, html

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
STUB = html(
    "<html><title>Withdrawn</title><body><main><h1>Withdrawn</h1>"
    "<p>This article has been withdrawn.</p></main></body></html>",
    NOTHING,
)


class Phase(Site):
    """A site in trouble from the day `first` to the day `last`."""

    first, last = 12, 14
    named: tuple[str, ...] = ()
    """States by which its source must be named within two looks after the trouble began."""
    within = 2
    """Looks until it must be named."""

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

    def check(self, living: Living) -> None:
        """Compare what the runs found with what happened."""
        self.check_held(living.lived, living.clock.now)
        for begin, end in self.spans(living):
            if self.named:
                states = living.lived.looks(self.name, begin, end)
                assert set(states[: self.within]) & set(self.named), f"{self.name} since {begin}: {states[:9]}"
            after = living.lived.looks(self.name, end, end + 2 * DAY)
            assert "healthy" in after or not self.heals, f"{self.name} after {end}: {after}"

    heals = True
    """Whether it is well again afterwards."""

    def check_held(self, lived: Lived, now: datetime) -> None:
        """Every story that was there for two days is held."""
        for story in self.stories.values() if self.source() else ():
            if story.published < now - 2 * DAY and not story.instead:
                assert f"http://{self.host}/{story.name}" in lived.held, f"{self.host}/{story.name}"


class Busy(Phase):
    """A site that edits each story after two days, every other one announced, and again after twelve."""

    host, every, pause = "busy.test", "3h", 12

    def hour(self, hour: int, now: datetime) -> None:
        for story in self.stories.values():
            age = round((now - story.published) / HOUR)
            if age in (48, 12 * 24):
                self.edits.append((story, story.edition + 1, now, announced := len(self.edits) % 2 == 0))
                self.edit(story, announced=announced)

    def __init__(self, server: PageServer) -> None:
        super().__init__(server)
        self.edits: list[tuple[Story, int, datetime, bool]] = []

    def check(self, living: Living) -> None:
        super().check(living)
        waits: dict[bool, list[timedelta]] = {True: [], False: []}
        for story, edition, at, announced in self.edits:
            if at > living.clock.now - 8 * DAY:
                continue
            mark = f"This is edition {edition} of {story.name}."
            shown = living.lived.first_shown.get((f"http://{self.host}/{story.name}", mark))
            assert shown is not None, f"{story.name}: edition {edition} of {at} was never noticed"
            if any(at <= failed <= shown for failed in living.lived.stopped):
                continue  # the disk was full
            if at - story.published < 3 * DAY:
                waits[announced].append(shown - at)
        assert max(waits[True], default=HOUR) <= 4 * HOUR + HOUR / 2, waits[True]
        assert median([wait / HOUR for wait in waits[False]] or [0.0]) <= 24, waits[False]


class Vanishing(Phase):
    """A site whose stories vanish after a day in four ways, and come back nine days later."""

    host = "vanishing.test"

    def hour(self, hour: int, now: datetime) -> None:
        ways = (
            Told(b"not found", 404, means=GONE),
            Told(b"gone", 410, means=GONE),
            STUB,
            Told(b"", 302, {"Location": f"http://{self.host}/"}, means=AWAY),
        )
        for story in self.stories.values():
            age, number = round((now - story.published) / HOUR), int(story.name.rpartition("-")[2]) // 24
            if number % 2 and age == 30:
                story.instead = ways[number // 2 % 4]
                self.vanished.append((story, now))
            elif story.instead and age == 30 + 9 * 24:
                story.instead = None
                self.returned.append((story, now))

    def __init__(self, server: PageServer) -> None:
        super().__init__(server)
        self.vanished: list[tuple[Story, datetime]] = []
        self.returned: list[tuple[Story, datetime]] = []

    def check(self, living: Living) -> None:
        super().check(living)
        for events, states in ((self.vanished, ("withdrawn", "suspect")), (self.returned, ("returned",))):
            for story, at in events:
                url = f"http://{self.host}/{story.name}"
                found = [when for when, of, state in living.lived.changed_states if of == url and state in states]
                late = [when - at for when in found if when >= at]
                if at < living.clock.now - 8 * DAY:
                    assert late and min(late) <= 7.5 * DAY, f"{url}: {states} since {at}, noticed {found}"


class Down(Phase):
    """A site that answers 503 for a week."""

    host, first, last, named = "down.test", 11, 18, ("failing",)

    def answers(self) -> dict[str, Answer]:
        found = super().answers()
        if not self.down:
            return found
        means = {path: answer.means for path, answer in found.items() if isinstance(answer, Told)}
        kept = (ROBOTS, LIST, HOME)
        return {path: Told(b"later", 503, means=means[path] if means[path] in kept else BROKEN) for path in found}

    down = False

    def hour(self, hour: int, now: datetime) -> None:
        self.down = self.is_on(hour)


class Moved(Phase):
    """A feed that has moved for good."""

    host, first, last, named, heals = "moved.test", 10, 28, ("moved",), False

    def answers(self) -> dict[str, Answer]:
        found = super().answers()
        if self.feed_path != "/feed.xml":
            found["/feed.xml"] = Told(b"", 301, {"Location": f"http://{self.host}{self.feed_path}"}, means=LIST)
        return found

    def hour(self, hour: int, now: datetime) -> None:
        self.feed_path = "/rss/all.xml" if hour >= self.first * 24 else "/feed.xml"


class Layout(Phase):
    """A site whose pages give nothing for two days."""

    host, first, last, named, within = "layout.test", 14, 16, ("suspect",), 3

    def hour(self, hour: int, now: datetime) -> None:
        self.instead = self.shows if self.is_on(hour) else None
        if self.is_on(hour) and hour % 6 == 0:
            for number in (1, 2):
                self.publish(f"special{'ab'[number - 1]}-{hour:05d}")

    shows = EMPTY


class Walled(Layout):
    """A site that shows only a request for consent for a day."""

    host, first, last, shows = "walled.test", 17, 18, WALL

    def check(self, living: Living) -> None:
        super().check(living)
        for begin, end in self.spans(living):
            changes = [row for row in living.lived.changed_states if f"//{self.host}/" in row[1] and row[0] >= begin]
            suspect = {url for at, url, state in changes if state == "suspect" and at < end}
            assert suspect, f"no held article of {self.host} became suspect"
            assert suspect <= {url for at, url, state in changes if state == "returned"}, changes


class Banned(Phase):
    """A site whose robots.txt forbids everything for ten days, and whose stories are edited meanwhile."""

    host, first, last, named = "banned.test", 9, 19, ("failing",)
    within = 6
    """A robots.txt is kept for a day: four looks come first."""

    def hour(self, hour: int, now: datetime) -> None:
        self.robots = "User-agent: *\nDisallow: /\n" if self.is_on(hour) else "User-agent: *\nAllow: /\n"
        if hour % (PERIOD * 24) == 12 * 24:
            for story in self.stories.values():
                self.edit(story, announced=False)

    def check(self, living: Living) -> None:
        super().check(living)
        for _begin, end in self.spans(living):
            if end + 8 * DAY < living.clock.now:
                for story in self.stories.values():
                    assert living.lived.held[f"http://{self.host}/{story.name}"] == story.mark, story


class Busied(Phase):
    """A site that asks for two days without requests: 429 with Retry-After."""

    host, first, last, heals = "busied.test", 13, 15, True
    asked = 0

    def answers(self) -> dict[str, Answer]:
        found = super().answers()
        if self.rests:
            later, asked_first = {"Retry-After": str(2 * 86_400)}, ("/feed.xml", "/robots.txt")
            return {
                path: Told(b"", 429, later, means=getattr(answer, "means", "") if path in asked_first else BROKEN)
                for path, answer in found.items()
            }
        return found

    rests = False

    def hour(self, hour: int, now: datetime) -> None:
        self.rests = self.is_on(hour)
        if self.begins(hour):
            self.asked -= len(self.server.paths(self.host))
        if hour % (PERIOD * 24) == self.last * 24:
            self.asked += len(self.server.paths(self.host))

    def check(self, living: Living) -> None:
        super().check(living)
        asked, spans = self.asked, len(list(self.spans(living)))
        assert asked <= 8 * spans, f"{asked} requests while it asked for none"


class Silent(Phase):
    """A site that stops to publish."""

    host, first, last, named, heals = "silent.test", 21, 26, ("silent",), False
    stops = 17

    def live(self, hour: int, now: datetime) -> None:
        self.pause = 10**9 if self.stops * 24 < hour % (PERIOD * 24) < (self.last + 1) * 24 else 24
        super().live(hour, now)


class Renamed(Phase):
    """A site whose source gets another name in the configuration; its stories are edited after that."""

    host, first, last = "renamed.test", 15, 16

    def hour(self, hour: int, now: datetime) -> None:
        if self.begins(hour):
            self.name = f"renamed{hour // 24}"
            for story in self.stories.values():
                self.edit(story, announced=False)

    def check(self, living: Living) -> None:
        self.check_held(living.lived, living.clock.now)
        for story in self.stories.values():
            assert living.lived.held[f"http://{self.host}/{story.name}"] == story.mark, story


class Mistaken(Phase):
    """A source that somebody adds with an `allow` that matches nothing, and corrects two days later."""

    host, first, last, named = "mistaken.test", 8, 10, ("misconfigured",)

    def source(self) -> str:
        if self.days < self.first:
            return ""
        return super().source().replace("/[a-z]+-", "/nothing-") if self.wrong else super().source()

    days, wrong = 0, False

    def hour(self, hour: int, now: datetime) -> None:
        self.days, self.wrong = hour // 24, self.is_on(hour)


class Clockwork(Phase):
    """A paper whose pages tell the local time of a zone with summer time, without the zone."""

    host, timezone = "clockwork.test", "Europe/Berlin"

    def page(self, story: Story) -> Told:
        local = story.published.astimezone(ZoneInfo(self.timezone))
        return html(self.text(story, f"{local:%Y-%m-%dT%H:%M:%S}"), story.mark, ETag=f'"{story.name}-{story.edition}"')

    def hour(self, hour: int, now: datetime) -> None:
        if (now.month, now.day) in ((3, 31), (10, 27)) and now.hour in (0, 1, 2):
            self.publish(f"night-{hour:05d}")


class Chronicle(Phase):
    """The site of the data folder that a released version made: its articles are edited, and go on."""

    host, first, pause = "chronicle.test", 10**6, 48

    def __init__(self, server: PageServer) -> None:
        super().__init__(server)
        for name in ("bridge.html", "dam.html", "ferry.html"):
            self.stories[name] = Story(name, datetime(2024, 2, 19, 7, 30, tzinfo=UTC))

    def source(self) -> str:
        return super().source().partition("allow")[0]


PHASES: tuple[type[Phase], ...] = (
    *(Busy, Vanishing, Down, Moved, Layout, Walled, Banned, Busied, Silent, Renamed, Mistaken, Clockwork, Chronicle),
)
