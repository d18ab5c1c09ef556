"""Turns by the clock: when a shard of a fleet may ask a host that is not its own, such as a shared picture host. Pure.

Shards know nothing of each other, so each has instants of its own: one after the other, round and round. Together they
then keep the delay of a host that none of them owns, wherever they run, as long as their clocks agree.
"""

from __future__ import annotations

from dataclasses import dataclass

from scrapy.settings import BaseSettings

from crawler.urls.canonical import site_of

STEP = 1.5
"""Delays from one shard's instant to the next one's."""
LATE = 0.25
"""Delays by which a request may miss its instant, because the program was busy. Of the step, 1 + 0.25 delays are then
left between two shards, which lets their clocks differ by a quarter of the delay."""


@dataclass(frozen=True)
class Turns:
    """The turns of one shard."""

    number: int
    """From 1."""
    of: int
    """How many shards take turns."""
    delay: float
    """Seconds between two requests to one host, whoever sends them."""
    own: frozenset[str]
    """Registrable domains whose hosts this shard alone asks, without turns."""

    @classmethod
    def of_settings(cls, settings: BaseSettings) -> Turns | None:
        """Return the turns of a run; None when it takes none: no other shard, or no delay."""
        number, of = settings.getint("SHARD_NUMBER"), settings.getint("SHARD_COUNT")
        delay = settings.getfloat("SHARD_DELAY")
        return cls(number, of, delay, frozenset(settings.getlist("SHARD_DOMAINS"))) if of > 1 and delay > 0 else None

    def binds(self, url: str) -> bool:
        """Whether the host of a URL is asked in turns: no source of this shard is on its domain."""
        return site_of(url) not in self.own

    def wait(self, now: float, crawl_delay: float = 0.0) -> float:
        """Return the seconds until this shard may ask; 0 for now. `now`: POSIX seconds.

        `crawl_delay`: that of the host's robots.txt, which all shards read; it counts if it is longer than the delay.
        """
        delay = max(self.delay, crawl_delay)
        step = STEP * delay
        late = (now - (self.number - 1) * step) % (self.of * step)
        return 0.0 if late <= LATE * delay else self.of * step - late
