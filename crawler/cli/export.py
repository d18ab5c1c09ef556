"""`warcpress export`: writes the posts, or what is followed, in a form that other programs read."""

from __future__ import annotations

import argparse

from archive import many
from crawler.cli.common import Chosen, add_selection, load_any, reading, write_lines
from crawler.discovery import opml
from crawler.errors import ConfigError
from crawler.terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "target",
        metavar="FILE|FOLDER/",
        nargs="?",
        help="the posts: .jsonl, .csv, .parquet, .txt, .epub; in a folder a Markdown file for each; - = JSONL, stdout",
    )
    add_selection(parser)
    parser.add_argument("--versions", action="store_true", help="all versions of each post, not only the newest")
    parser.add_argument("--markdown", action="store_true", help="bodies as Markdown, in place of HTML")
    parser.add_argument(
        "--opml", metavar="FILE", nargs="?", const="-", help="the feeds of all sources, for feed readers; - = stdout"
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    if bool(options.target) == bool(options.opml):
        raise ConfigError("name a file or folder for the posts, or --opml for the feeds, and not both")
    if options.opml and _chooses_posts(options):
        raise ConfigError("--opml writes the feeds of all sources; the options that choose posts are for FILE")
    return _feeds(options) if options.opml else _posts(options)


def _chooses_posts(options: argparse.Namespace) -> bool:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    plain = vars(parser.parse_args([]))
    return any(getattr(options, name) != value for name, value in plain.items() if name not in ("target", "opml"))


def _posts(options: argparse.Namespace) -> int:
    from crawler.export.writing import Export  # imports lxml and the extractors, which --opml does not need

    with reading(options) as read:
        posts = Chosen(options, read.layout, read.catalogue)
        export = Export(read.layout, read.catalogue, say, "markdown" if options.markdown else "html", options.versions)
        if export.write(posts, options.target):
            what = many(export.written, "version" if options.versions else "post")
            say(f"{what} written" + ("" if options.target == "-" else f" to {options.target}"))
        elif not export.lost:
            say("no post fits; nothing was written")
        posts.say_how_to_go_on()
    return max(read.code, int(bool(export.lost)))


def _feeds(options: argparse.Namespace) -> int:
    sources = load_any(options).sources
    write_lines(options.opml, [opml.written(sources).removesuffix("\n")])
    if left_out := [source.name for source in sources if not source.feeds]:
        say(f"without a feed, so not in OPML: {', '.join(left_out)}")
    return 0
