"""Functions that several commands share: read configuration, data folder and catalogue; write lines and tables."""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from logging import ERROR
from pathlib import Path
from typing import TextIO

from archive import ArchiveError, cell, instant, printable
from crawler import config as configuration
from crawler.clock import utc_now
from crawler.config import Config, Shard
from crawler.errors import ConfigError, StorageFailed, WarcpressError, exit_code_of
from crawler.fleet.moves import places
from crawler.fleet.shards import of_named_shard, of_shard, one_folder, shard_of
from crawler.fleet.stores import stores_of
from crawler.fleet.years import in_year, of_named_folder, shard_in
from crawler.store.catalogue import Catalogue
from crawler.store.catalogue_selection import Selection
from crawler.store.data_folder import Layout
from crawler.store.folders import Catalogues, Folders
from crawler.store.stored_version import Version
from crawler.terminal import say

NONE = "none of the data folders can be read"
DELAY = 0.1
"""Seconds that a line may wait for the ones after it, which a slow search finds."""


def load(options: argparse.Namespace) -> Config:
    """Read the configuration file that the options name, for the shard that they name.

    ConfigError when the file is missing or wrong, the shard does not exist, or the options name several data folders.
    """
    if len(options.data) > 1:
        raise ConfigError(f"`warcpress {options.command}` takes one data folder: give --data once")
    return load_any(options)


def load_one(options: argparse.Namespace) -> Config:
    """As `load`, for a command that has one data folder; ConfigError in a fleet, unless one folder is named."""
    config = load(options)
    return config if options.data else one_folder(config, options.command)


def load_any(options: argparse.Namespace) -> Config:
    """As `load`, for a command of several data folders: `folders_of` gives them."""
    config = configuration.load(Path(options.config), next(iter(options.data), None))
    config = of_named_folder(config) if options.data else in_year(config, utc_now())
    if options.shard is not None:
        return of_shard(config, shard_of(options.shard))
    return of_named_shard(config) if len(options.data) == 1 else config


def layout_of(config: Config) -> Layout:
    """Return the data folder of a configuration; ConfigError when it does not exist yet."""
    layout = _layout(config, config.crawl.data)
    layout.check()
    return layout


@contextmanager
def catalogue_of(layout: Layout) -> Iterator[Catalogue]:
    """Open the catalogue for reading; ConfigError when it is missing."""
    with closing(_opened(layout)) as catalogue:
        yield catalogue


def _opened(layout: Layout) -> Catalogue:
    layout.check_catalogue()
    return Catalogue(layout.catalogue, read_only=True)


@dataclass
class Reading:
    """The data folders that a command reads, as one."""

    config: Config
    layout: Layout
    catalogue: Catalogue
    layouts: Mapping[str, Layout]
    """By the folders' names; one alone has the empty name."""
    faults: Faults

    def parts(self) -> list[tuple[str, Layout, Catalogue]]:
        """Each folder that can be read, with its name."""
        if not isinstance(self.catalogue, Catalogues):
            return [("", self.layout, self.catalogue)]
        return [(name, self.layouts[name], one) for name, one in self.catalogue.each(lambda one: one)]

    @property
    def code(self) -> int:
        """The exit code of what could not be read: 0 unless a folder was left out."""
        return self.faults.code


@dataclass
class Faults:
    """Tells why folders are left out of several, each reason once."""

    command: str
    code: int = 0
    said: set[str] = field(default_factory=set)

    def leave(self, error: Exception) -> None:
        self.code = max(self.code, exit_code_of(error))
        if str(error) not in self.said:
            self.said.add(str(error))
            say(f"warcpress {self.command}: {error}", ERROR)


@contextmanager
def reading(options: argparse.Namespace) -> Iterator[Reading]:
    """Open the data folders that the options name, for reading.

    Of several, one that is missing or damaged is reported, and left out. ConfigError when none can be read.
    """
    config, faults = load_any(options), Faults(options.command)
    layouts = folders_of(options, config)
    if "" in layouts:
        layout = layouts[""]
        layout.check()
        with catalogue_of(layout) as catalogue:
            yield Reading(config, layout, catalogue, layouts, faults)
        return
    opened: dict[str, Catalogue] = {}
    for name, layout in layouts.items():
        try:
            layout.check()
            opened[name] = _opened(layout)
        except (WarcpressError, ArchiveError) as error:
            faults.leave(error)
    with closing(Catalogues(opened, faults.leave)) as catalogues:
        if not opened:
            raise ConfigError(NONE)
        several = {name: layouts[name] for name in opened}
        yield Reading(config, Folders.of(several, faults.leave), catalogues, layouts, faults)


def folders_of(options: argparse.Namespace, config: Config) -> dict[str, Layout]:
    """Give the data folders that a command reads, by names that tell them apart: all of them if none is named.

    One that is named, or without a fleet and years, has the empty name; the only one of a fleet or of years its own.
    """
    paths = [Path(given).absolute() for given in options.data if config.shard is None]  # else below the one given
    of_all = [] if options.data else _of_all(config)
    layouts = [_layout(config, path) for path in paths] or of_all or [_layout(config, config.crawl.data)]
    found = list({layout.root.resolve(): layout for layout in layouts}.values())
    if len(found) == 1 and not of_all:
        return {"": found[0]}
    from archive import folder_names  # imports what reads WARC files

    return dict(zip(folder_names([layout.root for layout in found]), found, strict=True))


def readable(layouts: Mapping[str, Layout], faults: Faults) -> dict[str, Layout]:
    """Give those that are data folders; of several, another one is reported and left out. ConfigError without any."""
    found = dict[str, Layout]()
    for name, layout in layouts.items():
        try:
            layout.check()
        except WarcpressError as error:
            if not name:
                raise
            faults.leave(error)
        else:
            found[name] = layout
    if not found:
        raise ConfigError(NONE)
    return found


def _of_all(config: Config) -> list[Layout]:
    """The data folders of all shards and years that exist; of one shard those of its years; none if there is one."""
    if not (config.crawl.yearly or config.fleet.shards) or (config.shard and not config.crawl.yearly):
        return []
    found = [(shard_in(name), folder) for name, folder in places(config).items()]
    if config.shard is not None:
        return [_layout(config, folder) for shard, folder in found if shard == config.shard.name]
    return [_layout(_of_any(config, shard), folder) for shard, folder in found]


def _of_any(config: Config, shard: str) -> Config:
    """The configuration of a shard by its name; the fleet may have fewer shards now."""
    if not shard:
        return config
    number = int(shard.removeprefix("shard-"))
    return of_shard(config, Shard(number, max(config.fleet.shards, number)))


def _layout(config: Config, folder: Path) -> Layout:
    return Layout(folder, config.posts.folder, config.posts.withdrawn, stores_of(config))


@contextmanager
def importing() -> Iterator[None]:
    """Import many modules without looking for garbage, which they don't make: with Scrapy 0.07 of 0.65 s (2026-11)."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def add_json(parser: argparse.ArgumentParser, what: str) -> None:
    """Add `--json [FILE]`, which writes to stdout unless a file is named."""
    parser.add_argument("--json", metavar="FILE", nargs="?", const="-", help=f"{what}, as JSON; to FILE, or stdout")


def number(text: str) -> int:
    """Read a whole number from 1 of the command line."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: write a whole number from 1")
    return int(text)


def tab_separated(columns: Iterable[str]) -> str:
    """One line for a file or pipe, in which `'` precedes a value that a spreadsheet would take for a formula."""
    return "\t".join(printable(cell(text)) for text in columns)


def write_lines(target: str, lines: Iterable[str]) -> None:
    """Write lines to a file, or to stdout for `-`, each within DELAY when further ones take longer."""
    if target == "-":
        _write(sys.stdout, lines)
        return
    try:
        with Path(target).open("w", encoding="utf-8") as file:
            _write(file, lines)
    except OSError as error:
        raise StorageFailed(f"{target}: can't be written: {error.strerror}") from error


def _write(file: TextIO, lines: Iterable[str]) -> None:
    flushed = 0.0
    for line in lines:
        file.write(line + "\n")
        if (now := time.monotonic()) - flushed > DELAY:
            file.flush()
            flushed = now


def table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, narrow: bool = False) -> None:
    """Write a table to stdout: columns with headings on a terminal, tab-separated lines in a file or pipe.

    `narrow`: with one space between columns, so that many fit into 80 columns.
    """
    if not sys.stdout.isatty():
        write_lines("-", map(tab_separated, rows))
        return
    from rich.console import Console  # 0.07 s of CPU, which output to a file does not need
    from rich.table import Table
    from rich.text import Text

    shown = Table(*headings, box=None, pad_edge=False, collapse_padding=narrow)
    for row in rows:
        shown.add_row(*(Text(printable(text), overflow="fold") for text in row))
    Console().print(shown)


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that choose posts; `Chosen` reads them."""
    parser.add_argument("--source", default="", metavar="NAME", help="only posts of this source")
    parser.add_argument("--since", type=instant, metavar="DATE", help="only posts dated then or later (RFC 3339)")
    parser.add_argument("--until", type=instant, metavar="DATE", help="only posts dated before then")
    parser.add_argument("--title", default="", metavar="TEXT", help="only posts with this text in the title")
    parser.add_argument("--changed", action="store_true", help="only posts with more than one version")
    state = parser.add_mutually_exclusive_group()
    state.add_argument("--withdrawn", action="store_const", dest="state", const="withdrawn", help="only these posts")
    state.add_argument("--suspect", action="store_const", dest="state", const="suspect", help="only these posts")
    parser.add_argument("--limit", type=number, metavar="N", help="at most N posts")
    parser.add_argument("--after", default="", metavar="POST|URL", help="go on after this post, the last one shown")


class Chosen:
    """The posts that the arguments choose, the latest first; UnknownUrl when there is no post to go on after."""

    def __init__(self, options: argparse.Namespace, layout: Layout, catalogue: Catalogue) -> None:
        self._catalogue, self._limit = catalogue, options.limit
        self._selection = _selection(options, layout, catalogue)
        self.count = 0
        self.last: Version | None = None

    def __iter__(self) -> Iterator[Version]:
        for version in islice(self._catalogue.selected(self._selection), self._limit):
            self.count, self.last = self.count + 1, version
            yield version

    def say_how_to_go_on(self) -> None:
        """Name the post to go on after, when the limit ended the posts."""
        if self.last is not None and self.count == self._limit:
            say(f"for further posts: --after {self.last.path}")


def _selection(options: argparse.Namespace, layout: Layout, catalogue: Catalogue) -> Selection:
    after = None
    if options.after:
        from crawler.from_warc.show import versions_of  # the extractors take 0.5 s to import

        after = versions_of(options.after, catalogue, layout)[-1]
    return Selection(
        source=options.source,
        since=options.since,
        until=options.until,
        changed=options.changed,
        state=options.state,
        title=options.title,
        after=after,
        most=options.limit,
    )
