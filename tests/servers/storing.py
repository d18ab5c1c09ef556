"""Stores for tests: moto's S3 server on a free port of loopback, and a proxy before it that spoils its answers."""

from __future__ import annotations

import http.client
import itertools
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from programs import need

ID, SECRET = "AKIDWARCPRESSTEST", "a-secret-that-nobody-may-see"
SIGNED = "AWS4-HMAC-SHA256 Credential=a/20261129/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x"
"""Moto asks for a header of this form, and does not check it."""
Fault = Callable[[int, str, str], str]
"""Number, method and path of a request → what happens to it: empty, or one of `_Proxy`'s faults."""


class Bucket:
    """A bucket of a server."""

    def __init__(self, port: int, name: str) -> None:
        self.port, self.name, self.endpoint = port, name, f"http://127.0.0.1:{port}"
        self.request("PUT", "")

    def request(self, method: str, key: str, body: bytes = b"") -> tuple[int, bytes]:
        """Ask the server directly."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, f"/{self.name}/{key}".rstrip("/"), body, {"Authorization": SIGNED})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@contextmanager
def moto() -> Iterator[int]:
    """Start moto's server; yield its port."""
    program = need("moto_server", "pip install 'moto[server]' into an environment of its own")
    words = [program, "-H", "127.0.0.1", "-p", "0"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        port = next(int(line.rsplit(":", 1)[1]) for line in server.stderr if "Running on http" in line)
        reading = threading.Thread(target=server.stderr.read)
        reading.start()
        try:
            yield port
        finally:
            server.terminate()
            reading.join()


@pytest.fixture(scope="session")
def s3() -> Iterator[int]:
    """The port of moto's server."""
    with moto() as port:
        yield port


@pytest.fixture
def bucket(s3: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """A new bucket, and the environment that leads to it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    return Bucket(s3, f"news-{abs(hash(tmp_path))}")


def configure(url: str, endpoint: str = "", keep: str = "") -> None:
    """Name a store in warcpress.toml, and how long files stay here."""
    path = Path("warcpress.toml")
    lines = [path.read_text("utf-8").partition("[remote]")[0], "[remote]", f'url = "{url}"', f'endpoint = "{endpoint}"']
    path.write_text("\n".join([*lines, *([f'keep_local = "{keep}"'] if keep else []), ""]), "utf-8")


class _Server(ThreadingHTTPServer):
    """A proxy before a server."""

    def __init__(self, port: int, fault: Fault) -> None:
        super().__init__(("127.0.0.1", 0), _Proxy)
        self.port, self.fault, self.numbers = port, fault, itertools.count()
        self.made: list[str] = []

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that went away."""


class _Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.server.fault(next(self.server.numbers), self.command, self.path)
        self.server.made += [kind] if kind else []
        if kind.isdigit():  # nothing happens at the server
            self._answer(int(kind), [], f"<Error><AWSAccessKeyId>{ID}</AWSAccessKeyId></Error>".encode())
        elif kind in ("hang", "refuse"):
            time.sleep(2 if kind == "hang" else 0)
            self.close_connection = True
        else:
            self._pass_on(kind, body)

    do_PUT = do_HEAD = do_POST = do_DELETE = do_GET

    def _pass_on(self, kind: str, body: bytes) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        connection.request(self.command, self.path, body, dict(self.headers.items()))
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if kind == "lost":  # done, but the answer never comes
            self.close_connection = True
        elif kind == "late":  # done, but the answer is an error
            self._answer(500, [], b"")
        else:
            content = bytes(byte ^ 1 for byte in content) if kind == "wrong" else content
            self._answer(answer.status, answer.getheaders(), content, cut=kind == "cut")

    def _answer(self, status: int, fields: list[tuple[str, str]], content: bytes, *, cut: bool = False) -> None:
        self.send_response_only(status)
        length = str(len(content))
        for name, value in fields:
            if name.lower() == "content-length":
                length = value
            elif name.lower() not in ("connection", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if cut else content)
        self.close_connection = cut or self.close_connection


@contextmanager
def spoiled(port: int, fault: Fault) -> Iterator[tuple[int, list[str]]]:
    """Start a proxy before a server; yield its port, and the faults that it made."""
    with _Server(port, fault) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_port, server.made
        finally:
            server.shutdown()
            thread.join()
