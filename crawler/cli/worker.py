"""`warcpress worker`: crawls all shards of a fleet, or runs a command for each shard or file, several at once."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import replace
from logging import ERROR, INFO, WARNING
from pathlib import Path
from typing import TYPE_CHECKING

from archive import many
from crawler.cli.common import load, number
from crawler.clock import utc_now
from crawler.config import Config, Shard, secrets
from crawler.errors import ConfigError
from crawler.fleet.commands import CRAWL, Batch, Command
from crawler.fleet.moves import folders
from crawler.fleet.shards import of_shard
from crawler.fleet.worker import worst
from crawler.fleet.years import in_year, shard_in
from crawler.terminal import say, voice

if TYPE_CHECKING:
    from crawler.fleet.queue import Queue
    from crawler.fleet.worker import Ended, Worker

COMMANDS = (
    *("crawl", "audit", "rebuild", "import", "render", "search", "pack"),
    *("push", "pull", "verify", "export", "status"),
)
"""Commands for each shard."""
OF_ALL_YEARS = ("audit", "search", "pack", "export", "status")
"""Those that read the folders of all years of a shard."""
FOR_FILES = ("audit", "import")
"""Commands for each file."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "--local", type=number, metavar="N", help="all shards on this machine, N at once, without PostgreSQL"
    )
    parser.add_argument(
        "--at-once", type=number, default=1, metavar="N", help="with PostgreSQL: N shards at once (default: 1)"
    )
    parser.add_argument("--once", action="store_true", help="end when each shard has had its turn: for cron")
    add_files(parser)
    parser.add_argument(
        "words",
        nargs=argparse.REMAINDER,
        metavar="COMMAND …",
        help="with --local: this command, once for each shard, in place of `crawl --due`; {shard} becomes shard-1 …",
    )


def add_files(parser: argparse.ArgumentParser) -> None:
    """Add `--files`."""
    parser.add_argument(
        "--files",
        metavar="PATH",
        type=Path,
        nargs="+",
        default=[],
        help="run the command for each WARC or ARC file and package there: `--files PATH -- audit {file}`, or import;"
        " {file} becomes its path, {name} a name of its own",
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    config, words = load_fleet(options), words_of(options.words)
    if options.local is None and words:
        raise ConfigError("write `warcpress enqueue COMMAND …` for the workers with PostgreSQL, or `--local N` here")
    if options.local is None and not options.files and not config.fleet.shards and config.fleet.database:
        return asyncio.run(_work(config, options, []))  # only what is queued
    commands, code = commands_for(config, options.files, words)
    return worst((asyncio.run(_work(config, options, commands)), code))


async def _work(config: Config, options: argparse.Namespace, commands: Sequence[Command]) -> int:
    from crawler.fleet.children import Children
    from crawler.fleet.worker import Worker

    once = options.once or bool(options.words)
    worker = Worker(Children(_globals(config, options)), lambda ended: _tell(config, ended, always=once))
    worker.listen()
    if options.local is not None:
        await worker.take_turns(commands, options.local, once=once)
        if options.files:
            codes = ", ".join(f"{count} with code {code}" for code, count in sorted(worker.codes.items()))
            say(f"{many(len(commands), 'file')}: {codes}")
        return worker.exit_code
    queue = queue_of(config, worker, patient=not once)
    async with queue.opened():
        await queue.work([command.shard for command in commands if command.shard], options.at_once, once=once)
    return worker.exit_code


def queue_of(config: Config, worker: Worker, *, patient: bool) -> Queue:
    """Make the queue of a fleet; ConfigError when it has none, or what it needs is not installed."""
    if not config.fleet.database:
        raise ConfigError(f"{config.path}: [fleet] database is empty; name one, or use `warcpress worker --local N`")
    secrets(config)  # raises the fault of a value that the environment lacks
    try:
        from crawler.fleet.postgres import Postgres
        from crawler.fleet.queue import Queue
    except ModuleNotFoundError as error:
        raise ConfigError(f"{error.name} is not installed; `pip install 'warcpress[fleet]'` installs it") from error
    connector = Postgres(config.fleet.database, worker.stopping, patient=patient)
    return Queue(connector, worker, lambda shard: folders_of(config, shard))


def words_of(words: Sequence[str]) -> tuple[str, ...]:
    """Return the words of a command without the `--` before them."""
    return tuple(words[1:] if words[:1] == ["--"] else words)


def commands_for(config: Config, files: Sequence[Path], words: Sequence[str]) -> tuple[list[Command], int]:
    """Return the commands that words are for, one for each file or shard, and the exit code of what is left out.

    Of the shards, these are all, or for a command that needs a data folder, those that have one.
    """
    if config.shard is not None:
        raise ConfigError("this is for every shard; leave --shard out")
    known = FOR_FILES if files else COMMANDS
    if files and not words:
        raise ConfigError("--files needs a command: write `--files PATH -- audit {file}`")
    if words and words[0] not in known:
        what = "file" if files else "shard"
        raise ConfigError(f"{words[0]!r} is no command that can run for each {what}; known: {', '.join(known)}")
    if files:
        batch = Batch.below(files)
        for line in batch.left_out:
            say(f"left out: {line}", ERROR)
        return batch.commands(words, config.fleet.shards), 1 if batch.left_out else 0
    if not config.fleet.shards:
        raise ConfigError(f"{config.path}: [fleet] shards is 0; set it to the number of shards (docs/fleet.md)")
    shards = [Shard(number, config.fleet.shards) for number in range(1, config.fleet.shards + 1)]
    if words and words[0] not in ("crawl", "import", "pull"):
        shards = [shard for shard in shards if _has_folder(config, shard, words[0])]
        if not shards:
            raise ConfigError(f"{config.crawl.data}: no shard has a data folder there; a crawl makes them")
    return [Command.for_shard(shard, words or CRAWL) for shard in shards], 0


def _has_folder(config: Config, shard: Shard, command: str) -> bool:
    """Whether a shard has a data folder that a command can work on: that of any year for one that reads them all."""
    if (of_shard(config, shard).crawl.data / "LAYOUT").exists():
        return True
    return command in OF_ALL_YEARS and config.crawl.yearly and shard.name in map(shard_in, folders(config))


def load_fleet(options: argparse.Namespace) -> Config:
    """As `load`; a year that `--data` names stays the same when another one begins."""
    config = load(options)
    return replace(config, crawl=replace(config.crawl, yearly=config.crawl.yearly and not options.data))


def folders_of(config: Config, shard: Shard) -> list[Path]:
    """Return the data folders that a run of a shard may have begun in: that of the present year, then the others.

    A run over midnight of New Year's Eve goes on in the folder of the year in which it began.
    """
    present = of_shard(in_year(config, utc_now()), shard)
    others = folders(present).items() if config.crawl.yearly else ()
    earlier = (folder for name, folder in others if shard_in(name) == shard.name)
    return list(dict.fromkeys((present.crawl.data, *earlier)))


def _globals(config: Config, options: argparse.Namespace) -> list[str]:
    """Global options of the children: those of the worker; they say only problems unless it says everything."""
    data = ["--data", *options.data] if options.data else []
    how = "-v" if options.verbosity > 0 else "-q"
    return ["--config", str(config.path), *data, how, "--log-format", options.log_format]


def _tell(config: Config, ended: Ended, *, always: bool) -> None:
    """Say in one line how a command has ended; that a crawl had nothing to do, only if `always`."""
    command = ended.command
    shard = command.shard
    did = _counts(config, shard, ended.started) if shard and command.words[0] == "crawl" else command.title
    if ended.code or did or always or voice().verbosity > 0:
        took = f"code {ended.code}, {ended.seconds:.1f} s"
        what = did or (" ".join(command.words) if ended.code else "nothing was due")
        say(f"{command.name}: {what}; {took}", INFO if ended.code in (0, 6) else WARNING)


def _counts(config: Config, shard: Shard, started: float) -> str:
    """Counts of the articles of a crawl by their outcome; empty when it wrote no run file."""
    from crawler.clock import from_rfc3339
    from crawler.run.past_runs import past_runs

    newest = (one for folder in folders_of(config, shard) for one in past_runs(folder / "runs", 1))
    for one in newest:
        if not one.fault and from_rfc3339(one.content["started"]).timestamp() >= started - 1:
            counts = ", ".join(f"{count} {name}" for name, count in one.content["articles"].items() if count)
            return counts or "no article"
    return ""
