"""`warcpress serve`: shows what is stored in a browser."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Collection
from contextlib import closing, suppress
from urllib.parse import urlsplit

from crawler.cli.common import Faults, folders_of, load_any, readable
from crawler.errors import ConfigError
from crawler.terminal import put, say

PORT = 8420
LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Names by which a browser on this machine asks for the reader."""
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="address to serve at (default: 127.0.0.1)"
    )
    parser.add_argument("--port", type=int, default=PORT, metavar="N", help=f"port; 0 = a free one (default: {PORT})")
    parser.add_argument(
        "--original-port", type=int, metavar="N", help="port of stored pages; 0 = a free one (default: the next port)"
    )
    parser.add_argument(
        "--original-url", default="", metavar="URL", help="in place of that port, stored pages at this host name"
    )
    parser.add_argument(
        "--name", action="append", default=[], metavar="NAME", help="a host name of this server, behind a reverse proxy"
    )


def run(options: argparse.Namespace) -> int:
    """Run the command until a signal; return the exit code."""
    try:
        from crawler.sandbox.pool import Workers
        from crawler.serve.app import make_app
        from crawler.serve.held import Held, HeldFolders
        from crawler.serve.original import make_original
        from crawler.serve.origins import Both, Origins
        from crawler.serve.server import address_of, listening, serve
    except ModuleNotFoundError as error:
        raise ConfigError(f"{error.name} is not installed; `pip install 'warcpress[serve]'` installs it") from error
    config, faults = load_any(options), Faults(options.command)
    layouts = folders_of(options, config)
    readable(layouts, faults)
    names = frozenset(map(_host_name, options.name))
    _check_original_url(options.original_url, {*names, *LOOPBACK, options.host})
    sockets = [listening(options.host, options.port)]
    if not options.original_url:
        try:
            sockets.append(listening(options.host, _second_port(options), "--original-port"))
        except ConfigError:
            sockets[0].close()
            raise
    ports = [opened.getsockname()[1] for opened in sockets]
    origins = Origins(ports[0], ports[-1], options.original_url)
    held = Held(config, layouts[""]) if "" in layouts else HeldFolders(config, layouts, faults.leave)
    if "" not in layouts:
        with suppress(ConfigError), held.opened():  # catalogues that can't be read are reported now
            pass

    def ready() -> None:
        put(address_of(sockets[0]))
        sys.stdout.flush()
        say("shows the archive until Ctrl-C; nothing is written")

    try:
        with Workers.of(config.limits) as workers:
            own, original = make_app(held, origins, names), make_original(held, workers, origins, names)
            with closing(own.state.proofs):
                serve(Both(own, original, origins), sockets, ready)
    finally:
        held.close()
    return 0


def _second_port(options: argparse.Namespace) -> int:
    if options.original_port is not None:
        return int(options.original_port)
    return int(options.port) + 1 if options.port else 0


def _host_name(text: str) -> str:
    name = text.lower().removesuffix(".")
    if not _NAME.fullmatch(name):
        raise ConfigError(f"--name {text}: not a host name; write it without scheme and port: news.example.org")
    return name


def _check_original_url(url: str, names: Collection[str]) -> None:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and parts.hostname and not parts.path.strip("/")
    except ValueError:
        fits = False
    if url and not fits:
        raise ConfigError(f"--original-url {url}: not the address of a host; write https://originals.example.org")
    if url and parts.hostname in names:
        raise ConfigError(f"--original-url {url}: that is a name of the reader; stored pages need one of their own")
