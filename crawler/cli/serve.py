"""`warcpress serve`: shows what is stored in a browser."""

from __future__ import annotations

import argparse
import sys

from crawler.cli.common import layout_of, load
from crawler.errors import ConfigError
from crawler.terminal import put, say

PORT = 8420


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="address to serve at (default: 127.0.0.1)"
    )
    parser.add_argument("--port", type=int, default=PORT, metavar="N", help=f"port; 0 = a free one (default: {PORT})")
    parser.add_argument(
        "--name", action="append", default=[], metavar="NAME", help="a host name of this server, behind a reverse proxy"
    )


def run(options: argparse.Namespace) -> int:
    """Run the command until a signal; return the exit code."""
    try:
        from crawler.serve.app import make_app
        from crawler.serve.held import Held
        from crawler.serve.server import address_of, listening, serve
    except ModuleNotFoundError as error:
        raise ConfigError(f"{error.name} is not installed; `pip install 'warcpress[serve]'` installs it") from error
    config = load(options)
    layout_of(config)
    opened = listening(options.host, options.port)
    held = Held(config)

    def ready() -> None:
        put(address_of(opened))
        sys.stdout.flush()
        say("shows the archive until Ctrl-C; nothing is written")

    try:
        serve(make_app(held, options.name), opened, ready)
    finally:
        held.close()
    return 0
