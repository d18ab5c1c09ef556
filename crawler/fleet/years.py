"""A data folder for each year (`[crawl] yearly`): which one a configuration has, by the clock or by `--data`. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from crawler.config import Config

_YEAR = re.compile(r"[12]\d{3}", re.ASCII)


def in_year(config: Config, now: datetime) -> Config:
    """Return the configuration with the data folder of the present year; unchanged unless `[crawl] yearly`."""
    if not config.crawl.yearly:
        return config
    root = config.root or config.crawl.data
    return replace(config, root=root, year=now.year, crawl=replace(config.crawl, data=root / str(now.year)))


def of_named_folder(config: Config) -> Config:
    """Return the configuration with the folder that `--data` named, which may be that of a year."""
    data = config.crawl.data
    if not config.crawl.yearly or not _YEAR.fullmatch(data.name):
        return config
    return replace(config, root=data.parent, year=int(data.name))


def name_of(config: Config) -> str:
    """Return the path of the data folder below `root`: `shard-2`, `2026`, `2026/shard-2`; `.` for `root` itself."""
    parts = (str(config.year) if config.year else "", config.shard.name if config.shard else "")
    return "/".join(filter(None, parts)) or "."


def years_in(folder: Path) -> list[str]:
    """Return the names of the folders of years in a folder, in order."""
    return sorted(path.name for path in folder.glob("[12]???") if _YEAR.fullmatch(path.name) and path.is_dir())


def year_of(name: str) -> str:
    """Return the year in the name of a data folder (`2026/shard-2`); empty without one."""
    first = name.partition("/")[0]
    return first if _YEAR.fullmatch(first) else ""


def shard_in(name: str) -> str:
    """Return the shard in the name of a data folder (`2026/shard-2`); empty without one."""
    return name.removeprefix(year_of(name)).strip("/.")
