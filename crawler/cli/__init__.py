"""The command `warcpress`, one file per subcommand.

A command adds its arguments, calls one function and returns an exit code. Imports slow down each start, so functions
import heavy modules where they use them (tests/cli/test_imports.py checks this).
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Collection, Sequence
from importlib import import_module
from logging import ERROR
from pathlib import Path
from typing import Any

from archive import ArchiveError, Redactor, StoreFailed, open_stderr
from crawler.errors import WarcpressError, exit_code_of
from crawler.terminal import Voice, log_to_stderr, put, say, speak

COMMANDS = {
    "init": "write a commented warcpress.toml",
    "add": "find the feeds and sitemaps of a site, and follow them",
    "crawl": "fetch what is new from the sources",
    "worker": "crawl all shards of a fleet, several at once, on one machine or many; or run a command for each file",
    "enqueue": "queue a command for each shard of a fleet, or each file; the workers run it",
    "refetch": "fetch articles again, now, and say what changed",
    "audit": "check that everything stored is there, whole, and that each post follows from it",
    "rebuild": "make the posts and the catalogue again from the WARC files",
    "import": "take other tools' archives into this one, and make posts of the articles in them",
    "status": "show how the sources and the archive are",
    "runs": "list the past runs, or show one",
    "render": "make the posts again that other settings, or a newer extractor, change",
    "list": "list the posts that are stored",
    "search": "find posts by the words in them, in old versions too",
    "show": "print what is stored of an article",
    "history": "show the versions of an article and their differences",
    "serve": "show what is stored in a browser",
    "preview": "show what would be extracted; nothing is stored",
    "record": "save a page and its expected post as a test case",
    "export": "write the posts, or what is followed, in a form that other programs read",
    "pack": "pack the archive, or all that proves single articles, into one WACZ file",
    "verify": "say what a WACZ file proves of its pages and posts, without the archive; or check the store",
    "push": "put what is sealed into the store of [remote]",
    "pull": "bring back from the store what is missing here",
    "completion": "print what makes a shell complete the words of this command",
}
UNWATCHED = ("crawl", "refetch", "rebuild", "render", "audit", "push")
"""Commands that a timer may start: [notify] tells how they end."""
EPILOG = """exit codes: 0 done · 1 an error finding, a source that could not be read, an article given up,
a budget spent, the site not written · 2 usage or configuration · 3 another run holds the lock · 4 storage failed ·
5 refetch: a URL was not fetched · 6 a crawl went well, but a source is silent, suspect, failing,
moved or misconfigured · 130 SIGINT · 143 SIGTERM"""


def parser(asked: Collection[str] = tuple(COMMANDS)) -> argparse.ArgumentParser:
    """Make the parser of the command line; only the commands in `asked` get their own arguments.

    Importing all commands takes half a second.
    """
    top = argparse.ArgumentParser(
        prog="warcpress", description="News pages in, posts out, originals kept.", epilog=EPILOG
    )
    top.add_argument("--version", action=_Version, help="show the version and exit")
    _globals(top, top=True)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, purpose in COMMANDS.items():
        command = commands.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
        _globals(command, top=False)
        if name in asked:
            module = import_module(f"crawler.cli.{name}")
            module.add_arguments(command)
            command.set_defaults(run=module.run, parser=command)
    return top


class _Version(argparse.Action):
    """Print the version; it is read only on request, because that takes 0.05 s."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:  # noqa: ARG002  argparse passes it
        super().__init__(option_strings, dest=argparse.SUPPRESS, default=argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        put(f"warcpress {version('warcpress')}")
        parser.exit()


def _globals(parser: argparse.ArgumentParser, *, top: bool) -> None:
    """Add the options that may come before or after the command; only the first parser has their defaults."""

    def default(value: object) -> Any:
        return value if top else argparse.SUPPRESS

    add = parser.add_argument
    add("--config", metavar="FILE", default=default("warcpress.toml"), help="configuration (default: warcpress.toml)")
    add(
        "--data",
        metavar="DIR",
        action="append",
        dest="data" if top else "data_behind",  # argparse would forget what comes before the command
        default=default([]),
        help="data folder, instead of the configuration's; commands that only read take several",
    )
    add("--shard", metavar="I/N", default=default(None), help="shard I of N: its data folder and its sources")
    add("-q", "--quiet", dest="verbosity", action="store_const", const=-1, default=default(0), help="say only problems")
    add("-v", "--verbose", dest="verbosity", action="store_const", const=1, default=default(0), help="say each visit")
    add("--log-format", choices=("text", "json"), default=default("text"), help="form of stderr (default: text)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; our own errors become one line on stderr."""
    if sys.stdout is None:  # `>&-`
        say("warcpress: stdout is closed; give the output a place, such as > /dev/null", ERROR)
        return 4
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except OSError as error:
        _discard_output()
        if code := exit_code_of(error):
            where = f"{error.filename}: " if error.filename else "writing the output: "
            say(f"warcpress: {where}{error.strerror or error}", ERROR)
        return code


def _run(words: Sequence[str]) -> int:
    options, unknown = parser(words).parse_known_args(words)
    if unknown:  # shown with the usage of the command, not that of all commands
        options.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    options.data = [*options.data, *getattr(options, "data_behind", ())]
    speak(Voice(options.verbosity, options.log_format))
    log_to_stderr(Redactor())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a Chinese title on a Latin-1 terminal
    try:
        if not _is_unwatched(options):
            return _ended(options)
        from crawler.run.notification import told  # imports the configuration, which `--help` does not need

        return told(Path(options.config), options.command, lambda: _ended(options), options.shard or "")
    except (WarcpressError, ArchiveError, StoreFailed) as error:
        say(f"warcpress {options.command}: {error}", ERROR)
        return exit_code_of(error)
    except UnicodeEncodeError:
        damaged = [word for word in words if word != word.encode(errors="replace").decode()]
        if not damaged:
            raise
        say(f"warcpress {options.command}: {damaged[0]!r} has bytes that are not UTF-8; write it in UTF-8", ERROR)
        return 2
    except KeyboardInterrupt as error:
        return exit_code_of(error)


def _ended(options: argparse.Namespace) -> int:
    """Run a command to the last byte of its output."""
    code = int(options.run(options))
    sys.stdout.flush()
    return code


def _is_unwatched(options: argparse.Namespace) -> bool:
    """Whether [notify] tells how the command ends: not of a trial, nor of an audit of files that the operator names."""
    return options.command in UNWATCHED and not (getattr(options, "dry_run", False) or getattr(options, "paths", ()))


def _discard_output() -> None:
    """Let what is buffered for stdout go nowhere: Python would try to write it at exit, and print a traceback."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def entry() -> None:
    """Start the console script."""
    open_stderr()
    sys.exit(main())
