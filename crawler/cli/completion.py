"""`warcpress completion SHELL`: prints what makes a shell complete the words of `warcpress`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

SHELLS = ("bash", "zsh", "fish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("shell", choices=SHELLS, help="the shell; docs/installing.md says where its file goes")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    import shtab

    from crawler.cli import parser

    top = parser()
    for action in _actions(top):
        # The paths that an argument takes follow from the name of its value in `--help`.
        value = str(action.metavar)
        if "FILE" in value or "PATH" in value or "POST" in value:
            action.complete = shtab.FILE  # type: ignore[attr-defined]  # shtab's way to say it
        elif value in ("DIR", "FOLDER"):
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
    sys.stdout.write(shtab.complete(top, options.shell))
    return 0


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
