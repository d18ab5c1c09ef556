"""The sites of a simulated year: stories that a test publishes, edits and takes away, and a log of every answer.

A site makes each answer from its present state when it is asked. Answers have a meaning, so that the log tells what a
run was shown.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from ssl import SSLContext, SSLObject, SSLSocket
from typing import Self
from zlib import crc32

from certificates import Authority
from crawling import loop
from pages import PNG, Answer, article

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
    """A publisher with a feed. `live` is called before each run, and calls `hour`."""

    host, scheme = "", "http"
    every = "12h"
    pause = 72
    """Hours between two stories."""
    timezone = "UTC"
    more = 'look_again = ["1d", "7d"]\n'
    """Further lines of its `[[source]]`."""

    def __init__(self) -> None:
        self.name = self.host.partition(".")[0]
        self.stories: dict[str, Story] = {}
        self.feed_path = "/feed.xml"
        self.robots = "User-agent: *\nAllow: /\n"
        self.instead: Told | None = None
        """What every article's URL answers in place of its page."""
        self.pictures_missing: set[str] = set()
        self.has_expired = False
        """Whether its certificate has expired."""
        self.now = datetime(2024, 3, 1, tzinfo=UTC)
        self.publish("opening-00000")

    def source(self) -> str:
        """Its `[[source]]`."""
        return (
            f'[[source]]\nname = "{self.name}"\nfeeds = ["{self.url("feed.xml")}"]\nevery = "{self.every}"\n'
            f'timezone = "{self.timezone}"\nallow = ["^{self.url("[a-z]+-")}"]\n{self.more}'
        )

    def url(self, name: str) -> str:
        """The URL of a story."""
        return f"{self.scheme}://{self.host}/{name}"

    # -- what happens

    def live(self, hour: int, now: datetime) -> None:
        """Let one hour pass: publish what is due, then do what this site's test is about."""
        self.now = now
        if hour % self.pause == 0:
            self.publish(f"{TOPICS[hour % len(TOPICS)]}-{hour:05d}")
        self.hour(hour, now)

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

    def latest(self, count: int = LISTED) -> list[Story]:
        """The last stories, oldest first."""
        return list(self.stories.values())[-count:]

    # -- what it answers

    def answer(self, path: str) -> Answer | None:
        """Its answer to a request; None = there is nothing."""
        if path == "/robots.txt":
            return Told(self.robots.encode(), headers={"Content-Type": "text/plain"}, means=ROBOTS)
        if path == "/":
            return html(self._home(), HOME)
        if path == self.feed_path:
            return self.feed()
        story = self.stories.get(path[1:])
        if story is None:
            return self._picture(path)
        return story.instead or self.instead or self.page(story)

    def feed(self) -> Answer:
        """Its Atom feed."""
        entries = "".join(
            f'<entry><title>{_title(story)}</title><id>{self.url(story.name)}</id><link href="{self.url(story.name)}"/>'
            f"<published>{story.published:%Y-%m-%dT%H:%M:%SZ}</published>"
            f"<updated>{story.updated or story.published:%Y-%m-%dT%H:%M:%SZ}</updated></entry>"
            for story in reversed(self.latest())
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
        links = "".join(f'<li><a href="/{story.name}">{_title(story)}</a></li>' for story in self.latest(40))
        return f"<html><head><title>{self.name}</title></head><body><h1>{self.name}</h1><ul>{links}</ul></body></html>"

    def _picture(self, path: str) -> Told | None:
        if not path.endswith(".png"):
            return None
        if path in self.pictures_missing:
            return Told(b"no picture", 404, means=PICTURE)
        return Told(PNG + path.encode(), headers={"Content-Type": "image/png"}, means=PICTURE)


def _title(story: Story) -> str:
    topic, _, number = story.name.partition("-")
    return f"The {topic} in its year {number} as the town sees it"


@dataclass(frozen=True)
class Shown:
    """One answer as a run was shown it."""

    url: str
    host: str
    status: int
    means: str
    """The meaning of the answer; empty for what the sites do not know."""


class World:
    """The sites behind two servers, one with TLS, on the reactor's own loop, as threads would wait for each other."""

    def __init__(self, sites: Sequence[Site], authority: Authority) -> None:
        self.sites, self.ca_file = {site.host: site for site in sites}, authority.ca_file
        hosts = [site.host for site in sites if site.scheme == "https"]
        self._certificate, self._expired = authority.context(*hosts), authority.context(*hosts, days=(-90, -1))
        self._certificate.sni_callback = self._choose
        self._shown: list[Shown] = []

    def _choose(self, socket: SSLSocket | SSLObject, name: str, _context: SSLContext) -> None:
        if self.sites[name].has_expired:
            socket.context = self._expired

    def __enter__(self) -> Self:
        self._servers = [asyncio.run_coroutine_threadsafe(self._start(tls), loop()).result() for tls in (False, True)]
        self.port, self.tls_port = (server.sockets[0].getsockname()[1] for server in self._servers)
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            loop().call_soon_threadsafe(server.close)

    async def _start(self, tls: bool) -> asyncio.Server:
        answer = partial(self._answer, "https" if tls else "http")
        return await asyncio.start_server(answer, "127.0.0.1", ssl=self._certificate if tls else None)

    async def _answer(self, scheme: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                line, *fields = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                head = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
                writer.write(self._response(scheme, line.split(" ")[1], head))
        writer.close()

    def _response(self, scheme: str, path: str, head: Mapping[str, str]) -> bytes:
        host = head["host"]
        answer = self.sites[host].answer(path) or Answer(b"not here", 404, {"Content-Type": "text/plain"})
        headers, body, status = answer.headers, answer.body, answer.status
        if "ETag" in headers and head.get("if-none-match") == headers["ETag"]:
            headers, body, status = {"ETag": headers["ETag"]}, b"", 304
        self._shown.append(Shown(f"{scheme}://{host}{path}", host, status, getattr(answer, "means", "")))
        length = {} if status == 304 else {"Content-Length": str(len(body))}
        fields = "".join(f"{name}: {value}\r\n" for name, value in {**headers, **length}.items())
        return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{fields}\r\n".encode() + body

    def shown(self) -> list[Shown]:
        """Return what was answered since the last call."""
        new, self._shown = self._shown, []
        return new
