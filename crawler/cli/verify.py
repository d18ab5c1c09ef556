"""`warcpress verify FILE.wacz`: says what a package proves; it needs no configuration, no archive and no network."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from archive import account_of, add_trust, json_text, put_statement, trust_of
from crawler.cli.common import add_json, write_lines
from crawler.errors import ConfigError
from crawler.terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("file", metavar="FILE.wacz", type=Path)
    add_trust(parser)
    add_json(parser, "what it proves")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code: 1 when something is altered or missing."""
    from crawler.from_warc.packet import judge  # the extractors take 0.5 s to import

    if not options.file.is_file():
        raise ConfigError(f"{options.file}: no such file")
    wrong, pages = False, 0

    def accounts() -> Iterator[str]:
        nonlocal wrong, pages
        for account in account_of(options.file, trust_of(options), judge):
            wrong |= account.wrong
            pages += bool(account.url)
            if options.json:
                yield json_text(account.document())
            else:
                yield from account.lines()

    if options.json:
        write_lines(options.json, accounts())
    else:
        for line in accounts():
            put_statement(line)
    say(f"{options.file}: pages: {pages}; {'something is wrong' if wrong else 'nothing is wrong'}")
    return 1 if wrong else 0
