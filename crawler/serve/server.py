"""Serves an application on sockets until Ctrl-C or SIGTERM."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from crawler.errors import ConfigError

SECONDS = 3
"""How long requests that are under way may take once the server has to end."""


def listening(host: str, port: int, option: str = "--port") -> socket.socket:
    """Open a socket at an address; `port` 0 = a free one. ConfigError when that is impossible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
    except (OSError, OverflowError, UnicodeError) as error:  # also a port above 65535, a name that is no host name
        opened.close()
        what = getattr(error, "strerror", None) or error
        raise ConfigError(
            f"{host}:{port}: can't serve there: {what}; --host and {option} name another place"
        ) from error
    return opened


def address_of(opened: socket.socket) -> str:
    """The URL of a socket, for a browser on this machine."""
    host, port = opened.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def serve(app: ASGIApp, opened: Sequence[socket.socket], ready: Callable[[], None]) -> None:
    """Answer requests until the first SIGINT or SIGTERM; then end those under way, and return.

    `ready` is called once requests are answered and signals heeded.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,  # a reverse proxy on this machine says whether it was asked by https
        forwarded_allow_ips="127.0.0.1",
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=SECONDS,
    )
    with ExitStack() as stack:
        for each in opened:
            stack.enter_context(closing(each))
        _Server(config, ready).run(sockets=list(opened))


class _Server(uvicorn.Server):
    """A server for which a signal is the usual end, not an error."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  uvicorn passes both
        """End; uvicorn would raise the signal again afterwards."""
        self.should_exit = True
