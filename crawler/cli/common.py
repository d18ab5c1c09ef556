"""What several commands open the same way: the configuration, and what is held (for reading)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from archive import cell, json_text, printable
from crawler import config as configuration
from crawler.config import Config
from crawler.errors import ConfigError, StorageFailed
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout


def load(options: argparse.Namespace) -> Config:
    """The configuration that the options name. ConfigError when there is none."""
    return configuration.load(Path(options.config), options.data)


def layout_of(config: Config) -> Layout:
    """The data folder; ConfigError when there is none yet."""
    layout = Layout(config.crawl.data, config.posts.folder)
    layout.check()
    return layout


@contextmanager
def catalogue_of(layout: Layout) -> Iterator[Catalogue]:
    """What is held. ConfigError when the catalogue is missing."""
    if not layout.catalogue.exists():
        raise ConfigError(f"{layout.catalogue}: missing; `warcpress rebuild` makes it again from the WARC files")
    catalogue = Catalogue(layout.catalogue, read_only=True)
    try:
        yield catalogue
    finally:
        catalogue.close()


def json_lines(target: str, rows: Iterable[dict[str, Any]]) -> None:
    """JSON Lines to a file, or to stdout for `-`."""
    if target == "-":
        _write(sys.stdout, rows)
        return
    try:
        with Path(target).open("w", encoding="utf-8") as file:
            _write(file, rows)
    except OSError as error:
        raise StorageFailed(f"{target}: can't be written: {error.strerror}") from error


def _write(file: TextIO, rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        file.write(json_text(row) + "\n")


def table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> bool:
    """A table on stdout: as wide as the terminal on one, tab-separated lines elsewhere. There a `'` stands before what
    a spreadsheet would compute (THREATS L3); `--json` has the values as they are. Returns whether there was a row."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return False
    console = Console()
    if not console.is_terminal:
        for row in chain([first], rows):
            sys.stdout.write("\t".join(printable(cell(text)) for text in row) + "\n")
        return True
    shown = Table(*headings, box=None, pad_edge=False)
    for row in chain([first], rows):
        shown.add_row(*(Text(printable(text), overflow="fold") for text in row))
    console.print(shown)
    return True
