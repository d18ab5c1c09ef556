"""A time-stamping authority (RFC 3161) on loopback: `with Authority() as authority:` answers at `authority.url`."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from archive.seal.timestamps import (
    BOOLEAN,
    MESSAGE_DIGEST,
    NULL,
    OCTETS,
    SEQUENCE,
    SET,
    SHA256,
    SIGNED_DATA,
    TIME,
    TST_INFO,
    encode,
    encode_integer,
    encode_oid,
    parse,
)

NOW = datetime.now(UTC).replace(microsecond=0)
ECDSA_SHA256 = "1.2.840.10045.4.3.2"
CONTENT_TYPE = "1.2.840.113549.1.9.3"


def _certificate(
    name: str, key: Any, issuer: Any = None, issuer_key: Any = None, usage: Any = None, days: int = 10
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=days))
        .not_valid_after(NOW + timedelta(days=days if days > 0 else -days + 1))
        .add_extension(x509.BasicConstraints(ca=usage is None, path_length=None), critical=True)
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=True)
    return builder.sign(issuer_key or key, hashes.SHA256())


class Authority:
    """A time-stamping authority: what it answers can be spoilt by setting its attributes."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        root_key = ec.generate_private_key(ec.SECP256R1())
        self.root = _certificate("root", root_key)
        self.usage = [ExtendedKeyUsageOID.TIME_STAMPING]
        self.certificate = _certificate("tsa", self.key, self.root, root_key, self.usage)
        self.web = _certificate("web", self.key, self.root, root_key, [ExtendedKeyUsageOID.SERVER_AUTH])
        self.status, self.code, self.nonce_shift, self.stamped = 0, 200, 0, b""
        self.asked = 0
        self.time = NOW

    def answer(self, request: bytes) -> bytes:
        self.asked += 1
        _version, imprint, nonce, _certificates = parse(request).children
        if self.status not in (0, 1):
            return encode(SEQUENCE, encode(SEQUENCE, encode_integer(self.status)))
        digest = imprint.children[1].content
        token = self.token(self.stamped or digest, nonce.integer() + self.nonce_shift)
        return encode(SEQUENCE, encode(SEQUENCE, encode_integer(self.status)), token)

    def token(self, digest: bytes, nonce: int) -> bytes:
        sha256 = encode(SEQUENCE, encode_oid(SHA256), encode(NULL))
        info = encode(
            SEQUENCE,
            encode_integer(1),
            encode_oid("1.2.3.4"),
            encode(SEQUENCE, sha256, encode(OCTETS, digest)),
            encode_integer(7),
            encode(TIME, self.time.strftime("%Y%m%d%H%M%SZ").encode()),
            encode(BOOLEAN, b"\xff"),
            encode_integer(nonce),
        )
        attributes = encode(SEQUENCE, encode_oid(CONTENT_TYPE), encode(SET, encode_oid(TST_INFO))) + encode(
            SEQUENCE, encode_oid(MESSAGE_DIGEST), encode(SET, encode(OCTETS, hashlib.sha256(info).digest()))
        )
        issuer = encode(
            SEQUENCE, self.certificate.issuer.public_bytes(), encode_integer(self.certificate.serial_number)
        )
        signed = encode(
            SEQUENCE,
            encode_integer(1),
            issuer,
            sha256,
            encode(0xA0, attributes),
            encode(SEQUENCE, encode_oid(ECDSA_SHA256)),
            encode(OCTETS, self.key.sign(encode(SET, attributes), ec.ECDSA(hashes.SHA256()))),
        )
        data = encode(
            SEQUENCE,
            encode_integer(3),
            encode(SET, sha256),
            encode(SEQUENCE, encode_oid(TST_INFO), encode(0xA0, encode(OCTETS, info))),
            encode(0xA0, self.certificate.public_bytes(serialization.Encoding.DER)),
            encode(SET, signed),
        )
        return encode(SEQUENCE, encode_oid(SIGNED_DATA), encode(0xA0, data))

    def __enter__(self) -> Authority:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        made = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = made.answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(made.code)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Not into the test's output."""

        return Handler
