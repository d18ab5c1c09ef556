"""What a crawler keeps between runs, where its project has a place for it: robots.txt files and the state of hosts.

A run of warcpress keeps both in its frontier. Another Scrapy project that uses these middlewares may keep nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler

from crawler.store.hosts import HostStore
from crawler.store.robots import RobotsStore


@dataclass(frozen=True)
class Kept:
    """The place where both are kept."""

    hosts: HostStore
    """State of the hosts that failed or asked to be left alone."""
    robots: RobotsStore
    """The robots.txt files that may still be used."""
    afresh: bool = False
    """Whether hosts that did not answer an earlier run are asked at once; one that asked for a pause is not."""


_kept: WeakKeyDictionary[Crawler, Kept] = WeakKeyDictionary()


def keep(crawler: Crawler, kept: Kept) -> None:
    """Name the place for this crawler; call it before the engine starts."""
    _kept[crawler] = kept


def kept_of(crawler: Crawler) -> Kept | None:
    """Return the place for this crawler; None when nothing is kept."""
    return _kept.get(crawler)
