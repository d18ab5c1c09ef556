"""`warcpress enqueue COMMAND …`: queues a command for each shard of a fleet, or each file; the workers run it."""

from __future__ import annotations

import argparse
import asyncio

from archive import many
from crawler.cli.worker import add_files, commands_for, load_fleet, queue_of, words_of
from crawler.errors import ConfigError
from crawler.terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_files(parser)
    parser.add_argument(
        "words",
        nargs=argparse.REMAINDER,
        metavar="COMMAND …",
        help="command for each shard, or with --files for each file; {shard} in a word becomes shard-1 …",
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    config, words = load_fleet(options), words_of(options.words)
    if not words:
        raise ConfigError("write the command to queue, such as `warcpress enqueue audit`")
    commands, code = commands_for(config, options.files, words)

    async def put() -> int:
        from crawler.fleet.children import Children
        from crawler.fleet.worker import Worker

        queue = queue_of(config, Worker(Children([]), lambda ended: None), patient=False)
        async with queue.opened():
            return sum([await queue.put(command) for command in commands])

    count = asyncio.run(put())
    waiting = f"; waiting already: {len(commands) - count}" if count < len(commands) else ""
    say(f"{many(count, 'job')} queued{waiting}")
    return code
