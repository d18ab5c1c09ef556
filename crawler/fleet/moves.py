"""Give a data folder what the other folders of its fleet know of the sources that have moved to it.

`sources.json` in a data folder says since when it has had each of its sources, and which folders had them before. A
source has moved when another folder got it later than this one, or had it before there was a fleet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crawler.clock import Clock
from crawler.config import Config
from crawler.errors import ConfigError, StorageFailed
from crawler.fleet.shards import numbers_in, own_sources
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.files import write_file
from crawler.store.frontier import ADVICE, Frontier

NAME = "sources.json"
"""File of a data folder of a fleet."""


@dataclass(frozen=True)
class Holding:
    """Since when a folder has had a source."""

    since: float
    """POSIX seconds."""
    before: tuple[str, ...] = ()
    """Names of the other folders with articles of it; `.` = the folder of all shards itself."""


def folders(config: Config) -> dict[str, Path]:
    """Return the data folders of a fleet that exist, by name: its shards, and `.` for one from before the fleet."""
    whole = config.fleet_folder or config.crawl.data
    found = {".": whole, **{f"shard-{number}": whole / f"shard-{number}" for number in numbers_in(whole)}}
    return {name: folder for name, folder in found.items() if (folder / "LAYOUT").exists()}


@contextmanager
def earlier_folders(config: Config, names: Iterable[str]) -> Iterator[list[tuple[Layout, Catalogue]]]:
    """Open the other folders with articles of these sources, which have moved, for reading."""
    held, found = _read(config.crawl.data), folders(config)
    before = dict.fromkeys(name for source in names if source in held for name in held[source].before)
    posts, withdrawn = config.posts.folder, config.posts.withdrawn
    layouts = [Layout(found[name], posts, withdrawn) for name in before if name in found]
    with ExitStack() as opened:
        catalogues = []
        for layout in layouts:
            if layout.catalogue.exists():
                catalogues.append((layout, Catalogue(layout.catalogue, read_only=True)))
                opened.callback(catalogues[-1][1].close)
        yield catalogues


def has_news(config: Config) -> bool:
    """Tell whether `take_over` would change anything."""
    return bool(_new(config))


def take_over(config: Config, frontier: Frontier, clock: Clock) -> None:
    """Copy what other folders know of the sources that this folder has got since its last run, under its lock.

    So nothing that they have fetched counts as new here. ConfigError or StorageFailed when a folder can't be read.
    """
    if not (moved := _new(config)):
        return
    found, held, now = folders(config), _read(config.crawl.data), clock().timestamp()
    here = config.shard.name if config.shard else "."
    gone = set(held) - {source.name for source in config.sources}  # a new source may be one of these, renamed
    renamed = [name for source in sorted(gone) for name in held[source].before]
    before = {source: dict.fromkeys(held[source].before if source in held else renamed) for source in moved}
    for name in sorted({name for holders in moved.values() for name in holders}):
        layout, theirs = Layout(found[name]), _read(found[name])
        sources = [source for source in moved if name in moved[source]]
        known = _sources_of_versions(layout)
        if layout.frontier.exists():
            known |= frontier.moved.take_over(layout.frontier, ADVICE, sources)
        for source in sources:
            names = [name] if source in known else []
            if source in theirs:
                names += theirs[source].before
                now = max(now, theirs[source].since + 1)  # later than theirs also by a clock that is behind
            before[source] |= dict.fromkeys(other for other in names if other != here)
    held |= {source: Holding(now, tuple(names)) for source, names in before.items()}
    content = {"v": 1, "sources": {name: asdict(holding) for name, holding in sorted(held.items())}}
    write_file(config.crawl.data, NAME, (json.dumps(content, indent=1) + "\n").encode())


def _sources_of_versions(layout: Layout) -> set[str]:
    if not layout.catalogue.exists():
        return set()
    with closing(Catalogue(layout.catalogue, read_only=True)) as catalogue:
        return set(catalogue.sources())


def _new(config: Config) -> dict[str, list[str]]:
    """Sources that this folder got since its last run, each with the other folders that have had it."""
    here, own = config.shard.name if config.shard else ".", _read(config.crawl.data)
    others = {name: _held_in(name, folder, config) for name, folder in folders(config).items() if name != here}
    if config.shard is None and not others:
        return {}  # no fleet, and there never was one
    found: dict[str, list[str]] = {}
    for source in own_sources(config):
        holders = [name for name, held in others.items() if source.name in held]
        mine = own.get(source.name)
        if mine is None or any(others[name][source.name].since > mine.since for name in holders):
            found[source.name] = holders
    return found


def _held_in(name: str, folder: Path, config: Config) -> Mapping[str, Holding]:
    """The holdings of a folder. One from before the fleet may have articles of every source."""
    if name == "." and not (folder / NAME).exists():
        return {source.name: Holding(0.0) for source in config.sources}
    return _read(folder)


def _read(folder: Path) -> dict[str, Holding]:
    path = folder / NAME
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        if content["v"] != 1:
            raise ConfigError(f"{path}: version {content['v']}; install the warcpress that wrote it")
        return {
            name: Holding(float(held["since"]), tuple(map(str, held["before"])))
            for name, held in content["sources"].items()
        }
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StorageFailed(f"{path}: can't be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageFailed(f"{path}: is damaged; delete it: some pages are fetched again") from error
