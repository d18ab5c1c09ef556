"""Opens the store of `[remote]`: to push and pull, and to read WARC files that are only there."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from archive import StoreFailed, UsageError
from crawler.config import Config
from crawler.errors import ConfigError
from crawler.fleet.years import name_of

if TYPE_CHECKING:
    from archive import Store, Stores


class NoStore(StoreFailed):
    """The store can't be opened; what is only there can't be read."""

    exit_code = 2


def store_of(config: Config) -> Store:
    """Open the store of [remote], for a shard or year its folder there; ConfigError when none is configured."""
    name = name_of(config)
    return _opened(config, "" if name == "." else name)


def stores_of(config: Config) -> Stores:
    """Return a function that opens the store whose URL remote.jsonl names, once; NoStore when that can't be done.

    It must be that of [remote], or the folder of a shard or year in it: a data folder of somebody else must not lead
    requests, which are signed, to places of its choice.
    """

    @cache
    def opened(url: str) -> Store:
        place = config.remote.url.rstrip("/")
        within = url[len(place) :].strip("/")
        if not place or not f"{url}/".startswith(f"{place}/") or ".." in within.split("/"):
            raise NoStore(f"{config.path}: WARC files are only in {url}, which [remote] url does not name")
        try:
            return _opened(config, within, reading=True)
        except (ConfigError, UsageError) as error:
            raise NoStore(f"{error}; some WARC files are only there") from error

    return opened


def _opened(config: Config, within: str, *, reading: bool = False) -> Store:
    from archive import READING, Place, Store

    remote = config.remote
    if not remote.url:
        raise ConfigError(f"{config.path}: [remote] has no url; docs/remote.md shows how to name a store")
    place = Place(remote.url, remote.endpoint, remote.region, within)
    return Store(place, patience=READING) if reading else Store(place)
