"""Serve a folder of recorded pages under their own host names, to crawl them without network.

    python tools/serve_pages.py PAGES OUT [--limit N] [-- COMMAND…]

PAGES holds either `corpus/NAME.jsonl` (one line per page with `id` and `url`) beside `corpus/ID.html.gz` or
`corpus/NAME/ID.html.gz`, or `pages.tsv` (URL, tab, file). The tool writes into OUT a `ca.pem` and a `warcpress.toml`
that lists these pages as `urls` and sends every host to its servers, http and https. COMMAND runs in OUT, and its exit
code is returned; without one, the servers run until they are interrupted. docs/real-input.md shows a whole session.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import http.server
import json
import re
import ssl
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from w3lib.url import safe_url_string

IMAGE = re.compile(r"\.(?:avif|bmp|gif|ico|jpe?g|png|webp)(?:$|[^a-z])|/image|img", re.IGNORECASE)
MISSING = 10
"""One picture in this many is a 404, always the same ones."""
VALID = timedelta(days=30)


class Pages:
    """The recorded pages, by host and request target."""

    def __init__(self) -> None:
        self.files: dict[tuple[str, str], Path] = {}
        self.urls: dict[str, list[str]] = {}
        """Name of the corpus → its URLs: one source each."""

    def add(self, source: str, url: str, file: Path, identity: str) -> None:
        """Add a page; if its URL is taken, it gets `recorded=ID` in its query."""
        found = safe_url_string(url if "://" in url else f"http://{url}").partition("#")[0]
        if urlsplit(found).port not in (None, 80, 443) or not file.is_file():
            sys.stderr.write(f"left out: {url} ({file.name})\n")
            return
        if _key(found) in self.files:
            found += ("&" if "?" in found else "?") + "recorded=" + re.sub(r"[^\w.-]+", "-", identity, flags=re.ASCII)
        self.files[_key(found)] = file
        self.urls.setdefault(source, []).append(found)

    def __len__(self) -> int:
        return len(self.files)


def _key(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.hostname or "", (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def read_pages(folder: Path, most: int | None) -> Pages:
    """Read the pages below `folder` in the order of their lists, at most `most` of each list."""
    pages = Pages()
    for source, url, file, identity in _listed(folder, most):
        pages.add(source, url, file, identity)
    if not len(pages):
        sys.exit(f"{folder}: neither corpus/NAME.jsonl with its pages nor pages.tsv")
    return pages


def _listed(folder: Path, most: int | None) -> Iterator[tuple[str, str, Path, str]]:
    for index in sorted((folder / "corpus").glob("*.jsonl")):
        with index.open(encoding="utf-8") as lines:
            for entry in map(json.loads, list(lines)[:most]):
                file = folder / "corpus" / f"{entry['id']}.html.gz"
                inside = folder / "corpus" / index.stem / f"{entry['id']}.html.gz"
                # Pages whose URL is not known get one below a name that cannot exist (RFC 6761).
                url = entry.get("url") or f"https://{index.stem.replace('_', '-')}.test/{entry['id']}.html"
                yield index.stem, url, inside if inside.is_file() else file, entry["id"]
    table = folder / "pages.tsv"
    if table.is_file():
        for line in table.read_text(encoding="utf-8").splitlines()[:most]:
            url, _, name = line.partition("\t")
            yield "pages", url, folder / name.strip(), name.strip()


class Authority:
    """A certificate authority that signs a certificate for each requested host; clients trust `ca`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "certificates"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._leaf = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "warcpress recorded pages")])
        self.ca = folder / "ca.pem"
        authority = x509.BasicConstraints(ca=True, path_length=0)
        self.ca.write_bytes(self._sign(self._name, self._key, authority, _SIGNS).public_bytes(_PEM))
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()

    def context(self, host: str) -> ssl.SSLContext:
        with self._lock:
            if host not in self._contexts:
                self._contexts[host] = self._make(host)
            return self._contexts[host]

    def server_context(self) -> ssl.SSLContext:
        """Return a TLS context that uses the certificate of the host that the client names (SNI)."""
        context = self.context("localhost")

        def choose(socket: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            if name:
                socket.context = self.context(name)

        context.sni_callback = choose
        return context

    def _make(self, host: str) -> ssl.SSLContext:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
        certificate = self._sign(subject, self._leaf, x509.SubjectAlternativeName([x509.DNSName(host)]))
        key = self._leaf.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file = self.folder / f"{hashlib.sha256(host.encode()).hexdigest()[:32]}.pem"
        file.write_bytes(key + certificate.public_bytes(_PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _sign(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *extensions: x509.ExtensionType
    ) -> x509.Certificate:
        """Sign a certificate with the extensions that Python 3.13 asks for by default (RFC 5280, 4.2.1)."""
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(self._name, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + VALID)
        for extension in (
            *extensions,
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
        ):
            critical = isinstance(extension, x509.BasicConstraints | x509.KeyUsage)
            builder = builder.add_extension(extension, critical)
        return builder.sign(self._key, hashes.SHA256())


_PEM = serialization.Encoding.PEM
_SIGNS = x509.KeyUsage(
    digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
    key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
)  # fmt: skip


class Server(http.server.ThreadingHTTPServer):
    """One of the two servers; each connection makes its TLS handshake in its own thread."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, pages: Pages, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages, self.tls = pages, tls

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.tls is not None:
            request = self.tls.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        sys.stderr.write(f"connection: {sys.exc_info()[1]}\n")


class Handler(http.server.BaseHTTPRequestHandler):
    """Serve recorded pages, pictures made from their URL, and 404 for the rest, robots.txt included."""

    protocol_version = "HTTP/1.1"
    server: Server
    timeout = 60

    def do_GET(self) -> None:
        host = (self.headers.get("Host") or "").rpartition("@")[2].split(":")[0].lower()
        file = self.server.pages.files.get((host, self.path))
        if file is not None:
            self._page(file)
        elif IMAGE.search(self.path) or self.headers.get("Accept", "").startswith("image/"):
            self._picture(f"{host}{self.path}")
        else:
            self._answer(404, "text/plain", b"not recorded\n")

    do_HEAD = do_GET

    def _page(self, file: Path) -> None:
        body = file.read_bytes()
        packed = file.suffix == ".gz"
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == tag:
            self._answer(304, "", b"", ETag=tag)
        elif packed and "gzip" in self.headers.get("Accept-Encoding", ""):
            self._answer(200, "text/html", body, ETag=tag, Content_Encoding="gzip", Vary="Accept-Encoding")
        else:
            self._answer(200, "text/html", gzip.decompress(body) if packed else body, ETag=tag)

    def _picture(self, name: str) -> None:
        digest = hashlib.sha256(name.encode()).digest()
        if digest[3] % MISSING == 0:
            self._answer(404, "text/plain", b"no such picture\n")
        else:
            self._answer(200, "image/png", picture(digest[:3]))

    def _answer(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        if status != 304:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the crawl reports by itself."""


def picture(colour: bytes, width: int = 640, height: int = 360) -> bytes:
    """Make a PNG of one colour (RGB)."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = (b"\0" + colour * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def configuration(pages: Pages, ports: tuple[int, int]) -> str:
    """Return the text of a warcpress.toml that crawls the pages."""
    parts = [
        "# Written by tools/serve_pages.py; good while its servers run.\n[crawl]\n"
        'user_agent = "warcpress (recorded pages)"\nallow_private = ["127.0.0.0/8"]\nca_file = "ca.pem"\n'
        f'resolve = {{ "*:80" = "127.0.0.1:{ports[0]}", "*:443" = "127.0.0.1:{ports[1]}" }}\n'
        "delay = 0\nconcurrency = 8\n"
    ]
    for source, urls in pages.urls.items():
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", source)[:60]
        listed = "".join(f"  {json.dumps(url)},\n" for url in urls)
        parts.append(f"[[source]]\nname = {json.dumps(name)}\nurls = [\n{listed}]\n")
    return "\n".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("pages", type=Path, metavar="PAGES")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--limit", type=int, metavar="N", help="at most N pages of each list")
    parser.epilog = "-- COMMAND…: run it in OUT and stop when it ends"
    given = sys.argv[1:]
    end = given.index("--") if "--" in given else len(given)
    own, command = given[:end], given[end + 1 :]
    options = parser.parse_args(own)
    pages = read_pages(options.pages, options.limit)
    options.out.mkdir(parents=True, exist_ok=True)
    plain = Server(pages, None)
    secure = Server(pages, Authority(options.out).server_context())
    ports = (plain.server_port, secure.server_port)
    (options.out / "warcpress.toml").write_text(configuration(pages, ports), encoding="utf-8")
    for server in (plain, secure):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    hosts = len({host for host, _ in pages.files})
    where = f"http {ports[0]}, https {ports[1]}"
    sys.stderr.write(f"{len(pages)} pages of {hosts} hosts ({where}); see {options.out / 'warcpress.toml'}\n")
    try:
        if command:
            return subprocess.run(command, cwd=options.out, check=False).returncode
        threading.Event().wait()
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
    finally:
        plain.shutdown()
        secure.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
