"""Fork server whose children are in an attacker's hands: the page's body says what the child does in place of reading.

A test names this file as the program of `ForkServer`, so that the attack runs where a page would take the child over:
forked, limited and confined as every child is.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from msgspec import json, msgpack, to_builtins

from crawler.errors import ExtractionError
from crawler.extractors import extract
from crawler.items import Post
from crawler.sandbox import child
from crawler.sandbox.messages import Request, answer_frame, frame

HONEST = b"<html><head><title>Honest news today</title></head><body><h1>Honest news today</h1>" + b"".join(
    b"<p>Paragraph %d of the honest news, which is told here, with commas. And once more.</p>" % n for n in range(8)
)
"""The page whose post an attack changes."""


def main() -> None:
    """Serve as child.py does, with children that attack."""
    child._do = _attack
    child.main()


def _attack(request: Request) -> Post:
    """Read the page as ever, unless its body begins with `attack KIND ARGUMENT`."""
    body = request.page.body
    if not body.startswith(b"attack "):
        return extract(request.page, request.source)
    _, kind, argument = body.decode().split(" ", 2)
    if kind in DOORS:
        try:
            found = f"open: {DOORS[kind](argument)!r}"
        except Exception as error:  # noqa: BLE001 - how the kernel refuses is what the test wants to know
            found = f"shut: {error}"
        raise ExtractionError(found[:1000])
    for piece in ANSWERS[kind](request, argument):
        _send(piece)
    time.sleep(60)
    raise AssertionError("the parent left a child alone that answered wrongly")


def _send(content: bytes) -> None:
    """Write to every pipe of this process; one of them is the way of its answers."""
    for descriptor in range(3, 20):
        try:
            while content:
                content = content[os.write(descriptor, content) :]
        except OSError:
            continue


def _connect(port: str) -> str:
    with socket.create_connection(("127.0.0.1", int(port)), 2) as connection:
        connection.sendall(b"secret")
    return "sent"


def _call(numbers: str) -> int:
    """Make a raw system call: its number on this processor, then its arguments."""
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.syscall(*map(int, numbers.split()))
    if done < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return int(done)


DOORS: dict[str, Callable[[str], object]] = {
    "connect": _connect,
    "datagram": lambda port: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", int(port))),
    "socketpair": lambda _: socket.socketpair(),
    "run": lambda path: subprocess.run(["/bin/sh", "-c", f"echo x > {path}"], check=True),
    "exec": lambda path: os.execv("/bin/sh", ["sh", "-c", f"echo x > {path}"]),
    "fork": lambda _: os.fork(),
    "read": lambda path: Path(path).read_bytes(),
    "list": os.listdir,
    "write": lambda path: Path(path).write_bytes(b"x"),
    "append": lambda path: os.open(path, os.O_WRONLY | os.O_APPEND),
    "create": lambda path: os.open(path + ".new", os.O_RDONLY | os.O_CREAT),
    "truncate": lambda path: os.truncate(path, 0),
    "remove": os.unlink,
    "rename": lambda path: Path(path).rename(path + ".x"),
    "mode": lambda path: Path(path).chmod(0o777),
    "link": lambda path: Path(path + ".x").symlink_to(path),
    "folder": lambda path: Path(path + ".d").mkdir(),
    "kill": lambda pid: os.kill(int(pid), signal.SIGKILL),
    "call": _call,
}
"""What code in a child may try to do to the machine, by name; the argument is a path, port, process or call."""


def _post(request: Request, argument: str) -> Iterator[bytes]:
    """The honest post of a page, with one field set: `NAME JSON`."""
    name, value = argument.split(" ", 1)
    post = to_builtins(extract(replace(request.page, body=HONEST), None))
    yield frame(msgpack.encode({"post": {**post, name: json.decode(value)}}))


def _twice(request: Request, _: str) -> Iterator[bytes]:
    yield answer_frame(extract(replace(request.page, body=HONEST), None)) * 2


def _error(_: Request, argument: str) -> Iterator[bytes]:
    yield frame(msgpack.encode({"fault": json.decode(argument)}))


def _found(_: Request, argument: str) -> Iterator[bytes]:
    yield frame(msgpack.encode({"found": json.decode(argument)}))


ANSWERS: dict[str, Callable[[Request, str], Iterable[bytes]]] = {
    "post": _post,
    "twice": _twice,
    "error": _error,
    "found": _found,
    "raw": lambda _, numbers: [bytes.fromhex(numbers)],
    "framed": lambda _, numbers: [frame(bytes.fromhex(numbers))],
    "nested": lambda _, depth: [frame(b"\x81\xa4post" + b"\x91" * int(depth) + b"\xc0")],
    "nested-keys": lambda _, depth: [frame(b"\x81" * int(depth) + b"\xc0" * (int(depth) + 1))],
    "flood": lambda _, megabytes: [(2**40).to_bytes(8, "big"), *[bytes(2**20)] * int(megabytes)],
    "silent": lambda _, __: [],
    "half": lambda _, __: [frame(bytes(1000))[:500]],
}
"""What a child may send in place of an honest answer, by name."""


if __name__ == "__main__":
    main()
