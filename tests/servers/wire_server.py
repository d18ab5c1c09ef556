"""A raw socket server that sends the bytes that a test gives it, and keeps every byte received and sent."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True)
class Answer:
    """What the server does with one request."""

    pieces: tuple[bytes, ...]
    """Bytes to send one after the other, with `pause` seconds between two pieces."""
    then: str = "keep"
    """`keep` the connection; `close`, `reset` or `drop` it (without a goodbye of TLS); `hang` until the client goes."""
    pause: float = 0.0
    endless: bytes = b""
    """Bytes to send again and again after the pieces, until the client goes away."""


Answers = Mapping[str, Answer] | Callable[[str, bytes], Answer]


@dataclass
class Exchanged:
    """One request received and the bytes sent back."""

    target: str
    request: bytes
    response: bytearray = field(default_factory=bytearray)
    connection: int = 0


def body(text: bytes, head: bytes = b"HTTP/1.1 200 OK\r\n", **more: object) -> Answer:
    """Make a plain response with its length."""
    return Answer((head + b"Content-Length: %d\r\n\r\n" % len(text) + text,), **more)  # type: ignore[arg-type]


class WireServer:
    """A server for `with WireServer(answers) as server:`; `answers` maps request targets to answers."""

    def __init__(self, answers: Answers, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self._answers, self._tls = answers, tls
        self._listener = socket.create_server((host, 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.host = host
        self.exchanges: list[Exchanged] = []
        self.connections = 0
        self._open: list[socket.socket] = []
        self._closing = False
        self._lock = threading.Lock()

    def url(self, path: str = "/") -> str:
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}{path}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self) -> None:
        while not self._closing:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                number = self.connections
                self._open.append(connection)
            if self._closing:
                connection.close()
                return
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError, ssl.SSLError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            while (request := self._read(connection)) is not None:
                target = request.split(b" ", 2)[1].decode("latin-1")
                answer = self._answers(target, request) if callable(self._answers) else self._answers[target]
                exchanged = Exchanged(target, request, connection=number)
                with self._lock:
                    self.exchanges.append(exchanged)
                if not self._answer(connection, answer, exchanged):
                    return

    def _answer(self, connection: socket.socket, answer: Answer, exchanged: Exchanged) -> bool:
        for place, piece in enumerate(answer.pieces):
            if place and answer.pause:
                time.sleep(answer.pause)
            exchanged.response += piece
            connection.sendall(piece)
        while answer.endless and not self._closing:
            exchanged.response += answer.endless
            connection.sendall(answer.endless)
            if answer.pause:
                time.sleep(answer.pause)
        if answer.then == "keep":
            return True
        if answer.then == "hang":
            connection.recv(1)
        elif answer.then == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif isinstance(connection, ssl.SSLSocket) and answer.then != "drop":
            with contextlib.suppress(OSError, ssl.SSLError):
                connection.settimeout(1)
                connection = connection.unwrap()
        connection.close()
        return False

    def _read(self, connection: socket.socket) -> bytes | None:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return None
            data += more
        head, _, rest = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        wanted = int(length[1]) if length else 0
        while len(rest) < wanted:
            rest += connection.recv(65536)
        return head + b"\r\n\r\n" + rest
