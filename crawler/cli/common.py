"""Functions that several commands share: read configuration, data folder and catalogue; write tables and JSON Lines."""

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
    """Read the configuration file that the options name; ConfigError when it is missing or wrong."""
    return configuration.load(Path(options.config), options.data)


def layout_of(config: Config) -> Layout:
    """Return the data folder of a configuration; ConfigError when it does not exist yet."""
    layout = Layout(config.crawl.data, config.posts.folder)
    layout.check()
    return layout


@contextmanager
def catalogue_of(layout: Layout) -> Iterator[Catalogue]:
    """Open the catalogue for reading; ConfigError when it is missing."""
    if not layout.catalogue.exists():
        raise ConfigError(f"{layout.catalogue}: missing; `warcpress rebuild` makes it again from the WARC files")
    catalogue = Catalogue(layout.catalogue, read_only=True)
    try:
        yield catalogue
    finally:
        catalogue.close()


def json_lines(target: str, rows: Iterable[dict[str, Any]]) -> None:
    """Write JSON Lines to a file, or to stdout for `-`."""
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
    """Write a table to stdout; return whether it had a row.

    A terminal gets columns with headings; a file or pipe gets tab-separated lines, in which `'` precedes a value that a
    spreadsheet would take for a formula. `--json` writes the values unchanged.
    """
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return False
    if not sys.stdout.isatty():
        for row in chain([first], rows):
            sys.stdout.write("\t".join(printable(cell(text)) for text in row) + "\n")
        return True
    from rich.console import Console  # 0.07 s of CPU, which output to a file does not need
    from rich.table import Table
    from rich.text import Text

    shown = Table(*headings, box=None, pad_edge=False)
    for row in chain([first], rows):
        shown.add_row(*(Text(printable(text), overflow="fold") for text in row))
    Console().print(shown)
    return True
