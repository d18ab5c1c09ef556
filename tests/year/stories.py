"""What happens to the articles and sources of a simulated year, one class each, with what the runs must make of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median
from zoneinfo import ZoneInfo

from archived import Archived
from living import Living
from phases import DAY, HOUR, PERIOD, Phase
from world import AWAY, GONE, NOTHING, Story, Told, html

STUB = html(
    "<html><title>Withdrawn</title><body><main><h1>Withdrawn</h1>"
    "<p>This article has been withdrawn.</p></main></body></html>",
    NOTHING,
)


class Busy(Phase):
    """A site that edits each story after two days, every other one announced, and again after twelve."""

    host, pause, more = "busy.test", 48, ""

    def __init__(self) -> None:
        super().__init__()
        self.edits: list[tuple[Story, str, datetime, bool]] = []
        """Story, mark of the edition, time, and whether the feed announces it."""

    def hour(self, hour: int, now: datetime) -> None:
        for story in self.latest(14):
            age = round((now - story.published) / HOUR)
            late = 7 * (int(story.name[-5:]) // 48) % 24  # so that no hour of the day is favoured
            if age in (48 + late, 12 * 24):
                announced = age < 72 and late % 2 == 0
                self.edit(story, announced=announced)
                self.edits.append((story, story.mark, now, announced))

    def check(self, living: Living, archived: Archived) -> None:
        super().check(living, archived)
        for story, mark, at, announced in self.edits:
            if at < living.clock.now - 8 * DAY:
                shown = living.lived.first_shown.get((self.url(story.name), mark))
                assert shown is not None, f"{mark} of {at}: never noticed"
                assert mark in [version.mark for version in archived.versions[self.url(story.name)]], mark
                if announced and not living.lived.stopped(at, shown):
                    first = next(read for read in living.lived.read[self.host] if read >= at)
                    assert shown == first, f"{mark}: announced at {at}, read at {first}, noticed at {shown}"
        waits = self.waits(living)
        assert median(waits) <= 24 and max(waits) <= 24.5, waits

    def waits(self, living: Living) -> list[float]:
        """Hours until each edit at two days that nothing announced was noticed, but for days without a disk."""
        found = []
        for story, mark, at, announced in self.edits:
            shown = living.lived.first_shown.get((self.url(story.name), mark))
            if not announced and at - story.published < 4 * DAY and shown and not living.lived.stopped(at, shown):
                found.append((shown - at) / HOUR)
        return found


class Vanishing(Phase):
    """A site whose stories vanish after a day in four ways, and come back nine days later."""

    host, pause, more = "vanishing.test", 48, ""

    def __init__(self) -> None:
        super().__init__()
        self.vanished: list[tuple[Story, datetime]] = []
        self.returned: list[tuple[Story, datetime]] = []

    def hour(self, hour: int, now: datetime) -> None:
        ways = (
            Told(b"not found", 404, means=GONE),
            Told(b"gone", 410, means=GONE),
            STUB,
            Told(b"", 302, {"Location": self.url("")}, means=AWAY),
        )
        for story in self.latest(8):
            age = round((now - story.published) / HOUR)
            if age == 30:
                story.instead = ways[len(self.vanished) % 4]
                self.vanished.append((story, now))
            elif story.instead and age == 30 + 9 * 24:
                story.instead = None
                self.returned.append((story, now))

    def check(self, living: Living, archived: Archived) -> None:
        super().check(living, archived)
        for events, states in ((self.vanished, ("withdrawn", "suspect")), (self.returned, ("returned",))):
            for story, at in events:
                url = self.url(story.name)
                found = [when for when, of, state in living.lived.changed_states if of == url and state in states]
                late = [when - at for when in found if when >= at]
                if at < living.clock.now - 8 * DAY:
                    assert late and min(late) <= 7.5 * DAY, f"{url}: {states} since {at}, noticed {found}"
                    assert len(archived.versions[url]) == 1, f"{url}: a version more, though it came back as it was"
        assert len(self.returned) >= 4


class Pictured(Phase):
    """A site whose stories have a picture: at once, a day later, or never."""

    host = "pictured.test"

    def publish(self, name: str, *pictures: str) -> Story:
        path = f"/i/{name}.png"
        if len(self.stories) % 3:
            self.pictures_missing.add(path)
        return super().publish(name, path)

    def hour(self, hour: int, now: datetime) -> None:
        for story in list(self.stories.values())[1::3]:
            if now - story.published > 30 * HOUR:
                self.pictures_missing.discard(story.pictures[0])

    def check(self, living: Living, archived: Archived) -> None:
        super().check(living, archived)
        for number, story in enumerate(self.stories.values()):
            if story.published < living.clock.now - 6 * DAY:
                copies = [version.copies for version in archived.versions[self.url(story.name)]]
                assert copies == ([1], [0, 1], [0])[number % 3], f"{self.url(story.name)}: {copies} copies"
                if number % 3 == 2:
                    assert self.url(story.pictures[0][1:]) in living.lived.given_up, story


class Renamed(Phase):
    """A site whose source gets another name in the configuration; its stories are edited after that."""

    host, first, last, heals, more = "renamed.test", 15, 16, False, ""

    def hour(self, hour: int, now: datetime) -> None:
        if self.begins(hour):
            self.name, self.edited = f"renamed{hour // 24}", self.latest()
            for story in self.edited:
                self.edit(story, announced=False)

    def check(self, living: Living, archived: Archived) -> None:
        super().check(living, archived)
        for story in self.edited:
            assert archived.versions[self.url(story.name)][-1].mark == story.mark, story


class Mistaken(Phase):
    """A source that somebody adds with an `allow` that matches nothing, and corrects two days later."""

    host, first, last, named = "mistaken.test", 8, 10, ("misconfigured",)
    days, wrong = 0, False

    def source(self) -> str:
        if self.days < self.first:
            return ""
        return super().source().replace("/[a-z]+-", "/nothing-") if self.wrong else super().source()

    def hour(self, hour: int, now: datetime) -> None:
        self.days, self.wrong = hour // 24, hour // 24 < PERIOD and self.is_on(hour)

    def spans(self, living: Living) -> Iterator[tuple[datetime, datetime]]:
        yield living.start + self.first * DAY, living.start + self.last * DAY


class Clockwork(Phase):
    """A paper whose pages tell the local time of a zone with summer time, without the zone."""

    host, timezone = "clockwork.test", "Europe/Berlin"

    def page(self, story: Story) -> Told:
        local = story.published.astimezone(ZoneInfo(self.timezone))
        return html(self.text(story, f"{local:%Y-%m-%dT%H:%M:%S}"), story.mark, ETag=f'"{story.name}-{story.edition}"')

    def hour(self, hour: int, now: datetime) -> None:
        if (now.month, now.day) in ((3, 31), (10, 27)) and now.hour in (0, 1, 2):
            self.publish(f"night-{hour:05d}")

    def instants(self, story: Story) -> set[datetime]:
        local = story.published.astimezone(ZoneInfo(self.timezone))
        return {local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)}


class Chronicle(Phase):
    """The site of the data folder that a released version made: its articles are edited, and go on."""

    host = "chronicle.test"
    old = ("bridge.html", "dam.html", "ferry.html")

    def __init__(self) -> None:
        super().__init__()
        for name in self.old:
            self.stories[name] = Story(name, datetime(2024, 2, 19, 7, 30, tzinfo=UTC))

    def source(self) -> str:
        return super().source().partition("allow")[0] + self.more

    def check(self, living: Living, archived: Archived) -> None:
        super().check(living, archived)
        for name in self.old:
            marks = [version.mark for version in archived.versions[self.url(name)]]
            assert marks[0] == "" and marks[-1] == self.stories[name].mark, f"{name}: {marks}"


STORIES: tuple[type[Phase], ...] = (Busy, Vanishing, Pictured, Renamed, Mistaken, Clockwork, Chronicle)
