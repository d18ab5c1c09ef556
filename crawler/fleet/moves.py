"""Give a data folder what the other folders of its fleet know of the sources that have moved to it.

`sources.json` in a data folder says since when it has had each of its sources, and which folders had them before. A
source has moved when another folder got it later than this one, or had it before there was a fleet. When a year begins,
all sources move from the folder of the last one to that of the new one.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crawler.clock import Clock
from crawler.config import Config
from crawler.errors import ConfigError, StorageFailed
from crawler.fleet.shards import numbers_in, own_sources
from crawler.fleet.years import name_of, shard_in, year_of, years_in
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.files import write_file
from crawler.store.frontier import ADVICE, Frontier

logger = logging.getLogger(__name__)
NAME = "sources.json"
"""File of a data folder of a fleet."""


@dataclass(frozen=True)
class Holding:
    """Since when a folder has had a source."""

    since: float
    """POSIX seconds."""
    before: tuple[str, ...] = ()
    """Names of the other folders with articles of it; `.` = the folder of all shards and years itself."""


def places(config: Config) -> dict[str, Path]:
    """Return the folders of shards and years by name: `.`, `shard-2`, `2026`, `2026/shard-2`.

    What holds the folders of shards is a data folder itself only if it was one before there was a fleet.
    """
    root = config.root or config.crawl.data
    found = {}
    for folder in (root, *(root / year for year in years_in(root))):
        shards = [folder / f"shard-{number}" for number in numbers_in(folder)]
        is_one = (folder / "LAYOUT").exists() or not (folder == root or shards)
        for one in (*([folder] if is_one else []), *shards):
            found[one.relative_to(root).as_posix()] = one
    return found


def folders(config: Config) -> dict[str, Path]:
    """Return those of `places` that are data folders: a run, or what was before the fleet, has made them."""
    return {name: folder for name, folder in places(config).items() if (folder / "LAYOUT").exists()}


@contextmanager
def earlier_folders(config: Config, names: Iterable[str]) -> Iterator[list[tuple[Layout, Catalogue]]]:
    """Open the other folders with articles of these sources, which have moved, and those of other years."""
    held, found = _read(config.crawl.data), folders(config)
    before = dict.fromkeys(name for source in names if source in held for name in held[source].before)
    before |= dict.fromkeys(name for name in found if _is_of_another_year(name, name_of(config)))
    root = config.root or config.crawl.data
    for name in (name for name in before if name not in found):
        what = "missing, and has earlier articles: they are stored as new ones; bring it back"
        logger.warning("%s: %s", root / name, what)
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

    So nothing that they have fetched counts as new here. ConfigError or StorageFailed when a folder can't be read;
    Locked when a run that began last year still writes to one.
    """
    if not (moved := _new(config)):
        return
    with ExitStack() as locked:
        for name in dict.fromkeys(name for holders in moved.values() for name in holders):
            layout = Layout(folders(config)[name])
            if year_of(name) != year_of(name_of(config)) and _is_in_place(config) and not layout.closed:
                locked.enter_context(layout.lock())
        _take_over(config, frontier, clock, moved)


def _take_over(config: Config, frontier: Frontier, clock: Clock, moved: Mapping[str, list[str]]) -> None:
    found, held, now = folders(config), _read(config.crawl.data), clock().timestamp()
    here = name_of(config)
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


def ended_years(config: Config) -> list[Layout]:
    """Return the folders of other years that this one goes on from, and that are still to be closed."""
    if not _is_in_place(config):
        return []
    held, found = _read(config.crawl.data), folders(config)
    before = {name for holding in held.values() for name in holding.before}
    return [
        layout
        for name, folder in found.items()
        if year_of(name) != year_of(name_of(config))
        and (name in before or shard_in(name) == shard_in(name_of(config)))
        and not (layout := Layout(folder, config.posts.folder, config.posts.withdrawn)).closed
    ]


def _is_of_another_year(name: str, here: str) -> bool:
    """Whether a folder is that of the same shard in another year."""
    return year_of(name) != year_of(here) and shard_in(name) == shard_in(here)


def _is_in_place(config: Config) -> bool:
    """Whether the data folder is the one of its name, and not a copy that is thrown away."""
    return config.root is None or config.crawl.data == config.root / name_of(config)


def _sources_of_versions(layout: Layout) -> set[str]:
    if not layout.catalogue.exists():
        return set()
    with closing(Catalogue(layout.catalogue, read_only=True)) as catalogue:
        return set(catalogue.sources())


def _new(config: Config) -> dict[str, list[str]]:
    """Sources that this folder got since its last run, each with the other folders that have had it."""
    here, own = name_of(config), _read(config.crawl.data)
    others = {name: _held_in(name, folder, config) for name, folder in folders(config).items() if name != here}
    if config.root is None and not others:
        return {}  # no fleet and no years, and there never were
    found: dict[str, list[str]] = {}
    for source in (*(source.name for source in own_sources(config)), *_no_longer_followed(config, others)):
        holders = [name for name, held in others.items() if source in held]
        mine = own.get(source)
        if mine is None or any(others[name][source].since > mine.since for name in holders):
            found[source] = _needed(source, holders, others, here)
    return found


def _no_longer_followed(config: Config, others: Mapping[str, Mapping[str, Holding]]) -> list[str]:
    """Sources that another year had and nobody follows now: another source may take their articles."""
    followed = {source.name for source in config.sources}
    earlier = [held for name, held in others.items() if _is_of_another_year(name, name_of(config))]
    return [source for source in dict.fromkeys(name for held in earlier for name in held) if source not in followed]


def _needed(source: str, holders: list[str], others: Mapping[str, Mapping[str, Holding]], here: str) -> list[str]:
    """Leave out the years whose rows a later one has taken over: only the last one is read when a year begins."""

    def is_taken(name: str) -> bool:
        mine = others[name][source]
        later = (others[other][source] for other in holders)
        return year_of(name) != year_of(here) and any(one.since > mine.since and name in one.before for one in later)

    return [name for name in holders if not is_taken(name)]


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
