"""OpenSSL's time-stamping authority on loopback: `with OpenSSLAuthority(folder) as authority:` answers at its `url`."""

from __future__ import annotations

import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

CONFIGURATION = """
[ca]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
[leaf]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
[req]
distinguished_name = name
prompt = no
[name]
CN = root
[tsa]
default_tsa = settings
[settings]
serial = serial
default_policy = 1.2.3.4
signer_digest = sha256
digests = sha256
clock_precision_digits = 3
accuracy = secs:1
"""


class OpenSSLAuthority:
    """A root (`root.pem`) and the authority that it certified (`tsa.pem`), in a folder."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("openssl") is None:
            pytest.skip("needs the openssl command")
        self._folder = folder
        (folder / "cnf").write_text(CONFIGURATION)
        (folder / "serial").write_text("01\n")
        self.run("req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -config cnf -extensions ca -days 9")
        self.run("req -new -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=tsa -config cnf")
        signed = "-CA root.pem -CAkey root.key -set_serial 2 -out tsa.pem -extfile cnf -extensions leaf"
        self.run(f"x509 -req -in tsa.csr {signed}")

    def run(self, command: str) -> None:
        """Run openssl in the folder."""
        arguments = ["openssl", *command.split()]
        done = subprocess.run(arguments, cwd=self._folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def answer(self, request: bytes) -> bytes:
        (self._folder / "query").write_bytes(request)
        self.run("ts -reply -config cnf -queryfile query -signer tsa.pem -inkey tsa.key -chain root.pem -out reply")
        return (self._folder / "reply").read_bytes()

    def __enter__(self) -> OpenSSLAuthority:
        made = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = made.answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep the log out of the test's output."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
