"""`warcpress init`: writes a commented warcpress.toml."""

from __future__ import annotations

import argparse
from importlib.resources import files
from pathlib import Path

from crawler.errors import ConfigError
from crawler.terminal import say

TEMPLATE = "warcpress.toml"
"""Name of the template, in the package `crawler`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add a note: `--config FILE` names the file to write."""
    parser.epilog = "Writes to --config FILE; a file that is there already is never overwritten."


def run(options: argparse.Namespace) -> int:
    """Write the file; ConfigError when it is there already or can't be written."""
    path = Path(options.config)
    text = files("crawler").joinpath(TEMPLATE).read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise ConfigError(f"{path}: is there already and was not changed; --config FILE names another") from error
    except OSError as error:
        raise ConfigError(f"{path}: can't be written: {error.strerror}") from error
    say(f"{path} written; it follows guancha.cn, whose [[source]] you may take out")
    say("next: say in it who you are (user_agent, contact), then `warcpress add URL` for each site")
    return 0
