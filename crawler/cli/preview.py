"""`warcpress preview URL|FILE`: the post on stdout, what it was made of on stderr; nothing is stored."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from archive import pour
from crawler import config as configuration
from crawler.clock import utc_now
from crawler.config import Config
from crawler.terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("page", metavar="URL|FILE", help="a page on the web, or one that was saved")
    parser.add_argument("--url", default="", help="where FILE came from (default: https://localhost/FILE)")
    parser.add_argument("--source", default="", metavar="NAME", help="read it as this source's, not by its URL")


def run(options: argparse.Namespace) -> int:
    # Scrapy takes 0.4 s to import: only what runs it pays for it.
    from crawler.cli.fetch_preview import of_file, of_url

    path = Path(options.config)
    config = configuration.load(path) if path.exists() else Config()
    if "://" in options.page:
        preview = of_url(options.page, config, options.source)
    else:
        file = Path(options.page)
        url = options.url or f"https://localhost/{file.name}"
        preview = of_file(file, url, config, options.source, utc_now)
    post = preview.post
    for name, value in (
        ("title", post.title),
        ("authors", ", ".join(post.authors) or f"none; {post.site}"),
        ("published", f"{post.published} (page: {post.published_text})" if post.published else "none"),
        ("updated", post.updated or "none"),
        ("language", post.language or "unknown"),
        ("canonical URL", post.canonical_url),
        ("images", len(post.images)),
        ("characters", len(post.text)),
        ("source", preview.source.name),
    ):
        say(f"{name}: {value}")
    pour([preview.text.encode()], sys.stdout)
    return 0
