"""Write the reference of all commands into the documentation: `python tools/command_reference.py`.

The parser of `warcpress` declares every command, argument and option once. From it this writes docs/commands.md and
the manual page docs/warcpress.1, which the wheel installs. A test fails if a file is out of date.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crawler.cli import EPILOG, parser

ROOT = Path(__file__).parent.parent

INTRODUCTION = """# Commands

*Written by `tools/command_reference.py` from the code; change it there.*

`man warcpress` shows the same, `warcpress COMMAND --help` one command of it. [Running](running.md) says how to use
them.
"""


@dataclass(frozen=True)
class Argument:
    """One argument or option: the words that name it, with its value, and what it does."""

    names: tuple[str, ...]
    value: str
    meaning: str


@dataclass(frozen=True)
class Command:
    """One subcommand."""

    name: str
    purpose: str
    arguments: tuple[Argument, ...]


def arguments_of(command: argparse.ArgumentParser, known: frozenset[str] = frozenset()) -> tuple[Argument, ...]:
    """List a parser's arguments, without --help, subcommands and options that are `known` already."""
    return tuple(
        Argument(tuple(action.option_strings), value_of(action), (action.help or "") % vars(action))
        for action in command._actions
        if not isinstance(action, argparse._HelpAction | argparse._SubParsersAction)
        and not known.intersection(action.option_strings)
    )


def value_of(action: argparse.Action) -> str:
    """Write what follows the name of an argument as its usage line does; empty for a switch."""
    if action.nargs == 0:
        return ""
    name = "|".join(map(str, action.choices)) if action.choices else str(action.metavar or action.dest.upper())
    return {"*": f"[{name} …]", "+": f"{name} …", "?": f"[{name}]"}.get(str(action.nargs), name)


def read() -> tuple[tuple[Argument, ...], list[Command]]:
    """Return the options of every command, and the commands."""
    top = parser()
    options = arguments_of(top)
    known = frozenset(name for option in options for name in option.names)
    [subparsers] = (action for action in top._actions if isinstance(action, argparse._SubParsersAction))
    commands = [
        Command(name, command.description, arguments_of(command, known)) for name, command in subparsers.choices.items()
    ]
    return options, commands


def markdown() -> str:
    """Return the text of docs/commands.md."""
    options, commands = read()
    parts = [INTRODUCTION, f"## Options of every command\n\n{table(options)}\n"]
    for command in commands:
        parts.append(f"## `warcpress {command.name}`\n\n{command.purpose}\n")
        if command.arguments:
            parts.append(f"{table(command.arguments)}\n")
    codes = "\n".join(f"- {code}" for code in exit_codes())
    return "\n".join([*parts, f"## Exit codes\n\n{codes}\n"])


def table(arguments: tuple[Argument, ...]) -> str:
    rows = (f"| {written(argument)} | {cell(argument.meaning)} |" for argument in arguments)
    return "\n".join(("| argument | meaning |", "|---|---|", *rows))


def written(argument: Argument) -> str:
    *others, last = argument.names or ("",)
    return ", ".join(f"`{cell(name)}`" for name in (*others, f"{last} {argument.value}".strip()))


def cell(text: str) -> str:
    return text.replace("|", r"\|")


def exit_codes() -> list[str]:
    """Split the epilog of `--help` into the meaning of each exit code."""
    return [code.strip() for code in " ".join(EPILOG.split()).removeprefix("exit codes:").split("·")]


def manual_page() -> str:
    """Return the text of docs/warcpress.1, for `man`."""
    options, commands = read()
    lines = [
        ".TH WARCPRESS 1",
        ".SH NAME",
        r"warcpress \- archive news articles, and make posts that the archive proves",
        ".SH SYNOPSIS",
        ".B warcpress",
        r"[\fIOPTION\fR …] \fICOMMAND\fR [\fIARGUMENT\fR …]",
        ".SH OPTIONS OF EVERY COMMAND",
        *roff_arguments(options),
        ".SH COMMANDS",
    ]
    for command in commands:
        lines += [f".SS warcpress {command.name}", roff(command.purpose), *roff_arguments(command.arguments)]
    lines.append(".SH EXIT STATUS")
    for code in exit_codes():
        number, _, meaning = code.partition(" ")
        lines += [".TP", rf"\fB{number}\fR", roff(meaning)]
    lines += [".SH FILES", ".TP", r"\fIwarcpress.toml\fR", "the configuration; \\fBwarcpress init\\fR writes one"]
    return "\n".join(lines) + "\n"


def roff_arguments(arguments: tuple[Argument, ...]) -> Iterator[str]:
    for argument in arguments:
        names = ", ".join(rf"\fB{roff(name)}\fR" for name in argument.names)
        value = rf"\fI{roff(argument.value)}\fR" if argument.value else ""
        yield from (".TP", f"{names} {value}".strip(), roff(argument.meaning))


def roff(text: str) -> str:
    """Escape a line of text for roff."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{text}" if text.startswith((".", "'")) else text


WRITTEN = {ROOT / "docs" / "commands.md": markdown, ROOT / "docs" / "warcpress.1": manual_page}
"""Each file, with the function that makes its text."""


if __name__ == "__main__":
    for path, made in WRITTEN.items():
        path.write_text(made(), encoding="utf-8")
        sys.stderr.write(f"{path} written\n")
