"""Options of a run, and the sources that they choose; without Scrapy, which takes 0.4 s to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from crawler.config import Config, choose, named
from crawler.errors import ConfigError
from crawler.fleet.shards import divide, one_folder, own_sources
from crawler.items import Source


@dataclass(frozen=True)
class RunOptions:
    """Options of one run, from the command line."""

    sources: tuple[str, ...] = ()
    """Names of the sources to crawl; empty = all."""
    due: bool = False
    """Only sources whose `every` has passed."""
    limit: int | None = None
    """Fetch at most this many articles."""
    urls: tuple[str, ...] = ()
    """Refetch these articles, and nothing else."""
    source: str = ""
    """Source of `urls`; empty = found by `allow`, then by host, else `single`."""

    @classmethod
    def of_arguments(cls, arguments: dict[str, Any]) -> Self:
        """Take the options out of the arguments of `scrapy crawl press -a NAME=VALUE`; the rest stays."""
        limit = arguments.pop("limit", None)
        return cls(
            sources=tuple(filter(None, arguments.pop("sources", "").split(","))),
            due=arguments.pop("due", "") in ("1", "true", "yes"),
            limit=int(limit) if limit is not None else None,
            urls=tuple(arguments.pop("urls", "").split()),
            source=arguments.pop("source", ""),
        )

    @property
    def images_again(self) -> bool:
        """Whether images that are stored already are fetched again: a refetch compares them too."""
        return bool(self.urls)


def chosen(config: Config, options: RunOptions) -> dict[str, Source]:
    """Return the sources of a run by name: those of its URLs, or those that the options name, or all.

    Of a shard only those that it has. ConfigError when the configuration, or the shard, lacks one or has none.
    """
    one_folder(config, "crawl")
    if options.urls:
        found = [named(config, options.source) if options.source else choose(config, url) for url in options.urls]
    elif options.sources:
        found = [_here(config, named(config, name)) for name in options.sources]
    else:
        found = own_sources(config)
    if not config.sources and not found:
        raise ConfigError(f"{config.path}: nothing to crawl: add a [[source]]")
    return {source.name: source for source in found}


def _here(config: Config, source: Source) -> Source:
    """Return a source; ConfigError when another shard has it."""
    shards = divide(config.sources, config.shard.of).sources if config.shard else {}
    number = shards.get(source.name)
    if config.shard is not None and number not in (None, config.shard.number):
        raise ConfigError(f"--shard {config.shard}: source {source.name!r} is in shard {number}/{config.shard.of}")
    return source
