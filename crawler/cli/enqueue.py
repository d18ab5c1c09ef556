"""`warcpress enqueue COMMAND …`: queues a command for each shard of a fleet; the workers run it."""

from __future__ import annotations

import argparse
import asyncio

from archive import many
from crawler.cli.common import load
from crawler.cli.worker import queue_of, shards_for
from crawler.terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("word", metavar="COMMAND", help="command for each shard; {shard} in a word becomes shard-1 …")
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="…", help="its arguments")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    config, words = load(options), (options.word, *options.words)
    shards = shards_for(config, words)

    async def put() -> int:
        from crawler.fleet.children import Children
        from crawler.fleet.worker import Worker

        queue = queue_of(config, Worker(Children([]), lambda ended: None), patient=False)
        async with queue.opened():
            return sum([await queue.put(shard, words) for shard in shards])

    count = asyncio.run(put())
    waiting = f"; waiting already: {len(shards) - count}" if count < len(shards) else ""
    say(f"{many(count, 'job')} queued{waiting}")
    return 0
