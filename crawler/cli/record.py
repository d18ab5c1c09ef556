"""`warcpress record URL`: fetches a page and saves it, with the post expected from it, as a test case."""

from __future__ import annotations

import argparse
from pathlib import Path

from crawler.cli.common import load
from crawler.terminal import put


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="an article on the web")
    parser.add_argument("--source", default="", metavar="NAME", help="read it as this source's, not by its URL")
    parser.add_argument(
        "--folder", type=Path, default=Path("tests/sites"), help="where test cases are (default: tests/sites)"
    )


def run(options: argparse.Namespace) -> int:
    # Scrapy takes 0.4 s to import: only what runs it pays for it.
    from crawler.runs.preview import of_url
    from crawler.runs.recording import Case

    preview = of_url(options.url, load(options), options.source)
    for path in Case(preview.page, preview.source).write(options.folder):
        put(str(path))
    put("read the post; once it is right, commit the three files")
    return 0
