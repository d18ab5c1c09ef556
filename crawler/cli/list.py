"""`warcpress list`: prints the posts that are stored."""

from __future__ import annotations

import argparse
from typing import Any

from crawler.cli.common import catalogue_of, json_lines, layout_of, load, table
from crawler.clock import rfc3339
from crawler.store.stored_version import Version
from crawler.terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("--json", metavar="FILE", help="write JSON Lines to FILE; - = stdout")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    with catalogue_of(layout_of(load(options))) as catalogue:
        if options.json:
            json_lines(options.json, map(_row, catalogue.newest()))
        else:
            rows = ((_day(version), version.source, version.title, version.path) for version in catalogue.newest())
            if not table(("published", "source", "title", "post"), rows):
                say("no posts yet; `warcpress crawl` makes them")
    return 0


def _day(version: Version) -> str:
    return f"{version.published or version.dated or version.captured:%Y-%m-%d}"


def _row(version: Version) -> dict[str, Any]:
    return {
        "v": 1,
        "url": version.canonical_url,
        "source": version.source,
        "title": version.title,
        "published": rfc3339(version.published) if version.published else None,
        "updated": rfc3339(version.updated) if version.updated else None,
        "post": version.path,
        "version": version.number,
        "captured": rfc3339(version.captured),
        "record_id": version.record_id,
        "pages": list(version.pages),
        "images": [{"url": image.url, "record_id": image.capture, "digest": image.digest} for image in version.images],
        "file": version.file,
        "offset": version.offset,
    }
