"""Divide the sources of a configuration among the shards of a fleet, and make the configuration of one shard. Pure.

A shard is an ordinary data folder with a part of the sources. Sources that share a registrable domain stay together,
so no two shards follow one host. Whose a domain is depends on its name and the number of shards alone: from N to N + 1
shards, one domain in N + 1 moves, and all of them to the new shard.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from archive import many
from crawler.config import Config, Metrics, Shard
from crawler.errors import ConfigError
from crawler.fleet.years import of_named_folder
from crawler.items import Source
from crawler.urls.allowed import sites
from crawler.urls.canonical import site_of

_NUMBER = re.compile(r"[1-9]\d{0,3}", re.ASCII)
_SHARD = re.compile(r"([1-9]\d{0,3})/([1-9]\d{0,3})", re.ASCII)


def shard_of(text: str) -> Shard:
    """Read `--shard I/N`; ConfigError when it is not that."""
    found = _SHARD.fullmatch(text)
    if found is None or int(found[1]) > int(found[2]):
        raise ConfigError(f"--shard {text!r}: write I/N, such as 2/8: shard 2 of 8, counted from 1")
    return Shard(int(found[1]), int(found[2]))


@dataclass(frozen=True)
class Division:
    """Which shard has which source and which domain."""

    of: int
    """How many shards there are."""
    sources: Mapping[str, int]
    """Number of the shard by the name of a source."""
    domains: Mapping[str, int]
    """Number of the shard by registrable domain, for all domains of the sources."""

    def of_url(self, url: str) -> int:
        """Return the number of the shard for a URL that no source takes."""
        domain = site_of(url)
        return self.domains.get(domain) or _highest(domain, self.of)

    def own(self, number: int) -> frozenset[str]:
        """Return the registrable domains of one shard."""
        return frozenset(domain for domain, shard in self.domains.items() if shard == number)


def divide(sources: Iterable[Source], of: int) -> Division:
    """Divide sources among `of` shards by the domains of their entry points, and of the hosts that `allow` spells out.

    A group of sources that share domains has the name of the first of these in the alphabet.
    """
    return _divided(tuple(sources), of)


@lru_cache(maxsize=4)  # a start asks four times: 0.2 s for 5,000 sources (2026-11)
def _divided(sources: tuple[Source, ...], of: int) -> Division:
    groups = _Groups()
    joined = {source.name: groups.join({site_of(url) for url in sites(source)} or {source.name}) for source in sources}
    domains = {domain: _highest(groups.name(domain), of) for domain in groups.leaders}
    return Division(of, {name: domains[domain] for name, domain in joined.items()}, domains)


class _Groups:
    """Domains that are joined into groups; the first of a group in the alphabet is its name."""

    def __init__(self) -> None:
        self.leaders: dict[str, str] = {}
        """Domain → one of its group that is nearer to the name, or itself."""

    def name(self, domain: str) -> str:
        """Return the name of a domain's group."""
        while (leader := self.leaders.setdefault(domain, domain)) != domain:
            domain = leader
        return domain

    def join(self, domains: Iterable[str]) -> str:
        """Join the groups of these domains; return the name of the one that they make."""
        names = set(map(self.name, domains))
        first = min(names)
        self.leaders.update(dict.fromkeys(names, first))
        return first


def _highest(name: str, of: int) -> int:
    """Choose a shard by rendezvous hashing: a further shard takes only what it gets itself."""
    return max(range(1, of + 1), key=lambda number: hashlib.sha256(f"{name} {number}".encode()).digest())


def shard_of_file(path: str, of: int) -> Shard:
    """Return the shard that imports a file: by its name, so that it is the same when the file has been moved."""
    return Shard(_highest(Path(path).name, of), of)


def numbers_in(folder: Path) -> list[int]:
    """Return the numbers of the shards whose data folders are in a folder; a fleet may have had more shards."""
    names = (path.name.removeprefix("shard-") for path in folder.glob("shard-*") if path.is_dir())
    return sorted(int(name) for name in names if _NUMBER.fullmatch(name))


def of_named_shard(config: Config) -> Config:
    """Return the configuration of the shard whose folder `--data` named; unchanged for any other folder."""
    data = config.crawl.data
    number = data.name.removeprefix("shard-")
    if number == data.name or not _NUMBER.fullmatch(number) or int(number) > config.fleet.shards:
        return config
    above = of_named_folder(replace(config, crawl=replace(config.crawl, data=data.parent)))
    return of_shard(above, Shard(int(number), config.fleet.shards))


def own_sources(config: Config) -> list[Source]:
    """Return the sources of a configuration: for that of a shard, those of the shard."""
    if config.shard is None:
        return list(config.sources)
    division = divide(config.sources, config.shard.of)
    return [source for source in config.sources if division.sources[source.name] == config.shard.number]


def foreign_sources(config: Config) -> frozenset[str]:
    """Return the names of the sources that other shards have."""
    return frozenset(source.name for source in config.sources) - {source.name for source in own_sources(config)}


def one_folder(config: Config, command: str) -> Config:
    """Return a configuration that has one data folder; ConfigError for that of a fleet, which says what to write."""
    if config.fleet.shards and config.shard is None:
        raise ConfigError(
            f"{config.path}: [fleet] has {many(config.fleet.shards, 'shard')}: name one, as "
            f"`warcpress {command} --shard 1/{config.fleet.shards}` does"
        )
    return config


def of_shard(config: Config, shard: Shard) -> Config:
    """Return the configuration of one shard: its folder below `[crawl] data`, and its name in those of WARC files.

    What lies outside of the data folder gets a folder for each shard too: two runs must not write one file.
    """
    posts, name, textfile = Path(config.posts.folder), shard.name, Path(config.metrics.textfile)
    return replace(
        config,
        shard=shard,
        root=config.root or config.crawl.data,
        crawl=replace(config.crawl, data=config.crawl.data / name),
        posts=replace(config.posts, folder=str(posts / name)) if posts.is_absolute() else config.posts,
        archive=replace(config.archive, prefix=f"{config.archive.prefix}-{name}"),
        metrics=Metrics(str(textfile.with_stem(f"{textfile.stem}-{name}")) if config.metrics.textfile else ""),
    )
