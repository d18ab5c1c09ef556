"""`warcpress pack FILE.wacz`: writes one WACZ file, with titles and texts of the posts.

It has the whole archive, or all that proves the articles that are named.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from archive import UsageError, add_package_key, instant, json_text, many, package_signer
from crawler.cli.common import add_json, catalogue_of, layout_of, load, write_lines
from crawler.from_warc.publish import pack_posts
from crawler.terminal import put


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("file", metavar="FILE.wacz", type=Path)
    parser.add_argument(
        "articles",
        metavar="URL|POST",
        nargs="*",
        help="only these articles, as evidence: every version, its post, and the whole WARC files with page and images",
    )
    parser.add_argument(
        "--since", metavar="DATE", type=instant, help="only WARC files with captures since then (RFC 3339)"
    )
    add_package_key(parser)
    add_json(parser, "what was packed")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    if options.articles and options.since:
        raise UsageError("an article is packed with all its versions: leave --since out")
    sign = package_signer(options.sign) if options.sign else None
    layout = layout_of(load(options))
    with catalogue_of(layout) as catalogue:
        if options.articles:
            from crawler.from_warc.packet import pack_articles  # the extractors take 0.5 s to import

            packed = pack_articles(layout, catalogue, options.file, options.articles, sign)
        else:
            packed = pack_posts(layout, catalogue, options.file, options.since, sign)
    if options.json:
        write_lines(options.json, [json_text({"v": 1, "file": str(options.file), **asdict(packed)})])
        return 0
    files, captures = many(len(packed.files), "WARC file"), many(packed.captures, "capture")
    put(f"{options.file}: {files}, {captures}, {many(packed.pages, 'page')}")
    return 0
