"""Decide, before Scrapy is imported, that a scheduled run has nothing to do, and note that in one line.

A timer starts 17,500 runs a year, and most find nothing due.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from archive import UNFINISHED, Reader
from crawler.clock import Clock, rfc3339, utc_now
from crawler.config import Config, choose, fingerprints, secrets
from crawler.discovery import direct, entry_points
from crawler.errors import Locked, StorageFailed
from crawler.fleet.moves import has_news
from crawler.items import Source
from crawler.run.options import RunOptions, chosen
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.files import write_file
from crawler.store.frontier import Frontier
from crawler.store.site_list import waits

NAME = "idle.jsonl"
"""File in runs/ with a line for each day: how many runs found nothing to do, the first and the last of them."""
MOST_DAYS = 400
"""Lines that are kept."""
FINISHED = "warcpress_run_finished_timestamp_seconds"
"""Metric that a run with nothing to do changes too: an alert on its age would else fire while all is well."""


def is_idle(config: Config, options: RunOptions, clock: Clock = utc_now) -> bool:
    """Tell whether a run of what is due would ask nothing and repair nothing; then note it in runs/idle.jsonl.

    False also when the folder is locked or its first run has not been: an ordinary start says what is the matter.
    """
    sources = chosen(config, options)
    secrets(config)  # raises the same errors as a run
    if config.archive.signing_key:
        from crawler.config.signing import signer_of  # 0.1 s

        signer_of(config)
    layout = Layout(config.crawl.data, config.posts.folder, config.posts.withdrawn)
    if not all(path.exists() for path in (layout.root / "LAYOUT", layout.catalogue, layout.frontier)):
        return False
    layout.check()
    with ExitStack() as opened:
        try:
            opened.enter_context(layout.lock())
        except Locked:
            return False
        if layout.ended_badly() or (config.target is not None and waits(layout.site, config.target.folders)):
            return False
        catalogue = Catalogue(layout.catalogue)
        opened.callback(catalogue.close)
        if not _is_complete(layout, catalogue):
            return False
        frontier = Frontier(layout.frontier, clock, [source.name for source in config.sources])
        opened.callback(frontier.close)
        if has_news(config):
            return False
        frontier.adopt(lambda url: choose(config, url).name, fingerprints(config))
        if _has_due(frontier, sources) or not _refresh(config.metrics.textfile, clock):
            return False
        _note(layout, clock)
        return True


def _is_complete(layout: Layout, catalogue: Catalogue) -> bool:
    """Whether no file waits to be sealed, read or forgotten, and no post to be written."""
    if any(path.name.endswith(UNFINISHED) for path in layout.warc.iterdir()):
        return False
    return catalogue.files() == set(Reader(layout.root).files()) and not catalogue.unmarked()


def _has_due(frontier: Frontier, sources: Mapping[str, Source]) -> bool:
    for source in sources.values():
        if not source.entries:
            return True  # only a run says that it has nothing to read
        if any(frontier.entries.is_due(source.name, entry.url, source.every) for entry in entry_points(source)):
            return True
        if any(frontier.known(candidate.url) is None for candidate in direct(source)):
            return True
    return frontier.has_due(sources)


def _refresh(textfile: str, clock: Clock) -> bool:
    """Note in the file of [metrics], if there is one, that a run has ended; false when an ordinary run must write it.

    prometheus-client would take 0.1 s to import.
    """
    if not textfile:
        return True
    path = Path(textfile)
    try:
        now, text = clock().timestamp(), path.read_text(encoding="utf-8")
        text, found = re.subn(rf"^({FINISHED}(?:{{.*}})?) .*$", rf"\g<1> {now}", text, flags=re.MULTILINE)
        if found:
            write_file(path.parent, path.name, text.encode())
    except (OSError, ValueError, StorageFailed):
        return False  # an ordinary run says what is the matter
    return bool(found)


def _note(layout: Layout, clock: Clock) -> None:
    """Count this run in the line of its day."""
    now = rfc3339(clock())
    lines: list[dict[str, Any]] = []
    with suppress(OSError, ValueError):  # only a count is lost
        lines = [json.loads(line) for line in (layout.runs / NAME).read_text(encoding="utf-8").splitlines()]
    last = lines[-1] if lines and lines[-1].get("day") == now[:10] else None
    if last is None:
        last = {"v": 1, "day": now[:10], "runs": 0, "first": now}
        lines.append(last)
    last |= {"runs": last["runs"] + 1, "last": now}
    text = "".join(json.dumps(line) + "\n" for line in lines[-MOST_DAYS:])
    write_file(layout.runs, NAME, text.encode(), mode=0o600)
