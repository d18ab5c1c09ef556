"""The sites of a simulated year: stories that a test publishes, edits and takes away, and a log of every answer.

A site writes its present state into a PageServer after each change. Answers have a meaning, so that the log tells what
a run was shown.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zlib import crc32

from pages import PNG, Answer, PageServer, article

TOPICS = ("harbour", "library", "orchard", "railway", "market", "theatre", "hospital", "bridge", "school", "mill")
WORDS = (
    "council",
    "river",
    "engineers",
    "visitors",
    "winter",
    "budget",
    "report",
    "neighbours",
    "season",
    "morning",
    "decision",
    "repair",
    "volunteers",
    "opening",
    "tickets",
    "concert",
    "garden",
    "weather",
    "survey",
    "festival",
    "drivers",
    "bakery",
    "museum",
    "tenants",
    "station",
    "ferry",
    "workshop",
)
LISTED = 12
"""Stories that a feed lists."""
LIST, ROBOTS, PICTURE, HOME = "list", "robots", "picture", "home"
GONE, NOTHING, BROKEN, AWAY = "gone", "nothing", "broken", "away"
"""What an answer to an article's URL shows when it is no edition: a page that is gone; one without an article; a
fault of the server; a redirect to the front page."""


@dataclass
class Told(Answer):
    """An answer with its meaning."""

    means: str = ""
    """One of the words above, or the text that marks an edition of a story."""


@dataclass
class Story:
    """One article of a site."""

    name: str
    published: datetime
    edition: int = 1
    updated: datetime | None = None
    """Time of the last edit that the feed announces."""
    pictures: tuple[str, ...] = ()
    instead: Told | None = None
    """What its URL answers in place of its page."""

    @property
    def mark(self) -> str:
        """A sentence that only this edition has."""
        return f"This is edition {self.edition} of {self.name}."


def html(body: str, means: str, **headers: str) -> Told:
    """A page."""
    return Told(body.encode(), headers={"Content-Type": "text/html; charset=utf-8", **headers}, means=means)


class Site:
    """A publisher with a feed; `hour` is called before each run, and `windows` are the days of its trouble."""

    host = ""
    every = "6h"
    pause = 24
    """Hours between two stories."""
    timezone = "UTC"
    more = ""
    """Further lines of its `[[source]]`."""

    def __init__(self, server: PageServer) -> None:
        self.server, self.name = server, self.host.partition(".")[0]
        self.stories: dict[str, Story] = {}
        self.feed_path, self.home_means = "/feed.xml", HOME
        self.robots = "User-agent: *\nAllow: /\n"
        self.instead: Told | None = None
        """What every article's URL answers in place of its page."""
        self.pictures_missing: set[str] = set()
        self.now = datetime(2024, 3, 1, tzinfo=UTC)
        self.publish("opening-00000")

    def source(self) -> str:
        """Its `[[source]]`."""
        return (
            f'[[source]]\nname = "{self.name}"\nfeeds = ["http://{self.host}/feed.xml"]\nevery = "{self.every}"\n'
            f'timezone = "{self.timezone}"\nallow = ["^http://{self.host}/[a-z]+-"]\n{self.more}'
        )

    # -- what happens

    def live(self, hour: int, now: datetime) -> None:
        """Let one hour pass: publish what is due, then do what this site's test is about."""
        self.now = now
        if hour % self.pause == 0:
            self.publish(f"{TOPICS[hour % len(TOPICS)]}-{hour:05d}")
        self.hour(hour, now)
        self.put()

    def hour(self, hour: int, now: datetime) -> None:
        """What happens in this hour beside new stories."""

    def publish(self, name: str, *pictures: str) -> Story:
        """Publish a story now."""
        self.stories[name] = Story(name, self.now - timedelta(minutes=20), pictures=pictures)
        return self.stories[name]

    def edit(self, story: Story, *, announced: bool) -> None:
        """Change a story's text now."""
        story.edition += 1
        if announced:
            story.updated = self.now - timedelta(minutes=5)

    # -- what it answers

    def put(self) -> None:
        """Write all answers into the server."""
        said = self.server.answers
        for key in [key for key in said if key.startswith(self.host + "/")]:
            del said[key]
        for path, answer in self.answers().items():
            said[self.host + path] = answer

    def answers(self) -> dict[str, Answer]:
        """Its answers by path."""
        found: dict[str, Answer] = {
            "/robots.txt": Told(self.robots.encode(), headers={"Content-Type": "text/plain"}, means=ROBOTS),
            "/": html(self._home(), self.home_means),
            self.feed_path: self.feed(),
        }
        for story in self.stories.values():
            found[f"/{story.name}"] = story.instead or self.instead or self.page(story)
            for path in story.pictures:
                if path not in self.pictures_missing:
                    found[path] = self._picture(path)
        return found

    def feed(self) -> Answer:
        """Its Atom feed."""
        latest = sorted(self.stories.values(), key=lambda story: story.published)[-LISTED:]
        entries = "".join(
            f"<entry><title>{_title(story)}</title><id>http://{self.host}/{story.name}</id>"
            f'<link href="http://{self.host}/{story.name}"/><published>{story.published:%Y-%m-%dT%H:%M:%SZ}</published>'
            f"<updated>{story.updated or story.published:%Y-%m-%dT%H:%M:%SZ}</updated></entry>"
            for story in reversed(latest)
        )
        body = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{self.name}</title>{entries}</feed>'
        tag = f'"{crc32(body.encode()):x}"'
        return Told(body.encode(), headers={"Content-Type": "application/atom+xml", "ETag": tag}, means=LIST)

    def page(self, story: Story) -> Told:
        """The page of a story."""
        return html(self.text(story), story.mark, ETag=f'"{story.name}-{story.edition}"')

    def text(self, story: Story, date: str = "") -> str:
        """The HTML of a story."""
        chance = random.Random(f"{self.host}/{story.name}")
        paragraphs = [" ".join(chance.choices(WORDS, k=45)).capitalize() + "." for _ in range(3)]
        page = article(_title(story), [*paragraphs, story.mark], images=story.pictures)
        return page.replace("2026-03-05T08:30:00+01:00", date or f"{story.published:%Y-%m-%dT%H:%M:%SZ}")

    def _home(self) -> str:
        links = "".join(f'<li><a href="/{name}">{_title(story)}</a></li>' for name, story in self.stories.items())
        return f"<html><head><title>{self.name}</title></head><body><h1>{self.name}</h1><ul>{links}</ul></body></html>"

    def _picture(self, path: str) -> Told:
        return Told(PNG + path.encode(), headers={"Content-Type": "image/png"}, means=PICTURE)


def _title(story: Story) -> str:
    topic, _, number = story.name.partition("-")
    return f"The {topic} in its year {number} as the town sees it"


@dataclass(frozen=True)
class Shown:
    """One answer as a run was shown it."""

    host: str
    path: str
    status: int
    means: str
    """The meaning of the answer; empty for what the sites do not know."""


@dataclass
class World:
    """The sites behind one server."""

    server: PageServer
    sites: list[Site] = field(default_factory=list)
    _read: int = 0

    def shown(self) -> list[Shown]:
        """Return what was answered since the last call."""
        new = self.server.asked[self._read :]
        self._read = len(self.server.asked)
        return [Shown(asked.host, asked.path, asked.status, getattr(asked.answer, "means", "")) for asked in new]
