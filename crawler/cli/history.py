"""`warcpress history URL`: the versions of an article and what changed from one to the next."""

from __future__ import annotations

import argparse

from crawler.cli.common import catalogue_of, layout_of, load
from crawler.from_warc.publish import Publisher
from crawler.from_warc.show import versions_of
from crawler.posts.differences import differences
from crawler.terminal import put


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="a URL that was fetched, or the path of a post")


def run(options: argparse.Namespace) -> int:
    layout = layout_of(load(options))
    with catalogue_of(layout) as catalogue:
        publisher = Publisher(layout, catalogue)
        before = None
        for version in versions_of(options.url, catalogue, layout):
            put(f"version {version.number}  {version.captured:%Y-%m-%d %H:%M:%S} UTC  {version.title}")
            put(f"  {version.file}:{version.offset}  {version.record_id}")
            text = publisher.text(version)
            if before is not None:
                last, last_text = before
                for line in differences(last_text, text, last.images, version.images) or ["nothing a reader sees"]:
                    put(f"  {line}")
            before = version, text
    return 0
